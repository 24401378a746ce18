"""The migrations lead to the very schema of `tables.py`, keep every row, and happen once whoever starts them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from click.testing import CliRunner

from bot.cli import rapport
from storage import schema
from storage.database import Database
from storage.errors import StorageError
from storage.tables import clients, metadata, outbox

# A change that builds a table anew on SQLite, beside one that refers to it and would lose its rows with it.
REBUILD = '''
"""A test's own."""
import sqlalchemy as sa
from alembic import op
revision, down_revision = "9001_rebuild", "{before}"

def upgrade():
    op.execute("CREATE TABLE child (id INTEGER PRIMARY KEY, lease VARCHAR REFERENCES leases (name) ON DELETE CASCADE)")
    op.execute("INSERT INTO leases (name, holder, until) VALUES ('a', 'b', '2026-03-02 10:00:00.000000')")
    op.execute("INSERT INTO child (id, lease) VALUES (1, 'a')")
    with op.batch_alter_table("leases", recreate="auto") as table:
        table.alter_column("holder", type_=sa.String(80))
    with op.batch_alter_table("outbox") as table:
        table.add_column(sa.Column("colour", sa.String(9), nullable=False, server_default="green"))
        table.alter_column("error", type_=sa.String(80))
'''
TEAR = '''
"""A test's own."""
from alembic import op
revision, down_revision = "9002_tear", "9001_rebuild"

def upgrade():
    op.execute("UPDATE outbox SET colour = 'red'")
    op.execute("DELETE FROM leases")
'''


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty database."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """The migrations of a later version."""
    folder = Path(shutil.copytree(schema.MIGRATIONS, tmp_path / "100% migrations"))
    (folder / "versions/9001_rebuild.py").write_text(REBUILD.format(before=_newest()))
    return folder


def test_the_migrated_schema_is_the_one_in_tables(database):
    schema.migrate(database)
    # Of SQLite's empty defaults the comparison thinks that they differ; the next test compares them to the letter.
    options = {"compare_type": True, "compare_server_default": not database.is_sqlite}
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


def test_the_migrated_schema_is_the_one_in_tables_to_the_letter(database, tmp_path, request):
    schema.migrate(database)
    migrated = _described(database)
    with database.transaction() as connection:
        metadata.drop_all(connection)
    metadata.create_all(database.engine)
    assert migrated == _described(database)
    assert sum("WHERE" in line for line in migrated) >= 8, "indexes of a part of the rows are compared too"


def test_an_upgrade_keeps_every_row(memory, later):
    memory.client("sam")
    memory.queue(memory.post(1, "Hello"), memory.post(2, "Goodbye", rank=3))
    before = memory.everything()
    assert schema.pending(memory.database, later) == ("9001_rebuild",)
    schema.migrate(memory.database, later)
    assert memory.everything() | {"leases": []} == before
    with memory.open() as connection:
        assert connection.exec_driver_sql("SELECT colour FROM outbox").scalars().all() == ["green", "green"]
        assert connection.exec_driver_sql("SELECT lease FROM child").scalars().all() == ["a"]
        assert not memory.database.is_sqlite or connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_migration_that_tears_rows_apart_changes_nothing(sqlite_memory, later):
    memory = sqlite_memory
    memory.queue(memory.post(1))
    schema.migrate(memory.database, later)
    (later / "versions/9002_tear.py").write_text(TEAR)
    with pytest.raises(StorageError, match="left rows in child without what they refer to; nothing was changed"):
        schema.migrate(memory.database, later)
    assert schema.pending(memory.database, later) == ("9002_tear",)
    with memory.open() as connection:
        assert connection.exec_driver_sql("SELECT colour FROM outbox").scalars().all() == ["green"]
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_migration_that_fails_half_way_changes_nothing(memory, later):
    with (later / "versions/9001_rebuild.py").open("a") as file:
        file.write("    op.execute('SELECT * FROM nowhere')\n")
    with pytest.raises(sa.exc.DBAPIError):
        schema.migrate(memory.database, later)
    assert schema.is_current(memory.database)
    assert "child" not in sa.inspect(memory.database.engine).get_table_names()


def test_all_that_start_at_once_find_the_database_migrated(database_url):
    databases = [Database(database_url) for _ in range(3)]
    with ThreadPoolExecutor(len(databases)) as pool:
        list(pool.map(schema.migrate, databases))
    assert [schema.pending(each) for each in databases] == [()] * len(databases)
    for each in databases:
        each.close()


def test_a_new_database_is_not_current_and_a_migrated_one_is(database):
    assert schema.pending(database)[0] == "0001_first"
    assert not schema.is_current(database)
    schema.migrate(database)
    schema.migrate(database)
    assert schema.is_current(database)


def test_a_database_of_a_later_version_is_left_alone(memory, later):
    schema.migrate(memory.database, later)
    for ask in (schema.pending, schema.is_current, schema.migrate):
        with pytest.raises(StorageError, match=r"9001_rebuild.*newer than this program"):
            ask(memory.database)


@pytest.mark.parametrize(
    "url", ["sqlite:////no/such/folder/rapport.sqlite", "postgresql://sam:hunter2@127.0.0.1:1/rapport"]
)
def test_a_database_that_cannot_be_reached_is_told_in_one_line(url):
    with pytest.raises(StorageError, match=r"cannot be opened: .*RAPPORT_DATABASE_URL$") as raised:
        schema.migrate(Database(url))
    assert "hunter2" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_db_migrate_says_what_it_did(database, database_url):
    first, second = (_migrate(database_url) for _ in range(2))
    assert (first.exit_code, first.output.splitlines()[0]) == (0, "done: 0001_first")
    assert second.output == "The database is up to date.\n"
    assert schema.is_current(database)


def test_the_migrations_lie_in_the_package():
    package = Path(schema.__file__).parent
    assert schema.MIGRATIONS.is_relative_to(package)
    assert {file.name for file in schema.MIGRATIONS.iterdir()} >= {
        "__init__.py",
        "env.py",
        "script.py.mako",
        "versions",
    }


def test_every_row_belongs_to_a_clinic():
    others = [table.name for table in metadata.sorted_tables if next(iter(table.primary_key)).name != "clinic_id"]
    assert others == ["leases"], "clinic_id stands first in every tenant table's key"
    assert clients.primary_key.columns.keys() == outbox.primary_key.columns.keys() == ["clinic_id", "id"]


def _migrate(url):
    return CliRunner().invoke(rapport, ["db", "migrate"], env={"RAPPORT_DATABASE_URL": url})


def _newest():
    return max(file.stem for file in (schema.MIGRATIONS / "versions").glob("0*.py"))


def _described(database):
    """The schema in the database's own words, a line for each table, column, constraint and index."""
    statements = SQLITE if database.is_sqlite else POSTGRESQL
    with database.engine.connect() as connection:
        lines = [" ".join(map(str, row)) for each in statements for row in connection.execute(sa.text(each))]
    return sorted(re.sub(r"\s+", " ", line).replace(" ,", ",") for line in lines if "alembic_version" not in line)


SQLITE = ("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL",)
POSTGRESQL = (
    "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default"
    " FROM information_schema.columns WHERE table_schema = 'public'",
    "SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid <> 0",
    "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
)
