"""What a client has told, answered and written, as one page: in their language, readable on a phone and offline."""

import html
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from bot.formatting import Slot
from bot.languages import conventions, right_to_left
from bot.stage import Stage
from bot.worded import FORMATS
from flows.conversation import Client
from storage import answers, inbox, measures

STYLE = "body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:1rem auto;padding:0 1rem}dt{font-weight:600}"
Line = tuple[str, str]
# what the client told -> its label, and how its value is worded
PROFILE: Mapping[str, tuple[str, Callable[[Any, str, str], str]]] = {
    "name": ("client.record_name", FORMATS["text"]),
    "locale": ("client.record_language", FORMATS["language"]),
    "zone": ("client.record_zone", FORMATS["zone"]),
    "country": ("client.record_country", FORMATS["country"]),
    "phone": ("client.record_phone", FORMATS["text"]),
    "emergency_contact": ("client.record_emergency", FORMATS["text"]),
    "age": ("client.record_age", FORMATS["text"]),
}


def record_page(stage: Stage) -> str:
    """An HTML page with everything that a client told, answered, agreed to and wrote."""
    client = stage.subject.client
    assert client is not None
    title = stage.words("client.record_title", {})
    direction = "rtl" if right_to_left(stage.locale) else "ltr"
    head = f'<!doctype html><html lang="{stage.locale}" dir="{direction}"><meta charset="utf-8">'
    head += f'<meta name="viewport" content="width=device-width"><title>{_text(title)}</title><style>{STYLE}</style>'
    parts = [f"<h1>{_text(title)}</h1><p>{_text(_when(stage, stage.at))}</p>"]
    parts += [_section(stage, name, lines) for name, lines in _all(stage, client)]
    return head + "".join(parts) + "</html>"


def _all(stage: Stage, client: Client) -> Iterator[tuple[str, list[Line]]]:
    yield "client.record_you", list(_profile(stage, client))
    yield "client.record_agreed", list(_agreed(stage))
    yield "client.record_answers", list(_answers(stage))
    yield "client.record_measures", list(_measures(stage))
    yield "client.record_written", list(_written(stage))


def _profile(stage: Stage, client: Client) -> Iterator[Line]:
    for name, (label, worded) in PROFILE.items():
        if (value := getattr(client, name)) not in (None, ""):
            yield stage.words(label, {}), worded(value, _conventions(stage), "")


def _agreed(stage: Stage) -> Iterator[Line]:
    for at, text, version, given in answers.consents_of(stage.connection, stage.clinic, stage.subject.id):
        said = stage.words("client.record_yes" if given else "client.record_no", {})
        yield _when(stage, at), f"{_label(stage, f'{text}.title')} ({version}): {said}"


def _answers(stage: Stage) -> Iterator[Line]:
    for at, flow, state, value in answers.of(stage.connection, stage.store.cipher, stage.clinic, stage.subject.id):
        question = _label(stage, f"{flow}.{state}.ask") or state
        yield f"{_when(stage, at)}: {question}", _label(stage, f"{flow}.{state}.choice.{value}") or str(value)


def _measures(stage: Stage) -> Iterator[Line]:
    for each in measures.of(stage.connection, stage.store.cipher, stage.clinic, stage.subject.id):
        title = stage.pack.world.instruments[each.instrument].file.title
        yield _when(stage, each.at), f"{title}: {each.total if each.total is not None else '–'}"


def _written(stage: Stage) -> Iterator[Line]:
    for at, text in inbox.texts_of(stage.connection, stage.store.cipher, stage.clinic, stage.subject.id):
        yield _when(stage, at), text


def _label(stage: Stage, text_id: str) -> str:
    """A text as it stands, its placeholders as dots; "" where there is none by this id any more."""
    lookup = stage.pack.wording.lookup
    if text_id not in lookup.texts:
        return ""
    found = lookup.find(text_id, stage.locale, "")
    return "".join("…" if isinstance(part, Slot) else part for part in found.template.parts)


def _when(stage: Stage, at: Any) -> str:
    client, clinic = stage.subject.client, stage.pack.world.clinic
    return FORMATS["datetime"](at, _conventions(stage), (client.zone if client else "") or clinic.zone)


def _conventions(stage: Stage) -> str:
    """How dates and names of places are written for this client."""
    return conventions(stage.locale, stage.pack.world.clinic.region)


def _section(stage: Stage, name: str, lines: Iterable[Line]) -> str:
    rows = "".join(f'<dt dir="auto">{_text(key)}</dt><dd dir="auto">{_text(value)}</dd>' for key, value in lines)
    body = f"<dl>{rows}</dl>" if rows else f"<p>{_text(stage.words('client.record_nothing', {}))}</p>"
    return f"<h2>{_text(stage.words(name, {}))}</h2>{body}"


def _text(value: str) -> str:
    return html.escape(value).replace("\n", "<br>")
