"""What the database says when all is over, opened with the key: what was stored, answered, alerted and sent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Table, func, select

from fakes.faults import Call
from storage import alerts, answers, conversations
from storage.cipher import Cipher
from storage.database import Database
from storage.tables import alert_events, chats, inbox, outbox

Key = tuple[str, ...]
WAYS = {"card": "chat.postMessage", "post": "chat.postMessage", "notice": "chat.postMessage",
        "line": "chat.postMessage", "refresh": "chat.update", "private": "chat.postEphemeral"}  # fmt: skip


class Queue(NamedTuple):
    """What keeps order: an address and a class. Of several processes each keeps the order of its subjects."""

    address: str
    rank: int
    subject: str


@dataclass(frozen=True)
class Ledger:
    """Opens the rows of one clinic."""

    database: Database
    cipher: Cipher
    clinic: str

    def rows(self, table: Table) -> list[Mapping[str, Any]]:
        with self.database.transaction() as connection:
            return [dict(row) for row in connection.execute(select(table).order_by(table.c.id)).mappings()]

    def at_rest(self) -> bool:
        """Nothing is due, nothing is on its way."""
        due = select(func.count()).where(inbox.c.done_at.is_(None), inbox.c.due_at <= datetime.now(UTC))
        unsent = select(func.count()).where(outbox.c.settled_at.is_(None))
        with self.database.transaction() as connection:
            return not connection.execute(due).scalar() and not connection.execute(unsent).scalar()

    def answers(self, subject: str) -> list[Any]:
        with self.database.transaction() as connection:
            return [value for *_, value in answers.of(connection, self.cipher, self.clinic, subject)]

    def step(self, subject: str) -> int:
        key = (self.clinic, subject)
        with self.database.transaction() as connection:
            return conversations.load(connection, self.cipher, [key])[key].subject.conversation.step

    def cases(self) -> dict[str, Any]:
        """The open cases by subject."""
        with self.database.transaction() as connection:
            found = alerts.open_cases(connection, self.clinic)
        assert len({subject for _, subject, _ in found}) == len(found), "somebody has two open cases"
        return {subject: case for _, subject, case in found}

    def history(self, case: int) -> list[tuple[str, str]]:
        """What happened to a case: (what, by whom)."""
        return [(row["action"], row["by"]) for row in self.rows(alert_events) if row["alert_id"] == case]

    def event(self, row: Mapping[str, Any]) -> Any:
        return self.cipher.open(f"{self.clinic}|inbox|body|{row['id']}", row["body_sealed"])

    def letter(self, row: Mapping[str, Any]) -> Any:
        return self.cipher.open(f"{self.clinic}|outbox|body|{row['id']}", row["body_sealed"])

    def addresses(self) -> dict[str, str]:
        """The Telegram address of each chat, by the chat's id as the outbox has it."""
        place = f"{self.clinic}|chats|address"
        return {
            str(row["id"]): self.cipher.open(f"{place}|{row['id']}", row["address_sealed"]) for row in self.rows(chats)
        }

    def sent(self) -> Iterator[tuple[Queue, Key]]:
        """Every message as its platform must have seen it, in the order of the outbox."""
        rows, known = self.rows(outbox), self.addresses()
        vendor = {row["id"]: row["vendor_id"] for row in rows}
        for row in rows:
            body = self.letter(row)
            if row["channel"] == "telegram":
                address, request = known[row["chat"]], _to_telegram(row, body, vendor)
            else:
                address, request = row["chat"].removeprefix("slack:"), _to_slack(row, body, vendor)
            yield Queue(address, row["class"], row["subject"]), request


def _to_telegram(row: Mapping[str, Any], body: Mapping[str, Any], vendor: Mapping[int, str]) -> Key:
    if row["kind"] == "mark":
        return ("mark", vendor[row["refers_to"]])
    return ("message", body["text"])


def _to_slack(row: Mapping[str, Any], body: Mapping[str, Any], vendor: Mapping[int, str]) -> Key:
    card = vendor.get(row["refers_to"], "").partition("|")[2]
    return (WAYS[row["kind"]], body["text"], json.dumps(body.get("blocks"), sort_keys=True), card)


def seen_by_telegram(calls: Sequence[Call]) -> Iterator[tuple[str, Key]]:
    """What Telegram was asked to show: (address, request), as `Ledger.sent` puts it."""
    for call in calls:
        if call.method == "sendMessage":
            yield str(call.chat_id), ("message", call.params["text"])
        elif call.method in ("editMessageText", "editMessageReplyMarkup"):
            yield str(call.chat_id), ("mark", str(call.params["message_id"]))


def seen_by_slack(calls: Sequence[Call]) -> Iterator[tuple[str, Key]]:
    """What Slack was asked to show; a direct message's channel (`DU…`) stands for the person."""
    for call in calls:
        if call.method in WAYS.values():
            to = str(call.params.get("user") or call.params["channel"])
            blocks = json.dumps(call.params.get("blocks"), sort_keys=True)
            card = str(call.params.get("thread_ts") or call.params.get("ts") or "")
            yield to.removeprefix("D"), (call.method, call.params["text"], blocks, card)


def runs(requests: Sequence[Key]) -> list[tuple[Key, int]]:
    """The requests with those that repeat the one before counted together."""
    return [(key, len(list(same))) for key, same in groupby(requests)]
