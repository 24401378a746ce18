"""The fixed sentences of a risky moment: thanks, who gets it and when, the numbers. Every one is true when it is said.

Source: the safety document, "The reply must" and "The reply must not". Texts only; nothing here opens a flow or a case.
"""

from dataclasses import replace
from datetime import timedelta

from flows.effects import Option
from flows.escalation import UNREACHED_AFTER
from flows.step import Step

READ_ALONE = (Option("!alone", "crisis.can_read"),)
STILL_TODAY = timedelta(hours=1)  # with less of the clinic's day left, nobody is promised to look today
QUIET_AFTER = timedelta(minutes=10)  # the same text or resource is not repeated within this time


def reply(step: Step) -> None:
    """Thank, say what happened and who looks when, give the numbers."""
    step.say("crisis.thanks", kind="safety")
    passed_on(step)


def passed_on(step: Step) -> None:
    """Who gets it and when, and the numbers; for a flow that has said its own thanks."""
    if step.alert:
        step.case(replace(step.alert, alone=False))
    step.say(passing_on(step), kind="safety")
    numbers(step)


def read_alone(step: Step) -> None:
    """Nothing on the screen says what it is about; the rest comes after the tap."""
    if step.alert:
        step.case(replace(step.alert, alone=True))
    step.say("crisis.read_alone", options=READ_ALONE, kind="safety", apart=True)


def standing(step: Step) -> None:
    """What has happened since, to somebody who reads it later: who has it, or whether it has arrived."""
    alert = step.alert
    if alert is None:
        return
    person = step.world.clinic.person(alert.owner)
    if alert.status != "open" and person:
        step.say("crisis.acknowledged", {"clinician_name": person.name}, kind="safety")
        return
    step.say(passing_on(step), kind="safety")
    if alert.reached:
        step.say("crisis.reached", kind="safety")
    elif step.at.timestamp() - alert.since >= UNREACHED_AFTER.total_seconds():
        step.say("crisis.not_reached", kind="safety")


def passing_on(step: Step) -> str:
    """The sentence about who gets it and when, from the real state and the clinic's hours."""
    alert = step.alert
    hours = step.world.clinic.timetable
    today = alert is not None and alert.soon == "today"
    if hours.is_open(step.at):
        late = not hours.is_open(step.at + STILL_TODAY)
        return ("crisis.passing_late" if late else "crisis.passing_today") if today else "crisis.passing_open"
    opens = hours.opens_at(step.at)
    if opens is None or opens == hours.usually.opens_at(step.at):
        return "crisis.passing_next_opening" if today and opens else "crisis.passing_closed"
    return "crisis.passing_next_opening" if today else "crisis.passing_closed_day"


def numbers(step: Step) -> None:
    """The emergency number and crisis lines of the client's country; another country's are named as such, and so are
    the clinic's where nobody has said in which country they are."""
    client = step.subject.client
    country = client.country if client else ""
    if not country:
        numbers_in(step, step.world.clinic.region)
        return
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
