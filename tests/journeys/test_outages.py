"""Slack, Telegram, the database, a flow or the product itself fails (H04, H12, F20): nothing is lost, all is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import delete, func, select, update

import flows
from bot import intake, watch
from bot.channels.base import Inbound
from bot.packs import Pack
from fakes.phone import FakeUser
from fixtures.logs import ExpectsLog, Watch
from flows.events import TextReceived
from storage import inbox as inbox_of
from storage.tables import alerts, clients, flow_versions, inbox, outbox
from support.desk import RISKY, amari, at_risk, card, dialog, happened, history, member
from support.journey import tap, writes
from support.product import Product, pack_copy, running
from support.second_path import SecondPath

NAME = "Zebediah Quill"


def _says_something_risky(product: Product, name: str = "Sam") -> FakeUser:
    sam = member(product, name=name)
    sam.says(f"{RISKY} under the purple umbrella")
    sam.sees("Are you thinking about ending your life")
    return sam


def _posted_to(product: Product, channel: str) -> int:
    return len(product.slack.calls("chat.postMessage", channel=channel))


# -- Slack ----------------------------------------------------------------------------------------------------------


def test_H04_while_slack_takes_nothing_a_mail_goes_out_at_once_and_a_phone_rings_by_and_by(
    product: Product, beside: SecondPath, expects_log: ExpectsLog
) -> None:
    expects_log("not_sent")
    product.slack.fail_always("chat.postMessage", status=503)
    sam = _says_something_risky(product, NAME)
    product.slack.wait_for(lambda: [mail["To"] for mail in beside.mails] == ["amari@riverside.example"])
    happened(product, "delivered")
    product.push(minutes=10)
    product.slack.wait_for(lambda: "bello@riverside.example" in [mail["To"] for mail in beside.mails])
    product.push(minutes=10)
    product.slack.wait_for(lambda: [call["person"] for call in beside.calls] == ["eriksen"])
    said = "\n".join(mail.get_payload(decode=True).decode() for mail in beside.mails) + str(beside.calls)
    for secret in ("Zebediah", "Quill", "umbrella", "kill"):
        assert secret not in said
    assert "case 1" in said.lower()
    assert "It has reached them" not in sam.screen()
    assert "I have not been able to reach them yet" in sam.screen()
    product.slack.heal()
    product.push(minutes=1)
    card(amari(product))
    sam.sees("It has reached them")


def test_H04_slack_is_left_alone_for_as_long_as_it_asks(product: Product, expects_log: ExpectsLog) -> None:
    expects_log("not_sent")
    product.slack.fail_next("chat.postMessage", retry_after=7, channel="U0AMARI")
    _says_something_risky(product)
    _put_off(product, 1)
    product.push(seconds=6)
    bello = product.slack.user("U0BELLO")
    bello.commands("/rapport", "alerts")
    product.slack.wait_for(lambda: bello.ephemerals)
    assert _posted_to(product, "U0AMARI") == 1
    product.push(seconds=2)
    card(amari(product))


@pytest.mark.parametrize("accepted", [True, False])
def test_H12_an_answer_of_slacks_that_got_lost_loses_no_card(
    product: Product, expects_log: ExpectsLog, accepted: bool
) -> None:
    expects_log("not_sent")
    product.slack.drop_next("chat.postMessage", accepted=accepted, channel="U0AMARI")
    sam = _says_something_risky(product)
    product.slack.wait_for(lambda: history(product).count("undelivered") == 1)
    product.push(seconds=31)
    product.slack.wait_for(lambda: len([m for m in amari(product).dms if m.buttons]) == 1 + accepted)
    amari(product).presses(amari(product).dms[0], "Acknowledge")
    sam.sees("Dr Amari knows about it now")
    happened(product, "opened")


def test_H03_somebody_who_left_slack_is_passed_over_at_once(
    product: Product, beside: SecondPath, expects_log: ExpectsLog
) -> None:
    expects_log("not_sent")
    _knows_who_is_there(product)
    amari(product).deleted = True
    sam = _says_something_risky(product)
    card(product.slack.user("U0BELLO"))
    product.slack.wait_for(lambda: "amari@riverside.example" in [mail["To"] for mail in beside.mails])
    sam.sees("It has reached them")


def test_H03_somebody_who_is_known_to_have_left_is_not_waited_for(stopped_product: Product) -> None:
    amari(stopped_product).deleted = True
    with running(stopped_product) as product:
        _knows_who_is_there(product)
        member(product).says(RISKY)
        card(product.slack.user("U0BELLO"))
        assert "skipped" in history(product)
        assert _posted_to(product, "U0AMARI") == 0


def _knows_who_is_there(product: Product) -> None:
    """Wait until the product has asked Slack who can be told."""
    product.slack.wait_for(lambda: product.slack.calls("conversations.members"))
    product.slack.wait_for(lambda: product.app and product.app.shelf("riverside").world.away.team)


@pytest.mark.parametrize("error", ["invalid_auth", "channel_not_found", "user_disabled"])
def test_H04_an_error_that_stays_climbs_the_whole_ladder_at_once_and_then_waits(
    product: Product, beside: SecondPath, expects_log: ExpectsLog, error: str
) -> None:
    expects_log("not_sent")
    product.slack.fail_always("chat.postMessage", error=error)
    _says_something_risky(product)
    everybody = {"amari@riverside.example", "bello@riverside.example", "oncall@riverside.example",
                 "castro@riverside.example"}  # fmt: skip
    product.slack.wait_for(lambda: {mail["To"] for mail in beside.mails} == everybody and beside.calls)
    _quiet(product)
    tries = _posted_to(product, "C0TEAM")
    assert tries < 6, "the last rung must wait for its repeat, not spin"
    product.push(minutes=15)
    product.slack.wait_for(lambda: _posted_to(product, "C0TEAM") > tries)


def _quiet(product: Product) -> None:
    """Wait until nothing is due and nothing is on its way."""
    now = product.clock.now()
    events = select(inbox.c.id).where(inbox.c.done_at.is_(None), inbox.c.due_at <= now)
    messages = select(outbox.c.id).where(outbox.c.settled_at.is_(None), outbox.c.due_at <= now)
    product.slack.wait_for(lambda: not product.rows(messages) and not product.rows(events))


def _put_off(product: Product, times: int) -> None:
    """Wait until a message has been tried so many times, and is to be tried again."""
    waits = select(outbox.c.attempts).where(outbox.c.settled_at.is_(None))
    product.slack.wait_for(lambda: times in [row.attempts for row in product.rows(waits)])


# -- Telegram -------------------------------------------------------------------------------------------------------


def test_H04_telegram_is_left_alone_for_as_long_as_it_asks(product: Product, expects_log: ExpectsLog) -> None:
    expects_log("not_sent")
    sam = member(product)
    product.telegram.fail_next("sendMessage", retry_after=9)
    sam.says("/help")
    _put_off(product, 1)
    product.push(seconds=8)
    _quiet(product)
    assert not sam.messages
    product.push(seconds=2)
    sam.sees("This is what I can do")


def test_H12_messages_keep_their_order_when_the_first_has_to_be_tried_again(
    product: Product, expects_log: ExpectsLog
) -> None:
    expects_log("not_sent")
    sam = member(product)
    product.telegram.fail_next("sendMessage", status=500, times=2)
    sam.says("/help")
    _put_off(product, 1)
    sam.says("good morning")
    product.push(seconds=2)
    _put_off(product, 2)
    product.push(seconds=3)
    sam.sees("I can't answer that myself")
    assert ["This is what I can do" in message.text for message in sam.messages] == [True, False]


def test_H12_an_answer_of_telegrams_that_got_lost_repeats_the_sentence_rather_than_losing_it(
    product: Product, expects_log: ExpectsLog
) -> None:
    expects_log("not_sent")
    sam = member(product)
    product.telegram.drop_next("sendMessage")
    sam.says("/help")
    _put_off(product, 1)
    product.push(seconds=2)
    product.telegram.wait_for(lambda: sam.screen().count("This is what I can do") == 2)


def test_H04_a_client_who_turns_out_to_have_blocked_the_bot_is_to_be_phoned(
    product: Product, expects_log: ExpectsLog
) -> None:
    expects_log("not_sent")
    sam = member(product)
    sam.blocked = True  # Telegram's own note of it got lost; the refusal of the reply is what is left
    sam.says(RISKY)
    amari(product).sees("cannot reach this client")
    assert [row.reachable for row in product.rows(select(clients))] == [False]
    sam.unblocks_bot()
    product.telegram.wait_for(lambda: [row.reachable for row in product.rows(select(clients))] == [True])


# -- the product itself ---------------------------------------------------------------------------------------------


def test_H12_a_restart_in_the_middle_of_a_check_in_is_not_noticed(product: Product) -> None:
    sam = member(product)
    writes(sam, "/checkin", "How have you been")
    product.stop()
    sam.presses("Good")  # while nobody is there
    product.start()
    sam.sees("What has helped you")
    product.stop()
    product.push(hours=8, minutes=30)  # the hour of the next check-in: this one is still open
    product.start()
    tap(sam, "Skip", "what got in the way")


def test_H12_a_check_in_whose_hour_came_while_nobody_was_there_comes_after_the_start(product: Product) -> None:
    sam = member(product)
    product.stop()
    product.push(hours=8, minutes=5)
    product.start()
    sam.sees("This is your check-in from Riverside")


def test_H02_a_restart_keeps_the_ladder_climbing(product: Product) -> None:
    sam = at_risk(product)
    product.stop()
    product.push(minutes=11)
    product.start()
    card(product.slack.user("U0BELLO"))
    product.push(minutes=10)
    card(product.slack.user("U0ERIKSEN"))
    assert sam.screen().count("It has reached them") == 1


def test_H12_what_could_not_be_sent_before_a_restart_is_sent_after_it(
    product: Product, expects_log: ExpectsLog
) -> None:
    expects_log("not_sent")
    product.slack.fail_always("chat.postMessage", status=500)
    sam = _says_something_risky(product)
    happened(product, "delivered")  # the mail
    product.stop()
    product.slack.heal()
    product.push(seconds=31)
    product.start()
    card(amari(product))
    sam.sees("It has reached them")


# -- the database ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("migrated_url", ["postgresql"], indirect=True)
def test_H04_a_database_that_goes_away_and_comes_back_loses_nothing(
    product: Product, postgresql_url: str, expects_log: ExpectsLog, log_watch: Watch, may_log: None
) -> None:
    expects_log("database_away")
    sam = member(product)
    with _away(product, postgresql_url):
        sam.says(RISKY)
        product.telegram.wait_for(lambda: "database_away" in [record.msg for record in log_watch.records])
        assert product.telegram.waiting()
    sam.sees("Are you thinking about ending your life")
    card(amari(product))
    assert sam.screen().count("Thank you for telling me") == 1


MAY_BE_LOGGED = {"batch_failed", "updates_not_stored", "not_accepted", "turn_failed", "slack_not_stored"}


@pytest.fixture
def may_log(log_watch: Watch) -> Iterator[None]:
    """What else is logged depends on which part of the product is the first to notice."""
    yield
    log_watch.expected |= {record.msg for record in log_watch.records} & MAY_BE_LOGGED


@contextmanager
def _away(product: Product, admin: str) -> Iterator[None]:
    """Nobody can connect to the product's database, and who was connected no longer is."""
    assert product.app is not None
    name = product.app.store.database.engine.url.database
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            yield
        finally:
            connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


