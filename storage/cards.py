"""Messages of the outbox as Slack names them, and the cases that they are about."""

from collections.abc import Sequence

from sqlalchemy import Connection, and_, func, literal_column, select

from storage.dialect import given, keys
from storage.tables import alerts, outbox


def cases_of(connection: Connection, messages: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Case numbers by (clinic, vendor id `channel|ts`): of a card, a notice, or a line in a card's thread. What is no
    message about a case is left out."""
    if not messages:
        return {}
    dialect, card = connection.dialect.name, outbox.alias("card")
    table, match = keys(dialect, (outbox.c.clinic_id, outbox.c.vendor_id))
    alert = func.coalesce(func.nullif(outbox.c.alert_id, 0), card.c.alert_id)
    statement = (
        select(outbox.c.clinic_id, outbox.c.vendor_id, alerts.c.number)
        .join_from(table, outbox, match)
        .outerjoin(card, and_(card.c.clinic_id == outbox.c.clinic_id, card.c.id == outbox.c.refers_to))
        .join(alerts, and_(alerts.c.clinic_id == outbox.c.clinic_id, alerts.c.id == alert))
        .where(outbox.c.channel == literal_column("'slack'"))  # in so many words, for the sake of ix_outbox_vendor
    )
    return {
        (row.clinic_id, row.vendor_id): row.number for row in connection.execute(statement, given(dialect, messages))
    }
