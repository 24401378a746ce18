"""The product is killed with SIGKILL at many points under load and started again: nothing is lost, done twice or mixed
up. Every update has one effect, every risky text an alert, every message goes out at least once and in order."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
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
from support.crash import Lives, Moment, Scene, child_of
from support.crowd import Client, Crowd, pack_folder
from support.ledger import Ledger, runs, seen_by_slack, seen_by_telegram
from support.product import TELEGRAM_TOKEN

SEED = 20260302
CLIENTS, IN_DANGER = 16, 6
KILLS = 12  # at least so many at the moment that was meant
LEAST = 3  # things that are said in each life
TAKE_OVERS, TOGETHER = 4, 20  # how often one of two processes dies, and after how many requests
SOON = 6.0  # seconds in which the other one takes over
SILENT = {"getUpdates", "deleteWebhook", "answerCallbackQuery"}  # Telegram's methods that show nothing
ASKED = {"apps.connections.open", "users.info", "dnd.teamInfo", "conversations.members"}  # Slack's


def moments() -> list[Moment]:
    """When to kill, life after life, in an order in which each finds something going on."""
    return [
        crash.after_updates(0.0),
        crash.in_telegram("sendMessage", accepted=False),
        crash.after_commits(1),
        crash.after_a_lost_answer("sendMessage", 0.1),
        crash.after_commits(2),
        crash.on_a_confirmation(),
        crash.after_commits(3),
        crash.at_start(0.1),
        crash.after_commits(4),
        crash.in_slack("chat.postMessage", accepted=True),
        crash.after_commits(5),
        crash.on_a_press(confirmed=False),
        crash.after_commits(6),
        crash.in_telegram("sendMessage", accepted=True),
        crash.after_commits(7),
        crash.in_telegram("editMessageReplyMarkup", accepted=True),
        crash.after_commits(8),
        crash.on_a_press(confirmed=True),
        crash.in_slack("chat.postMessage", accepted=False),
        crash.after_commits(9),
        crash.after_requests(30),
    ]


@dataclass(frozen=True)
class Aftermath:
    """What there is to look at once all is quiet."""

    crowd: Crowd
    ledger: Ledger
    telegram: FakeTelegram
    slack: FakeSlack
    logs: list[Path]


@pytest.fixture(scope="module")
def lives() -> Iterator[Lives]:
    """Where the lives of both databases come from."""
    with crash.lives() as lives:
        yield lives


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    """A Telegram server of our own, on the real clock."""
    with FakeTelegram(bots={TELEGRAM_TOKEN: "harbour_bot"}) as server:
        yield server


@dataclass(frozen=True)
class Place:
    """Where it all happens: the processes' environment, everybody, and what the database says of them."""

    url: str
    environment: dict[str, str]
    crowd: Crowd
    ledger: Ledger


@contextmanager
def _place(url: str, folder: Path, telegram: FakeTelegram, slack: FakeSlack) -> Iterator[Place]:
    environment = _environment(url, pack_folder(folder / "clinics"), telegram, slack)
    database = Database(url)
    ledger = Ledger(database, Cipher(Settings.read(environment).keys), "harbour")
    with Crowd(telegram, slack, _invited(environment, telegram), Random(SEED)) as crowd:
        yield Place(url, environment, crowd, ledger)
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


def test_H12_nothing_is_lost_doubled_or_mixed_up_when_the_process_is_killed(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, slack: FakeSlack, lives: Lives
) -> None:
    with _place(database_url, tmp_path, telegram, slack) as place:
        with child_of(lives, place.environment, tmp_path) as child:
            scene = Scene(child, telegram, slack, place.crowd, place.url)
            _kill_again_and_again(scene)
            scene.begin()
            _come_to_rest(scene, place.ledger)
            assert child.stop() == 0
        _all_is_well(Aftermath(place.crowd, place.ledger, telegram, slack, child.logs))


