"""The demo over real HTTP: what somebody sees who tries the product with nothing but Python."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from html import unescape
from pathlib import Path

import httpx
import pytest

from bot.errors import BotError
from bot.web.demo_serve import HOST, listen
from fakes.blocks import block_problems, view_problems
from fixtures.logs import ExpectsLog
from support.demo import AMARI, BELLO, DOGAN, ERIKSEN, OUTSIDE, STRANGER, TEAM, Visitor, running_demo

RISKY = "I want to end my life tonight, I have the pills here"


def test_from_the_invitation_to_the_next_rung(fresh_url: str) -> None:
    with Visitor(fresh_url) as visitor:
        _goes_all_the_way(visitor)


def _goes_all_the_way(visitor: Visitor) -> None:
    visitor.sees("phone", "Open your invitation")
    visitor.joins()
    visitor.sees("phone", "You have joined")
    visitor.presses("/checkin")
    visitor.sees("phone", "How have you been since we last talked?")
    visitor.presses("🙂 Good")
    visitor.sees("phone", "✓ 🙂 Good")
    visitor.writes(RISKY)
    visitor.sees("phone", "It has reached them")
    visitor.sees("room", "Nobody has acknowledged this yet.")
    visitor.presses("Acknowledge")
    visitor.sees("room", "Dr Amari has acknowledged this.")
    visitor.sees("phone", "Dr Amari knows about it now")
    visitor.presses("+15 min")
    visitor.sees("room", "Open again, the deadline has passed")
    visitor.presses("+15 min")
    visitor.who = BELLO
    visitor.sees("room", "Nobody has acknowledged this yet.")


def test_no_word_of_the_client_s_stands_in_slack_before_reveal(visitor: Visitor) -> None:
    visitor.writes(RISKY)
    for visitor.who, visitor.room in ((AMARI, ""), (AMARI, TEAM), (STRANGER, TEAM)):
        shown = visitor.sees("room", "Case 1")
        assert "pills" not in shown
        assert "Sam" not in shown
    visitor.who, visitor.room = AMARI, ""
    visitor.presses("Reveal")
    assert RISKY in visitor.sees("dialog", "Sam")
    visitor.presses("Close")
    assert visitor.reads("dialog").strip() == ""


def test_the_desk_is_drawn_from_the_very_json_that_slack_would_get(visitor: Visitor) -> None:
    visitor.writes(RISKY)
    visitor.presses("Resolve…")
    room, dialog = visitor.parts()["room"], visitor.parts()["dialog"]
    sent = [unescape(found) for found in re.findall(r"<pre[^>]*>chat\.\w+\n(.*?)</pre>", room, re.DOTALL)]
    assert sent
    for request in map(json.loads, sent):
        assert block_problems(request["blocks"]) == []
        assert request["text"]
    (view,) = (json.loads(unescape(found)) for found in re.findall(r"<pre[^>]*>\n?(\{.*?)</pre>", dialog, re.DOTALL))
    named = ("type", "title", "blocks", "submit", "callback_id", "private_metadata")
    assert view_problems({name: view[name] for name in named}) == []


def test_a_dialog_says_what_is_missing_and_closes_the_case(visitor: Visitor) -> None:
    visitor.writes(RISKY)
    visitor.presses("Resolve…")
    visitor.presses("Resolve")
    visitor.sees("dialog", "Choose one first.")
    visitor.presses("Resolve", outcome="safe_plan_agreed")
    assert visitor.reads("dialog").strip() == ""
    visitor.sees("room", "Dr Amari")
    assert "Acknowledge" not in visitor.labels()


def test_the_client_reads_what_the_clinician_writes_and_nothing_from_the_thread(visitor: Visitor) -> None:
    visitor.writes(RISKY)
    visitor.presses("Reply", text="I will call the sister first")
    visitor.presses("Write to client")
    visitor.presses("Send", text="May I call you now?")
    shown = visitor.sees("phone", "From Dr Amari: May I call you now?")
    assert "sister" not in shown


@pytest.mark.parametrize("word", ["ack", "acknowledged"])
def test_a_reply_in_the_thread_acknowledges(visitor: Visitor, word: str) -> None:
    visitor.writes(RISKY)
    visitor.presses("Reply", text=word)
    visitor.sees("room", "Dr Amari has acknowledged this.")


def test_a_check_mark_acknowledges(visitor: Visitor) -> None:
    visitor.writes(RISKY)
    visitor.presses("React with a check-mark")
    visitor.sees("room", "Dr Amari has acknowledged this.")


def test_somebody_who_is_not_linked_is_told_how_and_can_do_nothing(visitor: Visitor) -> None:
    visitor.writes(RISKY)
    visitor.who, visitor.room = STRANGER, TEAM
    visitor.presses("Acknowledge")
    visitor.sees("room", "is not linked to anybody at the clinic")
    visitor.who = AMARI
    assert "is not linked" not in visitor.sees("room", "Nobody has acknowledged this yet.")


def test_the_front_desk_sees_no_alert(visitor: Visitor) -> None:
    visitor.writes(RISKY)
    visitor.who = DOGAN
    visitor.presses("Send to Slack", text="/rapport alerts")
    assert "plan or means" not in visitor.reads("room")
    assert TEAM not in visitor.parts()["side"]


def test_a_day_passes_timer_by_timer(visitor: Visitor) -> None:
    """Twenty minutes to whoever is on call: told at that minute, though an hour is pushed at once."""
    visitor.writes(RISKY)
    visitor.presses("+1 hour")
    visitor.room = TEAM
    shown = visitor.sees("room", "Nobody has acted yet")
    assert "Told again" in shown
    visitor.who, visitor.room = ERIKSEN, OUTSIDE
    told = visitor.sees("room", "E-mail to oncall@riverside.example")
    assert "Call to eriksen" in told
    assert "10:2" in told


def test_a_check_in_comes_at_the_client_s_hour(visitor: Visitor) -> None:
    visitor.presses("Next timer")
    visitor.sees("clock", "18:00")
    visitor.sees("phone", "How have you been since we last talked?")


def test_h04_when_slack_fails_the_alert_goes_the_second_way(visitor: Visitor, expects_log: ExpectsLog) -> None:
    expects_log("not_sent")
    visitor.presses("Let Slack fail")
    visitor.sees("side", "Slack cannot be reached.")
    visitor.writes(RISKY)
    assert "It has reached them" not in visitor.reads("phone")
    visitor.room = OUTSIDE
    visitor.sees("room", "E-mail to amari@riverside.example")
    visitor.room = ""
    assert "Case 1" not in visitor.reads("room")
    visitor.presses("Let Slack come back")
    visitor.presses("+15 min")
    visitor.sees("room", "Case 1")
    visitor.sees("phone", "It has reached them")


def test_voice_notes_pictures_and_edits_are_answered(visitor: Visitor) -> None:
    for kind in ("Voice note", "Photo"):
        visitor.presses(kind)
        visitor.sees("phone", "I can't understand this.")
        visitor.presses("Yes")
    visitor.writes("all is well")
    visitor.presses("Edit", text=RISKY)
    visitor.sees("phone", "edited")
    visitor.sees("room", "Case 1")


def test_whoever_blocks_the_bot_gets_nothing_until_they_let_it_back_in(
    visitor: Visitor, expects_log: ExpectsLog
) -> None:
    expects_log("not_sent")
    visitor.writes(RISKY)
    visitor.presses("Block the bot")
    before = visitor.sees("phone", "You blocked the bot.")
    visitor.presses("Acknowledge")
    assert "Dr Amari knows about it now" not in visitor.reads("phone").removeprefix(before)
    visitor.presses("Let the bot back in")
    visitor.sees("phone", "You let the bot back in.")


def test_starting_over_invites_somebody_new_beside_the_first(visitor: Visitor) -> None:
    visitor.writes(RISKY)
    visitor.presses("Start over", language="en")
    assert "You have joined" not in visitor.sees("phone", "Open your invitation")
    visitor.joins()
    visitor.writes(RISKY)
    visitor.sees("room", "Case 2")
    visitor.sees("room", "Case 1")


def test_a_new_run_goes_on_where_the_last_one_stopped(joined: Path) -> None:
    with running_demo(joined) as url, Visitor(url) as somebody:
        somebody.presses("+1 day")
        somebody.writes(RISKY)
        somebody.presses("Acknowledge")
        phone, room, clock = (somebody.reads(part) for part in ("phone", "room", "clock"))
    with running_demo(joined) as url, Visitor(url) as somebody:
        assert _without_space(somebody.reads("phone")) == _without_space(phone)
        assert _without_space(somebody.reads("room")) == _without_space(room)
        assert somebody.reads("clock").split(",")[0] == clock.split(",")[0]
        somebody.presses("Take over")
        somebody.sees("room", "Dr Amari has taken over.")
        somebody.sees("phone", "Dr Amari is taking this on")


def test_another_site_s_forms_and_names_are_refused(visitor: Visitor) -> None:
    foreign = visitor.web.post("/start-over", data={"language": "en"}, headers={"Origin": "http://example.org"})
    assert foreign.status_code == 403
    assert visitor.web.get("/", headers={"Host": "example.org"}).status_code == 400
    assert "default-src 'self'" in visitor.web.get("/").headers["content-security-policy"]


def test_the_page_needs_nothing_from_elsewhere(visitor: Visitor) -> None:
    page = visitor.web.get("/").text
    wanted = re.findall(r'(?:src|href)="([^"#?]+)[^"]*"', page)
    assert {path for path in wanted if not path.startswith("/")} == set()
    for path in {path for path in wanted if path.startswith("/static/")}:
        assert visitor.web.get(path).status_code == 200


def test_a_port_that_is_taken_is_said_plainly() -> None:
    said = "is in use; choose another with --port"
    with socket.create_server((HOST, 0)) as taken, pytest.raises(BotError, match=said):
        listen(taken.getsockname()[1])


def test_the_command_starts_says_where_and_stops_at_ctrl_c(tmp_path: Path) -> None:
    rapport = [sys.executable, "-c", "from bot.cli import main; main()"]
    command = [*rapport, "demo", "--no-browser", "--fresh", "--port", "0"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        said = demo.stdout.readline()
        url = re.search(r"http://127\.0\.0\.1:\d+/", said)
        assert url, said
        assert str(tmp_path / "rapport-demo") in demo.stdout.readline()
        assert "Demo." in httpx.get(url.group(), timeout=20).text
        demo.send_signal(signal.SIGINT)
        _said, complained = demo.communicate(timeout=20)
    assert (demo.returncode, complained) == (0, "")
    assert (tmp_path / "rapport-demo" / "key").stat().st_mode & 0o077 == 0


def _without_space(text: str) -> str:
    return " ".join(text.split())
