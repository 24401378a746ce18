"""delivery: from the outbox to the channels. Leases, order, rate, backoff; what becomes of a letter is written down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot import logs
from bot.channels.base import Outbound, SendError
from flows.effects import CLASSES
from flows.events import AlertDelivered, AlertUndelivered, ChatBlocked, Event, MessageUndelivered, write
from storage import chats, inbox, outbox
from storage.inbox import Arrival
from storage.outbox import UNREADABLE, Letter, Settled
from storage.store import Store

log = logs.get(__name__)

CLAIM = 60
LONGEST_WAIT = timedelta(minutes=5)
ALERT_WAIT = timedelta(seconds=30)  # alerts are tried again without end, and often
GIVE_UP = 12  # tries of anything but alerts and safety
AWAY = ("network", "timeout", "rate", "token", "no_bot")  # everything sent to this vendor fails alike
BESIDE = ("mark", "refresh", "line", "private", "dialog")
EDITS = ("mark", "refresh", "line")  # there is nothing to edit where the first message never arrived


@dataclass(frozen=True, slots=True)
class Sent:
    """What the channel said to a letter: the vendor's id, or the error."""

    letter: Letter
    vendor_id: str = ""
    error: SendError | None = None


def claim(store: Store, channel: str, now: datetime, limit: int = CLAIM) -> list[Letter]:
    """Lease the next letters of a channel, in their own commit."""
    with store.database.transaction() as connection:
        return outbox.claim(connection, store.cipher, channel, now, limit, store.database.process)


def outbound(letter: Letter) -> Outbound:
    """The letter as its channel sees it."""
    bot = letter.bot or letter.clinic
    return Outbound(letter.kind, letter.address, letter.body, bot, letter.vendor_id, letter.original)


def ready(letter: Letter, now: datetime) -> Settled | None:
    """None where the letter can be sent; else what becomes of it unsent."""
    if letter.not_after and now > letter.not_after:
        return Settled(letter, "expired", now)
    if letter.sealed:
        log.critical("value_unreadable", clinic=letter.clinic, channel=letter.channel, error=letter.sealed)
        return outcome(Sent(letter, error=SendError(UNREADABLE, retryable=True)), now)
    if not letter.address:
        return Settled(letter, "withdrawn", now, error="forgotten")
    if letter.kind in EDITS and not letter.vendor_id:
        return Settled(letter, "withdrawn", now, error="no_original")
    return None


def outcome(sent: Sent, now: datetime) -> Settled:
    """What becomes of a letter that was tried."""
    letter, error = sent.letter, sent.error
    if error is None:
        return Settled(letter, "sent", now, sent.vendor_id)
    log.warning(
        "not_sent", channel=letter.channel, clinic=letter.clinic, attempt=letter.attempts + 1, effect=error.code
    )
    if error.retryable and (letter.attempts + 1 < GIVE_UP or _without_end(letter, error)):
        return Settled(letter, "", now, error=error.code, again=now + wait(letter, error))
    return Settled(letter, "failed", now, error="blocked" if error.blocked else error.code)


def _without_end(letter: Letter, error: SendError) -> bool:
    """Whether it is tried until it arrives. What adds nothing to an alert must not stand in the way of the next one
    for ever: where the vendor itself cannot take just this one, it is given up."""
    away = error.code in AWAY or error.code.startswith("http_")
    return urgent(letter) and (away or letter.kind not in BESIDE)


def urgent(letter: Letter) -> bool:
    """Alerts and safety messages are never given up for a passing fault."""
    return CLASSES[letter.rank] in ("alert", "safety")


def wait(letter: Letter, error: SendError) -> timedelta:
    """How long until the next try: what the vendor said, else longer each time."""
    longest = ALERT_WAIT if urgent(letter) else LONGEST_WAIT
    backoff = min(timedelta(seconds=2 ** min(letter.attempts, 10)), longest)
    return max(timedelta(seconds=error.retry_after), backoff)


def settle(store: Store, settled: Sequence[Settled], now: datetime) -> None:
    """Write down what became of letters, and let their subjects know, in one commit."""
    if not settled:
        return
    with store.database.transaction() as connection:
        outbox.settle(connection, settled)
        arrivals = [arrival for s in settled for arrival in _news(s, now)]
        inbox.accept(connection, store.cipher, store.ids, arrivals)
        _forget(connection, settled)
        if arrivals:
            store.database.wake(connection)


def _news(settled: Settled, now: datetime) -> list[Arrival]:
    event = _event(settled, now)
    if event is None:
        return []
    letter = settled.letter
    kind, body = write(event)
    client = letter.subject.removeprefix("client:") if letter.subject.startswith("client:") else ""
    external = f"{letter.id}:{settled.status or letter.attempts}"
    return [Arrival(letter.clinic, "delivery", letter.channel, external, letter.subject, kind, body, now, 0, client)]


def _event(settled: Settled, now: datetime) -> Event | None:
    letter = settled.letter
    if letter.alert:
        if settled.status == "sent":
            posted = letter.created_at.timestamp()
            return AlertDelivered(at=now, alert=letter.alert, recipient=letter.chat, posted=posted)
        waits_for_card = settled.again is not None and settled.error == "waits"
        final = settled.again is None
        return (
            None if waits_for_card else AlertUndelivered(at=now, alert=letter.alert, recipient=letter.chat, final=final)
        )
    if settled.status != "failed" or not letter.subject.startswith("client:") or letter.kind != "message":
        return None
    if settled.error == "blocked":
        return ChatBlocked(at=now)
    return MessageUndelivered(at=now, reason=settled.error)


def _forget(connection: Connection, settled: Sequence[Settled]) -> None:
    for s in settled:
        if s.letter.forget and s.again is None:
            chats.forget(connection, s.letter.clinic, int(s.letter.chat))
