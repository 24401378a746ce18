"""YAML as people write it: every scalar stays a string, every key and value knows its line.

`on`, `yes` and `no` are words here and numbers stay text. Duplicate keys, anchors, aliases and tags are refused.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

from flows.errors import DefinitionError, Problem

MAX_CHARS = 1_000_000
MAX_DEPTH = 40

Tree: TypeAlias = "dict[str, Tree] | list[Tree] | str"
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file's content as plain dict, list and str, and where each part of it stands."""

    data: Tree
    lines: Mapping[Path, int]

    def line(self, path: Path) -> int:
        """The line (from 1) of the deepest node on the path; steps that lead nowhere are passed over.

        So that the `loc` of a pydantic error may be given as it is, with names of models between the keys.
        """
        here: Path = ()
        for step in path:
            if (*here, step) in self.lines:
                here = (*here, step)
        return self.lines[here]


def load(text: str, file: str) -> Loaded:
    """Read one YAML document. Raises DefinitionError with every problem found, named by `file` and line."""
    if len(text) > MAX_CHARS:
        raise DefinitionError([Problem(file, 1, f"the file has {len(text)} characters", f"keep to {MAX_CHARS}")])
    builder = _Builder(file)
    try:
        data = builder.document(yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except yaml.YAMLError as error:
        raise DefinitionError([*builder.problems, _syntax(error, file)]) from error
    if builder.problems:
        raise DefinitionError(builder.problems)
    return Loaded(data, builder.lines)


def _syntax(error: yaml.YAMLError, file: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or "not readable"
    context = getattr(error, "context", None)
    told = f"not valid YAML: {context}, {what}" if context else f"not valid YAML: {what}"
    return Problem(file, mark.line + 1 if mark else 1, told, "check the indent, the colon and the quotes around here")


class _Builder:
    """Builds the tree from the parser's events, which never follow an alias and so cannot be made to blow up."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Path, int] = {}
        self.problems: list[Problem] = []

    def document(self, events: Iterator[Any]) -> Tree:
        root: Tree = {}
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents == 1:
                    root = self._node(next(events), events, ())
                else:
                    self._wrong(event, "a second document begins here", "keep one document in a file, remove '---'")
                    break
        if not documents:
            self.problems.append(Problem(self.file, 1, "the file is empty", "write its content or delete the file"))
        return root

    def _node(self, event: Any, events: Iterator[Any], path: Path) -> Tree:
        self.lines.setdefault(path, event.start_mark.line + 1)
        if isinstance(event, yaml.AliasEvent):
            self._wrong(event, f"the alias *{event.anchor} is not allowed", "write the value out")
            return ""
        self._refuse_marks(event)
        if isinstance(event, yaml.ScalarEvent):
            return str(event.value)
        if len(path) >= MAX_DEPTH:
            self._wrong(event, f"more than {MAX_DEPTH} levels deep", "flatten this part of the file")
            raise DefinitionError(self.problems)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, path)
        return self._mapping(events, path)

    def _sequence(self, events: Iterator[Any], path: Path) -> Tree:
        items: list[Tree] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(self._node(event, events, (*path, len(items))))
        return items

    def _mapping(self, events: Iterator[Any], path: Path) -> Tree:
        found: dict[str, Tree] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = self._key(event, events, path)
            first = self.lines.get((*path, key))
            if first is not None:
                self._wrong(event, f"'{key}' stands twice, first in line {first}", "keep one of the two")
            self.lines.setdefault((*path, key), event.start_mark.line + 1)
            value = self._node(next(events), events, (*path, key))
            found.setdefault(key, value)
        return found

    def _key(self, event: Any, events: Iterator[Any], path: Path) -> str:
        if isinstance(event, yaml.ScalarEvent):
            self._refuse_marks(event)
            return str(event.value)
        self._wrong(event, "a key must be a plain word", "put quotes around a key that has brackets or braces")
        self._node(event, events, (*path, "?"))
        return f"?{event.start_mark.index}"

    def _refuse_marks(self, event: Any) -> None:
        if event.anchor is not None:
            self._wrong(event, f"the anchor &{event.anchor} is not allowed", "write the value out where it is used")
        if event.tag is not None:
            self._wrong(event, f"the tag {event.tag} is not allowed", "remove it; every value is text")

    def _wrong(self, event: Any, what: str, repair: str) -> None:
        self.problems.append(Problem(self.file, event.start_mark.line + 1, what, repair))
