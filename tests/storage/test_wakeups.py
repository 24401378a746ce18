"""A commit in one process wakes another (PostgreSQL); the poll is only the net below it."""

import threading

from storage.database import Database
from storage.wakeups import Wakeups


def test_a_commit_elsewhere_wakes_whoever_listens(fresh_postgresql_url: str) -> None:
    database = Database(fresh_postgresql_url)
    ears, woken, listening = Wakeups(database), [], threading.Event()
    assert not ears.wait(0.01)  # nothing yet; from here on it listens

    def listen() -> None:
        listening.set()
        woken.append(ears.wait(10))

    thread = threading.Thread(target=listen)
    thread.start()
    assert listening.wait(5)
    with database.transaction() as connection:
        database.wake(connection)
    thread.join(10)
    ears.close()
    database.close()
    assert woken == [True]