# -- a flow, its words, the screen ----------------------------------------------------------------------------------


def _break(product: Product, change: Pack) -> None:
    assert product.app is not None
    product.app.shelf.packs["riverside"] = change


def _pack(product: Product) -> Pack:
    assert product.app is not None
    return product.app.shelf("riverside")


def _without_flow(pack: Pack, name: str) -> Pack:
    flows = {flow: each for flow, each in pack.world.book.flows.items() if flow != name}
    return replace(pack, world=replace(pack.world, book=replace(pack.world.book, flows=flows)))


def _without_text(pack: Pack, text: str) -> Pack:
    lookup = pack.wording.lookup
    texts = {name: each for name, each in lookup.base.texts.items() if name != text}
    return replace(pack, wording=replace(pack.wording, lookup=replace(lookup, base=replace(lookup.base, texts=texts))))


def _tried(product: Product, times: int) -> None:
    product.telegram.wait_for(lambda: max(row.attempts for row in product.rows(select(inbox))) == times)


def test_law3_a_flow_that_fails_takes_nothing_of_the_alert_and_the_reply_away(
    product: Product, expects_log: ExpectsLog
) -> None:
    expects_log("step_failed")
    sam, whole = member(product), _pack(product)
    _break(product, _without_flow(whole, "safety"))
    sam.says(RISKY)
    said = sam.sees("passing this to Dr Amari's team").text
    assert "999" in said
    card(amari(product))
    _break(product, whole)
    product.push(seconds=2)
    sam.sees("Are you thinking about ending your life")
    happened(product, "opened")
    assert sam.screen().count("passing this to Dr Amari's team") == 1


