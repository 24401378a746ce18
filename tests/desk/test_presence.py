"""Who can be told now, as Slack has it; and what is known stays known while Slack does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.desk.presence import presence
from fakes.slack import FakeSlack
from fixtures.logs import ExpectsLog
from flows.clinic import Clinic, Person
from flows.escalation import Away
from support.cases import clinic
from support.clock import MONDAY_TEN

KNOWN = Away(gone=frozenset({"chen"}), undisturbed=frozenset({"amari"}), team=frozenset({"bell"}))


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack(clock=lambda: MONDAY_TEN) as server:
        for user in ("UAMARI", "UBELL", "UCHEN", "UDOE"):
            server.add_user(user)
        server.add_channel("CTEAM", members=["UAMARI", "UBELL", "UVISITOR"])
        yield server
        assert server.violations == []


def ask(slack: FakeSlack, at: Clinic | None = None, last: Away | None = None) -> Away:
    client = AsyncWebClient("xoxb-riverside", slack.url, retry_handlers=[])
    return asyncio.run(presence(client, at or clinic(), MONDAY_TEN, last))


def test_everybody_is_there_and_the_team_is_who_is_in_its_channel(slack: FakeSlack) -> None:
    assert ask(slack) == Away(team=frozenset({"amari", "bell"}))


def test_H03_who_was_deactivated_or_is_unknown_to_slack_is_gone(slack: FakeSlack, expects_log: ExpectsLog) -> None:
    expects_log("presence_unknown")
    slack.user("UBELL").deleted = True
    people = {**clinic().clinicians, "gray": Person(name="Dr Gray", slack="UNEVER")}
    assert ask(slack, clinic(clinicians=people)) == Away(gone=frozenset({"bell", "gray"}), team=frozenset({"amari"}))


def test_quiet_hours_count_only_while_they_are_on(slack: FakeSlack) -> None:
    slack.user("UAMARI").dnd = True
    slack.user("UBELL").dnd = (MONDAY_TEN + timedelta(hours=8), MONDAY_TEN + timedelta(hours=20))
    assert ask(slack).undisturbed == {"amari"}


def test_the_largest_team_is_asked_for_in_pages(slack: FakeSlack) -> None:
    people = {f"p{n}": Person(name=f"P {n}", slack=f"U{n:03}") for n in range(230)}
    for person in people.values():
        slack.add_user(person.slack)
    slack.add_channel("CTEAM", members=[person.slack for person in people.values()])
    slack.user("U229").dnd = True
    found = ask(slack, clinic(clinicians=people, on_call=(), supervisor=""))
    assert found == Away(undisturbed=frozenset({"p229"}), team=frozenset(people))


@pytest.mark.parametrize("method", ["users.info", "dnd.teamInfo", "conversations.members"])
def test_H04_what_slack_does_not_say_stays_as_it_was(slack: FakeSlack, method: str, expects_log: ExpectsLog) -> None:
    expects_log("presence_unknown")
    slack.fail_always(method, 503)
    now = ask(slack, last=KNOWN)
    assert now.gone == (KNOWN.gone if method == "users.info" else frozenset())
    assert now.undisturbed == (KNOWN.undisturbed if method == "dnd.teamInfo" else frozenset())
    assert now.team == (KNOWN.team if method == "conversations.members" else {"amari", "bell"})


def test_H04_nothing_is_forgotten_while_slack_is_down(slack: FakeSlack, expects_log: ExpectsLog) -> None:
    expects_log("presence_unknown")
    slack.down = True
    assert ask(slack, last=KNOWN) == KNOWN
    slack.heal()
