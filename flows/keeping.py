"""What is kept of a client from one conversation to the next: a goal, an interest, a question for the session.

Kept values are read as `kept.NAME` in conditions and `{kept_NAME}` in texts. A list keeps its newest entries; the whole
history stands among the answers.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from flows.step import Step

MOST = 20  # entries of a list
LONGEST = 400  # characters of an entry: it is shown in a chat again


def keep(step: Step, args: Mapping[str, str]) -> None:
    """Keep a saved answer, or a fixed value, under a name. An answer that was skipped changes nothing."""
    value = value_of(step, args)
    if value not in (None, ""):
        _set(step, args["as"], value)


def add(step: Step, args: Mapping[str, str]) -> None:
    """Put a saved answer, or a fixed value, at the end of a list. What stands there already moves to the end, or stands
    there twice where `twice: yes`; the newest `most` stay."""
    value = value_of(step, args)
    if value not in (None, ""):
        twice = args.get("twice") == "yes"
        known = [each for each in listed(step.client.kept.get(args["as"])) if twice or each != value]
        _set(step, args["as"], [*known, value][-int(args.get("most", MOST)) :])


def drop(step: Step, args: Mapping[str, str]) -> None:
    """Keep it no longer."""
    step.alter(kept={name: value for name, value in step.client.kept.items() if name != args["as"]})


def recall(step: Step, args: Mapping[str, str]) -> None:
    """Put a kept value among those saved in this conversation."""
    step.top(data={**step.frame.data, args["as"]: step.client.kept.get(args["from"])})


def value_of(step: Step, args: Mapping[str, str]) -> Any:
    """What an action is given: `from:` a saved name, or `value:` as it stands."""
    if "value" in args:
        return args["value"]
    value = step.frame.data.get(args.get("from", ""))
    return value[:LONGEST] if isinstance(value, str) else value


def listed(value: Any) -> Sequence[Any]:
    """The entries of a kept list; a single value is a list of one, nothing is an empty one."""
    if value in (None, ""):
        return ()
    return value if isinstance(value, list | tuple) else (value,)


def _set(step: Step, name: str, value: Any) -> None:
    step.alter(kept={**step.client.kept, name: value})
