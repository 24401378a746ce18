"""The laws of the house, held on the source itself: who may import whom, what is pure, how long things are."""

from __future__ import annotations

import ast
import re
import statistics
from collections.abc import Iterable, Iterator, Mapping
from textwrap import dedent

import pytest

from support.source import PRODUCT, ROOT, Module, files, modules

# What the core may import beside itself. All of it is arithmetic, text or values: nothing that touches the world.
PURE_STANDARD = {
    "__future__", "abc", "base64", "bisect", "calendar", "collections", "copy", "dataclasses", "datetime", "decimal",
    "difflib", "enum", "fractions", "functools", "hashlib", "heapq", "html", "itertools", "json", "keyword", "math",
    "numbers", "operator", "re", "statistics", "string", "textwrap", "types", "typing", "unicodedata", "zoneinfo",
}  # fmt: skip
PURE_LIBRARIES = {"phonenumbers", "pydantic", "transitions", "yaml"}

# Names that reach the world or the clock, whatever they were imported as.
IMPURE_MODULES = {
    "aiohttp", "asyncio", "ctypes", "http", "importlib", "io", "logging", "multiprocessing", "os", "pathlib", "pickle",
    "random", "secrets", "shutil", "socket", "sqlalchemy", "sqlite3", "subprocess", "sys", "tempfile", "threading",
    "time", "urllib", "uuid",
}  # fmt: skip
IMPURE_CALLS = {
    "__import__", "breakpoint", "eval", "exec", "globals", "input", "open", "print",
    "datetime.date.today", "datetime.datetime.now", "datetime.datetime.today", "datetime.datetime.utcnow",
    "zoneinfo.reset_tzpath",
}  # fmt: skip

# What a channel may see of ours beside `bot.channels.base`: the values that it hands in, and the logs.
CHANNEL_VALUES = ("flows.events.", "bot.logs")

# Each channel's own libraries. A file that is not named here has none.
CHANNEL_LIBRARIES: Mapping[str, set[str]] = {
    "base": set(),
    "console": {"click"},
    "telegram": {"aiohttp", "starlette", "telegram"},
    "slack": {"aiohttp", "slack_sdk"},
    "web": {"starlette"},
    "webhook": {"aiohttp"},
}
VENDORS = {"aiohttp", "click", "httpx", "psycopg", "slack_bolt", "slack_sdk", "sqlalchemy", "starlette", "telegram"}

ASYNC_PLACES = ("bot/channels/", "bot/desk/", "bot/web/", "bot/worker.py", "bot/sender.py")  # docs/decisions/0007

# file::function -> why it really handles everything. Anything else names the errors it expects.
BROAD_EXCEPT: Mapping[str, str] = {
    "bot/formatting.py::_filled": "a crisis text must come out whatever is wrong with one of its values",
    "flows/risk.py::screen": "a screen that fails for whatever reason is an alert (law 3)",
    "bot/stepped.py::step": "whatever a step raises, the alert and the reply before it stand; the step is set aside",
    "bot/turn.py::_stepped": "one event must not stop everybody's turns; it is told loudly, and the watch alerts",
    "bot/turn.py::_worded": "the same as for step: words that cannot be put together are a fault of the flow",
    "bot/watch.py::_unscreened": "one text that cannot be alerted must not keep the next one from it",
    "bot/sender.py::_send": "one letter's fault ends nobody else's; it is settled as failed and comes back as an event",
    "bot/worker.py::_take_in": "whoever waits at the door is told; nothing was confirmed to a platform",
    "bot/channels/telegram_door.py::_stored": "nothing was confirmed, Telegram sends it again",
}

TOP_LEVEL = {"bot", "flows", "locales", "storage", "tests", "pyproject.toml", "Dockerfile", "README.md"}
TOP_LEVEL_MAY = {"bench", "compose.yaml", "docs"}

FILE_LINES, FILE_MEDIAN = 300, 120
FUNCTION_LINES, FUNCTION_P90, FUNCTION_MEDIAN = 40, 25, 8
MEDIANS_FROM_FILES = 20
LONG_FILES = {"storage/tables.py"}  # the whole schema on one page


def test_the_core_imports_only_itself_and_pure_libraries() -> None:
    allowed = {"flows"} | PURE_STANDARD | PURE_LIBRARIES
    hold(
        f"{module.path}:{line} imports {name}"
        for module in modules("flows")
        for line, name in module.imports()
        if name.split(".")[0] not in allowed
    )


def test_the_core_reads_no_clock_file_chance_network_database_or_log() -> None:
    hold(f"{module.path}:{line} uses {name}" for module in modules("flows") for line, name in _reaches_out(module))


