"""Who of the staff can be told now: what Slack says of deactivated people, quiet hours and the team channel's members.

A question that Slack does not answer leaves what was known before, and says so in the log.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot import logs
from flows.clinic import Clinic
from flows.escalation import Away

log = logs.get(__name__)

AT_ONCE = 50  # people in one question about quiet hours
PAGE = 200
UNKNOWN = ("user_not_found", "user_not_visible", "users_not_found")
Unanswered = (SlackApiError, aiohttp.ClientError, TimeoutError, OSError)


async def presence(client: AsyncWebClient, clinic: Clinic, now: datetime, last: Away | None = None) -> Away:
    """Ask Slack. Slugs of active, linked staff; `now` (UTC) decides whose quiet hours are on."""
    before = last or Away()
    slugs = {person.slack: slug for slug, person in clinic.clinicians.items() if person.slack and person.active}
    gone = frozenset([slug for user, slug in slugs.items() if await _gone(client, clinic, user, slug in before.gone)])
    here = {user: slug for user, slug in slugs.items() if slug not in gone}
    return Away(
        gone,
        await _undisturbed(client, clinic, here, now, before.undisturbed),
        await _team(client, clinic, here, before.team),
    )


async def _gone(client: AsyncWebClient, clinic: Clinic, user: str, before: bool) -> bool:
    """Whether an account is deactivated, or not of this workspace at all."""
    try:
        answer = await client.users_info(user=user)
    except Unanswered as error:
        _unanswered(clinic, "users.info", error)
        return before if _code(error) not in UNKNOWN else True
    return bool(answer["user"].get("deleted"))


async def _undisturbed(
    client: AsyncWebClient, clinic: Clinic, slugs: Mapping[str, str], now: datetime, before: frozenset[str]
) -> frozenset[str]:
    found: set[str] = set()
    for users in _chunks(list(slugs)):
        try:
            answer = await client.dnd_teamInfo(users=users)
        except Unanswered as error:
            _unanswered(clinic, "dnd.teamInfo", error)
            found |= before & {slugs[user] for user in users}
        else:
            told = answer.get("users") or {}
            found |= {slugs[user] for user in users if _quiet(told.get(user) or {}, now.timestamp())}
    return frozenset(found)


def _quiet(told: Mapping[str, Any], now: float) -> bool:
    """Whether somebody's do-not-disturb hours or a snooze are on."""
    window = told.get("next_dnd_start_ts", 0) <= now < told.get("next_dnd_end_ts", 0)
    snoozed = bool(told.get("snooze_enabled")) and now < told.get("snooze_endtime", now + 1)
    return (bool(told.get("dnd_enabled")) and window) or snoozed


async def _team(
    client: AsyncWebClient, clinic: Clinic, slugs: Mapping[str, str], before: frozenset[str]
) -> frozenset[str]:
    if not clinic.team_channel:
        return frozenset()
    members: list[str] = []
    cursor = ""
    try:
        while True:
            answer = await client.conversations_members(channel=clinic.team_channel, limit=PAGE, cursor=cursor)
            members += answer["members"]
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return frozenset(slugs[user] for user in members if user in slugs)
    except Unanswered as error:
        _unanswered(clinic, "conversations.members", error)
        return before


def _chunks(users: Sequence[str]) -> Iterator[Sequence[str]]:
    return (users[n : n + AT_ONCE] for n in range(0, len(users), AT_ONCE))


def _unanswered(clinic: Clinic, method: str, error: Exception) -> None:
    log.warning("presence_unknown", clinic=clinic.clinic, method=method, error=type(error))


def _code(error: Exception) -> str:
    data = getattr(getattr(error, "response", None), "data", None)
    return str(data.get("error") or "") if isinstance(data, dict) else ""
