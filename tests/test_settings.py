"""Each mistake in the settings is one clear line, `rapport check` says them all at once, inviting prints a link."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot import settings as settings_of
from bot.app import EXAMPLES
from bot.cli import rapport
from bot.errors import BotError
from bot.plan import mistakes, plan
from bot.settings import VARIABLES, Settings
from fakes.telegram import FakeTelegram
from storage.cipher import new_key

GOOD = {
    "RAPPORT_TELEGRAM_TOKEN": "111:AAA",
    "RAPPORT_SLACK_BOT_TOKEN": "xoxb-riverside",
    "RAPPORT_SLACK_APP_TOKEN": "xapp-riverside",
}
HARA = {"RAPPORT_TELEGRAM_TOKEN__LAKESIDE": "222:BBB", "RAPPORT_SLACK_BOT_TOKEN__LAKESIDE": "xoxb-lakeside",
        "RAPPORT_SLACK_SIGNING_SECRET__LAKESIDE": "secret"}  # fmt: skip


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder and an environment in which nothing of Rapport stands."""
    monkeypatch.chdir(tmp_path)
    for name in [*VARIABLES, "RAPPORT_CLINICS"]:
        monkeypatch.delenv(name.rstrip("*"), raising=False)
    return tmp_path


def _run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(rapport, arguments, env=environment)


def _check(**environment: str) -> list[str]:
    """The lines that keep something back."""
    result = _run("check", **{"RAPPORT_KEYS": new_key(), **GOOD, **environment})
    assert result.exit_code == 2, result.output
    return [line[2:] for line in result.output.splitlines() if line.startswith("✗")]


# -- the settings by themselves -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("RAPPORT_TELEGRAM_TOKENS", "x", "is not a setting; known are RAPPORT_CLINICS, "),
        ("RAPPORT_TELEGRAM_TOKEN_RIVERSIDE", "x", "is not a setting"),
        ("RAPPORT_PORT__RIVERSIDE", "1", "is not a setting"),
        ("RAPPORT_TELEGRAM_TOKEN__", "x", "is not a setting"),
        ("RAPPORT_PORT", "eighty", "is not a port; write a number from 0 to 65535"),
        ("RAPPORT_PORT", "65536", "is not a port"),
        ("RAPPORT_LOG_LEVEL", "LOUD", "is none of DEBUG, INFO, WARNING, ERROR"),
        ("RAPPORT_TELEGRAM_API_URL", "api.telegram.org", "is not a web address; write it as https://host"),
        ("RAPPORT_SLACK_API_URL", "ftp://slack.example", "is not a web address"),
        ("RAPPORT_PHONE_WEBHOOK_URL", "https://", "is not a web address"),
        ("RAPPORT_PUBLIC_URL", "https://host:port", "is not a web address"),
        ("RAPPORT_PUBLIC_URL", "http://[::1", "is not a web address"),
        ("RAPPORT_PUBLIC_URL", "http://bot.example", "must be https: clients' words travel over it"),
        ("RAPPORT_SMTP_URL", "mail.example", "is not right: the SMTP URL has no server"),
        ("RAPPORT_SMTP_URL", "smtp://mail.example", "does not say who sends; add ?from=address"),
        ("RAPPORT_SMTP_URL", "smtp://mail.example?from=a@b.example&tls=maybe", "starttls, ssl or none"),
        ("RAPPORT_SMTP_URL", "smtp://user:pa/ss@mail.example?from=a@b.example", "is not right"),
        ("RAPPORT_DATABASE_URL", "sqlite://", "names no file, so that all would be forgotten"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_where_and_how_to_repair(name: str, value: str, says: str) -> None:
    (line,) = settings_of.mistakes({name: value})
    assert line.startswith(f"{name} ")
    assert says in line
    with pytest.raises(BotError, match=re.escape(line)):
        Settings.read({name: value})


def test_no_mistake_repeats_a_password(elsewhere: Path) -> None:
    for url in ("smtp://user:pass/word@mail.example?from=a@b.example", "smtp://user:password@mail.example"):
        assert not [
            line for line in settings_of.mistakes({"RAPPORT_SMTP_URL": url}) if "pass/" in line or "password@m" in line
        ]


@pytest.mark.parametrize("name", [name.rstrip("*") for name in VARIABLES])
def test_a_setting_that_is_empty_counts_as_not_set(name: str) -> None:
    assert Settings.read({name: " "}) == Settings.read({})


def test_loopback_may_be_reached_without_https() -> None:
    assert Settings.read({"RAPPORT_PUBLIC_URL": "http://127.0.0.1:8080/"}).public_url == "http://127.0.0.1:8080"


# -- held against the packs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "clinics", "says"),
    [
        ({**GOOD, "RAPPORT_TELEGRAM_TOKEN": ""}, ("riverside",), "RAPPORT_TELEGRAM_TOKEN (or …__RIVERSIDE) is"),
        ({**GOOD, "RAPPORT_SLACK_BOT_TOKEN": ""}, ("riverside",), "RAPPORT_SLACK_BOT_TOKEN (or …__RIVERSIDE) is"),
        ({**GOOD, "RAPPORT_SLACK_APP_TOKEN": ""}, ("riverside",), "without either no press arrives"),
        ({**GOOD, "RAPPORT_SLACK_BOT_TOKEN": "xapp-1"}, ("riverside",), "RAPPORT_SLACK_BOT_TOKEN is not the right one"),
        ({**GOOD, "RAPPORT_SLACK_APP_TOKEN": "xoxb-1"}, ("riverside",), "RAPPORT_SLACK_APP_TOKEN is not the right one"),
        ({**GOOD, "RAPPORT_TELEGRAM_TOKEN": "xoxb-1"}, ("riverside",), "RAPPORT_TELEGRAM_TOKEN is not the right one"),
        ({**GOOD, "RAPPORT_TELEGRAM_TOKEN__ELSEWHERE": "1:A"}, ("riverside",), "is for a clinic that has no pack"),
        (GOOD, (), "no clinic's pack is in order"),
    ],
)  # fmt: skip
def test_what_a_clinic_lacks_is_one_line(environment: Mapping[str, str], clinics: tuple[str, ...], says: str) -> None:
    (line,) = mistakes(Settings.read(environment), clinics)
    assert says in line
    assert not re.search(r"xoxb-1|xapp-1|AAA", line)