def test_law5_a_step_that_never_succeeds_is_given_up_loudly_and_delays_no_later_text(
    product: Product, expects_log: ExpectsLog
) -> None:
    expects_log("step_failed", "step_given_up")
    sam = member(product)
    _break(product, _without_flow(_pack(product), "check_in"))
    sam.says("/checkin")
    _tried(product, 1)
    writes(sam, RISKY, "Are you thinking about ending your life")
    card(amari(product))
    _give_up(product)
    sam.sees("Something went wrong with your last message")
    desk = product.slack.channel("C0DESK")
    product.slack.wait_for(lambda: any("of *S.* could not be handled" in message.words for message in desk.messages))


def _rewritten(product: Product, folder: Path) -> Path:
    """The clinic's own check-in, in other words; used from the next start on."""
    pack_copy(folder)
    file = folder / "riverside" / "flows" / "check_in.yaml"
    file.parent.mkdir(exist_ok=True)
    shipped = Path(flows.__file__).parent / "catalog" / "check_in.yaml"
    file.write_text(shipped.read_text(encoding="utf-8").replace("What has helped you", "What did you good"), "utf-8")
    product.environment["RAPPORT_CLINICS"] = str(folder)
    return file


def test_H20_a_conversation_goes_on_in_the_words_that_it_began_with(stopped_product: Product, tmp_path: Path) -> None:
    with running(stopped_product) as product:
        sam = member(product)
        writes(sam, "/checkin", "How have you been")
    _rewritten(stopped_product, tmp_path)
    with running(stopped_product) as product:
        tap(sam, "Good", "What has helped you")
        kim = member(product, 43, "Kim")
        writes(kim, "/checkin", "How have you been")
        tap(kim, "Good", "What did you good")


