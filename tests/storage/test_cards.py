"""Which case a message in Slack is about."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import insert

from storage import alerts, cards
from storage.database import Database
from storage.tables import metadata, outbox
from support.cases import alert
from support.clock import MONDAY_TEN

ROW = {
    "subject": "client:c1", "channel": "slack", "chat": "slack:CTEAM", "class": 0, "kind": "card",
    "created_at": MONDAY_TEN, "due_at": MONDAY_TEN, "refers_to": 0, "alert_id": 0,
}  # fmt: skip


def test_a_card_its_notices_and_its_lines_lead_to_their_case_and_nothing_else_does(database_url: str) -> None:
    database = Database(database_url)
    metadata.create_all(database.engine)
    rows = [
        {"clinic_id": "riverside", "id": 1, "vendor_id": "CTEAM|1.1", "alert_id": 1},
        {"clinic_id": "riverside", "id": 2, "vendor_id": "CTEAM|1.2", "alert_id": 1, "refers_to": 1},
        {"clinic_id": "riverside", "id": 3, "vendor_id": "CTEAM|1.3", "refers_to": 1},
        {"clinic_id": "riverside", "id": 4, "vendor_id": "CTEAM|1.4"},
        {"clinic_id": "hillside", "id": 5, "vendor_id": "CTEAM|1.1", "alert_id": 1},
        {"clinic_id": "riverside", "id": 6, "vendor_id": "99", "channel": "telegram", "alert_id": 1},
    ]
    with database.transaction() as connection:
        alerts.add(connection, MONDAY_TEN, [("riverside", "client:c1", alert())])
        alerts.add(connection, MONDAY_TEN, [("hillside", "client:c9", replace(alert(), number=77))])
        connection.execute(insert(outbox), [ROW | row for row in rows])
        asked = [
            ("riverside", name) for name in ("CTEAM|1.1", "CTEAM|1.2", "CTEAM|1.3", "CTEAM|1.4", "CTEAM|9.9", "99")
        ]
        assert cards.cases_of(connection, asked) == {("riverside", f"CTEAM|1.{n}"): 12 for n in (1, 2, 3)}
        assert cards.cases_of(connection, [("hillside", "CTEAM|1.1")]) == {("hillside", "CTEAM|1.1"): 77}
        assert cards.cases_of(connection, []) == {}
    database.close()
