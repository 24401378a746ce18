"""How Slack brings something to the app: over Socket Mode's web socket, or as a signed HTTP request."""

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import WSMsgType, web

from fakes.faults import Json

if TYPE_CHECKING:
    from fakes.workspace import Posted, Workspace

HELLO_DEBUG = {"host": "applink-fake", "build_number": 1, "approximate_connection_time": 18060}
MOST_RETRIES = 3


@dataclass(eq=False)
class Delivery:
    """One thing brought to the app. kind: "interactive", "slash_commands" or "events_api".

    answer: what the app acknowledged it with, `took` seconds after it began. lost: it will never arrive.
    statuses: what HTTP attempts were answered with; 0 means not at all.
    """

    kind: str
    payload: Json
    on_answer: Callable[[Json], None] = lambda answer: None
    envelopes: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    acked: bool = False
    lost: bool = False
    answer: Json | None = None
    began: float = field(default_factory=time.monotonic)
    took: float | None = None
    socket: web.WebSocketResponse | None = None


class Courier:
    """Delivers for one workspace. With `http_target` set it posts there, else it uses the open sockets.

    ack_seconds: how long an HTTP request may take. retry_seconds: the pause before an event is sent again.
    """

    def __init__(self, ws: "Workspace") -> None:
        self.ws, self.server = ws, ws.server
        self.deliveries: list[Delivery] = []
        self.http_target: str | None = None
        self.ack_seconds, self.retry_seconds = 3.0, 0.05
        self.lose = 0
        self._sockets: list[web.WebSocketResponse] = []
        self._leaving: list[web.WebSocketResponse] = []
        self._transports: dict[web.WebSocketResponse, asyncio.BaseTransport | None] = {}
        self._tickets: set[str] = set()
        self._session: aiohttp.ClientSession | None = None

    # -- from the test's thread -----------------------------------------------------------------------------------

    @property
    def connected(self) -> int:
        """How many sockets are open and in use."""
        return len(self._sockets)

    @property
    def unacked(self) -> list[Delivery]:
        with self.server.changed:
            return [d for d in self.deliveries if not d.acked and not d.lost]

    def send(self, delivery: Delivery) -> Delivery:
        with self.server.changed:
            self.deliveries.append(delivery)
            if self.lose and delivery.kind != "events_api":
                self.lose -= 1
                delivery.lost = True
        if not delivery.lost:
            self._set_off(delivery, first=True)
        return delivery

    def again(self, delivery: Delivery) -> None:
        """Deliver the very same thing once more; over a socket in a new envelope."""
        self._set_off(delivery)

    def _set_off(self, delivery: Delivery, first: bool = False) -> None:
        way = self._post(delivery) if self.http_target else self._send_over_socket(delivery, unless_under_way=first)
        self.server.spawn(way)

    def echo(self, message: "Posted", changed: bool) -> None:
        """Tell the app of its own message, as Slack does where the app subscribes to message events."""
        body = self.ws.as_json(message)
        kind = self.ws.channels[message.channel].kind
        head = {"type": "message", "channel": message.channel, "channel_type": kind, "event_ts": self.ws.ts()}
        if changed:
            self.send(self.event({**head, "subtype": "message_changed", "hidden": True, "message": body}))
        else:
            self.send(self.event({**body, **head}))

    def event(self, event: Json) -> Delivery:
        """An Events API callback around an inner event."""
        who = {"team_id": self.ws.team, "user_id": self.ws.bot_user, "is_bot": True, "is_enterprise_install": False}
        head = {"token": "verification", "team_id": self.ws.team, "api_app_id": self.ws.app, "type": "event_callback"}
        ids = {"event_id": self.ws.new_id("Ev"), "event_time": int(time.time()), "event_context": self.ws.new_id("4-")}
        rest = {"authorizations": [{"enterprise_id": None, **who}], "is_ext_shared_channel": False}
        return Delivery("events_api", {**head, "event": event, **ids, **rest})

    # -- Socket Mode ------------------------------------------------------------------------------------------------

    def new_address(self) -> str:
        """A web socket address that works once."""
        ticket = secrets.token_hex(8)
        self._tickets.add(ticket)
        return f"ws://127.0.0.1:{self.server.port}/link/?ticket={ticket}&app_id={self.ws.app}"

    def redeem(self, ticket: str) -> bool:
        if ticket not in self._tickets:
            return False
        self._tickets.discard(ticket)
        return True

    async def serve_socket(self, request: web.Request) -> web.StreamResponse:
        """Speak the protocol on one connection: hello, what is still unacknowledged, then acks until it closes."""
        socket = web.WebSocketResponse(timeout=0.2)
        try:
            await socket.prepare(request)
        except ConnectionError:
            return web.Response()  # the app has gone before it was greeted; that is its own business
        self._transports[socket] = request.transport
        count = len(self._sockets) + 1
        info = {"connection_info": {"app_id": self.ws.app}, "debug_info": HELLO_DEBUG}
        try:
            await socket.send_json({"type": "hello", "num_connections": count, **info})
            self._sockets.append(socket)
            self.server.notify()
            for delivery in self.unacked:
                await self._send_over_socket(delivery, unless_under_way=True)
            async for frame in socket:
                if frame.type == WSMsgType.TEXT:
                    self._acknowledge(frame.data)
        except ConnectionError:
            self.server.notify()  # the app has gone; that is its own business
        finally:
            self._sockets[:] = [s for s in self._sockets if s is not socket]
            self._leaving[:] = [s for s in self._leaving if s is not socket]
            self._transports.pop(socket, None)
            self.server.notify()
        return socket

    async def close_sockets(self, abrupt: bool = False) -> None:
        sockets, self._sockets = [*self._sockets, *self._leaving], []
        for socket in sockets:
            transport = self._transports.get(socket)
            if abrupt and isinstance(transport, asyncio.Transport):
                transport.abort()
            else:
                await socket.close(code=1001)
        self.server.notify()

    async def refresh_sockets(self) -> None:
        """Ask the app to connect anew, as Slack does every few hours; the old sockets carry nothing more."""
        sockets, self._sockets = self._sockets, []
        self._leaving += sockets
        for socket in sockets:
            await socket.send_json({"type": "disconnect", "reason": "refresh_requested", "debug_info": HELLO_DEBUG})
        self.server.notify()

    async def close(self) -> None:
        await self.close_sockets(abrupt=True)
        if self._session:
            await self._session.close()

    async def _send_over_socket(self, delivery: Delivery, unless_under_way: bool = False) -> None:
        """Put it into a new envelope on one of the sockets. Without one it waits for the next connection."""
        if not self._sockets or (unless_under_way and delivery.socket in self._sockets):
            return
        envelope: Json = {"envelope_id": secrets.token_hex(16), "payload": delivery.payload, "type": delivery.kind}
        envelope["accepts_response_payload"] = delivery.kind != "events_api"
        if delivery.kind == "events_api":
            attempt = len(delivery.envelopes)
            envelope |= {"retry_attempt": attempt, "retry_reason": "timeout" if attempt else ""}
        delivery.envelopes.append(envelope["envelope_id"])
        delivery.socket = socket = self._sockets[len(self.deliveries) % len(self._sockets)]
        try:
            await socket.send_json(envelope)
        except (ConnectionError, RuntimeError):
            return  # the socket has just closed; what is unacknowledged goes out on the next one

    def _acknowledge(self, text: str) -> None:
        body = json.loads(text)
        with self.server.changed:
            found = next((d for d in self.deliveries if body.get("envelope_id") in d.envelopes), None)
        if found is None:
            self.server.violate(f"socket: acknowledged an envelope that was never sent: {sorted(body)}")
            return
        self._done(found, body.get("payload") or {})

    # -- signed HTTP ------------------------------------------------------------------------------------------------

    def signed(
        self, delivery: Delivery, secret: str | None = None, at: int | None = None
    ) -> tuple[dict[str, str], str]:
        """The headers and body Slack would post. Another secret or time makes a forged or stale one."""
        body, content_type = _encoded(delivery)
        moment = str(int(time.time()) if at is None else at)
        base = f"v0:{moment}:{body}".encode()
        digest = hmac.new((secret or self.ws.signing_secret).encode(), base, hashlib.sha256).hexdigest()
        signature = {"X-Slack-Request-Timestamp": moment, "X-Slack-Signature": f"v0={digest}"}
        return {**signature, "Content-Type": content_type, "User-Agent": "Slackbot 1.0 (fake)"}, body

    async def verify_address(self) -> bool:
        """The challenge Slack sends when a request URL is entered; whether the app answered it."""
        challenge = secrets.token_hex(8)
        payload = {"token": "verification", "challenge": challenge, "type": "url_verification"}
        status, _, text = await self._request(*self.signed(Delivery("events_api", payload)))
        return status == 200 and challenge in text

    async def _post(self, delivery: Delivery) -> None:
        retries = MOST_RETRIES if delivery.kind == "events_api" else 0
        reason = ""
        for attempt in range(retries + 1):
            headers, body = self.signed(delivery)
            if attempt:
                await asyncio.sleep(self.retry_seconds)
                headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": reason}
            status, given, text = await self._request(headers, body)
            delivery.statuses.append(status)
            if 200 <= status < 300:
                self._done(delivery, _answer(given, text))
                return
            if given.get("X-Slack-No-Retry") == "1":
                break
            reason = "http_error" if status else "http_timeout"
        delivery.lost = True
        self.server.notify()

    async def _request(self, headers: dict[str, str], body: str) -> tuple[int, Any, str]:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        timeout = aiohttp.ClientTimeout(total=self.ack_seconds)
        target = self.http_target or ""
        try:
            async with self._session.post(target, data=body.encode(), headers=headers, timeout=timeout) as response:
                return response.status, response.headers, await response.text()
        except (aiohttp.ClientError, TimeoutError):
            return 0, {}, ""

    def _done(self, delivery: Delivery, answer: Json) -> None:
        with self.server.changed:
            first, delivery.acked = not delivery.acked, True
            if first:
                delivery.answer, delivery.took = answer, time.monotonic() - delivery.began
                delivery.on_answer(answer)
        self.server.notify()


def _encoded(delivery: Delivery) -> tuple[str, str]:
    if delivery.kind == "events_api":
        return json.dumps(delivery.payload), "application/json"
    if delivery.kind == "interactive":
        return urlencode({"payload": json.dumps(delivery.payload)}), "application/x-www-form-urlencoded"
    return urlencode(delivery.payload), "application/x-www-form-urlencoded"


def _answer(headers: Any, text: str) -> Json:
    if "application/json" in headers.get("Content-Type", "") and text.strip():
        body = json.loads(text)
        return body if isinstance(body, dict) else {}
    return {"text": text} if text.strip() else {}
