"""Slack, outwards: what arrives there, and what becomes of everything that can go wrong on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from bot.channels.base import Outbound, SendError
from bot.channels.slack import SlackChannel
from bot.desk import cards, dialogs
from bot.desk.case import Revealed
from fakes.slack import FakeSlack
from support.cases import case, clinic, pack

TOKENS = {"riverside": "xoxb-riverside"}
PERMANENT = (
    "channel_not_found", "not_in_channel", "is_archived", "user_not_found", "user_disabled", "account_inactive",
    "invalid_auth", "token_revoked", "msg_too_long", "invalid_blocks", "message_not_found", "edit_window_closed",
    "an_error_of_next_year",
)  # fmt: skip


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as server:
        server.add_user("UAMARI", "Dr Amari")
        server.add_user("UBELL", "Dr Bell")
        server.add_channel("CTEAM", members=["UAMARI", "UBELL"])
        yield server
        assert server.violations == []


def send(slack: FakeSlack, *messages: Outbound, timeout: float = 5) -> list[str]:
    """Send in order, on one channel. Gives the vendor's ids."""

    async def run() -> list[str]:
        channel = SlackChannel(TOKENS, slack.url, timeout)
        try:
            return [await channel.send(message) for message in messages]
        finally:
            await channel.close()

    return asyncio.run(run())


def refused(slack: FakeSlack, message: Outbound, timeout: float = 5) -> SendError:
    with pytest.raises(SendError) as found:
        send(slack, message, timeout=timeout)
    assert found.value.__cause__ is None
    return found.value


def to(address: str, kind: str = "card", body: Any = None, **more: Any) -> Outbound:
    return Outbound(kind, address, body or cards.card(case()), "riverside", **more)


def test_a_card_goes_to_a_person_or_a_channel_and_its_id_names_both(slack: FakeSlack) -> None:
    direct, team = send(slack, to("slack:UAMARI"), to("slack:CTEAM"))
    amari = slack.user("UAMARI")
    assert direct == f"{amari.dms[0].channel}|{amari.dms[0].ts}"
    assert team == f"CTEAM|{slack.channel('CTEAM').messages[0].ts}"
    assert "Acknowledge" in amari.dms[0].buttons


def test_a_card_is_edited_in_place(slack: FakeSlack) -> None:
    (card,) = send(slack, to("slack:CTEAM"))
    fresh = cards.card(case(status="acknowledged", owner="amari"))
    assert send(slack, to("slack:CTEAM", "refresh", fresh, vendor_id=card)) == [card]
    (only,) = slack.channel("CTEAM").messages
    assert only.edited
    assert only.holds("Dr Amari has acknowledged this")


def test_H02_a_new_urgency_is_a_new_message_in_the_thread_that_everybody_sees(slack: FakeSlack) -> None:
    (card,) = send(slack, to("slack:CTEAM"))
    notice = cards.notice(case(), "worse") | {"broadcast": True}
    line = cards.line(case(), "desk.said_more", {})
    (told, quiet) = send(
        slack, to("slack:CTEAM", "notice", notice, vendor_id=card), to("slack:CTEAM", "line", line, vendor_id=card)
    )
    first, second, third = slack.channel("CTEAM").messages
    assert (second.thread_ts, second.reply_broadcast, f"CTEAM|{second.ts}") == (first.ts, True, told)
    assert (third.thread_ts, third.reply_broadcast, f"CTEAM|{third.ts}") == (first.ts, False, quiet)


def test_H02_a_notice_arrives_even_where_its_card_was_deleted_or_never_arrived(slack: FakeSlack) -> None:
    notice = cards.notice(case(), "worse") | {"broadcast": True}
    send(slack, to("slack:CTEAM", "notice", notice), to("slack:CTEAM", "notice", notice, vendor_id="CTEAM|1.000001"))
    assert [message.thread_ts for message in slack.channel("CTEAM").messages] == [None, None]


def test_a_private_answer_is_seen_by_one_person_where_they_acted(slack: FakeSlack) -> None:
    body = cards.told("Case 12 is with Dr Bell already.") | {"channel": "CTEAM"}
    (sent,) = send(slack, to("slack:UAMARI", "private", body))
    amari = slack.user("UAMARI")
    assert [message.text for message in amari.ephemerals] == [body["text"]]
    assert sent == f"CTEAM|{amari.ephemerals[0].ts}"
    assert slack.channel("CTEAM").messages == []


@pytest.mark.parametrize("where", ["", "CNOWHERE", "COTHERS"])
def test_a_private_answer_comes_directly_where_there_is_no_place_for_it(slack: FakeSlack, where: str) -> None:
    slack.add_channel("COTHERS", members=["UBELL"])
    send(slack, to("slack:UAMARI", "private", cards.told("Already done.") | {"channel": where}))
    assert [message.text for message in slack.user("UAMARI").dms] == ["Already done."]


def test_a_loading_dialog_gets_its_content(slack: FakeSlack) -> None:
    amari = slack.user("UAMARI")
    opened = _open_dialog(slack, amari)
    view = dialogs.dialog("resolve", case(), Revealed(), "CTEAM")
    assert send(slack, to("slack:UAMARI", "dialog", {"view_id": opened, "view": view})) == [opened]
    assert amari.modal is not None
    assert amari.modal.callback_id == "resolved"


