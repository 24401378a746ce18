"""The `rapport` command: quick help, one clear line for what a person can repair, and keys."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping

import click
import pytest
from click.testing import CliRunner

from bot import cli
from bot.errors import BotError
from flows.errors import FlowsError
from storage.errors import StorageError

Table = Mapping[str, cli.Entry | cli.Branch]
HEAVY = ("aiohttp", "babel", "pydantic", "slack_bolt", "sqlalchemy", "starlette", "telegram", "transitions")


def entries(table: Table = cli.COMMANDS, before: str = "") -> Iterator[tuple[str, cli.Entry]]:
    for name, row in table.items():
        if isinstance(row, cli.Branch):
            yield from entries(row.table, f"{before}{name} ")
        else:
            yield before + name, row


@pytest.mark.parametrize("options", [["--help"], ["flow", "--help"], ["--version"]])
def test_help_imports_nothing_heavy(options: list[str]) -> None:
    program = (
        "import json, sys\n"
        "from bot.cli import rapport\n"
        f"rapport.main({options!r}, standalone_mode=False)\n"
        f"print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == []


@pytest.mark.parametrize(("name", "entry"), list(entries()), ids=[name for name, _ in entries()])
def test_each_command_of_the_table_exists_and_has_help(name: str, entry: cli.Entry) -> None:
    command = cli.load(entry)
    assert isinstance(command, click.Command)
    assert command.help, f"`rapport {name}` has no docstring"
    assert CliRunner().invoke(cli.rapport, [*name.split(), "--help"]).exit_code == 0


def test_help_lists_every_command() -> None:
    said = CliRunner().invoke(cli.rapport, ["--help"]).output
    for name, row in cli.COMMANDS.items():
        assert f"  {name} " in said
        assert row.help in said


@pytest.mark.parametrize("root", [BotError, FlowsError, StorageError])
def test_an_error_of_ours_is_one_line_and_status_2(monkeypatch: pytest.MonkeyPatch, root: type[Exception]) -> None:
    result = _fail_with(root("RAPPORT_KEYS is empty; make a key with: rapport key"), monkeypatch)
    assert result.exit_code == 2
    assert result.stderr == "rapport: RAPPORT_KEYS is empty; make a key with: rapport key\n"
    assert result.stdout == ""


def test_an_unexpected_error_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(_fail_with(ZeroDivisionError(), monkeypatch).exception, ZeroDivisionError)


def test_an_unknown_command_is_told_and_status_2() -> None:
    result = CliRunner().invoke(cli.rapport, ["ketchup"])
    assert result.exit_code == 2
    assert "No such command 'ketchup'" in result.stderr


def test_a_key_is_32_new_random_bytes_with_its_mark() -> None:
    first, second = (CliRunner().invoke(cli.rapport, ["key"]).output.strip() for _ in range(2))
    assert first != second
    assert first.startswith("rk1_")
    assert len(base64.urlsafe_b64decode(first.removeprefix("rk1_") + "=")) == 32


def _fail_with(error: Exception, monkeypatch: pytest.MonkeyPatch) -> click.testing.Result:
    @click.command()
    def broken() -> None:
        raise error

    monkeypatch.setattr(cli, "load", lambda _entry: broken)
    return CliRunner().invoke(cli.rapport, ["key"])
