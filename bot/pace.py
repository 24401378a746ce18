"""How fast a bot may speak: token buckets for the bot as a whole and for each chat."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Bucket:
    """Fills with `rate` tokens a second up to `size`; a send takes one. `at` is in seconds of the caller's clock."""

    rate: float
    size: float
    tokens: float
    at: float

    def wait(self, now: float) -> float:
        """Take a token. Returns how many seconds to wait before using it."""
        self.tokens = min(self.size, self.tokens + (now - self.at) * self.rate)
        self.at = now
        self.tokens -= 1
        return max(0.0, -self.tokens / self.rate)


@dataclass(slots=True)
class Pace:
    """Telegram's advice: 30 messages a second for a bot, one a second for a chat; short bursts are let through."""

    clock: Callable[[], float]
    per_bot: float = 30
    per_chat: float = 1
    burst: int = 4
    _bots: dict[str, Bucket] = field(default_factory=dict)
    _chats: dict[tuple[str, str], Bucket] = field(default_factory=dict)

    def wait(self, bot: str, chat: str) -> float:
        """Seconds to wait before sending to this chat."""
        now = self.clock()
        if len(self._chats) > 10_000:
            self._chats = {key: bucket for key, bucket in self._chats.items() if now - bucket.at < 60}
        by_bot = self._bots.setdefault(bot, Bucket(self.per_bot, self.per_bot, self.per_bot, now))
        by_chat = self._chats.setdefault((bot, chat), Bucket(self.per_chat, self.burst, self.burst, now))
        return max(by_bot.wait(now), by_chat.wait(now))
