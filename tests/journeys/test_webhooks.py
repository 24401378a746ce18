"""What is pushed to us over HTTP: Telegram by webhook, Slack by signed requests; and the pages for operators."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import httpx
import pytest

from fakes.slack_delivery import Delivery
from fixtures.logs import ExpectsLog
from storage.tables import alerts, audit, inbox
from support.desk import RISKY, amari, at_risk, card, dialog, history, member
from support.journey import joined, writes
from support.product import Product, running

TELEGRAM_PATH, SLACK_PATH = "/telegram/111", "/slack/riverside/events"
SECRET = "X-Telegram-Bot-Api-Secret-Token"


@pytest.fixture
def pushed(to_be_pushed: Product) -> Iterator[Product]:
    """The product, running."""
    with running(to_be_pushed) as product:
        yield product


@pytest.fixture
def to_be_pushed(stopped_product: Product) -> Product:
    """The product on a port that is known beforehand, with a webhook for Telegram and signed requests for Slack."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    stopped_product.environment |= {
        "RAPPORT_PORT": str(port),
        "RAPPORT_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "RAPPORT_SLACK_APP_TOKEN": "",
        "RAPPORT_SLACK_SIGNING_SECRET": "signing-secret",
    }
    stopped_product.slack.http_target = f"http://127.0.0.1:{port}{SLACK_PATH}"
    return stopped_product


def _post(product: Product, path: str, **request: object) -> int:
    return httpx.post(f"http://127.0.0.1:{product.port}{path}", timeout=10, **request).status_code


def _get(product: Product, path: str) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{product.port}{path}", timeout=10)


# -- Telegram -------------------------------------------------------------------------------------------------------


def test_a_client_joins_where_telegram_pushes(pushed: Product) -> None:
    sam = joined(pushed)
    writes(sam, "/help", "This is what I can do")
    assert not pushed.telegram.calls("getUpdates")
    assert {answer.status for answer in pushed.telegram.webhook_answers if answer.status} == {200}


@pytest.mark.parametrize("headers", [{}, {SECRET: "guessed"}, {SECRET: ""}])
def test_whoever_does_not_know_the_secret_is_refused(pushed: Product, headers: dict[str, str]) -> None:
    message = {"message_id": 1, "date": 0, "chat": {"id": 42, "type": "private"}, "text": RISKY}
    assert _post(pushed, TELEGRAM_PATH, json={"update_id": 1, "message": message}, headers=headers) == 401
    assert pushed.rows(inbox.select()) == []


def test_H04_the_product_starts_while_telegram_is_away_and_is_reached_once_it_is_back(
    to_be_pushed: Product, expects_log: ExpectsLog
) -> None:
    expects_log("webhook_not_set", "profile_not_set")
    to_be_pushed.telegram.fail_always("setWebhook", status=502)
    to_be_pushed.telegram.fail_next("getMyCommands", status=502)
    with running(to_be_pushed) as product:
        product.telegram.wait_for(lambda: product.telegram.calls("setWebhook"))
        assert _get(product, "/ready").status_code == 200
        product.telegram.heal()
        sam = member(product)
        writes(sam, "/help", "This is what I can do")


def test_the_secret_is_not_the_bots_token(pushed: Product) -> None:
    call = pushed.telegram.wait_for(lambda: next(iter(pushed.telegram.calls("setWebhook"))))
    assert len(call.params["secret_token"]) >= 32
    assert "AAA" not in call.params["secret_token"] + call.params["url"]


def test_an_update_that_names_nobody_is_written_down_and_answers_nobody(pushed: Product) -> None:
    call = pushed.telegram.wait_for(lambda: next(iter(pushed.telegram.calls("setWebhook"))))
    secret = call.params["secret_token"]
    odd = {"update_id": 1, "message": {"message_id": 1, "date": 0}}
    assert _post(pushed, TELEGRAM_PATH, json=odd, headers={SECRET: secret}) == 200
    pushed.telegram.wait_for(lambda: "unreadable_update" in [row.action for row in pushed.rows(audit.select())])
    assert not pushed.telegram.calls("sendMessage")


def test_an_update_that_telegram_pushes_twice_counts_once(pushed: Product) -> None:
    sam = member(pushed)
    sam.says("/help")
    sam.sees("This is what I can do")
    pushed.telegram.repeat(pushed.telegram.bot().history[0]["update_id"])
    pushed.telegram.wait_for(lambda: len([a for a in pushed.telegram.webhook_answers if a.status == 200]) == 2)
    writes(sam, "good morning", "I can't answer that myself")
    assert sam.screen().count("This is what I can do") == 1


