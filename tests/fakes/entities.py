"""What a formatted Telegram text looks like once its entities are parsed: the limits count that, not the markup.

Follows "Formatting options" of the Bot API: HTML in full, MarkdownV2 and Markdown as far as what must be escaped.
"""

import re
from html.parser import HTMLParser

HTML_TAGS = frozenset(
    re.split(r"\s+", "b strong i em u ins s strike del span a code pre blockquote tg-spoiler tg-emoji tg-time")
)
MARKDOWN_V2_RESERVED = frozenset("#+-=|{}.!()[]>")
MARKDOWN_MARKS = re.compile(r"\|\||__|[*_~`]")
LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")


class EntityError(ValueError):
    """The text can't be parsed in the parse mode it was sent with."""


def plain(text: str, mode: str | None) -> str:
    """The text a person sees. Raises EntityError where Telegram answers "can't parse entities"."""
    if not mode:
        return text
    if mode.lower() == "html":
        return _html(text)
    return _markdown(text, reserved=MARKDOWN_V2_RESERVED if mode.lower() == "markdownv2" else frozenset())


def utf16(text: str) -> int:
    """Length in UTF-16 code units, in which Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class _Html(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in HTML_TAGS:
            raise EntityError(f'unsupported start tag "{tag}"')
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise EntityError(f'unmatched end tag "{tag}"')

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def _html(text: str) -> str:
    if re.search(r"<(?![a-zA-Z/])", text):
        raise EntityError("a bare < must be written &lt;")
    parser = _Html()
    parser.feed(text)
    parser.close()
    if parser.open:
        raise EntityError(f'end tag of "{parser.open[-1]}" is missing')
    return "".join(parser.text)


def _markdown(text: str, reserved: frozenset[str]) -> str:
    code: list[str] = []
    text = re.sub(r"\\([\x21-\x7e])", lambda m: f"\ue000{ord(m[1])}\ue001", text)
    text = re.sub(r"```[^\n`]*\n?(.*?)```|`([^`]*)`", lambda m: _keep(code, m[1] or m[2] or ""), text, flags=re.DOTALL)
    text = LINK.sub(r"\1", text)
    text = re.sub(r"^(\*\*)?>", "", text, flags=re.MULTILINE) if reserved else text
    if reserved and len(MARKDOWN_MARKS.findall(text)) % 2:
        raise EntityError("an entity is opened and not closed")
    text = MARKDOWN_MARKS.sub("", text)
    if wrong := reserved.intersection(text):
        raise EntityError(f"character '{min(wrong)}' is reserved and must be escaped")
    text = re.sub("\ue002(\\d+)\ue003", lambda m: code[int(m[1])], text)
    return re.sub("\ue000(\\d+)\ue001", lambda m: chr(int(m[1])), text)


def _keep(code: list[str], text: str) -> str:
    code.append(text)
    return f"\ue002{len(code) - 1}\ue003"
