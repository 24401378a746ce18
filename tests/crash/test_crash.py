"""The product is killed with SIGKILL at many points under load and started again: nothing is lost, done twice or mixed
up. Every update has one effect, every risky text an alert, every message goes out at least once and in order."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from bot.app import build
from bot.invite import invite
from bot.settings import Settings
from fakes.slack import FakeSlack
from fakes.telegram import FakeTelegram
from storage.cipher import Cipher, new_key
from storage.database import Database
from storage.schema import migrate
from storage.tables import inbox, outbox
from support import crash
from support import crowd as people
from support.crash import (
    Child,
    Moment,
    Scene,
    after_a_lost_answer,
    after_commits,
    after_requests,
    after_updates,
    at_start,
    child_of,
    in_slack,
    in_telegram,
    on_a_confirmation,
    on_a_press,
)
from support.crowd import Client, Crowd, pack_folder
from support.ledger import Ledger, runs, seen_by_slack, seen_by_telegram
from support.product import TELEGRAM_TOKEN

SEED = 20260302
CLIENTS, IN_DANGER = 16, 6
LEAST = 3  # things that are said in each life
SILENT = {"getUpdates", "deleteWebhook", "answerCallbackQuery"}  # Telegram's methods that show nothing
ASKED = {"apps.connections.open", "users.info", "dnd.teamInfo", "conversations.members"}  # Slack's


def moments() -> list[Moment]:
    """When to kill, life after life, in an order in which each finds something going on."""
    return [
        after_updates(0.0),
        in_telegram("sendMessage", accepted=False),
        after_commits(1),
        after_a_lost_answer("sendMessage", 0.1),
        after_commits(2),
        on_a_confirmation(),
        after_commits(3),
        at_start(0.1),
        after_commits(4),
        in_slack("chat.postMessage", accepted=True),
        after_commits(5),
        on_a_press(confirmed=False),
        after_commits(6),
        in_telegram("sendMessage", accepted=True),
        after_commits(7),
        in_telegram("editMessageReplyMarkup", accepted=True),
        after_commits(8),
        on_a_press(confirmed=True),
        in_slack("chat.postMessage", accepted=False),
        after_commits(9),
        after_requests(30),
    ]


@dataclass(frozen=True)
class Aftermath:
    """What there is to look at once all is quiet."""

    crowd: Crowd
    ledger: Ledger
    telegram: FakeTelegram
    slack: FakeSlack
    child: Child
    exit_status: int


@pytest.fixture(scope="module")
def lives() -> Iterator[crash.Lives]:
    """Where the lives of both databases come from."""
    with crash.lives() as lives:
        yield lives


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram(bots={TELEGRAM_TOKEN: "harbour_bot"}) as server:
        yield server


@pytest.fixture
def aftermath(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, slack: FakeSlack, lives: crash.Lives
) -> Iterator[Aftermath]:
    """The product after all the kills, when it has come to rest and was stopped."""
    environment = _environment(database_url, pack_folder(tmp_path / "clinics"), telegram, slack)
    crowd = Crowd(telegram, slack, _invited(environment, telegram), Random(SEED))
    database = Database(database_url)
    ledger = Ledger(database, Cipher(Settings.read(environment).keys), "harbour")
    with child_of(lives, environment, tmp_path) as child, crowd:
        scene = Scene(child, telegram, slack, crowd, database_url)
        _kill_again_and_again(scene)
        yield Aftermath(crowd, ledger, telegram, slack, child, _come_to_rest(scene, ledger))
    database.close()


def _environment(url: str, clinics: Path, telegram: FakeTelegram, slack: FakeSlack) -> dict[str, str]:
    return {
        "RAPPORT_DATABASE_URL": url, "RAPPORT_KEYS": new_key(), "RAPPORT_CLINICS": str(clinics),
        "RAPPORT_TELEGRAM_TOKEN": TELEGRAM_TOKEN, "RAPPORT_TELEGRAM_API_URL": telegram.url,
        "RAPPORT_SLACK_BOT_TOKEN": "xoxb-riverside", "RAPPORT_SLACK_APP_TOKEN": "xapp-riverside",
        "RAPPORT_SLACK_API_URL": slack.url, "RAPPORT_PORT": "0",
    }  # fmt: skip


def _invited(environment: dict[str, str], telegram: FakeTelegram) -> list[Client]:
    database = Database(environment["RAPPORT_DATABASE_URL"])
    migrate(database)
    database.close()
    app = build(Settings.read(environment))
    clients = []
    for number in range(CLIENTS):
        link = invite(app, "harbour", "amari", f"Sam{number} {people.FAMILY}")
        clients.append(Client(telegram.chat(1000 + number), f"client:{link.client}", link.token, number < IN_DANGER))
    app.store.database.close()
    return clients


def _kill_again_and_again(scene: Scene) -> None:
    plan = moments()
    for left, moment in zip(range(len(plan), 0, -1), plan, strict=True):
        scene.crowd.allow(max(LEAST, -(-scene.crowd.left // left)))
        scene.begin()
        moment(scene)
        scene.child.kill()
        scene.telegram.heal()
        scene.slack.heal()


def _come_to_rest(scene: Scene, ledger: Ledger) -> int:
    crowd, telegram, slack = scene.crowd, scene.telegram, scene.slack
    crowd.allow(crowd.left)
    crowd.press_all()
    scene.begin()
    telegram.wait_for(crowd.done, 60)
    crowd.fall_silent()
    telegram.wait_for(lambda: not telegram.waiting() and not slack.unacked and ledger.at_rest(), 60)
    return scene.child.stop()


def test_H12_nothing_is_lost_doubled_or_mixed_up_when_the_process_is_killed(aftermath: Aftermath) -> None:
    assert aftermath.exit_status == 0
    _every_update_was_stored_once_and_dealt_with(aftermath)
    _every_answer_was_saved_once(aftermath)
    _every_risky_text_is_on_an_alert_that_reached_people(aftermath)
    _every_press_had_one_effect(aftermath)
    _everything_was_sent_and_in_order(aftermath)
    _nothing_else_happened(aftermath)


def _every_update_was_stored_once_and_dealt_with(after: Aftermath) -> None:
    rows = after.ledger.rows(inbox)
    updates = [row["external_id"] for row in rows if row["source"] == "telegram"]
    assert sorted(updates) == sorted(str(update["update_id"]) for update in after.telegram.bot().history)
    undone = [(row["source"], row["kind"]) for row in rows if row["done_at"] is None and row["source"] != "timer"]
    assert undone == []
    assert {(row["attempts"], row["error"]) for row in rows} == {(0, "")}


def _every_answer_was_saved_once(after: Aftermath) -> None:
    for client in after.crowd.clients:
        assert after.ledger.answers(client.id) == client.answers
        asked = len(client.answers) + client.in_danger  # the one that was open when it came to the risky text
        assert after.ledger.step(client.id) == asked + client.in_danger  # the safety flow's first one
        said = _said_to(after, client)
        assert [text[:12] for text in said if text.startswith("Question ")] == [
            people.question(number + 1) for number in range(asked)
        ]
        if not client.in_danger:
            assert len(said) - asked == len(client.chat), said[asked:]


def _said_to(after: Aftermath, client: Client) -> list[str]:
    """The messages that were queued for a client, in order: the answer to each update once, however often it died."""
    rows = [row for row in after.ledger.rows(outbox) if row["subject"] == client.id and row["kind"] == "message"]
    return [after.ledger.letter(row)["text"] for row in rows]


def _every_risky_text_is_on_an_alert_that_reached_people(after: Aftermath) -> None:
    cases, said = after.ledger.cases(), defaultdict(list)
    for row in after.ledger.rows(inbox):
        if row["kind"] == "TextReceived":
            said[row["subject"]].append((after.ledger.event(row)["text"], row["id"]))
    assert set(cases) == {client.id for client in after.crowd.clients if client.in_danger}
    for client in after.crowd.clients:
        if client.in_danger:
            kept, rows = cases[client.id].texts, dict(said[client.id])
            assert sorted(kept) == sorted(set(kept) & set(rows.values()))
            assert {rows[text] for text in client.risky} <= set(kept)
            assert sum(by == "client" for _, by in after.ledger.history(cases[client.id].id)) == len(client.risky)
            _reached_people(after, cases[client.id].id)


def _reached_people(after: Aftermath, case: int) -> None:
    cards = [row for row in after.ledger.rows(outbox) if row["alert_id"] == case and row["kind"] == "card"]
    assert sorted(row["chat"] for row in cards) == ["slack:C0TEAM", "slack:U0AMARI"]
    for card in cards:
        channel, _, ts = card["vendor_id"].partition("|")
        assert ts in after.slack.channel(channel).by_ts


def _every_press_had_one_effect(after: Aftermath) -> None:
    """The first one acknowledges, every other one is told so; on a case that nobody pressed nothing happens."""
    stored = Counter(row["external_id"] for row in after.ledger.rows(inbox) if row["source"] == "slack")
    assert stored == Counter(f"press:{press.trigger}" for press in after.crowd.presses)
    pressed = Counter(press.case for press in after.crowd.presses)
    for case in after.ledger.cases().values():
        acknowledged = [by for what, by in after.ledger.history(case.id) if what == "acknowledged"]
        assert len(acknowledged) == min(1, pressed[case.number])
    told = [row for row in after.ledger.rows(outbox) if row["kind"] == "private"]
    assert len(told) == sum(pressed.values()) - len(pressed)


def _everything_was_sent_and_in_order(after: Aftermath) -> None:
    """At least once each, and of one chat and class the next never before the one before is settled."""
    assert {(row["status"], row["error"]) for row in after.ledger.rows(outbox)} == {("sent", "")}
    queued, classes = defaultdict(list), {}
    for place, request in after.ledger.sent():
        queued[place].append(request)
        assert classes.setdefault((place[0], request), place) == place, "the same words in two classes of one chat"
    seen = defaultdict(list)
    for address, request in (*seen_by_telegram(after.telegram.requests), *seen_by_slack(after.slack.requests)):
        assert (address, request) in classes, "something was sent that nobody had queued"
        seen[classes[address, request]].append(request)
    for place, requests in queued.items():
        wanted, got = runs(requests), runs(seen[place])
        assert [request for request, _ in got] == [request for request, _ in wanted]
        assert all(times >= least for (_, times), (_, least) in zip(got, wanted, strict=True))


def _nothing_else_happened(after: Aftermath) -> None:
    assert after.telegram.violations == []
    assert after.slack.violations == []
    shown = {"sendMessage", "editMessageText", "editMessageReplyMarkup"}
    assert {call.method for call in after.telegram.requests if "tMy" not in call.method} <= SILENT | shown
    assert {call.method for call in after.slack.requests if not call.method.startswith("chat.")} <= ASKED
    _the_logs_are_quiet(after)


def _the_logs_are_quiet(after: Aftermath) -> None:
    """The lost answer that the test ordered is all that was worth a warning, and no log holds a word of anybody."""
    for log in after.child.logs:
        text = log.read_text()
        assert not [word for word in (people.MARK, people.FAMILY, "Sam0", "kill myself") if word in text]
        lines = [json.loads(line) for line in text.splitlines() if not line.startswith("Rapport runs; ")]
        assert {line.get("event", line["logger"]) for line in lines if line["level"] != "info"} <= {"not_sent"}
