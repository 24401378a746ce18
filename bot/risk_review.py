"""A clinician goes through the messages that may teach the screen: `rapport risk review`."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.app import App
from bot.errors import BotError
from flows.risk import screen
from storage import audit, candidates, inbox
from storage.candidates import Candidate

LABELS = ("none", "low", "moderate", "high", "imminent")
SKIP, STOP = "skip", "stop"
Ask = Callable[["Shown"], str]


@dataclass(frozen=True, slots=True)
class Shown:
    """A candidate with its words, and what the screen says of them now."""

    kind: str
    reason: str
    said_at: datetime
    text: str
    tier: str


def review(app: App, clinic: str, by: str, ask: Ask) -> int:
    """Show each message that waits to `ask`, which answers with one of LABELS, SKIP or STOP. Returns how many were
    labelled. Raises BotError for a reviewer whom the pack does not know."""
    person = app.shelf(clinic).world.clinic.person(by)
    if person is None or person.role == "front_desk":
        raise BotError(f"{by} is no clinician of {clinic}; name one of clinic.yaml")
    done = 0
    for candidate, shown in _waiting(app, clinic):
        _audited(app, clinic, "read_example", by, {"candidate": candidate.id})  # before anybody sees a word
        answer = ask(shown)
        if answer == STOP:
            break
        if answer in LABELS:
            _decide(app, clinic, candidate, answer, by)
            done += 1
    return done


def measure(app: App, clinic: str) -> tuple[int, int]:
    """On how many of the messages that were labelled the screen now does right: (right, all)."""
    rules, right, count = app.shelf(clinic).screen, 0, 0
    with app.store.database.transaction() as connection:
        for candidate in candidates.of(connection, clinic, reviewed=True):
            for _at, text in inbox.texts(connection, app.store.cipher, clinic, [candidate.inbox_id]):
                if not text:  # erased since
                    continue
                alerted = screen(rules, [text]).action == "alert"
                right += alerted == (candidate.label in LABELS[2:]) or candidate.label == "low"
                count += 1
    return right, count


def _waiting(app: App, clinic: str) -> Iterator[tuple[Candidate, Shown]]:
    with app.store.database.transaction() as connection:
        waiting = candidates.of(connection, clinic, reviewed=False)
        found = {each.id: inbox.texts(connection, app.store.cipher, clinic, [each.inbox_id]) for each in waiting}
    for each in waiting:
        for said_at, text in found[each.id]:
            if text:
                tier = screen(app.shelf(clinic).screen, [text]).tier
                yield each, Shown(each.kind, each.reason, said_at, text, tier)


def _decide(app: App, clinic: str, candidate: Candidate, label: str, by: str) -> None:
    with app.store.database.transaction() as connection:
        candidates.decide(connection, clinic, candidate.id, label, by, app.clock.now())
    _audited(app, clinic, "reviewed_example", by, {"candidate": candidate.id, "label": label})


def _audited(app: App, clinic: str, action: str, by: str, detail: Mapping[str, object]) -> None:
    with app.store.database.transaction() as connection:
        audit.write(connection, [{
            "clinic_id": clinic, "id": app.store.ids.new(), "at": app.clock.now(), "subject": f"clinic:{clinic}",
            "action": action, "by": by, "detail": json.dumps(dict(detail)),
        }])  # fmt: skip