def test_a_token_that_names_no_clinic_is_nobodys_where_there_are_two() -> None:
    settings, both = Settings.read({**GOOD, **HARA}), ("lakeside", "riverside")
    told = list(mistakes(settings, both))
    assert "RAPPORT_TELEGRAM_TOKEN does not say which clinic it is for; write RAPPORT_TELEGRAM_TOKEN__LAKESIDE" in told
    assert plan(settings, both).telegram == {"lakeside": "222:BBB"}


def test_H17_a_clinic_whose_pack_is_broken_leaves_its_token_to_nobody() -> None:
    settings = Settings.read(GOOD)
    assert plan(settings, ("riverside",)).telegram == {"riverside": "111:AAA"}
    assert plan(settings, ("lakeside",), blocked=("riverside",)).telegram == {}
    assert any(
        "does not say which clinic" in line for line in mistakes(settings, ("lakeside",), blocked=("riverside",))
    )


def test_H17_two_clinics_with_one_token_are_a_mistake() -> None:
    same = {f"{name}__{slug}": token for name, token in GOOD.items() for slug in ("RIVERSIDE", "LAKESIDE")}
    told = list(mistakes(Settings.read(same), ("lakeside", "riverside")))
    assert told == [f"{name} is the same for lakeside and riverside; each clinic needs its own" for name in GOOD]


def test_tokens_by_clinic_are_found_whatever_the_spaces_around_them() -> None:
    settings = Settings.read({**HARA, "RAPPORT_TELEGRAM_TOKEN__LAKESIDE": " 222:BBB\n"})
    assert list(mistakes(settings, ("lakeside",))) == []
    assert plan(settings, ("lakeside",)).telegram == {"lakeside": "222:BBB"}


# -- rapport check --------------------------------------------------------------------------------------------------


def test_check_finds_nothing_wrong_with_a_whole_set_of_settings(elsewhere: Path) -> None:
    result = _run("check", **GOOD, RAPPORT_KEYS=new_key())
    assert result.exit_code == 0, result.output
    assert "Everything is in order" in result.output
    assert not list(elsewhere.iterdir()), "it only looks"


def test_check_says_all_at_once(elsewhere: Path) -> None:
    for slug in ("riverside", "lakeside"):
        assert _run("clinic", "new", slug, "--into", "clinics").exit_code == 0
    broken = elsewhere / "clinics" / "lakeside" / "clinic.yaml"
    broken.write_text(
        broken.read_text(encoding="utf-8").replace("zone: Europe/London", "zone: Europe/Atlantis"), encoding="utf-8"
    )
    told = _check(
        RAPPORT_CLINICS="clinics", RAPPORT_KEYS="short", RAPPORT_PORT="no", RAPPORT_FUN="1",
        RAPPORT_DATABASE_URL="nonsense", RAPPORT_SLACK_BOT_TOKEN="wrong", RAPPORT_TELEGRAM_TOKEN__ELSEWHERE="1:A",
    )  # fmt: skip
    for part in ("RAPPORT_PORT is not", "RAPPORT_FUN is not", "RAPPORT_DATABASE_URL is not", "lakeside: ",
                 "clinic.yaml:", "__ELSEWHERE is for a clinic that has no pack", "key"):  # fmt: skip
        assert [line for line in told if part in line], f"nothing about {part!r} in {told}"
    assert len(told) == len(set(told))


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"RAPPORT_KEYS": ""}, "rapport key"),
        ({"RAPPORT_CLINICS": "nowhere"}, "RAPPORT_CLINICS: nowhere is no folder"),
        ({"RAPPORT_DATABASE_URL": "mysql://host/name"}, "are not supported; use sqlite or postgresql"),
        ({"RAPPORT_DATABASE_URL": "sqlite:///no/such/folder/file"}, "there is no folder no/such/folder; make it"),
        ({"RAPPORT_DATABASE_URL": "postgresql://u@127.0.0.1:x/name"}, "is not a database URL"),
        ({"RAPPORT_DATABASE_URL": "postgresql://u@127.0.0.1:1/name"}, "the database cannot be opened"),
    ],
)
def test_check_looks_at_keys_packs_and_database(environment: dict[str, str], says: str) -> None:
    assert [line for line in _check(**environment) if says in line]


