"""`rapport clinic new`: a commented pack for a new clinic."""

from pathlib import Path

import click

from bot.app import EXAMPLES
from bot.errors import BotError
from flows.clinic import read_clinic
from flows.errors import DefinitionError


@click.command()
@click.argument("slug")
@click.option("--into", type=click.Path(path_type=Path), default=Path("clinics"), show_default=True,
              help="The folder that RAPPORT_CLINICS names.")  # fmt: skip
def new(slug: str, into: Path) -> None:
    """Write a commented pack for a new clinic, to be filled in."""
    folder = into / slug
    if folder.exists():
        raise BotError(f"{folder} is there already; choose another name, or edit it")
    text = (EXAMPLES / "riverside" / "clinic.yaml").read_text(encoding="utf-8")
    text = text.replace("clinic: riverside", f"clinic: {slug}", 1)
    try:
        read_clinic(text, "clinic.yaml")
    except DefinitionError as error:
        raise BotError(f"'{slug}' cannot be a clinic's name: {error.problems[0].repair or error}") from None
    (folder / "flows").mkdir(parents=True)
    (folder / "locales").mkdir()
    (folder / "clinic.yaml").write_text(text, encoding="utf-8")
    click.echo(f"Wrote {folder / 'clinic.yaml'}. Fill in your names and Slack ids, then run `rapport check`.")
