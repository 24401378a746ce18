"""The project's own source, read as text and as syntax trees; the laws are checked on it."""

from __future__ import annotations

import ast
import subprocess
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from io import StringIO
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PRODUCT = ("bot", "flows", "storage")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def files() -> list[str]:
    """Every file of the project by its path from the root: tracked, or new and not ignored."""
    question = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    answer = subprocess.run(question, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return sorted(name for name in set(answer.split("\0")) if name and (ROOT / name).is_file())


def modules(*folders: str) -> list[Module]:
    """The Python files under `folders`, the product's three by default."""
    tops = folders or PRODUCT
    return [_module(name) for name in files() if name.endswith(".py") and name.split("/")[0] in tops]


@dataclass(frozen=True)
class Module:
    """One Python file: its path from the root, and what stands in it."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @property
    def name(self) -> str:
        """As it is imported: `bot/channels/base.py` is `bot.channels.base`."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def lines(self) -> int:
        return self.text.count("\n")

    def functions(self) -> Iterator[Function]:
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def comments(self) -> Iterator[tuple[int, str]]:
        """Each comment with its line number; a hash inside a text is none."""
        tokens = tokenize.generate_tokens(StringIO(self.text).readline)
        return ((token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT)

    def imports(self) -> Iterator[tuple[int, str]]:
        """Each module or name that is imported, in full, with its line number: `from a.b import c` gives `a.b.c`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from ((node.lineno, f"{self._origin(node)}.{alias.name}") for alias in node.names)

    def used(self) -> Iterator[tuple[int, str]]:
        """Each name or attribute chain that is read, with its line: `dt.now` counts as `datetime.datetime.now`."""
        known = self._names()
        for node in ast.walk(self.tree):
            if chain := _chain(node) if isinstance(getattr(node, "ctx", None), ast.Load) else []:
                first, *rest = chain
                yield node.lineno, ".".join([known.get(first, first), *rest])

    def _names(self) -> dict[str, str]:
        known: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                known |= {alias.asname: alias.name for alias in node.names if alias.asname}
            elif isinstance(node, ast.ImportFrom):
                known |= {alias.asname or alias.name: f"{self._origin(node)}.{alias.name}" for alias in node.names}
        return known

    def _origin(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        package = self.name.split(".") if self.path.endswith("/__init__.py") else self.name.split(".")[:-1]
        return ".".join([*package[: len(package) - node.level + 1], *([node.module] if node.module else [])])


@cache
def _module(path: str) -> Module:
    """Read and parsed once a run, whichever test asks first."""
    return Module(path, (ROOT / path).read_text(encoding="utf-8"))


def _chain(node: ast.AST) -> list[str]:
    """`a.b.c` as its parts; nothing when it hangs on a call or an index."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute) and (before := _chain(node.value)):
        return [*before, node.attr]
    return []
