"""Which clinic speaks through which tokens: the settings held against the packs."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.settings import Settings
from flows.clinic import Clinic

TELEGRAM, SLACK_BOT, SLACK_APP, SLACK_SIGNING = (
    "RAPPORT_TELEGRAM_TOKEN", "RAPPORT_SLACK_BOT_TOKEN", "RAPPORT_SLACK_APP_TOKEN", "RAPPORT_SLACK_SIGNING_SECRET",
)  # fmt: skip
# What the vendors' tokens look like: a token in another one's place is the commonest mistake.
LOOKS = {
    TELEGRAM: (r"\d+:[\w-]+", "digits:letters"),
    SLACK_BOT: (r"xoxb-.+", "xoxb-…"),
    SLACK_APP: (r"xapp-.+", "xapp-…"),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """Tokens by clinic slug."""

    telegram: Mapping[str, str]
    slack_bot: Mapping[str, str]
    slack_app: Mapping[str, str]
    slack_signing: Mapping[str, str]


def plan(settings: Settings, clinics: Sequence[str], blocked: Sequence[str] = ()) -> Plan:
    """The tokens of each of `clinics`; one without a clinic's name belongs to the only one.

    `blocked` are clinics whose pack was never in order: nobody speaks for them yet, and their tokens are nobody else's.
    """
    only = clinics[0] if len(clinics) == 1 and not blocked else ""
    return Plan(*(_named(tokens, clinics, only) for tokens in _all(settings).values()))


def _all(settings: Settings) -> dict[str, Mapping[str, str]]:
    return {
        TELEGRAM: settings.telegram,
        SLACK_BOT: settings.slack_bot,
        SLACK_APP: settings.slack_app,
        SLACK_SIGNING: settings.slack_signing,
    }


def _named(tokens: Mapping[str, str], clinics: Sequence[str], only: str) -> dict[str, str]:
    named = {slug: token for slug, token in tokens.items() if slug in clinics}
    return {only: tokens[""], **named} if only and "" in tokens else named


def mistakes(settings: Settings, clinics: Sequence[str], blocked: Sequence[str] = ()) -> Iterator[str]:
    """What keeps `rapport run` from serving every clinic, a line each."""
    known = (*clinics, *blocked)
    if not clinics:
        yield "no clinic's pack is in order, so there is nobody to serve; `rapport check` says what is wrong"
        return
    for name, tokens in _all(settings).items():
        if "" in tokens and len(known) != 1:
            yield f"{name} does not say which clinic it is for; write {name}__{(known or ('clinic',))[0].upper()}"
        for slug in sorted(set(tokens) - {"", *known}):
            yield f"{name}__{slug.upper()} is for a clinic that has no pack; known are {', '.join(known) or 'none'}"
    planned = plan(settings, clinics, blocked)
    for clinic in clinics:
        yield from _missing(clinic, planned)
    yield from _shared(planned)


def unserved(settings: Settings, clinic: Clinic) -> Iterator[str]:
    """Who is on call and has a second path in the pack that no setting opens, so that only Slack would wake them."""
    for slug in clinic.on_call:
        person = clinic.clinicians[slug]
        served = (person.email and settings.smtp_url) or (person.phone_webhook and settings.phone_webhook)
        if (person.email or person.phone_webhook) and not served:
            yield (
                f"{slug} is on call, and nothing beside Slack can reach them; "
                "set RAPPORT_SMTP_URL or RAPPORT_PHONE_WEBHOOK_URL"
            )


def _missing(clinic: str, tokens: Plan) -> Iterator[str]:
    ending = f"(or …__{clinic.upper()})"
    if clinic not in tokens.telegram:
        yield f"{clinic}: {TELEGRAM} {ending} is missing; BotFather gives it"
    if clinic not in tokens.slack_bot:
        yield f"{clinic}: {SLACK_BOT} {ending} is missing; without it no clinician is alerted"
    elif clinic not in tokens.slack_app and clinic not in tokens.slack_signing:
        yield (
            f"{clinic}: set {SLACK_APP} {ending} for Socket Mode, "
            f"or {SLACK_SIGNING} for HTTP; without either no press arrives"
        )
    for name, found in zip(LOOKS, (tokens.telegram, tokens.slack_bot, tokens.slack_app), strict=True):
        pattern, look = LOOKS[name]
        if clinic in found and not re.fullmatch(pattern, found[clinic]):
            yield f"{clinic}: {name} is not the right one; it looks like {look}"


def _shared(tokens: Plan) -> Iterator[str]:
    """Two clinics with one token would get each other's clients and staff (H17)."""
    for name, found in zip(LOOKS, (tokens.telegram, tokens.slack_bot, tokens.slack_app), strict=True):
        for token in dict.fromkeys(found.values()):
            if len(same := sorted(slug for slug, each in found.items() if each == token)) > 1:
                yield f"{name} is the same for {' and '.join(same)}; each clinic needs its own"
