"""The phone webhook, the second path beside Slack: whoever calls people is posted the case's number and urgency."""

import aiohttp

from bot.channels.base import Outbound, SendError

TIMEOUT = 15.0  # seconds
LATER = (408, 425, 429)


class WebhookChannel:
    """Posts a body as JSON to one URL. Any 2xx means that it was taken over. Make it inside the event loop."""

    name = "webhook"

    def __init__(self, url: str, timeout: float = TIMEOUT) -> None:
        self._url = url
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=timeout))

    async def send(self, message: Outbound) -> str:
        """Post one call. Returns "": there is no id. Raises SendError, on a redirect too: it goes nowhere else."""
        try:
            async with self._session.post(self._url, json=dict(message.body), allow_redirects=False) as response:
                if 200 <= response.status < 300:
                    return ""
                raise _refused(response.status, response.headers.get("Retry-After", ""))
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise SendError("network", retryable=True) from None

    async def close(self) -> None:
        """Let go of connections."""
        await self._session.close()


def _refused(status: int, retry_after: str) -> SendError:
    retryable = status >= 500 or status in LATER
    wait = float(retry_after) if retryable and retry_after.isdecimal() else 0.0
    return SendError(f"http_{status}", retryable=retryable, retry_after=wait)
