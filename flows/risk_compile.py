"""One rule file turned into patterns and guards; what is wrong in it is collected, not raised."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from flows.errors import Problem
from flows.normalise import fold
from flows.risk_files import AdjustEntry, GuardsEntry, RuleEntry, RuleFile, SpreadEntry
from flows.risk_guards import Guards, Spread
from flows.risk_judge import Pattern, Rule
from flows.risk_match import Either, Node
from flows.risk_syntax import Grammar, PatternError, ends_loosely, joined
from flows.yamltext import Loaded, Path


@dataclass(frozen=True, slots=True)
class Source:
    """A rule file that has been read: its name, its content and where each part of it stands."""

    name: str
    content: RuleFile
    loaded: Loaded

    def problem(self, path: Path, what: str, repair: str) -> Problem:
        return Problem(self.name, self.loaded.line(path), what, repair)


@dataclass(slots=True)
class SourceCompiler:
    """Compiles the parts of one file with the grammar of its language."""

    source: Source
    grammar: Grammar
    adjusted: Mapping[str, AdjustEntry] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def macros(self) -> None:
        """Try each macro, so that a mistake is told where it stands and not where it is used."""
        for name, text in self.source.content.macros.items():
            self.node(("macros", name), text)

    def patterns(self) -> Iterator[Pattern]:
        """The patterns of all rules, as the clinic has adjusted them."""
        for name, entry in self.source.content.rules.items():
            change = self.adjusted.get(name)
            if change is None:
                yield from self._rule(name, entry)
            elif change.tier != "none":
                yield from self._rule(name, entry.model_copy(update={"tier": change.tier}))

    def guards(self, entry: GuardsEntry) -> Guards:
        return Guards(
            negators=self.grammar.numbers.words(set(folded(entry.negators))),
            negation=self._spreads("negation", entry.negation),
            third=self._spreads("third", entry.third),
            not_negation=self.either(("guards", "not_negation"), entry.not_negation),
            past=self.either(("guards", "past"), entry.past),
            present=self.either(("guards", "present"), entry.present),
            recovered=self.either(("guards", "recovered"), entry.recovered),
            title=self.either(("guards", "title"), entry.title),
            idioms=self.either(("guards", "idioms"), entry.idioms),
        )

    def either(self, path: Path, texts: list[str]) -> Node | None:
        nodes = [self.node((*path, number), text) for number, text in enumerate(texts)]
        found = [node for node in nodes if node]
        return joined(found, self.grammar.numbers) if found else None

    def node(self, path: Path, text: str) -> Node | None:
        try:
            return self.grammar.parse(text)
        except PatternError as error:
            self.wrong(path, str(error), error.repair)
            return None

    def wrong(self, path: Path, what: str, repair: str) -> None:
        self.problems.append(self.source.problem(path, what, repair))

    def _rule(self, name: str, entry: RuleEntry) -> Iterator[Pattern]:
        path = ("rules", name)
        rule = Rule(
            name,
            self.source.content.language,
            entry.tier,
            entry.category,
            frozenset(entry.guards),
            self.either((*path, "context"), entry.context),
            self.either((*path, "unless"), entry.unless),
        )
        for number, text in enumerate(entry.match):
            node = self.node((*path, "match", number), text)
            if node and ends_loosely(node):  # and so would match without its end: never what was meant
                what = "the pattern ends with something that may be missing"
                self.wrong((*path, "match", number), what, "remove it, or make it necessary")
            elif node:
                # Alternatives are looked up one by one, so that few of them need to be tried.
                yield from (Pattern(rule, each) for each in (node.branches if isinstance(node, Either) else (node,)))

    def _spreads(self, guard: str, entries: list[SpreadEntry]) -> tuple[Spread, ...]:
        made = (self._spread(("guards", guard, number), entry) for number, entry in enumerate(entries))
        return tuple(spread for spread in made if spread)

    def _spread(self, path: Path, entry: SpreadEntry) -> Spread | None:
        node = self.node((*path, "pattern"), entry.pattern)
        until = self.grammar.numbers.words(set(folded(entry.until)))
        through = self.grammar.numbers.words(set(folded(entry.through)))
        return Spread(node, entry.reach, until, through, entry.backward) if node else None


def folded(words: str) -> list[str]:
    """A list of words written with spaces between, in the form in which messages are matched."""
    return fold(words).split()
