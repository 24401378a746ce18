"""A client's words never reach a log, whoever logs and however it goes wrong (law 6)."""

from __future__ import annotations

import json
import logging
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from io import StringIO

import pytest

from bot import logs
from storage import cipher

SECRET = "I want to tell nobody but you"
Lines = Callable[[], list[dict[str, object]]]


@pytest.fixture
def journal(monkeypatch: pytest.MonkeyPatch) -> Iterator[StringIO]:
    """Logging as it is when the bot runs, put back afterwards."""
    root, hooks = logging.getLogger(), [(sys, "excepthook"), (sys, "unraisablehook"), (threading, "excepthook")]
    for module, name in hooks:
        monkeypatch.setattr(module, name, getattr(module, name))
    level, handlers, stream = root.level, list(root.handlers), StringIO()
    logs.configure("DEBUG", stream)
    yield stream
    logging.captureWarnings(False)
    root.setLevel(level)
    root.handlers[:] = handlers
    assert SECRET not in stream.getvalue()


@pytest.fixture
def lines(journal: StringIO) -> Lines:
    return lambda: [json.loads(line) for line in journal.getvalue().splitlines()]


def test_a_line_has_its_time_level_event_and_fields(lines: Lines) -> None:
    logs.get("bot.turn").info("turns_taken", count=3, ms=12, clinic="riverside")
    (line,) = lines()
    assert str(line.pop("at")).endswith("+00:00")
    assert line == {
        "level": "info",
        "logger": "bot.turn",
        "event": "turns_taken",
        "count": 3,
        "ms": 12,
        "clinic": "riverside",
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"clinic": SECRET},
        {"clinic": "riverside\n"},
        {"clinic": "r" * 65},
        {"clinic": 3},
        {"count": SECRET},
        {"count": True},
        {"error": SECRET},
        {"error": str},
        {"text": SECRET},
        {SECRET: 1},
    ],
)
def test_a_field_that_could_carry_words_is_refused_unrepeated(lines: Lines, fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="log field") as refusal:
        logs.get("bot.turn").info("turns_taken", **fields)
    assert SECRET not in str(refusal.value)
    assert lines() == []


@pytest.mark.parametrize("event", [SECRET, "Turns", "turns-taken", "turns_taken\n", ""])
def test_an_event_is_a_plain_name(lines: Lines, event: str) -> None:
    with pytest.raises(ValueError, match="log event") as refusal:
        logs.get("bot.turn").info(event)
    assert SECRET not in str(refusal.value)
    assert lines() == []


def test_a_running_bot_writes_the_line_without_the_refused_part(lines: Lines, journal: StringIO) -> None:
    logs.configure("DEBUG", journal, lenient=True)
    logs.get("bot.turn").info("turns_taken", count=3, clinic=SECRET)
    logs.get("bot.turn").info(SECRET, count=4)
    first, second = lines()
    assert (first["event"], first["count"], first["refused"]) == ("turns_taken", 3, 1)
    assert (second["event"], second["count"], second["refused"]) == ("refused", 4, 1)


def test_an_error_is_its_class_our_own_lines_and_its_causes(
    lines: Lines, monkeypatch: pytest.MonkeyPatch, expects_log: Callable[..., None]
) -> None:
    def refuse(_size: int) -> str:
        raise KeyError(SECRET)

    expects_log("step_failed")
    monkeypatch.setattr(cipher.os, "urandom", refuse)
    try:
        try:
            cipher.new_key()
        except KeyError as cause:
            raise ExceptionGroup(SECRET, [cause, OSError(SECRET)]) from cause
    except ExceptionGroup as error:
        logs.get("bot.turn").error("step_failed", error=error)
    (line,) = lines()
    missing, broken = line["causes"]
    assert (line["error"], missing["error"], broken) == ("ExceptionGroup", "KeyError", {"error": "OSError"})
    assert [frame.rsplit(":")[0] for frame in missing["frames"]] == ["storage/cipher.py"]


def test_what_others_log_keeps_only_logger_level_and_class(lines: Lines, expects_log: Callable[..., None]) -> None:
    expects_log("some.library", "bot.careless")
    logging.getLogger("some.library").info("heard %s", SECRET)
    logging.getLogger("bot.careless").warning(SECRET, stack_info=True)
    error = OSError(SECRET)
    logging.getLogger("some.library").error("could not say %s", SECRET, exc_info=error, extra={"client": SECRET})
    assert [{**line, "at": None} for line in lines()] == [
        {"at": None, "level": "warning", "logger": "bot.careless"},
        {"at": None, "level": "error", "logger": "some.library", "error": "OSError"},
    ]


def test_a_broken_record_and_a_broken_stream_say_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    stream = StringIO()
    journal = logs.Journal(stream, lenient=False)
    broken = logging.LogRecord("some.library", logging.ERROR, "library.py", 1, "%d %d", (SECRET,), None)
    journal.handle(broken)
    assert '"logger": "some.library"' in stream.getvalue()
    stream.close()
    journal.handle(broken)
    said = capsys.readouterr()
    assert "log_line_lost" in said.err
    assert SECRET not in said.out + said.err


def test_an_uncaught_error_anywhere_is_only_its_class(
    lines: Lines, capsys: pytest.CaptureFixture[str], expects_log: Callable[..., None]
) -> None:
    expects_log("uncaught")

    def fail() -> None:
        raise OSError(SECRET)

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    sys.excepthook(OSError, OSError(SECRET), None)
    assert [(line["event"], line["error"]) for line in lines()] == [("uncaught", "OSError")] * 2
    assert SECRET not in "".join(capsys.readouterr())


def test_a_warning_s_text_is_not_printed(
    lines: Lines, capsys: pytest.CaptureFixture[str], expects_log: Callable[..., None]
) -> None:
    expects_log("py.warnings")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(False)
        logging.captureWarnings(True)
        warnings.warn(SECRET, UserWarning, stacklevel=1)
    assert [line["logger"] for line in lines()] == ["py.warnings"]
    assert SECRET not in "".join(capsys.readouterr())


def test_configured_twice_a_line_is_written_once(lines: Lines, journal: StringIO) -> None:
    logs.configure("INFO", journal)
    logs.get("bot.turn").debug("turns_taken", count=1)
    logs.get("bot.turn").info("turns_taken", count=2)
    assert [line["count"] for line in lines()] == [2]