def test_law5_a_version_that_is_gone_is_told_and_keeps_no_alert_from_anybody(
    stopped_product: Product, tmp_path: Path, expects_log: ExpectsLog
) -> None:
    expects_log("step_failed")
    file = _rewritten(stopped_product, tmp_path)
    with running(stopped_product) as product:
        sam = member(product)
        writes(sam, "/checkin", "How have you been")
    file.unlink()
    with running(stopped_product) as product:
        product.stop()
        product.rows(delete(flow_versions).where(flow_versions.c.flow == "check_in").returning(flow_versions.c.version))
        product.start()
        sam.presses("Good")
        _tried(product, 1)
        writes(sam, RISKY, "Are you thinking about ending your life")
        amari(product).submits(dialog(amari(product), "Resolve", "What came of it"), {"outcome": "session_booked"})
        sam.sees("closed it on the clinic's side")
        writes(sam, "/checkin", "How have you been")


def _give_up(product: Product) -> None:
    """Push the clock over every further try of the event that failed once."""
    for attempt in range(1, 8):
        _tried(product, attempt)
        product.push(seconds=2**attempt)


def test_law5_words_that_are_missing_stop_one_message_and_not_the_product(
    product: Product, expects_log: ExpectsLog
) -> None:
    expects_log("step_failed")
    sam, kim, whole = member(product), member(product, 43, "Kim"), _pack(product)
    _break(product, _without_text(whole, "client.help"))
    sam.says("/help")
    _tried(product, 1)
    writes(kim, "/privacy", "What would you like to know about your privacy")
    writes(sam, RISKY, "Are you thinking about ending your life")
    _break(product, whole)
    product.push(seconds=2)
    sam.sees("This is what I can do")


