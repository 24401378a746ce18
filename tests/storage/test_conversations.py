"""Conversations and clients come back exactly as they were, and nobody overwrites what another has written."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest

from flows.conversation import Asked, Client, Conversation, Frame, Heard, Subject
from storage import alerts, clients, conversations
from storage.errors import ConflictError

MOMENT = datetime(2026, 3, 2, 9, 59, 59, 123457, tzinfo=UTC)
FRAME = Frame("check_in", "0123456789abcdef", "mood", {"mood": "low", "words": "naïve 🙂", "scores": [1, 2.5, None]})
FULL = Conversation(
    frames=(FRAME, Frame("safety", "fedcba9876543210", "ask", {}, aside=True)),
    step=7,
    question=1 << 60,
    mode="handoff",
    heard=(Heard(MOMENT, "first"), Heard(MOMENT + timedelta(microseconds=1), "second", 1 << 61)),
    asked=(Asked(6, "safety", "fedcba9876543210", "start"), Asked(7, "safety", "fedcba9876543210", "plan", done=True)),
    seen_at=MOMENT,
    numbers_at=MOMENT + timedelta(days=1),
    gentle_at=MOMENT + timedelta(days=4),
    unread_at=MOMENT + timedelta(days=3),
    nudged_at=MOMENT + timedelta(days=5),
    waiting_since=MOMENT + timedelta(hours=1),
    channel="telegram",
    last_message=(1 << 62) + 1,
)
PERSON = Client(
    id="a1b2", name="Sam Example", clinician="amari", status="paused", locale="es_MX", zone="America/Mexico_City",
    country="MX", chat=1 << 61, reachable=False, phone="+52 55 5555 0100", emergency_contact="Kim, a sister", age=34,
    paused_until=MOMENT, interpreter=True, counters={"missed": 2, "credits": 1},
    kept={"goal": "Swim", "questions": ["one", "two"]}, plans={"check_in": {"at": "18:30", "days": ["mon"]}},
)  # fmt: skip


def test_every_field_of_a_conversation_comes_back(memory):
    assert not {name for name, value in FULL._field_defaults.items() if getattr(FULL, name) == value}, (
        "the example must set every field, or nothing is proved"
    )
    _save(memory, FULL)
    assert _load(memory).subject.conversation == FULL


def test_an_empty_conversation_comes_back_empty(memory):
    _save(memory, FULL)
    _save(memory, Conversation())
    assert _load(memory).subject.conversation == Conversation()


@pytest.mark.parametrize("micro", range(0, 1_000_000, 111_111))
def test_times_come_back_to_the_microsecond(micro):
    moment = MOMENT.replace(microsecond=micro)
    written = conversations.write(Conversation(seen_at=moment, heard=(Heard(moment, ""),)))
    assert conversations.read(written) == Conversation(seen_at=moment, heard=(Heard(moment, ""),))


def test_every_field_of_a_client_comes_back(memory):
    assert _defaults(PERSON) == set()
    with memory.open() as connection:
        clients.add(connection, memory.cipher, "riverside", replace(PERSON, name="Other", counters={}), memory.now)
        clients.save(connection, memory.cipher, [("riverside", PERSON)])
        assert clients.get(connection, memory.cipher, "riverside", "a1b2") == PERSON
        assert clients.get(connection, memory.cipher, "harbour", "a1b2") is None
        (loaded,) = conversations.load(connection, memory.cipher, [("riverside", "client:a1b2")]).values()
    assert loaded.subject == Subject("client:a1b2", PERSON, Conversation(), None, PERSON.chat)


def test_a_client_comes_with_the_open_case_and_never_with_a_closed_one(memory):
    sam = memory.client()
    case = memory.alert(9, texts=(1, 2))
    with memory.open() as connection:
        alerts.add(connection, memory.now, [("riverside", "client:sam", case), ("harbour", "client:sam", case)])
    assert _load(memory).subject == Subject("client:sam", sam, Conversation(), case, 0)
    with memory.open() as connection:
        alerts.save(connection, memory.now, [("riverside", replace(case, status="resolved"))])
    assert _load(memory).subject.alert is None


def test_somebody_unknown_has_a_conversation_and_a_chat(memory):
    memory.arrive(memory.arrival("1", "chat:42"), memory.arrival("2", "staff:U0AMARI"))
    assert _load(memory, "chat:42").subject == Subject("chat:42", chat=42)
    assert _load(memory, "staff:U0AMARI").subject == Subject("staff:U0AMARI")


def test_H17_a_conversation_is_loaded_for_its_own_clinic_only(memory):
    memory.arrive(memory.arrival("1"), memory.arrival("2", clinic="harbour"))
    _save(memory, FULL)
    with memory.open() as connection:
        wanted = [("riverside", "client:sam"), ("harbour", "client:sam"), ("nowhere", "client:sam")]
        found = conversations.load(connection, memory.cipher, wanted)
    assert {key: each.subject.conversation for key, each in found.items()} == {
        wanted[0]: FULL,
        wanted[1]: Conversation(),
    }


def test_a_change_over_somebody_else_s_change_is_refused(memory):
    memory.arrive(memory.arrival("1"), memory.arrival("2", "client:kim"))
    mine, kim = _load(memory), _load(memory, "client:kim")
    _save(memory, FULL)
    with pytest.raises(ConflictError, match=r"^1 conversations"), memory.open() as connection:
        conversations.save(connection, memory.cipher, memory.now, [mine, kim])
    assert _load(memory).subject.conversation == FULL
    assert (_load(memory).version, _load(memory, "client:kim").version) == (1, 0)


def _load(memory, subject="client:sam"):
    with memory.open() as connection:
        return conversations.load(connection, memory.cipher, [("riverside", subject)])["riverside", subject]


def _save(memory, conversation):
    memory.arrive(memory.arrival("1"))
    loaded = _load(memory)
    changed = replace(loaded, subject=loaded.subject._replace(conversation=conversation))
    with memory.open() as connection:
        conversations.save(connection, memory.cipher, memory.now, [changed])


def _defaults(value):
    """The fields that stand at their default."""
    return {each.name for each in fields(value) if getattr(value, each.name) == each.default}
