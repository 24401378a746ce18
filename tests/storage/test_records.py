"""Invitations, answers, the front desk's list, the log, packs and flow versions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage import answers, audit, invitations, versions
from storage.cipher import new_key
from storage.tables import consents, notes

MINUTE = timedelta(minutes=1)


def test_a_link_is_good_once_and_not_for_ever(memory):
    _invite(memory, "token")
    link = _find(memory, "token")
    assert (link.client, link.expires_at, link.used) == ("sam", memory.later(days=7), False)
    assert link.good(memory.later(days=7) - MINUTE)
    assert not link.good(memory.later(days=7))
    with memory.open() as connection:
        invitations.redeem(connection, "riverside", "sam", memory.now)
    assert not _find(memory, "token").good(memory.now)


def test_using_one_link_ends_the_client_s_others_and_nobody_else_s(memory):
    _invite(memory, "first")
    _invite(memory, "second")
    _invite(memory, "kim's", "kim")
    with memory.open() as connection:
        invitations.redeem(connection, "riverside", "sam", memory.now)
    assert [_find(memory, token).used for token in ("first", "second", "kim's")] == [True, True, False]


def test_H17_a_link_is_unknown_elsewhere_and_under_another_name(memory):
    _invite(memory, "token")
    with memory.open() as connection:
        wanted = [("harbour", "token"), ("riverside", "Token"), ("riverside", "token")]
        assert list(invitations.find(connection, memory.cipher, wanted)) == [("riverside", "token")]
        assert invitations.find(connection, memory.cipher, []) == {}


def test_a_link_outlives_a_change_of_keys(memory, key):
    _invite(memory, "token")
    assert _find(memory.with_keys(new_key(), key), "token").client == "sam"


@pytest.mark.parametrize("value", ["good", ["walk", "talk"], "their own words", 7, None])
def test_an_answer_comes_back(memory, value):
    row = {"clinic_id": "riverside", "subject": "client:sam", "flow": "check_in", "version": "v", "sensitive": True}
    with memory.open() as connection:
        answers.save(connection, memory.cipher, [
            {**row, "id": 2, "state": "more", "at": memory.later(seconds=1), "value": "later"},
            {**row, "id": 1, "state": "mood", "at": memory.now, "value": value},
            {**row, "id": 3, "state": "mood", "at": memory.now, "value": "x", "subject": "client:kim"},
        ])  # fmt: skip
        assert answers.of(connection, memory.cipher, "riverside", "client:sam") == [
            (memory.now, "check_in", "mood", value), (memory.later(seconds=1), "check_in", "more", "later"),
        ]  # fmt: skip


def test_consents_and_notes_are_kept(memory):
    row = {"clinic_id": "riverside", "id": 1, "subject": "client:sam", "at": memory.now}
    with memory.open() as connection:
        answers.consent(connection, [{**row, "text": "privacy", "version": "v", "locale": "en", "given": False}])
        answers.note(connection, [{**row, "why": "concern", "inbox_id": 5}])
    assert [(each["text"], each["given"]) for each in memory.rows(consents)] == [("privacy", False)]
    assert [(each["why"], each["inbox_id"], each["read_at"]) for each in memory.rows(notes)] == [("concern", 5, None)]


def test_F25_the_front_desk_sees_what_was_left_for_it(memory):
    details = {"name": "Sam Example", "phone": "+44 20 7946 0000"}
    with memory.open() as connection:
        answers.contact(connection, memory.cipher, "riverside", 1, "appointment", details, memory.now)
        assert answers.contact_of(connection, memory.cipher, "harbour", 1) is None
        left = answers.contact_of(connection, memory.cipher, "riverside", 1)
    assert left == (memory.now, "appointment", details)


def test_the_log_is_told_in_order(memory):
    row = {"clinic_id": "riverside", "subject": "client:sam", "by": "U0AMARI", "detail": "{}", "at": memory.now}
    with memory.open() as connection:
        audit.write(connection, [{**row, "id": 2, "action": "wrote"}, {**row, "id": 1, "action": "revealed"}])
        audit.write(connection, [{**row, "id": 3, "action": "revealed", "clinic_id": "harbour"}])
        assert [action for _, _, action, _ in audit.of(connection, "riverside")] == ["revealed", "wrote"]


def test_the_last_good_pack_is_the_one_to_fall_back_to(memory):
    with memory.open() as connection:
        versions.keep_pack(connection, "riverside", {"clinic.yaml": "old"}, memory.now)
        versions.keep_pack(connection, "riverside", {"clinic.yaml": "new ñ"}, memory.now)
        versions.keep_pack(connection, "harbour", {}, memory.now)
        assert versions.last_good(connection) == {"riverside": {"clinic.yaml": "new ñ"}, "harbour": {}}


def test_H20_a_flow_version_never_changes(memory):
    with memory.open() as connection:
        versions.keep_flows(connection, "riverside", {"v1": ("check_in", "first")}, memory.now)
        versions.keep_flows(connection, "riverside", {"v1": ("check_in", "other"), "v2": ("check_in", "b")}, memory.now)
        versions.keep_flows(connection, "harbour", {"v1": ("check_in", "theirs")}, memory.now)
        versions.keep_flows(connection, "harbour", {}, memory.now)
        assert versions.flows_of(connection, "riverside") == {"v1": "first", "v2": "b"}
        assert versions.flows_of(connection, "harbour") == {"v1": "theirs"}


def test_a_pack_s_hash_tells_its_content_whatever_the_order():
    assert versions.pack_hash({"a": "1", "b": "2"}) == versions.pack_hash({"b": "2", "a": "1"})
    assert versions.pack_hash({"a": "1"}) != versions.pack_hash({"a": "2"})


def _invite(memory, token, client="sam"):
    with memory.open() as connection:
        invitations.add(connection, memory.cipher, "riverside", client, token, memory.now, memory.later(days=7))


def _find(memory, token):
    with memory.open() as connection:
        return invitations.find(connection, memory.cipher, [("riverside", token)])["riverside", token]
