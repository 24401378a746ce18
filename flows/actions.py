"""The closed vocabulary of `do:`. Each action changes the subject or names effects, and may answer with an outcome.

set_zone:
  do: set_zone
  with: {from: zone}
  next: phone
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from flows import keeping, measures, planning, silence
from flows.casework import ask_for_help, note, note_for_next_session, raise_case, unreachable
from flows.conversation import BEGAN
from flows.crisis import numbers_in, passed_on, read_alone
from flows.effects import (
    Audit,
    CancelTimer,
    EraseChat,
    Forget,
    KeepContact,
    RecordConsent,
    SendProgress,
    SendRecord,
    TellFrontDesk,
)
from flows.hours import next_at
from flows.step import Step

Args = Mapping[str, str]
Action = Callable[[Step, Args], str | None]

CHECK_IN = "check_in"  # the timer's name
FLOW = "flow:"  # a note of which this begins the reason is about the answers of a flow
MISSED = "check_ins_missed"
PAUSE_LENGTHS = {"week": timedelta(weeks=1), "month": timedelta(days=30)}


def act(step: Step, name: str, args: Args) -> str | None:
    """Do it. Returns the outcome that the flow branches on, None for a plain action."""
    return ACTIONS[name][0](step, args)


def _saved(step: Step, args: Args) -> Any:
    return step.frame.data.get(args.get("from", ""))


def _set(name: str) -> Action:
    def action(step: Step, args: Args) -> None:
        value = _saved(step, args)
        if value not in (None, ""):
            step.alter(**{name: value})

    return action


def _set_zone(step: Step, args: Args) -> None:
    step.alter(zone=_saved(step, args) or step.client.zone or step.world.clinic.zone)
    plan_check_in(step)


def _record_consent(step: Step, args: Args) -> None:
    frame, text = step.frame, args.get("text", "")
    version = step.world.book.current(text).version if text else frame.version
    given = args.get("given", "yes") == "yes"
    step.do(RecordConsent(text or frame.flow, version, step.locale, given))
    if not given:  # where somebody stands who has not agreed yet: nothing planned comes, /start asks again
        step.alter(status="joining", paused_until=None)
        step.do(CancelTimer(CHECK_IN), CancelTimer("pause_over"))


def _finish_joining(step: Step, _args: Args) -> None:
    zone = step.client.zone or step.world.clinic.zone
    step.alter(status="active", zone=zone)  # a country that nobody has told stays unknown: no number is guessed
    plan_check_in(step)
    measures.plan_measures(step)


def plan_check_in(step: Step) -> None:
    """Set the timer of the next check-in: the clinic's days and hour, on the client's own clock; or the client's own
    days and hour, where they have been agreed."""
    if step.client.status != "active" or "check_in" in step.client.plans:
        return
    plan = step.world.clinic.check_in
    step.timer(CHECK_IN, next_at(step.at, plan.days, plan.at, step.client.zone or step.world.clinic.zone))


def _count(step: Step, args: Args) -> None:
    if step.alert and args["counter"] == MISSED:
        return  # an absence while a case is open never counts
    step.count(args["counter"])


def _pause(step: Step, args: Args) -> None:
    _let_go(step)
    length = PAUSE_LENGTHS.get(str(_saved(step, args)))
    until = step.at + length if length else None
    step.alter(status="paused", paused_until=until)
    step.do(CancelTimer(CHECK_IN))
    planning.rest(step)
    if until:
        step.timer("pause_over", until)


def _let_go(step: Step) -> None:
    """What waits below this flow is not offered again, since the client has just asked for quiet; but a question about
    safety keeps waiting, and its silence counts."""
    *below, top = step.conversation.frames
    step.converse(frames=(*(frame for frame in below if silence.counts(step, frame)), top))


def unpause(step: Step, _args: Args) -> None:
    """Messages from the clinic's plan come again."""
    step.alter(status="active", paused_until=None)
    step.do(CancelTimer("pause_over"))
    plan_check_in(step)
    planning.resume(step)


def _stop(step: Step, _args: Args) -> None:
    _let_go(step)
    if step.client.status != "joining":  # who has not agreed to anything yet can only begin again
        step.alter(status="stopped", paused_until=None)
    step.do(CancelTimer(CHECK_IN), CancelTimer("pause_over"))
    planning.rest(step)
    unreachable(step, "stopped")


def _raise_alert(step: Step, args: Args) -> None:
    if raise_case(step, args["tier"], args["category"]):
        passed_on(step)


def _raise_quietly(step: Step, args: Args) -> None:
    raise_case(step, args["tier"], args["category"])
    read_alone(step)


def _note(step: Step, args: Args) -> None:
    note(step, args["name"])


def _show_numbers(step: Step, args: Args) -> None:
    numbers_in(step, str(_saved(step, args) or step.world.clinic.region))


