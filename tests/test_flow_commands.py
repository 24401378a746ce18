"""`rapport flow lint`, `draw` and `test`: what an author of flows is told before any client hears them (F14 to F16)."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner, Result

from bot import cli
from bot.app import EXAMPLES
from support.source import ROOT

GOOD = """
    flow: sleep
    title: Sleep
    why: How you sleep says much about how you are.
    start: slept
    states:
      slept:
        ask: How did you sleep?
        choices:
          well: "Well"
          badly: {label: "Badly", next: sorry}
        expire: {after: 1d, next: end}
        next: end
      sorry:
        say: That is hard. Thank you for telling me.
        next: end
    examples:
      a good night:
        - bot: slept
        - tap: well
        - bot: end
      a bad night:
        - bot: slept
        - client: badly
        - bot: sorry
        - bot: end
      no answer:
        - bot: slept
        - wait: 1d
        - bot: end
      skipped:
        - bot: slept
        - tap: skip
        - bot: end
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """The example pack with a flow of its own."""
    folder = tmp_path / "riverside"
    (folder / "flows").mkdir(parents=True)
    (folder / "clinic.yaml").write_text((EXAMPLES / "riverside/clinic.yaml").read_text("utf-8"), "utf-8")
    write(folder, GOOD)
    return folder


def write(pack: Path, text: str) -> None:
    (pack / "flows/sleep.yaml").write_text(dedent(text), "utf-8")


def rapport(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli.rapport, [str(each) for each in arguments])


@pytest.mark.parametrize("command", ["lint", "test"])
def test_what_is_shipped_is_in_order(command: str) -> None:
    done = rapport("flow", command)
    assert done.exit_code == 0, done.output
    assert done.output.startswith(f"{len([*(ROOT / 'flows/catalog').glob('*.yaml')])} flows, ")


def test_F15_a_clinic_s_own_flow_is_played_through_the_real_engine(pack: Path) -> None:
    assert rapport("flow", "lint", pack).output == "1 flow, nothing wrong.\n"
    assert rapport("flow", "test", "--clinic", pack).output == "1 flow, 4 examples, all hold.\n"


def test_F14_a_mistake_is_told_with_file_line_and_repair_and_status_2(pack: Path) -> None:
    write(pack, GOOD.replace("next: sorry", "next: sory"))
    told = rapport("flow", "lint", pack)
    assert told.exit_code == 2
    assert "✗ flows/sleep.yaml:11: there is no state 'sory'; correct the name, or write the state\n" in told.output


def test_F15_an_example_that_the_flow_does_not_follow_is_told_and_status_2(pack: Path) -> None:
    write(pack, GOOD.replace("client: badly", "client: well"))
    told = rapport("flow", "test", "--clinic", pack)
    assert told.exit_code == 2
    assert "✗ flows/sleep.yaml:25: example 'a bad night': " in told.output


def test_F16_what_no_example_visits_is_listed_and_keeps_nobody_back(pack: Path) -> None:
    write(pack, GOOD.replace("- tap: skip", "- tap: well"))
    told = rapport("flow", "test", "--clinic", pack)
    assert told.exit_code == 0
    assert told.output.startswith("· flows/sleep.yaml:13: no example goes from 'slept' to 'end' when skipped")


def test_a_risky_line_in_an_example_opens_a_case_as_it_would_for_a_client(pack: Path) -> None:
    write(pack, GOOD.replace("- tap: well", "- client: I want to kill myself\n        - alert: none"))
    assert "the open case is high, not none" in rapport("flow", "test", "--clinic", pack).output


def test_a_flow_is_drawn_the_clinic_s_own_too(pack: Path) -> None:
    assert "    slept --> sorry : badly\n" in rapport("flow", "draw", "sleep", "--clinic", pack).output
    assert rapport("flow", "draw", "check_in").output.startswith("stateDiagram-v2\n")


def test_an_unknown_flow_is_told_with_those_that_there_are() -> None:
    told = rapport("flow", "draw", "slepe")
    assert told.exit_code == 2
    assert "there is no flow 'slepe'; there are activities, " in told.stderr


def test_a_pack_without_flows_and_a_folder_that_is_no_pack_are_told(pack: Path, tmp_path: Path) -> None:
    (pack / "flows/sleep.yaml").unlink()
    assert "no flows of its own" in rapport("flow", "lint", pack).output
    assert "has no clinic.yaml" in rapport("flow", "lint", tmp_path).stderr
