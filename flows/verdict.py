"""What the risk screen says of a message: how soon a person must look, and which rules say so."""

from dataclasses import dataclass
from typing import Literal

Tier = Literal["none", "concern", "moderate", "high", "imminent"]
Action = Literal["none", "ask", "alert"]
TIERS: tuple[Tier, ...] = ("none", "concern", "moderate", "high", "imminent")
CATEGORIES = (
    "suicidal_wish",
    "suicidal_thoughts",
    "suicide_plan",
    "suicide_attempt",
    "method_question",
    "goodbye",
    "burden",
    "overdose",
    "medical_emergency",
    "self_harm",
    "harm_to_others",
    "abuse",
    "child_at_risk",
    "command_voices",
    "other_person",
    "hopelessness",
    "distress",
    "substances",
)


NET = "-second-net"  # how the rule ids of what the learned net found end


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that matched. `start` and `end` are characters of the normalised newest message, never the words.

    A finding that began in an earlier message of the conversation has a `start` below zero.
    """

    rule: str
    tier: Tier
    category: str
    lang: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """The highest tier of all findings, and its category (one of CATEGORIES, "unchecked", or empty for none)."""

    tier: Tier
    category: str
    findings: tuple[Finding, ...] = ()
    failed: bool = False

    @property
    def learned(self) -> bool:
        """Whether it rests on the learned net alone."""
        return bool(self.findings) and all(finding.rule.endswith(NET) for finding in self.findings)

    @property
    def action(self) -> Action:
        """What to do: page a clinician, ask the client one direct question, or nothing."""
        if self.failed or rank(self.tier) > rank("concern"):
            return "alert"
        return "ask" if self.tier == "concern" else "none"


NOTHING_FOUND = Verdict("none", "")
COULD_NOT_BE_CHECKED = Verdict("high", "unchecked", failed=True)


def rank(tier: Tier) -> int:
    """0 for none to 4 for imminent, so that tiers can be compared."""
    return TIERS.index(tier)
