"""Cases: a number is never given twice, a client has one open case, and everything about it comes back."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from flows.escalation import Alert, Told
from storage import alerts, versions


def full(memory):
    told = (
        Told("slack:U0AMARI", memory.now, 77, delivered=True),
        Told("email:amari", memory.later(seconds=1), failed=True),
    )
    return Alert(
        id=1 << 60, number=4, tier="imminent", category="suicide.plan", soon="now", opened_at=memory.now,
        urgent_at=memory.later(seconds=9), status="taken_over", owner="U0AMARI", assigned="amari", rung=2, repeats=3,
        next_at=memory.later(minutes=15), token=11, told=told, texts=(1, 1 << 60), reached=True, since=1.5, alone=True,
        callback=True,
        notes=("quiet", "asked"), outcome="other",
    )  # fmt: skip


def test_every_field_of_a_case_comes_back(memory):
    case = full(memory)
    assert [each.name for each in fields(case) if getattr(case, each.name) == each.default] == []
    _add(memory, case)
    assert _open(memory) == [("riverside", "client:sam", case)]
    changed = replace(case, status="acknowledged", tier="high", next_at=None, told=case.told[:1], texts=())
    _save(memory, changed)
    assert _open(memory) == [("riverside", "client:sam", changed)]


def test_numbers_go_on_where_the_clinic_stopped(memory):
    with memory.open() as connection:
        versions.keep_pack(connection, "riverside", {}, memory.now)
        assert list(alerts.next_numbers(connection, "riverside", 2)) == [1, 2]
        assert list(alerts.next_numbers(connection, "riverside", 1)) == [3]
        assert list(alerts.next_numbers(connection, "harbour", 1)) == [1], "a clinic without a row gets its numbers too"


def test_two_processes_never_give_the_same_number(postgresql_memory, meanwhile):
    with postgresql_memory.open() as connection:
        alerts.next_numbers(connection, "riverside", 1)
    with postgresql_memory.open() as first:
        mine = alerts.next_numbers(first, "riverside", 2)
        finish = meanwhile(lambda second: alerts.next_numbers(second, "riverside", 2))
    assert (list(mine), list(finish())) == ([2, 3], [4, 5])


def test_H05_a_client_has_one_open_case_at_most(memory):
    _add(memory, memory.alert(1, 1))
    with pytest.raises(IntegrityError):
        _add(memory, memory.alert(2, 2))
    _save(memory, memory.alert(1, 1, status="false_alarm"))
    _add(memory, memory.alert(2, 2))
    _add(memory, memory.alert(3, 1), clinic="harbour")
    assert [(clinic, case.id) for clinic, _, case in _open(memory)] == [("riverside", 2), ("harbour", 3)]
    with memory.open() as connection:
        assert [case.id for _, _, case in alerts.open_cases(connection, "harbour")] == [3]


def test_a_case_is_found_by_its_number_when_it_is_closed_too(memory):
    closed = memory.alert(1, 7, status="resolved")
    _add(memory, closed)
    with memory.open() as connection:
        found = alerts.by_number(connection, [("riverside", 7), ("riverside", 8), ("harbour", 7)])
        assert alerts.by_number(connection, []) == {}
    assert found == {("riverside", 7): ("client:sam", closed)}


def test_the_history_of_a_case_is_told_in_order(memory):
    row = {"clinic_id": "riverside", "alert_id": 5, "by": "U0AMARI", "at": memory.now}
    with memory.open() as connection:
        alerts.log(connection, [
            {**row, "id": 2, "action": "taken_over", "detail": "{}", "at": memory.now + timedelta(seconds=1)},
            {**row, "id": 1, "action": "opened", "detail": '{"tier": "high"}'},
            {**row, "id": 3, "action": "opened", "detail": "{}", "alert_id": 6},
            {**row, "id": 4, "action": "opened", "detail": "{}", "clinic_id": "harbour"},
        ])  # fmt: skip
        assert alerts.history(connection, "riverside", 5) == [
            (memory.now, "opened", "U0AMARI", {"tier": "high"}),
            (memory.later(seconds=1), "taken_over", "U0AMARI", {}),
        ]


def _add(memory, case, clinic="riverside"):
    with memory.open() as connection:
        alerts.add(connection, memory.now, [(clinic, "client:sam", case)])


def _save(memory, case):
    with memory.open() as connection:
        alerts.save(connection, memory.now, [("riverside", case)])


def _open(memory):
    with memory.open() as connection:
        return alerts.open_cases(connection)
