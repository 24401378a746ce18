"""`rapport risk eval`: how the risk screen does on a file of labelled sentences. Reads files only; no setting."""

from pathlib import Path

import click

from bot import risk_eval, risk_report
from bot.catalogue import read_catalogue
from bot.gathering import Gathering
from bot.pack_files import read_pack
from bot.sources import screen_of
from flows.risk import Screen

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command("eval")
@click.argument("file", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="For a machine.")
@click.option("--rows", "as_rows", is_flag=True, help="Only what was said of each row, as CSV: id, tier, action.")
@click.option("--show-text", is_flag=True, help="Show the sentences that were judged wrongly, not only their ids.")
@click.option("--clinic", type=FOLDER, help="The clinic's pack, whose own risk words count too.")
def evaluate(file: Path, as_json: bool, as_rows: bool, show_text: bool, clinic: Path | None) -> None:
    """Measure the screen on FILE, a CSV file of labelled sentences.

    The columns are text, lang and label (none, low, moderate, high, imminent); id and category are used where they are
    there. Prints sensitivity and specificity, per language and category, and what was missed.
    """
    report = risk_eval.evaluate(file, _screen(clinic))
    if as_rows:
        told = risk_report.as_rows(report)
    else:
        told = (risk_report.as_json if as_json else risk_report.as_text)(report, show_text=show_text)
    click.echo(told, nl=False)


def _screen(folder: Path | None) -> Screen:
    """The shipped rules, and the pack's. Raises DefinitionError."""
    found = Gathering()
    own = {name: text for name, text in read_pack(folder).items() if name == "risk.yaml"} if folder else {}
    rules = screen_of({**read_catalogue().risk, **own}, found)
    found.check()
    assert rules is not None
    return rules
