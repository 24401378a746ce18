"""The README's commands are the ones that run, and its map shows the house as it is."""

from __future__ import annotations

import re
from importlib.metadata import requires

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from support.source import ROOT, files

README = (ROOT / "README.md").read_text()
COMMANDS = [block.strip() for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)]
DEMO = "python3 -m venv .venv && .venv/bin/pip install -q -c .ci/constraints.txt -e . && .venv/bin/rapport demo"


def test_there_are_two_commands_of_one_line_and_each_sets_itself_up() -> None:
    assert len(COMMANDS) == 2
    assert COMMANDS[0] == DEMO
    for command in COMMANDS:
        assert "\n" not in command
        assert command.startswith("python3 -m venv .venv && .venv/bin/pip install")


def test_ci_runs_the_readme_s_test_command() -> None:
    run = (ROOT / ".ci/run").read_text()
    assert f'test_command="{COMMANDS[1]}"\n' in run
    assert 'bash -c "$test_command"' in run


def test_the_map_names_every_folder() -> None:
    shown = set(re.findall(r"^\| `([\w.]+)/` \|", README, re.MULTILINE))
    assert shown == {name.split("/")[0] for name in files() if "/" in name}


def test_every_dependency_has_its_tested_version() -> None:
    pinned, waiting, seen = _pinned(), [Requirement("rapport[dev]")], set()
    while waiting:
        requirement = waiting.pop()
        for extra in requirement.extras or {""}:
            waiting += [each for each in _needs(requirement.name, extra) if str(each) not in seen]
        seen.add(str(requirement))
    names = {canonicalize_name(Requirement(each).name) for each in seen} - {"rapport"}
    assert names <= pinned.keys()


@pytest.mark.parametrize("line", (ROOT / ".ci/constraints.txt").read_text().splitlines())
def test_a_constraint_is_a_name_and_a_version(line: str) -> None:
    assert line.startswith("#") or re.fullmatch(r"[\w.-]+==[\w.]+", line)


def _pinned() -> dict[str, str]:
    lines = (ROOT / ".ci/constraints.txt").read_text().splitlines()
    return {canonicalize_name(line.split("==")[0]): line.split("==")[1] for line in lines if "==" in line}


def _needs(name: str, extra: str) -> list[Requirement]:
    """What a package needs on this Python, with one of its extras."""
    found = map(Requirement, requires(name) or [])
    return [each for each in found if each.marker is None or each.marker.evaluate({"extra": extra})]
