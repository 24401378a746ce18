"""The Bot API's methods as JSON, through the library's door for methods that it does not know.

Its own methods make an object of every nested part of an answer, for two to three times the CPU of the call, and fail
where one part is of a newer shape: an update would be lost, a message that was sent would be sent again.
"""

import re
from typing import Any

from telegram import Bot
from telegram.request import BaseRequest

WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


async def call(bot: Bot, method: str, parameters: dict[str, Any], read_timeout: Any = BaseRequest.DEFAULT_NONE) -> Any:
    """Call a method, such as `sendMessage`. Returns its `result` as JSON. Raises TelegramError."""
    # With an underscore it is none of the library's names, or it would warn that it has a method for this.
    return await bot.do_api_request(WORD.sub("_", method), api_kwargs=parameters, read_timeout=read_timeout)
