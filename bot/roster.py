"""Who a clinic's clients are: initials, status and id. Full names only for whoever asks, which is written down."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.app import App
from storage import audit, clients


@dataclass(frozen=True, slots=True)
class Listed:
    """One client of the list. `name` is "" unless full names were asked for."""

    alias: str
    status: str
    id: str
    name: str = ""


def roster(app: App, clinic: str, *, names: bool = False) -> Sequence[Listed]:
    """The clients in the order in which they were invited. Raises BotError for an unknown clinic."""
    app.shelf(clinic)
    store, now = app.store, app.clock.now()
    with store.database.transaction() as connection:
        found = clients.all_of(connection, store.cipher, clinic)
        if names:
            audit.write(connection, [{
                "clinic_id": clinic, "id": store.ids.new(), "at": now, "subject": f"clinic:{clinic}",
                "action": "listed_names", "by": "operator", "detail": "{}",
            }])  # fmt: skip
    return [Listed(each.alias, each.status, each.id, each.name if names else "") for each in found]
