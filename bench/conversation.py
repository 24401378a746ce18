"""A ten-question conversation for measuring: buttons and free text in turn, as clients answer."""

from datetime import datetime
from pathlib import Path

from bot.channels.base import Inbound
from flows.events import ButtonPressed, TextReceived

TEXTS = (
    "Slept a bit better, went for a walk with my sister on Sunday.",
    "Work was busy, I skipped lunch twice and felt tired in the evening.",
    "I tried the breathing exercise before the meeting and it helped a little.",
    "Nothing much got in the way, only the rain.",
    "I would like to talk about the argument with my mother next time.",
)
ANSWERS = tuple("good" if number % 2 == 0 else TEXTS[number // 2] for number in range(10))

_CLINIC = """\
clinic: bench
name: Bench Clinic (a fictional example)
region: GB
zone: Europe/London
phone: "+44 20 7946 0000"
languages: [en]
hours:
  open:
    mon-fri: "09:00-17:00"
clinicians:
  amari: {name: Dr Amari, slack: U0AMARI}
team_channel: C0TEAM
ladder:
  rungs:
    - {tell: assigned, after: 0m}
    - {tell: team, after: 5m}
check_in: {days: [mon], at: "18:00"}
"""


def pack_folder(folder: Path) -> Path:
    """A folder with one pack whose join flow is the ten questions."""
    flows = folder / "bench" / "flows"
    flows.mkdir(parents=True)
    (folder / "bench" / "clinic.yaml").write_text(_CLINIC)
    (flows / "join.yaml").write_text(_flow())
    return folder


def _flow() -> str:
    lines = ["flow: join", "title: Bench", "why: For measuring.", "start: q0", "states:"]
    for number in range(len(ANSWERS)):
        nxt = f"q{number + 1}" if number + 1 < len(ANSWERS) else "end"
        lines += [f"  q{number}:", f'    ask: "Hello {{client_name}}, question {number}: how has it been?"']
        if number % 2 == 0:
            lines += ['    choices: {good: "Good", low: "Low"}']
        lines += [
            f"    save: a{number}",
            "    remind: {after: 20h, say: No rush.}",
            "    expire: {after: 2d, next: end}",
            f"    next: {nxt}",
        ]
    return "\n".join([*lines, "examples:", "  all: [{bot: q0}]", ""])


def say(client: int, number: int, at: datetime) -> Inbound:
    """The client's answer to question `number`."""
    event = (
        ButtonPressed(at=at, option=ANSWERS[number], step=number + 1)
        if number % 2 == 0
        else TextReceived(at=at, text=ANSWERS[number])
    )
    return Inbound("bench", "telegram", "bench", f"{number}-{client}", event, str(client))
