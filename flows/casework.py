"""The life of a case from the client's side: opened, attached to, made worse, climbing, delivered or not.

Alert first: everything here names the staff's messages before a word goes to the client.
"""

from dataclasses import replace

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
REVEALED = 50  # of the newest texts that belong to a case


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
    step.do(LogAlert("said_more", "client", {"tier": tier, "category": category}), PostToThread("desk.said_more"))
    return False


def attach(step: Step) -> None:
    """What the client says while a case is open belongs to it: Reveal shows it in order."""
    alert = step.alert
    if alert and step.event.id not in alert.texts:
        step.case(replace(alert, texts=(*alert.texts, step.event.id)[-REVEALED:]))


def _worsen(step: Step, tier: str, category: str) -> None:
    """A new urgency: the ladder begins again, and again it has sixty seconds to reach somebody."""
    alert = step.subject.alert
    assert alert is not None
    step.case(replace(worse(alert, tier, category, step.at), reached=False))
    step.do(LogAlert("worse", "client", {"tier": tier, "category": category}))
    _climb(step, "worse")
    notify(step, f"slack:{step.world.clinic.team_channel}", "worse")
    _await_arrival(step)


def _await_arrival(step: Step) -> None:
    alert = step.subject.alert
    assert alert is not None
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
            texts=(step.event.id,),
        )
    )
    step.do(LogAlert("opened", "client", {"tier": tier, "category": category}), Withdraw())
    _climb(step, "opened")
    notify(step, f"slack:{step.world.clinic.team_channel}", "opened")
    _await_arrival(step)


def notify(step: Step, recipient: str, why: str) -> None:
    """Tell one recipient, as a new message; it stands on the card from now on."""
    alert = step.subject.alert
    assert alert is not None
    step.do(NotifyStaff(recipient, why))
    if alert.card(recipient) is None:
        step.case(replace(alert, told=(*alert.told, Told(recipient, step.at))))


def _climb(step: Step, why: str) -> None:
    alert = step.subject.alert
    assert alert is not None
    move = climb(step.world.clinic, alert, step.at, step.world.away)
    step.case(move.alert)
    for recipient in move.recipients:
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
    """Climb again at once, from the foot: a client waits for the person who took over."""
    if alert := step.alert:
        step.case(replace(alert, status="open", rung=-1, repeats=0))
        step.do(LogAlert("reopened", "rapport", {"why": why}))
        _climb(step, why)


def settled(step: Step, set_rest: Alert) -> None:
    """Put a case that a person moved in its place: its timer, its cards."""
    step.case(set_rest)
    _set_ladder(step)
    step.do(RefreshCards())


def delivered(step: Step, recipient: str) -> None:
    """A vendor took a message about the case. The first that Slack took is told to the client: a mail that was handed
    in has reached nobody yet."""
    alert = step.alert
    if alert is None:
        return
    told = tuple(replace(t, delivered=True, failed=False) if t.recipient == recipient else t for t in alert.told)
    first = recipient.startswith("slack:") and not alert.reached
    step.case(replace(alert, told=told, reached=alert.reached or first))
    step.do(LogAlert("delivered", "rapport", {"recipient": recipient}), RefreshCards())
    if first:
        step.do(CancelTimer(UNREACHED))
        if step.conversation.numbers_at:  # the client knows of it
            step.say("crisis.reached", kind="safety", apart=True)


def undelivered(step: Step, recipient: str, *, final: bool) -> None:
    """A message about the case did not arrive: the second path of that person at once, and the next rung."""
    alert = step.alert
    if alert is None:
        return
    told = tuple(replace(t, failed=True) if t.recipient == recipient else t for t in alert.told)
    step.case(replace(alert, told=told))
    step.do(LogAlert("undelivered", "rapport", {"recipient": recipient, "final": final}))
    use_second_paths(step)
    if final and alert.status == "open" and recipient.startswith("slack:"):
        _climb(step, "undelivered")


def unreached(step: Step, token: int) -> None:
    """Sixty seconds and nobody has it: say so to the client, and use every second path."""
    alert = step.alert
    if alert is None or alert.reached or token != alert.id % 2**31:
        return
    use_second_paths(step)
    step.do(LogAlert("not_reached", "rapport"))
    step.say("crisis.not_reached", kind="safety", apart=True)


def use_second_paths(step: Step) -> None:
    """E-mail and phone webhook for everybody on the rungs climbed so far, each once for an urgency."""
    alert = step.alert
    if alert is None:
        return
    clinic = step.world.clinic
    for rung in clinic.ladder.rungs[: max(alert.rung, 0) + 1]:
        for slug in staff_on(clinic, rung, alert.assigned):
            for path in second_paths(clinic, slug):
                if alert.card(path) is None:
                    notify(step, path, "undelivered")


def unreachable(step: Step, why: str) -> None:
    """The bot cannot reach the client while a case is open: everybody told hears it as something new."""
    if alert := step.alert:
        step.do(LogAlert(why, "client"), *(NotifyStaff(told.recipient, why) for told in alert.told), RefreshCards())


def ask_for_help(step: Step) -> None:
    """The client asks to be called back: on the card, and as a new notification."""
    if step.alert is None:
        open_case(step, "high", "asked_for_help")
    alert = step.subject.alert
    assert alert is not None
    step.case(replace(alert, callback=True))
    step.do(LogAlert("call_back", "client"), *(NotifyStaff(told.recipient, "call_back") for told in alert.told))
    step.do(RefreshCards())


def note(step: Step, name: str) -> None:
    """Something the client said that changes what the clinician sees, never the state."""
    if (alert := step.alert) and name not in alert.notes:
        step.case(replace(alert, notes=(*alert.notes, name)))
        step.do(LogAlert(name, "client"), PostToThread(f"desk.{name}"), RefreshCards())


def note_for_next_session(step: Step, why: str) -> None:
    """Grey talk: no case, but a note for the next session to the assigned clinician."""
    step.do(LeaveNote(why, step.event.id))
