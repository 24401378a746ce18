"""What the watch and the health page look for in the inbox: what should not lie there. Only looks."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from storage.errors import KeyMissingError, TamperedError
from storage.inbox import PEOPLE, SUBJECT
from storage.tables import inbox

UNREADABLE = (KeyMissingError.__name__, TamperedError.__name__)


def unscreened(connection: Connection, before: datetime) -> list[tuple[str, str, int]]:
    """Texts that came before `before` and that nobody has screened: (clinic, subject, row)."""
    statement = select(inbox.c.clinic_id, inbox.c.subject, inbox.c.id).where(
        inbox.c.done_at.is_(None), inbox.c["class"] == PEOPLE, inbox.c.received_at <= before,
        inbox.c.screened_at.is_(None), inbox.c.kind == "TextReceived",
    )  # fmt: skip
    return [tuple(row) for row in connection.execute(statement)]


def timed(connection: Connection, name: str) -> set[tuple[str, str]]:
    """The (clinic, subject) pairs that have this ladder timer waiting."""
    statement = select(*SUBJECT).where(
        inbox.c.done_at.is_(None), inbox.c["class"] == PEOPLE, inbox.c.source == "timer", inbox.c.external_id == name
    )
    return {(row.clinic_id, row.subject) for row in connection.execute(statement)}


def unopened(connection: Connection) -> int:
    """How many events of people and of cases wait because a value that they need cannot be opened."""
    waiting = (inbox.c.done_at.is_(None), inbox.c["class"] == PEOPLE, inbox.c.error.in_(UNREADABLE))
    return connection.execute(select(func.count()).select_from(inbox).where(*waiting)).scalar_one()
