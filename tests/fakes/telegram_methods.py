"""What each Bot API method does to the chats: a table of plain functions (server, bot, parameters) -> result."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fakes.entities import plain
from fakes.faults import Json
from fakes.phone import FakeUser
from fakes.server import Upload

if TYPE_CHECKING:
    from fakes.telegram import Bot, FakeTelegram

Method = Callable[["FakeTelegram", "Bot", Json], Any]
NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


class Refusal(Exception):  # noqa: N818 - Telegram's answer, not a fault of the fake's
    """An answer other than "ok", with the status and description that Telegram gives."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(description)
        self.status, self.description = status, description


def perform(server: "FakeTelegram", bot: "Bot", method: str, params: Json) -> Any:
    """Do what the method says, or answer True where the fake keeps no state for it."""
    if "chat_id" in params:
        _open_chat(bot, params)
    if method in METHODS:
        return METHODS[method](server, bot, params)
    if server.spec.returns(method) == ["Message"] and method.startswith("send"):
        return send_anything(server, bot, params)
    return True


def get_me(server: "FakeTelegram", bot: "Bot", params: Json) -> Json:
    flags = ("can_join_groups", "can_read_all_group_messages", "supports_inline_queries", "can_connect_to_business")
    return bot.user() | dict.fromkeys(flags, False) | {"has_main_web_app": False}


def send_message(server: "FakeTelegram", bot: "Bot", params: Json) -> Json:
    text = plain(params["text"], params.get("parse_mode"))
    return _send(bot, params, {"text": text, **_some(params, "entities")})


def send_document(server: "FakeTelegram", bot: "Bot", params: Json) -> Json:
    given = params["document"]
    file_id = given if isinstance(given, str) else f"document-{server.next_number()}"
    document: Json = {"file_id": file_id, "file_unique_id": f"u{file_id}"}
    if isinstance(given, Upload):
        document |= {"file_name": given.filename, "file_size": len(given.content)}
    message = _send(bot, params, {"document": document, **_caption(params)})
    if isinstance(given, Upload):
        _open_chat(bot, params).documents[message["message_id"]] = given
    return message


def send_anything(server: "FakeTelegram", bot: "Bot", params: Json) -> Json:
    return _send(bot, params, _caption(params))


def edit_text(server: "FakeTelegram", bot: "Bot", params: Json) -> Any:
    text = plain(params.get("text", ""), params.get("parse_mode"))
    return _edit(server, bot, params, {"text": text, **_some(params, "entities"), **_inline(params)})


def edit_caption(server: "FakeTelegram", bot: "Bot", params: Json) -> Any:
    return _edit(server, bot, params, {**_caption(params), **_inline(params)})


def edit_markup(server: "FakeTelegram", bot: "Bot", params: Json) -> Any:
    message = _own_message(bot, params)
    kept: Json = {k: message[k] for k in ("text", "caption", "entities", "caption_entities") if k in message}
    return _edit(server, bot, params, {**kept, **_inline(params)})


def delete_message(server: "FakeTelegram", bot: "Bot", params: Json) -> bool:
    if _open_chat(bot, params).log.pop(params["message_id"], None) is None:
        raise Refusal(400, "Bad Request: message to delete not found")
    return True


def answer_query(server: "FakeTelegram", bot: "Bot", params: Json) -> bool:
    user = bot.queries.pop(params["callback_query_id"], None)
    if user is None:
        raise Refusal(400, TOO_OLD)
    if params.get("text"):
        user.toasts.append(params["text"])
    return True


def set_commands(server: "FakeTelegram", bot: "Bot", params: Json) -> bool:
    bot.commands[_scope(params)] = params["commands"]
    return True


def delete_commands(server: "FakeTelegram", bot: "Bot", params: Json) -> bool:
    bot.commands.pop(_scope(params), None)
    return True


def get_commands(server: "FakeTelegram", bot: "Bot", params: Json) -> list[Json]:
    return bot.commands.get(_scope(params), [])


def _setter(attribute: str, key: str) -> Method:
    def set_it(server: "FakeTelegram", bot: "Bot", params: Json) -> bool:
        getattr(bot, attribute)[params.get("language_code", "")] = params.get(key, "")
        return True

    return set_it


