"""Taking a client's words out of the chat's record on request. The clinical record is the clinic's to decide on."""

import json

from sqlalchemy import Connection, select, update

from storage.tables import alerts, inbox, notes, outbox


def erase_chat(connection: Connection, clinic: str, subject: str) -> None:
    """The words of what has been dealt with and sent are gone. What a case or a note for staff is about stays: it is
    part of the clinical record. Rows stay, without words, as a count and against doubles."""
    done = update(inbox).where(
        inbox.c.clinic_id == clinic,
        inbox.c.subject == subject,
        inbox.c.done_at.is_not(None),
        inbox.c.id.not_in(_kept(connection, clinic, subject)),
    )
    connection.execute(done.values(body_sealed=None))
    sent = update(outbox).where(
        outbox.c.clinic_id == clinic,
        outbox.c.subject == subject,
        outbox.c.channel != "slack",
        outbox.c.settled_at.is_not(None),
    )
    connection.execute(sent.values(body_sealed=None))


def _kept(connection: Connection, clinic: str, subject: str) -> list[int]:
    """The rows of the inbox that cases and notes speak of."""
    cases = select(alerts.c.state).where(alerts.c.clinic_id == clinic, alerts.c.subject == subject)
    texts = {int(row) for state in connection.execute(cases).scalars() for row in json.loads(state).get("texts", ())}
    left = select(notes.c.inbox_id).where(notes.c.clinic_id == clinic, notes.c.subject == subject)
    return sorted(texts | set(connection.execute(left).scalars()))
