"""The life of a case from the client's side: opened, attached to, made worse, climbing, delivered or not.

Alert first: everything here names the staff's messages before a word goes to the client.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flows.crisis import QUIET_AFTER
from flows.effects import CancelTimer, LeaveNote, LogAlert, NotifyStaff, PostToThread, RefreshCards, Withdraw
from flows.escalation import (
    SOON,
    UNREACHED_AFTER,
    Alert,
    Told,
    climb,
    second_paths,
    staff_on,
    tier_rank,
    worse,
)
from flows.step import Step

LADDER, UNREACHED = "ladder", "unreached"
REVEALED, FIRST = 50, 5  # texts of a case that are kept: the newest, and the first ones with which it began
HEARD_BEFORE = timedelta(hours=24)


def raise_case(step: Step, tier: str, category: str) -> bool:
    """Open a case, make the open one worse, or attach to it. Returns whether it is new or worse."""
    alert = step.alert
    if alert is None:
        open_case(step, tier, category)
        return True
    attach(step)
    if tier_rank(tier) > tier_rank(alert.tier):
        _worsen(step, tier, category)
        return True
    said_more(step, {"tier": tier, "category": category})
    if _rested(step, category):
        resume_ladder(step, "again")
    return False


def said_more(step: Step, detail: Mapping[str, str] | None = None) -> None:
    """The client wrote more while the case is open: a line in its thread."""
    step.do(LogAlert("said_more", "client", detail or {}), PostToThread("desk.said_more"))


def _rested(step: Step, category: str) -> bool:
    """Whether the ladder rests although somebody must look anew: a person had acted, and now it is said again."""
    alert = step.subject.alert
    assert alert is not None
    if alert.status == "open":
        return False
    if category == "asked_for_help":
        return True
    called_just_now = step.at.timestamp() - alert.since < QUIET_AFTER.total_seconds()
    met = alert.status in ("contact_made", "no_answer")
    return step.conversation.mode == "bot" and (met or not called_just_now)


def attach(step: Step) -> None:
    """What the client says while a case is open belongs to it: Reveal shows it, and never without its beginning."""
    alert = step.alert
    if alert and step.event.id not in alert.texts:
        texts = (*alert.texts, step.event.id)
        step.case(replace(alert, texts=(*texts[:FIRST], *texts[FIRST:][FIRST - REVEALED :])))


def _before(step: Step) -> tuple[int, ...]:
    """What the client wrote in the hours before: a case may come from several messages, or from silence after one."""
    heard = step.conversation.heard
    return tuple(each.event for each in heard if each.event and step.at - each.at <= HEARD_BEFORE)


def _worsen(step: Step, tier: str, category: str) -> None:
    """A new urgency, which nobody has acknowledged yet: the ladder begins again from its foot."""
    alert = step.subject.alert
    assert alert is not None
    step.case(replace(worse(alert, tier, category, step.at), status="open"))
    step.do(LogAlert("worse", "client", {"tier": tier, "category": category}))
    _call(step, "worse")


def _call(step: Step, why: str) -> None:
    """Call the ladder's next rung and the team's channel; they have sixty seconds to be reached."""
    _climb(step, why, team=True)
    alert = step.subject.alert
    assert alert is not None
    step.case(replace(alert, reached=False, since=step.at.timestamp()))
    step.timer(UNREACHED, step.at + UNREACHED_AFTER, alert.id % 2**31, ladder=True)


def open_case(step: Step, tier: str, category: str) -> None:
    """A new case: history, hold on everything else, the ladder's first rung, the 60 seconds in which it must arrive."""
    soon = SOON[tier]
    step.case(
        Alert(
            id=step.event.id,
            number=0,
            tier=tier,
            category=category,
            soon=soon,
            opened_at=step.at,
            urgent_at=step.at,
            assigned=step.client.clinician,
            texts=tuple(dict.fromkeys((*_before(step), step.event.id))),
        )
    )
    step.do(LogAlert("opened", "client", {"tier": tier, "category": category}), Withdraw())
    _call(step, "opened")


def notify(step: Step, recipient: str, why: str) -> None:
    """Tell one recipient, as a new message; it stands on the card from now on."""
    alert = step.subject.alert
    assert alert is not None
    step.do(NotifyStaff(recipient, why))
    if alert.card(recipient) is None:
        step.case(replace(alert, told=(*alert.told, Told(recipient, step.at))))
    else:  # the new message has yet to arrive
        step.case(_marked(alert, recipient, at=step.at, delivered=False, failed=False))


def _marked(alert: Alert, recipient: str, **marks: Any) -> Alert:
    return replace(alert, told=tuple(replace(t, **marks) if t.recipient == recipient else t for t in alert.told))


def _climb(step: Step, why: str, *, team: bool = False) -> None:
    alert = step.subject.alert
    assert alert is not None
    clinic = step.world.clinic
    move = climb(clinic, alert, step.at, step.world.away)
    step.case(move.alert)
    channel = (f"slack:{clinic.team_channel}",) if team and clinic.team_channel else ()
    for recipient in dict.fromkeys((*move.recipients, *channel)):
        notify(step, recipient, why)
    if move.skipped:
        step.do(LogAlert("skipped", "rapport", {"rungs": list(move.skipped)}))
    _set_ladder(step)
    step.do(RefreshCards())


def _set_ladder(step: Step) -> None:
    alert = step.subject.alert
    if alert and alert.next_at and not alert.closed:
        step.timer(LADDER, alert.next_at, alert.token, ladder=True)
    else:
        step.do(CancelTimer(LADDER))


