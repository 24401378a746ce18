"""Leases: of all processes, one polls a bot and one sends for it."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, or_

from storage.dialect import insert_into
from storage.tables import leases


def take(connection: Connection, name: str, holder: str, now: datetime, length: timedelta) -> bool:
    """Take or renew a lease. Returns whether `holder` has it until `now + length`."""
    statement = insert_into(connection, leases)
    mine = or_(leases.c.holder == holder, leases.c.until <= now)
    changes = {"holder": statement.excluded.holder, "until": statement.excluded.until}
    taken = statement.on_conflict_do_update(index_elements=["name"], set_=changes, where=mine).returning(leases.c.name)
    row = {"name": name, "holder": holder, "until": now + length}
    return connection.execute(taken, row).first() is not None


def give_back(connection: Connection, holder: str) -> None:
    """Give back all of a holder's leases."""
    connection.execute(delete(leases).where(leases.c.holder == holder))
