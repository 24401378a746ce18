"""Databases of the newest schema, for tests that are about something else than how they came to it."""

from __future__ import annotations

from storage.database import Database
from storage.schema import migrate


def migrate_url(url: str) -> None:
    """Bring the database at `url` to the newest schema, and let go of it."""
    database = Database(url)
    migrate(database)
    database.close()
