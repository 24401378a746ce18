"""What can be wrong in the core: one root, and mistakes told with file, line and repair."""

from collections.abc import Iterable
from dataclasses import dataclass


class FlowsError(Exception):
    """The root of every error that the core raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a file that a person wrote. `line` counts from 1."""

    file: str
    line: int
    what: str
    repair: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}; {self.repair}"


class DefinitionError(FlowsError):
    """A flow, rule, region or clinic file cannot be used; carries every problem found, not only the first."""

    problems: tuple[Problem, ...]

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))
