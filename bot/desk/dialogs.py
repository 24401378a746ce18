"""Dialogs: what opens over a card. A loading one without content first; what it holds follows as an update.

`callback_id` is the act that a submission becomes; `private_metadata` the case and the channel it was opened from.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.desk import facts
from bot.desk.blocks import (
    MOST_VIEW_BLOCKS,
    Block,
    Option,
    View,
    choice,
    context,
    header,
    section,
    sections,
    view,
    words,
    writing,
)
from bot.desk.case import Case, Revealed
from bot.packs import Pack
from flows.staff import OUTCOMES, REASONS

NAME = "Rapport"
WORDS_BYTES = 120_000  # of the 250,000 that Slack takes in a dialog, as JSON
BEGINNING = 3  # texts: a case may come from several messages together
HISTORY = 40  # the newest lines of a case's history
LOGGED = (
    "opened", "worse", "said_more", "climbed", "reopened", "skipped", "delivered", "undelivered", "not_reached",
    "unreachable", "stopped", "call_back", *facts.NOTES, "acknowledged", "taken_over", "contact_made",
    "no_answer", "resolved", "false_alarm", "outcome", "reason", "handed_over", "handed_back", "replied", "wrote",
)  # fmt: skip


def loading(pack: Pack) -> View:
    """What stands there until the content comes. Without content: it is opened before anybody's access is checked."""
    return view(NAME, [section(pack.desk_words("card.loading", {}))])


def failed(pack: Pack) -> View:
    """What stands there when the press could not be stored."""
    return view(NAME, [section(pack.desk_words("card.not_stored", {}))])


def answer(text: str) -> View:
    """A plain text in place of what was asked for."""
    return view(NAME, sections(text))


def dialog(what: str, case: Case, revealed: Revealed, channel: str = "") -> View:
    """The content of a dialog: `reveal`, `resolve`, `false_alarm`, `hand_over`, `write`."""
    return DIALOGS[what](case, revealed, json.dumps({"case": case.alert.number, "channel": channel}))


def _reveal(case: Case, revealed: Revealed, metadata: str) -> View:
    head, tail = [*_person(case)], [*_history(case, revealed)]
    said = _said(case, revealed, MOST_VIEW_BLOCKS - len(head) - len(tail))
    title = case.words("card.title_reveal")
    return view(title, [*head, *said, *tail], callback="reveal", metadata=metadata)


def _person(case: Case) -> Iterator[Block]:
    client = case.subject.client
    if client is None:
        yield section(case.words("card.no_client"))
        return
    yield header(client.name or case.words("card.not_told"))
    told = case.words("card.not_told")
    known = {"phone": client.phone or told, "contact": client.emergency_contact or told, "age": str(client.age or told)}
    lines = [case.words(f"card.reveal_{name}", {name: value}) for name, value in known.items()]
    lines += [case.words("card.interpreter" if client.interpreter else "card.language", {"language": client.locale})]
    zone = client.zone or case.pack.world.clinic.zone
    local = case.pack.wording.say("card.reveal_clock", case.locale, {"at": case.at, "zone": zone}, zone=zone)
    yield section("\n".join([*lines, local.text]), "person")
    yield section(case.words("card.safety_plan_none"), "safety_plan")


def _said(case: Case, revealed: Revealed, room: int) -> list[Block]:
    """The client's words with their times, oldest first: how it began, and the newest. Where not all fit, it says how
    many are left out between."""
    shown: list[Block] = []
    first = [block for at, text in revealed.texts[:BEGINNING] for block in _text(case, at, text)]
    left = len(revealed.texts[BEGINNING:])
    spent = sum(len(json.dumps(text)) for _at, text in revealed.texts[:BEGINNING])
    for at, text in reversed(revealed.texts[BEGINNING:]):
        block = _text(case, at, text)
        spent += len(json.dumps(text))
        if len(first) + len(shown) + len(block) > room - 2 or spent > WORDS_BYTES:
            break
        shown, left = [*block, *shown], left - 1
    note = [context(case.words("card.said_before", {"count": left}))] if left else []
    title = case.words("card.said" if revealed.texts else "card.said_nothing")
    return [section(title), *first, *note, *shown]


def _text(case: Case, at: datetime, text: str) -> list[Block]:
    return [context(case.words("card.said_at", {"at": at})), *words(text)]


def _history(case: Case, revealed: Revealed) -> list[Block]:
    newest = revealed.history[-HISTORY:]
    lines = [_happened(case, at, action, by, detail) for at, action, by, detail in newest]
    return [section(case.words("card.history")), *sections("\n".join(lines))] if lines else []


def _happened(case: Case, at: datetime, action: str, by: str, detail: Mapping[str, Any]) -> str:
    known = case.words(f"card.log_{action}") if action in LOGGED else action.replace("_", " ")
    more = _detail(case, action, detail)
    values = {"at": at, "who": facts.name(case, by), "what": f"{known} ({more})" if more else known}
    return case.words("card.logged", values)


def _detail(case: Case, action: str, detail: Mapping[str, Any]) -> str:
    if "recipient" in detail:
        return facts.recipient(case, detail["recipient"])
    if action == "handed_over":
        return facts.name(case, str(detail.get("to", "")))
    option = detail.get(action)
    known = {"outcome": OUTCOMES, "reason": REASONS}.get(action, ())
    return case.words(f"card.{action}_{option}") if option in known else ""


def _resolve(case: Case, _revealed: Revealed, metadata: str) -> View:
    options = [(value, case.words(f"card.outcome_{value}")) for value in OUTCOMES]
    return _question(case, "resolve", "resolved", choice("outcome", *_asked(case, "outcome", options)), metadata)


def _false_alarm(case: Case, _revealed: Revealed, metadata: str) -> View:
    options = [(value, case.words(f"card.reason_{value}")) for value in REASONS]
    return _question(case, "false_alarm", "false_alarmed", choice("reason", *_asked(case, "reason", options)), metadata)


def _hand_over(case: Case, _revealed: Revealed, metadata: str) -> View:
    world = case.pack.world
    people = [
        (slug, person.name)
        for slug, person in sorted(world.clinic.clinicians.items(), key=lambda item: item[1].name)
        if person.active and person.slack and person.role != "front_desk" and slug not in world.away.gone
        and slug != case.alert.owner
    ]  # fmt: skip
    if not people:
        return answer(case.words("card.hand_over_nobody"))
    return _question(case, "hand_over", "handed_over", choice("to", *_asked(case, "to", people)), metadata)


def _write(case: Case, _revealed: Revealed, metadata: str) -> View:
    handoff = case.subject.conversation.mode == "handoff"
    hint = case.words("card.write_hint" if handoff else "card.write_hint_takes_over")
    return _question(case, "write", "wrote", writing("text", case.words("card.ask_text"), hint), metadata)


def _asked(case: Case, name: str, options: Sequence[Option]) -> tuple[str, Sequence[Option], str]:
    return case.words(f"card.ask_{name}"), options, case.words("card.choose")


def _question(case: Case, what: str, act: str, asked: Block, metadata: str) -> View:
    title, submit = case.words(f"card.title_{what}"), case.words(f"card.submit_{what}")
    about = context(facts.short(case))
    return view(title, [about, asked], callback=act, submit=submit, metadata=metadata)


# what the dialog is for -> its content
DIALOGS: Mapping[str, Callable[[Case, Revealed, str], View]] = {
    "reveal": _reveal,
    "resolve": _resolve,
    "false_alarm": _false_alarm,
    "hand_over": _hand_over,
    "write": _write,
}
