"""In which languages new clients are received: where nothing that they may need in a crisis is missing or unreviewed.

Source: F17. Clients who are with the clinic already always get their words.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from bot.languages import SOURCE, related
from bot.lookup import Found, Lookup
from flows.clinic import Clinic

GUARDED = ("crisis", "consent")  # never offered as a draft
APART = "instrument"  # a questionnaire is put only in its published words; elsewhere it is not offered


@dataclass(frozen=True, slots=True)
class Offer:
    """The languages that new clients may choose, and a line for each one left out, saying why."""

    languages: tuple[str, ...]
    left_out: tuple[str, ...]


def offer(clinic: Clinic, lookup: Lookup, *, allow_drafts: bool = False) -> Offer:
    """The clinic's languages that are fit for a client; `allow_drafts` is for the demo alone, where nobody is a client.
    A language without a good screen is offered: client and clinician are told, and check-ins ask with buttons."""
    reasons = {language: unfit(language, clinic, lookup, allow_drafts) for language in clinic.languages}
    left_out = (f"{language} is not offered: {why}" for language, why in reasons.items() if why)
    return Offer(tuple(language for language, why in reasons.items() if not why), tuple(left_out))


def unfit(language: str, clinic: Clinic, lookup: Lookup, allow_drafts: bool) -> str:
    """The first reason against a language, "" where there is none. The source language has its words by nature."""
    if related(language, SOURCE):
        return ""
    found = [lookup.find(text_id, language, "") for text_id, text in lookup.texts.items() if text.importance != APART]
    guarded = [each for each in found if each.text.importance in GUARDED]
    if lacking := list(_untranslated(guarded, language)):
        return f"{_count(lacking, 'crisis and consent text')} not translated or out of date, the first is {lacking[0]}"
    if allow_drafts:
        return ""
    if drafts := [each.text.id for each in guarded if not each.reviewed]:
        return f"{_count(drafts, 'crisis and consent text')} not reviewed by anybody, the first is {drafts[0]}"
    if not clinic.accept_drafts and (drafts := [each.text.id for each in found if not each.reviewed]):
        return f"{_count(drafts, 'text')} not reviewed; have them reviewed, or write accept_drafts: yes in clinic.yaml"
    return ""


def _untranslated(found: Collection[Found], language: str) -> Iterator[str]:
    return (each.text.id for each in found if not related(each.locale, language))


def _count(ids: Collection[str], what: str) -> str:
    return f"1 {what} is" if len(ids) == 1 else f"{len(ids)} {what}s are"
