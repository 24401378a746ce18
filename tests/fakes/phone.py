"""A person's side of a Telegram chat: what their phone shows, and everything they can do with a thumb."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fakes.faults import Json
from fakes.server import Upload

if TYPE_CHECKING:
    from fakes.telegram import Bot, FakeTelegram

COMMAND = re.compile(r"(?<!\S)/[A-Za-z0-9_]{1,32}(?:@\w+)?")


@dataclass(frozen=True, slots=True)
class Shown:
    """One message of the bot's as the phone shows it now. `buttons`: rows of labels; `data`: what each label sends."""

    message_id: int
    text: str
    buttons: tuple[tuple[str, ...], ...] = ()
    data: tuple[tuple[str, str], ...] = ()
    edited: bool = False
    reply_to: int | None = None
    document: Upload | None = None
    raw: Json | None = None

    @property
    def labels(self) -> list[str]:
        return [label for row in self.buttons for label in row]


class FakeUser:
    """One person in a private chat with one bot. The chat's id is the person's id. Get one from `FakeTelegram.chat`."""

    def __init__(self, server: "FakeTelegram", bot: "Bot", user_id: int) -> None:
        self.server, self.bot, self.id = server, bot, user_id
        self.first_name = "Sam"
        self.last_name: str | None = None
        self.username: str | None = None
        self.language_code: str | None = "en"
        self.blocked = False
        self.deactivated = False
        self.keyboard: list[list[str]] = []
        self.toasts: list[str] = []
        self.log: dict[int, Json] = {}
        self.documents: dict[int, Upload] = {}
        self._last_id = 0

    # -- what the phone shows -----------------------------------------------------------------------------------

    @property
    def messages(self) -> list[Shown]:
        """The bot's messages that are on the screen now, oldest first."""
        with self.server.changed:
            return [self._shown(m) for m in self.log.values() if m["from"]["is_bot"]]

    @property
    def last(self) -> Shown:
        shown = self.messages
        assert shown, "the bot has sent nothing to this chat"
        return shown[-1]

    def screen(self) -> str:
        """Everything on the screen as text: the person's own lines with "> " before them, buttons in brackets."""
        with self.server.changed:
            return "\n".join(line for message in self.log.values() for line in self._lines(message))

    def sees(self, fragment: str, *, after: int = 0, timeout: float = 10) -> Shown:
        """Wait for a message of the bot's, newer than message id `after`, that holds the fragment; the newest such."""

        def found() -> Shown | None:
            fitting = [m for m in self.messages if m.message_id > after and fragment in m.text]
            return fitting[-1] if fitting else None

        return self.server.wait_for(found, timeout)

    # -- what the person does -----------------------------------------------------------------------------------

    def says(self, text: str) -> int:
        """Send a text; gives its message id."""
        entities = [
            {"type": "bot_command", "offset": len(text[: m.start()].encode("utf-16-le")) // 2, "length": len(m[0])}
            for m in COMMAND.finditer(text)
        ]
        return self.sends(text=text, **({"entities": entities} if entities else {}))

    def opens(self, link: str = "/start") -> int:
        """Open the bot: by "/start TOKEN", by the link https://t.me/<bot>?start=TOKEN, or by the bare token."""
        token = link.partition("start=")[2] if "start=" in link else link.removeprefix("/start").strip()
        return self.says(f"/start {token}".strip())

    def edits(self, message_id: int, text: str) -> None:
        with self.server.changed:
            edited = {**self.log[message_id], "text": text, "edit_date": self.server.now()}
            self.log[message_id] = edited
            self.server.emit(self.bot, {"edited_message": edited})

    def sends_photo(self, caption: str | None = None) -> int:
        sizes = [{**_file("photo"), "width": 90, "height": 67}, {**_file("photo"), "width": 1280, "height": 960}]
        return self.sends(photo=sizes, **({"caption": caption} if caption else {}))

    def sends_voice(self, seconds: int = 4) -> int:
        return self.sends(voice={**_file("voice"), "duration": seconds, "mime_type": "audio/ogg"})

    def sends_sticker(self, emoji: str = "🙂") -> int:
        looks = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        return self.sends(sticker={**_file("sticker"), **looks, "emoji": emoji})

    def sends(self, **content: Any) -> int:
        """Send any message the Bot API knows (contact=…, location=…, document=…); gives its message id."""
        with self.server.changed:
            message = self.new_message(self.user(), content)
            self.server.emit(self.bot, {"message": message})
            return int(message["message_id"])

    def presses(self, label: str, *, message_id: int | None = None, times: int = 1) -> str:
        """Press the newest inline button with this label (exact, else containing it), or a key of the reply keyboard.

        times: a nervous thumb, one callback each. Gives the last callback's id.
        """
        with self.server.changed:
            found = self._button(label, message_id)
            if found is None:
                key = next((k for row in self.keyboard for k in row if label in k), None)
                assert key is not None, f"no button {label!r} on the screen; there are {self._all_labels()}"
                return str(self.says(key))
            return [self.presses_data(*found) for _ in range(times)][-1]

    def presses_data(self, message_id: int, data: str) -> str:
        """Press a button by its data, also one that the phone still shows though the message has changed since."""
        with self.server.changed:
            query_id = str(self.server.next_number())
            self.bot.queries[query_id] = self
            query = {"id": query_id, "from": self.user(), "chat_instance": f"instance{self.id}", "data": data}
            gone = {"chat": self.chat(), "message_id": message_id, "date": 0}
            self.server.emit(self.bot, {"callback_query": {**query, "message": self.log.get(message_id, gone)}})
            return query_id

    def blocks_bot(self) -> None:
        self.blocked = True
        self._membership({"status": "member"}, {"status": "kicked", "until_date": 0})

    def unblocks_bot(self) -> None:
        self.blocked = False
        self._membership({"status": "kicked", "until_date": 0}, {"status": "member"})

    def deactivates(self) -> None:
        """The person deletes their Telegram account: nothing can be sent to them any more."""
        self.deactivated = True

    # -- what the server keeps ----------------------------------------------------------------------------------

    def user(self) -> Json:
        user = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        optional = {"last_name": self.last_name, "username": self.username, "language_code": self.language_code}
        return user | {k: v for k, v in optional.items() if v}

    def chat(self) -> Json:
        names = {k: v for k, v in self.user().items() if k in ("first_name", "last_name", "username")}
        return {"id": self.id, "type": "private", **names}

    def new_message(self, sender: Json, content: Json) -> Json:
        """Put a message into the chat, from either side."""
        self._last_id += 1
        head = {"message_id": self._last_id, "from": sender, "chat": self.chat(), "date": self.server.now()}
        self.log[self._last_id] = {**head, **content}
        return self.log[self._last_id]

    def _membership(self, old: Json, new: Json) -> None:
        bot = self.bot.user()
        changed = {"old_chat_member": {**old, "user": bot}, "new_chat_member": {**new, "user": bot}}
        head = {"chat": self.chat(), "from": self.user(), "date": self.server.now()}
        self.server.emit(self.bot, {"my_chat_member": {**head, **changed}})

    def _button(self, label: str, message_id: int | None) -> tuple[int, str] | None:
        shown = [m for m in reversed(self.messages) if message_id in (None, m.message_id)]
        exact = ((m.message_id, data) for m in shown for name, data in m.data if name == label)
        loose = ((m.message_id, data) for m in shown for name, data in m.data if label in name)
        return next(exact, None) or next(loose, None)

    def _all_labels(self) -> list[str]:
        return [label for m in self.messages for label in m.labels] + [k for row in self.keyboard for k in row]

    def _shown(self, message: Json) -> Shown:
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        return Shown(
            message_id=message["message_id"],
            text=_words(message),
            buttons=tuple(tuple(b["text"] for b in row) for row in rows),
            data=tuple((b["text"], b["callback_data"]) for row in rows for b in row if "callback_data" in b),
            edited="edit_date" in message,
            reply_to=message.get("reply_to_message", {}).get("message_id"),
            document=self.documents.get(message["message_id"]),
            raw=message,
        )

    def _lines(self, message: Json) -> Iterator[str]:
        text = _words(message)
        if not message["from"]["is_bot"]:
            yield f"> {text}"
            return
        yield text
        for row in message.get("reply_markup", {}).get("inline_keyboard", []):
            yield " ".join(f"[{b['text']}]" for b in row)


def _words(message: Json) -> str:
    return str(message.get("text") or message.get("caption") or "")


def _file(kind: str) -> Json:
    return {"file_id": f"{kind}-{secrets.token_hex(8)}", "file_unique_id": secrets.token_hex(6)}