def ladder_fired(step: Step, token: int) -> None:
    """The deadline of the step that the case stands at has passed."""
    alert = step.alert
    if alert is None or token != alert.token:
        return
    if alert.status == "open":
        step.do(LogAlert("climbed", "rapport"))
        _climb(step, "rung")
        return
    step.do(LogAlert("reopened", "rapport", {"was": alert.status, "owner": alert.owner}))
    step.case(replace(alert, status="open", rung=-1, repeats=0))
    _climb(step, "reopened")


def resume_ladder(step: Step, why: str) -> None:
    """Climb again at once, from the foot: a client waits for the person who took over, or says it again."""
    if alert := step.alert:
        step.case(replace(alert, status="open", rung=-1, repeats=0))
        step.do(LogAlert("reopened", "rapport", {"why": why}))
        _call(step, why)


def settled(step: Step, set_rest: Alert) -> None:
    """Put a case that a person moved in its place: its timer, its cards."""
    step.case(set_rest)
    _set_ladder(step)
    step.do(RefreshCards())


def delivered(step: Step, recipient: str, posted: float = 0.0) -> None:
    """A vendor took a message about the case. The first that Slack took is told to the client: a mail that was handed
    in has reached nobody yet."""
    alert = step.alert
    if alert is None:
        return
    newest = not posted or posted >= alert.since
    first = recipient.startswith("slack:") and newest and not alert.reached
    if newest:
        alert = _marked(alert, recipient, delivered=True, failed=False)
    step.case(replace(alert, reached=alert.reached or first))
    step.do(LogAlert("delivered", "rapport", {"recipient": recipient}), RefreshCards())
    if first:
        step.do(CancelTimer(UNREACHED))
        if step.conversation.numbers_at and not alert.alone:  # the client knows of it, and reads it alone
            step.say("crisis.reached", kind="safety", apart=True)


def undelivered(step: Step, recipient: str, *, final: bool) -> None:
    """A message about the case did not arrive: the second path of that person at once, and the next rung."""
    alert = step.alert
    if alert is None:
        return
    told = alert.card(recipient)
    step.case(_marked(alert, recipient, failed=True))
    if final or not (told and told.failed):  # one line for a try that goes on, not one for each time
        step.do(LogAlert("undelivered", "rapport", {"recipient": recipient, "final": final}))
    use_second_paths(step)
    higher = alert.rung < len(step.world.clinic.ladder.rungs) - 1  # the last rung repeats in its own time
    if final and higher and alert.status == "open" and _leaves_nobody(step, recipient):
        _climb(step, "undelivered")


def _leaves_nobody(step: Step, recipient: str) -> bool:
    """Whether the failure leaves somebody untold: in Slack, or by the second path that was to wake them."""
    channel, _, whom = recipient.partition(":")
    return channel == "slack" or whom in step.world.away.undisturbed


def unreached(step: Step, token: int) -> None:
    """Sixty seconds and nobody has it: say so to the client, and use every second path."""
    alert = step.alert
    if alert is None or alert.reached or token != alert.id % 2**31:
        return
    use_second_paths(step)
    step.do(LogAlert("not_reached", "rapport"))
    if not alert.alone:
        step.say("crisis.not_reached", kind="safety", apart=True)


def use_second_paths(step: Step) -> None:
    """E-mail and phone webhook for everybody on the rungs climbed so far whom Slack has not reached: at once for each
    urgency, and while nobody acts again as often as the last rung repeats."""
    alert = step.alert
    if alert is None:
        return
    clinic = step.world.clinic
    for rung in clinic.ladder.rungs[: max(alert.rung, 0) + 1]:
        for slug in staff_on(clinic, rung, alert.assigned):
            for path in second_paths(clinic, slug):
                if _wanted(step, alert, slug, path):
                    notify(step, path, "undelivered")


def _wanted(step: Step, alert: Alert, slug: str, path: str) -> bool:
    clinic, last = step.world.clinic, alert.card(path)
    if last is None:
        return True
    person = clinic.person(slug)
    in_slack = alert.card(f"slack:{person.slack}") if person else None
    if alert.status != "open" or (in_slack and in_slack.delivered):
        return False
    return last.at.timestamp() < alert.since or step.at - last.at >= clinic.ladder.repeat


def unreachable(step: Step, why: str) -> None:
    """The bot cannot reach the client while a case is open: everybody told hears it as something new."""
    if alert := step.alert:
        step.do(LogAlert(why, "client"), *(NotifyStaff(told.recipient, why) for told in alert.told), RefreshCards())


def ask_for_help(step: Step) -> None:
    """The client asks to be called back: on the card, and as a new notification."""
    raised = raise_case(step, "high", "asked_for_help")
    alert = step.subject.alert
    assert alert is not None
    step.case(replace(alert, callback=True))
    step.do(LogAlert("call_back", "client"))
    if not raised:
        step.do(*(NotifyStaff(told.recipient, "call_back") for told in alert.told))
    step.do(RefreshCards())


def note(step: Step, name: str) -> None:
    """Something the client said that changes what the clinician sees, never the state."""
    if (alert := step.alert) and name not in alert.notes:
        step.case(replace(alert, notes=(*alert.notes, name)))
        step.do(LogAlert(name, "client"), PostToThread(f"desk.{name}"), RefreshCards())


def note_for_next_session(step: Step, why: str) -> None:
    """Grey talk: no case, but a note for the next session to the assigned clinician."""
    step.do(LeaveNote(why, step.event.id))
