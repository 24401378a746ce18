"""Demos to visit: one that nobody has touched, and one where Sam has just joined."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.demo import Visitor, running_demo


@pytest.fixture(scope="session")
def after_joining(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo's folder, left when Sam had joined."""
    folder = tmp_path_factory.mktemp("joined") / "rapport-demo"
    with running_demo(folder) as url, Visitor(url) as somebody:
        somebody.joins()
    return folder


@pytest.fixture
def joined(after_joining: Path, tmp_path: Path) -> Path:
    """A copy of that folder, this test's own."""
    return Path(shutil.copytree(after_joining, tmp_path / "rapport-demo"))


@pytest.fixture
def url(joined: Path) -> Iterator[str]:
    """The page of a demo where Sam has just joined."""
    with running_demo(joined) as address:
        yield address


@pytest.fixture
def fresh_url(tmp_path: Path) -> Iterator[str]:
    """The page of a demo that nobody has touched."""
    with running_demo(tmp_path / "fresh-demo") as address:
        yield address


@pytest.fixture
def visitor(url: str) -> Iterator[Visitor]:
    """Somebody at the page of a demo where Sam has just joined."""
    with Visitor(url) as somebody:
        yield somebody
