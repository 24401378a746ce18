"""Questionnaires as a client fills them in and a clinician reads them; what comes of an answer about self-harm."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from bot.cli import rapport
from fakes.phone import FakeUser
from storage import measures
from storage.tables import audit, clients
from support.journey import joined, tap, writes
from support.product import Product

FIRST = "1 of 10"


def _filled_in(sam: FakeUser, *labels: str) -> None:
    """PHQ-9 from the first question; the last label answers the question on how difficult it has been."""
    writes(sam, "/phq9", "Is now a good moment")
    tap(sam, "Yes, let's start", FIRST)
    for number, label in enumerate(labels[:-1], 2):
        tap(sam, label, f"{number} of 10")


def _kept(product: Product) -> list[measures.Measure]:
    assert product.app is not None
    (client,) = product.rows(clients.select())
    with product.app.store.database.transaction() as connection:
        return measures.of(connection, product.app.store.cipher, "riverside", f"client:{client.id}")


def test_S60_a_filled_in_questionnaire_is_counted_and_left_for_the_clinician_without_a_number_in_slack(
    product: Product,
) -> None:
    sam = joined(product)
    _filled_in(sam, *["Several days"] * 8, "Not at all", "Not difficult at all")
    tap(sam, "Not difficult at all", "Your total is 8 of 27. Lower is better.")
    (measure,) = _kept(product)
    assert (measure.instrument, measure.total, measure.change, len(measure.answers)) == ("phq9", 8, "first", 10)
    amari = product.slack.user("U0AMARI")
    slip = amari.sees("has filled in a questionnaire")
    assert "of 27" not in str([call.params for call in product.slack.requests])
    amari.presses(slip, "Read")
    amari.sees_modal("8 of 27, mild. Lower is better.")


def test_H18_a_skipped_question_leaves_no_total_and_says_so(product: Product) -> None:
    sam = joined(product)
    _filled_in(sam, *["Not at all"] * 8, "Skip", "Not difficult at all")
    tap(sam, "Not difficult at all", "8 of 9 are answered")
    assert _kept(product)[0].total is None


def test_S60_item_nine_at_its_heaviest_brings_a_person_at_once(product: Product) -> None:
    sam = joined(product)
    writes(sam, "/phq9", "Is now a good moment")
    tap(sam, "Yes, let's start", FIRST)
    for number in range(2, 10):
        tap(sam, "Not at all", f"{number} of 10")
    tap(sam, "Nearly every day", "Are you thinking about ending your life?")
    assert any("I take your answer seriously" in message.text for message in sam.messages)
    product.slack.user("U0AMARI").sees("Case 1")


def test_S60_a_questionnaire_left_in_the_middle_goes_on_where_it_was(product: Product) -> None:
    sam = joined(product)
    writes(sam, "/phq9", "Is now a good moment")
    tap(sam, "Yes, let's start", FIRST)
    tap(sam, "Several days", "2 of 10")
    writes(sam, "/privacy", "know about your privacy")
    tap(sam, "That's all", "Would you like to go on where we were?")
    tap(sam, "Go on", "2 of 10")


def test_F14_a_client_gets_a_page_with_what_they_told_answered_and_wrote(product: Product) -> None:
    sam = joined(product)
    writes(sam, "/checkin", "How have you been")
    tap(sam, "Good", "What has helped you")
    writes(sam, "Walking <in> the rain", "what got in the way")
    writes(sam, "skip", "anything you would like")
    tap(sam, "Skip", "You matter to the team")
    writes(sam, "/export", "Shall I send it?")
    tap(sam, "Yes, send it", "That is what came from you")
    file = product.telegram.wait_for(lambda: next(m.document for m in sam.messages if m.document))
    page = file.content.decode()
    assert "Walking &lt;in&gt; the rain" in page
    assert '<dd dir="auto">Sam</dd>' in page
    assert "United Kingdom" in page
    assert "March" in page
    assert "amari" not in page  # no short names, no codes
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")


def test_F14_the_words_of_a_chat_are_deleted_on_request_and_the_record_stays(product: Product) -> None:
    sam = joined(product)
    writes(sam, "/checkin", "How have you been")
    tap(sam, "Good", "What has helped you")
    writes(sam, "Marmalade on toast", "what got in the way")
    writes(sam, "skip", "anything you would like")
    tap(sam, "Skip", "You matter to the team")
    writes(sam, "/forget", "What would you like to have deleted?")
    tap(sam, "My messages in this chat", "Shall I delete the messages?")
    tap(sam, "Yes, delete them", "Done. The words of our messages so far are deleted here.")
    writes(sam, "/export", "Shall I send it?")
    tap(sam, "Yes, send it", "That is what came from you")
    file = product.telegram.wait_for(lambda: next(m.document for m in sam.messages if m.document))
    assert file.content.decode().count("Marmalade") == 1  # as the answer that it was, and no longer as a message


@pytest.fixture
def bundle(product: Product) -> dict[str, Any]:
    sam = joined(product)
    _filled_in(sam, *["Several days"] * 8, "Not at all", "Not difficult at all")
    tap(sam, "Somewhat difficult", "Your total is 8 of 27")
    (client,) = product.rows(clients.select())
    asked = ["export", "fhir", "--clinic", "riverside", "--client", client.id, "--by", "amari"]
    done = CliRunner().invoke(rapport, asked, env=dict(product.settings()))
    assert done.exit_code == 0, done.output
    made: dict[str, Any] = json.loads(done.stdout)
    return made


def test_S60_the_record_leaves_as_fhir_with_the_code_of_the_total(product: Product, bundle: dict[str, Any]) -> None:
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in bundle["entry"]:
        found.setdefault(entry["resource"]["resourceType"], []).append(entry["resource"])
    (response,), (score,) = found["QuestionnaireResponse"], found["Observation"]
    assert response["status"] == "completed"
    assert response["item"][0]["answer"][0]["valueCoding"]["code"] == "LA6569-3"
    assert score["code"]["coding"][0]["code"] == "44261-6"
    assert score["valueInteger"] == 8
    assert score["derivedFrom"] == [{"reference": f"QuestionnaireResponse/{response['id']}"}]
    assert found["Consent"][-1]["status"] == "active"
    assert all(each["status"] == "completed" for each in found["Communication"])
    actions = [row.action for row in product.rows(audit.select())]
    assert "exported_fhir" in actions


def test_S58_the_last_weeks_come_as_a_picture_and_in_words(product: Product) -> None:
    sam = joined(product)
    for answer in ("Good", "Low"):
        writes(sam, "/checkin", "How have you been")
        tap(sam, answer, "What has helped you")
        tap(sam, "Skip", "what got in the way")
        tap(sam, "Skip", "anything you would like")
        tap(sam, "Skip", "You matter to the team")
    writes(sam, "/progress", "Ups and downs belong to it.")
    caption = next(m for m in sam.messages if "Good: 1, okay: 0, low: 1." in m.text)
    assert "Higher is better" in caption.text
    photo = [call.params["photo"] for call in product.telegram.requests if call.method == "sendPhoto"]
    assert photo[0].content.startswith(b"\x89PNG")