def _tell_staff(step: Step, args: Args) -> None:
    step.do(TellFrontDesk(f"desk.{args['text']}", {"alias": step.client.alias}))


def _call_back(step: Step, _args: Args) -> None:
    ask_for_help(step)


def _leave_contact(step: Step, _args: Args) -> None:
    data = step.frame.data
    reason = str(data.get("reason", "appointment"))
    step.do(KeepContact(reason, str(data.get("name", "")), str(data.get("phone", ""))))


def _forget(step: Step, _args: Args) -> None:
    step.do(Forget())


def _note_for_staff(step: Step, args: Args) -> None:
    note_for_next_session(step, args.get("why", "note"))


def _send_record(step: Step, _args: Args) -> None:
    step.do(Audit("sent_record", "client"), SendRecord())


def _send_progress(step: Step, _args: Args) -> None:
    step.do(SendProgress())


def _erase_chat(step: Step, _args: Args) -> None:
    """While a case is open nothing is erased: whoever looks at it needs what was said."""
    if not step.alert:
        step.converse(heard=())
        step.do(Audit("erased_chat", "client"), EraseChat())


def _choose(_step: Step, _args: Args) -> None:
    return None


def _share(step: Step, _args: Args) -> None:
    """Only what was said since this conversation began: what was private in an earlier one stays so."""
    note_for_next_session(step, f"{FLOW}{step.frame.flow}:{int(step.frame.data.get(BEGAN, 0))}")


# name -> the action, what it does in a clinician's words, an example
ACTIONS: Mapping[str, tuple[Action, str, str]] = {
    "set_language": (_set("locale"), "speak this language from now on", "with: {from: language}"),
    "set_zone": (_set_zone, "the client's time zone", "with: {from: zone}"),
    "set_phone": (_set("phone"), "the client's phone number", "with: {from: phone}"),
    "set_emergency_contact": (_set("emergency_contact"), "whom to call", "with: {from: emergency_contact}"),
    "set_country": (_set("country"), "the country whose crisis lines are shown", "with: {from: country}"),
    "set_age": (_set("age"), "the client's age in years", "with: {from: age}"),
    "record_consent": (
        _record_consent,
        "keep what was agreed to, with version, time and language",
        "with: {text: confidentiality, given: yes}",
    ),
    "finish_joining": (_finish_joining, "from here on check-ins come", ""),
    "count": (_count, "raise one of the client's counters", "with: {counter: check_ins_done}"),
    "keep": (keeping.keep, "keep something for later conversations", "with: {from: goal, value: x, as: goal}"),
    "add": (
        keeping.add,
        "put something at the end of a kept list",
        "with: {from: question, value: x, as: questions, most: 7, twice: yes}",
    ),
    "drop": (keeping.drop, "keep it no longer", "with: {as: questions}"),
    "recall": (keeping.recall, "have something kept at hand in this conversation", "with: {from: goal, as: goal}"),
    "plan": (
        planning.plan,
        "begin a flow by itself later, once or again and again",
        "with: {flow: sleep, after: 20h, days: saved.days, every: 4w, at: saved.hour}",
    ),
    "unplan": (planning.unplan, "do not begin it by itself any more", "with: {flow: sleep}"),
    "score": (
        measures.score,
        "count a questionnaire, keep it, compare it with the last one",
        "with: {instrument: phq9}",
    ),
    "send_record": (_send_record, "send the client a page with what they told, answered, agreed to and wrote", ""),
    "send_progress": (_send_progress, "send the client a picture of their last weeks", ""),
    "erase_chat": (_erase_chat, "keep the messages of this chat no longer; not while a case is open", ""),
    "choose": (_choose, "nothing but go on where the conditions lead", ""),
    "share": (_share, "leave what was answered in this flow for the clinician to read", ""),
    "pause": (_pause, "no check-ins for a while", "with: {from: length}"),
    "unpause": (unpause, "check-ins again", ""),
    "stop": (_stop, "no messages from the clinic's plan any more", ""),
    "raise_alert": (
        _raise_alert,
        "open a case for the clinician, or raise the open one; the client is told, with the numbers",
        "with: {tier: high, category: unreadable}",
    ),
    "raise_quietly": (
        _raise_quietly,
        "the same where somebody else may see the screen: the client is told after “I can read alone now”",
        "with: {tier: moderate, category: abuse}",
    ),
    "note": (_note, "a word on the open case that changes nothing else", "with: {name: says_safe}"),
    "show_numbers": (_show_numbers, "the crisis lines of the country saved before", "with: {from: country}"),
    "tell_staff": (_tell_staff, "a line to the front desk, without words of the client", "with: {text: minor_joined}"),
    "call_back": (_call_back, "the client asks to be called", ""),
    "note_for_staff": (_note_for_staff, "a note for the next session", "with: {why: grey}"),
    "leave_contact": (_leave_contact, "name and phone go to the front desk", ""),
    "forget": (_forget, "nothing of this chat is kept", ""),
}
