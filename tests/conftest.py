"""What every test may ask for stands in `fixtures/`; here stands only what holds for a whole run."""

from __future__ import annotations

import os

import pytest

pytest_plugins = [
    "pytester",
    "fixtures.browser",
    "fixtures.clock",
    "fixtures.databases",
    "fixtures.logs",
    "fixtures.postgresql",
    "fixtures.product",
]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI everything is installed, so a test that was skipped proves nothing and fails the run."""
    if _in_ci() and _skips(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skips = _skips(terminalreporter.config)
    if _in_ci() and skips:
        terminalreporter.section("skipped tests fail the run in CI", red=True)
        for report in skips:
            terminalreporter.write_line(f"{report.nodeid}: {_reason(report)}")


def _in_ci() -> bool:
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def _skips(config: pytest.Config) -> list[pytest.TestReport | pytest.CollectReport]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return reporter.stats.get("skipped", []) if reporter else []  # a worker of a parallel run reports to its leader


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    return report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
