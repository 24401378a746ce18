"""Leases: of all processes, one polls a bot and one sends for a channel. On SQLite the one process does all of it.

A process that ends, however it ends, loses its leases at once; one that hangs loses them when they run out.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, column, delete, func, or_, select, table, true

from storage.dialect import insert_into
from storage.tables import leases

SESSIONS = table("pg_stat_activity", column("application_name"), column("datname"))


def take(connection: Connection, name: str, holder: str, now: datetime, length: timedelta) -> bool:
    """Take or renew a lease. Returns whether `holder`, a `Database.process`, has it until `now + length`."""
    if connection.dialect.name == "sqlite":
        return True
    statement = insert_into(connection, leases)
    free = or_(leases.c.holder == holder, leases.c.until <= now, ended(connection, leases.c.holder))
    changes = {"holder": statement.excluded.holder, "until": statement.excluded.until}
    taken = statement.on_conflict_do_update(index_elements=["name"], set_=changes, where=free).returning(leases.c.name)
    row = {"name": name, "holder": holder, "until": now + length}
    return connection.execute(taken, row).first() is not None


def give_back(connection: Connection, holder: str) -> None:
    """Give back all of a holder's leases."""
    connection.execute(delete(leases).where(leases.c.holder == holder))


def ended(connection: Connection, process: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a process other than this one has ended: it has no connection to the database any more.

    PostgreSQL closes a killed process's connections within milliseconds. Where a whole machine is lost it takes some
    seconds to notice. While another role is connected, whose names it hides, nobody counts as ended: time does it then.
    """
    if connection.dialect.name == "sqlite":
        return true()
    here = SESSIONS.c.datname == func.current_database()
    return process.not_in(select(SESSIONS.c.application_name).where(here))
