"""Whether the product works: the database answers, turns are taken, nothing waits too long."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.shelf import Shelf
from storage import alerts, inbox, outbox, watch
from storage.store import Store

LATE = timedelta(seconds=30)  # a due event that waits longer says that turns are not being taken
UNSEEN = timedelta(seconds=90)  # by then the watch has made a case of a text that nobody screened


@dataclass(frozen=True, slots=True)
class Health:
    """The verdict and what it stands on; numbers and names of clinics only."""

    ready: bool
    report: Mapping[str, Any]


def health(store: Store, shelf: Shelf, ages: Mapping[str, int], now: datetime) -> Health:
    """Look at everything once. A database that cannot be reached raises, and the page answers with an error."""
    with store.database.transaction() as connection:
        oldest_event, oldest_message = inbox.next_due(connection), outbox.next_due(connection)
        cases = len(alerts.open_cases(connection))
        closed, unseen = watch.unopened(connection), len(watch.unscreened(connection, now - UNSEEN))
    late = oldest_event is not None and now - oldest_event > LATE
    report = {
        "database": "ok",
        "turns": "late" if late else "ok",
        "oldest_event_seconds": _age(oldest_event, now),
        "oldest_message_seconds": _age(oldest_message, now),
        "open_cases": cases,
        "clinics": {clinic: ("blocked" if shelf.gaps(clinic) else "ok") for clinic in shelf.packs},
        "unreadable_events": closed,
        "unscreened_texts": unseen,
        "last_beat_seconds": dict(ages),
    }
    return Health(not (late or closed or unseen), report)


def _age(at: datetime | None, now: datetime) -> int:
    return max(0, int((now - at).total_seconds())) if at else 0
