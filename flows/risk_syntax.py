"""The small language of risk patterns: text in, a node that matches in linear time out.

    word   word*   *word   {one|another way}   [if it is there]   @macro
    #  any number   #many  a number from eight on   #year
    _   up to two words   ...   up to five words   ~   up to twelve words, over sentence ends and negations too
    ^  the beginning or the end of a message

Words are folded as messages are, so write them in any case and with or without accents.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from flows.normalise import fold, tokens
from flows.risk_match import Edge, Either, Gap, Maybe, Node, Row, Words, either

MIN_PREFIX, MIN_ENDING = 3, 4
MAX_PARTS = 4000

GAPS: Mapping[str, Node] = {"_": Gap(2), "...": Gap(5), "~": Gap(12, wide=True), "^": Edge()}
SIGNS = frozenset("{[|]}")
ENDS = frozenset("|}]")
_SIGN = re.compile(r"[{}\[\]|]|[^\s{}\[\]|]+")


class PatternError(ValueError):
    """A pattern is not well formed; `repair` says what to do about it."""

    def __init__(self, what: str, repair: str) -> None:
        super().__init__(what)
        self.repair = repair


@dataclass(slots=True)
class Numbers:
    """Gives equal sets of words one number, so that a text is searched for them once."""

    seen: dict[frozenset[str], Words] = field(default_factory=dict)
    alternatives: int = 0

    def words(self, keys: set[str]) -> Words:
        found = frozenset(keys)
        return self.seen.setdefault(found, Words(found, len(self.seen)))

    def next(self) -> int:
        """A number for a set of alternatives."""
        self.alternatives += 1
        return self.alternatives


class Grammar:
    """Compiles the patterns of one language, each macro once."""

    def __init__(self, macros: Mapping[str, str], numbers: Numbers) -> None:
        self.macros, self.numbers = macros, numbers
        self.done: dict[str, Node] = {}
        self.read: dict[str, list[Node]] = {}
        self.lone: dict[str, frozenset[str] | None] = dict.fromkeys((*SIGNS, *GAPS))

    def parse(self, text: str, inside: tuple[str, ...] = ()) -> Node:
        """Compile one pattern, or the macro named last in `inside`. Raises PatternError."""
        signs = _SIGN.findall(fold(text))[::-1]
        if len(signs) > MAX_PARTS:
            raise PatternError("the pattern is too long", "split it into several")
        return _Parser(self, signs, inside).whole()

    def macro(self, name: str, inside: tuple[str, ...]) -> Node:
        if name not in self.macros:
            raise PatternError(f"there is no macro @{name}", "define it under 'macros' or correct the name")
        if name in inside:
            raise PatternError(f"the macro @{name} contains itself", "remove the circle")
        if name not in self.done:
            self.done[name] = self.parse(self.macros[name], (*inside, name))
        return self.done[name]


class _Parser:
    def __init__(self, grammar: Grammar, signs: list[str], inside: tuple[str, ...]) -> None:
        self.grammar, self.signs, self.inside = grammar, signs, inside

    def whole(self) -> Node:
        node = self._row()
        if self.signs:
            raise PatternError(f"'{self.signs[-1]}' stands outside of brackets", "put alternatives into { }")
        return node

    def _row(self) -> Node:
        parts: list[Node] = []
        while self.signs and self.signs[-1] not in ("}", "]", "|"):
            parts.extend(self._part(self.signs.pop()))
        if not parts:
            raise PatternError("there is an empty pattern or alternative", "write a word or remove it")
        return parts[0] if len(parts) == 1 else Row(tuple(parts))

    def _part(self, sign: str) -> list[Node]:
        if sign == "{":
            return [self._either("}")]
        if sign == "[":
            return [Maybe(self._either("]"))]
        if sign in GAPS:
            return [GAPS[sign]]
        if sign.startswith("@"):
            return [self.grammar.macro(sign[1:], self.inside)]
        if sign not in self.grammar.read:
            self.grammar.read[sign] = self._words(sign)
        return self.grammar.read[sign]

    def _either(self, close: str) -> Node:
        signs, lone = self.signs, self.grammar.lone
        keys: set[str] = set()
        branches: list[Node] = []
        while True:  # most alternatives are single words: taken without making nodes of them
            word = None
            if len(signs) > 1 and signs[-2] in ENDS and (word := lone.get(signs[-1], ())) == ():
                word = lone[signs[-1]] = self._lone(signs[-1])
            if word:
                keys |= word
                signs.pop()
            else:
                branches.append(self._row())
            if not signs or signs[-1] != "|":
                break
            signs.pop()
        if not signs or signs.pop() != close:
            raise PatternError(f"a bracket is not closed by '{close}'", f"add the missing '{close}'")
        return joined([*([self.grammar.numbers.words(keys)] if keys else []), *branches], self.grammar.numbers)

    def _lone(self, sign: str) -> frozenset[str] | None:
        """The keys of a sign that is a single word."""
        nodes = [] if sign.startswith("@") else self._part(sign)
        return nodes[0].keys if len(nodes) == 1 and isinstance(nodes[0], Words) else None

    def _words(self, sign: str) -> list[Node]:
        if sign in ("#", "#many", "#year"):
            return [self.grammar.numbers.words({sign})]
        prefix, ending = sign.endswith("*"), sign.startswith("*")
        words = tokens(sign.strip("*").replace("-", " ").replace("_", ""))
        if not words or not all(any(letter.isalnum() for letter in word) for word in words):
            raise PatternError(f"'{sign}' is not a word", "use letters, or one of the signs of the rule language")
        if prefix and len(words[-1]) < MIN_PREFIX:
            raise PatternError(f"the prefix '{sign}' is too short", f"give it at least {MIN_PREFIX} letters")
        if ending and (prefix or len(words[-1]) < MIN_ENDING):
            raise PatternError(f"the ending '{sign}' is too short", f"give it {MIN_ENDING} letters, and no second *")
        if prefix:
            words[-1] += "*"
        if ending:
            words[-1] = f"*{words[-1]}"
        return [self.grammar.numbers.words({word}) for word in words]


def ends_loosely(node: Node) -> bool:
    """Whether the pattern would match the same texts without its last part."""
    parts = [part for part in (node.parts if isinstance(node, Row) else (node,)) if not isinstance(part, Edge)]
    return not parts or may_be_nothing(parts[-1])


def may_be_nothing(node: Node) -> bool:
    """Whether the node matches without a word."""
    if isinstance(node, Row):
        return all(map(may_be_nothing, node.parts))
    if isinstance(node, Either):
        return any(map(may_be_nothing, node.branches))
    return isinstance(node, Gap | Edge | Maybe)


def joined(branches: list[Node], numbers: Numbers) -> Node:
    """The alternatives as one node; those of a single word become one set, which is looked up at once."""
    flat = [part for branch in branches for part in (branch.branches if isinstance(branch, Either) else (branch,))]
    keys = {key for part in flat if isinstance(part, Words) for key in part.keys}
    rest: list[Node] = [part for part in flat if not isinstance(part, Words)]
    if keys:
        rest.insert(0, numbers.words(keys))
    return rest[0] if len(rest) == 1 else either(rest, numbers.next())
