"""`rapport flow lint`, `draw` and `test`: for whoever writes flows. They read files only; no setting, no database."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import click

from bot.app import EXAMPLES
from bot.catalogue import read_catalogue
from bot.errors import BotError
from bot.gathering import Gathering
from bot.pack_files import files_in, read_pack
from bot.packs import Pack, build
from bot.sources import flows_of, lint_own, texts_of
from flows import drawing, examples
from flows import lint as checks
from flows.compiler import Flow
from flows.errors import Problem
from flows.risk import screen

Flows = Mapping[str, Flow]
NO_FLOWS = "This pack has no flows of its own; the shipped ones are used."
FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command()
@click.argument("folder", required=False, type=FOLDER)
def lint(folder: Path | None) -> None:
    """List every mistake in the flow files of a clinic's pack (FOLDER), or in those that are shipped."""
    shipped, own = _flows(folder)
    flows, found = own if folder else shipped, Gathering()
    if folder:
        lint_own(own, shipped, _phrases(), found)
    else:
        found.problems += checks.lint(shipped, _phrases())
    _tell(found.problems, f"{_count(flows)}, nothing wrong." if flows else NO_FLOWS)


@click.command()
@click.argument("name")
@click.option("--clinic", "folder", type=FOLDER, help="The clinic's pack; what is shipped unless told.")
def draw(name: str, folder: Path | None) -> None:
    """Draw a flow as a Mermaid diagram, from the table that runs it."""
    shipped, own = _flows(folder)
    flows = {**shipped, **own}
    if name not in flows:
        raise BotError(f"there is no flow '{name}'; there are {', '.join(sorted(flows))}")
    click.echo(drawing.mermaid(flows[name]), nl=False)


@click.command()
@click.option("--clinic", "folder", type=FOLDER, help="The clinic's pack; what is shipped unless told.")
def test(folder: Path | None) -> None:
    """Play the flows' example conversations through the real engine.

    What no example visits is listed too, and counts as no mistake.
    """
    shipped, own = _flows(folder)
    pack = build(read_catalogue(), read_pack(folder or EXAMPLES / "riverside"), {})
    flows = own if folder else shipped
    reports = [_rehearsed(flow, pack) for flow in flows.values()]
    for problem in (problem for report in reports for problem in report.unvisited):
        click.echo(f"· {problem}")
    count = sum(len(flow.file.examples) for flow in flows.values())
    held = f"{_count(flows)}, {count} example{'' if count == 1 else 's'}, all hold."
    _tell((problem for report in reports for problem in report.mismatches), held if flows else NO_FLOWS)


def _rehearsed(flow: Flow, pack: Pack) -> examples.Report:
    """The flow's examples, in the clinic's first language unless they say more."""
    world = replace(pack.world, languages=pack.world.languages[:1])
    return examples.rehearse(flow, world, lambda text: screen(pack.screen, [text]))


def _flows(folder: Path | None) -> tuple[Flows, Flows]:
    """The shipped flows and those of the pack. Raises DefinitionError for files that cannot be read as flows."""
    found = Gathering()
    shipped = flows_of(read_catalogue().flows, found)
    own = flows_of(dict(files_in(read_pack(folder), "flows")), found) if folder else {}
    found.check()
    return shipped, own


def _phrases() -> set[str]:
    found = Gathering()
    texts = texts_of((), read_catalogue().phrases, found)
    found.check()
    return set(texts)


def _count(flows: Flows) -> str:
    return f"{len(flows)} flow{'' if len(flows) == 1 else 's'}"


def _tell(problems: Iterable[Problem], else_well: str) -> None:
    """Each mistake in a line and status 2, or a line that all is well."""
    listed = [*problems]
    for problem in listed:
        click.echo(f"✗ {problem}")
    if listed:
        sys.exit(2)
    click.echo(else_well)
