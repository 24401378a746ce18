"""What a clinic's risk file would change, before it is in use: `rapport risk try`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from flows.risk import Action, Screen, screen
from flows.risk_files import Example
from flows.risk_rules import examples

SHOWN = 10  # of each kind of change


@dataclass(frozen=True, slots=True)
class Changed:
    """A sentence that is dealt with in another way. `rule` is the rule whose example it is, "" for benign talk."""

    rule: str
    text: Example
    was: Action
    now: Action


def compare(files: Mapping[str, str], talk: Iterable[str], before: Screen, after: Screen) -> list[Changed]:
    """The examples of these rule files, and sentences of benign talk, that the two screens deal with differently."""
    told: list[tuple[str, Example]] = [*examples(files), *(("", text) for text in talk)]
    judged = (Changed(rule, text, _action(before, text), _action(after, text)) for rule, text in told)
    return [each for each in judged if each.was != each.now]


def _action(rules: Screen, text: Example) -> Action:
    return screen(rules, [text] if isinstance(text, str) else text).action


def as_text(changed: Sequence[Changed], count: int) -> str:
    """For a person: how many of `count` sentences change, and the first of each kind."""
    kinds: dict[tuple[str, Action, Action], list[Changed]] = {}
    for each in changed:
        kinds.setdefault(("benign talk" if not each.rule else "examples", each.was, each.now), []).append(each)
    return "\n".join([f"{len(changed)} of {count} sentences would be dealt with differently", *_lines(kinds)]) + "\n"


def _lines(kinds: Mapping[tuple[str, Action, Action], Sequence[Changed]]) -> Iterator[str]:
    for (what, was, now), found in sorted(kinds.items()):
        yield f"\n{what}: {was} -> {now}: {len(found)}"
        for each in found[:SHOWN]:
            words = each.text if isinstance(each.text, str) else " / ".join(each.text)
            yield f"  {each.rule or '-'}  {words}"
        if len(found) > SHOWN:
            yield f"  and {len(found) - SHOWN} more"
