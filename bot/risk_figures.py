"""The arithmetic of a risk evaluation: sensitivity and specificity with how far they can be trusted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from typing import Literal, Protocol

Label = Literal["none", "low", "moderate", "high", "imminent"]
Z = 1.959964  # of the normal distribution, for 95 %


class Row(Protocol):
    """What the figures need to know of a judged row."""

    @property
    def label(self) -> Label: ...
    @property
    def action(self) -> str: ...
    @property
    def must_alert(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with the 95 % interval of Wilson (1927), which holds for small numbers too."""

    of: int
    hits: int

    @property
    def value(self) -> float | None:
        return self.hits / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Lower and upper bound, 0 to 1."""
        if not self.of:
            return None
        share, spread = self.hits / self.of, Z * Z / self.of
        middle = (share + spread / 2) / (1 + spread)
        half = Z * sqrt(share * (1 - share) / self.of + spread / (4 * self.of)) / (1 + spread)
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        if self.interval is None:
            return "      no rows        "
        low, high = self.interval
        return f"{self.hits / self.of:6.3f} [{low:.2f}, {high:.2f}] of {self.of}"


@dataclass(frozen=True, slots=True)
class Figures:
    """Rows that must reach a clinician: alerted, and alerted or asked. Harmless rows: without an alert, and left alone.

    Rows labelled low are grey, asking is right and alerting acceptable: only how many were noticed.
    """

    sensitivity: Share
    sensitivity_with_asking: Share
    specificity: Share
    left_alone: Share
    grey_noticed: Share


def figures(rows: Iterable[Row]) -> Figures:
    """Count the rows."""
    listed = list(rows)
    must = [row.action for row in listed if row.must_alert]
    harmless = [row.action for row in listed if row.label == "none"]
    grey = [row.action for row in listed if row.label == "low"]
    return Figures(
        Share(len(must), must.count("alert")),
        Share(len(must), len(must) - must.count("none")),
        Share(len(harmless), len(harmless) - harmless.count("alert")),
        Share(len(harmless), harmless.count("none")),
        Share(len(grey), len(grey) - grey.count("none")),
    )
