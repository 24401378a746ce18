"""Languages and their relatives: in which order a language's words are looked for, and which way it is written."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from babel import Locale, localedata
from babel.core import get_global

SOURCE = "en"  # the language that the flows and phrases are written in


@lru_cache(maxsize=1024)
def chain(locale: str) -> tuple[str, ...]:
    """The locale, then its parents by CLDR: `es_MX`, `es_419`, `es`. A formality stands before its plain form:
    `de@formal`, `de`. Never from one script into another: `zh_TW` does not end in `zh`, which is simplified."""
    tag, _, variant = canonical(locale).partition("@")
    return tuple(name for step in _parents(tag) for name in ((f"{step}@{variant}", step) if variant else (step,)))


def canonical(locale: str) -> str:
    """A locale as it is named here, whatever an app calls it: `pt_BR` for `pt-br`."""
    tag, at, variant = locale.replace("-", "_").partition("@")
    language, *rest = tag.split("_")
    return "_".join([language.lower(), *(p.title() if len(p) == 4 else p.upper() for p in rest)]) + at + variant


def _parents(tag: str) -> Iterator[str]:
    exceptions: Mapping[str, str] = get_global("parent_exceptions")
    language, script, full = tag.partition("_")[0], _script(tag), tag
    while tag and tag not in ("root", language):
        yield tag
        tag = exceptions.get(tag) or tag.rpartition("_")[0]
    written = f"{language}_{script}"
    if "_" in full and not full.startswith(written) and localedata.exists(written):
        yield written
    if tag != "root" and script == _script(language):
        yield language


def _script(tag: str) -> str:
    """The script that a locale is written in by CLDR's likely subtags; "" for a language that CLDR does not know."""
    given = next((part for part in tag.split("_")[1:] if len(part) == 4), "")
    likely: Mapping[str, str] = get_global("likely_subtags")
    full = likely.get(tag) or likely.get(tag.partition("_")[0], "")
    return given or next((part for part in full.split("_")[1:] if len(part) == 4), "")


def related(one: str, other: str) -> bool:
    """Whether two locales are of one language."""
    return language_of(one) == language_of(other)


def language_of(locale: str) -> str:
    """The language alone: `es` of `es_MX`."""
    return canonical(locale).partition("@")[0].partition("_")[0]


@lru_cache(maxsize=1024)
def conventions(locale: str, region: str) -> str:
    """The CLDR locale by which dates and numbers are written: with the clinic's country where the locale names none and
    CLDR knows the two together (`en` in `GB` is `en_GB`); English for a language that CLDR does not know."""
    tag = canonical(locale).partition("@")[0]
    here = f"{tag}_{region}"
    if "_" not in tag and localedata.exists(here):
        return here
    return next((name for name in chain(tag) if localedata.exists(name)), SOURCE)


@lru_cache(maxsize=1024)
def right_to_left(locale: str) -> bool:
    """Whether the language is written from right to left."""
    return Locale.parse(conventions(locale, "")).text_direction == "rtl"
