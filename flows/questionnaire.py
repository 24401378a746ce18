"""An instrument as a flow: each item a question, the published wording untouched, every part resumable.

The file is made, and then read like any other flow file, so that its version is pinned by its content.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from flows.instruments import Instrument, Item

File = dict[str, Any]
Example = list[dict[str, str]]
GRAVE = 2  # from this score on an answer about self-harm is asked about at once (the safety document)
TOLD = ("first", "better", "worse", "same", "incomplete")
SNAPSHOT = "It is a snapshot, not a verdict, and your clinician looks at it with you."
RESULTS: Mapping[str, str] = {
    "first": "Thank you for answering. {total} " + SNAPSHOT,
    "better": "Thank you for answering. {total} Compared with last time, things point to easier. " + SNAPSHOT,
    "worse": "Thank you for answering. {total} Compared with last time, things point to harder. "
    + SNAPSHOT
    + " If it gets too much before your session, tap “I need help now” or send /crisis.",
    "same": "Thank you for answering. {total} That is about where you were last time. " + SNAPSHOT,
    "incomplete": "Thank you. {answered} are answered. I keep them for your clinician, without a total.",
}


def questionnaires(instruments: Mapping[str, Instrument]) -> dict[str, str]:
    """The flow files of all instruments that have their words, by path."""
    return {f"flows/instruments/{name}.yaml": flow_text(each) for name, each in instruments.items() if each.worded}


def flow_text(instrument: Instrument) -> str:
    """The flow file of an instrument, as YAML."""
    file: File = {
        "flow": instrument.name,
        "title": instrument.file.title,
        "why": "The same questions again and again show what changes. Your clinician sees your answers.",
        "command": instrument.name,
        "start": "begin",
        "states": dict(_states(instrument)),
        "examples": dict(_examples(instrument)),
    }
    return yaml.dump(file, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=1000)


class _Plain(yaml.SafeDumper):
    """Writes everything out: flow files have no aliases."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 the signature is theirs
        return True


def _states(instrument: Instrument) -> Iterator[tuple[str, File]]:
    yield (
        "begin",
        {
            "ask": f"I have {len(instrument.items)} short questions for you, from {instrument.file.title}. "
            "You can skip any of them, and your clinician sees the answers. Is now a good moment?",
            "choices": {
                "start": {"label": "Yes, let's start", "next": next(iter(instrument.items))},
                "later": {"label": "Not now", "next": "later"},
            },
            "skip": "no",
            "remind": {"after": "20h", "say": "Your questionnaire is still here. There is no hurry."},
            "expire": {"after": "3d", "next": "end"},
        },
    )
    yield "later", {"say": f"That's fine. You can send /{instrument.name} when it suits you.", "next": "end"}
    yield from _items(instrument)
    if instrument.risk_item:
        yield from _about_risk(instrument)
    outcomes = {outcome: outcome for outcome in _outcomes(instrument)}
    yield "score", {"do": "score", "with": {"instrument": instrument.name}, "on": outcomes}
    yield from ((name, {"say": _result(instrument, name), "next": "end"}) for name in outcomes)


def _items(instrument: Instrument) -> Iterator[tuple[str, File]]:
    asked = _asked(instrument)
    names = list(asked)
    for place, name in enumerate(names):
        stem = f"{instrument.stem}\n\n" if name in instrument.items and instrument.stem else ""
        said = f"{place + 1} of {len(names)}\n\n{stem}{asked[name].text}"
        after = names[place + 1] if place + 1 < len(names) else _last(instrument)
        yield name, _question(instrument, name, said, after)


def _asked(instrument: Instrument) -> dict[str, Item]:
    """Every question in its order: the scored ones, then the others."""
    return {**instrument.items, **instrument.also}


def _question(instrument: Instrument, name: str, said: str, after: str) -> File:
    choices: File = {}
    for key, option in instrument.choices(name).items():
        grave = name == instrument.risk_item and option.score >= GRAVE
        choices[key] = {"label": option.label, "next": "at_once"} if grave else option.label
    return {
        "ask": said,
        "choices": choices,
        "save": name,
        "sensitive": "yes",
        "importance": "instrument",
        "expire": {"after": "2d", "next": _last(instrument)},
        "next": after,
    }


