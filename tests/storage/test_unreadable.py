"""What cannot be opened is left as it is, told from the rest, and keeps nobody else's from being read or sent (H04)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows.conversation import Conversation
from storage import conversations, inbox, keys, outbox, watch
from storage.cipher import Cipher, Lenient, new_key
from storage.database import Database
from storage.errors import KeyMissingError, TamperedError, UnreadableError
from storage.outbox import UNREADABLE, Settled
from storage.tables import inbox as events

SAM = ("riverside", "client:sam")


@pytest.fixture
def lost(memory):
    """The same memory for somebody who has another key."""
    return replace(memory, cipher=Cipher([new_key()]))


def test_a_key_that_clients_are_sealed_with_and_that_is_missing_is_noticed(memory, lost):
    memory.client("sam")
    memory.client("kim")
    lost.client("lee", clinic="harbour")
    with memory.open() as connection:
        one = keys.unreadable(connection, memory.cipher)
        two = keys.unreadable(connection, lost.cipher)
    assert one == "RAPPORT_KEYS lacks a key that 1 client is sealed with; put it back at the end of the list"
    assert "that 2 clients are sealed with" in two


def test_nothing_is_missing_where_every_key_is_there_or_nobody_has_joined(memory):
    with memory.open() as connection:
        assert keys.unreadable(connection, memory.cipher) == ""
    memory.client("sam")
    with memory.open() as connection:
        assert keys.unreadable(connection, memory.cipher) == ""


def test_what_stays_closed_says_why_and_the_rest_opens(memory):
    lenient, other = Lenient(memory.cipher), Cipher([new_key()])
    assert lenient.open("a|b|c|1", memory.cipher.seal("a|b|c|1", {"text": "x"})) == {"text": "x"}
    assert lenient.fault is None
    assert lenient.open("a|b|c|1", other.seal("a|b|c|1", "x")) == {}
    assert isinstance(lenient.fault, KeyMissingError)
    assert lenient.open("a|b|c|1", memory.cipher.seal("a|b|c|2", "x")) == {}
    assert isinstance(lenient.fault, TamperedError)


def test_an_event_can_be_put_off_without_being_opened(memory, lost):
    lost.arrive(lost.arrival("1"))
    with memory.open() as connection:
        (due,) = inbox.oldest(connection, None, memory.now, [SAM])
        inbox.postpone(connection, due, memory.later(seconds=4), KeyMissingError.__name__)
    assert (due.external_id, due.body, due.attempts) == ("1", {}, 0)
    assert memory.rows(events)[0]["due_at"] == memory.later(seconds=4)


@pytest.mark.parametrize("read", ["event", "subject"])
def test_after_a_value_that_stays_closed_the_memory_can_be_written_at_once(memory, lost, read):
    names = ("sam", "kim", "lee", "ida", "ola")
    wanted = [("riverside", f"client:{name}") for name in names]
    for name in names:
        lost.client(name)
        lost.arrive(lost.arrival(name, f"client:{name}"))
    ways = {
        "event": lambda c: inbox.oldest(c, memory.cipher, memory.now, wanted),
        "subject": lambda c: conversations.load(c, memory.cipher, wanted),
    }
    beside = replace(memory, database=Database(memory.database.engine.url.render_as_string(hide_password=False)))
    with pytest.raises(UnreadableError) as _kept, memory.open() as connection:
        ways[read](connection)
    beside.arrive(memory.arrival("1"))
    beside.database.close()
    memory.arrive(memory.arrival("2"))  # while somebody handles the error


def test_words_that_stay_closed_are_shown_as_such(memory, lost):
    lost.arrive(lost.arrival("first"))
    memory.arrive(memory.arrival("second", after=1))
    rows = [row["id"] for row in memory.rows(events)]
    with memory.open() as connection:
        said = [text for _at, text in inbox.texts(connection, memory.cipher, "riverside", rows)]
    assert said == ["\N{LOCK}", "second"]


def test_a_closed_client_is_known_without_the_name_and_never_by_mistake(memory, lost):
    lost.client("sam", country="MX")
    with memory.open() as connection:
        with pytest.raises(KeyMissingError):
            conversations.load(connection, memory.cipher, [SAM])
        loaded = conversations.load_anyway(connection, memory.cipher, [SAM])[SAM]
    client = loaded.subject.client
    assert client is not None
    known = (client.name, client.alias, client.clinician, client.country)
    assert known == ("", "?", "amari", "MX")
    assert isinstance(loaded.sealed, KeyMissingError)


def test_a_closed_conversation_is_empty_and_its_client_is_whole(memory, lost):
    memory.client("sam")
    with memory.open() as connection:
        loaded = conversations.load(connection, memory.cipher, [SAM])[SAM]
        talking = loaded.subject._replace(conversation=Conversation(step=7))
        conversations.save(connection, lost.cipher, memory.now, [replace(loaded, subject=talking)])
        closed = conversations.load_anyway(connection, memory.cipher, [SAM])[SAM]
    assert closed.subject.client == loaded.subject.client
    assert (closed.subject.conversation, closed.version) == (Conversation(), 1)
    assert isinstance(closed.sealed, KeyMissingError)


def test_what_waits_for_a_key_is_counted(memory, lost):
    lost.arrive(lost.arrival("1"), lost.arrival("2", "client:kim"), lost.arrival("3", "client:lee"))
    with memory.open() as connection:
        assert watch.unopened(connection) == 0
        for due in inbox.oldest(connection, None, memory.now, [SAM, ("riverside", "client:kim")]):
            inbox.postpone(connection, due, memory.later(seconds=2), KeyMissingError.__name__)
        assert watch.unopened(connection) == 2


def test_a_message_that_stays_closed_is_told_from_the_others(memory, lost):
    memory.queue(memory.post(1, chat="7"))
    lost.queue(lost.post(2, chat="8"))
    fine, closed = memory.letters()
    assert (fine.id, fine.sealed, fine.body) == (1, None, {"text": "Hello"})
    assert (closed.id, closed.body, closed.address) == (2, {}, "")
    assert isinstance(closed.sealed, KeyMissingError)


def test_an_address_that_stays_closed_is_no_address(memory, lost):
    chat = lost.chat("4711")
    memory.queue(memory.post(1, chat=str(chat.id)))
    (letter,) = memory.letters()
    assert letter.address == ""
    assert isinstance(letter.sealed, KeyMissingError)


def test_a_line_whose_card_stays_closed_is_sent_all_the_same(memory, lost):
    lost.queue(lost.post(1, chat="slack:U1", channel="slack"))
    memory.queue(memory.post(2, chat="slack:U1", channel="slack", refers_to=1))
    (card,) = memory.letters(channel="slack")
    _settle(memory, Settled(card, "sent", memory.now, "C|1"))
    (line,) = memory.letters(channel="slack")
    assert (line.sealed, line.vendor_id, line.original) == (None, "C|1", {})


def test_H04_what_comes_after_a_closed_message_goes_first_and_what_edits_it_waits_aside(memory, lost):
    lost.queue(lost.post(1, chat="7"))
    memory.queue(memory.post(2, chat="7", refers_to=1), memory.post(3, chat="7"), memory.post(4, chat="7"))
    (closed,) = memory.letters()
    _settle(memory, Settled(closed, "", memory.now, error=UNREADABLE, again=memory.later(seconds=5)))
    (third,) = memory.letters()
    assert third.id == 3
    assert memory.sendable() == []
    _settle(memory, Settled(third, "sent", memory.now))
    assert memory.sendable() == [4]


def _settle(memory, settled):
    with memory.open() as connection:
        outbox.settle(connection, [settled])
