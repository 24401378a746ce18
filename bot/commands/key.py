"""`rapport key`: a new encryption key, printed once and stored nowhere."""

from __future__ import annotations

import secrets

import click

PREFIX = "rk1_"
KEY_BYTES = 32


def new_key() -> str:
    """A random key of 32 bytes as unpadded base64url text behind `rk1_`, the mark of the first key format."""
    return PREFIX + secrets.token_urlsafe(KEY_BYTES)


@click.command()
def key() -> None:
    """Make a new encryption key.

    Put it first in RAPPORT_KEYS and keep the older keys behind it until every row has been written anew.
    """
    click.echo(new_key())
