"""`rapport chat`, fed from a pipe: the demo's conversation without a browser."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

RISKY = "I want to end my life tonight, I have the pills here"


def talk(*lines: str, options: tuple[str, ...] = (), **settings: str) -> subprocess.CompletedProcess[str]:
    """Pipe lines into the command; away from the settings of whoever runs the tests."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("RAPPORT_")}
    return subprocess.run(
        [sys.executable, "-c", "from bot.cli import main; main()", "chat", *options],
        input="".join(f"{line}\n" for line in lines), capture_output=True, text=True, env=bare | settings, timeout=60,
    )  # fmt: skip


def test_from_the_invitation_to_the_next_rung() -> None:
    done = talk("1", "1", ":desk", RISKY, ":desk", ":next", ":desk", ":ack 1", ":desk", ":push 15m", ":quit", "unheard")
    assert (done.returncode, done.stderr) == (0, "")
    said = done.stdout
    assert "I am a program, not a person." in said
    assert "✓ Show me" in said
    assert f"> {RISKY}" in said
    assert "It has reached them" in said
    joined, risky = said.index("> :desk"), said.index(f"> {RISKY}")
    assert "nothing new at the desk" in said[joined:risky]
    assert "Dr Amari: 🔴 Case 1" in said[risky:]
    assert "#care-team: 🔴 Case 1" in said[risky:]
    assert said.index("Dr Bello: 🔴 Case 1") < said.index("> :ack 1") < said.index("Dr Amari knows about it now")
    assert "pills" not in said[risky + len(RISKY) + 2 :]
    assert "unheard" not in said


def test_a_text_and_a_voice_note_are_answered_and_time_is_told() -> None:
    said = talk("hello there", ":voice", ":push 2d", ":push soon", ":what").stdout
    assert "I could not match that to an answer" in said
    assert "at the clinic" in said
    assert ":push wants a time such as 15m, 1h or 2d" in said
    assert "let time pass until the next timer" in said


def test_a_clinic_that_nobody_knows_is_one_clear_line(tmp_path: Path) -> None:
    done = talk(options=("--clinic", "nowhere"))
    assert done.returncode == 2
    assert done.stderr == "rapport: no pack of the clinic 'nowhere' is known; put its folder into RAPPORT_CLINICS\n"
    gone = talk(RAPPORT_CLINICS=str(tmp_path / "gone"))
    assert gone.returncode == 2
    assert "is no folder" in gone.stderr
