"""Which migrations a database has had, and the way to the newest schema.

SQLite is migrated at the start, PostgreSQL by `rapport db migrate`. Either is one transaction under a lock.
"""

import fcntl
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from storage.database import Database
from storage.errors import StorageError

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x72617070  # "rapp": the advisory lock, of this database alone


def migrate(database: Database, migrations: Path = MIGRATIONS) -> None:
    """Bring the database to the newest schema; nothing where it is there already. Raises StorageError.

    Another process that migrates is waited for. Where a migration fails, nothing has changed.
    """
    if is_current(database, migrations):
        return
    with _beside(database), _opened(database) as connection, _without_foreign_keys(connection), connection.begin():
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        config = _config(migrations)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        _check_foreign_keys(connection)


def is_current(database: Database, migrations: Path = MIGRATIONS) -> bool:
    """Whether the database has had every migration that this program knows. Raises StorageError."""
    return not pending(database, migrations)


def pending(database: Database, migrations: Path = MIGRATIONS) -> tuple[str, ...]:
    """The migrations that the database has yet to get, in order. Raises StorageError."""
    with _opened(database) as connection:
        reached = MigrationContext.configure(connection).get_current_heads()
    scripts = ScriptDirectory.from_config(_config(migrations))
    try:
        steps = [step.revision for step in scripts.iterate_revisions("heads", reached or "base")]
    except RevisionError:
        raise StorageError(
            f"the database's schema ({', '.join(reached)}) is newer than this program; install the newer version"
        ) from None
    return tuple(reversed(steps))


def _config(migrations: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    return config


@contextmanager
def _opened(database: Database) -> Iterator[Connection]:
    """A connection. What the database says of one that it cannot give is told in one line."""
    try:
        connection = database.engine.connect()
    except OperationalError as error:
        said = " ".join(str(error.orig).split())
        raise StorageError(f"the database cannot be opened: {said}; check RAPPORT_DATABASE_URL") from error
    with connection:
        yield connection


def _beside(database: Database) -> AbstractContextManager[Any]:
    """The lock beside a SQLite file. PostgreSQL has one within."""
    return nullcontext() if database.file is None else _file_lock(database.file)


@contextmanager
def _file_lock(file: Path) -> Iterator[None]:
    with file.with_name(f"{file.name}.migrating").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _without_foreign_keys(connection: Connection) -> Iterator[None]:
    """With them on, building a table anew would delete what refers to it. SQLite obeys between transactions only."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def _check_foreign_keys(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    if torn := connection.exec_driver_sql("PRAGMA foreign_key_check").all():
        tables = ", ".join(sorted({row[0] for row in torn}))
        raise StorageError(f"the migration left rows in {tables} without what they refer to; nothing was changed")
