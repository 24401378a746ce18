"""`rapport client list` and `admit`: who is there, and a person lets in somebody who was asked to wait (F23, H19)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from bot import cli
from bot.app import App, build
from bot.channels.base import Event, Inbound, LinkOpened, TextReceived
from bot.intake import accept
from bot.invite import invite
from bot.settings import Settings
from bot.turn import take_turns
from storage.cipher import new_key
from storage.database import Database
from storage.schema import migrate
from storage.tables import audit, inbox, outbox

UP_TO_CONSENT = ("Show me", "Next", "Next", "Next", "Next", "Next", "No")
UP_TO_AGE = ("London", "Yes, that's right", "United Kingdom", "skip", "skip")
NUMBERS = count()


@pytest.fixture
def app(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    """The example clinic, with nobody in it yet; the commands read the same settings."""
    settings = {"RAPPORT_DATABASE_URL": database_url, "RAPPORT_KEYS": new_key()}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    database = Database(database_url)
    migrate(database)
    database.close()
    opened = build(Settings.read(settings))
    yield opened
    opened.store.database.close()


def rapport(*arguments: str) -> Result:
    return CliRunner().invoke(cli.rapport, [*arguments])


def happens(app: App, event: Event, token: str = "") -> None:
    """Something comes in from Sam's phone, and all that follows from it happens."""
    accept(app.store, [Inbound("riverside", "telegram", "111", str(next(NUMBERS)), event, "42", token)], event.at)
    turns(app)


def turns(app: App) -> None:
    while take_turns(app.store, app.shelf, datetime.now(UTC)):
        pass


def writes(app: App, *texts: str) -> None:
    for text in texts:
        happens(app, TextReceived(at=datetime.now(UTC), text=text))


def sam(app: App) -> str:
    """Sam Okoro was invited and has opened the link. Their id."""
    invited = invite(app, "riverside", "amari", "Sam Okoro")
    happens(app, LinkOpened(at=datetime.now(UTC)), invited.token)
    return invited.client


def minor(app: App) -> str:
    """Sam has answered everything, and is fifteen."""
    client = sam(app)
    writes(app, *UP_TO_CONSENT, "Yes, I agree", *UP_TO_AGE, "15")
    assert "Until then I send you no check-ins" in last_said(app)
    return client


def last_said(app: App) -> str:
    """The newest message to a phone, as it lies in the outbox."""
    newest = select(outbox).where(outbox.c.channel == "telegram", outbox.c.kind == "message").order_by(outbox.c.id)
    with app.store.database.transaction() as connection:
        row = [*connection.execute(newest)][-1]
    return str(app.store.cipher.open(f"riverside|outbox|body|{row.id}", row.body_sealed)["text"])


def status(app: App, client: str) -> str:
    listed = rapport("client", "list", "--clinic", "riverside").output.splitlines()
    return next(line.split()[1] for line in listed if client in line)


def test_the_list_shows_initials_status_and_id_and_no_full_name(app: App) -> None:
    client = sam(app)
    listed = rapport("client", "list", "--clinic", "riverside")
    assert listed.exit_code == 0
    assert listed.output.split() == ["S.O.", "joining", client]


def test_full_names_are_listed_only_when_asked_for_and_that_is_written_down(app: App) -> None:
    client = sam(app)
    assert client + "  Sam Okoro" in rapport("client", "list", "--clinic", "riverside", "--names").output
    with app.store.database.transaction() as connection:
        looked = [(row.subject, row.action, row.by) for row in connection.execute(select(audit))]
    assert looked == [("clinic:riverside", "listed_names", "operator")]


def test_an_unknown_clinic_is_told(app: App) -> None:
    assert rapport("client", "list", "--clinic", "nowhere").exit_code == 2


def test_F23_a_minor_is_let_in_by_a_person_is_told_warmly_and_gets_check_ins_from_then_on(app: App) -> None:
    client = minor(app)
    admitted = rapport("client", "admit", "--clinic", "riverside", "--by", "amari", client)
    assert admitted.exit_code == 0, admitted.stderr
    turns(app)
    assert last_said(app).startswith("Hello Sam Okoro. The team at Riverside Counselling (example) has let you in")
    assert status(app, client) == "active"
    with app.store.database.transaction() as connection:
        planned = [row.external_id for row in connection.execute(select(inbox).where(inbox.c.source == "timer"))]
        by = [row.by for row in connection.execute(select(audit).where(audit.c.action == "admitted"))]
    assert "check_in" in planned
    assert by == ["amari"]


def test_F23_a_second_admission_is_refused_and_one_under_way_changes_nothing(app: App) -> None:
    client = minor(app)
    for _ in range(2):  # the second before the first had its turn
        assert rapport("client", "admit", "--clinic", "riverside", client).exit_code == 0
    turns(app)
    with app.store.database.transaction() as connection:
        assert len([*connection.execute(select(audit).where(audit.c.action == "admitted"))]) == 1
    again = rapport("client", "admit", "--clinic", "riverside", client)
    assert again.exit_code == 2
    assert "has joined already" in again.stderr


def test_S33_nobody_is_let_in_who_has_not_agreed_to_the_privacy_terms(app: App) -> None:
    client = sam(app)
    writes(app, *UP_TO_CONSENT, "No, I don't agree")
    refused = rapport("client", "admit", "--clinic", "riverside", client)
    assert refused.exit_code == 2
    assert "has not agreed to the privacy terms" in refused.stderr
    assert status(app, client) == "joining"


def test_somebody_who_is_still_answering_is_not_let_in_over_their_head(app: App) -> None:
    client = sam(app)
    assert "still answering" in rapport("client", "admit", "--clinic", "riverside", client).stderr


def test_nobody_is_let_in_while_their_case_is_open(app: App) -> None:
    client = minor(app)
    writes(app, "I want to kill myself")
    assert "has an open case, 1; close it first" in rapport("client", "admit", "--clinic", "riverside", client).stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nobody"], "riverside has no client nobody"),
        (["--by", "dogan", "nobody"], "'dogan' is no clinician of riverside"),
        (["--by", "nobody", "nobody"], "'nobody' is no clinician of riverside"),
    ],
)
def test_H17_who_is_nobody_here_is_told_in_one_line(app: App, arguments: list[str], told: str) -> None:
    refused = rapport("client", "admit", "--clinic", "riverside", *arguments)
    assert refused.exit_code == 2
    assert told in refused.stderr


def test_somebody_who_has_not_opened_the_link_is_not_let_in(app: App) -> None:
    client = invite(app, "riverside", "amari", "Sam").client
    assert "has not opened the invitation" in rapport("client", "admit", "--clinic", "riverside", client).stderr