def _kill_again_and_again(scene: Scene) -> None:
    plan, came = moments(), 0
    for left, moment in zip(range(len(plan), 0, -1), plan, strict=True):
        scene.crowd.allow(max(LEAST, -(-scene.crowd.left // left)))
        scene.begin()
        came += moment(scene)
        scene.child.kill()
        scene.telegram.heal()
        scene.slack.heal()
    assert came >= KILLS, f"only {came} of {len(plan)} moments came before patience ran out"


def test_H12_the_other_process_goes_on_when_one_is_killed(
    fresh_postgresql_url: str, tmp_path: Path, telegram: FakeTelegram, slack: FakeSlack, lives: Lives
) -> None:
    """On PostgreSQL two processes share the work. When the one that polls and sends dies, the other does so at once."""
    with _place(fresh_postgresql_url, tmp_path, telegram, slack) as place:
        with ExitStack() as stack:
            children = [
                stack.enter_context(child_of(lives, place.environment, tmp_path, name)) for name in ("one", "other")
            ]
            one, other = (Scene(child, telegram, slack, place.crowd, place.url) for child in children)
            one.begin()
            assert one.until(lambda: telegram.calls("getUpdates"))
            for _ in range(TAKE_OVERS):
                _take_over(one, other)
                one, other = other, one
            _come_to_rest(one, place.ledger)
            assert one.child.stop() == 0
        logs = [log for child in children for log in child.logs]
        _all_is_well(Aftermath(place.crowd, place.ledger, telegram, slack, logs))


def _take_over(one: Scene, other: Scene) -> None:
    """One works and is killed while the other one stands by; the other must answer soon."""
    other.begin()
    assert other.until(lambda: "Rapport runs" in other.child.logs[-1].read_text())
    one.crowd.allow(-(-one.crowd.left // TAKE_OVERS))
    together = one.seen()
    assert one.until(lambda: one.seen() - together > TOGETHER)
    one.child.kill()
    polls, sends = len(one.telegram.calls("getUpdates")), len(one.telegram.calls("sendMessage"))
    assert other.until(lambda: len(one.telegram.calls("getUpdates")) > polls, SOON), "nobody polls"
    assert other.until(lambda: len(one.telegram.calls("sendMessage")) > sends, SOON), "nobody sends"


def _come_to_rest(scene: Scene, ledger: Ledger) -> None:
    crowd, telegram, slack = scene.crowd, scene.telegram, scene.slack
    crowd.allow(crowd.left)
    crowd.press_all()
    telegram.wait_for(crowd.done, 60)
    crowd.fall_silent()
    telegram.wait_for(lambda: not telegram.waiting() and not slack.unacked and ledger.at_rest(), 60)


def _all_is_well(after: Aftermath) -> None:
    _every_update_was_stored_once_and_dealt_with(after)
    _every_answer_was_saved_once(after)
    _every_risky_text_is_on_an_alert_that_reached_people(after)
    _every_press_had_one_effect(after)
    _everything_was_sent_and_in_order(after)
    _nothing_else_happened(after)


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
    queued, queues = defaultdict(list), {}
    for queue, request in after.ledger.sent():
        queued[queue].append(request)
        assert queues.setdefault((queue.address, request), queue) == queue, "the same words in two classes of a chat"
    seen = defaultdict(list)
    for address, request in (*seen_by_telegram(after.telegram.requests), *seen_by_slack(after.slack.requests)):
        assert (address, request) in queues, "something was sent that nobody had queued"
        seen[queues[address, request]].append(request)
    for queue, requests in queued.items():
        wanted, got = runs(requests), runs(seen[queue])
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
    for log in after.logs:
        text = log.read_text()
        assert not [word for word in (people.MARK, people.FAMILY, "Sam0", "kill myself") if word in text]
        lines = [json.loads(line) for line in text.splitlines() if not line.startswith("Rapport runs; ")]
        assert {line.get("event", line["logger"]) for line in lines if line["level"] != "info"} <= {"not_sent"}
