"""Logs that cannot carry content: one JSON object a line, a plain event name, and fields from a closed list.

A record that others make keeps its logger's name, its level and its exception's class; what it says is never read.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from traceback import walk_tb
from types import MappingProxyType
from typing import Any, TextIO

Value = int | str | BaseException | type[BaseException]

FIELDS: Mapping[str, type] = MappingProxyType(
    {
        "attempt": int,
        "channel": str,
        "clinic": str,
        "count": int,
        "effect": str,
        "error": BaseException,
        "flow": str,
        "method": str,
        "ms": int,
        "number": int,
        "state": str,
        "status": int,
        "tier": str,
    }
)
"""Every field a log line may have. A text is a name that we gave (a slug, a state), an error is only its class."""

EVENT = re.compile(r"[a-z_]{1,64}")
NAME = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
REFUSED = "refused"
MARK = "rapport_fields"
OWN_PACKAGES = ("bot", "flows", "storage")


def get(name: str) -> Log:
    """The log of one module: `log = logs.get(__name__)`, then `log.info("turns_taken", count=3, ms=12)`."""
    return Log(logging.getLogger(name))


def configure(level: str = "INFO", stream: TextIO | None = None, *, lenient: bool = False) -> None:
    """Write every record as a JSON line to `stream` (stderr unless told), and uncaught errors as their class only.

    A field that may not be logged raises ValueError at the call; with `lenient` (for `rapport run`, where a log line
    must not stop a turn) the line is written without it and says how many were refused.
    """
    root = logging.getLogger()
    for handler in [each for each in root.handlers if type(each) in (Journal, logging.StreamHandler)]:
        root.removeHandler(handler)
    root.addHandler(Journal(stream or sys.stderr, lenient=lenient))
    root.setLevel(level)
    logging.captureWarnings(True)
    sys.excepthook = lambda _kind, error, _trace: _uncaught(error)
    sys.unraisablehook = lambda what: _uncaught(what.exc_value)
    threading.excepthook = lambda what: _uncaught(what.exc_value)


@dataclass(frozen=True, slots=True)
class Log:
    """Writes events. An event is a plain name, past tense; its fields stand in FIELDS."""

    logger: logging.Logger

    def debug(self, event: str, **fields: Value) -> None:
        self._write(logging.DEBUG, event, fields)

    def info(self, event: str, **fields: Value) -> None:
        self._write(logging.INFO, event, fields)

    def warning(self, event: str, **fields: Value) -> None:
        self._write(logging.WARNING, event, fields)

    def error(self, event: str, **fields: Value) -> None:
        self._write(logging.ERROR, event, fields)

    def critical(self, event: str, **fields: Value) -> None:
        self._write(logging.CRITICAL, event, fields)

    def _write(self, level: int, event: str, fields: Mapping[str, Value]) -> None:
        complaints = [*_complaints(event, fields)]
        if complaints and not _lenient():
            raise ValueError("; ".join(complaints))
        plain = {name: value for name, value in fields.items() if not _complaint(name, value)}
        shown = _shown(plain) | ({REFUSED: len(complaints)} if complaints else {})
        self.logger.log(level, event if EVENT.fullmatch(event) else REFUSED, extra={MARK: shown}, stacklevel=3)


class Journal(logging.StreamHandler[TextIO]):
    """Writes a record as one JSON line, and never its message or arguments."""

    def __init__(self, stream: TextIO, *, lenient: bool) -> None:
        super().__init__(stream)
        self.lenient = lenient

    def filter(self, record: logging.LogRecord) -> bool:
        """Ours at any level; what others say only from WARNING up, since nothing of it but the level is kept."""
        return (_is_ours(record) or record.levelno >= logging.WARNING) and bool(super().filter(record))

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name if NAME.fullmatch(record.name) else REFUSED,
        }
        return json.dumps(line | (_our_part(record) if _is_ours(record) else _their_part(record)))

    def handleError(self, _record: logging.LogRecord) -> None:  # noqa: N802 the library's name
        """Say that a line was lost. The library's own version prints the record's message and arguments."""
        sys.stderr.write('{"level": "error", "event": "log_line_lost"}\n')


def _uncaught(error: BaseException | None) -> None:
    get("bot").critical("uncaught", error=error or BaseException)


def _lenient() -> bool:
    return any(isinstance(each, Journal) and each.lenient for each in logging.getLogger().handlers)


def _complaints(event: str, fields: Mapping[str, Value]) -> Iterable[str]:
    if not EVENT.fullmatch(event):
        yield "a log event must be a plain name of a-z and _, written out in the code"
    yield from filter(None, (_complaint(name, value) for name, value in fields.items()))


def _complaint(name: str, value: Value) -> str:
    """What is wrong with one field, without its value; empty when it may be logged."""
    kind = FIELDS.get(name)
    if kind is None:
        return f"log field {name if EVENT.fullmatch(name) else REFUSED!r} is not in bot.logs.FIELDS"
    if kind is int and type(value) is not int:
        return f"log field {name!r} must be a whole number"
    if kind is str and not (isinstance(value, str) and NAME.fullmatch(value)):
        return f"log field {name!r} must be a name of at most 64 letters, digits and _.:-"
    if kind is BaseException and not (isinstance(value, BaseException) or _is_error_class(value)):
        return f"log field {name!r} must be an exception or its class"
    return ""


def _shown(fields: Mapping[str, Value]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name, value in fields.items():
        shown |= _error(value) if FIELDS[name] is BaseException else {name: value}
    return shown


def _error(value: Any) -> dict[str, Any]:
    """An exception's class, the lines of our own code it went through, and the same of what caused it."""
    if isinstance(value, type):
        return {"error": _class_name(value)}
    causes = value.exceptions if isinstance(value, BaseExceptionGroup) else filter(None, [value.__cause__])
    parts = {"frames": _own_frames(value), "causes": [_error(cause) for cause in causes]}
    return {"error": _class_name(type(value))} | {name: part for name, part in parts.items() if part}


def _own_frames(error: BaseException) -> list[str]:
    root = Path(__file__).parent.parent
    own = tuple(root / package for package in OWN_PACKAGES)
    frames = ((Path(frame.f_code.co_filename), line) for frame, line in walk_tb(error.__traceback__))
    return [f"{path.relative_to(root)}:{line}" for path, line in frames if any(each in path.parents for each in own)]


def _class_name(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _is_error_class(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, BaseException)


def _is_ours(record: logging.LogRecord) -> bool:
    return hasattr(record, MARK)


def _our_part(record: logging.LogRecord) -> dict[str, Any]:
    return {"event": record.msg, **getattr(record, MARK)}


def _their_part(record: logging.LogRecord) -> dict[str, Any]:
    kind = record.exc_info[0] if record.exc_info else None
    return {"error": _class_name(kind)} if kind else {}