def test_the_core_waits_for_nothing() -> None:
    waiting = (ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith, ast.Await)
    hold(
        f"{module.path}:{node.lineno} is asynchronous"
        for module in modules("flows")
        for node in ast.walk(module.tree)
        if isinstance(node, waiting)
    )


def test_storage_never_imports_the_shell() -> None:
    hold(f"{path}:{line} imports {name}" for path, line, name in _imports("storage") if name.split(".")[0] == "bot")


def test_channels_import_only_their_base_and_their_own_library() -> None:
    hold(
        f"{path}:{line} imports {name}"
        for path, line, name in _imports("bot")
        if path.startswith("bot/channels/") and not _channel_may(path, name)
    )


def test_async_lives_in_channels_desk_web_and_worker() -> None:
    hold(
        f"{module.path}:{function.lineno} async def {function.name}"
        for module in modules()
        for function in module.functions()
        if isinstance(function, ast.AsyncFunctionDef) and not module.path.startswith(ASYNC_PLACES)
    )


def test_no_file_is_longer_than_a_reader_s_patience() -> None:
    hold(
        f"{each.path}: {each.lines} lines"
        for each in modules()
        if each.lines > FILE_LINES and each.path not in LONG_FILES
    )


def test_no_function_is_longer_than_a_screen() -> None:
    hold(f"{place}: {length} lines" for place, length in _functions() if length > FUNCTION_LINES)


def test_half_of_the_files_are_short() -> None:
    lengths = [each.lines for each in modules() if each.lines and each.path not in LONG_FILES]
    if len(lengths) >= MEDIANS_FROM_FILES:
        assert statistics.median(lengths) <= FILE_MEDIAN


def test_most_functions_are_a_few_lines() -> None:
    lengths = sorted(length for _, length in _functions())
    if len(modules()) >= MEDIANS_FROM_FILES:
        assert statistics.median(lengths) <= FUNCTION_MEDIAN
        assert lengths[int(len(lengths) * 0.9)] <= FUNCTION_P90


def test_every_package_and_module_says_what_it_is_for() -> None:
    hold(f"{each.path} has no docstring" for each in modules(*PRODUCT, "bench") if not ast.get_docstring(each.tree))


def test_no_file_names_a_package_registry_or_a_path_of_one_machine() -> None:
    # A letter in brackets keeps a pattern from finding itself here.
    hosts = [r"p[y]pi\.org", r"p[y]thonhosted", r"n[p]mjs\.", r"c[r]ates\.io", r"d[o]cker\.io", r"g[h]cr\.io"]
    paths = [r"/[w]ork\b", r"/[r]oot\b", r"/home/\w", r"/Users/\w", r"/tmp/[t]eam\b", r"/opt/[p]ypi"]
    place = re.compile("|".join([*hosts, *(rf"(?<![\w.}}]){path}" for path in paths)]))
    hold(
        f"{name}:{number} names {found.group()}"
        for name in files()
        for number, line in enumerate(_text(name).splitlines(), 1)
        for found in place.finditer(line)
    )


def test_the_top_level_is_the_owner_s() -> None:
    tops = {name.split("/")[0] for name in files() if not name.startswith(".")}
    assert tops - TOP_LEVEL_MAY == TOP_LEVEL


def test_no_error_is_caught_without_its_name() -> None:
    found = {place: line for module in modules() for place, line in _broad_excepts(module)}
    hold(f"{place} (line {line}) catches everything" for place, line in found.items() if place not in BROAD_EXCEPT)
    hold(f"BROAD_EXCEPT lists {place}, which catches nothing broadly" for place in BROAD_EXCEPT.keys() - found)


def test_every_silenced_rule_says_why() -> None:
    hold(
        f"{module.path}:{line} {comment}"
        for module in modules(*PRODUCT, "bench", "tests")
        for line, comment in module.comments()
        if _silences_without_reason(comment)
    )


@pytest.mark.parametrize(
    ("comment", "bad"),
    [
        ("# type: ignore", True),
        ("# type: ignore[misc]", True),
        ("# noqa", True),
        ("# noqa: S603, S607", True),
        ("# noqa because the whole line is fine", True),
        ("# noqa: S603 the program is our own", False),
        ("# type: ignore[misc]  # the library has no types", False),
        ("# an ordinary remark", False),
    ],
)
def test_a_reason_is_told_from_a_bare_marker(comment: str, bad: bool) -> None:
    assert _silences_without_reason(comment) is bad