def test_check_tells_a_database_that_has_yet_to_be_migrated(fresh_postgresql_url: str) -> None:
    assert _check(RAPPORT_DATABASE_URL=fresh_postgresql_url) == [
        "the database's tables are not up to date; run `rapport db migrate`"
    ]
    assert _run("db", "migrate", RAPPORT_DATABASE_URL=fresh_postgresql_url).exit_code == 0
    result = _run("check", **GOOD, RAPPORT_KEYS=new_key(), RAPPORT_DATABASE_URL=fresh_postgresql_url)
    assert result.exit_code == 0, result.output


def test_run_stops_at_the_first_mistake_with_one_line() -> None:
    for environment in ({"RAPPORT_PORT": "no"}, {"RAPPORT_KEYS": ""}, {"RAPPORT_TELEGRAM_TOKEN": ""}):
        result = _run("run", **{"RAPPORT_KEYS": new_key(), **GOOD, **environment})
        assert result.exit_code == 2
        assert len(result.stderr.splitlines()) == 1
        assert result.stderr.startswith("rapport: ")


# -- rapport client invite, rapport clinic new ----------------------------------------------------------------------


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram(bots={"111:AAA": "riverside_bot"}) as server:
        yield server


def test_inviting_prints_a_link_that_works_once(telegram: FakeTelegram) -> None:
    known = {**GOOD, "RAPPORT_KEYS": new_key(), "RAPPORT_TELEGRAM_API_URL": telegram.url}
    asked = ("client", "invite", "--clinic", "riverside", "--clinician", "amari", "--name", "Sam")
    links = [_run(*asked, **known).stdout.strip() for _ in range(2)]
    for link in links:
        assert re.fullmatch(r"https://t\.me/riverside_bot\?start=[\w-]{32}", link)
    assert links[0] != links[1]
    assert telegram.violations == []


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"--clinic": "nowhere"}, "nowhere"),
        ({"--clinician": "dogan"}, "'dogan' is no clinician of riverside; known are amari"),
        ({"--name": " "}, "a client needs a name"),
        ({"--language": "xx"}, "riverside does not offer 'xx'"),
    ],
)
def test_an_invitation_that_cannot_be_is_explained(telegram: FakeTelegram, changed: dict[str, str], says: str) -> None:
    asked = {"--clinic": "riverside", "--clinician": "amari", "--name": "Sam"} | changed
    known = {**GOOD, "RAPPORT_KEYS": new_key(), "RAPPORT_TELEGRAM_API_URL": telegram.url}
    result = _run("client", "invite", *(part for pair in asked.items() for part in pair), **known)
    assert result.exit_code == 2
    assert says in result.stderr
    assert result.stdout == ""


def test_a_new_clinics_pack_is_in_order_from_the_start() -> None:
    made = _run("clinic", "new", "lakeside", "--into", "clinics")
    assert made.exit_code == 0, made.output
    result = _run("check", **GOOD, RAPPORT_KEYS=new_key(), RAPPORT_CLINICS="clinics")
    assert result.exit_code == 0, result.output
    again = _run("clinic", "new", "lakeside", "--into", "clinics")
    assert (again.exit_code, "is there already" in again.stderr) == (2, True)


@pytest.mark.parametrize("slug", ["Lake Side", "../lake", "", "1lake", "lake-side", "x" * 40])
def test_a_name_that_cannot_be_a_clinics_is_refused(slug: str, elsewhere: Path) -> None:
    result = _run("clinic", "new", slug, "--into", "clinics")
    assert result.exit_code == 2
    assert not (elsewhere / "clinics").exists()


def test_the_example_pack_is_the_one_that_is_served_where_no_folder_is_named() -> None:
    assert (EXAMPLES / "riverside" / "clinic.yaml").is_file()
    assert Settings.read({}).clinics is None
