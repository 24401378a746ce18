"""The screen learns from use: false alarms and missed messages wait, sealed, until a clinician says what they were."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from bot import cli
from storage.tables import audit, risk_candidates
from support.journey import joined, writes
from support.product import Product

FINE = "this essay is killing me, I want to kill myself ha ha"
GREY = "nothing matters any more"


def _review(product: Product, monkeypatch: pytest.MonkeyPatch, *arguments: str, answers: str = "") -> Result:
    for name, value in product.settings().items():
        monkeypatch.setenv(name, value)
    return CliRunner().invoke(cli.rapport, ["risk", "review", "--clinic", "riverside", *arguments], input=answers)


def _false_alarm(product: Product) -> None:
    sam = joined(product)
    writes(sam, FINE, "Are you thinking about ending your life")
    amari = product.slack.user("U0AMARI")
    amari.presses(amari.sees("Case 1"), "false_alarm")
    amari.sees_modal("False alarm")
    amari.submits(values={"reason": "idiom"})
    sam.sees("closed it")


def test_H05_a_false_alarm_waits_for_review_and_its_words_stay_sealed(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    _false_alarm(product)
    kept = product.rows(select(risk_candidates))
    assert {(row.kind, row.reason, row.by, row.label) for row in kept} == {("false_alarm", "idiom", "amari", "")}
    told = _review(product, monkeypatch, "--by", "amari", answers="none\n" * len(kept))
    assert "false alarm idiom" in told.output
    assert FINE in told.output
    assert "1 labelled" in told.output
    assert "the screen does right on 0 of 1 labelled messages" in told.output
    written = [(row.action, row.by) for row in product.rows(select(audit))]
    assert written.index(("read_example", "amari")) < written.index(("reviewed_example", "amari"))
    assert "0 labelled" in _review(product, monkeypatch, "--by", "amari").output


def test_H01_a_note_can_be_called_something_that_should_have_been_an_alert(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    sam = joined(product)
    writes(sam, GREY, "Are you thinking about ending your life")
    amari = product.slack.user("U0AMARI")
    slip = amari.sees("made me ask about safety")
    amari.presses(slip, "Should have been an alert")
    product.slack.wait_for(lambda: "for whoever reviews the screen's mistakes" in amari.screen())
    told = _review(product, monkeypatch, "--by", "amari", answers="high\n")
    assert "missed" in told.output
    assert GREY in told.output
    other = product.slack.user("U0DOGAN")
    other.presses(slip, "Should have been an alert")
    product.slack.wait_for(lambda: "can't read this" in other.screen())


def test_only_a_clinician_of_the_clinic_reviews(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("dogan", "nobody"):
        refused = _review(product, monkeypatch, "--by", name)
        assert refused.exit_code == 2
        assert f"{name} is no clinician of riverside" in refused.output
