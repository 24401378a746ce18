"""What staff may read beside a case: a client's note for the next session, details that a stranger left (S35, F25).

A paper is named `note:ROW` or `contact:ROW`. Reading is written down before anything is shown.
"""

from flows.clinic import Clinic
from flows.effects import Audit, FillDialog, KeepCandidate, TellStaff
from flows.events import StaffActed
from flows.step import Step

READ = "read"  # the action of the button under a paper's announcement
MISSED = "missed"  # the button beside it: what a note is about should have been an alert


def read(step: Step, event: StaffActed) -> None:
    """Show a paper to one who may read it: the client's own clinician and whoever answers for them; for a contact,
    everybody of the clinic, the front desk first of all."""
    paper = event.values.get("paper", "")
    who = step.world.clinic.by_slack(event.by)
    if not may_read(step, who, paper):
        step.do(Audit("refused_read", who or f"slack:{event.by}", {"paper": paper}))
        text = "desk.paper_not_yours" if who else "desk.not_linked"
        step.do(TellStaff(event.by, text, {"slack_user": event.by}, event.channel, event.dialog))
        return
    step.do(Audit("read", who, {"paper": paper}))
    if event.dialog:
        step.do(FillDialog(event.dialog, paper, 0, event.channel))
    else:
        step.do(TellStaff(event.by, "desk.paper_again", {}, event.channel))


def missed(step: Step, event: StaffActed) -> None:
    """Keep the message of a note as something that the screen should have alerted on."""
    paper = event.values.get("paper", "")
    who = step.world.clinic.by_slack(event.by)
    if not may_read(step, who, paper) or not paper.startswith("note:"):
        step.do(Audit("refused_missed", who or f"slack:{event.by}", {"paper": paper}))
        text = "desk.paper_not_yours" if who else "desk.not_linked"
        step.do(TellStaff(event.by, text, {"slack_user": event.by}, event.channel))
        return
    step.do(Audit(MISSED, who, {"paper": paper}), KeepCandidate("missed", who, paper=paper))
    step.do(TellStaff(event.by, "desk.kept_as_missed", {}, event.channel))


def may_read(step: Step, who: str, paper: str) -> bool:
    """Whether this member of staff (a slug, "" for nobody) may read it."""
    clinic = step.world.clinic
    person = clinic.person(who)
    if person is None:
        return False
    if paper.startswith("contact:"):
        return True
    return step.subject.client is not None and who in readers(clinic, step.client.clinician)


def readers(clinic: Clinic, clinician: str) -> frozenset[str]:
    """Who may read what a client of `clinician` leaves: the clinician, their cover, the supervisors. Never the desk."""
    person = clinic.person(clinician)
    above = {slug for slug, who in clinic.clinicians.items() if who.role == "supervisor"}
    return frozenset({clinician, person.cover if person else "", *above} - {""})
