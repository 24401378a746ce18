"""`rapport demo`: a client's phone and a clinician's desk in the browser. Nothing is sent anywhere."""

import asyncio
import os
import sys
import webbrowser
from pathlib import Path

import click

from bot import logs
from bot.app import build
from bot.clock import PushedClock
from bot.commands.run import only_process
from bot.web.demo_home import Home
from bot.web.demo_serve import listen, serve_demo

FOLDER = Path("rapport-demo")


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="The page's port; 8765 or the next free one unless told.")
@click.option("--no-browser", is_flag=True, help="Only print the page's address.")
@click.option("--fresh", is_flag=True, help="Forget the last run and start over.")
def demo(port: int | None, no_browser: bool, fresh: bool) -> None:
    """Try Rapport in the browser: a client's phone on the left, the clinician's desk on the right.

    The clinic is fictional, the texts are drafts, nothing leaves this computer. What happens is kept in ./rapport-demo.
    """
    logs.configure("WARNING")
    home, clock = Home(FOLDER), PushedClock()
    listening = listen(port)
    if fresh:
        home.start_afresh()
    app = build(home.settings(), clock, drafts=True)
    with only_process(app):
        asyncio.run(serve_demo(app, clock, home, listening, lambda url: _started(url, home, not no_browser)))


def _started(url: str, home: Home, browse: bool) -> None:
    click.echo(f"The demo runs at {url}  (stop it with Ctrl+C)")
    click.echo(f"Its database and key are in {home.folder.resolve()}; --fresh starts over.")
    if browse and _has_screen():
        webbrowser.open(url)


def _has_screen() -> bool:
    """Whether a window can open. Without one a text browser would take over the terminal."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
