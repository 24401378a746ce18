"""What staff do to a case from Slack: who may, what each act changes, and what everybody sees of it."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from flows import handoff, papers, safety
from flows.casework import UNREACHED, notify, settled
from flows.effects import Audit, CancelTimer, FillDialog, KeepCandidate, ListAlerts, LogAlert, PostToThread, TellStaff
from flows.escalation import Alert, Status, rest, slack_of
from flows.events import StaffActed
from flows.step import Step

OUTCOMES = ("safe_plan_agreed", "session_booked", "emergency_services", "hospital", "supported_by_others", "other")
REASONS = ("idiom", "past", "third_person", "quotation", "misread", "test", "other")
DIALOGS = ("reveal", "resolve", "false_alarm", "hand_over", "write")


def acted(step: Step, event: StaffActed) -> None:
    """One act of one person: checked, done, written down; or explained."""
    clinic = step.world.clinic
    who = clinic.by_slack(event.by)
    if event.action == "alerts":
        _list(step, event, who)
    elif event.action == papers.READ:
        papers.read(step, event)
    elif event.action == papers.MISSED:
        papers.missed(step, event)
    elif event.action == "help":
        _tell(step, event, "card.help", {})
    elif refusal := _refused(step, event, who):
        step.do(Audit(f"refused_{event.action}", who or f"slack:{event.by}", {"case": event.case}))
        _tell(step, event, refusal, {"number": event.case, "slack_user": event.by})
    else:
        ACTS[event.action](step, event, who)


def _list(step: Step, event: StaffActed, who: str) -> None:
    person = step.world.clinic.person(who)
    if person is None:
        _tell(step, event, "desk.not_linked", {"slack_user": event.by})
    elif person.role == "front_desk":
        _tell(step, event, "desk.not_allowed", {"number": event.case})
    else:
        step.do(ListAlerts(event.by, event.channel))


def _refused(step: Step, event: StaffActed, who: str) -> str:
    """Why this person may not do this now: a text id, "" where they may."""
    alert, person = step.subject.alert, step.world.clinic.person(who)
    if person is None:
        return "desk.not_linked"
    if event.action not in ACTS:
        return "desk.unknown_action"
    if alert is None or alert.number != event.case:
        return "desk.no_such_case" if event.case else "card.which_case"
    if person.role == "front_desk" or not _was_told(step, alert, event, who):
        return "desk.not_allowed"
    return "desk.stale" if alert.closed else ""


def _was_told(step: Step, alert: Alert, event: StaffActed, who: str) -> bool:
    clinic, away = step.world.clinic, step.world.away
    told = {t.recipient for t in alert.told}
    team = f"slack:{clinic.team_channel}" in told
    in_team = event.channel == clinic.team_channel or who in away.team
    return bool(told & {f"slack:{event.by}", f"email:{who}", f"webhook:{who}"}) or (team and in_team)


def _tell(step: Step, event: StaffActed, text: str, values: Mapping[str, object]) -> None:
    step.do(TellStaff(event.by, text, values, event.channel, event.dialog))


def _name(step: Step, slug: str) -> str:
    person = step.world.clinic.person(slug)
    return person.name if person else slug


def _advance(step: Step, who: str, status: Status, outcome: str = "") -> None:
    """Move the case, write it on the time line, rest the ladder until the next deadline."""
    alert = step.subject.alert
    assert alert is not None
    moved = replace(alert, status=status, owner=who, outcome=outcome, reached=True)  # whoever acts knows of it
    step.do(LogAlert(status, who), CancelTimer(UNREACHED))
    step.do(PostToThread(f"desk.did_{status}", {"who": _name(step, who)}))
    settled(step, rest(step.world.clinic, moved, step.at))


def _acknowledge(step: Step, event: StaffActed, who: str) -> None:
    alert = step.subject.alert
    if alert and alert.status != "open":
        values = {"number": alert.number, "who": _name(step, alert.owner)}
        _tell(step, event, "desk.already", values)
        return
    _advance(step, who, "acknowledged")
    if alert and alert.alone:
        return  # told once the client has tapped that they read alone
    step.say("crisis.acknowledged", {"clinician_name": _name(step, who)}, kind="safety", apart=True)


def _take_over(step: Step, event: StaffActed, who: str) -> None:
    alert = step.subject.alert
    if alert and alert.status == "taken_over" and handoff.active(step):
        _tell(step, event, "desk.already", {"number": alert.number, "who": _name(step, alert.owner)})
        return
    _advance(step, who, "taken_over")
    handoff.begin(step)


def _contact_made(step: Step, event: StaffActed, who: str) -> None:
    _once(step, event, who, "contact_made")


def _no_answer(step: Step, event: StaffActed, who: str) -> None:
    _once(step, event, who, "no_answer")


def _once(step: Step, event: StaffActed, who: str, status: Status) -> None:
    alert = step.subject.alert
    if alert and (alert.status, alert.owner) == (status, who):
        _tell(step, event, "desk.already", {"number": alert.number, "who": _name(step, who)})
    else:
        _advance(step, who, status)


def _close(step: Step, event: StaffActed, who: str, status: Status, key: str, known: tuple[str, ...]) -> None:
    value = event.values.get(key, "")
    if value not in known:
        _tell(step, event, "desk.choose_one", {"number": event.case})
        return
    step.do(LogAlert(key, who, {key: value}))
    step.do(CancelTimer(handoff.UNANSWERED))
    _advance(step, who, status, value)
    handoff.end(step, say=False)
    step.say("crisis.closed", {"clinician_name": _name(step, who)}, kind="safety", apart=True)
    safety.over(step)


def _resolve(step: Step, event: StaffActed, who: str) -> None:
    _close(step, event, who, "resolved", "outcome", OUTCOMES)


def _false_alarm(step: Step, event: StaffActed, who: str) -> None:
    alert = step.subject.alert
    _close(step, event, who, "false_alarm", "reason", REASONS)
    if alert and step.alert is None:
        step.do(KeepCandidate("false_alarm", who, event.values.get("reason", ""), alert.texts))


def _hand_over(step: Step, event: StaffActed, who: str) -> None:
    to = event.values.get("to", "")
    address = slack_of(step.world.clinic, to, step.world.away)
    if not address or to == who or to not in step.world.clinic.staff:
        _tell(step, event, "desk.hand_over_to_nobody", {"number": event.case})
        return
    alert = step.subject.alert
    assert alert is not None
    step.do(LogAlert("handed_over", who, {"to": to}))
    step.do(PostToThread("desk.did_hand_over", {"who": _name(step, who), "to": _name(step, to)}))
    notify(step, address, "handed_over")
    assert step.subject.alert is not None
    open_again = replace(step.subject.alert, status="acknowledged", owner=to)
    settled(step, replace(rest(step.world.clinic, open_again, step.at), status="open"))


def _write(step: Step, event: StaffActed, who: str) -> None:
    text = event.values.get("text", "").strip()
    if not text:
        _tell(step, event, "desk.write_something", {"number": event.case})
        return
    alert = step.subject.alert
    assert alert is not None
    if not handoff.active(step) or alert.status in ("open", "acknowledged"):
        _take_over(step, event, who)  # whoever writes has it, also after it was opened again
    handoff.wrote(step, who, text)
    if not step.client.reachable:
        _tell(step, event, "card.unreachable", {})
    assert step.subject.alert is not None
    settled(step, rest(step.world.clinic, step.subject.alert, step.at))


def _hand_back(step: Step, event: StaffActed, who: str) -> None:
    if not handoff.active(step):
        _tell(step, event, "desk.not_taken_over", {"number": event.case})
        return
    step.do(LogAlert("handed_back", who), PostToThread("desk.did_hand_back", {"who": _name(step, who)}))
    handoff.end(step)


def _dialog(what: str) -> Callable[[Step, StaffActed, str], None]:
    def act(step: Step, event: StaffActed, who: str) -> None:
        step.do(Audit(f"opened_{what}", who, {"case": event.case}))
        if event.dialog:
            step.do(FillDialog(event.dialog, what, event.case, event.channel))
        else:
            _tell(step, event, "desk.press_again", {"number": event.case})

    return act


# what a press, reaction, reply, command or dialog may ask for
ACTS: Mapping[str, Callable[[Step, StaffActed, str], None]] = {
    "acknowledge": _acknowledge,
    "take_over": _take_over,
    "contact_made": _contact_made,
    "no_answer": _no_answer,
    "hand_back": _hand_back,
    "resolved": _resolve,
    "false_alarmed": _false_alarm,
    "handed_over": _hand_over,
    "wrote": _write,
    **{what: _dialog(what) for what in DIALOGS},
}
