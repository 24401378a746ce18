"""A person lets in a client who was held at joining, such as a minor (H19). Planned messages begin only then."""

from flows.actions import ACTIONS
from flows.effects import Audit
from flows.events import ClientAdmitted
from flows.step import Step


def admitted(step: Step, event: ClientAdmitted) -> None:
    """Finish the joining and say so, warmly. Somebody who is not joining any more has nothing to be let into."""
    if step.client.status != "joining":
        return
    finish, _what, _example = ACTIONS["finish_joining"]
    finish(step, {})
    step.do(Audit("admitted", event.by))
    step.say("client.admitted", apart=True)
