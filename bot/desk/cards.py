"""Cards, notices, lines, mails: what staff are sent about a case. Built from values, without a word of the client.

Only a line may quote, and only where the clinic's pack says that its Slack plan permits it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.desk import facts
from bot.desk.blocks import MOST_BLOCKS, Block, actions, button, clip, context, escape, header, section, sections, words
from bot.desk.case import Case, Message
from bot.packs import Pack
from flows.escalation import Status

EVERYBODY = "<!channel>"
NOTIFICATION = 1000  # units of a text that a phone shows before anything is opened
WHYS = (
    "opened", "rung", "repeat", "worse", "reopened", "undelivered", "unreachable", "stopped", "call_back",
    "handed_over", "unanswered", "again",
)  # fmt: skip
LISTED = MOST_BLOCKS - 3  # cases in a list: beside them a heading and a last line

# what can be pressed at each status, the likeliest first; hand_back joins them while a person writes to the client
BUTTONS: Mapping[Status, tuple[str, ...]] = {
    "open": ("acknowledge", "take_over", "reveal", "write", "resolve", "false_alarm", "hand_over"),
    "acknowledged": (
        "take_over", "reveal", "write", "contact_made", "no_answer", "resolve", "false_alarm", "hand_over",
    ),
    "taken_over": ("write", "reveal", "contact_made", "no_answer", "resolve", "false_alarm", "hand_over"),
    "contact_made": ("resolve", "reveal", "write", "no_answer", "false_alarm", "hand_over"),
    "no_answer": ("contact_made", "reveal", "write", "take_over", "resolve", "false_alarm", "hand_over"),
    "resolved": (),
    "false_alarm": (),
}  # fmt: skip


def card(case: Case, outcome: str = "") -> Message:
    """The case's one card, edited in place. `outcome`: what it was closed with, one of OUTCOMES or REASONS."""
    blocks = [header(case.words("card.head", {"mark": facts.mark(case)})), section(_what(case), "what")]
    if needs := [*facts.needs(case)]:
        blocks.append(section("\n".join(needs), "needs"))
    blocks.append(section(facts.standing(case, outcome), "standing"))
    if not case.alert.closed:
        blocks += [section("\n".join(filter(None, (facts.told(case), facts.next_step(case)))), "told")]
        blocks += [actions("acts", _buttons(case)), context(case.words("card.reveal_hint"), "hint")]
    return _message(facts.short(case), blocks)


def notice(case: Case, why: str) -> Message:
    """A new notification of a case: a broadcast reply in the thread of its card, or a message of its own."""
    text = case.words(f"card.why_{_why(case, why)}", {"short": facts.short(case)})
    below = filter(None, (facts.caution(case), facts.standing(case), facts.next_step(case)))
    return _message(text, [section(text, "why"), context(" ".join(below), "standing")])


def to_everybody(message: Message) -> Message:
    """The notice, with a mention that rings every member of the channel, also those who mute it."""
    first, *rest = message["blocks"]
    loud = first | {"text": first["text"] | {"text": f"{EVERYBODY} {first['text']['text']}"}}
    return message | {"text": f"{EVERYBODY} {message['text']}", "blocks": [loud, *rest]}


def line(case: Case, text_id: str, values: Mapping[str, Any], quote: str = "") -> Message:
    """A line of the case's time line. `quote`, the client's words, is shown only where the pack allows quotes."""
    text = case.words("card.line", {"at": case.at, "line": case.words(text_id, values)})
    quoted = words(quote) if quote and case.pack.world.clinic.content == "quotes" else []
    return _message(text, [section(text, "line"), *quoted[: MOST_BLOCKS - 1]])


def told(text: str) -> Message:
    """A private answer to whoever acted."""
    return _message(text, sections(text)[:MOST_BLOCKS])


def case_list(pack: Pack, cases: Sequence[Case]) -> Message:
    """The clinic's open cases, what must be looked at now first; at most as many as a message holds."""
    say = pack.desk_words
    if not cases:
        return told(say("card.list_empty", {}))
    urgent = sorted(cases, key=_urgency)
    title = say("card.list", {"count": len(cases)})
    blocks = [header(title), *(_listed(case) for case in urgent[:LISTED])]
    if more := len(cases) - LISTED:
        blocks += [context(say("card.list_more", {"count": more}))] if more > 0 else []
    return _message(title, blocks)


def mail(case: Case, why: str) -> dict[str, str]:
    """The second path by e-mail, in plain text: `{"subject", "text"}`. Initials only, and not what it is about."""
    subject = case.words("card.mail_subject", _outside(case, why))
    text = case.words("card.mail_text", _outside(case, why) | {"opened": facts.opened(case)})
    return {"subject": " ".join(subject.split()), "text": text}


def call(case: Case, why: str) -> dict[str, Any]:
    """The second path by phone, posted as JSON: `text` is what to say. No names; whom to call, the sender adds."""
    text = case.words("card.call_text", _outside(case, why))
    return {
        "case": case.alert.number, "clinic": case.pack.world.clinic.clinic, "urgency": case.alert.soon,
        "why": _why(case, why), "text": text,
    }  # fmt: skip


def _what(case: Case) -> str:
    values = {"category": facts.category(case), "soon": facts.soon(case)}
    head = facts.category(case) if case.alert.closed else case.words("card.what", values)
    return f"{head}\n{facts.opened(case)}"


def _buttons(case: Case) -> Iterator[Block]:
    acts = [*BUTTONS[case.alert.status]]
    if case.subject.conversation.mode == "handoff":
        acts.insert(3, "hand_back")
    for act in acts:
        label = case.words(f"card.press_{act}")
        yield button(act, label, str(case.alert.number), "primary" if act == acts[0] else "")


def _listed(case: Case) -> Block:
    press = button("acknowledge", case.words("card.press_acknowledge"), str(case.alert.number), "primary")
    text = "\n".join((facts.short(case), f"{facts.opened(case)} {facts.standing(case)}"))
    return section(text, f"case_{case.alert.number}", press if case.alert.status == "open" else None)


def _urgency(case: Case) -> tuple[bool, bool, datetime, int]:
    alert = case.alert
    return alert.soon != "now", alert.status != "open", alert.opened_at, alert.number


def _why(case: Case, why: str) -> str:
    """A word for the notice. One that nobody has worded must not keep an alert from going out."""
    if why == "rung" and case.alert.repeats:
        return "repeat"
    return why if why in WHYS else "opened"


def _outside(case: Case, why: str) -> dict[str, Any]:
    reason = case.words(f"card.outside_{_why(case, why)}")
    said = " ".join(filter(None, (reason, facts.caution(case, "card.outside_call_unsafe"))))
    return {"clinic": case.pack.world.clinic.name, "soon": facts.soon(case), "why": said}


def _message(text: str, blocks: Sequence[Block]) -> Message:
    return {"text": escape(clip(text, NOTIFICATION)), "blocks": list(blocks)}
