"""take_turns(): one batch. Claim, load, screen, step, words, rows, commit: what a message's way is, in one place."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

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
from flows.escalation import Alert
from flows.events import Event, StaffActed, StepFailed, TextReceived, read, write
from flows.risk import COULD_NOT_BE_CHECKED, NOTHING_FOUND, Verdict, screen
from flows.step import spoken
from storage import alerts, conversations, inbox
from storage.conversations import Loaded
from storage.errors import ConflictError
from storage.inbox import Arrival, Due
from storage.store import Store

log = logs.get(__name__)

BATCH = 200
TRIES = 8  # then the step is given up and comes back as StepFailed
CLIENT_CHANNELS = ("telegram", "web", "console")
Packs = Callable[[str], Pack]
Cases = Mapping[tuple[str, int], Alert]
Stuck = list[tuple[Due, Exception]]  # events that not even the screen could take, and why


@dataclass(frozen=True, slots=True)
class Turn:
    """One event and its subject, through the screen and the step. `received` is what must not fail, without the step;
    `failed` is what the step raised, if it did."""

    due: Due
    loaded: Loaded
    event: Event
    pack: Pack
    subject: Subject
    effects: list[Effect]
    received: tuple[Subject, list[Effect]]
    failed: Exception | None = None

    def without_step(self, error: Exception) -> "Turn":
        """The same turn without what the flow wanted: the alert, the reply and the ladder stand."""
        subject, effects = self.received
        return replace(self, subject=subject, effects=effects, failed=error)


def take_turns(store: Store, packs: Packs, now: datetime, limit: int = BATCH) -> int:
    """Take one event each of up to `limit` subjects. Returns how many were taken.

    One transaction for all. Where the bulk write fails, each subject is taken alone: a fault stays with its own.
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


def step(due: Due, loaded: Loaded, pack: Pack, now: datetime, cases: Cases) -> Turn:
    """Screen, alert and reply first; then the step, whose failure takes nothing of that away."""
    event = read(due.kind, due.body, at=now, id=due.id, chat=due.chat)
    subject = _prepared(due, loaded.subject, event, cases)
    verdict = _screened(subject, event, pack)
    effects: list[Effect] = []
    if not due.screened:
        subject, effects = engine.receive(subject, event, pack.world, verdict)
    received = (subject, effects)
    try:
        after, more = engine.advance(subject, event, pack.world, verdict)
    except Exception as error:  # noqa: BLE001 - any fault of a flow or of ours: the alert and the reply above stand
        return Turn(due, loaded, event, pack, subject, effects, received, error)
    return Turn(due, loaded, event, pack, after, [*effects, *more], received)


def _prepared(due: Due, subject: Subject, event: Event, cases: Cases) -> Subject:
    if due.source in CLIENT_CHANNELS and subject.conversation.channel != due.source:
        subject = subject._replace(conversation=subject.conversation._replace(channel=due.source))
    if isinstance(event, StaffActed) and subject.alert is None:
        return subject._replace(alert=cases.get((due.clinic, event.case)))
    return subject


def _screened(subject: Subject, event: Event, pack: Pack) -> Verdict:
    if not isinstance(event, TextReceived):
        return NOTHING_FOUND
    if event.kind == "edit":
        return screen(pack.screen, [event.text])
    recent = [h.text for h in subject.conversation.heard if event.at - h.at <= engine.HEARD_FOR]
    return screen(pack.screen, [*recent, event.text][-engine.HEARD :])


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
    if after.conversation != before.conversation:
        rows.conversations.append(Loaded(clinic, after, turn.loaded.version))
    if after.client and after.client != before.client:
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
    kind, body = write(StepFailed(at=now, event=due.id))
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
        loaded = conversations.load(connection, store.cipher, [subject])
        turns = [_unchecked(due, loaded[subject], packs(due.clinic), now) for due in dues]
        stuck: Stuck = []
        rows, _turns = _worded(connection, store, _numbered(connection, turns), now, stuck)
        for _due, error in stuck:
            raise error
        rows.write(connection, store, now)
        for due in dues:
            inbox.set_aside(connection, now, due, now, "unscreened")


def _unchecked(due: Due, loaded: Loaded, pack: Pack, now: datetime) -> Turn:
    event = read(due.kind, due.body, at=now, id=due.id, chat=due.chat)
    subject = _prepared(due, loaded.subject, event, {})
    received = engine.receive(subject, event, pack.world, COULD_NOT_BE_CHECKED)
    return Turn(due, loaded, event, pack, *received, received)


def _take_alone(store: Store, packs: Packs, now: datetime, limit: int) -> int:
    """The same batch, subject by subject; what still fails is set aside so that it delays nobody."""
    taken = 0
    with store.database.transaction() as connection:
        subjects = inbox.claim(connection, now, limit)
    for subject in subjects:
        try:
            with store.database.transaction() as connection:
                if inbox.hold(connection, subject):
                    taken += _take(connection, store, packs, now, [subject])
        except (SQLAlchemyError, ConflictError) as error:
            log.error("turn_failed", clinic=subject[0], error=error)
            _postpone(store, subject, now, type(error).__name__)
    return taken


def _postpone(store: Store, subject: tuple[str, str], now: datetime, error: str) -> None:
    with store.database.transaction() as connection:
        for due in inbox.oldest(connection, store.cipher, now, [subject]):
            inbox.postpone(connection, due, _later(due, now), error)
