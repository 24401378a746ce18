"""take_turns(): one batch. Claim, load, screen, step, words, rows, commit: what a message's way is, in one place."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot import logs
from bot.packs import Pack
from bot.perform import perform
from bot.rows import Rows
from bot.stage import Stage
from bot.stepped import Cases, Turn, step, unchecked
from flows.conversation import Subject
from flows.events import StaffActed, StepFailed, write
from flows.step import spoken
from storage import alerts, chats, conversations, inbox
from storage.cipher import Cipher
from storage.conversations import Loaded
from storage.errors import ConflictError, UnreadableError
from storage.inbox import Arrival, Due
from storage.store import Store

log = logs.get(__name__)

BATCH = 200
TRIES = 8  # then the step is given up and comes back as StepFailed
Packs = Callable[[str], Pack]
Load = Callable[[Connection, Cipher, Sequence[conversations.Key]], Mapping[conversations.Key, Loaded]]
Stuck = list[tuple[Due, Exception]]  # events that not even the screen could take, and why


def take_turns(store: Store, packs: Packs, now: datetime, limit: int = BATCH) -> int:
    """Take one event each of up to `limit` subjects. Returns how many were taken.

    One transaction for all. Where the bulk write fails, each subject is taken alone: a fault stays with its own.
    """
    try:
        with store.database.transaction() as connection:
            return _take(connection, store, packs, now, inbox.claim(connection, now, limit))
    except (SQLAlchemyError, ConflictError, UnreadableError) as error:
        log.error("batch_failed", error=error)
        return _take_alone(store, packs, now, limit)


def _take(
    connection: Connection,
    store: Store,
    packs: Packs,
    now: datetime,
    subjects: Sequence[conversations.Key],
    load: Load = conversations.load,
) -> int:
    dues = inbox.oldest(connection, store.cipher, now, subjects)
    if not dues:
        return 0
    loaded = load(connection, store.cipher, [(due.clinic, due.subject) for due in dues])
    cases = _closed_cases(connection, dues)
    stepped, stuck = _stepped(dues, loaded, packs, now, cases)
    rows, turns = _worded(connection, store, _numbered(connection, stepped), now, stuck)
    rows.write(connection, store, now)
    if rows.posts:
        store.database.wake(connection)
    _complete(connection, store, turns, now)
    for due, error in stuck:
        log.critical("turn_stuck", clinic=due.clinic, error=error, attempt=due.attempts + 1)
        inbox.postpone(connection, due, _later(due, now), type(error).__name__)
    rows.forget(connection)
    return len(dues)


def _stepped(
    dues: Sequence[Due], loaded: Mapping[conversations.Key, Loaded], packs: Packs, now: datetime, cases: Cases
) -> tuple[list[Turn], Stuck]:
    """Every event through the screen and the step; beside them those that not even the screen could take."""
    turns: list[Turn] = []
    stuck: Stuck = []
    for due in dues:
        try:
            turns.append(step(due, loaded[due.clinic, due.subject], packs(due.clinic), now, cases))
        except Exception as error:  # noqa: BLE001 - one event must not stop everybody's; the watch alerts for its text
            stuck.append((due, error))
    return turns, stuck


def _worded(
    connection: Connection, store: Store, turns: Sequence[Turn], now: datetime, stuck: Stuck
) -> tuple[Rows, Sequence[Turn]]:
    """The turns as rows. Where a flow's words cannot be put together, that turn goes on without its step; what cannot
    even then goes to `stuck`."""
    rows = Rows()
    for n, turn in enumerate(turns):
        try:
            _perform(connection, store, rows, turn, now)
        except (SQLAlchemyError, ConflictError):
            raise
        except Exception as error:  # noqa: BLE001 - words that cannot be put together are a fault of one flow
            again = [] if turn.failed else [turn.without_step(error)]
            stuck += [(turn.due, error)] if turn.failed else []
            return _worded(connection, store, [*turns[:n], *again, *turns[n + 1 :]], now, stuck)
    return rows, turns


def _closed_cases(connection: Connection, dues: Sequence[Due]) -> Cases:
    """The cases that staff named and that are not the open one of their subject: an old button has to be explained."""
    named = [(d.clinic, int(d.body.get("case", 0))) for d in dues if d.kind == StaffActed.__name__]
    found = alerts.by_number(connection, [key for key in named if key[1]])
    return {key: alert for key, (_subject, alert) in found.items()}


def _numbered(connection: Connection, turns: Sequence[Turn]) -> list[Turn]:
    """The turns, every new case with its number. Clinic by clinic: two batches lock the clinics in the same order."""
    new = [n for n, turn in enumerate(turns) if turn.subject.alert and not turn.subject.alert.number]
    numbered = list(turns)
    for n in sorted(new, key=lambda n: turns[n].due.clinic):
        turn = turns[n]
        number = alerts.next_numbers(connection, turn.due.clinic, 1)[0]
        subject, effects = turn.received
        received = (_with_number(subject, number), effects)
        numbered[n] = replace(turn, subject=_with_number(turn.subject, number), received=received)
    return numbered


def _with_number(subject: Subject, number: int) -> Subject:
    alert = subject.alert
    return subject._replace(alert=replace(alert, number=number)) if alert and not alert.number else subject


def _perform(connection: Connection, store: Store, rows: Rows, turn: Turn, now: datetime) -> None:
    """The turn's effects as rows, and what became of its subject."""
    client = turn.subject.client
    locale = client.locale if client else spoken(turn.event, turn.pack.world)
    due = turn.due
    stage = Stage(due.clinic, turn.subject, turn.pack, now, due.id, due.chat, locale, connection, store, rows)
    perform(stage, turn.effects)
    before, after, clinic = turn.loaded.subject, stage.subject, turn.due.clinic
    whole = not turn.loaded.sealed  # what could not be opened must not be written over
    if whole and after.conversation != before.conversation:
        rows.conversations.append(Loaded(clinic, after, turn.loaded.version))
    if whole and after.client and after.client != before.client:
        rows.clients.append((clinic, after.client))
    if after.alert and before.alert is None and not after.alert.closed:
        rows.opened.append((clinic, after.id, after.alert))
    elif after.alert and before.alert and after.alert != before.alert:
        rows.cases.append((clinic, after.alert))