def test_law3_a_screen_that_fails_is_an_alert(product: Product) -> None:
    def broken(_texts: object) -> None:
        raise ZeroDivisionError

    sam = member(product)
    _break(product, replace(_pack(product), screen=broken))
    sam.says("good morning")
    sam.sees("passing this to Dr Amari's team")
    assert card(amari(product)).holds("could not be checked")


# -- the watch ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("put_off", [False, True])
def test_F20_a_text_that_nobody_has_screened_for_a_minute_is_an_alert(
    product: Product, expects_log: ExpectsLog, put_off: bool
) -> None:
    expects_log("text_unscreened")
    sam, app = member(product), product.app
    assert app is not None
    product.stop()  # no turns are taken
    text = TextReceived(at=product.clock.now(), text="good morning")
    intake.accept(app.store, [Inbound("riverside", "telegram", "111", "9", text, "42")], product.clock.now())
    if put_off:
        later = product.clock.now().replace(hour=23)
        product.rows(update(inbox).where(inbox.c.kind == "TextReceived").values(due_at=later).returning(inbox.c.id))
    product.push(seconds=59)
    assert watch.check(app.store, app.shelf, product.clock.now()) == 0
    product.push(seconds=2)
    assert watch.check(app.store, app.shelf, product.clock.now()) == 1
    assert watch.check(app.store, app.shelf, product.clock.now()) == 0
    product.start()
    assert card(amari(product)).holds("could not be checked")
    sam.sees("passing this to Dr Amari's team")
    happened(product, "opened")


def test_F20_one_text_that_cannot_be_alerted_keeps_no_other_from_it(product: Product, expects_log: ExpectsLog) -> None:
    expects_log("text_unscreened", "text_not_alerted")
    member(product)
    member(product, 43, "Kim")
    app = product.app
    assert app is not None
    product.stop()
    now = product.clock.now()
    for number in (1, 2):
        text = TextReceived(at=now, text="good morning")
        intake.accept(app.store, [Inbound("riverside", "telegram", "111", str(number), text, str(41 + number))], now)
    first = select(func.min(inbox.c.id)).where(inbox.c.kind == "TextReceived").scalar_subquery()
    product.rows(update(inbox).where(inbox.c.id == first).values(body_sealed=None).returning(inbox.c.id))
    product.push(seconds=61)
    assert watch.check(app.store, app.shelf, product.clock.now()) == 2
    assert [row.category for row in product.rows(select(alerts))] == ["unchecked"]


def test_F20_an_event_that_cannot_even_be_read_stops_nobody_else(product: Product, expects_log: ExpectsLog) -> None:
    expects_log("turn_stuck")
    sam = member(product)
    product.stop()
    app, now = product.app, product.clock.now()
    assert app is not None
    arrival = inbox_of.Arrival("riverside", "telegram", "111", "1", "chat:7", "OfAnotherVersion", {}, now, 7)
    with app.store.database.transaction() as connection:
        inbox_of.accept(connection, app.store.cipher, app.store.ids, [arrival])
    product.start()
    _tried(product, 1)
    writes(sam, "/help", "This is what I can do")


def test_F20_an_open_case_without_a_ladder_timer_gets_one(product: Product, expects_log: ExpectsLog) -> None:
    expects_log("case_without_timer")
    at_risk(product)
    now = product.clock.now()
    lost = (inbox.c.source == "timer") & (inbox.c.external_id == "ladder")
    product.rows(update(inbox).where(lost).values(done_at=now).returning(inbox.c.id))
    assert product.app is not None
    assert watch.check(product.app.store, product.app.shelf, now) == 1
    card(product.slack.user("U0BELLO"))
    assert watch.check(product.app.store, product.app.shelf, now) == 0
