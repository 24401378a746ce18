"""Ways that many journeys begin with."""

from __future__ import annotations

from fakes.phone import FakeUser
from support.product import Product

CARDS = ("Show me", "Next", "Next", "Next", "Next", "Next")


def open_link(product: Product, user: int = 42, name: str = "Sam") -> FakeUser:
    """Somebody opens a joining link."""
    sam = product.telegram.chat(user)
    sam.opens(product.invite(name))
    sam.sees("I am a program, not a person")
    return sam


def tap(sam: FakeUser, label: str, then: str) -> None:
    """Tap the newest button so called, and wait until the phone shows what comes next."""
    before = sam.last.message_id
    sam.presses(label)
    sam.sees(then, after=before)


def joined(product: Product, user: int = 42, name: str = "Sam") -> FakeUser:
    """A client who has joined, skipping what may be skipped."""
    sam = open_link(product, user, name)
    for label, then in zip(CARDS, ("1. ", "2. ", "3. ", "4. ", "5. ", "will someone read it at once"), strict=True):
        tap(sam, label, then)
    tap(sam, "No", "Do you agree")
    tap(sam, "Yes, I agree", "Which city")
    tap(sam, "London", "Is that right?")
    tap(sam, "Yes, that's right", "Which country")
    tap(sam, "United Kingdom", "phone number")
    tap(sam, "Skip", "in an emergency")
    tap(sam, "Skip", "How old are you")
    tap(sam, "Skip", "You have joined")
    return sam


def writes(sam: FakeUser, text: str, then: str) -> None:
    """Write, and wait until the phone shows the answer."""
    before = sam.last.message_id if sam.messages else 0
    sam.says(text)
    sam.sees(then, after=before)
