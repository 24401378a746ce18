"""The web server's pages for operators: is it alive, does it work, what does it measure. Webhooks stand beside."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.app import App
from bot.health import health
from bot.worker import Worker


def server(app: App, worker: Worker, routes: Sequence[BaseRoute] = ()) -> Starlette:
    """The application: `/health`, `/ready`, `/metrics`, and what else is mounted."""

    async def alive(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(_request: Request) -> Response:
        if worker.stuck:  # the thread that would look may be what stands still
            return JSONResponse({"turns": "stuck", "last_beat_seconds": worker.ages}, status_code=503)
        state = await worker.do(health, app.store, app.shelf, worker.ages, app.clock.now())
        return JSONResponse(state.report, status_code=200 if state.ready else 503)

    async def figures(_request: Request) -> Response:
        await worker.do(worker.measure)
        return Response(worker.metrics.page(), media_type="text/plain; version=0.0.4")

    own = [Route("/health", alive), Route("/ready", ready), Route("/metrics", figures)]
    return Starlette(routes=[*own, *routes])
