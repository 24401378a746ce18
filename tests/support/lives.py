"""A process that has imported the program and read the pack, and from which the lives of `rapport run` are forked.

It saves each life the two seconds in which Python imports and the risk rules are compiled. Orders come on standard
input, a JSON object a line: `{"log", "environment"}` begins a life and is answered with its process id, `{"wait"}` is
answered with the exit status of that process, `{"poll"}` with whether it has ended. At the end of input all lives end.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Mapping

from bot.cli import main
from bot.packs import build, read_catalogue
from support.crowd import pack_files


def serve() -> None:
    """Take orders until there are no more."""
    import bot.commands.run  # noqa: F401 - so that it is there in every life

    build(read_catalogue(), pack_files(), {})
    living: set[int] = set()
    for line in sys.stdin:
        order = json.loads(line)
        if "log" in order:
            answer = os.fork() or _live(order["log"], order["environment"])
            living.add(answer)
        elif "poll" in order:
            answer = os.waitid(os.P_PID, order["poll"], os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        else:
            answer = os.waitstatus_to_exitcode(os.waitpid(order["wait"], 0)[1])
            living.discard(order["wait"])
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()
    for process in living:
        os.kill(process, signal.SIGKILL)


def _live(log: str, environment: Mapping[str, str]) -> int:
    """One life: `rapport run`, with nothing of ours but the log as its output. Ends the process."""
    output, nothing = os.open(log, os.O_WRONLY | os.O_APPEND), os.open(os.devnull, os.O_RDONLY)
    for mine, theirs in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(mine, theirs)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["rapport", "run"]
    main()
    raise SystemExit  # click has done so already


if __name__ == "__main__":
    serve()
