"""What clients say and who they are stands in columns named `*_sealed` and nowhere else (law 6)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import LargeBinary
from sqlalchemy.exc import IntegrityError

from flows.conversation import Client, Conversation, Frame, Heard
from storage import alerts, answers, chats, clients, conversations, inbox, invitations, measures, outbox
from storage.chats import Address
from storage.outbox import Settled
from storage.tables import clients as clients_table
from storage.tables import metadata

SECRET = "Zaphodöxl-4915155509876"  # as a text, a name, an address and a link's token


def test_every_way_in_seals_what_it_is_given(memory):
    _say_everywhere(memory)
    rows = memory.everything()
    values = [
        (f"{table}.{name}", value) for table, found in rows.items() for row in found for name, value in row.items()
    ]
    shown = [
        name
        for name, value in values
        if SECRET.encode() in (value if isinstance(value, bytes) else str(value).encode())
    ]
    assert shown == []
    sealed = {
        f"{table.name}.{column.name}" for table in metadata.sorted_tables for column in table.c if _sealed(column)
    }
    filled = {name for name, value in values if value is not None}
    assert sealed <= filled, "a sealed column that this test does not fill proves nothing"


def test_the_file_on_the_disk_holds_no_word_of_a_client(sqlite_memory):
    _say_everywhere(sqlite_memory)
    folder = sqlite_memory.database.file.parent
    before = b"".join(file.read_bytes() for file in folder.iterdir())
    sqlite_memory.database.close()
    after = b"".join(file.read_bytes() for file in folder.iterdir())
    for content in (before, after):
        assert b"client:sam" in content, "the rows are there"
        for secret in (SECRET.encode(), SECRET.encode("utf-16-le"), b"\\u00f6xl", SECRET.encode().hex().encode()):
            assert secret not in content


def test_a_column_is_sealed_if_and_only_if_its_name_says_so():
    wrong = [str(column) for table in metadata.sorted_tables for column in table.c
             if isinstance(column.type, LargeBinary) != _sealed(column)]  # fmt: skip
    assert wrong == []


def test_no_error_of_the_database_repeats_what_was_to_be_stored(memory):
    person = {"clinic_id": "riverside", "id": SECRET, "clinician": SECRET, "profile_sealed": SECRET.encode()}
    with pytest.raises(IntegrityError) as raised, memory.open() as connection:
        connection.execute(clients_table.insert(), person)
    said, *_ = str(raised.value).split("DETAIL")  # what PostgreSQL adds is the row: ids, and what is sealed
    assert SECRET not in said


def _say_everywhere(memory):
    """Hand the secret to everything that takes a client's words, name or address."""
    with memory.open() as connection:
        store = (connection, memory.cipher)
        address = Address("riverside", "telegram", "bot", SECRET)
        chat = chats.find_or_add(*store, memory.ids, [address], memory.now)[address]
        person = Client("sam", SECRET, "amari", phone=SECRET, emergency_contact=SECRET, chat=chat.id)
        clients.add(*store, "riverside", person, memory.now)
        clients.save(*store, [("riverside", replace(person, name=SECRET * 2))])
        invitations.add(*store, "riverside", "sam", SECRET, memory.now, memory.later(days=7))
        inbox.accept(*store, memory.ids, [memory.arrival("1", body={"text": SECRET})])
        outbox.post(*store, [memory.post(1, SECRET, chat=str(chat.id))])
        key = ("riverside", "client:sam")
        loaded = conversations.load(*store, [key])[key]
        frame = Frame("check_in", "v", "mood", {"words": SECRET})
        talk = Conversation(frames=(frame,), heard=(Heard(memory.now, SECRET),))
        conversations.save(*store, memory.now, [replace(loaded, subject=loaded.subject._replace(conversation=talk))])
        answer = {"clinic_id": "riverside", "id": 1, "subject": "client:sam", "flow": "f", "version": "v", "state": "s"}
        answers.save(*store, [{**answer, "sensitive": False, "at": memory.now, "value": SECRET}])
        measure = {"clinic_id": "riverside", "id": 1, "subject": "client:sam", "instrument": "i", "version": "1"}
        result = {"answers": {"item": SECRET}, "total": None, "change": "first"}
        measures.save(*store, [{**measure, "locale": "en", "at": memory.now, "result": result}])
        answers.contact(*store, "riverside", 1, "client_here", {"name": SECRET, "phone": SECRET}, memory.now)
        alerts.add(connection, memory.now, [("riverside", "client:sam", memory.alert(1))])
        letters = outbox.claim(*store, "telegram", memory.now, 9)
        assert [letter.address for letter in letters] == [SECRET]
        outbox.settle(connection, [Settled(letter, "sent", memory.now, "5") for letter in letters])


def _sealed(column):
    return column.name.endswith("_sealed")
