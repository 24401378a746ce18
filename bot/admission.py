"""Letting in a client who was held at joining: what has to be true first, then an event that the engine answers."""

from bot.app import App
from bot.errors import BotError
from flows.conversation import Subject
from flows.events import ClientAdmitted, write
from storage import answers, inbox
from storage.conversations import load
from storage.inbox import Arrival

NOT_HELD = {
    "invited": "has not opened the invitation yet",
    "active": "has joined already",
    "paused": "has joined, and is taking a break",
    "stopped": "has stopped the bot; only /start from their side begins it again",
    "ended": "is no client any more",
}


def admit(app: App, clinic: str, client: str, by: str = "") -> None:
    """Let a client in. `by` is the slug of who decided it, "" for whoever runs the program. Raises BotError with the
    reason where they cannot be let in now."""
    person = app.shelf(clinic).world.clinic.person(by)
    if by and (person is None or not person.active or person.role == "front_desk"):
        raise BotError(f"'{by}' is no clinician of {clinic}, and only one of them can let a client in")
    subject, now = f"client:{client}", app.clock.now()
    kind, body = write(ClientAdmitted(at=now, by=by or "operator"))
    with app.store.database.transaction() as connection:
        found = load(connection, app.store.cipher, [(clinic, subject)])
        if (clinic, subject) not in found or found[clinic, subject].subject.client is None:
            raise BotError(f"{clinic} has no client {client}; `rapport client list --clinic {clinic}` shows the ids")
        agreed = answers.agreed(connection, clinic, subject, "confidentiality")
        if refusal := _refusal(found[clinic, subject].subject, agreed=agreed):
            raise BotError(f"{client} {refusal}")
        admission = f"admitted:{app.store.ids.new()}"
        arrival = Arrival(clinic, "rapport", subject, admission, subject, kind, body, now, 0, client)
        inbox.accept(connection, app.store.cipher, app.store.ids, [arrival])
        app.store.database.wake(connection)


def _refusal(subject: Subject, *, agreed: bool) -> str:
    """Why this client cannot be let in now, "" where nothing is in the way."""
    assert subject.client is not None
    if subject.client.status != "joining":
        return NOT_HELD[subject.client.status]
    if subject.alert:
        return f"has an open case, {subject.alert.number}; close it first"
    if any(frame.flow == "join" for frame in subject.conversation.frames):
        return "is still answering the questions of joining; wait until they are through"
    return "" if agreed else "has not agreed to the privacy terms; /start asks them again"
