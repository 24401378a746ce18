"""Which words stand for a text id in a language: an immutable lookup in layers. No clinic sees another's words.

For the language and its CLDR parents the clinic's words come before the base; only then the source language, the
clinic's first. A translation of an older source is stale: ordinary and crisis text keep it, consent and policy text
fall back.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from bot.errors import BotError
from bot.formatting import Template, TemplateError, template
from bot.languages import SOURCE, chain, conventions, related, right_to_left
from bot.translations import Translation, Translations
from flows.definition import Text
from flows.errors import Problem

Layer = Literal["clinic", "base"]
REMEMBERED = 50_000  # resolved texts; a clinic's ids times its languages are far fewer
NEVER_STALE = ("consent", "instrument")  # what nobody may be asked in words other than the current ones


# A command in a text that runs from right to left keeps its slash in front, and does not turn its line around.
_COMMAND, _APART = re.compile(r"(?<![\w/:])/[a-z]+\b"), "\u2066\\g<0>\u2069"


class UnknownTextError(BotError):
    """No text has this id: a flow and the words beside it are not of one pack."""


@dataclass(frozen=True, slots=True)
class Found:
    """The words for a text id in a language, before any value. `locale` and `layer` say where they come from,
    `conventions` is the CLDR locale of the dates and numbers in them."""

    text: Text
    template: Template
    locale: str
    layer: Layer
    stale: bool
    reviewed: bool
    conventions: str
    rtl: bool


@dataclass(frozen=True, slots=True, repr=False)  # megabytes
class Words:
    """One layer: its source texts by id, and its translations by language."""

    texts: Mapping[str, Text] = field(default_factory=dict)
    languages: Mapping[str, Translations] = field(default_factory=dict)


def no_versions(_version: str) -> Mapping[str, Text]:
    """For a lookup that knows no pinned versions."""
    return {}


@dataclass(frozen=True, slots=True, repr=False)  # megabytes
class Lookup:
    """Both layers of a clinic. `pinned` gives the source texts of a version of a flow, nothing for an unknown one;
    `region` (ISO 3166) decides how dates are written where a locale names no country."""

    clinic: Words
    base: Words
    pinned: Callable[[str], Mapping[str, Text]] = no_versions
    region: str = ""
    find: Callable[[str, str, str], Found] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "find", lru_cache(REMEMBERED)(self._find))

    @property
    def languages(self) -> tuple[str, ...]:
        """The source language and every language that has translations."""
        return tuple(dict.fromkeys((SOURCE, *self.clinic.languages, *self.base.languages)))

    @property
    def texts(self) -> Mapping[str, Text]:
        """The current source texts of both layers by id."""
        return {**self.base.texts, **self.clinic.texts}

    def source(self, text_id: str, version: str = "") -> tuple[Text, Layer]:
        """The source text: the pinned version's own, else the current one. Raises UnknownTextError."""
        layer: Layer = "clinic" if text_id in self.clinic.texts else "base"
        current = self.clinic.texts.get(text_id) or self.base.texts.get(text_id)
        text = (self.pinned(version).get(text_id) if version else None) or current
        if text is None:
            raise UnknownTextError(f"no text has the id '{text_id}'; publish the flow again, or correct the id")
        return text, layer

    def report(self) -> Iterator[Problem]:
        """What is refused, stale or left over in the translations, by file and line."""
        for words in (self.clinic, self.base):
            for language in words.languages.values():
                for name, entry in language.entries.items():
                    yield from self._judged(name, entry)

    def _find(self, text_id: str, locale: str, version: str) -> Found:
        """Called through `find`, which remembers."""
        text, layer = self.source(text_id, version)
        for name in dict.fromkeys((*chain(locale), SOURCE)):
            for kind, entry in self._entries(text_id, name):
                stale = entry.source != text.source
                if not refusal(entry, text) and not (stale and text.importance in NEVER_STALE):
                    return self._found(text, entry.text, locale, name, kind, stale=stale, reviewed=entry.reviewed)
            if name == SOURCE:
                break
        return self._found(text, text.source, locale, SOURCE, layer)

    def _entries(self, text_id: str, language: str) -> Iterator[tuple[Layer, Translation]]:
        layers: tuple[tuple[Layer, Words], ...] = (("clinic", self.clinic), ("base", self.base))
        for layer, words in layers:
            entry = words.languages[language].entries.get(text_id) if language in words.languages else None
            if entry:
                yield layer, entry

    def _found(
        self,
        text: Text,
        words: str,
        wanted: str,
        language: str,
        layer: Layer,
        *,
        stale: bool = False,
        reviewed: bool = True,
    ) -> Found:
        """Dates go with the words: as the reader's country writes them where the words are in the reader's language."""
        dates = conventions(wanted if related(wanted, language) else language, self.region)
        rtl = right_to_left(language)
        words = _COMMAND.sub(_APART, words) if rtl else words
        return Found(text, template(words), language, layer, stale, reviewed, dates, rtl)

    def _judged(self, name: str, entry: Translation) -> Iterator[Problem]:
        try:
            text, _layer = self.source(name)
        except UnknownTextError:
            yield Problem(entry.file, entry.line, f"no text has the id '{name}'", "remove the entry, or correct the id")
            return
        if why := refusal(entry, text):
            what = f"{name} {why}, so the source is used"
            yield Problem(entry.file, entry.line, what, "write the same placeholders as the source")
        elif entry.source != text.source:
            used = "so the source is used" if text.importance in NEVER_STALE else "and the old words are kept"
            what = f"{name} translates an older source, {used}"
            yield Problem(entry.file, entry.line, what, "look at the new source and bring msgid and msgstr up to date")


def refusal(entry: Translation, text: Text) -> str:
    """Why a translation cannot stand for a text, "" where it can: it has the same placeholders as the source."""
    try:
        has, wants = template(entry.text).slots, template(text.source).slots
    except TemplateError as error:
        return f"cannot be read: {error}"
    lacks, adds = (" ".join(sorted(map(str, slots))) for slots in (wants - has, has - wants))
    told = [f"lacks {lacks}" if lacks else "", f"has {adds}, which the source has not" if adds else ""]
    return " and ".join(filter(None, told))
