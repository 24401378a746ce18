"""Everything that a client can begin, gone through on a phone over HTTP as its author wrote it down."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from fakes.phone import FakeUser
from flows.compiler import Flow
from storage import clients as client_rows
from storage.tables import clients
from support.catalog import catalogue, phrases
from support.journey import joined, tap, writes
from support.product import Product

BRACES = re.compile(r"\{[^{}]*\}|\n")
PLAYED = ("bot", "tap", "client")


def plain_example(flow: Flow) -> list[tuple[str, str]]:
    """The first example that takes nothing for granted, up to where time passes; none where all need something."""
    for steps in flow.file.examples.values():
        played: list[tuple[str, str]] = []
        for step in steps:
            ((verb, value),) = step.items()
            if verb not in PLAYED:
                break
            played.append((verb, value))
        if {verb for verb, _ in played} > {"bot"}:
            return played
    return []


BEGUN = [flow for flow in catalogue().values() if flow.file.command and plain_example(flow)]


def fragment(source: str) -> str:
    """The longest part of a text that is the same for everybody."""
    return max(BRACES.split(source), key=len).strip()


def texts() -> Mapping[str, str]:
    found = {name: text.source for flow in catalogue().values() for name, text in flow.texts.items()}
    return found | {name: text.source for name, text in phrases().items()}


def source_of(flow: Flow, value: str) -> str:
    known = texts()
    names = (f"{base}{part}" for base in (value, f"{flow.name}.{value}") for part in ("", ".say", ".ask"))
    return next(known[name] for name in names if name in known)


def steps_of(flow: Flow) -> Iterator[tuple[str, str, str]]:
    """What happens, with its words, and what the bot says next."""
    played = plain_example(flow)
    for place, (verb, value) in enumerate(played):
        following = next((v for w, v in played[place + 1 :] if w == "bot" and v != "end"), "")
        if verb != "bot":
            yield verb, value, fragment(source_of(flow, following)) if following else ""


def label_of(sam: FakeUser, option: str) -> str:
    """The label of a button of the newest message that has it."""
    for message in reversed(sam.messages):
        for label, data in message.data:
            if data.rpartition(":")[2].removeprefix("!") == option:
                return label
    raise AssertionError(f"no button {option}")


def forget_everything(product: Product) -> None:
    """As if the client had only just joined: the next conversation must not build on the last."""
    assert product.app is not None
    store = product.app.store
    (row,) = product.rows(clients.select())
    with store.database.transaction() as connection:
        client = client_rows.get(connection, store.cipher, "riverside", row.id)
        assert client is not None
        client_rows.save(connection, store.cipher, [("riverside", replace(client, kept={}, plans={}, counters={}))])


def go_through(sam: FakeUser, flow: Flow) -> None:
    """The flow's example, tap by tap."""
    first = next(value for verb, value in plain_example(flow) if verb == "bot")
    writes(sam, f"/{flow.file.command}", fragment(source_of(flow, first)))
    for verb, value, then in steps_of(flow):
        if verb == "tap":
            tap(sam, label_of(sam, value), then)
        else:
            writes(sam, value, then)


@pytest.mark.parametrize("third", range(3))
def test_F15_every_conversation_of_the_menu_can_be_gone_through_on_a_phone(product: Product, third: int) -> None:
    sam = joined(product)
    for flow in BEGUN[third::3]:
        try:
            go_through(sam, flow)
        except AssertionError as error:
            raise AssertionError(f"{flow.name}: {error}") from error
        writes(sam, "cancel", "All right. We leave it there.")
        forget_everything(product)


def test_F15_the_menu_shows_what_can_be_done_now(product: Product) -> None:
    sam = joined(product)
    writes(sam, "/menu", "What would you like to do?")
    assert {"A check-in", "Who sees what", "I need help now", "More"} <= set(sam.last.labels)
    assert sam.last.labels[0] == "Getting ready to start"  # what is not always there comes first
    labels = list(sam.last.labels)
    tap(sam, "More", "There is also this:")
    labels += sam.last.labels
    assert "My last weeks" not in labels  # there is nothing to show yet
    listed = [flow.texts[f"{flow.name}.title"].source for flow in BEGUN if flow.file.menu is True]
    assert set(listed) <= set(labels)
