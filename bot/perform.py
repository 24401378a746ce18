"""Effects become rows, one function for each. Words are chosen here, so that the outbox holds the very sentence."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from bot.paper_rows import PAPERS
from bot.picture import LEVELS, drawn, since
from bot.record import record_page
from bot.rows import Row
from bot.staff_rows import STAFF
from bot.stage import Stage
from flows import effects as e
from flows.effects import CLASSES, Effect, Say
from storage import answers
from storage.inbox import Arrival, Timer


def perform(stage: Stage, effects: list[Effect]) -> None:
    """Turn the effects into rows, and the changed subject with them."""
    for effect in _merged(effects):
        PERFORM[type(effect)](stage, effect)


def _merged(effects: list[Effect]) -> Iterator[Any]:
    """The effects, with what is said in one breath gathered: lists of Say that become one message."""
    breath: list[Say] = []
    for effect in effects:
        if isinstance(effect, Say):
            if breath and not _joins(breath[-1], effect):
                yield breath
                breath = []
            breath = [*breath, effect]
        else:
            if breath and not isinstance(effect, e.SetTimer | e.CancelTimer | e.SaveAnswer | e.LogAlert):
                yield breath
                breath = []
            yield effect
    if breath:
        yield breath


def _joins(last: Say, more: Say) -> bool:
    return not (last.options or last.apart or more.apart) and (last.kind, last.chat) == (more.kind, more.chat)


def _say(stage: Stage, breath: list[Say]) -> None:
    last = breath[-1]
    parts = [stage.words(say.text, say.values, say.source) for say in breath]
    body: Row = {"text": "\n\n".join(part for part in parts if part)}
    if last.options:
        body["buttons"] = [[stage.words(o.text, o.values, last.source), o.data] for o in last.options]
    chat = str(last.chat or stage.subject.chat)
    row = stage.post("message", body, chat=chat, rank=CLASSES.index(last.kind), not_after=last.not_after)
    if last.asks:
        stage.converse(question=row)


def _mark(stage: Stage, effect: e.MarkAnswered) -> None:
    label = stage.words(effect.choice, {}, effect.source) if effect.choice else ""
    stage.post("mark", {"mark": label}, refers_to=effect.message)


def _set_timer(stage: Stage, effect: e.SetTimer) -> None:
    key = (stage.clinic, stage.subject.id, effect.name)
    stage.rows.timers[key] = Timer(*key, effect.due, effect.token, effect.ladder, stage.at)


def _cancel_timer(stage: Stage, effect: e.CancelTimer) -> None:
    stage.rows.timers[stage.clinic, stage.subject.id, effect.name] = None


def _save_answer(stage: Stage, effect: e.SaveAnswer) -> None:
    stage.rows.answers.append(
        stage.row(subject=stage.subject.id, flow=effect.flow, version=effect.version, state=effect.state,
                  sensitive=effect.sensitive, value=effect.value)
    )  # fmt: skip


def _consent(stage: Stage, effect: e.RecordConsent) -> None:
    stage.rows.consents.append(
        stage.row(subject=stage.subject.id, text=effect.text, version=effect.version, locale=effect.locale,
                  given=effect.given)
    )  # fmt: skip


def _redeem(stage: Stage, effect: e.RedeemInvitation) -> None:
    client = stage.subject.client
    assert client is not None
    stage.rows.linked.append((stage.clinic, effect.chat, client.id))
    stage.subject = stage.subject._replace(chat=effect.chat)


def _withdraw(stage: Stage, effect: e.Withdraw) -> None:
    ranks = tuple(CLASSES.index(name) for name in effect.classes)
    stage.rows.withdrawn.append((stage.clinic, stage.subject.id, ranks))


def _log_alert(stage: Stage, effect: e.LogAlert) -> None:
    assert stage.subject.alert is not None
    stage.rows.case_log.append(
        stage.row(alert_id=stage.subject.alert.id, action=effect.action, by=effect.by,
                  detail=json.dumps(dict(effect.detail)))
    )  # fmt: skip


def _audit(stage: Stage, effect: e.Audit) -> None:
    stage.rows.audit.append(
        stage.row(subject=stage.subject.id, action=effect.action, by=effect.by, detail=json.dumps(dict(effect.detail)))
    )


def _forget(stage: Stage, effect: e.Forget) -> None:
    chat = effect.chat or stage.subject.chat
    mine = [n for n, p in enumerate(stage.rows.posts) if (p.subject, p.chat) == (stage.subject.id, str(chat))]
    for n in mine[-1:]:  # the last reply takes everything with it when it is settled
        stage.rows.posts[n] = replace(stage.rows.posts[n], forget=True)
    if not mine:
        stage.rows.forgotten.append((stage.clinic, chat))


def _send_record(stage: Stage, _effect: e.SendRecord) -> None:
    page = record_page(stage).encode()
    file = {"name": "record.html", "type": "text/html", "data": b64encode(page).decode()}
    stage.post("message", {"text": stage.words("client.record_sent", {}), "file": file})


def _send_progress(stage: Stage, _effect: e.SendProgress) -> None:
    """The picture, and the same in words for whoever cannot see it."""
    found = answers.of(stage.connection, stage.store.cipher, stage.clinic, stage.subject.id)
    points = [
        (at, str(value))
        for at, flow, state, value in found
        if (flow, state) == ("check_in", "mood") and value in LEVELS and at >= since(stage.at)
    ]
    said = {level: sum(each == level for _at, each in points) for level in LEVELS}
    text = stage.words("client.progress_caption", said)
    client, clinic = stage.subject.client, stage.pack.world.clinic
    zone = (client.zone if client else "") or clinic.zone
    picture = b64encode(drawn(points, stage.at, zone)).decode()
    stage.post("message", {"text": text, "file": {"name": "weeks.png", "type": "image/png", "data": picture}})


def _erase_chat(stage: Stage, _effect: e.EraseChat) -> None:
    stage.rows.erased.append((stage.clinic, stage.subject.id))


def _refile(stage: Stage, effect: e.Refile) -> None:
    stage.rows.arrivals.append(
        Arrival(stage.clinic, "rapport", f"chat:{stage.chat}", f"{stage.event}:refiled", f"chat:{stage.chat}",
                effect.kind, effect.body, stage.at, stage.chat)
    )  # fmt: skip


def _report(stage: Stage, effect: e.Report) -> None:
    subject, client = stage.subject.id, stage.subject.client
    stage.rows.arrivals.append(
        Arrival(stage.clinic, "rapport", subject, f"{stage.event}:{effect.outcome}", subject, "OutcomeReported",
                {"outcome": effect.outcome}, stage.at, stage.subject.chat, client.id if client else "")
    )  # fmt: skip


# effect -> what it becomes; `list` is what is said in one breath
PERFORM: Mapping[type, Callable[[Stage, Any], None]] = {
    list: _say,
    e.MarkAnswered: _mark,
    e.SetTimer: _set_timer,
    e.CancelTimer: _cancel_timer,
    e.SaveAnswer: _save_answer,
    e.RecordConsent: _consent,
    e.RedeemInvitation: _redeem,
    e.Withdraw: _withdraw,
    e.LogAlert: _log_alert,
    e.Audit: _audit,
    e.Forget: _forget,
    e.SendRecord: _send_record,
    e.SendProgress: _send_progress,
    e.EraseChat: _erase_chat,
    e.Refile: _refile,
    e.Report: _report,
    **PAPERS,
    **STAFF,
}
