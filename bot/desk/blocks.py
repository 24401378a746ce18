"""Block Kit, as much of it as staff see. Every text keeps Slack's limits, and no value can speak Slack's own marks.

Texts go in as plain words and are escaped here, once. Lengths are counted as Slack counts them: UTF-16 units.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

Block = dict[str, Any]
View = dict[str, Any]
Option = tuple[str, str]  # value, label

SECTION, HEADER, BUTTON, TITLE, OPTION, LABEL, VALUE = 3000, 150, 75, 24, 75, 2000, 150
MOST_BLOCKS, MOST_VIEW_BLOCKS, MOST_OPTIONS = 50, 100, 100
_MARKS = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_ESCAPES = {ord(sign): escaped for sign, escaped in _MARKS.items()}


def escape(text: str) -> str:
    """The text with the three signs that Slack reads as commands made harmless: no mention, no link."""
    return text.translate(_ESCAPES)


def section(text: str, block: str = "", accessory: Block | None = None) -> Block:
    """A paragraph with simple marks (`*bold*`), cut where it is too long."""
    made: Block = {"type": "section", "text": {"type": "mrkdwn", "text": _marked(text), "verbatim": True}}
    return made | _named(block) | ({"accessory": accessory} if accessory else {})


def sections(text: str) -> list[Block]:
    """A longer text, over as many paragraphs as it needs."""
    return [section(part) for part in pieces(text, SECTION, _escaped_units)]


def words(text: str) -> list[Block]:
    """Somebody's own words, exactly as written, over as many paragraphs as they need."""
    return [{"type": "section", "text": _plain(part, SECTION, emoji=False)} for part in pieces(text, SECTION, _units)]


def header(text: str) -> Block:
    """A heading."""
    return {"type": "header", "text": _plain(text, HEADER)}


def context(text: str, block: str = "") -> Block:
    """Small print."""
    marked = {"type": "mrkdwn", "text": _marked(text), "verbatim": True}
    return {"type": "context", "elements": [marked]} | _named(block)


def button(action: str, label: str, value: str, style: str = "") -> Block:
    """A button. `action` comes back with `value`."""
    made: Block = {"type": "button", "action_id": action, "text": _plain(label, BUTTON), "value": value}
    return made | ({"style": style} if style else {})


def actions(block: str, buttons: Iterable[Block]) -> Block:
    """A row of buttons."""
    return {"type": "actions", "block_id": block, "elements": list(buttons)}


def choice(name: str, label: str, options: Sequence[Option], hint: str) -> Block:
    """A question with one answer out of many. Block and element are called `name`."""
    listed = [_option(value, text) for value, text in options]
    element: Block = {"type": "static_select", "action_id": name, "placeholder": _plain(hint, HEADER)}
    if len(listed) <= MOST_OPTIONS:
        element["options"] = listed
    else:
        element["option_groups"] = [_group(listed[n : n + MOST_OPTIONS]) for n in range(0, len(listed), MOST_OPTIONS)]
    return {"type": "input", "block_id": name, "label": _plain(label, LABEL), "element": element}


def writing(name: str, label: str, hint: str) -> Block:
    """A question answered in one's own words, over several lines. Block and element are called `name`."""
    element = {"type": "plain_text_input", "action_id": name, "multiline": True, "max_length": SECTION}
    return {
        "type": "input", "block_id": name, "label": _plain(label, LABEL), "element": element,
        "hint": _plain(hint, LABEL),
    }  # fmt: skip


def view(title: str, blocks: Sequence[Block], *, callback: str = "", submit: str = "", metadata: str = "") -> View:
    """A dialog. What is beyond a hundred blocks is left out: the caller says so before that."""
    made: View = {"type": "modal", "title": _plain(title, TITLE), "blocks": list(blocks)[:MOST_VIEW_BLOCKS]}
    made |= {"callback_id": callback} if callback else {}
    made |= {"submit": _plain(submit, TITLE)} if submit else {}
    return made | ({"private_metadata": metadata} if metadata else {})


def clip(text: str, most: int) -> str:
    """The text, with an ellipsis for what does not fit."""
    return _clip(text, most, _units)


def pieces(text: str, most: int, cost: Callable[[str], int]) -> Iterator[str]:
    """The text in pieces that each cost at most `most`, broken after a line or a word where one ends near."""
    while text:
        end = _fits(text, most, cost)
        if end < len(text):
            near = max(text.rfind("\n", end // 2, end), text.rfind(" ", end // 2, end))
            end = near + 1 if near > 0 else end
        yield text[:end]
        text = text[end:]


def _fits(text: str, most: int, cost: Callable[[str], int]) -> int:
    """How many characters from the beginning cost at most `most`; at least one."""
    spent = 0
    for place, sign in enumerate(text):
        spent += cost(sign)
        if spent > most:
            return max(place, 1)
    return len(text)


def _units(sign: str) -> int:
    return 2 if sign > "\uffff" else 1


def _escaped_units(sign: str) -> int:
    return len(_MARKS[sign]) if sign in _MARKS else _units(sign)


def _clip(text: str, most: int, cost: Callable[[str], int]) -> str:
    if _fits(text, most, cost) == len(text):
        return text
    return text[: _fits(text, most - 1, cost)] + "…"


def _marked(text: str) -> str:
    return escape(_clip(text, SECTION, _escaped_units)) or "–"


def _plain(text: str, most: int, *, emoji: bool = True) -> Block:
    return {"type": "plain_text", "text": clip(text, most) or "–", "emoji": emoji}


def _option(value: str, label: str) -> Block:
    return {"text": _plain(label, OPTION), "value": value[:VALUE]}


def _group(options: Sequence[Block]) -> Block:
    first, last = options[0]["text"]["text"], options[-1]["text"]["text"]
    return {"label": _plain(f"{first[:30]} – {last[:30]}", OPTION), "options": list(options)}


def _named(block: str) -> Block:
    return {"block_id": block} if block else {}