def test_a_dialog_that_was_closed_meanwhile_is_not_tried_again(slack: FakeSlack) -> None:
    view = dialogs.answer("Too late.")
    error = refused(slack, to("slack:UAMARI", "dialog", {"view_id": "VGONE", "view": view}))
    assert (error.code, error.retryable) == ("not_found", False)


def _open_dialog(slack: FakeSlack, user: Any) -> str:
    async def run() -> str:
        channel = SlackChannel(TOKENS, slack.url)
        try:
            client = channel.clients["riverside"]
            opened = await client.views_open(trigger_id=user.ws.trigger(user), view=dialogs.loading(pack()))
            return str(opened["view"]["id"])
        finally:
            await channel.close()

    return asyncio.run(run())


def test_H04_a_rate_limit_is_obeyed(slack: FakeSlack) -> None:
    slack.fail_next("chat.postMessage", 429, retry_after=7)
    error = refused(slack, to("slack:UAMARI"))
    assert (error.code, error.retryable, error.retry_after) == ("rate", True, 7)
    send(slack, to("slack:UAMARI"))


@pytest.mark.parametrize("status", [500, 502, 503])
def test_H04_a_fault_of_slack_s_is_tried_again(slack: FakeSlack, status: int) -> None:
    slack.fail_next("chat.postMessage", status)
    assert refused(slack, to("slack:UAMARI")).retryable
    send(slack, to("slack:UAMARI"))
    assert len(slack.user("UAMARI").dms) == 1


@pytest.mark.parametrize("error", ["internal_error", "fatal_error", "service_unavailable", "request_timeout"])
def test_H04_a_passing_fault_that_slack_names_is_tried_again(slack: FakeSlack, error: str) -> None:
    slack.fail_next("chat.postMessage", error=error)
    found = refused(slack, to("slack:UAMARI"))
    assert (found.code, found.retryable) == (error, True)


def test_H12_a_message_that_was_taken_without_an_answer_is_sent_again_rather_than_lost(slack: FakeSlack) -> None:
    slack.drop_next("chat.postMessage", accepted=True)
    error = refused(slack, to("slack:UAMARI"))
    assert (error.code, error.retryable) == ("network", True)
    send(slack, to("slack:UAMARI"))
    assert len(slack.user("UAMARI").dms) == 2


def test_H04_a_connection_that_is_cut_slow_or_refused_is_tried_again(slack: FakeSlack) -> None:
    slack.drop_next("chat.postMessage", accepted=False)
    assert refused(slack, to("slack:UAMARI")).retryable
    hold = slack.slow_next("chat.postMessage", seconds=30)
    assert refused(slack, to("slack:UAMARI"), timeout=0.3).code == "network"
    hold.release()
    slack.down = True
    assert refused(slack, to("slack:UAMARI")).retryable
    slack.heal()
    send(slack, to("slack:UAMARI"))


@pytest.mark.parametrize("error", PERMANENT)
def test_H02_what_slack_refuses_for_good_fails_at_once_so_that_the_ladder_climbs(slack: FakeSlack, error: str) -> None:
    slack.fail_next("chat.postMessage", error=error)
    found = refused(slack, to("slack:UAMARI"))
    assert (found.code, found.retryable) == (error, False)


def test_H03_somebody_who_has_left_cannot_be_told(slack: FakeSlack) -> None:
    slack.user("UBELL").deleted = True
    assert not refused(slack, to("slack:UBELL")).retryable
    assert not refused(slack, to("slack:UNOBODY")).retryable


def test_H17_each_clinic_speaks_with_its_own_token_and_none_without(slack: FakeSlack) -> None:
    hillside = slack.add_workspace("T2", "xoxb-hillside", "xapp-hillside", "other-secret")
    slack.add_user("UAMARI", "Somebody else", workspace=hillside)

    async def run() -> None:
        channel = SlackChannel({**TOKENS, "hillside": "xoxb-hillside"}, slack.url)
        try:
            await channel.send(Outbound("post", "slack:UAMARI", cards.told("Hello."), "hillside"))
            with pytest.raises(SendError, match="no_token"):
                await channel.send(Outbound("post", "slack:UAMARI", cards.told("Hello."), "lakeside"))
        finally:
            await channel.close()

    asyncio.run(run())
    assert [message.text for message in slack.user("UAMARI", hillside).dms] == ["Hello."]
    assert slack.user("UAMARI").dms == []


def test_an_answer_that_is_not_slack_s_is_tried_again(slack: FakeSlack) -> None:
    async def run() -> SendError:
        channel = SlackChannel(TOKENS, f"{slack.origin}/nothing/here/")
        try:
            with pytest.raises(SendError) as found:
                await channel.send(to("slack:UAMARI"))
            return found.value
        finally:
            await channel.close()

    error = asyncio.run(run())
    assert (error.code, error.retryable) == ("http_404", True)


def test_quotes_and_long_texts_are_taken_by_slack(slack: FakeSlack) -> None:
    quoting = case(pack(clinic(content="quotes")))
    send(slack, to("slack:CTEAM", "line", cards.line(quoting, "desk.replied", {}, quote="long words & <more> " * 200)))
    assert slack.channel("CTEAM").messages[0].holds("long words & <more>")
