"""What a client leaves for the next session, and what a stranger leaves: read by whom it is for, and written down."""

import pytest
from sqlalchemy import select

from storage.tables import audit
from support.journey import joined, tap, writes
from support.product import Product

WORDS = "please ask me about the purple umbrella"


def _checked_in(product: Product) -> None:
    sam = joined(product, name="Zebediah Quill")
    writes(sam, "/checkin", "How have you been")
    tap(sam, "Low", "What has helped you")
    tap(sam, "Skip", "what got in the way")
    tap(sam, "Skip", "anything you would like Dr Amari to know")
    writes(sam, WORDS, "I keep that for Dr Amari")


def test_S35_the_clinician_reads_what_was_left_and_slack_shows_only_initials_before(product: Product) -> None:
    _checked_in(product)
    amari = product.slack.user("U0AMARI")
    slip = amari.sees("Z.Q.")
    assert WORDS not in str([call.params for call in product.slack.requests])
    amari.presses(slip, "Read")
    amari.sees_modal(WORDS)
    amari.sees_modal("Low")
    assert ("read", "amari") in [(row.action, row.by) for row in product.rows(select(audit))]


@pytest.mark.parametrize("user", ["U0DOGAN", "U0ERIKSEN", "U0NOBODY"])
def test_S35_nobody_else_reads_it(product: Product, user: str) -> None:
    _checked_in(product)
    slip = product.slack.user("U0AMARI").sees("Z.Q.")
    other = product.slack.user(user)
    other.presses(slip, "Read")
    other.sees_modal("not linked" if user == "U0NOBODY" else "can't read this")
    assert WORDS not in other.screen()
