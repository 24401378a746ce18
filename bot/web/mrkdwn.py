"""Slack's simple marks as HTML: bold, italic, struck, code, quotes, links and mentions. Everything else is escaped."""

import html
import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from markupsafe import Markup, escape

Names = Callable[[str], str]

_ANGLED = re.compile(r"<([^<>]+)>")
_CODE = re.compile(r"`([^`\n]+)`")
_MARKS: Mapping[str, str] = {"*": "strong", "_": "em", "~": "s"}
_MARKED = re.compile(r"(?<![\w*_~])([*_~])(?=\S)([^\n]*?\S)\1(?![\w*_~])")
_DOTS: Mapping[str, str] = {"🔴": "red", "🟠": "amber", "🟢": "green"}
_DOT = re.compile(f"([{''.join(_DOTS)}])")
_EMOJI: Mapping[str, str] = {":white_check_mark:": "✅", ":heavy_check_mark:": "✔️", ":rotating_light:": "🚨"}


def draw(text: str, name: Names = str) -> Markup:
    """The HTML of a `mrkdwn` text. `name` gives the name of a mentioned id (`U…`, `C…`)."""
    parts = _ANGLED.split(text)  # texts and what stood in angles, by turns
    drawn = (_angled(part, name) if at % 2 else _code(part) for at, part in enumerate(parts))
    return Markup().join(drawn)


def plain(text: str) -> str:
    """The words of a text that carries Slack's escapes."""
    return html.unescape(text)


def _angled(inside: str, name: Names) -> Markup:
    target, _, label = inside.partition("|")
    if target[:1] in "@#":
        return Markup('<b class="mention">{}{}</b>').format(target[0], label or name(target[1:]))
    if target[:1] == "!":
        return Markup('<b class="mention">@{}</b>').format(label or target[1:].split("^")[0])
    if urlsplit(target).scheme in ("http", "https", "mailto", "tel"):
        return Markup('<a href="{}" rel="noreferrer noopener" target="_blank">{}</a>').format(target, label or target)
    return escape(f"<{inside}>")


def _code(text: str) -> Markup:
    code = Markup("<code>{}</code>")
    parts = enumerate(_CODE.split(text))
    return Markup().join(code.format(plain(part)) if at % 2 else _lines(part) for at, part in parts)


def _lines(text: str) -> Markup:
    return Markup("<br>").join(_line(line) for line in text.split("\n"))


def _line(line: str) -> Markup:
    if line.startswith("&gt; "):
        return Markup('<q class="quoted">{}</q>').format(_marks(line.removeprefix("&gt; ")))
    return _marks(line)


def _marks(text: str) -> Markup:
    """Bold, italic and struck text, one within another."""
    done, rest = Markup(), text
    while found := _MARKED.search(rest):
        tag = _MARKS[found[1]]
        done += _words(rest[: found.start()]) + Markup(f"<{tag}>") + _marks(found[2]) + Markup(f"</{tag}>")  # noqa: S704 the tag is one of three of ours
        rest = rest[found.end() :]
    return done + _words(rest)


def _words(text: str) -> Markup:
    shown = plain(text)
    for code, sign in _EMOJI.items():
        shown = shown.replace(code, sign)
    return dotted(shown)


def dotted(text: str) -> Markup:
    """A plain text. Signs for red, amber and green are drawn by the page: not every machine has a font for them."""
    drawn = Markup('<span class="dot {0}" role="img" aria-label="{0}"></span>')
    parts = enumerate(_DOT.split(text))
    return Markup().join(drawn.format(_DOTS[part]) if at % 2 else escape(part) for at, part in parts)
