"""What a clinic must mend before it may take new clients: whom an alert would not reach, and which numbers are missing.

Source: H03 and H07. A gap blocks new invitations only; everybody who is there already is answered.
"""

from collections.abc import Collection, Iterator

from flows.clinic import Clinic, Person, Rung
from flows.escalation import staff_on


def gaps_of(clinic: Clinic, regions: Collection[str], languages: Collection[str]) -> Iterator[str]:
    """Each gap in a sentence that says how to close it. `regions` are the countries with crisis data, `languages` those
    that can be offered."""
    if clinic.region not in regions:
        yield f"there are no crisis numbers for {clinic.region}; add regions/{clinic.region}.yaml to the pack"
    if not languages:
        yield "no language of the pack can be offered; add en to languages, or have a translation reviewed"
    if not clinic.team_channel:
        yield "team_channel is empty, and the last rung of every ladder tells it; write the channel's id"
    for slug, person in clinic.clinicians.items():
        if _sees_clients(person):
            yield from _rungs_to_nobody(clinic, slug)
    yield from _on_call(clinic)


def _sees_clients(person: Person) -> bool:
    return person.active and person.role == "clinician"


def _rungs_to_nobody(clinic: Clinic, slug: str) -> Iterator[str]:
    """Rungs that would be passed over for a client of this clinician."""
    for number, rung in enumerate(clinic.ladder.rungs, 1):
        people = staff_on(clinic, rung, slug)
        if rung.tell != "team" and not any(_can_be_told(clinic, who) for who in people):
            yield f"rung {number} of the ladder tells {_whom(rung, slug)}: nobody with a Slack id; add one, or drop it"


def _whom(rung: Rung, slug: str) -> str:
    names = {"assigned": slug, "cover": f"the cover of {slug}", "on_call": "whoever is on call"}
    return names.get(rung.tell, f"the {rung.tell}")


def _can_be_told(clinic: Clinic, slug: str) -> bool:
    person = clinic.person(slug)
    return person is not None and person.active and bool(person.slack)


def _on_call(clinic: Clinic) -> Iterator[str]:
    """Whoever is on call is woken by more than Slack."""
    if any(rung.tell == "on_call" for rung in clinic.ladder.rungs):
        for slug in clinic.on_call:
            person = clinic.clinicians[slug]
            if not person.email and not person.phone_webhook:
                yield f"{slug} is on call and has no second path; add email, or phone_webhook: yes"
