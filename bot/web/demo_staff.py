"""The clinic's people at the demo's desk: what they do goes the same way as from Slack."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.channels.base import Inbound
from bot.desk import dialogs, presses
from bot.packs import Pack
from bot.web import demo_acts
from bot.web.demo_slack import DemoSlack
from bot.web.demo_workspace import Member, Room, Workspace
from flows.clinic import Clinic
from flows.escalation import Away

Accept = Callable[[Sequence[Inbound]], Awaitable[object]]

STRANGER = Member("U0STRANGER", "Somebody else", "in the team channel, not linked to Rapport")
ROLES = {"clinician": "clinician", "supervisor": "supervisor", "front_desk": "front desk", "admin": "administrator"}


class Staff:
    """Takes the gestures of everybody in the workspace. Nothing gets in while Slack is away."""

    def __init__(self, pack: Callable[[], Pack], slack: DemoSlack, accept: Accept) -> None:
        self.pack, self.slack, self.accept = pack, slack, accept
        self.workspace = slack.workspace

    async def press(self, user: str, room: str, ts: str, action: str, value: str) -> None:
        """Press a button under a message."""
        posted = self.workspace.message(room, ts)
        if posted is None or self.slack.away:
            return
        body = demo_acts.press(self.workspace, user, posted, action, value)
        dialog = await self._open(body) if presses.wants_dialog(body) else ""
        await self._store(presses.pressed(self._clinic, body, self._now(), dialog))

    async def submit(self, user: str, given: Mapping[str, str]) -> None:
        """Submit the dialog that is open. What is missing is said under its inputs."""
        opened = self.workspace.dialog(user)
        if opened is None or self.slack.away:
            return
        body = demo_acts.submit(self.workspace, user, opened.view, dict(given))
        if wrong := presses.mistakes(body):
            worded = {block: self.pack().desk_words(text, {}) for block, text in wrong.items()}
            self.workspace.refuse(opened.view["id"], worded)
            return
        await self._store(presses.submitted(self._clinic, body, self._now()))
        self.workspace.close(user)

    async def write(self, user: str, room: str, text: str, thread: str = "") -> None:
        """Write in a room, in a thread, or a command that begins with `/rapport`."""
        place = self.workspace.rooms.get(room)
        if place is None or self.slack.away:
            return
        if text.startswith(demo_acts.COMMAND):
            body = demo_acts.command(self.workspace, user, place, text.removeprefix(demo_acts.COMMAND).strip())
            await self._store(presses.commanded(self._clinic, body, self._now()))
        else:
            body = demo_acts.reply(self.workspace, user, place, text, thread)
            await self._store(presses.happened(self._clinic, body, self._now()))

    async def react(self, user: str, room: str, ts: str, name: str) -> None:
        """Put a reaction on a message."""
        posted = self.workspace.message(room, ts)
        if posted and not self.slack.away:
            body = demo_acts.react(self.workspace, user, posted, name)
            await self._store(presses.happened(self._clinic, body, self._now()))

    @property
    def _clinic(self) -> str:
        return self.pack().world.clinic.clinic

    def _now(self) -> datetime:
        return self.workspace.now()

    async def _store(self, inbound: Inbound | None) -> None:
        if inbound:
            await self.accept([inbound])

    async def _open(self, body: presses.Body) -> str:
        view = dialogs.loading(self.pack()) | {"private_metadata": presses.opened_from(body)}
        try:
            opened = await self.slack.views_open(trigger_id=body["trigger_id"], view=view)
        except (SlackApiError, aiohttp.ClientError):
            return ""
        return str(opened["view"]["id"])


def workspace_of(clinic: Clinic, now: Callable[[], datetime]) -> Workspace:
    """The clinic's people in Slack, somebody who is not linked, the team's channel and the front desk's."""
    people = {slug: who for slug, who in clinic.clinicians.items() if who.slack}
    members = [Member(who.slack, who.name, _part(clinic, slug)) for slug, who in people.items()]
    desk = {who.slack for who in people.values() if who.role == "front_desk"}
    team = {who.slack for who in people.values()} - desk | {STRANGER.id}
    rooms = [Room(clinic.team_channel, "care-team", frozenset(team))]
    if clinic.front_desk_channel:
        rooms.append(Room(clinic.front_desk_channel, "front-desk", frozenset(desk | team - {STRANGER.id})))
    return Workspace([*members, STRANGER], rooms, now)


def away_of(clinic: Clinic) -> Away:
    """What Slack would say of the staff: who of them is in the team's channel."""
    team = (slug for slug, who in clinic.clinicians.items() if who.slack and who.role != "front_desk")
    return Away(team=frozenset(team))


def _part(clinic: Clinic, slug: str) -> str:
    """What somebody is to the clinic, such as `clinician, on call, covers for Dr Amari`."""
    parts = [ROLES[clinic.clinicians[slug].role]]
    parts += ["on call"] if slug in clinic.on_call else []
    covered = [who.name for who in clinic.clinicians.values() if who.cover == slug]
    return ", ".join([*parts, *(f"covers for {name}" for name in covered[:1])])
