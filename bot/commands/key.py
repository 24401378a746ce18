"""`rapport key`: a new encryption key, printed once and stored nowhere."""

import click

from storage.cipher import new_key


@click.command()
def key() -> None:
    """Make a new encryption key.

    Put it first in RAPPORT_KEYS and keep the older keys behind it until every row has been written anew.
    """
    click.echo(new_key())
