"""take_turns(): one batch. Claim, load, screen, step, words, rows, commit: what a message's way is, in one place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot import logs
from bot.packs import Pack
from bot.perform import perform
from bot.rows import Rows
from bot.stage import Stage
from flows import engine
from flows.conversation import Subject
from flows.effects import Effect
from flows.events import Event, StaffActed, TextReceived, read
from flows.risk import screen
from flows.verdict import Verdict
from storage import alerts, conversations, inbox
from storage.conversations import Loaded
from storage.errors import ConflictError
from storage.inbox import Due
from storage.store import Store

log = logs.get(__name__)

BATCH = 200
TRIES = 8  # then the step is given up and comes back as StepFailed
CLIENT_CHANNELS = ("telegram", "web", "console")
Packs = Callable[[str], Pack]


@dataclass(frozen=True, slots=True)
class Turn:
    """One event and its subject, through the screen and the step. `failed` is what the step raised, if it did."""

    due: Due
    loaded: Loaded
    event: Event
    pack: Pack
    verdict: Verdict
    subject: Subject
    effects: list[Effect]
    failed: Exception | None = None


def take_turns(store: Store, packs: Packs, now: datetime, limit: int = BATCH) -> int:
    """Take one event each of up to `limit` subjects. Returns how many were taken.

    One transaction for all. Where the bulk write fails, each subject is taken alone, so that a fault stays with its own.
    """
    try:
        with store.database.transaction() as connection:
            return _take(connection, store, packs, now, inbox.claim(connection, now, limit))
    except (SQLAlchemyError, ConflictError) as error:
        log.error("batch_failed", error=error)
        return _take_alone(store, packs, now, limit)


def _take(
    connection: Connection, store: Store, packs: Packs, now: datetime, subjects: Sequence[tuple[str, str]]
) -> int:
    dues = inbox.oldest(connection, store.cipher, now, subjects)
    if not dues:
        return 0
    loaded = conversations.load(connection, store.cipher, [(due.clinic, due.subject) for due in dues])
    cases = _closed_cases(connection, dues, loaded)
    turns = [_take_turn(due, loaded[due.clinic, due.subject], packs(due.clinic), now, cases) for due in dues]
    rows = Rows()
    _number(connection, turns)
    for turn in _numbered(connection, turns):
        _perform(connection, store, rows, turn, now)
    rows.write(connection, store, now)
    inbox.finish(connection, now, [turn.due for turn in turns if turn.failed is None])
    for turn in turns:
        if turn.failed is not None:
            _set_aside(connection, store, turn, now)
    return len(dues)
