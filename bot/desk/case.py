"""A case as staff see it: what cards, notices and dialogs are made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.packs import Pack
from flows.conversation import Subject
from flows.escalation import Alert

Message = dict[str, Any]  # {"text": the notification, "blocks": Block Kit}


@dataclass(frozen=True, slots=True)
class Case:
    """One alert, its client and the clinic's pack, at one moment (UTC)."""

    alert: Alert
    subject: Subject
    pack: Pack
    at: datetime

    @property
    def alias(self) -> str:
        """The client's initials."""
        return self.subject.client.alias if self.subject.client else "?"

    @property
    def locale(self) -> str:
        """The language of the clinic's staff."""
        return self.pack.world.languages[0]

    def words(self, text: str, values: Mapping[str, Any] | None = None) -> str:
        """A desk text in the staff's language, times in the clinic's zone."""
        known = {"alias": self.alias, "number": self.alert.number, **(values or {})}
        zone = self.pack.world.clinic.zone
        return self.pack.wording.say(text, self.locale, known, zone=zone).text


@dataclass(frozen=True, slots=True)
class Revealed:
    """What Reveal shows, and only Reveal: read from sealed rows after the access was written down."""

    texts: tuple[tuple[datetime, str], ...] = ()
    history: tuple[tuple[datetime, str, str, Mapping[str, Any]], ...] = field(default=())