def _about_risk(instrument: Instrument) -> Iterator[tuple[str, File]]:
    """From GRAVE on at once, and no more questions while a case is open; below it when the questionnaire is done."""
    options = instrument.choices(instrument.risk_item)
    some = [name for name, option in options.items() if 0 < option.score < GRAVE]
    named = {f"saved.{instrument.risk_item}": {"one_of": some}}
    yield "look", {"do": "choose", "next": [{"when": named, "go": "at_once"}, {"go": "score"}]}
    yield "at_once", {"run": "item_nine", "next": "score_quietly"}
    yield "score_quietly", {"do": "score", "with": {"instrument": instrument.name}, "next": "end"}


def _last(instrument: Instrument) -> str:
    """Where the last question leads, and where one leads that nobody answers."""
    return "look" if instrument.risk_item else "score"


def _outcomes(instrument: Instrument) -> Sequence[str]:
    """What `score` can say of it: nothing about better or worse where no reliable change is published."""
    return TOLD if instrument.file.reliable_change else ("first", "incomplete")


def _result(instrument: Instrument, name: str) -> str:
    better = "Lower" if instrument.direction == "lower" else "Higher"
    total = f"Your total is {{total}} of {instrument.highest}. {better} is better."
    answered = f"{{answered}} of {len(instrument.items)}"
    return RESULTS[name].replace("{total}", total).replace("{answered}", answered)


def _examples(instrument: Instrument) -> Iterator[tuple[str, Example]]:
    yield "every question is answered", [*_through(instrument, {}), {"bot": "first"}, {"bot": "end"}]
    if instrument.file.reliable_change:
        yield from _compared(instrument)
    yield "not now", [{"bot": "begin"}, {"tap": "later"}, {"bot": "later"}, {"bot": "end"}]
    yield "nobody answers", [{"bot": "begin"}, {"wait": "20h"}, {"bot": "begin.remind"}, {"wait": "4d"}, {"bot": "end"}]
    skips = [step for name in _asked(instrument) for step in ({"bot": name}, {"tap": "skip"})]
    untotalled: Example = [{"bot": "incomplete"}, {"bot": "end"}]
    yield "every question is skipped", [{"bot": "begin"}, {"tap": "start"}, *skips, *untotalled]
    for name in _asked(instrument):
        yield f"left lying at {name}", [{"enter": name}, {"bot": name}, {"wait": "3d"}, *untotalled]
    if name := instrument.risk_item:
        for key, option in instrument.choices(name).items():
            if option.score:
                until = name if option.score >= GRAVE else ""
                yield f"such thoughts: {key}", [*_through(instrument, {name: key}, until), *_asked_directly()]


def _through(instrument: Instrument, answers: Mapping[str, str], last: str = "") -> Iterator[dict[str, str]]:
    yield from ({"bot": "begin"}, {"tap": "start"})
    for name in _asked(instrument):
        yield {"bot": name}
        yield {"tap": answers.get(name) or next(iter(instrument.choices(name)))}
        if name == last:
            return


def _compared(instrument: Instrument) -> Iterator[tuple[str, Example]]:
    most = {n: list(instrument.choices(n))[-1] for n in _asked(instrument) if n != instrument.risk_item}
    for told, before, answers in (("better", instrument.highest, {}), ("same", 1, {}), ("worse", 0, most)):
        given = {"given": f"kept.{instrument.name}_last is {before}"}
        yield f"{told} than last time", [given, *_through(instrument, answers), {"bot": told}, {"bot": "end"}]


def _asked_directly() -> Example:
    said = (
        "item_nine.thanks",
        "safety.start",
        "safety.no_said",
        "safety.next_step",
        "safety.safe_said",
        "safety.close",
    )
    taps = {"safety.start": "no", "safety.next_step": "safe"}
    steps = [step for name in said for step in ({"bot": name}, *([{"tap": taps[name]}] if name in taps else []))]
    return [*steps, {"bot": "end"}, {"alert": "moderate"}]
