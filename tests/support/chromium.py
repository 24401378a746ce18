"""A real browser, in a thread of its own: Playwright's plain interface keeps an event loop running in its thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Route, sync_playwright

T = TypeVar("T")
PROGRAM = Path("/usr/bin/chromium")
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True, slots=True)
class Chromium:
    """A running browser. Each story gets a page in a context of its own."""

    thread: ThreadPoolExecutor
    browser: Browser

    def run(self, story: Callable[[Page], T], **context: Any) -> T:
        """Play `story(page)` and give back what it returns; `context` goes to Playwright's `new_context`.

        Fails when a script on the page raised, or when the page wanted anything beyond this machine.
        """
        return self.thread.submit(self._play, story, context).result()

    def _play(self, story: Callable[[Page], T], context: dict[str, Any]) -> T:
        with self.browser.new_context(**context) as fresh:
            page, faults = fresh.new_page(), _Faults()
            # Playwright hangs an attribute on a bound method's object, and this one has slots.
            fresh.route("**/*", lambda route: faults.guard(route))
            page.on("pageerror", lambda error: faults.seen.append(f"script error: {error.message}"))
            page.set_default_timeout(10_000)
            told = story(page)
        assert not faults.seen, "; ".join(faults.seen)
        return told


@dataclass(frozen=True, slots=True)
class _Faults:
    seen: list[str] = field(default_factory=list)

    def guard(self, route: Route) -> None:
        """Let a request through when it stays on this machine."""
        if urlsplit(route.request.url).hostname in LOOPBACK:
            route.continue_()
        else:
            self.seen.append(f"request beyond this machine: {route.request.url}")
            route.abort()


@contextmanager
def running(program: Path = PROGRAM) -> Iterator[Chromium]:
    """Start the browser, and close it at the end."""
    with ThreadPoolExecutor(1, thread_name_prefix="chromium") as thread:
        playwright = thread.submit(lambda: sync_playwright().start()).result()
        start = playwright.chromium.launch
        browser = thread.submit(lambda: start(executable_path=program, args=list(SWITCHES))).result()
        yield Chromium(thread, browser)
        thread.submit(browser.close).result()
        thread.submit(playwright.stop).result()
