"""What becomes of a letter that a channel could not send, and that it never becomes another letter's fault."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot import delivery
from bot.app import build, employ
from bot.channels.base import Outbound, SendError
from bot.delivery import Sent
from bot.settings import Settings
from fixtures.logs import ExpectsLog
from storage import outbox
from storage.cipher import new_key
from storage.outbox import Letter, Post
from support.clock import MONDAY_TEN, FakeClock

ALERT = 0


def letter(kind: str, attempts: int = 50) -> Letter:
    return Letter(
        "riverside", 1, "client:c1", "slack", "slack:U0AMARI", "slack:U0AMARI", "", ALERT, kind, {"text": "case 1"},
        attempts, MONDAY_TEN, 7, False, 0, "", {},
    )  # fmt: skip


@pytest.mark.parametrize("code", ["internal_error", "network", "rate", "http_503"])
def test_H04_an_alert_is_tried_until_it_arrives(code: str, expects_log: ExpectsLog) -> None:
    expects_log("not_sent")
    for kind in ("card", "notice"):
        tried = Sent(letter(kind), error=SendError(code, retryable=True))
        assert delivery.outcome(tried, MONDAY_TEN).again is not None


def test_H02_an_edit_that_slack_alone_cannot_take_does_not_hold_up_the_next_alert(expects_log: ExpectsLog) -> None:
    expects_log("not_sent")
    for kind in ("refresh", "line", "private", "dialog"):
        refused = Sent(letter(kind), error=SendError("internal_error", retryable=True))
        assert delivery.outcome(refused, MONDAY_TEN).status == "failed"
        away = Sent(letter(kind), error=SendError("network", retryable=True))
        assert delivery.outcome(away, MONDAY_TEN).again is not None


class Odd:
    """A channel that breaks, in a way that nobody thought of, over one of its letters."""

    name = "slack"

    def __init__(self) -> None:
        self.sent: list[str] = []

    async def send(self, message: Outbound) -> str:
        if "odd" in message.body["text"]:
            raise KeyError("ts")
        self.sent.append(message.body["text"])
        return "C|1"

    async def close(self) -> None:
        """Nothing is open."""


def test_H04_a_letter_that_breaks_its_channel_comes_back_as_undelivered_and_the_next_one_goes_out(
    tmp_path: Path, expects_log: ExpectsLog
) -> None:
    expects_log("send_broke", "not_sent")
    settings = {"RAPPORT_DATABASE_URL": f"sqlite:///{tmp_path}/rapport.sqlite", "RAPPORT_KEYS": new_key()}
    app = build(Settings.read(settings), FakeClock())
    channel = Odd()
    posts = [
        Post("riverside", n, "client:c1", "slack", "slack:U0AMARI", ALERT, "card", {"text": text}, MONDAY_TEN, alert=7)
        for n, text in enumerate(("odd", "even"), 1)
    ]
    with app.store.database.transaction() as connection:
        outbox.post(connection, app.store.cipher, posts)

    async def run() -> None:
        worker = employ(app, {"slack": channel})
        await worker.senders["slack"].run_once()
        await worker.stop()

    asyncio.run(run())
    assert channel.sent == ["even"]
    app.store.database.close()
