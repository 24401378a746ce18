"""Several clinics in one process: words, clients, alerts and staff never cross; one's fault is its own (H17, law 5)."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.app import EXAMPLES
from bot.errors import BotError
from fakes.phone import FakeUser
from fakes.slack import FakeSlack
from fakes.telegram import FakeTelegram
from fixtures.logs import ExpectsLog
from storage.tables import alerts, clients, metadata
from support.clock import FakeClock
from support.desk import RISKY, amari, card, dialog, history, member
from support.journey import writes
from support.product import Product, running
from support.second_path import SecondPath

LAKESIDE_TOKEN = "222:BBB"
PHRASES = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Language: en\\n"

msgctxt "client.nothing_asked"
msgid "{source}"
msgstr "The lake has heard you."
"""


@pytest.fixture
def telegram(clock: FakeClock) -> Iterator[FakeTelegram]:
    """Two bots."""
    with FakeTelegram(bots={"111:AAA": "riverside_bot", LAKESIDE_TOKEN: "lakeside_bot"}, clock=clock.now) as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The packs of two clinics; of the people of the second one, Dr Hara is in Slack under Dr Amari's own id."""
    for slug in ("riverside", "lakeside"):
        shutil.copytree(EXAMPLES / "riverside", tmp_path / slug)
    file = tmp_path / "lakeside" / "clinic.yaml"
    text = file.read_text(encoding="utf-8")
    for old, new in {
        "clinic: riverside": "clinic: lakeside", "Riverside Counselling": "Lakeside Counselling", "Dr Amari": "Dr Hara",
        "7946 0000": "7946 0999", "C0TEAM": "C0LAKE",
    }.items():  # fmt: skip
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def two(
    database_url: str, clock: FakeClock, telegram: FakeTelegram, slack: FakeSlack, beside: SecondPath, folder: Path
) -> Product:
    """The product with both clinics, not started yet."""
    lake = slack.add_workspace("T2", "xoxb-lakeside", "xapp-lakeside", "other-secret")
    for user in ("U0AMARI", "U0BELLO", "U0CASTRO", "U0DOGAN", "U0ERIKSEN"):
        slack.add_user(user, workspace=lake)
    slack.add_channel("C0LAKE", "team", ["U0AMARI", "U0BELLO"], workspace=lake)
    slack.add_channel("C0DESK", "front-desk", ["U0DOGAN"], workspace=lake)
    environment = {
        "RAPPORT_CLINICS": str(folder), "RAPPORT_SMTP_URL": beside.smtp_url,
        "RAPPORT_PHONE_WEBHOOK_URL": beside.webhook_url,
        "RAPPORT_TELEGRAM_TOKEN": "", "RAPPORT_SLACK_BOT_TOKEN": "", "RAPPORT_SLACK_APP_TOKEN": "",
        "RAPPORT_TELEGRAM_TOKEN__RIVERSIDE": "111:AAA", "RAPPORT_TELEGRAM_TOKEN__LAKESIDE": LAKESIDE_TOKEN,
        "RAPPORT_SLACK_BOT_TOKEN__RIVERSIDE": "xoxb-riverside", "RAPPORT_SLACK_BOT_TOKEN__LAKESIDE": "xoxb-lakeside",
        "RAPPORT_SLACK_APP_TOKEN__RIVERSIDE": "xapp-riverside", "RAPPORT_SLACK_APP_TOKEN__LAKESIDE": "xapp-lakeside",
    }  # fmt: skip
    return Product(database_url, clock, telegram, slack, environment)


def _at_the_lake(product: Product, user: int = 42, name: str = "Kim") -> FakeUser:
    return member(product, user, name, "lakeside", token=LAKESIDE_TOKEN)


def _lake(product: Product):
    return product.slack.workspaces[1]


def _hara(product: Product):
    return product.slack.user("U0AMARI", _lake(product))


# -- nothing crosses ------------------------------------------------------------------------------------------------


def test_H17_one_person_is_two_clients_who_know_nothing_of_each_other(two: Product) -> None:
    with running(two) as product:
        sam, kim = member(product, name="Sam"), _at_the_lake(product)
        writes(sam, RISKY, "passing this to Dr Amari's team")
        card(amari(product))
        writes(kim, "/stop", "stop")
        kim.says("good morning")
        writes(kim, "/crisis", "call 999")
        assert "Dr Amari" not in kim.screen()
        assert [(row.clinic_id, row.number) for row in product.rows(select(alerts))] == [("riverside", 1)]
        assert not _hara(product).dms
        assert not product.slack.calls("chat.postMessage", token="xoxb-lakeside")
        assert not _lake(product).channels["C0LAKE"].messages
        assert sorted(row.clinic_id for row in product.rows(select(clients))) == ["lakeside", "riverside"]


