"""What a refusal of Telegram's means to a message: try again, never, or the person cannot be reached at all."""

from telegram.error import BadRequest, EndPointNotFound, Forbidden, InvalidToken, TelegramError, TimedOut

from bot.channels.base import SendError
from bot.channels.telegram_request import FloodError

# A refused token is repaired by a person, not by haste; the message itself is good and waits.
TOKEN_WAIT = 300.0  # seconds
GONE = ("chat not found", "user not found", "peer_id_invalid", "chat_id is empty")
SETTLED = ("not modified", "message to edit not found", "message can't be edited", "message_id_invalid")


def judged(error: TelegramError) -> SendError:
    """The error as delivery understands it."""
    match error:
        case InvalidToken() | EndPointNotFound():
            return SendError("token", retryable=True, retry_after=TOKEN_WAIT)
        case TelegramError(__cause__=TelegramError()):
            # The body was none of Telegram's: something on the way refused, and that says nothing about the client.
            return SendError("network", retryable=True)
        case FloodError():
            return SendError("rate", retryable=True, retry_after=error.seconds)
        case Forbidden():
            return SendError("blocked", retryable=False, blocked=True)
        case BadRequest() if _says(error, GONE):
            return SendError("chat_not_found", retryable=False, blocked=True)
        case BadRequest():
            return SendError("refused", retryable=False)
        case TimedOut():
            return SendError("timeout", retryable=True)
    return SendError("network", retryable=True)


def leaves_nothing_to_edit(error: BadRequest) -> bool:
    """Whether an edit was refused because it is done already, or because there is nothing left that it could change."""
    return _says(error, SETTLED)


def _says(error: TelegramError, phrases: tuple[str, ...]) -> bool:
    return any(phrase in error.message.lower() for phrase in phrases)
