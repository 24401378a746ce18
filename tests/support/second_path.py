"""The ways beside Slack: a mail server and a phone service of our own, on loopback."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from aiosmtpd.controller import Controller


@dataclass(slots=True)
class SecondPath:
    """What arrived, and where to send it."""

    smtp_url: str = ""
    webhook_url: str = ""
    mails: list[Message] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:
        """A mail, as aiosmtpd hands it over."""
        self.mails.append(message_from_bytes(envelope.content))
        return "250 OK"


@contextmanager
def second_path() -> Iterator[SecondPath]:
    """Both, listening."""
    path = SecondPath()
    mail = Controller(path, hostname="127.0.0.1", port=_free_port())
    mail.start()
    phone = ThreadingHTTPServer(("127.0.0.1", 0), _handler(path))
    thread = Thread(target=phone.serve_forever, name="phone")
    thread.start()
    path.smtp_url = f"smtp://127.0.0.1:{mail.port}?from=rapport@riverside.example&tls=none"
    path.webhook_url = f"http://127.0.0.1:{phone.server_port}/call"
    try:
        yield path
    finally:
        phone.shutdown()
        phone.server_close()
        thread.join()
        mail.stop()


def _free_port() -> int:
    """A port that nobody listens on: the library cannot be asked for one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _handler(path: SecondPath) -> type[BaseHTTPRequestHandler]:
    class Phone(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            path.calls.append(json.loads(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    return Phone
