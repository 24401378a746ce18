"""Cases to build cards from: a client whose name, phone and words must never show, at a plainly fictional clinic."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import flows
from bot.desk.case import Case, Revealed
from bot.lookup import Lookup, Words
from bot.packs import Pack
from bot.wording import Wording
from flows.clinic import Clinic, read_clinic
from flows.compiler import Book
from flows.conversation import Client, Conversation, Subject
from flows.escalation import Alert, Away, Told
from flows.phrases import read_phrases
from flows.risk import Screen
from flows.world import World
from support.clock import MONDAY_TEN

NAME, PHONE, CONTACT = "Zebediah Quill", "+44 7700 900123", "Hortensia Quill, +44 7700 900124"
SAID = "i have had ENOUGH of the marmalade & want <it> to stop"
SECRETS = (NAME, "Zebediah", "Quill", "Hortensia", "900123", "900124", "marmalade", "ENOUGH")

PEOPLE = """\
clinic: riverside
name: Riverside & Sons <Practice>
region: GB
zone: Europe/London
languages: [en]
phone: "+44 20 7946 0000"
hours: {open: {mon-fri: "09:00-17:00"}}
clinicians:
  amari: {name: Dr Amari, slack: UAMARI, cover: bell, email: amari@clinic.example}
  bell: {name: Dr Bell, slack: UBELL, email: bell@clinic.example, phone_webhook: yes}
  chen: {name: Dr Chen, slack: UCHEN, role: supervisor}
  doe: {name: Front Desk, slack: UDOE, role: front_desk}
  eve: {name: Eve Gone, slack: UEVE, active: no}
  fox: {name: No Slack}
on_call: [bell]
supervisor: chen
team_channel: CTEAM
front_desk_channel: CDESK
ladder:
  rungs:
    - {tell: assigned}
    - {tell: cover, after: 5m}
    - {tell: on_call, after: 10m}
    - {tell: team, after: 15m}
check_in: {at: "18:00"}
"""


def clinic(**changes: Any) -> Clinic:
    return read_clinic(PEOPLE, "clinic.yaml").model_copy(update=changes)


def pack(at: Clinic | None = None, away: Away | None = None) -> Pack:
    """As much of a pack as the desk looks at, with the shipped words."""
    folder = Path(flows.__file__).parent / "phrases"
    files = [folder / f"{family}.yaml" for family in ("card", "desk")]
    texts = {name: text for file in files for name, text in read_phrases(file.read_text("utf-8"), file.name).items()}
    wording = Wording(Lookup(Words(), Words(texts), region="GB"))
    world = World(at or clinic(), cast("Book", None), wording, away=away or Away())
    return Pack(world, wording, cast("Screen", None), {})


def client(**changes: Any) -> Client:
    known = Client("c1", NAME, "amari", status="active", zone="Europe/Athens", country="GR")
    return replace(known, phone=PHONE, emergency_contact=CONTACT, age=34, **changes)


def alert(**changes: Any) -> Alert:
    """Case 12, opened a minute ago, told to the assigned clinician and the team channel."""
    told = (
        Told("slack:UAMARI", MONDAY_TEN, 1, delivered=True),
        Told("slack:CTEAM", MONDAY_TEN, 2),
        Told("email:bell", MONDAY_TEN, 3, failed=True),
    )
    first = Alert(
        id=1, number=12, tier="imminent", category="suicidal_wish", soon="now", opened_at=MONDAY_TEN,
        urgent_at=MONDAY_TEN, assigned="amari", rung=0, next_at=MONDAY_TEN + timedelta(minutes=5),
        told=told, texts=(1, 2),
    )  # fmt: skip
    return replace(first, **changes)


def case(at_clinic: Pack | None = None, who: Client | None = None, mode: str = "bot", **changes: Any) -> Case:
    """A case as cards get it; `changes` go to the alert."""
    made = alert(**changes)
    talk = Conversation(mode=cast("Any", mode))
    subject = Subject("client:c1", who or client(), talk, made)
    return Case(made, subject, at_clinic or pack(), MONDAY_TEN + timedelta(minutes=1))


def revealed(count: int = 2, text: str = SAID) -> Revealed:
    """What Reveal reads from sealed rows."""
    texts = tuple((MONDAY_TEN + timedelta(seconds=n), f"{n}: {text}") for n in range(count))
    history: tuple[tuple[datetime, str, str, Mapping[str, Any]], ...] = (
        (MONDAY_TEN, "opened", "client", {"tier": "high"}),
        (MONDAY_TEN, "delivered", "rapport", {"recipient": "slack:CTEAM"}),
        (MONDAY_TEN, "outcome", "amari", {"outcome": "session_booked"}),
        (MONDAY_TEN, "handed_over", "amari", {"to": "bell"}),
        (MONDAY_TEN, "something_new", "nobody_known", {}),
    )
    return Revealed(texts, history)


def all_texts(made: Any) -> str:
    """Everything in a message or view, as one string."""
    return "\n".join(_texts(made))


def _texts(made: Any) -> Iterator[str]:
    if isinstance(made, str):
        yield made
    elif isinstance(made, Mapping):
        for each in made.values():
            yield from _texts(each)
    elif isinstance(made, list | tuple):
        for each in made:
            yield from _texts(each)
    else:
        yield json.dumps(made)
