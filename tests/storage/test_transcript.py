"""The transcript: what was said comes back in order, both ways, and nobody else's with it."""

from __future__ import annotations

from storage import outbox, transcript
from storage.outbox import Settled


def test_what_was_sent_comes_back_with_its_id_and_that_of_what_it_edits(memory):
    chat = memory.chat("4711")
    memory.queue(
        memory.post(1, "How are you?", chat=str(chat.id)),
        memory.post(2, "Good", chat=str(chat.id), kind="mark", refers_to=1),
        memory.post(3, "a card", channel="slack", chat="slack:U0AMARI", kind="card"),
    )
    for _ in range(2):
        for channel in ("telegram", "slack"):
            _send(memory, channel)
    with memory.open() as connection:
        first, mark, card = transcript.sent(connection, memory.cipher, "riverside")
    assert (first.address, first.kind, first.body, first.vendor_id) == (
        "4711",
        "message",
        {"text": "How are you?"},
        "v1",
    )
    assert (mark.kind, mark.vendor_id, mark.edits) == ("mark", "v2", "v1")
    assert (card.channel, card.address, card.at) == ("slack", "slack:U0AMARI", memory.now)


def test_what_was_not_sent_is_no_part_of_it(memory):
    memory.queue(memory.post(1, "waits"))
    with memory.open() as connection:
        assert transcript.sent(connection, memory.cipher, "riverside") == []


def test_what_came_in_comes_back_with_its_address(memory):
    chat = memory.chat("4711")
    memory.arrive(memory.arrival("hello", chat=chat.id), memory.arrival("and so on", chat=chat.id, after=1))
    memory.arrive(memory.arrival("by another way", chat=chat.id, source="web"))
    with memory.open() as connection:
        heard = transcript.heard(connection, memory.cipher, "riverside", "telegram")
    assert [(said.address, said.kind, said.body["text"]) for said in heard] == [
        ("4711", "TextReceived", "hello"), ("4711", "TextReceived", "and so on"),
    ]  # fmt: skip


def test_H17_another_clinic_s_words_stay_there(memory):
    chat = memory.chat("4711", clinic="harbour")
    memory.arrive(memory.arrival("hello", chat=chat.id, clinic="harbour"))
    memory.queue(memory.post(1, clinic="harbour", chat=str(chat.id)))
    _send(memory, "telegram")
    with memory.open() as connection:
        assert transcript.heard(connection, memory.cipher, "riverside", "telegram") == []
        assert transcript.sent(connection, memory.cipher, "riverside") == []


def test_a_message_waits_until_it_is_settled_and_what_is_behind_it_waits_for_it(memory):
    memory.queue(memory.post(1), memory.post(2))
    (letter,) = memory.letters()
    with memory.open() as connection:
        assert outbox.waiting(connection, memory.now)  # though it is on its way
        outbox.settle(connection, [Settled(letter, "", memory.now, again=memory.later(minutes=1), error="rate")])
        assert not outbox.waiting(connection, memory.now)
        assert outbox.waiting(connection, memory.later(minutes=1))


def _send(memory, channel):
    letters = memory.letters(channel=channel)
    with memory.open() as connection:
        outbox.settle(connection, [Settled(each, "sent", memory.now, f"v{each.id}") for each in letters])
