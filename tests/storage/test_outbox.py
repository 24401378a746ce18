"""The outbox: every message is sent in order, each row settled once, the urgent ones first."""

from __future__ import annotations

import pytest

from flows.effects import CLASSES, HELD
from storage import outbox
from storage.outbox import LEASE, Settled
from storage.tables import chats

SAFETY, REPLY, REMINDER, BULK = (CLASSES.index(name) for name in ("safety", "reply", "reminder", "bulk"))


def test_a_message_comes_out_as_it_went_in(memory):
    chat, until = memory.chat("4711"), memory.later(hours=1)
    memory.queue(memory.post(5, "Grüße 🙂", chat=str(chat.id), alert=3, forget=True, not_after=until, kind="card"))
    (letter,) = memory.letters()
    assert (letter.clinic, letter.id, letter.subject, letter.channel) == ("riverside", 5, "client:sam", "telegram")
    assert (letter.address, letter.bot, letter.chat, letter.rank) == ("4711", "bot", str(chat.id), REPLY)
    assert (letter.kind, letter.body, letter.attempts) == ("card", {"text": "Grüße 🙂"}, 0)
    assert (letter.alert, letter.forget, letter.not_after, letter.created_at) == (3, True, until, memory.now)
    assert (letter.refers_to, letter.vendor_id, letter.original) == (0, "", {})


def test_a_staff_address_is_the_address_itself(memory):
    memory.queue(memory.post(5, channel="slack", chat="slack:U0AMARI"))
    (letter,) = memory.letters(channel="slack")
    assert (letter.address, letter.bot) == ("slack:U0AMARI", "")


def test_H08_the_number_of_a_forgotten_chat_is_never_used_as_an_address(memory):
    chat = memory.chat("4711")
    memory.queue(memory.post(5, chat=str(chat.id)))
    with memory.open() as connection:
        connection.execute(chats.delete())
    assert [letter.address for letter in memory.letters()] == [""]


def test_messages_of_one_chat_and_class_are_sent_one_after_the_other(memory):
    memory.queue(memory.post(2), memory.post(1), memory.post(3))
    assert memory.sendable() == [1]
    assert memory.sendable() == []
    assert [_send(memory, 1), memory.sendable(), _send(memory, 2), memory.sendable()] == [None, [2], None, [3]]


def test_different_chats_do_not_wait_for_each_other(memory):
    memory.queue(memory.post(1, chat="7"), memory.post(2, chat="7"), memory.post(3, chat="8"))
    memory.queue(memory.post(4, chat="7", clinic="harbour"))
    assert memory.sendable() == [1, 3, 4]


def test_the_urgent_are_sent_first_and_only_so_many_at_once(memory):
    memory.queue(memory.post(1, rank=BULK, chat="1"), memory.post(2, rank=REMINDER, chat="2"))
    memory.queue(memory.post(3, chat="3"), memory.post(4, rank=SAFETY, chat="4"))
    assert [letter.id for letter in memory.letters(limit=3)] == [4, 3, 2]
    assert memory.sendable() == [1]


def test_H04_a_safety_message_overtakes_the_unsent_replies_of_its_chat(memory):
    memory.queue(memory.post(1), memory.post(2))
    assert memory.sendable() == [1]
    memory.queue(memory.post(3, rank=SAFETY))
    assert memory.sendable() == [3]


def test_other_channels_are_left_alone(memory):
    memory.queue(memory.post(1, channel="slack"))
    assert memory.sendable() == []


def test_a_message_is_not_sent_before_its_time(memory):
    memory.queue(memory.post(1, at=memory.later(minutes=5)))
    assert memory.sendable() == []
    assert memory.sendable(memory.later(minutes=5)) == [1]


def test_H04_what_a_dead_process_had_claimed_is_sent_again_after_its_lease(memory):
    memory.queue(memory.post(1), memory.post(2))
    assert memory.sendable() == [1]
    assert memory.sendable(memory.now + LEASE / 2) == []
    assert memory.sendable(memory.now + LEASE) == [1]


