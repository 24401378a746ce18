"""What the other tests lean on: the databases, the browser, the clock, and the rules that fail a run."""

from __future__ import annotations

import asyncio
import http.server
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from support import postgresql
from support.chromium import Chromium
from support.clock import FakeClock

ROOT = Path(__file__).parent.parent
LOUD = """
    import logging, pytest
    def test_loud(): logging.getLogger("some.library").error("a client wrote this")
    def test_declared(expects_log): expects_log("some.library"); logging.getLogger("some.library").warning("x")
    def test_promised(expects_log): expects_log("some.library")
    def test_quiet(): logging.getLogger("some.library").info("x")
"""


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_has_an_empty_database_of_its_own(database_url: str, turn: int) -> None:
    engine = sa.create_engine(database_url)
    try:
        with engine.begin() as connection:
            assert sa.inspect(connection).get_table_names() == []
            connection.execute(sa.text("CREATE TABLE left_behind (number INTEGER)"))
    finally:
        engine.dispose()


def test_a_database_can_be_made_from_a_template(postgresql_server: postgresql.Server) -> None:
    postgresql_server.create("test_template")
    engine = sa.create_engine(postgresql_server.url("test_template"), poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE copied (number INTEGER)"))
    with postgresql_server.fresh(template="test_template") as name:
        copy = sa.create_engine(postgresql_server.socket_url(name), poolclass=sa.NullPool)
        assert sa.inspect(copy).get_table_names() == ["copied"]


def test_the_wheel_s_postgresql_runs_where_the_system_has_none() -> None:
    with postgresql.running(postgresql.in_wheel()[0]) as server, server.fresh() as name:
        engine = sa.create_engine(server.url(name), poolclass=sa.NullPool)
        with engine.connect() as connection:
            assert connection.scalar(sa.text("SELECT 1")) == 1


def test_the_clock_moves_only_when_pushed(clock: FakeClock) -> None:
    assert clock.now() == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert clock.push(hours=1, minutes=30) == clock.now() == datetime(2026, 3, 2, 11, 30, tzinfo=UTC)
    with pytest.raises(ValueError, match="time zone"):
        clock.set(datetime(2026, 3, 2))  # noqa: DTZ001 the very mistake


@pytest.fixture
def page_url(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "index.html").write_text("<h1>Here</h1>")
    (tmp_path / "broken.html").write_text("<script>nothing.here()</script>")
    (tmp_path / "abroad.html").write_text("<img src='http://example.org/pixel.png'>")

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=tmp_path)

        def log_message(self, *args: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_browser_shows_a_page_beside_a_running_event_loop(chromium: Chromium, page_url: str) -> None:
    def story(page: object) -> str:
        page.goto(page_url)
        return page.inner_text("h1")

    assert chromium.run(story) == "Here"
    assert asyncio.run(asyncio.sleep(0, "loops still run")) == "loops still run"


@pytest.mark.parametrize(("name", "fault"), [("broken", "script error"), ("abroad", "beyond this machine")])
def test_a_page_with_a_fault_fails_the_story(chromium: Chromium, page_url: str, name: str, fault: str) -> None:
    with pytest.raises(AssertionError, match=fault):
        chromium.run(lambda page: page.goto(f"{page_url}/{name}.html"))


@pytest.fixture
def inner(pytester: pytest.Pytester) -> pytest.Pytester:
    """A small project under the same rules as this one."""
    pytester.makeconftest((ROOT / "tests/conftest.py").read_text())
    pytester.makeini(f"[pytest]\npythonpath = {ROOT / 'tests'}\naddopts = --import-mode=importlib")
    return pytester


def test_an_unexpected_log_line_fails_a_test_and_does_not_repeat_what_it_says(inner: pytest.Pytester) -> None:
    inner.makepyfile(LOUD)
    result = inner.runpytest_subprocess("--show-capture=no")
    result.assert_outcomes(passed=4, errors=2)
    result.stdout.fnmatch_lines(["*some.library (ERROR, *", "*never came: some.library*"])
    assert "a client wrote" not in "".join(line for line in result.outlines if line.startswith("E "))


@pytest.mark.parametrize(("ci", "status"), [("true", 1), ("", 0), ("false", 0)])
def test_a_skipped_test_fails_the_run_in_ci_only(
    inner: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, ci: str, status: int
) -> None:
    monkeypatch.setenv("CI", ci)
    inner.makepyfile("import pytest\ndef test_a(): pytest.skip('no such thing here')\ndef test_b(): pass")
    result = inner.runpytest_subprocess()
    assert result.ret == status
    assert ("skipped tests fail the run in CI" in result.stdout.str()) is bool(status)