def test_H17_the_same_slack_id_in_two_workspaces_is_two_people(two: Product) -> None:
    with running(two) as product:
        member(product, name="Sam").says(RISKY)
        card(amari(product))
        _at_the_lake(product).says(RISKY)
        theirs = card(_hara(product))
        _hara(product).presses(theirs, "Acknowledge")
        product.slack.wait_for(lambda: history(product) and "acknowledged" in history(product))
        status = {row.clinic_id: row.status for row in product.rows(select(alerts))}
        assert status == {"riverside": "open", "lakeside": "acknowledged"}
        dialog(_hara(product), "Reveal", "Kim")
        assert "Sam" not in _hara(product).screen()


def test_H17_a_case_of_another_clinic_cannot_be_named(two: Product) -> None:
    with running(two) as product:
        sam = member(product, name="Sam")
        sam.says(RISKY)
        card(amari(product))
        _hara(product).commands("/rapport", "ack 1")
        product.slack.wait_for(lambda: "no open case 1" in _hara(product).screen())
        _hara(product).commands("/rapport", "alerts")
        product.slack.wait_for(lambda: "There are no open cases" in _hara(product).screen())
        assert "acknowledged" not in history(product)


def test_H17_a_link_opens_nothing_at_another_clinics_bot(two: Product) -> None:
    with running(two) as product:
        link = product.invite("Sam")
        other = product.telegram.chat(42, LAKESIDE_TOKEN)
        other.opens(link)
        other.sees("This link does not work any more")
        assert "Sam" not in other.screen()
        assert [row.status for row in product.rows(select(clients))] == ["invited"]
        right = product.telegram.chat(42)
        right.opens(link)
        right.sees("I am a program, not a person")


def test_H17_each_clinic_speaks_its_own_words(two: Product, folder: Path) -> None:
    own = "client.nothing_asked"
    with running(two) as product:
        assert product.app is not None
        source = product.app.shelf("lakeside").wording.lookup.texts[own].source
    (folder / "lakeside" / "locales").mkdir(exist_ok=True)
    words = PHRASES.replace("{source}", source.replace('"', '\\"').replace("\n", "\\n"))
    (folder / "lakeside" / "locales" / "en.po").write_text(words, encoding="utf-8")
    with running(two) as product:
        writes(_at_the_lake(product), "good morning", "The lake has heard you.")
        writes(member(product), "good morning", "I can't answer that myself")


def test_H17_every_row_of_a_tenant_names_its_clinic(two: Product) -> None:
    with running(two) as product:
        writes(_at_the_lake(product), RISKY, "passing this to Dr Hara's team")
        card(_hara(product))
        for table in metadata.sorted_tables:
            if "clinic_id" in table.c and table.name not in ("clinics", "flow_versions"):
                assert {row.clinic_id for row in product.rows(select(table))} <= {"lakeside"}, table.name


# -- one's fault is its own -----------------------------------------------------------------------------------------


def test_law5_a_broken_pack_blocks_only_its_own_new_invitations(
    two: Product, folder: Path, expects_log: ExpectsLog
) -> None:
    with running(two) as product:
        kim = _at_the_lake(product)
        writes(kim, "/checkin", "How have you been")
    file = folder / "lakeside" / "clinic.yaml"
    file.write_text(re.sub("region: GB.*", "region: Atlantis", file.read_text(encoding="utf-8")), encoding="utf-8")
    expects_log("pack_refused", "last_good_pack_used")
    with running(two) as product:
        with pytest.raises(BotError, match="nobody can be invited to lakeside yet"):
            product.invite(clinic="lakeside")
        assert product.invite(clinic="riverside")
        kim.presses("Good")
        kim.sees("What has helped you")
        writes(kim, RISKY, "passing this to Dr Hara's team")
        card(_hara(product))


def test_law5_a_clinic_whose_folder_is_gone_keeps_its_clients(
    two: Product, folder: Path, expects_log: ExpectsLog
) -> None:
    with running(two) as product:
        kim = _at_the_lake(product)
    shutil.rmtree(folder / "lakeside")
    expects_log("last_good_pack_used")
    with running(two) as product:
        writes(kim, RISKY, "passing this to Dr Hara's team")
        card(_hara(product))


def test_a_broken_pack_that_was_never_good_does_not_keep_the_others_from_starting(
    two: Product, folder: Path, expects_log: ExpectsLog
) -> None:
    (folder / "lakeside" / "clinic.yaml").write_text("clinic: lakeside\n", encoding="utf-8")
    expects_log("pack_refused")
    with running(two) as product:
        writes(member(product), "/help", "This is what I can do")
        with pytest.raises(BotError, match="no pack of the clinic 'lakeside'"):
            product.invite(clinic="lakeside")
