"""The phone webhook: what is posted, and what each answer means."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from bot.channels.base import Outbound, SendError
from bot.channels.webhook import WebhookChannel
from bot.desk import cards
from support.cases import SECRETS, all_texts, case

CALL = Outbound("webhook", "webhook:bell", cards.call(case(), "undelivered") | {"person": "bell"}, "riverside")
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def post(answer: Answer, timeout: float = 5) -> str:
    """Send one call to a server that answers so."""

    async def run() -> str:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        channel = WebhookChannel(f"http://127.0.0.1:{runner.addresses[0][1]}/call", timeout)
        try:
            return await channel.send(CALL)
        finally:
            await channel.close()
            await runner.cleanup()

    return asyncio.run(run())


def says(status: int, **headers: str) -> Answer:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return answer


def refused(answer: Answer, timeout: float = 5) -> SendError:
    with pytest.raises(SendError) as found:
        post(answer, timeout)
    return found.value


def test_H04_the_call_says_case_clinic_urgency_and_whom_and_no_name() -> None:
    came: list[Any] = []

    async def answer(request: web.Request) -> web.Response:
        came.append((request.method, request.path, request.content_type, await request.json()))
        return web.Response(status=202)

    assert post(answer) == ""
    ((method, path, content_type, body),) = came
    assert (method, path, content_type) == ("POST", "/call", "application/json")
    assert {"case": 12, "clinic": "riverside", "urgency": "now", "person": "bell"}.items() <= body.items()
    assert [secret for secret in (*SECRETS, "Z.Q.") if secret in all_texts(body)] == []


@pytest.mark.parametrize("status", [500, 502, 503, 408, 425, 429])
def test_H04_a_passing_fault_is_tried_again(status: int) -> None:
    error = refused(says(status, Retry_After="9"))
    assert (error.code, error.retryable, error.retry_after) == (f"http_{status}", True, 9)


@pytest.mark.parametrize("status", [301, 307, 400, 401, 404, 410])
def test_a_refusal_or_a_redirect_is_final(status: int) -> None:
    error = refused(says(status, Location="http://127.0.0.1:1/elsewhere"))
    assert (error.code, error.retryable) == (f"http_{status}", False)


def test_H04_no_answer_is_tried_again() -> None:
    async def drop(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    async def sleep(_request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    for answer in (drop, sleep):
        error = refused(answer, 0.3)
        assert (error.code, error.retryable) == ("network", True)


def test_H04_a_server_that_is_not_there_is_tried_again() -> None:
    async def run() -> None:
        channel = WebhookChannel("http://127.0.0.1:9/call")
        try:
            with pytest.raises(SendError, match="network"):
                await channel.send(CALL)
        finally:
            await channel.close()

    asyncio.run(run())