def _complete(connection: Connection, store: Store, turns: Sequence[Turn], now: datetime) -> None:
    """What was dealt with is done; a step that failed is set aside and tried again, and given up loudly in the end."""
    inbox.finish(connection, now, [turn.due for turn in turns if turn.failed is None or _last_try(turn.due)])
    for turn in turns:
        if turn.failed is None:
            continue
        log.error("step_failed", clinic=turn.due.clinic, error=turn.failed, attempt=turn.due.attempts + 1)
        if _last_try(turn.due):
            _give_up(connection, store, turn, now)
        else:
            inbox.set_aside(connection, now, turn.due, _later(turn.due, now), type(turn.failed).__name__)


def _later(due: Due, now: datetime) -> datetime:
    return now + timedelta(seconds=2 ** min(due.attempts + 1, 8))


def _last_try(due: Due) -> bool:
    return due.attempts + 1 >= TRIES


def _give_up(connection: Connection, store: Store, turn: Turn, now: datetime) -> None:
    due = turn.due
    log.critical("step_given_up", clinic=due.clinic, error=turn.failed or Exception)
    if due.kind == StepFailed.__name__:
        return
    kind, body = write(StepFailed(at=now, event=due.id, kind=due.kind))
    subject = turn.subject
    client = subject.client.id if subject.client else ""
    arrival = Arrival(
        due.clinic, "rapport", subject.id, f"failed:{due.id}", subject.id, kind, body, now, due.chat, client
    )
    inbox.accept(connection, store.cipher, store.ids, [arrival])


def take_unchecked(store: Store, packs: Packs, now: datetime, subject: tuple[str, str], row: int) -> None:
    """The screen never got to this text: that is an alert. The step still waits for its turn."""
    with store.database.transaction() as connection:
        if not inbox.hold(connection, subject):
            return
        dues = [due for due in inbox.rows(connection, store.cipher, subject[0], [row]) if not due.screened]
        loaded = _load_anyway(connection, store.cipher, [subject])
        turns = [unchecked(due, loaded[subject], packs(due.clinic), now) for due in dues]
        stuck: Stuck = []
        rows, _turns = _worded(connection, store, _numbered(connection, turns), now, stuck)
        for _due, error in stuck:
            raise error
        rows.write(connection, store, now)
        for due in dues:
            inbox.set_aside(connection, now, due, now, "unscreened")


def _load_anyway(
    connection: Connection, cipher: Cipher, wanted: Sequence[conversations.Key]
) -> dict[conversations.Key, Loaded]:
    """What can be opened of these subjects; an empty conversation gets to know the channel of its chat."""
    found = conversations.load_anyway(connection, cipher, wanted)
    channels = chats.channels(connection, [(each.clinic, each.subject.chat) for each in found.values()])
    return {key: _on(channels.get((each.clinic, each.subject.chat), ""), each) for key, each in found.items()}


def _on(channel: str, loaded: Loaded) -> Loaded:
    talk = loaded.subject.conversation
    return replace(loaded, subject=loaded.subject._replace(conversation=talk._replace(channel=talk.channel or channel)))


def _take_alone(store: Store, packs: Packs, now: datetime, limit: int) -> int:
    """The same batch, subject by subject; what still fails is set aside so that it delays nobody."""
    with store.database.transaction() as connection:
        subjects = inbox.claim(connection, now, limit)
    return sum(_take_one(store, packs, now, subject) for subject in subjects)


def _take_one(
    store: Store, packs: Packs, now: datetime, subject: conversations.Key, load: Load = conversations.load
) -> int:
    try:
        with store.database.transaction() as connection:
            held = inbox.hold(connection, subject)
            return _take(connection, store, packs, now, [subject], load) if held else 0
    except UnreadableError as error:
        log.critical("value_unreadable", clinic=subject[0], error=error)
        if load is not _load_anyway:
            return _take_one(store, packs, now, subject, _load_anyway)
        return _postpone(store, subject, now, error)
    except (SQLAlchemyError, ConflictError) as error:
        log.error("turn_failed", clinic=subject[0], error=error)
        _postpone(store, subject, now, error)
        return 0


def _postpone(store: Store, subject: conversations.Key, now: datetime, error: Exception) -> int:
    """Try the subject's oldest event again later. Nothing is opened for it. Returns how many were put off."""
    with store.database.transaction() as connection:
        dues = inbox.oldest(connection, None, now, [subject])
        for due in dues:
            inbox.postpone(connection, due, _later(due, now), type(error).__name__)
    return len(dues)
