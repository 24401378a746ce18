"""A Slack server: the Web API, Socket Mode and signed HTTP over real connections, for one or several workspaces."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from fakes import slack_methods
from fakes.clinician import SlackUser, View
from fakes.faults import Call, Fault, Json
from fakes.server import FakeServer, Upload, answer, read_body
from fakes.slack_delivery import Courier, Delivery
from fakes.workspace import Channel, Posted, SlackError, Workspace

__all__ = ["Channel", "Delivery", "FakeSlack", "Posted", "SlackUser", "View", "Workspace"]

MOST_RESPONSES = 5


@dataclass(eq=False, slots=True)
class ResponseUrl:
    """An address that a payload hands out for at most five answers."""

    user: SlackUser
    channel: str
    ts: str | None
    left: int = MOST_RESPONSES


class FakeSlack(FakeServer):
    """`FakeSlack().start()`; the product's RAPPORT_SLACK_API_URL is `.url`. `home` is the first workspace.

    clock: gives the aware time of messages and do-not-disturb windows. echo: tell the app of its own messages too.
    """

    def __init__(
        self,
        bot_token: str = "xoxb-riverside",
        app_token: str = "xapp-riverside",
        signing_secret: str = "signing-secret",
        team: str = "T1",
        clock: Callable[[], datetime] | None = None,
        echo: bool = False,
    ) -> None:
        super().__init__()
        self.clock = clock or (lambda: datetime.now(UTC))
        self.workspaces: list[Workspace] = []
        self.home = self.add_workspace(team, bot_token, app_token, signing_secret, echo=echo)
        self._response_urls: dict[str, ResponseUrl] = {}

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.origin}/api/"

    # -- the world a test builds ------------------------------------------------------------------------------------

    def add_workspace(
        self, team: str, bot_token: str, app_token: str, signing_secret: str, echo: bool = False
    ) -> Workspace:
        """Another team that has installed the app. Its people come by `add_user(..., workspace=…)`."""
        ws = Workspace(self, team, bot_token, app_token, signing_secret, lambda: self.clock(), echo)
        ws.courier = Courier(ws)
        self.workspaces.append(ws)
        return ws

    def add_user(
        self,
        user_id: str,
        name: str = "",
        *,
        email: str = "",
        tz: str = "Europe/London",
        workspace: Workspace | None = None,
    ) -> SlackUser:
        ws = workspace or self.home
        name = name or user_id.lower()
        user = SlackUser(ws, user_id, name, email or f"{name}@clinic.example".replace(" ", "."), tz)
        with self.changed:
            ws.users[user_id] = user
        return user

    def add_channel(
        self,
        channel_id: str,
        name: str = "team",
        members: tuple[str, ...] | list[str] = (),
        *,
        kind: str = "private",
        bot_in: bool = True,
        workspace: Workspace | None = None,
    ) -> Channel:
        channel = Channel(channel_id, name, kind, list(members), bot_in)
        with self.changed:
            (workspace or self.home).channels[channel_id] = channel
        return channel

    def user(self, user_id: str, workspace: Workspace | None = None) -> SlackUser:
        return (workspace or self.home).users[user_id]

    def channel(self, channel_id: str, workspace: Workspace | None = None) -> Channel:
        return (workspace or self.home).channels[channel_id]

    # -- Slack's own doings, ordered by a test ----------------------------------------------------------------------

    @property
    def deliveries(self) -> list[Delivery]:
        """Everything brought to the app, of all workspaces, oldest first within each."""
        with self.changed:
            return [d for ws in self.workspaces for d in ws.courier.deliveries]

    @property
    def unacked(self) -> list[Delivery]:
        """What the app has not acknowledged yet and still will get."""
        return [d for ws in self.workspaces for d in ws.courier.unacked]

    @property
    def connected(self) -> int:
        """How many sockets are open and in use, of all workspaces."""
        return sum(ws.courier.connected for ws in self.workspaces)

    @property
    def http_target(self) -> str | None:
        return self.home.courier.http_target

    @http_target.setter
    def http_target(self, url: str | None) -> None:
        """Set it to deliver by signed HTTP to this address instead of a socket, for every workspace."""
        for ws in self.workspaces:
            ws.courier.http_target = url

    def verify_address(self) -> bool:
        """Send the url_verification challenge to `http_target`; whether the app answered it."""
        return self.run(self.home.courier.verify_address())

    def emit(self, event: Json, workspace: Workspace | None = None) -> Delivery:
        """Send any Events API event."""
        courier = (workspace or self.home).courier
        return courier.send(courier.event(event))

    def again(self, delivery: Delivery) -> None:
        """Deliver the very same thing a second time."""
        next(ws for ws in self.workspaces if delivery in ws.courier.deliveries).courier.again(delivery)

    def resend_unacked(self) -> None:
        """What Slack does when three seconds have passed without an acknowledgement."""
        for delivery in self.unacked:
            self.again(delivery)

    def lose_next_press(self, times: int = 1) -> None:
        """The next presses, submissions and commands never reach the app."""
        for ws in self.workspaces:
            ws.courier.lose += times

    def expire_triggers(self) -> None:
        """Every trigger id so far is more than three seconds old."""
        with self.changed:
            for ws in self.workspaces:
                for trigger in ws.triggers.values():
                    trigger.usable = False

    def drop_socket(self, abrupt: bool = False) -> None:
        """Close the sockets, politely or (abrupt) by cutting the connection."""
        for ws in self.workspaces:
            self.run(ws.courier.close_sockets(abrupt))

    def refresh_socket(self) -> None:
        """Ask the app to open a new socket, as Slack does every few hours."""
        for ws in self.workspaces:
            self.run(ws.courier.refresh_sockets())

    # -- answers to payloads ----------------------------------------------------------------------------------------

    def new_response_url(self, user: SlackUser, channel: str, ts: str | None) -> str:
        key = user.ws.new_id("r")
        self._response_urls[key] = ResponseUrl(user, channel, ts)
        return f"{self.origin}/respond/{key}"

    def respond(self, user: SlackUser, channel_id: str, ts: str | None, body: Json) -> None:
        """Show what a command's acknowledgement or a response_url carries."""
        if body.get("delete_original"):
            self._withdraw(user, channel_id, ts)
            return
        for problem in slack_methods.content_problems(body):
            self.violate(f"response: {problem}")
        with self.changed:
            if body.get("replace_original") and ts:
                self._replace(user, channel_id, ts, body)
            elif body.get("response_type") == "in_channel":
                user.ws.post(user.ws.channels[channel_id], body.get("text") or "", body.get("blocks"))
            else:
                slack_methods.ephemeral(user.ws, channel_id, user, body)

    def _replace(self, user: SlackUser, channel_id: str, ts: str, body: Json) -> None:
        channel = user.ws.channels[channel_id]
        if ts in channel.by_ts:
            user.ws.edit(channel, ts, body.get("text"), body.get("blocks"))
            return
        self._withdraw(user, channel_id, ts)
        slack_methods.ephemeral(user.ws, channel_id, user, body)

    def _withdraw(self, user: SlackUser, channel_id: str, ts: str | None) -> None:
        with self.changed:
            user.ephemerals[:] = [m for m in user.ephemerals if m.ts != ts]
            user.ws.channels[channel_id].by_ts.pop(ts or "", None)

    # -- requests ---------------------------------------------------------------------------------------------------

    def routes(self, app: web.Application) -> None:
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/respond/{key}", self._response)
        app.router.add_post("/upload/{file_id}", self._upload)
        app.router.add_get("/link/", self._socket)

    async def closing(self) -> None:
        for ws in self.workspaces:
            await ws.courier.close()

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        try:
            values, _, _ = await read_body(request)
        except ValueError:
            self.violate(f"{method}: the body is no JSON object")
            return answer({"ok": False, "error": "invalid_json"})
        params = slack_methods.decoded(values)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ") or str(params.get("token", ""))
        call = Call(method, token, params)
        call.problems = slack_methods.problems(method, params)
        for problem in call.problems:
            self.violate(problem)
        return await self.serve(request, call)

    async def _response(self, request: web.Request) -> web.StreamResponse:
        body, _, _ = await read_body(request)
        return await self.serve(request, Call("response_url", request.match_info["key"], body))

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        given = Upload("", await _uploaded(request))
        return await self.serve(request, Call("upload", request.match_info["file_id"], {"upload": given}))

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        ws = next((ws for ws in self.workspaces if ws.courier.redeem(ticket)), None)
        if ws is None or self.down:
            return web.Response(status=403 if ws is None else 503)
        with self.counted(request):
            return await ws.courier.serve_socket(request)

    async def perform(self, call: Call) -> web.Response:
        with self.changed:
            try:
                if call.method == "response_url":
                    return self._take_response(call)
                if call.method == "upload":
                    return self._take_upload(call)
                return answer({"ok": True, **self._result(call)}, headers={"x-oauth-scopes": "chat:write"})
            except SlackError as error:
                return answer(self._refusal(call, error.error))

    def _result(self, call: Call) -> Json:
        if call.method not in slack_methods.METHODS:
            raise SlackError("unknown_method")
        ws = self._authorised(call)
        if call.problems:
            raise SlackError("invalid_blocks" if "blocks" in call.params else "invalid_arguments")
        return slack_methods.METHODS[call.method](ws, call.params)

    def _refusal(self, call: Call, error: str) -> Json:
        call.outcome = error
        messages = [f"[ERROR] {problem}" for problem in call.problems]
        return {"ok": False, "error": error, "response_metadata": {"messages": messages}}

    def _authorised(self, call: Call) -> Workspace:
        if not call.token:
            raise SlackError("not_authed")
        for_app = call.method == "apps.connections.open"
        for ws in self.workspaces:
            if call.token == (ws.app_token if for_app else ws.bot_token):
                return ws
            if call.token in (ws.app_token, ws.bot_token):
                raise SlackError("not_allowed_token_type")
        raise SlackError("invalid_auth")

    def _take_response(self, call: Call) -> web.Response:
        address = self._response_urls.get(call.token)
        if address is None or address.left < 1:
            return web.Response(status=404, text="used_url")
        address.left -= 1
        self.respond(address.user, address.channel, address.ts, call.params)
        return web.Response(text="ok")

    def _take_upload(self, call: Call) -> web.Response:
        ws = next((ws for ws in self.workspaces if call.token in ws.uploads), None)
        if ws is None:
            return web.Response(status=404)
        slack_methods.take_upload(ws, call.token, call.params["upload"])
        return web.Response(text=f"OK - {len(call.params['upload'].content)}")

    def fault_answer(self, fault: Fault) -> web.Response:
        if fault.status == 429:
            headers = {"Retry-After": str(int(fault.retry_after or 1))}
            return answer({"ok": False, "error": "ratelimited"}, 429, headers)
        error = fault.error or ("service_unavailable" if fault.status == 503 else "internal_error")
        return answer({"ok": False, "error": error}, fault.status or 200)


async def _uploaded(request: web.Request) -> bytes:
    """The bytes of an upload, sent raw or as a form's file."""
    if not request.content_type.startswith("multipart/"):
        return await request.read()
    found: list[Any] = [v for v in (await request.post()).values() if isinstance(v, web.FileField)]
    return bytes(found[0].file.read()) if found else b""
