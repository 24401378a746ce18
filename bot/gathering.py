"""Every mistake of many files, not only the first: reading goes on after one that cannot be used."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from flows.errors import DefinitionError, Problem

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(slots=True)
class Gathering:
    """The mistakes found so far."""

    problems: list[Problem] = field(default_factory=list)

    def read(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """What the function gives; None where it raised DefinitionError, whose problems are kept."""
        try:
            return function(*args, **kwargs)
        except DefinitionError as error:
            self.problems += error.problems
            return None

    def wrong(self, file: str, what: str, repair: str, line: int = 1) -> None:
        """Note a mistake."""
        self.problems.append(Problem(file, line, what, repair))

    def check(self) -> None:
        """Raise DefinitionError with everything found; nothing where all is well."""
        if self.problems:
            raise DefinitionError(self.problems)