def test_two_senders_never_get_the_same_message(postgresql_memory):
    memory = postgresql_memory
    memory.queue(*(memory.post(row, chat=chat) for row, chat in [(1, "7"), (2, "7"), (3, "8")]))
    with memory.open() as first, memory.open() as second:
        one = outbox.claim(first, memory.cipher, "telegram", memory.now, 1)
        other = outbox.claim(second, memory.cipher, "telegram", memory.now, 9)
    assert ([letter.id for letter in one], [letter.id for letter in other]) == ([1], [3])


def test_a_message_that_failed_for_now_is_tried_again_later_and_keeps_its_place(memory):
    memory.queue(memory.post(1), memory.post(2))
    (letter,) = memory.letters()
    _settle(memory, Settled(letter, "", memory.now, error="flood", again=memory.later(seconds=30)))
    assert memory.sendable(memory.later(seconds=29)) == []
    (again,) = memory.letters(memory.later(seconds=30))
    assert (again.id, again.attempts) == (1, 1)


@pytest.mark.parametrize("status", ["sent", "failed", "expired", "withdrawn"])
def test_a_settled_message_is_never_sent_again_and_lets_the_next_one_go(memory, status):
    memory.queue(memory.post(1), memory.post(2))
    (letter,) = memory.letters()
    _settle(memory, Settled(letter, status, memory.later(seconds=3), "vendor-1", "code"))
    (row, _) = memory.rows(outbox.outbox)
    assert (row["status"], row["settled_at"], row["vendor_id"]) == (status, memory.later(seconds=3), "vendor-1")
    assert (row["attempts"], row["error"], row["claimed_until"]) == (1, "code", None)
    assert memory.sendable(memory.later(hours=1)) == [2]


def test_what_came_too_late_is_left_to_delivery(memory):
    memory.queue(memory.post(1, not_after=memory.later(hours=1)))
    (letter,) = memory.letters(memory.later(hours=2))
    assert letter.not_after == memory.later(hours=1)


def test_H13_an_open_alert_takes_back_what_was_held_and_nothing_else(memory):
    held = [CLASSES.index(name) for name in HELD]
    memory.queue(
        memory.post(1, rank=REMINDER, chat="1"), memory.post(2, rank=BULK), memory.post(3), memory.post(4, rank=SAFETY),
        memory.post(5, rank=BULK, subject="client:kim", chat="8"), memory.post(6, rank=BULK, clinic="harbour"),
    )  # fmt: skip
    on_its_way = memory.letters(limit=3)[-1]
    assert on_its_way.id == 1
    with memory.open() as connection:
        outbox.withdraw(connection, memory.now, "riverside", "client:sam", held)
    assert {row["id"] for row in memory.rows(outbox.outbox) if row["status"] == "withdrawn"} == {2}


def test_an_edit_names_the_message_that_it_edits(memory):
    memory.queue(memory.post(1, "How are you?"))
    _send(memory, 1)
    memory.queue(memory.post(2, "How are you? ✓", kind="mark", refers_to=1))
    (edit,) = memory.letters()
    assert (edit.refers_to, edit.vendor_id, edit.original) == (1, "vendor-1", {"text": "How are you?"})


def test_an_edit_waits_for_the_message_that_it_edits(memory):
    memory.queue(memory.post(1), memory.post(2, rank=SAFETY, refers_to=1))
    assert memory.sendable() == [1]
    _send(memory, 1)
    assert memory.sendable() == [2]


def test_the_next_due_time_is_when_something_can_really_be_tried(memory):
    assert _next_due(memory) is None
    memory.queue(memory.post(1), memory.post(2))
    assert _next_due(memory) == memory.now
    (letter,) = memory.letters()
    assert _next_due(memory) == memory.now + LEASE
    _settle(memory, Settled(letter, "", memory.now, again=memory.later(minutes=9)))
    assert _next_due(memory) == memory.later(minutes=9)


def _next_due(memory):
    with memory.open() as connection:
        return outbox.next_due(connection)


def _settle(memory, *settled):
    with memory.open() as connection:
        outbox.settle(connection, settled)


def _send(memory, row):
    """Settle the message as sent, claimed before or now."""
    letters = memory.letters(memory.now + LEASE)
    _settle(memory, *(Settled(each, "sent", memory.now, f"vendor-{row}") for each in letters if each.id == row))
