"""One PO file as a value: `msgctxt` is the id of a text, `msgid` the source that the translator saw.

Read with polib behind a check of our own, because every PO reader at hand takes a file that breaks off for a whole one.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import polib

from bot.languages import canonical
from flows.errors import DefinitionError, Problem

DRAFT, REVIEWED = "draft", "reviewed"
_LINE = re.compile(r'(?:(msg(?:ctxt|id|id_plural|str(?:\[\d+\])?))\s+)?"(?:[^"\\]|\\.)*"')
_SYNTAX = re.compile(r"\(line (\d+)\)(?:: (.*))?")


@dataclass(frozen=True, slots=True)
class Translation:
    """The words for one text. `source` is what was translated; `file` and `line` say where it stands."""

    text: str
    source: str
    file: str
    line: int
    reviewed: bool


@dataclass(frozen=True, slots=True)
class Translations:
    """The usable entries of one file by text id: neither fuzzy nor empty nor crossed out."""

    language: str
    file: str
    status: str
    reviewed_by: str
    entries: Mapping[str, Translation]


@lru_cache(maxsize=512)
def read_translations(text: str, file: str, language: str) -> Translations:
    """The file's value. Raises DefinitionError with every mistake of form; what it says is judged where it is used."""
    if broken := list(_broken(text, file)):
        raise DefinitionError(broken)
    try:
        po = polib.pofile(text.removeprefix("\ufeff"))
    except OSError as error:
        found = _SYNTAX.search(str(error))
        what = f"not a valid PO file{f': {found[2]}' if found and found[2] else ''}"
        raise DefinitionError([Problem(file, int(found[1]) if found else 1, what, "check the quotes here")]) from None
    if problems := [*_header(po.metadata, file, language), *_doubled(po, file)]:
        raise DefinitionError(problems)
    status, by = po.metadata.get("X-Rapport-Status", DRAFT), po.metadata.get("X-Rapport-Reviewed-By", "")
    entries = {
        entry.msgctxt: Translation(entry.msgstr, entry.msgid, file, entry.linenum or 1, status == REVIEWED)
        for entry in po
        if entry.msgctxt and entry.msgstr and not entry.fuzzy and not entry.obsolete
    }
    return Translations(language, file, status, by, entries)


def _broken(text: str, file: str) -> Iterator[Problem]:
    """Lines that break off, and a file that ends in the middle of an entry."""
    last, number = "", 1
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        content = line.strip()
        if not content or content.startswith("#"):
            continue
        found = _LINE.fullmatch(content)
        if found is None:
            yield Problem(file, number, "this line breaks off, or has a quote too many", 'write keyword "text" again')
            return
        last = found[1] or last
    if not text.endswith("\n") or not last.startswith("msgstr"):
        yield Problem(file, number, "the file breaks off here", "fetch the whole file again, or finish this entry")


def _header(metadata: Mapping[str, str], file: str, language: str) -> Iterator[Problem]:
    told = metadata.get("Language", language)
    if canonical(told) != canonical(language):
        yield Problem(file, 1, f"the header says Language: {told}", f"write {language}, or put the file elsewhere")
    status = metadata.get("X-Rapport-Status", DRAFT)
    if status not in (DRAFT, REVIEWED):
        yield Problem(file, 1, f"X-Rapport-Status is '{status}'", "write draft or reviewed")
    if status == REVIEWED and not metadata.get("X-Rapport-Reviewed-By", "").strip():
        yield Problem(file, 1, "reviewed, but not by whom", "name the person in X-Rapport-Reviewed-By, or write draft")


def _doubled(po: polib.POFile, file: str) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for entry in po:
        if entry.obsolete or not entry.msgctxt:
            continue
        here = entry.linenum or 1
        line = first.setdefault(entry.msgctxt, here)
        if line != here:
            repair = f"keep one of the two; the other is in line {line}"
            yield Problem(file, here, f"{entry.msgctxt} stands twice", repair)