def test_the_checks_see_a_breach_under_any_name() -> None:
    source = """
        from datetime import date, datetime as dt
        import datetime
        from ..bot import errors
        class Span:
            open: int
            def hours(self, time): return self.open, time.hour
        before = dt.now(), date.today(), datetime.datetime.utcnow(), open("a"), __import__("os")
        try: pass
        except (ValueError, Exception): pass
    """
    module = Module("flows/breach.py", dedent(source))
    assert {name for _, name in _reaches_out(module)} == {
        *("datetime.datetime.now", "datetime.date.today", "datetime.datetime.utcnow", "open", "__import__"),
    }
    assert (4, "bot.errors") in module.imports()
    assert list(_broad_excepts(module)) == [("flows/breach.py::", 10)]


@pytest.mark.parametrize(
    ("path", "name", "may"),
    [
        ("bot/channels/telegram.py", "bot.channels.base.Inbound", True),
        ("bot/channels/telegram_updates.py", "bot.channels.telegram.Telegram", True),
        ("bot/channels/telegram.py", "telegram.Bot", True),
        ("bot/channels/base.py", "flows.events.TextReceived", True),
        ("bot/channels/base.py", "flows.engine.advance", False),
        ("bot/channels/telegram.py", "slack_sdk.WebClient", False),
        ("bot/channels/telegram.py", "storage.inbox.accept", False),
        ("bot/channels/web.py", "bot.channels.telegram.Telegram", False),
    ],
)
def test_a_channel_s_imports_are_judged(path: str, name: str, may: bool) -> None:
    assert _channel_may(path, name) is may


def hold(offenders: Iterable[str]) -> None:
    """Fail with the list of whatever breaks the law."""
    listed = sorted(set(offenders))
    assert not listed, "\n" + "\n".join(listed)


def _imports(folder: str) -> Iterator[tuple[str, int, str]]:
    return ((module.path, line, name) for module in modules(folder) for line, name in module.imports())


def _functions() -> Iterator[tuple[str, int]]:
    for module in modules():
        for each in module.functions():
            yield f"{module.path}:{each.lineno} {each.name}", (each.end_lineno or each.lineno) - each.lineno + 1


def _reaches_out(module: Module) -> Iterator[tuple[int, str]]:
    impure = IMPURE_MODULES - _bound(module)
    return ((line, name) for line, name in module.used() if name in IMPURE_CALLS or name.split(".")[0] in impure)


def _bound(module: Module) -> set[str]:
    """Names that the module gives to something of its own, such as a parameter called `time`."""
    arguments = {node.arg for node in ast.walk(module.tree) if isinstance(node, ast.arg)}
    stored = {
        node.id for node in ast.walk(module.tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    imported = {name.split(".")[0] for _, name in module.imports()}
    return (arguments | stored) - imported


def _channel_may(path: str, name: str) -> bool:
    """A channel sees the base, the values, files of its own first name, and no vendor's library but its own."""
    own = path.removeprefix("bot/channels/").removesuffix(".py").split("/")[0].split("_")[0]
    if name.split(".")[0] in PRODUCT:
        return name.startswith(("bot.channels.base", f"bot.channels.{own}", *CHANNEL_VALUES))
    return name.split(".")[0] not in VENDORS - CHANNEL_LIBRARIES.get(own, set())


def _broad_excepts(module: Module) -> Iterator[tuple[str, int]]:
    owners = {id(node): each.name for each in module.functions() for node in ast.walk(each)}
    for node in ast.walk(module.tree):
        if any(map(_is_broad, _caught(node))):
            yield f"{module.path}::{owners.get(id(node), '')}", getattr(node, "lineno", 0)


def _caught(node: ast.AST) -> list[ast.expr | None]:
    """What an `except` or a `suppress(...)` catches; nothing for any other node."""
    if isinstance(node, ast.ExceptHandler):
        return [node.type]
    return list(node.args) if isinstance(node, ast.Call) and _last_name(node.func) == "suppress" else []


def _is_broad(caught: ast.expr | None) -> bool:
    if isinstance(caught, ast.Tuple):
        return any(map(_is_broad, caught.elts))
    return caught is None or _last_name(caught) in ("Exception", "BaseException")


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _silences_without_reason(comment: str) -> bool:
    marker = re.search(r"type:\s*ignore(\[[\w, -]+\])?|noqa(:\s*[A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*)?", comment)
    if not marker:
        return False
    names_its_rule = bool(marker.group(1) or marker.group(2))
    return not (names_its_rule and len(re.findall(r"[^\W\d_]{2,}", comment[marker.end() :])) >= 2)


def _text(name: str) -> str:
    """A file's text; nothing for a picture or a compiled catalogue."""
    content = (ROOT / name).read_bytes()
    return "" if b"\0" in content else content.decode("utf-8")
