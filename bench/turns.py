"""Full turns a second: stored update, risk screen, step, words, rows, commit; beside raw inserts of the same rows.

    python -m bench.turns [--json] [--clients 1000] [--postgresql URL]

1,000 clients in a ten-question conversation, on one core. SQLite is a file with `synchronous=FULL`. PostgreSQL is a
server of the test suite's own unless a URL is given.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from bench.conversation import ANSWERS, pack_folder, say
from bot.app import App, build
from bot.channels.base import Inbound
from bot.intake import accept
from bot.invite import invite
from bot.settings import Settings
from bot.turn import take_turns
from flows.events import LinkOpened
from storage.cipher import new_key
from storage.database import Database
from storage.schema import migrate
from storage.tables import inbox, metadata, outbox

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
GROUP = 100  # updates that arrive together


class StillClock:
    """Always the same moment."""

    def now(self) -> datetime:
        """That moment."""
        return AT


def measure(url: str, clients: int) -> dict[str, float]:
    """Turns a second on this database, and the ratio to raw inserts of the same rows."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(clinics=pack_folder(Path(folder)), keys=(new_key(),), database_url=url)
        migrate(Database(url))
        app = build(settings, StillClock(), drafts=True)
        _join(app, clients)
        started = time.perf_counter()
        turns = sum(_round(app, clients, number) for number in range(len(ANSWERS)))
        elapsed = time.perf_counter() - started
        rows = _raw_rows(app)
        raw = _raw_inserts(settings, rows)
        app.store.database.close()
    return {
        "turns_per_s": round(turns / elapsed),
        "ratio_to_limit": round(elapsed and raw / elapsed, 3),
        "turns": turns,
    }


def _join(app: App, clients: int) -> None:
    """Every client opens their link; the pack's join flow is the ten questions."""
    for number in range(clients):
        token = invite(app, "bench", "amari", f"Client {number}").token
        event = LinkOpened(at=AT)
        accept(app.store, [Inbound("bench", "telegram", "bench", f"join-{number}", event, str(number), token)], AT)
    while take_turns(app.store, app.shelf, AT):
        pass


def _round(app: App, clients: int, number: int) -> int:
    """One answer of every client: stored in groups as they would arrive, then taken."""
    for start in range(0, clients, GROUP):
        texts = [say(client, number, AT) for client in range(start, min(start + GROUP, clients))]
        accept(app.store, texts, AT)
    turns = 0
    while taken := take_turns(app.store, app.shelf, AT):
        turns += taken
    return turns


def _raw_rows(app: App) -> list[tuple[Any, list[dict[str, Any]]]]:
    with app.store.database.transaction() as connection:
        return [
            (table, [dict(row) for row in connection.execute(select(table)).mappings()]) for table in (inbox, outbox)
        ]


def _raw_inserts(settings: Settings, rows: list[tuple[Any, list[dict[str, Any]]]]) -> float:
    """Seconds to insert the same rows into empty tables, in commits of the same size."""
    database = Database(settings.database_url)
    with database.transaction() as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)
    started = time.perf_counter()
    for table, found in rows:
        for start in range(0, len(found), 200):
            with database.transaction() as connection:
                connection.execute(insert(table), found[start : start + 200])
    elapsed = time.perf_counter() - started
    database.close()
    return elapsed


@contextmanager
def _postgresql(url: str) -> Iterator[str]:
    if url:
        yield url
        return
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
    from support.postgresql import find_binaries, running  # the suite's own server

    binaries = find_binaries()
    if binaries is None:
        sys.exit("no PostgreSQL on this machine; install it, or give --postgresql URL")
    with running(binaries) as server, server.fresh() as name:
        yield server.url(name)


def main() -> None:
    """Measure both databases and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--postgresql", default="")
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    arguments = parser.parse_args()
    figures: dict[str, dict[str, float]] = {}
    if arguments.only != "postgresql":
        with tempfile.TemporaryDirectory() as folder:
            figures["sqlite"] = measure(f"sqlite:///{folder}/bench.sqlite", arguments.clients)
    if arguments.only != "sqlite":
        with _postgresql(arguments.postgresql) as url:
            figures["postgresql"] = measure(url, arguments.clients)
    if arguments.json:
        print(json.dumps(figures))
    else:
        for name, figure in figures.items():
            print(f"{name}: {figure['turns_per_s']} turns a second, {figure['ratio_to_limit']} of raw inserts")


if __name__ == "__main__":
    main()
