"""A client joins: from the link to the first menu."""

from sqlalchemy import select

from storage.tables import clients, consents
from support.journey import joined, open_link
from support.product import Product


def test_F13_the_link_opens_with_a_program_that_says_so(product: Product) -> None:
    sam = open_link(product)
    assert "I am a program, not a person" in sam.messages[0].text


def test_S33_consent_is_stored_with_version_time_and_language(product: Product) -> None:
    joined(product)
    (row,) = product.rows(select(consents))
    assert (row.text, row.locale, row.given, row.at) == ("confidentiality", "en", True, product.clock.now())
    assert len(row.version) == 16


def test_a_client_who_has_joined_is_active_in_their_own_zone_and_country(product: Product) -> None:
    joined(product)
    (row,) = product.rows(select(clients))
    assert (row.status, row.zone, row.country, row.clinician) == ("active", "Europe/London", "GB", "amari")
