"""The watch: an audit apart from the turns. No text stays unscreened, no open case is without a timer (F20)."""

from datetime import datetime, timedelta

from bot import logs
from bot.turn import Packs, take_unchecked
from storage import alerts, inbox
from storage.inbox import Timer
from storage.store import Store
from storage.watch import timed, unscreened

log = logs.get(__name__)

EVERY = 15.0  # seconds
UNSCREENED_AFTER = timedelta(seconds=60)


def check(store: Store, packs: Packs, now: datetime) -> int:
    """Look once. Returns how many things had to be put right; each is an error in the log."""
    return _unscreened(store, packs, now) + _without_timer(store, now)


def _unscreened(store: Store, packs: Packs, now: datetime) -> int:
    with store.database.transaction() as connection:
        late = unscreened(connection, now - UNSCREENED_AFTER)
    for clinic, subject, row in late:
        log.error("text_unscreened", clinic=clinic)
        try:
            take_unchecked(store, packs, now, (clinic, subject), row)
        except Exception as error:  # noqa: BLE001 - the next text, and the next look in seconds, must come all the same
            log.critical("text_not_alerted", clinic=clinic, error=error)
    return len(late)


def _without_timer(store: Store, now: datetime) -> int:
    with store.database.transaction() as connection:
        cases = alerts.open_cases(connection)
        climbing = timed(connection, "ladder")
        bare = [(c, s, a) for c, s, a in cases if (c, s) not in climbing]
        inbox.set_timers(connection, store.ids, [Timer(c, s, "ladder", now, a.token, True, now) for c, s, a in bare])
    for clinic, _subject, alert in bare:
        log.error("case_without_timer", clinic=clinic, number=alert.number)
    return len(bare)
