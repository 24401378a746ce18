"""What was said in earlier runs of the demo, put back on the phone and into the rooms of Slack."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from bot.channels.base import ChatBlocked, ChatUnblocked, LinkOpened, Outbound, TextReceived, UnscreenableReceived
from bot.channels.web import Bubble, Side, WebChannel
from bot.channels.web_phone import OPENED
from bot.web.demo_slack import DemoDesk
from bot.web.demo_workspace import APP_USER, Posted, Workspace
from storage import transcript
from storage.store import Store
from storage.transcript import Said

NOTES: Mapping[str, str] = {LinkOpened.__name__: OPENED}


def past(store: Store, clinic: str, channel: str) -> list[Said]:
    """Everything that was said, in order (database work)."""
    with store.database.transaction() as connection:
        sent = transcript.sent(connection, store.cipher, clinic)
        heard = transcript.heard(connection, store.cipher, clinic, channel)
    return sorted([*sent, *heard], key=lambda said: said.id)
