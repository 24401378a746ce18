"""The demo's web server: two panes and a clock. Every gesture is a form; a script only makes it quick."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.channels.web_phone import KINDS
from bot.web.demo_page import HERE, Look, Pages
from bot.web.demo_world import Demo

PUSHES = {"15m": timedelta(minutes=15), "1h": timedelta(hours=1), "1d": timedelta(days=1)}
HOLD = 20.0  # seconds that an answer is held back while nothing changes
LIVE = "x-live"  # sent by the page's own script, which needs no redirect
STICKER = "🙂"
GUARDS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}

Act = Callable[[Demo, Look, FormData], Awaitable[None]]


def site(demo: Demo) -> Starlette:
    """The application. It answers to this machine's own names only, and takes forms from its own page only."""
    pages = Pages(demo)

    async def whole(request: Request) -> Response:
        look = pages.look(request.query_params)
        return HTMLResponse(pages.page(look, await demo.upcoming()), headers=GUARDS)

    async def parts(request: Request) -> Response:
        since = request.query_params.get("since", "")
        await demo.hub.wait(int(since) if since.isdecimal() else 0, HOLD)
        look, version = pages.look(request.query_params), demo.hub.version
        drawn = pages.parts(look, await demo.upcoming())
        return JSONResponse({"version": version, "look": look.query, "parts": drawn}, headers=GUARDS)

    routes = [
        Route("/", whole),
        Route("/parts", parts),
        Mount("/static", StaticFiles(directory=HERE / "static")),
        *(Route(path, _endpoint(demo, pages, act), methods=["POST"]) for path, act in ACTS.items()),
    ]
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", "[::1]"])
    return Starlette(routes=routes, middleware=[hosts])


def _endpoint(demo: Demo, pages: Pages, act: Act) -> Callable[[Request], Awaitable[Response]]:
    async def take(request: Request) -> Response:
        if not _from_here(request):
            return Response("forms are taken from the demo's own page only", status_code=403)
        look = pages.look(request.query_params)
        async with request.form() as form:
            await act(demo, look, form)
        demo.hub.bump()
        return Response(status_code=204) if LIVE in request.headers else RedirectResponse(f"/?{look.query}", 303)

    return take


def _from_here(request: Request) -> bool:
    """Whether the request is not another site's doing."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


async def _open(demo: Demo, _look: Look, _form: FormData) -> None:
    await demo.take_in(demo.phone.opens(demo.token))


async def _write(demo: Demo, _look: Look, form: FormData) -> None:
    if text := _text(form, "text"):
        await demo.take_in(demo.phone.writes(text))


async def _press(demo: Demo, _look: Look, form: FormData) -> None:
    await demo.take_in(demo.phone.presses(_text(form, "data")))


async def _edit(demo: Demo, _look: Look, form: FormData) -> None:
    if text := _text(form, "text"):
        await demo.take_in(demo.phone.edits(_text(form, "bubble"), text))


async def _send(demo: Demo, _look: Look, form: FormData) -> None:
    """A sticker comes with the emoji that it stands for, as in Telegram."""
    kind = _text(form, "kind")
    if kind in KINDS:
        await demo.take_in(demo.phone.sends(kind, STICKER if kind == "sticker" else _text(form, "caption")))


async def _block(demo: Demo, _look: Look, form: FormData) -> None:
    await demo.take_in(demo.phone.blocks(blocked=_text(form, "blocked") == "yes"))


async def _start_over(demo: Demo, _look: Look, form: FormData) -> None:
    language = _text(form, "language")
    await demo.start_over(language if language in demo.languages else demo.languages[0])


async def _push(demo: Demo, _look: Look, form: FormData) -> None:
    by = _text(form, "by")
    await (demo.push(PUSHES[by]) if by in PUSHES else demo.push_to_next())


async def _desk_press(demo: Demo, look: Look, form: FormData) -> None:
    action, _, value = _text(form, "press").partition("|")
    await demo.staff.press(look.user, look.room, _text(form, "ts"), action, value)
    await demo.settle()


async def _desk_submit(demo: Demo, look: Look, form: FormData) -> None:
    await demo.staff.submit(look.user, {name: str(value) for name, value in form.items()})
    await demo.settle()


async def _desk_close(demo: Demo, look: Look, _form: FormData) -> None:
    demo.workspace.close(look.user)


async def _desk_write(demo: Demo, look: Look, form: FormData) -> None:
    if text := _text(form, "text"):
        await demo.staff.write(look.user, look.room, text, _text(form, "thread"))
        await demo.settle()


async def _desk_react(demo: Demo, look: Look, form: FormData) -> None:
    await demo.staff.react(look.user, look.room, _text(form, "ts"), _text(form, "name"))
    await demo.settle()


async def _desk_away(demo: Demo, _look: Look, form: FormData) -> None:
    demo.desk.slack.away = _text(form, "away") == "yes"


ACTS: dict[str, Act] = {
    "/phone/open": _open,
    "/phone/write": _write,
    "/phone/press": _press,
    "/phone/edit": _edit,
    "/phone/send": _send,
    "/phone/block": _block,
    "/start-over": _start_over,
    "/clock/push": _push,
    "/desk/press": _desk_press,
    "/desk/submit": _desk_submit,
    "/desk/close": _desk_close,
    "/desk/write": _desk_write,
    "/desk/react": _desk_react,
    "/desk/away": _desk_away,
}
