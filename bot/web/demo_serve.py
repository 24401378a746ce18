"""serve_demo(): the demo's worker and its page, until somebody stops them."""

import asyncio
import signal
import socket
import threading
from collections.abc import Callable

import uvicorn

from bot.app import App
from bot.clock import PushedClock
from bot.errors import BotError
from bot.web.demo import site
from bot.web.demo_home import Home
from bot.web.demo_world import Demo
from bot.web.race import race

HOST, PORT, TRIES = "127.0.0.1", 8765, 20

Started = Callable[[str], object]


async def serve_demo(app: App, clock: PushedClock, home: Home, listening: socket.socket, started: Started) -> None:
    """Run until SIGTERM or SIGINT. `started` is told the page's address once it answers."""
    stop = asyncio.Event()
    if threading.current_thread() is threading.main_thread():
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await run_until(Demo(app, clock, home), listening, stop, started)


async def run_until(demo: Demo, listening: socket.socket, stop: asyncio.Event, started: Started) -> None:
    """Run everything until `stop` is set. A fault in any part ends all of it, loudly."""
    config = uvicorn.Config(
        site(demo), log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=2, ws="none"
    )
    web = uvicorn.Server(config)
    try:
        await race(demo.worker.run(), _serve(demo, web, listening, started), stop.wait())
    finally:
        await demo.worker.stop()


async def _serve(demo: Demo, web: uvicorn.Server, listening: socket.socket, started: Started) -> None:
    """Uvicorn's own way takes the signals away from us, so its parts are called one by one."""
    await demo.start()
    web.config.load()
    web.lifespan = web.config.lifespan_class(web.config)
    await web.startup(sockets=[listening])
    host, port = listening.getsockname()
    started(f"http://{host}:{port}/")
    try:
        await web.main_loop()
    finally:
        demo.hub.close()  # else whoever waits for news would keep the server
        await web.shutdown(sockets=[listening])


def listen(port: int | None) -> socket.socket:
    """A socket of this machine only, on `port`, else on the first free one from 8765. Raises BotError."""
    for wanted in range(PORT, PORT + TRIES) if port is None else (port,):
        opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # so that asyncio sends at once
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind((HOST, wanted))
            opened.listen()
        except OSError:
            opened.close()
        else:
            return opened
    if port is None:
        raise BotError(f"the ports {PORT} to {PORT + TRIES - 1} are all in use; choose another with --port")
    raise BotError(f"port {port} is in use; choose another with --port")
