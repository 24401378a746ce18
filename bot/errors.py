"""The one error root of the shell: its message is one clear line saying what is wrong, where, and how to repair it."""

from __future__ import annotations


class BotError(Exception):
    """Something that the person who starts or runs Rapport can repair. Never carries what a client wrote."""
