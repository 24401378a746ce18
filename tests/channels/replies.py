"""A server that answers whatever a test tells it to, as something on the way to Telegram may."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from aiohttp import web


@asynccontextmanager
async def answering(*answers: tuple[int, str], connections: set[object] | None = None) -> AsyncIterator[str]:
    """Gives the URL of a server that answers so, one after the other, and then for ever as the last one.

    `connections` collects who has called, one entry for each connection.
    """
    left: Iterable[tuple[int, str]] = iter(answers[:-1])

    async def answer(request: web.Request) -> web.Response:
        if connections is not None:
            connections.add(request.transport)
        status, body = next(iter(left), answers[-1])
        return web.Response(status=status, text=body)

    app = web.Application()
    app.router.add_route("*", "/{anything:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
