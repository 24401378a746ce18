"""Chats: somebody is found by their address whatever key it was stored with, and nothing is kept of a stranger."""

from __future__ import annotations

from storage import chats, conversations, inbox, outbox
from storage.chats import Address
from storage.cipher import new_key
from storage.outbox import Settled
from storage.tables import clinics

ADDRESS, WORDS, REPLY = "4915155501234", "nobody may ever read this", "here is the emergency number"


def test_a_chat_is_stored_once_and_found_again(memory):
    chat = memory.chat("1")
    assert memory.chat("1") == chat
    assert memory.chat("2").id != chat.id
    assert memory.chat("1", clinic="harbour").id != chat.id
    assert (chat.client, chat.subject) == ("", f"chat:{chat.id}")


def test_many_chats_are_found_at_once_each_by_its_own_address(memory):
    addresses = [Address("riverside", channel, bot, "1") for channel in ("telegram", "web") for bot in ("a", "b")]
    with memory.open() as connection:
        added = chats.find_or_add(connection, memory.cipher, memory.ids, [*addresses, *addresses], memory.now)
        assert chats.find(connection, memory.cipher, addresses) == added
        assert chats.find_or_add(connection, memory.cipher, memory.ids, [], memory.now) == {}
        names = chats.channels(connection, [("riverside", added[addresses[2]].id), ("riverside", 1)])
    assert len({chat.id for chat in added.values()}) == 4
    assert names == {("riverside", added[addresses[2]].id): "web"}


def test_a_linked_chat_is_its_client_s(memory):
    chat = memory.chat("1")
    with memory.open() as connection:
        chats.link(connection, "riverside", chat.id, "sam")
        chats.link(connection, "harbour", chat.id, "kim")
    assert memory.chat("1").subject == "client:sam"


def test_a_chat_is_found_after_a_new_key_is_put_in_front(memory, key):
    old, fresh = memory.chat("4711"), new_key()
    rotated = memory.with_keys(fresh, key)
    assert rotated.chat("4711") == old
    rotated.queue(rotated.post(1, chat=str(old.id)))
    assert [letter.address for letter in rotated.letters()] == ["4711"]
    newer = rotated.chat("4712")
    assert memory.with_keys(fresh).chat("4712") == newer
    assert memory.with_keys(fresh).chat("4711") != old


def test_F25_nothing_personal_is_left_of_a_stranger(memory):
    chat = _stranger(memory)
    other = memory.chat("other")
    memory.arrive(memory.arrival("9", other.subject, chat=other.id))
    _answer(memory, chat)
    rows = memory.everything()
    mine = [row for found in rows.values() for row in found if chat.subject in row.values() or chat.id in row.values()]
    assert sorted(row["kind"] for row in mine) == ["TextReceived", "message"], "one row against doubles, one as a count"
    assert {name for row in mine for name, value in row.items() if name.endswith("_sealed") and value} == set()
    assert _traces(memory, rows) == []
    assert [row["id"] for row in rows["chats"]] == [other.id]
    assert [row["body_sealed"] is None for row in rows["inbox"]] == [True, False]


def test_F25_a_stranger_s_update_is_counted_and_still_known_as_a_double(memory):
    with memory.open() as connection:
        connection.execute(clinics.insert().values(clinic_id="riverside"))
    chat = _stranger(memory)
    _answer(memory, chat)
    assert memory.arrive(memory.arrival("1", chat.subject)) == 0
    assert [row["strangers"] for row in memory.rows(clinics)] == [1]
    _forget(memory, chat)
    assert [row["strangers"] for row in memory.rows(clinics)] == [1]


def test_F25_somebody_who_writes_again_is_a_new_stranger(memory):
    chat = _stranger(memory)
    _answer(memory, chat)
    assert memory.chat(ADDRESS).id != chat.id


def test_F25_the_words_stay_until_the_last_reply_is_settled(memory):
    chat = _stranger(memory)
    _forget(memory, chat)
    memory.finish(*memory.due())
    _forget(memory, chat)
    assert memory.letters()[0].address == ADDRESS
    assert memory.chat(ADDRESS) == chat
    (row,) = memory.rows(inbox.inbox)
    with memory.open() as connection:
        assert inbox.texts(connection, memory.cipher, "riverside", [row["id"]]) == [(memory.now, WORDS)]


def test_F25_a_client_s_chat_is_never_forgotten(memory):
    chat = memory.chat(ADDRESS)
    with memory.open() as connection:
        chats.link(connection, "riverside", chat.id, "sam")
        chats.forget(connection, "riverside", chat.id)
    assert memory.chat(ADDRESS).id == chat.id


def test_H01_a_message_that_comes_while_its_chat_is_being_forgotten_is_not_lost(postgresql_memory, meanwhile):
    memory = postgresql_memory
    chat = memory.chat(ADDRESS)
    with memory.open() as door:
        chats.find_or_add(
            door, memory.cipher, memory.ids, [Address("riverside", "telegram", "bot", ADDRESS)], memory.now
        )
        finish = meanwhile(lambda settling: chats.forget(settling, "riverside", chat.id))
        inbox.accept(door, memory.cipher, memory.ids, [memory.arrival("late", chat.subject, chat=chat.id)])
    finish()
    assert memory.names() == ["late"]
    assert memory.chat(ADDRESS) == chat


def test_H01_a_message_that_comes_while_its_chat_is_being_linked_is_its_client_s(postgresql_memory, meanwhile):
    memory = postgresql_memory
    chat = memory.chat(ADDRESS)
    with memory.open() as turn:
        chats.link(turn, "riverside", chat.id, "sam")
        address = Address("riverside", "telegram", "bot", ADDRESS)
        finish = meanwhile(lambda door: chats.find(door, memory.cipher, [address]))
    assert [found.subject for found in finish().values()] == ["client:sam"]


def _stranger(memory):
    """Somebody without a link has written and the reply is queued."""
    chat = memory.chat(ADDRESS)
    memory.arrive(memory.arrival("1", chat.subject, chat=chat.id, body={"text": WORDS}))
    memory.queue(memory.post(3, REPLY, chat=str(chat.id), subject=chat.subject, forget=True))
    return chat


def _answer(memory, chat):
    """The turn is done, the reply is sent, the chat is forgotten."""
    events = [due for due in memory.due() if due.subject == chat.subject]
    with memory.open() as connection:
        key = ("riverside", chat.subject)
        loaded = conversations.load(connection, memory.cipher, [key])[key]
        conversations.save(connection, memory.cipher, memory.now, [loaded])
    memory.finish(*events)
    letters = memory.letters()
    with memory.open() as connection:
        outbox.settle(connection, [Settled(letter, "sent", memory.now, f"{ADDRESS}-55") for letter in letters])
        chats.forget(connection, "riverside", chat.id)


def _forget(memory, chat):
    with memory.open() as connection:
        chats.forget(connection, "riverside", chat.id)


def _traces(memory, rows):
    """The columns that hold the address or its hash, or words in the clear."""
    address_hash = chats.hash_of(memory.cipher, Address("riverside", "telegram", "bot", ADDRESS))
    secrets = [secret.encode() for secret in (ADDRESS, address_hash, WORDS, REPLY)]
    values = [
        (f"{table}.{name}", value) for table, found in rows.items() for row in found for name, value in row.items()
    ]
    return [name for name, value in values if any(secret in _bytes(value) for secret in secrets)]


def _bytes(value):
    return value if isinstance(value, bytes) else str(value).encode()
