"""Encrypted columns: a value opens in its own place with its own key only, and no error tells what it was."""

from __future__ import annotations

import traceback

import pytest

from bot.commands.key import new_key
from storage import clients, conversations
from storage.cipher import Cipher
from storage.cipher import new_key as storage_key
from storage.errors import KeyMissingError, StorageError, TamperedError
from storage.tables import clients as clients_table
from storage.tables import inbox as inbox_table

PLACE, SECRET = "riverside|inbox|body|1", "a client's own words"


@pytest.fixture(scope="module")
def cipher(key):
    return Cipher([key])


@pytest.mark.parametrize("value", ["", "🙂 ñ", {"a": [1, 2.5, None, True]}, [], 1 << 62, None])
def test_a_value_opens_as_it_was_sealed(cipher, value):
    assert cipher.open(PLACE, cipher.seal(PLACE, value)) == value


def test_one_value_never_looks_the_same_twice_and_never_shows(cipher):
    sealed = {cipher.seal(PLACE, SECRET) for _ in range(50)}
    assert len(sealed) == 50
    assert not any(SECRET.encode() in each for each in sealed)


@pytest.mark.parametrize(
    "elsewhere",
    ["harbour|inbox|body|1", "riverside|outbox|body|1", "riverside|inbox|other|1", "riverside|inbox|body|2"],
)
def test_H17_a_value_moved_elsewhere_does_not_open(cipher, elsewhere):
    with pytest.raises(TamperedError):
        cipher.open(elsewhere, cipher.seal(PLACE, SECRET))


def test_a_value_that_was_changed_or_cut_does_not_open(cipher):
    sealed = cipher.seal(PLACE, SECRET)
    changed = [bytes([*sealed[:n], sealed[n] ^ 1, *sealed[n + 1 :]]) for n in range(4, len(sealed))]
    cut = [sealed[:n] for n in range(4, len(sealed))]
    for broken in [*changed, *cut, sealed + b"x"]:
        with pytest.raises(TamperedError):
            cipher.open(PLACE, broken)


@pytest.mark.parametrize("broken", [b"", b"\0\0\0\0" + b"x" * 40])
def test_a_value_of_another_key_names_the_table_and_the_repair(cipher, broken):
    with pytest.raises(KeyMissingError, match=r"^inbox\.body .* RAPPORT_KEYS; put it back$"):
        cipher.open(PLACE, broken)


def test_no_error_carries_the_value_or_its_row(cipher):
    moved = cipher.seal(PLACE, SECRET)
    for keys, place in [(cipher, "riverside|inbox|body|98765"), (Cipher([new_key()]), PLACE)]:
        with pytest.raises(StorageError) as raised:
            keys.open(place, moved)
        told = "".join(traceback.format_exception(raised.value))
        assert SECRET not in told
        assert "98765" not in told


@pytest.mark.parametrize("make", [new_key, storage_key])
def test_a_value_opens_after_a_new_key_is_put_in_front(key, cipher, make):
    sealed, rotated = cipher.seal(PLACE, SECRET), Cipher([make(), key])
    assert rotated.open(PLACE, sealed) == SECRET
    with pytest.raises(KeyMissingError):
        cipher.open(PLACE, rotated.seal(PLACE, SECRET))


def test_lookup_hashes_are_keyed_and_bound_to_their_place(key, cipher):
    other = new_key()
    assert cipher.hash("a", "4711") == cipher.hash("a", "4711") != cipher.hash("b", "4711")
    assert cipher.hash("a", "4711") != Cipher([other]).hash("a", "4711")
    assert Cipher([other, key]).hashes("a", "4711") == [Cipher([other]).hash("a", "4711"), cipher.hash("a", "4711")]


@pytest.mark.parametrize("wrong", ["", "rk1_", "rk1_tooshort", "rk2_" + "A" * 43, "A" * 47, "rk1_" + "A" * 44, "rk1_é"])
def test_a_key_that_is_none_is_refused_without_being_repeated(wrong):
    with pytest.raises(StorageError, match="`rapport key`") as raised:
        Cipher([wrong])
    assert len(wrong) <= len("rk1_") or wrong not in str(raised.value)


def test_no_key_at_all_is_refused():
    with pytest.raises(StorageError, match="no encryption key"):
        Cipher([])


def test_H17_a_text_moved_to_another_row_or_clinic_is_noticed(memory):
    memory.arrive(memory.arrival("1"), memory.arrival("2", "client:kim"), memory.arrival("3", clinic="harbour"))
    sealed = {row["external_id"]: row["body_sealed"] for row in memory.rows(inbox_table)}
    for victim in ("2", "3"):
        with memory.open() as connection:
            theirs = inbox_table.update().where(inbox_table.c.external_id == victim)
            connection.execute(theirs.values(body_sealed=sealed["1"]))
        with pytest.raises(TamperedError, match=r"^inbox\.body "):
            memory.due()
        with memory.open() as connection:
            connection.execute(theirs.values(body_sealed=sealed[victim]))
    assert sorted(memory.names()) == ["1", "2", "3"]


def test_H17_a_client_s_name_moved_to_another_client_is_noticed(memory):
    memory.client("sam")
    memory.client("kim")
    sealed = next(row["profile_sealed"] for row in memory.rows(clients_table) if row["id"] == "sam")
    with memory.open() as connection:
        connection.execute(clients_table.update().values(profile_sealed=sealed))
        assert clients.get(connection, memory.cipher, "riverside", "sam")
        with pytest.raises(TamperedError, match=r"^clients\.profile "):
            clients.get(connection, memory.cipher, "riverside", "kim")


def test_a_missing_key_is_named_when_a_conversation_is_loaded(memory):
    memory.client("sam")
    with memory.open() as connection, pytest.raises(KeyMissingError, match="RAPPORT_KEYS"):
        conversations.load(connection, Cipher([new_key()]), [("riverside", "client:sam")])
