"""A process that has imported the program and read the pack, and from which the lives of `rapport run` are forked.

It saves each life the two seconds in which Python imports and the risk rules are compiled. It takes orders on standard
input, a JSON object a line, and answers each with a line: the table at the end of the file. When there are no more, all
lives end.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from bot.cli import main
from bot.packs import build, read_catalogue
from storage.database import Database
from support.crowd import pack_files


def serve() -> None:
    """Take orders until there are no more."""
    import bot.commands.run  # noqa: F401 - so that it is there in every life

    build(read_catalogue(), pack_files(), {})
    living: set[int] = set()
    for line in sys.stdin:
        order = json.loads(line)
        (carry_out,) = (act for name, act in ORDERS.items() if name in order)
        sys.stdout.write(f"{json.dumps(carry_out(living, **order))}\n")
        sys.stdout.flush()
    for process in living:
        os.kill(process, signal.SIGKILL)


def _live(living: set[int], log: str, environment: Mapping[str, str]) -> int:
    """Begin a life: `rapport run`, with nothing of ours but the log as its output. Answers with its process id."""
    if process := os.fork():
        living.add(process)
        return process
    output, nothing = os.open(log, os.O_WRONLY | os.O_APPEND), os.open(os.devnull, os.O_RDONLY)
    for mine, theirs in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(mine, theirs)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["rapport", "run"]
    main()
    raise SystemExit  # click has done so already


def _poll(_living: set[int], poll: int) -> bool:
    """Whether the process has ended."""
    return os.waitid(os.P_PID, poll, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _wait(living: set[int], wait: int) -> int:
    """Wait for the process to end. Answers with its exit status."""
    living.discard(wait)
    return os.waitstatus_to_exitcode(os.waitpid(wait, 0)[1])


def _kill(_living: set[int], kill: int, commits: int, url: str, seconds: float) -> bool:
    """SIGKILL as soon as the database has seen so many commits more. Answers whether it has in that time."""
    deadline, seen = time.monotonic() + seconds, False
    with _commits(url) as count:
        start = count()
        while not seen and time.monotonic() < deadline:
            seen = count() - start >= commits
        os.kill(kill, signal.SIGKILL)
    return seen


@contextmanager
def _commits(url: str) -> Iterator[Callable[[], int]]:
    """A number that rises with each commit that wrote something, and that is read in a moment."""
    database = Database(url)
    if database.file:
        # The counter of transactions in the header of the index that SQLite keeps of its log.
        with database.file.with_name(f"{database.file.name}-shm").open("rb", buffering=0) as index:
            yield lambda: int.from_bytes(os.pread(index.fileno(), 4, 8), sys.byteorder)
    else:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            oldest = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::int"
            yield lambda: connection.exec_driver_sql(oldest).scalar_one()
    database.close()


# an order's first word -> who carries it out
ORDERS: Mapping[str, Callable[..., Any]] = {"log": _live, "poll": _poll, "wait": _wait, "kill": _kill}

if __name__ == "__main__":
    serve()
