"""What the risk screen says of single lines, as JSON: `rapport risk screen`."""

import json
from typing import Any

from flows.risk import Finding, Screen, screen


def as_json(rules: Screen, text: str) -> str:
    """One object: tier, action, the rules that found something and where (characters of the normalised text). Where
    only the second net asks, the n-grams that weigh most."""
    verdict = screen(rules, [text])
    told: dict[str, Any] = {
        "tier": verdict.tier,
        "action": verdict.action,
        "category": verdict.category,
        "rules": list(dict.fromkeys(finding.rule for finding in verdict.findings)),
        "spans": [_span(finding) for finding in verdict.findings],
    }
    if verdict.learned:
        told["ngrams"] = [[gram, weight] for gram, weight in rules.explain(text)]
    return json.dumps(told, ensure_ascii=False)


def _span(finding: Finding) -> dict[str, Any]:
    return {"rule": finding.rule, "tier": finding.tier, "start": finding.start, "end": finding.end}
