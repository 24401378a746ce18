"""Papers beside a case: what announces them, with initials only, and the dialog that shows them once somebody reads."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.desk.blocks import Block, View, actions, button, context, escape, header, section, view, words
from bot.desk.case import Message
from bot.packs import Pack
from flows.conversation import Client
from flows.papers import MISSED, READ


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer of the client: the flow's state, the value (an option or the client's words), when (UTC)."""

    at: datetime
    flow: str
    state: str
    value: Any


def announced(pack: Pack, text: str, paper: str, alias: str = "") -> Message:
    """A paper waits: who left it by initials, and a button to read it. No word of it."""
    line = pack.desk_words(text, {"alias": alias})
    buttons = [button(READ, pack.desk_words("desk.paper_read"), paper, "primary")]
    if paper.startswith("note:"):
        buttons.append(button(MISSED, pack.desk_words("desk.paper_missed"), paper))
    return {"text": line, "blocks": [section(line, "paper"), actions("acts", buttons)]}


def note(pack: Pack, client: Client, at: datetime, said: str, answered: Sequence[Answered]) -> View:
    """A note for the next session: what was said, and the check-in around it."""
    blocks = [header(client.name), context(pack.desk_words("card.paper_left", {"at": at}))]
    if said or not answered:
        blocks += words(said) if said else [section(pack.desk_words("desk.paper_no_words"))]
    blocks += [block for answer in answered for block in _answer(pack, answer)]
    return view(pack.desk_words("desk.paper_title"), blocks)


def _answer(pack: Pack, answer: Answered) -> Iterator[Block]:
    question = f"{answer.flow}.{answer.state}.ask"
    if question not in pack.wording.lookup.texts:  # of an older version, or of a flow that the clinic has taken away
        yield from words(str(answer.value))
        return
    state = pack.world.book.current(answer.flow).state(answer.state)
    base = f"{answer.flow}.{answer.state}"
    option = f"{base}.choice.{answer.value}"
    value = str(answer.value)
    shown = pack.wording.label(option, pack.world.languages[0]) if value in state.choices else value
    yield section(f"*{escape(state.ask)}*")
    yield from words(shown)


def measure(pack: Pack, client: Client, at: datetime, name: str, answers: Mapping[str, str], total: int | None) -> View:
    """A filled-in questionnaire: the total with its range and direction, and every answer."""
    instrument = pack.world.instruments[name]
    blocks = [header(client.name), context(pack.desk_words("card.paper_left", {"at": at}))]
    values = {
        "title": instrument.file.title, "total": total, "highest": instrument.highest,
        "answered": instrument.answered(answers), "of": len(instrument.items),
        "band": instrument.band(total) if total is not None else "",
    }  # fmt: skip
    told = "card.measure_open" if total is None else f"card.measure_{instrument.direction}"
    blocks.append(section(pack.desk_words(told, values), "total"))
    for item, asked in {**instrument.items, **instrument.also}.items():
        option = instrument.choices(item).get(answers.get(item, ""))
        score = f" ({option.score})" if option and item in instrument.items else ""
        shown = option.label + score if option else pack.desk_words("card.measure_skipped")
        blocks.append(section(f"{escape(asked.text)}\n*{escape(shown)}*"))
    return view(pack.desk_words("card.measure_title"), blocks)


def contact(pack: Pack, at: datetime, reason: str, details: dict[str, str]) -> View:
    """What somebody left for the front desk."""
    lines = [pack.desk_words(f"desk.contact_is_{reason}"), f"*{escape(details['name'])}*", escape(details["phone"])]
    when = context(pack.desk_words("card.paper_left", {"at": at}))
    return view(pack.desk_words("desk.contact_title"), [section("\n".join(lines), "contact"), when])
