"""Rule files compiled to a screen. Every mistake in every file is told at once, and nothing half-compiled is used."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from flows.errors import DefinitionError, Problem
from flows.normalise import fold
from flows.risk import Screen
from flows.risk_adjust import Lowered, adjusted, lowered, mistakes
from flows.risk_compile import Source, SourceCompiler, folded
from flows.risk_files import AdjustEntry, Example, read
from flows.risk_guards import Guards
from flows.risk_index import index
from flows.risk_judge import Pattern
from flows.risk_language import Language
from flows.risk_match import NO_NUMBER, Words, keys_in
from flows.risk_net import Net, nets_of, read_net
from flows.risk_syntax import Grammar, Numbers
from flows.risk_vocabulary import vocabulary
from flows.risk_words import lexicon
from flows.verdict import rank

NOTHING: Mapping[str, str] = MappingProxyType({})


def compile_rules(files: Mapping[str, str], nets: Mapping[str, str] = NOTHING) -> Screen:
    """Compile rule files (name to YAML text) of any languages, and files of learned weights (name to text). Raises
    DefinitionError with every problem found."""
    learned = [read_net(text, name) for name, text in nets.items()]
    return _compile(_read_all(files), {net.lang: net for net in learned})


def check_examples(files: Mapping[str, str]) -> tuple[Problem, ...]:
    """The examples that do not hold: a `yes` that its rule does not find at its tier, a `no` that it finds.

    Raises DefinitionError if the files cannot be compiled.
    """
    sources = _read_all(files)
    screen = _compile(sources, {})
    return tuple(problem for source in sources for problem in _wrong_examples(source, screen))


def lowered_in(files: Mapping[str, str]) -> tuple[Lowered, ...]:
    """The shipped rules that a clinic's file among these lowers. Raises DefinitionError."""
    return tuple(lowered(_read_all(files)))


def examples(files: Mapping[str, str]) -> list[tuple[str, Example]]:
    """Every example in these files with its rule's id. Raises DefinitionError."""
    rules = [each for source in _read_all(files) for each in source.content.rules.items()]
    return [(name, example) for name, rule in rules for example in (*rule.yes, *rule.no)]


def _read_all(files: Mapping[str, str]) -> list[Source]:
    sources: list[Source] = []
    problems: list[Problem] = []
    for name, text in files.items():
        try:
            sources.append(Source(name, *read(text, name)))
        except DefinitionError as error:
            problems += error.problems
    if problems:
        raise DefinitionError(problems)
    return sources


def _compile(sources: Sequence[Source], nets: Mapping[str, Net]) -> Screen:
    problems = [*_whole(sources), *mistakes(sources)]
    changes = adjusted(sources)
    languages: dict[str, Language] = {}
    for code, files in _by_language(sources).items():
        compilers = _compilers(files, changes)
        languages[code] = _language(code, compilers)
        problems += [problem for compiler in compilers for problem in compiler.problems]
    if problems:
        raise DefinitionError(problems)
    learned = nets_of(nets)
    lexicons = {code: language.lexicon for code, language in languages.items()}
    return Screen(languages, vocabulary(lexicons, learned.words), learned)


def _by_language(sources: Sequence[Source]) -> Mapping[str, list[Source]]:
    found: dict[str, list[Source]] = defaultdict(list)
    for source in sources:
        found[source.content.language].append(source)
    return found


def _compilers(sources: Sequence[Source], changes: Mapping[str, AdjustEntry]) -> list[SourceCompiler]:
    """One for each file of a language; they share their macros."""
    macros = {name: text for source in sources for name, text in source.content.macros.items()}
    grammar = Grammar(macros, Numbers())
    return [SourceCompiler(source, grammar, changes) for source in sources]


def _language(code: str, compilers: Sequence[SourceCompiler]) -> Language:
    for compiler in compilers:
        compiler.macros()
    guards = _guards(compilers)
    patterns = [pattern for compiler in compilers for pattern in compiler.patterns()]
    contents = [compiler.source.content for compiler in compilers]
    words = lexicon(
        keys={key for words in compilers[0].grammar.numbers.seen for key in words},
        repairable=_searched(patterns),
        common=guards.spoken,
        spelling={
            fold(written).strip(): fold(meant).strip() for each in contents for written, meant in each.spelling.items()
        },
        repair_from=max(each.repair_from for each in contents),
    )
    return Language(code, words, index(patterns, guards.spoken), guards)


def _searched(patterns: Sequence[Pattern]) -> set[str]:
    """The words by which something is found, not those by which it is taken back."""
    contexts = (pattern.rule.context for pattern in patterns if pattern.rule.context)
    return keys_in([*(pattern.node for pattern in patterns), *contexts])


def _whole(sources: Sequence[Source]) -> Iterator[Problem]:
    """What is wrong with the files taken together."""
    names = Counter(rule for source in sources for rule in source.content.rules)
    if not names:
        yield Problem(sources[0].name if sources else "risk.yaml", 1, "there is no rule", "add one or restore the file")
    for source in sources:
        for rule in source.content.rules:
            if names[rule] > 1:
                yield source.problem(("rules", rule), f"the rule id {rule} is used twice", "give each rule its own id")


def _guards(compilers: Sequence[SourceCompiler]) -> Guards:
    """The guards of a language, and the common words by which it is known."""
    found: Guards | None = None
    spoken: set[str] = set()
    for compiler in compilers:
        content = compiler.source.content
        spoken.update(folded(content.common))
        if content.guards is not None and found:
            compiler.wrong(("guards",), "the guards of this language are given twice", "keep one of the two")
        elif content.guards is not None:
            found = compiler.guards(content.guards)
    return replace(found or Guards(Words(frozenset(), NO_NUMBER)), spoken=frozenset(spoken))


def _wrong_examples(source: Source, screen: Screen) -> Iterator[Problem]:
    for name, entry in source.content.rules.items():
        least = rank(entry.tier)
        for number, example in enumerate(entry.yes):
            if _found(screen, name, example) < least:
                what = f"{name} does not find its {_nth(number)} 'yes' example at its tier"
                yield source.problem(("rules", name, "yes", number), what, "mend the rule or the example")
        for number, example in enumerate(entry.no):
            if _found(screen, name, example) >= least:
                what = f"{name} finds its {_nth(number)} 'no' example"
                yield source.problem(("rules", name, "no", number), what, "narrow the rule or move the example")


def _nth(number: int) -> str:
    return f"{number + 1}."


def _found(screen: Screen, rule: str, example: Example) -> int:
    """The highest tier at which the rule finds the example."""
    verdict = screen([example] if isinstance(example, str) else example)
    return max((rank(finding.tier) for finding in verdict.findings if finding.rule == rule), default=0)
