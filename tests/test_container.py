"""The container: an ordinary user, a health check that works, no secret in a file. Read, not built: no Docker here."""

from __future__ import annotations

import http.server
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from support.source import ROOT

SECRET = re.compile(r"TOKEN|SECRET|PASSWORD|KEYS")


@pytest.fixture(scope="module")
def steps() -> list[tuple[str, str]]:
    """The Dockerfile's instructions in order, continued lines joined."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.partition(" ")[0], line.partition(" ")[2]) for line in lines]


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    return yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]


@pytest.fixture
def health() -> Iterator[tuple[int, list[str], list[int]]]:
    """A web server that answers with the status it is told, its port, and the paths it was asked for."""
    asked: list[str] = []
    answers: list[int] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(answers.pop())
            self.end_headers()

        def log_message(self, *args: object) -> None: ...

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield server.server_port, asked, answers
        server.shutdown()
        thread.join()


def test_the_image_is_built_in_stages_and_runs_as_an_ordinary_user(steps: list[tuple[str, str]]) -> None:
    stages = [index for index, (word, _) in enumerate(steps) if word == "FROM"]
    assert len(stages) >= 2
    users = [rest for word, rest in steps[stages[-1] :] if word == "USER"]
    assert users
    assert int(users[-1].partition(":")[0]) > 0


def test_the_image_takes_the_tested_versions(steps: list[tuple[str, str]]) -> None:
    (install,) = [rest for word, rest in steps if word == "RUN" and "pip install" in rest]
    assert "--constraint constraints.txt" in install
    assert ("COPY", ".ci/constraints.txt constraints.txt") in steps


def test_what_the_image_copies_is_sent_to_the_builder(steps: list[tuple[str, str]]) -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {path for word, rest in steps if word == "COPY" and "--from" not in rest for path in rest.split()[:-1]}
    assert copied == kept
    assert all((ROOT / path).exists() for path in copied)


def test_every_package_of_the_wheel_is_in_the_image(steps: list[tuple[str, str]]) -> None:
    assert {"bot", "flows", "locales", "storage"} <= {rest.split()[0] for word, rest in steps if word == "COPY"}


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_the_image_s_health_check_follows_the_health_page(
    steps: list[tuple[str, str]], health: tuple[int, list[str], list[int]], status: int, healthy: bool
) -> None:
    port, asked, answers = health
    answers.append(status)
    (check,) = [rest for word, rest in steps if word == "HEALTHCHECK"]
    program, *arguments = json.loads(check.partition("CMD ")[2])
    surroundings = os.environ | {"RAPPORT_PORT": str(port)}
    done = subprocess.run([sys.executable, *arguments], env=surroundings, capture_output=True)
    assert (program, asked, done.returncode == 0) == ("python", ["/health"], healthy)


def test_each_service_has_a_health_check(services: dict[str, dict[str, Any]]) -> None:
    lasting = {name: each for name, each in services.items() if each["restart"] != "no"}
    assert set(lasting) == {"bot", "database"}
    assert all(each["healthcheck"]["test"][0] == "CMD" for each in lasting.values())


def test_the_bot_starts_after_a_healthy_database_has_the_newest_schema(services: dict[str, dict[str, Any]]) -> None:
    assert services["bot"]["depends_on"] == {
        "database": {"condition": "service_healthy"},
        "migrate": {"condition": "service_completed_successfully"},
    }
    assert services["migrate"]["command"] == ["db", "migrate"]


def test_no_secret_stands_in_compose(services: dict[str, dict[str, Any]]) -> None:
    settings = [(name, str(value)) for each in services.values() for name, value in each.get("environment", {}).items()]
    secrets = [value for name, value in settings if SECRET.search(name)]
    assert secrets
    assert all(value.startswith("${") for value in secrets)
    assert all(re.search(r"//\w+:\$\{", value) for _, value in settings if "://" in value)


def test_the_bot_listens_on_this_machine_only_and_its_image_stays_as_it_is(
    services: dict[str, dict[str, Any]],
) -> None:
    assert all(port.startswith("127.0.0.1:") for port in services["bot"]["ports"])
    assert services["bot"]["read_only"] is True
    assert services["bot"]["cap_drop"] == ["ALL"]
