"""A filled-in questionnaire: counted, compared with the last one, and left for the clinician. Never a diagnosis.

Source: the instruments document. A missing answer means no total; a change smaller than the reliable change is none.
"""

from collections.abc import Mapping

from flows.effects import SaveMeasure
from flows.planning import begin
from flows.step import Step

MONTH, SPREAD = 28, 2  # days: from one time to the next, and between two questionnaires of the same week


def score(step: Step, args: Mapping[str, str]) -> str:
    """Keep the answers and their total. The outcome says how it compares: `first`, `better`, `worse`, `same`, or
    `incomplete` where there is no total. `{total}` and `{answered}` are at hand afterwards."""
    instrument = step.world.instruments[args["instrument"]]
    said = {item: step.frame.data[item] for item in (*instrument.items, *instrument.also) if item in step.frame.data}
    total, answered = instrument.total(said), instrument.answered(said)
    step.top(data={**step.frame.data, "total": total, "answered": answered})
    outcome = "incomplete" if total is None else _compared(step, instrument.name, total)
    step.do(SaveMeasure(instrument.name, instrument.file.version, instrument.file.language, said, total, outcome))
    return outcome


def _compared(step: Step, name: str, total: int) -> str:
    before = step.client.kept.get(last(name))
    step.alter(kept={**step.client.kept, last(name): total})
    if before is None:
        return "first"
    return step.world.instruments[name].change(int(before), total) or "first"


def plan_measures(step: Step) -> None:
    """At the start and every four weeks, on different days of the week (S60, F11); only in published words."""
    asked = [name for name in step.world.clinic.measures if step.world.asks(name, step.locale)]
    for place, name in enumerate(asked):
        begin(step, name, every=MONTH, first=1 + SPREAD * place)


def last(name: str) -> str:
    """Under which name an instrument's last total is kept."""
    return f"{name}_last"
