"""Messages of the outbox as Slack names them, and the cases that they are about."""

from collections.abc import Sequence

from sqlalchemy import Connection, and_, func, select, tuple_

from storage.tables import alerts, outbox


def cases_of(connection: Connection, messages: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Case numbers by (clinic, vendor id `channel|ts`): of a card, a notice, or a line in a card's thread. What is no
    message about a case is left out."""
    if not messages:
        return {}
    card = outbox.alias("card")
    alert = func.coalesce(func.nullif(outbox.c.alert_id, 0), card.c.alert_id)
    statement = (
        select(outbox.c.clinic_id, outbox.c.vendor_id, alerts.c.number)
        .outerjoin(card, and_(card.c.clinic_id == outbox.c.clinic_id, card.c.id == outbox.c.refers_to))
        .join(alerts, and_(alerts.c.clinic_id == outbox.c.clinic_id, alerts.c.id == alert))
        .where(outbox.c.channel == "slack", tuple_(outbox.c.clinic_id, outbox.c.vendor_id).in_(list(messages)))
    )
    return {(row.clinic_id, row.vendor_id): row.number for row in connection.execute(statement)}
