"""serve(): `rapport run`. A worker, a poller or webhook for each bot, Slack for each clinic, and the web server."""

import asyncio
import signal
from collections.abc import Callable, Mapping
from typing import Any

import uvicorn
from starlette.applications import Starlette

from bot import logs
from bot.app import App, employ
from bot.channels.base import Channel
from bot.web.connections import connect
from bot.web.server import server
from bot.worker import Worker

log = logs.get(__name__)

Started = Callable[[int], None]
Hire = Callable[[App, Mapping[str, Channel]], Worker]


async def serve(app: App, started: Started) -> None:
    """Run until SIGTERM or SIGINT. `started` is told the web server's port once everything runs."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    await run_until(app, stop, started)


async def run_until(app: App, stop: asyncio.Event, started: Started, hire: Hire = employ) -> None:
    """Run everything until `stop` is set. A fault in any part ends all of it, loudly."""
    connections = connect(app)
    worker = hire(app, connections.channels)
    tasks: list[asyncio.Task[None]] = [asyncio.create_task(worker.run())]
    try:
        web = _web(app, server(app, worker, await connections.open(worker)))
        tasks += [asyncio.create_task(part) for part in connections.parts(worker)]
        tasks.append(asyncio.create_task(_listen(web, started)))
        log.info("started", count=len(app.shelf.packs))
        await _first_fault(tasks, stop)
    finally:
        await connections.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await worker.stop()
        log.info("stopped")


def _web(app: App, application: Starlette) -> uvicorn.Server:
    config = uvicorn.Config(
        application, host=app.settings.host, port=app.settings.port, log_config=None, access_log=False, lifespan="off"
    )
    return uvicorn.Server(config)


async def _listen(web: uvicorn.Server, started: Started) -> None:
    config = web.config
    config.load()
    web.lifespan = config.lifespan_class(config)
    await web.startup()
    started(web.servers[0].sockets[0].getsockname()[1])
    try:
        await web.main_loop()
    finally:
        await web.shutdown()


async def _first_fault(tasks: list[asyncio.Task[None]], stop: asyncio.Event) -> None:
    """Wait for the stop; raise what a part raised before it."""
    stopping = asyncio.create_task(stop.wait())
    waiting: set[asyncio.Task[Any]] = {stopping, *tasks}
    while stopping in waiting:
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
