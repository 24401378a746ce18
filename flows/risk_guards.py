"""What takes the edge off a match: negation, somebody else, the past, a title, an idiom. Each has a short reach."""

from dataclasses import dataclass

from flows.risk_match import Node, Reading, Words, spans

MAX_SPANS = 40  # of one guard in one text
GUARDS = ("negation", "third", "past", "title")


@dataclass(frozen=True, slots=True)
class Spread:
    """A pattern whose effect covers up to `reach` words after it, or before it if `backward`.

    It ends with the clause and before a word of `until`. If there are words to pass `through`, the first other word
    is the last that is covered: "not sleeping, want to die" negates the sleep alone, with or without the comma.
    """

    pattern: Node
    reach: int
    until: Words
    through: Words
    backward: bool = False

    def covers(self, reading: Reading, excepted: int = 0) -> int:
        """The words that are covered; matches that end on an excepted word have no effect."""
        stop = reading.stops | reading.of(self.until)
        passing = reading.of(self.through) if self.through.keys else reading.everywhere
        ends = self.pattern.ahead(reading.everywhere, reading) & ~(excepted << 1)
        if self.backward:
            return self._before(self.pattern.back(ends, reading), stop, passing, reading)
        covered = 0
        for _ in range(self.reach):
            ends &= ~(stop | reading.breaks)
            covered |= ends
            ends = (ends & passing) << 1
        return covered & reading.everywhere

    def _before(self, starts: int, stop: int, passing: int, reading: Reading) -> int:
        covered = 0
        for _ in range(self.reach):
            starts = (starts & ~reading.breaks) >> 1 & ~stop
            covered |= starts
            starts &= passing
        return covered


@dataclass(frozen=True, slots=True)
class Guards:
    """The guards of one language. Patterns that a language does not need are None."""

    negators: Words
    spoken: frozenset[str] = frozenset()  # common words by which the language is known
    negation: tuple[Spread, ...] = ()
    not_negation: Node | None = None
    third: tuple[Spread, ...] = ()
    past: Node | None = None
    present: Node | None = None
    recovered: Node | None = None
    title: Node | None = None
    idioms: Node | None = None

    def blocked(self, reading: Reading) -> int:
        """The words that a gap must not skip."""
        return reading.stops | reading.of(self.negators)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where the guards of a language hold in one text, as sets of words."""

    reading: Reading
    negated_ahead: int
    negated_behind: int
    third: int
    past: int
    titled: int
    present: bool
    recovered: bool

    def joined(self, other: "Scope") -> "Scope":
        """Both together: a loanword is also under the guards of the language that it stands in."""
        hidden = self.reading.hidden | other.reading.hidden
        return Scope(
            reading=self.reading.hiding(hidden),
            negated_ahead=self.negated_ahead | other.negated_ahead,
            negated_behind=self.negated_behind | other.negated_behind,
            third=self.third | other.third,
            past=self.past | other.past,
            titled=self.titled | other.titled,
            present=self.present or other.present,
            recovered=self.recovered or other.recovered,
        )


def scope(guards: Guards, reading: Reading) -> Scope:
    """Work out all guards for one text; only needed when a rule has matched."""
    excepted = covered(guards.not_negation, reading)
    past = sentences(covered(guards.past, reading), reading)
    return Scope(
        reading=reading.hiding(covered(guards.idioms, reading)),
        negated_ahead=_spread(guards.negation, reading, excepted, backward=False),
        negated_behind=_spread(guards.negation, reading, excepted, backward=True),
        third=_spread(guards.third, reading, 0, backward=False),
        past=past,
        titled=sentences(covered(guards.title, reading), reading),
        present=past != 0 and covered(guards.present, reading) != 0,
        recovered=past != 0 and covered(guards.recovered, reading) != 0,
    )


def covered(pattern: Node | None, reading: Reading) -> int:
    """All words that are part of a match of the pattern."""
    found = 0
    if pattern is not None:
        for first, after in spans(pattern, reading.everywhere, reading, MAX_SPANS):
            found |= (1 << after) - (1 << first)
    return found


def around(words: int, reading: Reading) -> int:
    """The words and what stands near them in the same sentence."""
    if not words:
        return 0
    near = words
    for step in (1, 2, 4, 8):  # together NEAR words on either side
        near |= near << step | near >> step
    return near & sentences(words, reading)


def sentences(words: int, reading: Reading) -> int:
    """All words of the sentences in which one of the words stands."""
    found, start, stops = 0, 0, reading.stops | 1 << reading.size
    while words and stops:
        stop = (stops & -stops).bit_length() - 1
        sentence = (1 << stop + 1) - (1 << start)
        if words & sentence:
            found |= sentence
        start, stops = stop + 1, stops & stops - 1
    return found & reading.everywhere


def _spread(spreads: tuple[Spread, ...], reading: Reading, excepted: int, *, backward: bool) -> int:
    found = 0
    for spread in spreads:
        if spread.backward == backward:
            found |= spread.covers(reading, excepted)
    return found
