"""What was said in earlier runs of the demo, put back on the phones, into the rooms of Slack and into the mail."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.channels.base import (
    ButtonPressed,
    ChatBlocked,
    ChatUnblocked,
    LinkOpened,
    Outbound,
    TextReceived,
    UnscreenableReceived,
)
from bot.channels.web import Bubble, Side, WebChannel, new_id
from bot.channels.web_phone import OPENED
from flows.events import LinkRefused
from storage import transcript
from storage.store import Store
from storage.transcript import Said

if TYPE_CHECKING:  # the demo recalls its own past
    from bot.web.demo_world import Demo


def past(store: Store, clinic: str, channel: str) -> list[Said]:
    """Everything that was said, in order (database work)."""
    with store.database.transaction() as connection:
        sent = transcript.sent(connection, store.cipher, clinic)
        heard = transcript.heard(connection, store.cipher, clinic, channel)
    return sorted([*sent, *heard], key=lambda said: (said.at, said.rank, said.id))


async def recall(demo: "Demo", said: list[Said]) -> None:
    """Put it all back. What staff wrote and the dialogs that they opened are not kept anywhere, so they are gone."""
    mail = {path.name: path for path in demo.outside}
    for each in said:
        if each.kind in HEARD:
            HEARD[each.kind](demo.web, each)
        elif each.channel == demo.web.name:
            _on_phone(demo.web, each)
        elif each.channel in mail:
            mail[each.channel].keep(each.address, each.body, each.at)
        elif each.kind != "dialog":
            letter = Outbound(each.kind, each.address, each.body, demo.slug, each.edits)
            with demo.workspace.again(each.vendor_id.partition("|")[2], each.at):
                await demo.desk.send(letter)


def _on_phone(web: WebChannel, said: Said) -> None:
    if said.kind == "mark":
        web.mark(said.address, said.edits, str(said.body.get("mark", "")))
    else:
        buttons = tuple((label, data) for label, data in said.body.get("buttons", ()))
        web.show(said.address, Bubble(said.vendor_id, "bot", said.body["text"], said.at, buttons=buttons))


def _show(web: WebChannel, said: Said, side: Side, text: str, kind: str = "text") -> None:
    web.show(said.address, Bubble(new_id(), side, text, said.at, kind))


def _text(web: WebChannel, said: Said) -> None:
    if said.body["kind"] == "edit" and (last := web.last_text(said.address)):
        web.show(said.address, replace(last, text=said.body["text"], edited=True))
    else:
        _show(web, said, "client", said.body["text"], "photo" if said.body["kind"] == "caption" else "text")


def _block(blocked: bool) -> Callable[[WebChannel, Said], None]:
    return lambda web, said: web.block(said.address, blocked=blocked, at=said.at)


# what came in -> how the phone shows it
HEARD: Mapping[str, Callable[[WebChannel, Said], None]] = {
    TextReceived.__name__: _text,
    UnscreenableReceived.__name__: lambda web, said: _show(web, said, "client", "", said.body["kind"]),
    LinkOpened.__name__: lambda web, said: _show(web, said, "note", OPENED),
    ChatBlocked.__name__: _block(True),
    ChatUnblocked.__name__: _block(False),
    ButtonPressed.__name__: lambda _web, _said: None,  # the answered question shows the choice
    LinkRefused.__name__: lambda web, said: _show(web, said, "note", OPENED),
}
