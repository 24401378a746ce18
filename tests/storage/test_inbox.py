"""The inbox: every event is stored once, and taken in the order that a person would expect."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from storage import inbox, watch
from storage.ids import Ids
from storage.tables import conversations
from storage.tables import inbox as events


def test_an_event_comes_out_as_it_went_in(memory):
    memory.arrive(memory.arrival("1", body={"text": "¿Qué tal? 🙂", "step": 3}, chat=7, kind="ButtonPressed"))
    (due,) = memory.due()
    assert (due.clinic, due.subject, due.source, due.external_id, due.kind, due.chat) == (
        "riverside", "client:sam", "telegram", "1", "ButtonPressed", 7,
    )  # fmt: skip
    assert due.body == {"text": "¿Qué tal? 🙂", "step": 3}
    assert due.received_at == due.due_at == memory.now
    assert due.received_at.tzinfo is UTC
    assert (due.attempts, due.screened) == (0, False)


def test_H12_a_repeated_update_is_stored_once(memory):
    first, second = memory.arrival("1"), memory.arrival("2")
    assert memory.arrive(first, second, first) == 2
    assert memory.arrive(first) == 0
    assert memory.names() == ["1"]


def test_H12_an_update_is_known_as_a_double_after_it_was_dealt_with(memory):
    memory.arrive(memory.arrival("1"))
    memory.finish(*memory.due())
    assert memory.arrive(memory.arrival("1")) == 0
    assert memory.due() == []


@pytest.mark.parametrize("other", [{"clinic": "harbour"}, {"source": "web"}, {"origin": "bot2"}])
def test_the_same_number_from_elsewhere_is_another_event(memory, other):
    assert memory.arrive(memory.arrival("1"), memory.arrival("1", **other)) == 2


def test_H12_two_events_with_one_row_id_are_never_taken_for_doubles(memory):
    class Stuck(Ids):
        def new(self, after=0):
            return 1

    memory.arrive(memory.arrival("1", source="web"))
    with pytest.raises(IntegrityError), memory.open() as connection:
        inbox.accept(connection, memory.cipher, Stuck(), [memory.arrival("2"), memory.arrival("3")])


def test_people_go_before_timers_and_the_older_before_the_newer(memory):
    memory.arrive(memory.arrival("new", "client:new", 30), memory.arrival("old", "client:old", 10))
    memory.set(
        memory.timer("nudge", memory.later(seconds=-500), "client:quiet"),
        memory.timer("ladder", memory.later(seconds=20), "client:alert", ladder=True),
    )
    assert memory.names() == ["old", "ladder", "new", "nudge"]
    assert memory.names(limit=2) == ["old", "ladder"]


def test_what_is_not_due_yet_waits(memory):
    memory.set(memory.timer("nudge", memory.later(hours=2)))
    assert memory.due(memory.later(hours=1)) == []
    assert memory.names(memory.later(hours=2)) == ["nudge"]


def test_one_client_s_events_are_taken_one_at_a_time_in_order(memory):
    memory.arrive(*(memory.arrival(name, after=n) for n, name in enumerate(["a", "b", "c"])))
    memory.set(memory.timer("nudge", memory.later(seconds=-60)))
    taken = []
    while due := memory.due():
        taken += [each.external_id for each in due]
        memory.finish(*due)
    assert taken == ["a", "b", "c", "nudge"]


def test_events_of_the_same_moment_keep_the_order_of_their_arrival(memory):
    memory.arrive(*(memory.arrival(name) for name in ["z", "y", "x"]))
    assert memory.names() == ["z"]


def test_a_flood_from_one_client_does_not_keep_the_others_waiting(memory):
    memory.arrive(*(memory.arrival(f"flood{n}", "client:loud") for n in range(100)), memory.arrival("calm", after=1))
    memory.arrive(memory.arrival("calm too", "client:kim", after=2))
    assert memory.names(limit=50) == ["flood0", "calm", "calm too"]


def test_H17_two_clinics_with_the_same_subject_stay_apart(memory):
    memory.arrive(memory.arrival("here"), memory.arrival("there", clinic="harbour"))
    assert {(due.clinic, due.external_id) for due in memory.due()} == {("riverside", "here"), ("harbour", "there")}
    with memory.open() as connection:
        (only,) = inbox.oldest(connection, memory.cipher, memory.now, [("harbour", "client:sam")])
    assert only.external_id == "there"


def test_a_subject_that_another_process_holds_is_passed_over(postgresql_memory):
    memory = postgresql_memory
    memory.arrive(
        memory.arrival("1", "client:a"), memory.arrival("2", "client:b", 1), memory.arrival("3", "client:c", 2)
    )
    with memory.open() as first, memory.open() as second:
        assert inbox.claim(first, memory.later(hours=1), 1) == [("riverside", "client:a")]
        assert inbox.claim(second, memory.later(hours=1), 1) == [("riverside", "client:b")]
        assert inbox.hold(first, ("riverside", "client:c"))
        assert not inbox.hold(second, ("riverside", "client:c"))
        assert inbox.claim(second, memory.later(hours=1), 9) == [("riverside", "client:b")]
    assert len(memory.due()) == 3


def test_H04_the_door_does_not_wait_for_a_turn_of_the_same_client(postgresql_memory):
    memory = postgresql_memory
    memory.arrive(memory.arrival("1"))
    with memory.open() as turn:
        inbox.claim(turn, memory.later(hours=1), 9)
        turn.execute(conversations.update().values(version=1))
        with memory.open() as door:
            door.exec_driver_sql("SET LOCAL lock_timeout = '2s'")
            assert inbox.accept(door, memory.cipher, memory.ids, [memory.arrival("2", after=1)]) == 1


def test_a_timer_carries_its_name_and_token(memory):
    memory.set(memory.timer("remind", memory.now, token=5))
    (due,) = memory.due()
    assert (due.kind, due.source, due.body) == ("TimerFired", "timer", {"timer": "remind", "token": 5})


def test_setting_a_timer_again_moves_it(memory):
    memory.set(memory.timer("remind", memory.later(hours=1)))
    memory.set(memory.timer("remind", memory.later(hours=3), token=2), memory.timer("other", memory.later(hours=5)))
    assert memory.due(memory.later(hours=2)) == []
    assert [due.token for due in memory.due(memory.later(hours=3))] == [2]


def test_of_one_timer_set_twice_at_once_the_last_counts(memory):
    memory.set(memory.timer("remind", memory.later(hours=1)), memory.timer("remind", memory.later(hours=9)))
    assert memory.due(memory.later(hours=2)) == []


def test_a_timer_that_has_fired_can_be_set_again(memory):
    memory.set(memory.timer("nudge", memory.now))
    memory.finish(*memory.due())
    memory.set(memory.timer("nudge", memory.later(minutes=5)))
    assert memory.names() == ["nudge"]


@pytest.mark.parametrize("minutes", [0, 15])
def test_H02_a_ladder_timer_set_anew_while_it_fires_is_not_ended_with_its_old_self(memory, minutes):
    memory.set(memory.timer("ladder", memory.now, ladder=True))
    (fired,) = memory.due()
    memory.set(memory.timer("ladder", memory.later(minutes=minutes), ladder=True, token=1))
    memory.finish(fired)
    (again,) = memory.due()
    assert again.token == 1
    assert again.id != fired.id


def test_a_timer_of_somebody_who_never_wrote_fires_too(memory):
    memory.set(memory.timer("digest", memory.now, subject="clinic:riverside"))
    assert memory.names() == ["digest"]


def test_a_cancelled_timer_does_not_fire(memory):
    memory.set(*(memory.timer(name, memory.now) for name in ("nudge", "ladder")))
    _cancel(memory, "nudge")
    assert memory.names() == ["ladder"]


def test_a_star_cancels_every_timer_of_that_client_that_begins_so(memory):
    mine = ("remind:1", "remind:2", "remind_me", "re%", "other")
    memory.set(*(memory.timer(name, memory.now) for name in mine), memory.timer("remind:1", memory.now, "client:kim"))
    _cancel(memory, "remind:*", "re%*")
    assert _left(memory) == {("client:sam", "remind_me"), ("client:sam", "other"), ("client:kim", "remind:1")}


def test_a_step_that_failed_waits_and_the_next_event_does_not(memory):
    memory.arrive(memory.arrival("bad"), memory.arrival("next", after=5))
    (bad,) = memory.due()
    with memory.open() as connection:
        inbox.set_aside(connection, memory.now, bad, memory.later(hours=1), "KeyError")
    (following,) = memory.due(memory.later(minutes=1))
    assert following.external_id == "next"
    memory.finish(following)
    (again,) = memory.due()
    assert (again.external_id, again.attempts, again.screened) == ("bad", 1, True)


def test_H01_a_text_that_nobody_screened_is_noticed(memory):
    memory.arrive(
        memory.arrival("seen", "client:a"), memory.arrival("unseen", "client:b"), memory.arrival("put off", "client:c"),
        memory.arrival("tap", "client:d", kind="ButtonPressed"), memory.arrival("fresh", "client:e", after=59),
    )  # fmt: skip
    memory.set(memory.timer("nudge", memory.now))
    by_name = {due.external_id: due for due in memory.due()}
    with memory.open() as connection:
        inbox.set_aside(connection, memory.now, by_name["seen"], memory.later(hours=1), "KeyError")
        inbox.postpone(connection, by_name["put off"], memory.later(hours=1), "DatabaseError")
        late = watch.unscreened(connection, memory.later(seconds=30))
    assert sorted(subject for _, subject, _ in late) == ["client:b", "client:c"]


def test_the_next_due_time_is_the_earliest_of_all(memory):
    with memory.open() as connection:
        assert inbox.next_due(connection) is None
    memory.set(memory.timer("nudge", memory.later(hours=3)), memory.timer("ladder", memory.later(hours=4), ladder=True))
    with memory.open() as connection:
        assert inbox.next_due(connection) == memory.later(hours=3)
    memory.arrive(memory.arrival("1"))
    with memory.open() as connection:
        assert inbox.next_due(connection) == memory.now


def test_what_was_said_can_be_read_again_by_its_rows(memory):
    memory.arrive(memory.arrival("first"), memory.arrival("second", after=1), memory.arrival("x", clinic="harbour"))
    rows = [row["id"] for row in memory.rows(events) if row["clinic_id"] == "riverside"]
    with memory.open() as connection:
        said = inbox.texts(connection, memory.cipher, "riverside", sorted(rows, reverse=True))
    assert said == [(memory.now, "first"), (memory.now + timedelta(seconds=1), "second")]


def test_H02_who_has_a_ladder_timer_waiting_is_known(memory):
    memory.set(*(memory.timer("ladder", memory.now, subject, ladder=True) for subject in ("client:sam", "client:kim")))
    _cancel(memory, "ladder")
    with memory.open() as connection:
        assert watch.timed(connection, "ladder") == {("riverside", "client:kim")}


def test_H01_who_is_just_joining_is_known_until_their_turn(memory):
    opened = {"kind": "LinkOpened", "body": {"holder": ""}}
    memory.arrive(
        memory.arrival("1", "client:a", chat=7, **opened), memory.arrival("2", "client:b", chat=7, after=1, **opened),
        memory.arrival("3", "client:c", chat=8, **opened), memory.arrival("4", "client:d", chat=9),
    )  # fmt: skip
    memory.finish(*(due for due in memory.due() if due.subject == "client:c"))
    with memory.open() as connection:
        chats = [("riverside", 7), ("riverside", 8), ("riverside", 9), ("harbour", 7)]
        assert inbox.joining(connection, chats) == {("riverside", 7): "client:b"}
        assert inbox.joining(connection, []) == {}


def _cancel(memory, *names):
    with memory.open() as connection:
        inbox.cancel_timers(connection, memory.now, [("riverside", "client:sam", name) for name in names])


def _left(memory):
    return {(row["subject"], row["external_id"]) for row in memory.rows(events) if row["done_at"] is None}
