"""The alarm: what is said when turns are no longer taken. It decides without the database, which may be what is wrong.

All times are seconds of a clock that nobody sets (`time.monotonic`).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import inf

from bot.channels.base import Outbound
from bot.packs import Pack
from flows.escalation import second_paths

EVERY = 5.0
STUCK_AFTER = 60.0
LOG_AGAIN, TELL_AGAIN = 60.0, 3600.0
ASLEEP = 30.0  # a look that comes so late says that the whole process stood still: the loops first get to run again


def stuck(beats: Mapping[str, float], now: float) -> bool:
    """Whether a loop has not come round for a minute."""
    return any(now - at > STUCK_AFTER for at in beats.values())


@dataclass(slots=True)
class Alarm:
    """When it last looked, said so in the log, and told each clinic."""

    looked: float = inf
    logged: float = -inf
    told: dict[str, float] = field(default_factory=dict)

    def rings(self, beats: Mapping[str, float], now: float) -> bool:
        """Whether to say now that nothing is read any more: at once, then each minute."""
        asleep, self.looked = now - self.looked > ASLEEP, now
        if asleep or not stuck(beats, now) or now - self.logged < LOG_AGAIN:
            return False
        self.logged = now
        return True

    def untold(self, packs: Iterable[Pack], now: float) -> list[Pack]:
        """The clinics whose people were not told within the last hour."""
        return [each for each in packs if now - self.told.get(each.world.clinic.clinic, -inf) >= TELL_AGAIN]


def messages(pack: Pack) -> Iterator[Outbound]:
    """What goes to each way beside Slack of everybody who is on call or supervises; `kind` is the channel."""
    clinic = pack.world.clinic
    for slug in dict.fromkeys((*clinic.on_call, clinic.supervisor)):
        for path in second_paths(clinic, slug):
            kind = path.partition(":")[0]
            yield Outbound(kind, path, _mail(pack, slug) if kind == "email" else _call(pack, slug))


def _mail(pack: Pack, slug: str) -> dict[str, object]:
    clinic = pack.world.clinic
    subject, text = (
        pack.desk_words(name, {"clinic": clinic.name}) for name in ("operator.stuck_subject", "operator.stuck_text")
    )
    return {"to": clinic.clinicians[slug].email, "subject": subject, "text": text}


def _call(pack: Pack, slug: str) -> dict[str, object]:
    """The same shape as a case's call; case 0 is Rapport itself."""
    clinic = pack.world.clinic
    text = pack.desk_words("operator.stuck_call", {"clinic": clinic.name})
    return {"case": 0, "clinic": clinic.clinic, "person": slug, "urgency": "now", "why": "turns_stuck", "text": text}
