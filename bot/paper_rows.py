"""Papers become rows: a client's note, a stranger's details; each is announced to whom it is for, with no content."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.desk import papers
from bot.desk.blocks import View
from bot.desk.papers import Answered
from bot.stage import Stage
from flows import effects as e
from flows.actions import CHECK_IN, FLOW
from flows.effects import CLASSES
from flows.escalation import slack_of
from storage import answers, inbox, measures

ANNOUNCED = {"for_clinician": "desk.note_for_clinician", FLOW: "desk.note_left"}  # by how the reason begins
AROUND = timedelta(days=3)  # how far back the answers of a check-in belong to its note
ALERT = CLASSES.index("alert")


def _note(stage: Stage, effect: e.LeaveNote) -> None:
    row = stage.row(subject=stage.subject.id, why=effect.why, inbox_id=effect.text)
    stage.rows.notes.append(row)
    client, address = stage.subject.client, _clinician(stage)
    assert client is not None
    text = next((text for begin, text in ANNOUNCED.items() if effect.why.startswith(begin)), "desk.note_grey")
    _announce(stage, address, papers.announced(stage.pack, text, f"note:{row['id']}", client.alias))


def _measure(stage: Stage, effect: e.SaveMeasure) -> None:
    result = {"answers": dict(effect.answers), "total": effect.total, "change": effect.change}
    row = stage.row(subject=stage.subject.id, instrument=effect.instrument, version=effect.version,
                    locale=effect.locale, result=result)  # fmt: skip
    stage.rows.measures.append(row)
    client = stage.subject.client
    assert client is not None
    text = "desk.measure_worse" if effect.change == "worse" else "desk.measure_done"
    _announce(stage, _clinician(stage), papers.announced(stage.pack, text, f"measure:{row['id']}", client.alias))


def _clinician(stage: Stage) -> str:
    """Where the client's own clinician, or whoever stands in, reads; the team's channel where that is nowhere."""
    client, world = stage.subject.client, stage.pack.world
    assert client is not None
    return slack_of(world.clinic, client.clinician, world.away) or f"slack:{world.clinic.team_channel}"


def _candidate(stage: Stage, effect: e.KeepCandidate) -> None:
    events = effect.events
    if effect.paper:
        found = answers.note_of(stage.connection, stage.clinic, int(effect.paper.partition(":")[2]))
        events = (found[2],) if found else ()
    for event in events:
        stage.rows.candidates.append(stage.row(inbox_id=event, kind=effect.kind, reason=effect.reason, by=effect.by))


def _contact(stage: Stage, effect: e.KeepContact) -> None:
    row = stage.store.ids.new()
    stage.rows.contacts.append((stage.clinic, row, effect.reason, {"name": effect.name, "phone": effect.phone}))
    clinic = stage.pack.world.clinic
    address = f"slack:{clinic.front_desk_channel or clinic.team_channel}"
    _announce(stage, address, papers.announced(stage.pack, f"desk.contact_{effect.reason}", f"contact:{row}"))


def _announce(stage: Stage, address: str, body: Mapping[str, Any]) -> None:
    stage.post("post", body, channel="slack", chat=address, rank=ALERT)


def shown(stage: Stage, paper: str) -> View:
    """The dialog with a paper's content; the access is written down by the same commit."""
    kind, _, number = paper.partition(":")
    return _SHOWN[kind](stage, int(number))


def _show_note(stage: Stage, number: int) -> View:
    found = answers.note_of(stage.connection, stage.clinic, number)
    client = stage.subject.client
    assert client is not None
    assert found is not None
    _subject, at, row, why = found
    texts = inbox.texts(stage.connection, stage.store.cipher, stage.clinic, [row])
    kept = answers.of(stage.connection, stage.store.cipher, stage.clinic, stage.subject.id)
    flow, began = _about(why)
    first = began or at - AROUND
    around = [Answered(*each) for each in kept if each[1] == flow and first <= each[0] <= at]
    said = "" if why.startswith(FLOW) else texts[0][1] if texts else ""
    return papers.note(stage.pack, client, at, said, around)


def _about(why: str) -> tuple[str, datetime | None]:
    """The flow whose answers belong to a note, and when that conversation began."""
    if not why.startswith(FLOW):
        return CHECK_IN, None
    flow, _, began = why.removeprefix(FLOW).partition(":")
    return flow, datetime.fromtimestamp(int(began), UTC) if began else None


def _show_measure(stage: Stage, number: int) -> View:
    client, found = stage.subject.client, measures.get(stage.connection, stage.store.cipher, stage.clinic, number)
    assert client is not None
    assert found is not None
    return papers.measure(stage.pack, client, found.at, found.instrument, found.answers, found.total)


def _show_contact(stage: Stage, number: int) -> View:
    found = answers.contact_of(stage.connection, stage.store.cipher, stage.clinic, number)
    assert found is not None
    return papers.contact(stage.pack, *found)


_SHOWN: Mapping[str, Callable[[Stage, int], View]] = {
    "note": _show_note,
    "contact": _show_contact,
    "measure": _show_measure,
}

# effect -> what it becomes
PAPERS: Mapping[type, Callable[[Stage, Any], None]] = {
    e.LeaveNote: _note,
    e.SaveMeasure: _measure,
    e.KeepContact: _contact,
    e.KeepCandidate: _candidate,
}