# -- Slack ----------------------------------------------------------------------------------------------------------


def test_the_desk_works_over_signed_requests(pushed: Product) -> None:
    assert pushed.slack.verify_address()
    sam = at_risk(pushed)
    dialog(amari(pushed), "Reveal", RISKY)
    amari(pushed).closes()
    amari(pushed).submits(dialog(amari(pushed), "Write to client", "Your message"), {"text": "I am here."})
    sam.sees("From Dr Amari: I am here.")
    amari(pushed).commands("/rapport", "alerts")
    pushed.slack.wait_for(lambda: "Case 1" in str(amari(pushed).ephemerals))
    amari(pushed).presses(card(amari(pushed), "Contact made"), "Contact made")
    pushed.slack.wait_for(lambda: "contact_made" in history(pushed))
    assert not pushed.slack.calls("apps.connections.open")


@pytest.mark.parametrize("forged", ["secret", "stale", "changed", "unsigned"])
def test_a_forged_or_stale_request_changes_nothing(pushed: Product, forged: str) -> None:
    at_risk(pushed)
    press = amari(pushed).presses(card(amari(pushed)), "Reveal")
    pushed.slack.wait_for(lambda: press.acked)
    amari(pushed).sees_modal(RISKY)
    payload = {
        **press.payload,
        "trigger_id": "1.2",
        "actions": [{**press.payload["actions"][0], "action_id": "acknowledge"}],
    }
    headers, body = _signed(pushed, Delivery("interactive", payload), forged)
    assert _post(pushed, SLACK_PATH, content=body, headers=headers) == 401
    assert "acknowledged" not in history(pushed)
    headers, body = _signed(pushed, Delivery("interactive", payload), "")
    assert _post(pushed, SLACK_PATH, content=body, headers=headers) == 200
    pushed.slack.wait_for(lambda: "acknowledged" in history(pushed))


def _signed(product: Product, delivery: Delivery, forged: str) -> tuple[dict[str, str], str]:
    courier = product.slack.home.courier
    headers, body = courier.signed(
        delivery, secret="another" if forged == "secret" else None, at=1_000_000_000 if forged == "stale" else None
    )
    if forged == "unsigned":
        headers = {name: value for name, value in headers.items() if not name.startswith("X-Slack")}
    return headers, f"{body}&more=1" if forged == "changed" else body


def test_without_a_signing_secret_there_is_no_such_door(product: Product) -> None:
    headers, body = product.slack.home.courier.signed(Delivery("interactive", {"type": "block_actions"}))
    assert _post(product, SLACK_PATH, content=body, headers=headers) == 404


# -- operators ------------------------------------------------------------------------------------------------------


def test_health_and_readiness_are_told_over_http(product: Product) -> None:
    assert _get(product, "/health").json() == {"status": "ok"}
    ready = _get(product, "/ready")
    assert ready.status_code == 200
    report = ready.json()
    assert (report["database"], report["turns"], report["clinics"]) == ("ok", "ok", {"riverside": "ok"})


def test_H04_what_waits_too_long_makes_the_product_unready(product: Product) -> None:
    at_risk(product)
    assert _get(product, "/ready").json()["open_cases"] == 1
    now = product.clock.now()
    stuck = {"subject": "chat:1", "kind": "ChatBlocked", "class": 0, "received_at": now, "due_at": now}
    key = {"clinic_id": "riverside", "id": 1, "source": "telegram", "origin": "111", "external_id": "x"}
    product.rows(inbox.insert().values(**key, **stuck).returning(inbox.c.id))  # nobody can lock its subject
    product.push(seconds=31)
    late = product.telegram.wait_for(lambda: next(a for a in (_get(product, "/ready"),) if a.status_code == 503))
    assert late.json()["turns"] == "late"


def test_law6_figures_hold_no_content(product: Product) -> None:
    sam = member(product, 987654321012, "Zebediah Quill")
    writes(sam, f"{RISKY} under the purple umbrella", "Are you thinking about ending your life")
    card(amari(product))
    page = _get(product, "/metrics")
    assert page.headers["content-type"].startswith("text/plain")
    assert "rapport_open_cases 1.0" in page.text
    assert 'rapport_messages_total{channel="telegram",status="sent"}' in page.text
    told = page.text + _get(product, "/ready").text
    (case,) = product.rows(alerts.select())
    for secret in ("Zebediah", "Quill", "umbrella", "kill", "987654321012", str(case.id), case.subject, "amari"):
        assert secret not in told
