"""What staff are told of a case, fact by fact, in words. Nothing the client wrote, no full name, no phone number."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.desk.case import Case
from bot.languages import related
from flows.escalation import CLOSED, Told, climb
from flows.verdict import CATEGORIES

RED, AMBER, GREEN = "🔴", "🟠", "🟢"
WORDED = (*CATEGORIES, "unchecked", "asked_for_help", "silence", "not_safe", "unreadable")
NOTES = (
    "says_safe", "says_not_meant", "says_no", "says_someone_else", "says_harder", "is_alone", "went_silent",
    "call_unsafe",
)  # fmt: skip


def mark(case: Case) -> str:
    """Red while nobody acts, amber while somebody does, green once closed."""
    if case.alert.status in CLOSED:
        return GREEN
    return RED if case.alert.status == "open" else AMBER


def category(case: Case) -> str:
    """What it is about. A category that a clinic's own flow made up goes by its name."""
    name = case.alert.category
    return case.words(f"card.category_{name}") if name in WORDED else name.replace("_", " ")


def soon(case: Case) -> str:
    """How soon a person must look."""
    return case.words(f"card.soon_{case.alert.soon}")


def short(case: Case) -> str:
    """The case in one line, enough to act on: `🔴 Case 12 · A.B. · wish to be dead · look now`."""
    values = {"mark": mark(case), "category": category(case), "soon": soon(case)}
    return case.words("card.short_closed" if case.alert.closed else "card.short", values)


def opened(case: Case) -> str:
    """When it was opened, and when it became worse, on the clinic's clock."""
    alert = case.alert
    values = {"opened_at": alert.opened_at, "urgent_at": alert.urgent_at}
    return case.words("card.opened_worse" if alert.urgent_at > alert.opened_at else "card.opened", values)


def standing(case: Case, outcome: str = "") -> str:
    """Where the case stands, and with whom. `outcome` is the option that it was closed with."""
    alert = case.alert
    values = {"who": name(case, alert.owner)}
    if alert.closed and outcome:
        worded = case.words(f"card.{'outcome' if alert.status == 'resolved' else 'reason'}_{outcome}")
        return case.words(f"card.status_{alert.status}_as", values | {"outcome": worded})
    return case.words(f"card.status_{alert.status}", values)


def needs(case: Case) -> Iterator[str]:
    """What whoever speaks to the client must know first."""
    client = case.subject.client
    if client and client.interpreter:
        yield case.words("card.interpreter", {"language": client.locale})
    elif client and not related(client.locale, case.locale):
        yield case.words("card.language", {"language": client.locale})
    if client and not case.pack.world.screens(client.locale):
        yield case.words("card.not_screened", {"language": client.locale})
    if client and not client.reachable:
        yield case.words("card.unreachable")
    if case.alert.callback:
        yield case.words("card.call_back")
    for note in case.alert.notes:
        yield case.words(f"card.note_{note}") if note in NOTES else note.replace("_", " ")
    if case.subject.conversation.mode == "handoff":
        yield case.words("card.handoff")


def caution(case: Case, text: str = "card.note_call_unsafe") -> str:
    """Said with everything that may lead to a phone call: that a call is not safe, "" where nobody has said so."""
    return case.words(text) if "call_unsafe" in case.alert.notes else ""


def told(case: Case) -> str:
    """Who was told, and whether it has reached them."""
    people = [
        case.words(f"card.told_{_fate(each)}", {"who": recipient(case, each.recipient)}) for each in case.alert.told
    ]
    return case.words("card.told", {"people": people or [case.words("card.nobody_yet")]})


def next_step(case: Case) -> str:
    """What comes next by itself, and when; "" where nothing does."""
    alert, clinic = case.alert, case.pack.world.clinic
    if alert.next_at is None or alert.closed:
        return ""
    at = {"at": clock(case, alert.next_at)}
    if alert.status != "open":
        return case.words("card.next_deadline", at)
    move = climb(clinic, alert, alert.next_at, case.pack.world.away)
    whom = dict.fromkeys(recipient(case, each) for each in move.recipients)
    return case.words("card.next", at | {"who": [*whom]})


def clock(case: Case, at: datetime) -> str:
    """The clinic's time of day, with the date where that is not today."""
    zone = ZoneInfo(case.pack.world.clinic.zone)
    today = at.astimezone(zone).date() == case.at.astimezone(zone).date()
    return case.words("card.clock" if today else "card.clock_day", {"at": at})


def recipient(case: Case, address: str) -> str:
    """Who is behind `slack:U…`, `slack:C…`, `email:slug` or `webhook:slug`."""
    clinic = case.pack.world.clinic
    channel, _, whom = address.partition(":")
    if channel != "slack":
        return case.words(f"card.by_{channel}", {"who": name(case, whom)})
    if whom == clinic.team_channel:
        return case.words("card.team")
    slug = next((slug for slug, person in clinic.clinicians.items() if person.slack == whom), "")
    return name(case, slug) if slug else case.words("card.somebody_gone")


def name(case: Case, slug: str) -> str:
    """A member of staff by name; the client and the program where history names them."""
    if slug in ("client", "rapport"):
        return case.words(f"card.{slug}")
    person = case.pack.world.clinic.person(slug)
    return person.name if person else slug or case.words("card.nobody")


def _fate(told: Told) -> str:
    if told.delivered:
        return "delivered"
    return "failed" if told.failed else "sending"
