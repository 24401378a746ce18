"""Telegram: messages go out through the Bot API, one bot for each clinic. Nothing is formatted; a text is its words."""

from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from telegram import Bot, InputFile
from telegram.error import BadRequest, TelegramError

from bot.channels.base import Outbound, SendError
from bot.channels.telegram_api import call
from bot.channels.telegram_errors import judged, leaves_nothing_to_edit
from bot.channels.telegram_keyboard import rows
from bot.channels.telegram_request import AiohttpRequest
from bot.channels.telegram_text import fits, parts

API_URL = "https://api.telegram.org"
NO_PREVIEW = {"is_disabled": True}


class TelegramChannel:
    """Sends to private chats. `bots` by the name that `Outbound.bot` gives."""

    name = "telegram"

    def __init__(self, bots: Mapping[str, Bot]) -> None:
        self._bots = dict(bots)

    async def send(self, message: Outbound) -> str:
        """Send a `message` or a `mark`. Returns Telegram's message id, the last one's where a text took several.

        Raises SendError. A long text that fails midway comes again from its start: better twice than never.
        """
        bot = self._bots.get(message.bot)
        if bot is None:
            # The settings may name it again after a restart; until then nothing is lost.
            raise SendError("no_bot", retryable=True)
        chat = _chat(message.address)
        try:
            return await (_mark if message.kind == "mark" else _say)(bot, chat, message)
        except TelegramError as error:
            raise judged(error) from error

    async def close(self) -> None:
        """Let go of connections."""
        for bot in self._bots.values():
            await bot.shutdown()
            await bot.request.shutdown()


def make_bot(token: str, api_url: str = API_URL) -> Bot:
    """A bot with a session of its own, for sending and polling alike. Opens nothing before its first request."""
    request = AiohttpRequest()
    return Bot(token, base_url=f"{api_url.rstrip('/')}/bot", request=request, get_updates_request=request)


async def bot_name(token: str, api_url: str = API_URL) -> str:
    """The bot's username, as its links have it. Raises SendError."""
    bot = make_bot(token, api_url)
    try:
        return str((await call(bot, "getMe", {}))["username"])
    except TelegramError as error:
        raise judged(error) from error
    finally:
        await bot.request.shutdown()


def _chat(address: str) -> int:
    try:
        return int(address)
    except ValueError:
        raise SendError("address", retryable=False) from None  # Python's own words would hold the address


async def _say(bot: Bot, chat: int, message: Outbound) -> str:
    if "file" in message.body:
        return await _attach(bot, chat, message.body)
    *first, last = parts(message.body["text"])
    for part in first:
        await _send(bot, chat, part, {})
    return await _send(bot, chat, last, _keyboard(message.body))


async def _send(bot: Bot, chat: int, text: str, keyboard: dict[str, Any]) -> str:
    words = {"chat_id": chat, "text": text, "link_preview_options": NO_PREVIEW}
    sent = await call(bot, "sendMessage", words | keyboard)
    # Telegram has taken it. Without its number it cannot be marked later; sending it again would be worse.
    return str(sent.get("message_id", "")) if isinstance(sent, dict) else ""


async def _attach(bot: Bot, chat: int, body: Mapping[str, Any]) -> str:
    """A file with its words as the caption: a picture is shown, anything else is a document."""
    file = body["file"]
    method, field = ("sendPhoto", "photo") if file["type"].startswith("image/") else ("sendDocument", "document")
    content = InputFile(b64decode(file["data"]), filename=file["name"])
    sent = await call(bot, method, {"chat_id": chat, "caption": body["text"], field: content} | _keyboard(body))
    return str(sent.get("message_id", "")) if isinstance(sent, dict) else ""


async def _mark(bot: Bot, chat: int, message: Outbound) -> str:
    """Take the buttons off and show the choice. A message that was never sent, or is gone, has nothing to mark."""
    if not message.vendor_id:
        return ""
    where, text = {"chat_id": chat, "message_id": int(message.vendor_id)}, _marked(message)
    try:
        if text:
            await call(bot, "editMessageText", where | {"text": text, "link_preview_options": NO_PREVIEW})
        else:
            await call(bot, "editMessageReplyMarkup", where)
    except BadRequest as error:
        if not leaves_nothing_to_edit(error):
            raise
    return message.vendor_id


def _marked(message: Outbound) -> str:
    """What the message that carried the buttons says from now on; "" where only the buttons can go."""
    label, text = message.body.get("mark", ""), message.original.get("text", "")
    if not label or not text:
        return ""
    marked = f"{parts(text)[-1]}\n\n✓ {label}"
    return marked if fits(marked) else ""


def _keyboard(body: Mapping[str, Any]) -> dict[str, Any]:
    buttons = body.get("buttons")
    if not buttons:
        return {}
    keys = [[{"text": label, "callback_data": data} for label, data in row] for row in rows(buttons)]
    return {"reply_markup": {"inline_keyboard": keys}}
