"""The words of one clinic: a text id, a language and values in; a sentence ready to send out."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from bot.errors import BotError
from bot.formatting import FillError, Setting, Template, fill
from bot.languages import SOURCE
from bot.lookup import REMEMBERED, Found, Layer, Lookup
from flows.answers import fold
from flows.errors import Problem

VOCABULARY = "words."  # ids of the typed words that stand for commands


class UnfilledError(BotError):
    """A text could not be filled. Names the id and the placeholder, never a value."""


@dataclass(frozen=True, slots=True)
class Worded:
    """A sentence ready to send. `locale` and `layer` say where its words come from; `stale` that they translate an
    older source; `missing` which placeholders of a crisis text stayed empty, for the caller to report."""

    text: str
    locale: str
    layer: Layer
    stale: bool
    direction: Literal["ltr", "rtl"]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wording:
    """All words of a clinic in every language. It is `flows.world.Words` too."""

    lookup: Lookup
    vocabulary: Callable[[str], Mapping[str, str]] = field(init=False, repr=False, compare=False)
    _fixed: Callable[[str, str, str], Worded | None] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "vocabulary", lru_cache(256)(self._vocabulary))
        object.__setattr__(self, "_fixed", lru_cache(REMEMBERED)(self._without_values))

    def say(
        self, text_id: str, locale: str, values: Mapping[str, Any], *, source: str = "", zone: str = "UTC"
    ) -> Worded:
        """The sentence. `source` is the version of the flow that asks for it, `zone` the reader's IANA zone.

        Raises UnknownTextError, and UnfilledError for a value that is missing or does not fit. Crisis text always comes
        out: with nothing in that place, and the placeholder's name in `missing`.
        """
        if fixed := self._fixed(text_id, locale, source):
            return fixed
        found = self.lookup.find(text_id, locale, source)
        lost: list[FillError] = []
        keep = lost.append if found.text.importance == "crisis" else None
        try:
            text = fill(found.template, values, Setting(found.conventions, zone, found.rtl), keep)
        except FillError as error:
            raise UnfilledError(f"{text_id}: {error}; give the value, or take the placeholder out") from None
        return _said(text, found, tuple(error.name for error in lost) if lost else ())

    def label(self, text: str, locale: str, values: Mapping[str, Any] | None = None, source: str = "") -> str:
        """The words of a button, for comparing with what a client typed."""
        return self.say(text, locale, values or {}, source=source).text

    def report(self) -> tuple[Problem, ...]:
        """What is refused, stale or left over in the translations, by file and line."""
        return tuple(self.lookup.report())

    def _without_values(self, text_id: str, locale: str, source: str) -> Worded | None:
        """The sentence where it has no values, and so is always the same. Called through `_fixed`, which remembers."""
        found = self.lookup.find(text_id, locale, source)
        return None if found.template.slots else _said("".join(map(str, found.template.parts)), found, ())

    def _vocabulary(self, locale: str) -> Mapping[str, str]:
        """Typed words (folded) and the command that each means: the language's own, and always the English ones.

        Called through `vocabulary`, which remembers.
        """
        meant: dict[str, str] = {}
        for language in dict.fromkeys((SOURCE, locale)):
            for name in self.lookup.texts:
                if name.startswith(VOCABULARY):
                    words = _listed(self.lookup.find(name, language, "").template)
                    meant |= {fold(word): name.removeprefix(VOCABULARY) for word in words}
        meant.pop("", None)
        return meant


def _said(text: str, found: Found, missing: tuple[str, ...]) -> Worded:
    return Worded(text, found.locale, found.layer, found.stale, "rtl" if found.rtl else "ltr", missing)


def _listed(template: Template) -> Iterator[str]:
    """`help; menu` as its words; Arabic has a semicolon of its own."""
    for part in template.parts:
        if isinstance(part, str):
            yield from part.replace("؛", ";").split(";")
