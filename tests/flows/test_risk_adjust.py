"""A clinic's own risk words: raising is free, lowering a grave rule takes two people, and is never silent."""

from __future__ import annotations

import pytest

from flows.errors import DefinitionError
from flows.risk import screen
from flows.risk_rules import compile_rules, lowered_in

SHIPPED = """
language: en
author: us
date: "2026-11-21"
rules:
  grave: {tier: high, category: suicidal_thoughts, match: [purple], yes: [purple, so purple], no: [green]}
  slight: {tier: concern, category: distress, match: [yellow], yes: [yellow, so yellow], no: [green]}
"""
OWN = """
language: en
author: a clinic
date: "2026-11-21"
adjust:
"""


def files(*lines: str) -> dict[str, str]:
    if not lines:
        return {"en/risk.yaml": SHIPPED}
    return {"en/risk.yaml": SHIPPED, "risk.yaml": OWN + "".join(f"  {line}\n" for line in lines)}


def tier(text: str, *lines: str) -> str:
    return screen(compile_rules(files(*lines)), [text]).tier


def refused(*lines: str) -> str:
    with pytest.raises(DefinitionError) as caught:
        compile_rules(files(*lines))
    return str(caught.value)


def test_raising_a_rule_is_free() -> None:
    assert tier("yellow") == "concern"
    assert tier("yellow", "slight: {tier: high, why: it is grave here}") == "high"


def test_a_slight_rule_may_be_switched_off_by_one_person() -> None:
    assert tier("yellow", "slight: {tier: none, why: a local word}") == "none"


@pytest.mark.parametrize("names", ["", ", by: amari", ", by: amari, second: amari", ", second: castro"])
def test_H01_lowering_a_grave_rule_takes_two_different_people(names: str) -> None:
    told = refused(f"grave: {{tier: concern, why: too many{names}}}")
    assert told.startswith("risk.yaml:6: grave is high: lowering it takes two people; name them: by and second")
    assert tier("purple", "grave: {tier: concern, why: too many, by: amari, second: castro}") == "concern"


def test_what_was_lowered_is_known_with_names_and_reason() -> None:
    found = lowered_in(files("grave: {tier: none, why: too many, by: amari, second: castro}"))
    assert [(each.rule, each.was, each.tier, each.by, each.second, each.why) for each in found] == [
        ("grave", "high", "none", "amari", "castro", "too many")
    ]
    assert lowered_in(files("slight: {tier: high, why: it is grave here}")) == ()


def test_a_rule_that_is_not_there_and_a_change_without_a_reason_are_told() -> None:
    assert "risk.yaml:6: there is no rule gray" in refused("gray: {tier: high, why: x}")
    assert "adjust.grave.why" in refused("grave: {tier: imminent}")
