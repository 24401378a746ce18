"""The fixed sentences of a risky moment: thanks, who gets it and when, the numbers. Every one is true when it is said.

Source: the safety document, "The reply must" and "The reply must not". Texts only; nothing here opens a flow or a case.
"""

from datetime import timedelta

from flows.step import Step

QUIET_AFTER = timedelta(minutes=10)  # the same text or resource is not repeated within this time


def reply(step: Step) -> None:
    """Thank, say what happened and who looks when, give the numbers."""
    step.say("crisis.thanks", kind="safety")
    passed_on(step)


def passed_on(step: Step) -> None:
    """Who gets it and when, and the numbers; for a flow that has said its own thanks."""
    step.say(passing_on(step), kind="safety")
    numbers(step)


def passing_on(step: Step) -> str:
    """The sentence about who gets it and when, from the real state and the clinic's hours."""
    alert = step.alert
    here = step.world.clinic.timetable.is_open(step.at)
    if alert and alert.soon == "today":
        return "crisis.passing_today" if here else "crisis.passing_next_opening"
    return "crisis.passing_open" if here else "crisis.passing_closed"


def numbers(step: Step) -> None:
    """The emergency number and crisis lines of the client's country; another country's are named as such."""
    client = step.subject.client
    country = (client.country if client else "") or step.world.clinic.region
    known = country in step.world.crisis_regions
    step.say("crisis.numbers" if known else "crisis.numbers_other", kind="safety")
    step.converse(numbers_at=step.at)


def numbers_in(step: Step, country: str) -> None:
    """The numbers of a country that the client names (ISO 3166), wherever they usually live."""
    known = country in step.world.crisis_regions
    step.say("crisis.numbers_in" if known else "crisis.numbers_other", {"country": country}, kind="safety")
    step.converse(numbers_at=step.at)


def recently(step: Step) -> bool:
    """Whether the numbers were given within the last ten minutes."""
    given = step.conversation.numbers_at
    return given is not None and step.at - given < QUIET_AFTER
