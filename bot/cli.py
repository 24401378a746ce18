"""The `rapport` command: a table of names. A command's code is imported when the command is used, so help is quick."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any, NamedTuple

import click

from bot.errors import BotError


def main() -> None:
    """Run the command line; the exit status is 2 when a setting, an argument or a pack is wrong."""
    rapport.main(prog_name="rapport")


class Entry(NamedTuple):
    """Where a command lives (`module:object`) and the short line that the help shows for it."""

    target: str
    help: str


class Branch(NamedTuple):
    """A command with commands of its own: its short line, and their table."""

    help: str
    table: Mapping[str, Entry]


COMMANDS: Mapping[str, Entry | Branch] = MappingProxyType(
    {
        "demo": Entry("bot.commands.demo:demo", "Try Rapport in the browser; nothing needs setting up."),
        "chat": Entry("bot.commands.chat:chat", "The demo's conversation, in this terminal."),
        "run": Entry("bot.commands.run:run", "Run the bot for the clinics in RAPPORT_CLINICS."),
        "check": Entry("bot.commands.check:check", "Say everything that is wrong with the settings; start nothing."),
        "key": Entry("bot.commands.key:key", "Make a new encryption key."),
        "client": Branch(
            "Clients of a clinic.",
            {
                "invite": Entry("bot.commands.client:invite", "Print a link that lets one client join, once."),
                "list": Entry("bot.commands.client:list_clients", "List a clinic's clients: initials, status, id."),
                "admit": Entry("bot.commands.client:admit", "Let in a client who was held at joining."),
            },
        ),
        "clinic": Branch(
            "Clinics and their packs.",
            {"new": Entry("bot.commands.clinic:new", "Write a commented pack for a new clinic.")},
        ),
        "risk": Branch(
            "The risk screen.",
            {
                "eval": Entry("bot.commands.risk:evaluate", "Measure the screen on a file of labelled sentences."),
                "screen": Entry("bot.commands.risk:screen_lines", "Judge each line of the standard input."),
                "try": Entry("bot.commands.risk:try_out", "Say what a clinic's risk file would change."),
                "review": Entry("bot.commands.risk:review", "Go through false alarms and missed messages."),
                "languages": Entry("bot.commands.risk:languages", "Say what the screen is worth in each language."),
            },
        ),
        "export": Branch(
            "A client's record.",
            {"fhir": Entry("bot.commands.export:fhir", "Print a client's record as a FHIR R4 bundle.")},
        ),
        "db": Branch(
            "The database.",
            {"migrate": Entry("bot.commands.db:migrate", "Bring the database to the newest schema.")},
        ),
        "flow": Branch(
            "Flow files.",
            {
                "lint": Entry("bot.commands.flow:lint", "List every mistake in the flow files."),
                "draw": Entry("bot.commands.flow:draw", "Draw a flow as a diagram."),
                "test": Entry("bot.commands.flow:test", "Play the flows' example conversations."),
            },
        ),
    }
)


class LazyGroup(click.Group):
    """A group of commands that stand in a table and are imported one at a time, when used."""

    def __init__(self, *args: Any, table: Mapping[str, Entry | Branch], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.table = table

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(self.table)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        row = self.table.get(cmd_name)
        if row is None:
            return None
        if isinstance(row, Branch):
            return LazyGroup(cmd_name, table=row.table, help=row.help)
        return load(row)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, from the table alone: nothing is imported for it."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, row.help) for name, row in self.table.items()])


class RootGroup(LazyGroup):
    """Turns the project's own errors into one line on stderr; anything unexpected goes on with its stack trace."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except known_errors() as error:
            raise Refusal(str(error)) from error


class Refusal(click.ClickException):
    """One clear line for the person at the terminal, and exit status 2."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        click.echo(f"rapport: {self.format_message()}", file=file, err=True)


def load(entry: Entry) -> click.Command:
    """Import the command that a table's row names."""
    module, _, name = entry.target.partition(":")
    command: click.Command = getattr(import_module(module), name)
    return command


def known_errors() -> tuple[type[Exception], ...]:
    """The error roots of the three folders; imported late, so that help stays quick."""
    from flows.errors import FlowsError
    from storage.errors import StorageError

    return BotError, FlowsError, StorageError


@click.group(cls=RootGroup, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="rapport", prog_name="rapport")
def rapport() -> None:
    """Keeps client and clinic in touch between therapy sessions."""
