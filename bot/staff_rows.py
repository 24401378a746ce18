"""Effects for staff become rows: cards, new notifications, lines in threads, dialogs, mails and calls."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bot.desk import cards, dialogs
from bot.desk.case import Case, Revealed
from bot.paper_rows import shown
from bot.stage import Stage
from flows import effects as e
from flows.effects import CLASSES
from flows.escalation import Alert, Told
from storage import alerts, inbox
from storage.conversations import load

ALERT = CLASSES.index("alert")


def _alert(stage: Stage) -> Alert:
    if stage.subject.alert is None:
        raise ValueError(f"{stage.subject.id} has no case to tell anybody of")
    return stage.subject.alert


def _case(stage: Stage) -> Case:
    return Case(_alert(stage), stage.subject, stage.pack, stage.at)


def _post(
    stage: Stage, address: str, kind: str, body: Mapping[str, Any], refers_to: int = 0, *, report: bool = False
) -> int:
    channel = address.partition(":")[0]
    alert = _alert(stage).id if report else 0
    return stage.post(kind, body, channel=channel, chat=address, rank=ALERT, refers_to=refers_to, alert=alert)


def _notify(stage: Stage, effect: e.NotifyStaff) -> None:
    case = _case(stage)
    if not effect.recipient.startswith("slack:"):
        _beside(stage, case, effect)
        return
    told = _alert(stage).card(effect.recipient)
    if told and told.card:
        body = cards.notice(case, effect.why) | {"broadcast": True}
        if _whole_team(stage, effect.recipient):
            body = cards.to_everybody(body)
        _post(stage, effect.recipient, "notice", body, told.card, report=True)
        return
    row = _post(stage, effect.recipient, "card", cards.card(case), report=True)
    _remember(stage, effect.recipient, row)


def _whole_team(stage: Stage, recipient: str) -> bool:
    """Whether the ladder stands at its last rung: then a post in the team channel calls everybody by name."""
    clinic, alert = stage.pack.world.clinic, _alert(stage)
    at_team = clinic.ladder.rungs[max(alert.rung, 0)].tell == "team"
    return at_team and alert.soon == "now" and recipient == f"slack:{clinic.team_channel}"


def _beside(stage: Stage, case: Case, effect: e.NotifyStaff) -> None:
    channel, _, slug = effect.recipient.partition(":")
    person = stage.pack.world.clinic.person(slug)
    if channel == "email" and person:
        body = cards.mail(case, effect.why) | {"to": person.email}
    else:
        body = cards.call(case, effect.why) | {"person": slug}
    row = _post(stage, effect.recipient, channel, body, report=True)
    _remember(stage, effect.recipient, row)


def _remember(stage: Stage, recipient: str, row: int) -> None:
    alert = _alert(stage)
    told = tuple(replace(t, card=t.card or row) if t.recipient == recipient else t for t in alert.told)
    if alert.card(recipient) is None:
        told = (*told, Told(recipient, stage.at, row))
    stage.subject = stage.subject._replace(alert=replace(alert, told=told))


def _cards(stage: Stage) -> list[Told]:
    return [told for told in _alert(stage).told if told.card and told.recipient.startswith("slack:")]


def _refresh(stage: Stage, _effect: e.RefreshCards) -> None:
    fresh = {post.id for post in stage.rows.posts if post.kind == "card"}
    body = cards.card(_case(stage), _alert(stage).outcome)
    for told in _cards(stage):
        if told.card not in fresh:
            _post(stage, told.recipient, "refresh", body, told.card)


def _thread(stage: Stage, effect: e.PostToThread) -> None:
    body = cards.line(_case(stage), effect.text, effect.values, effect.quote)
    for told in _cards(stage):
        _post(stage, told.recipient, "line", body, told.card)


def _tell(stage: Stage, effect: e.TellStaff) -> None:
    values = effect.values
    text = stage.pack.desk_words(effect.text, values)
    if effect.dialog:
        _private(stage, effect.user, "dialog", {"view_id": effect.dialog, "view": dialogs.answer(text)})
    else:
        _private(stage, effect.user, "private", cards.told(text) | {"channel": effect.channel})


def _private(stage: Stage, user: str, kind: str, body: Mapping[str, Any]) -> None:
    stage.post(kind, body, channel="slack", chat=f"slack:{user}", rank=ALERT)


def _dialog(stage: Stage, effect: e.FillDialog) -> None:
    if ":" in effect.what:
        _private(stage, effect.dialog, "dialog", {"view_id": effect.dialog, "view": shown(stage, effect.what)})
        return
    case, revealed = _case(stage), Revealed()
    if effect.what == "reveal":
        rows = case.alert.texts
        texts = inbox.texts(stage.connection, stage.store.cipher, stage.clinic, rows)
        history = alerts.history(stage.connection, stage.clinic, case.alert.id)
        revealed = Revealed(tuple(texts), tuple(history))
    view = dialogs.dialog(effect.what, case, revealed, effect.channel)
    _private(stage, effect.dialog, "dialog", {"view_id": effect.dialog, "view": view})


def _list(stage: Stage, effect: e.ListAlerts) -> None:
    found = alerts.open_cases(stage.connection, stage.clinic)
    subjects = load(stage.connection, stage.store.cipher, [(stage.clinic, subject) for _, subject, _ in found])
    cases = [Case(alert, subjects[clinic, subject].subject, stage.pack, stage.at) for clinic, subject, alert in found]
    _private(stage, effect.user, "private", cards.case_list(stage.pack, cases) | {"channel": effect.channel})


def _front_desk(stage: Stage, effect: e.TellFrontDesk) -> None:
    clinic = stage.pack.world.clinic
    address = f"slack:{clinic.front_desk_channel or clinic.team_channel}"
    body = cards.told(stage.pack.desk_words(effect.text, effect.values))
    stage.post("post", body, channel="slack", chat=address, rank=ALERT)


# effect -> what it becomes
STAFF: Mapping[type, Callable[[Stage, Any], None]] = {
    e.NotifyStaff: _notify,
    e.RefreshCards: _refresh,
    e.PostToThread: _thread,
    e.TellStaff: _tell,
    e.FillDialog: _dialog,
    e.ListAlerts: _list,
    e.TellFrontDesk: _front_desk,
}