def _getter(attribute: str, key: str) -> Method:
    def get_it(server: "FakeTelegram", bot: "Bot", params: Json) -> Json:
        words = getattr(bot, attribute)
        default = words.get("", bot.username if attribute == "names" else "")
        return {key: words.get(params.get("language_code", ""), default)}

    return get_it


METHODS: dict[str, Method] = {
    "getMe": get_me,
    "sendMessage": send_message,
    "sendDocument": send_document,
    "editMessageText": edit_text,
    "editMessageCaption": edit_caption,
    "editMessageReplyMarkup": edit_markup,
    "deleteMessage": delete_message,
    "answerCallbackQuery": answer_query,
    "setMyCommands": set_commands,
    "deleteMyCommands": delete_commands,
    "getMyCommands": get_commands,
    "setMyName": _setter("names", "name"),
    "getMyName": _getter("names", "name"),
    "setMyDescription": _setter("descriptions", "description"),
    "getMyDescription": _getter("descriptions", "description"),
    "setMyShortDescription": _setter("short_descriptions", "short_description"),
    "getMyShortDescription": _getter("short_descriptions", "short_description"),
}


def _open_chat(bot: "Bot", params: Json) -> FakeUser:
    """The chat a request names. Raises the refusal that a blocked, deleted or unknown person gets."""
    user = bot.chats.get(params["chat_id"])
    if user is None:
        raise Refusal(400, "Bad Request: chat not found")
    if user.deactivated:
        raise Refusal(403, "Forbidden: user is deactivated")
    if user.blocked:
        raise Refusal(403, "Forbidden: bot was blocked by the user")
    return user


def _send(bot: "Bot", params: Json, content: Json) -> Json:
    user = _open_chat(bot, params)
    content = content | _inline(params) | _replied(user, params)
    if params.get("protect_content"):
        content["has_protected_content"] = True
    markup = params.get("reply_markup", {})
    if "keyboard" in markup:
        user.keyboard = [[k if isinstance(k, str) else k["text"] for k in row] for row in markup["keyboard"]]
    if "remove_keyboard" in markup:
        user.keyboard = []
    return user.new_message(bot.user(), content)


def _replied(user: FakeUser, params: Json) -> Json:
    reply = params.get("reply_parameters")
    if not reply:
        return {}
    original = user.log.get(reply["message_id"])
    if original is None:
        if reply.get("allow_sending_without_reply"):
            return {}
        raise Refusal(400, "Bad Request: message to be replied not found")
    return {"reply_to_message": {k: v for k, v in original.items() if k != "reply_to_message"}}


def _own_message(bot: "Bot", params: Json) -> Json:
    message = _open_chat(bot, params).log.get(params["message_id"])
    if message is None:
        raise Refusal(400, "Bad Request: message to edit not found")
    if not message["from"]["is_bot"]:
        raise Refusal(400, "Bad Request: message can't be edited")
    return message


def _edit(server: "FakeTelegram", bot: "Bot", params: Json, content: Json) -> Any:
    if "inline_message_id" in params:
        return True
    old = _own_message(bot, params)
    replaced = ("text", "entities", "caption", "caption_entities", "reply_markup")
    if {k: old[k] for k in replaced if k in old} == content:
        raise Refusal(400, NOT_MODIFIED)
    kept = {k: v for k, v in old.items() if k not in replaced}
    message = {**kept, **content, "edit_date": server.now()}
    _open_chat(bot, params).log[params["message_id"]] = message
    return message


def _caption(params: Json) -> Json:
    caption = plain(params.get("caption", ""), params.get("parse_mode"))
    return {"caption": caption, **_some(params, "caption_entities")} if caption else {}


def _inline(params: Json) -> Json:
    rows = params.get("reply_markup", {}).get("inline_keyboard")
    return {"reply_markup": {"inline_keyboard": rows}} if rows else {}


def _some(params: Json, *names: str) -> Json:
    return {n: params[n] for n in names if params.get(n)}


def _scope(params: Json) -> tuple[str, str]:
    scope = params.get("scope") or {"type": "default"}
    return ":".join(str(v) for v in scope.values()), params.get("language_code", "")
