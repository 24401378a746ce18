"""Which clinic speaks through which tokens: the settings held against the packs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Plan:
    """Tokens by clinic slug."""

    telegram: Mapping[str, str]
    slack_bot: Mapping[str, str]
    slack_app: Mapping[str, str]
    slack_signing: Mapping[str, str]


def plan(settings: Settings, clinics: tuple[str, ...]) -> Plan:
    """The tokens of each clinic; one without a clinic's name belongs to the only one."""
    return Plan(*(_named(tokens, clinics) for tokens in _all(settings).values()))


def _all(settings: Settings) -> dict[str, Mapping[str, str]]:
    return {
        "RAPPORT_TELEGRAM_TOKEN": settings.telegram,
        "RAPPORT_SLACK_BOT_TOKEN": settings.slack_bot,
        "RAPPORT_SLACK_APP_TOKEN": settings.slack_app,
        "RAPPORT_SLACK_SIGNING_SECRET": settings.slack_signing,
    }


def _named(tokens: Mapping[str, str], clinics: tuple[str, ...]) -> dict[str, str]:
    named = {slug: token for slug, token in tokens.items() if slug}
    if "" in tokens and len(clinics) == 1:
        named.setdefault(clinics[0], tokens[""])
    return named


def mistakes(settings: Settings, clinics: tuple[str, ...]) -> Iterator[str]:
    """What keeps `rapport run` from serving every clinic, a line each."""
    for name, tokens in _all(settings).items():
        if "" in tokens and len(clinics) != 1:
            yield f"{name} does not say which clinic it is for; write {name}__{(clinics or ('clinic',))[0].upper()}"
        for slug in sorted(set(tokens) - {""} - set(clinics)):
            yield f"{name}__{slug.upper()} is for a clinic that has no pack; known are {', '.join(clinics) or 'none'}"
    planned = plan(settings, clinics)
    for clinic in clinics:
        yield from _missing(clinic, planned)


def _missing(clinic: str, tokens: Plan) -> Iterator[str]:
    ending = f"(or …__{clinic.upper()})"
    if clinic not in tokens.telegram:
        yield f"{clinic}: RAPPORT_TELEGRAM_TOKEN {ending} is missing; BotFather gives it"
    if clinic not in tokens.slack_bot:
        yield f"{clinic}: RAPPORT_SLACK_BOT_TOKEN {ending} is missing; without it no clinician is alerted"
    elif clinic not in tokens.slack_app and clinic not in tokens.slack_signing:
        yield (
            f"{clinic}: set RAPPORT_SLACK_APP_TOKEN {ending} for Socket Mode, "
            "or RAPPORT_SLACK_SIGNING_SECRET for HTTP; without either no press arrives"
        )
    for name, start, found in (
        ("RAPPORT_SLACK_BOT_TOKEN", "xoxb-", tokens.slack_bot.get(clinic)),
        ("RAPPORT_SLACK_APP_TOKEN", "xapp-", tokens.slack_app.get(clinic)),
    ):
        if found and not found.startswith(start):
            yield f"{clinic}: {name} is not the right one; it begins with {start}"
