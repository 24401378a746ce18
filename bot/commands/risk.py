"""`rapport risk …`: measure the risk screen, ask it about single lines, see what it knows. Reads files only."""

import sys
from pathlib import Path

import click

from bot import risk_eval, risk_languages, risk_lines, risk_report, risk_review, risk_trial
from bot.catalogue import read_catalogue
from bot.commands.client import opened
from bot.gathering import Gathering
from bot.pack_files import read_pack
from bot.sources import screen_of
from flows.risk import Screen
from flows.risk_rules import examples

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
NEW_FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
ALWAYS = "en"  # its rules look at every message: people of any language use its words


@click.command("eval")
@click.argument("file", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="For a machine.")
@click.option("--rows", type=NEW_FILE, help="Also write what was said of each row to this CSV file: id, tier, action.")
@click.option("--show-text", is_flag=True, help="Show the sentences that were judged wrongly, not only their ids.")
@click.option("--clinic", type=FOLDER, help="The clinic's pack, whose own risk words count too.")
def evaluate(file: Path, as_json: bool, rows: Path | None, show_text: bool, clinic: Path | None) -> None:
    """Measure the screen on FILE, a CSV file of labelled sentences.

    The columns are text, lang and label (none, low, moderate, high, imminent); id and category are used where they are
    there. Prints sensitivity and specificity, per language and category, and what was missed.
    """
    report = risk_eval.evaluate(file, _screen(clinic))
    if rows:
        rows.write_text(risk_report.as_rows(report), encoding="utf-8")
    told = (risk_report.as_json if as_json else risk_report.as_text)(report, show_text=show_text)
    click.echo(told, nl=False)


@click.command("screen")
@click.option("--lang", default="", help="Only the rules of this language (en, es, …) and of English.")
@click.option("--clinic", type=FOLDER, help="The clinic's pack, whose own risk words count too.")
def screen_lines(lang: str, clinic: Path | None) -> None:
    """Judge each line of the standard input. Prints one JSON object a line: tier, action, rules, spans."""
    rules = _screen(clinic, lang)
    for line in sys.stdin:
        click.echo(risk_lines.as_json(rules, line.rstrip("\n")))


@click.command("languages")
@click.option("--json", "as_json", is_flag=True, help="For a machine.")
def languages(as_json: bool) -> None:
    """Say of each language what its screen is worth: rules, examples, measured figures, who has reviewed it."""
    coverage = risk_languages.coverage(read_catalogue())
    click.echo((risk_languages.as_json if as_json else risk_languages.as_text)(coverage), nl=False)


@click.command("try")
@click.argument("pack", type=FOLDER)
@click.option("--talk", type=FILE, help="Benign talk of your own to try it on: a text file, one message a line.")
def try_out(pack: Path, talk: Path | None) -> None:
    """Say what the risk.yaml of PACK would change, before it is in use: examples of all rules, and benign talk."""
    before, after = _screen(None), _screen(pack)
    files = read_catalogue().risk
    lines = talk.read_text(encoding="utf-8").splitlines() if talk else []
    changed = risk_trial.compare(files, lines, before, after)
    click.echo(risk_trial.as_text(changed, len(examples(files)) + len(lines)), nl=False)


@click.command("review")
@click.option("--clinic", required=True, help="The clinic's slug.")
@click.option("--by", required=True, help="Your short name in clinic.yaml; it stands beside what you decide.")
@click.option("--measure", is_flag=True, help="Only say how the screen does on what was labelled so far.")
def review(clinic: str, by: str, measure: bool) -> None:
    """Go through false alarms and missed messages, and say what each should have been. Words stay where they are."""
    with opened() as app:
        if not measure:
            click.echo(f"{risk_review.review(app, clinic, by, _ask)} labelled")
        right, count = risk_review.measure(app, clinic)
    click.echo(f"the screen does right on {right} of {count} labelled messages")


def _ask(shown: risk_review.Shown) -> str:
    click.echo(
        f"\n{shown.kind.replace('_', ' ')} {shown.reason}  {shown.said_at:%Y-%m-%d}  the screen says: {shown.tier}"
    )
    click.echo(f"    {shown.text}")
    choice = click.Choice([*risk_review.LABELS, risk_review.SKIP, risk_review.STOP])
    return str(click.prompt("What should it have been", type=choice))


def _screen(folder: Path | None, lang: str = "") -> Screen:
    """The shipped rules, and the pack's. Raises DefinitionError."""
    found = Gathering()
    own = {name: text for name, text in read_pack(folder).items() if name == "risk.yaml"} if folder else {}
    shipped = read_catalogue()
    kept = {name: text for name, text in shipped.risk.items() if _wanted(name, lang)}
    if lang and not any(_language(name) == lang for name in kept):
        known = ", ".join(map(_language, shipped.risk))
        raise click.BadParameter(f"there are no rules for '{lang}'; there are for {known}", param_hint="--lang")
    nets = {name: text for name, text in shipped.nets.items() if _wanted(name, lang)}
    rules = screen_of({**kept, **own}, nets, found)
    found.check()
    assert rules is not None
    return rules


def _language(name: str) -> str:
    return Path(name).parent.name


def _wanted(name: str, lang: str) -> bool:
    return not lang or _language(name) in (lang, ALWAYS)
