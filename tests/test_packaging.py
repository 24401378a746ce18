"""The wheel, installed away from the sources, is the whole product."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import httpx
import pytest

from support.source import ROOT, files

NOTHING: Mapping[str, str] = MappingProxyType({})
PACKAGES = {"bot", "flows", "locales", "storage"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree, built offline."""
    folder = tmp_path_factory.mktemp("wheel")
    _call(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a fresh environment that holds the wheel; the libraries are borrowed from this one."""
    home = tmp_path_factory.mktemp("elsewhere") / "venv"
    venv.create(home)
    python = home / "bin/python"
    _call(sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", "--no-index", wheel)
    (packages,) = home.glob("lib/python*/site-packages")
    # A path that a .pth file adds comes last, and its own .pth files are not read: the checkout stays out of sight.
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return home / "bin"


def test_the_wheel_carries_every_file_of_the_product(wheel: Path) -> None:
    expected = {name for name in files() if name.split("/")[0] in PACKAGES and "/risk_corpus/" not in name}
    assert expected - set(zipfile.ZipFile(wheel).namelist()) == set()


def test_the_wheel_carries_nothing_else(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} <= PACKAGES


def test_the_installed_packages_are_the_wheel_s(programs: Path) -> None:
    found = _call(programs / "python", "-c", "import bot, flows, storage; print(bot.__file__)")
    assert Path(found.strip()).is_relative_to(programs.parent)


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["key"], ["demo", "--help"]])
def test_the_installed_command_runs_outside_the_checkout(programs: Path, arguments: list[str]) -> None:
    assert _call(programs / "rapport", *arguments)


def test_the_installed_check_finds_the_flows_words_and_example_clinic(programs: Path, tmp_path: Path) -> None:
    settings = {
        "RAPPORT_KEYS": _call(programs / "rapport", "key").strip(),
        "RAPPORT_DATABASE_URL": f"sqlite:///{tmp_path / 'rapport.sqlite'}",
        "RAPPORT_TELEGRAM_TOKEN": "111:AAA",
        "RAPPORT_SLACK_BOT_TOKEN": "xoxb-1",
        "RAPPORT_SLACK_APP_TOKEN": "xapp-1",
    }
    assert "in order" in _call(programs / "rapport", "check", folder=tmp_path, settings=settings)


def test_the_installed_demo_shows_its_page(programs: Path, tmp_path: Path) -> None:
    command = [programs / "rapport", "demo", "--no-browser", "--port", "0"]
    running = subprocess.Popen(command, cwd=tmp_path, env=_bare(), stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdout is not None
        (address,) = re.findall(r"http://127\.0\.0\.1:\d+/", running.stdout.readline())
        page = httpx.get(address).text
        style = httpx.get(address + "static/demo.css")
    finally:
        running.terminate()
        running.communicate(timeout=20)
    assert "The client’s phone" in page
    assert style.status_code == 200
    assert running.returncode == 0


def _bare() -> dict[str, str]:
    """The environment without any setting of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("RAPPORT_", "PYTHON"))}


def _call(*command: str | Path, folder: str | Path = "/", settings: Mapping[str, str] = NOTHING) -> str:
    """Run away from the checkout, with no setting of ours but these, and give back what it printed."""
    environment = {**_bare(), **settings}
    closed = subprocess.DEVNULL
    done = subprocess.run(command, cwd=folder, env=environment, stdin=closed, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
