"""Measure rules and second net on the writer whom neither has seen, beside the rules alone, and write the figures down.

    python -m bench.risk_screen LANG… [--write] [--writer c]

Prints shares with 95 % Wilson intervals and the median time of a message.
"""

import argparse
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from statistics import median

from bench.risk_net import LOCALES, Row, rows, writers
from bot.catalogue import read_catalogue
from bot.risk_figures import Share
from flows.risk import Action, Screen, screen
from flows.risk_net import Nets
from flows.risk_rules import compile_rules

RISK = ("explicit", "indirect")


def judged(rules: Screen, messages: list[Row]) -> tuple[list[tuple[Row, Action]], float]:
    """What the screen does about each message, and the median seconds that it took."""
    found, times = [], []
    for row in messages:
        begin = time.perf_counter()
        verdict = screen(rules, [row.text])
        times.append(time.perf_counter() - begin)
        found.append((row, verdict.action))
    return found, median(times)


def figures(found: list[tuple[Row, Action]]) -> dict[str, Share]:
    """The shares that docs/risk-screen.md speaks of."""
    by: dict[str, Counter[str]] = {}
    for row, action in found:
        for group in _groups(row):
            by.setdefault(group, Counter())[action] += 1
    none: Counter[str] = Counter()
    explicit, imminent, risk = (by.get(name, none) for name in ("explicit", "imminent", "risk"))
    grey, trap, plain = (by.get(name, none) for name in ("grey", "trap", "plain"))
    return {
        "explicit": Share(explicit.total(), explicit["alert"]),
        "imminent_explicit": Share(imminent.total(), imminent["alert"]),
        "explicit_or_asked": Share(explicit.total(), explicit["alert"] + explicit["ask"]),
        "risk_or_asked": Share(risk.total(), risk["alert"] + risk["ask"]),
        "grey_noticed": Share(grey.total(), grey["alert"] + grey["ask"]),
        "trap_quiet": Share(trap.total(), trap.total() - trap["alert"]),
        "plain_quiet": Share(plain.total(), plain.total() - plain["alert"]),
        "plain_left_alone": Share(plain.total(), plain["none"]),
    }


def _groups(row: Row) -> list[str]:
    groups = [row.form]
    if row.form in RISK:
        groups.append("risk")
    if row.form == "explicit" and row.label == "imminent":
        groups.append("imminent")
    return groups


def _write(lang: str, writer: str, found: dict[str, Share]) -> None:
    lines = [
        f"# Made by `python -m bench.risk_screen {lang} --write`: [went right, of so many].",
        f'measured_on: "{datetime.now(UTC):%Y-%m-%d}"',
        f"writer: {writer}",
        "figures:",
        *(f"  {name}: [{share.hits}, {share.of}]" for name, share in found.items()),
    ]
    (LOCALES / lang / "risk_figures.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Measure each language named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("langs", nargs="+")
    parser.add_argument("--writer", default="")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    shipped = read_catalogue()
    whole = compile_rules(shipped.risk, shipped.nets)
    for lang in given.langs:
        writer = given.writer or writers(lang)["test"][0]
        messages = rows(lang, [writer])
        alone, _time = judged(replace(whole, nets=Nets()), messages)
        found, seconds = judged(whole, messages)
        both, rules_only = figures(found), figures(alone)
        print(f"{lang}, writer {writer}, {len(messages)} messages, median {seconds * 1e6:.0f} µs")
        for name, share in both.items():
            print(f"    {name:20} {share}    rules alone {rules_only[name]}")
        if given.write:
            _write(lang, writer, both)


if __name__ == "__main__":
    main()
