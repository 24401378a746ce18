"""One turn on its way into rows: what every effect needs to become one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.packs import Pack
from bot.rows import Row, Rows
from flows.conversation import Subject
from flows.effects import CLASSES
from storage.outbox import Post
from storage.store import Store


@dataclass(slots=True)
class Stage:
    """One turn on its way into rows. `subject` is as the step left it; what `perform` learns (row ids) goes into it."""

    clinic: str
    subject: Subject
    pack: Pack
    at: datetime
    event: int
    chat: int
    locale: str
    connection: Connection
    store: Store
    rows: Rows

    def new_id(self) -> int:
        """An outbox id greater than every earlier one of this subject."""
        row = self.store.ids.new(self.subject.conversation.last_message)
        self.converse(last_message=row)
        return row

    def converse(self, **changes: Any) -> None:
        """Change the conversation."""
        self.subject = self.subject._replace(conversation=self.subject.conversation._replace(**changes))

    def words(self, text: str, values: Mapping[str, Any], source: str = "") -> str:
        """A client's text in the client's language and zone."""
        return self.pack.say(text, self.subject, self.at, values, source, self.locale)

    def post(self, kind: str, body: Mapping[str, Any], **more: Any) -> int:
        """Queue a message to the subject's own chat (or as `more` says). Returns its row."""
        row = self.new_id()
        known: dict[str, Any] = {
            "channel": self.subject.conversation.channel,
            "chat": str(self.subject.chat),
            "rank": CLASSES.index("reply"),
        }  # fmt: skip
        self.rows.posts.append(
            Post(self.clinic, row, self.subject.id, kind=kind, body=body, at=self.at, **{**known, **more})
        )
        return row

    def row(self, **more: Any) -> Row:
        """The columns that every record of this turn has."""
        return {"clinic_id": self.clinic, "id": self.store.ids.new(), "at": self.at, **more}
