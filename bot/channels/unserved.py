"""A way that the settings do not open: whatever is sent there fails at once and for good, so that the ladder climbs."""

from bot.channels.base import Outbound, SendError


class UnservedChannel:
    """Stands where a channel has no settings."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def send(self, message: Outbound) -> str:  # noqa: ARG002 - nothing is sent here
        """Raises SendError."""
        raise SendError(f"no_{self.name}_settings", retryable=False)

    async def close(self) -> None:
        """Nothing is open."""
