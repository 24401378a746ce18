"""E-mail by SMTP: what is handed in, and what each answer of a server means."""

from __future__ import annotations

import asyncio
import email
import email.policy
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from bot.channels.base import Outbound, SendError
from bot.channels.email import EmailChannel, Server, read_url
from bot.desk import cards
from fixtures.logs import ExpectsLog
from support.cases import SECRETS, case

MAIL = Outbound("email", "email:bell", cards.mail(case(), "undelivered") | {"to": "bell@clinic.example"}, "riverside")


class Mailbox:
    """A mail server's memory. `answer` is what it says to a finished mail, `recipient` to each address."""

    def __init__(self, answer: str = "250 taken", recipient: str = "") -> None:
        self.answer, self.recipient = answer, recipient
        self.mails: list[Any] = []

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if self.recipient:
            return self.recipient
        envelope.rcpt_tos.append(address)
        return "250 known"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.mails.append((envelope.rcpt_tos, email.message_from_bytes(envelope.content, policy=email.policy.default)))
        return self.answer


def send(box: Mailbox, url: str, message: Outbound = MAIL, **options: Any) -> str:
    """Hand a mail in to a server on loopback, which stands for HOST in the URL."""

    async def run() -> str:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(box, hostname="mail.example", loop=loop, **options), "127.0.0.1", 0
        )
        port = server.sockets[0].getsockname()[1]
        try:
            return await EmailChannel(url.replace("HOST", f"127.0.0.1:{port}"), 5).send(message)
        finally:
            server.close()
            await server.wait_closed()

    return asyncio.run(run())


def refused(box: Mailbox, url: str, message: Outbound = MAIL, **options: Any) -> SendError:
    with pytest.raises(SendError) as found:
        send(box, url, message, **options)
    return found.value


def test_H04_a_mail_says_which_case_how_soon_and_what_to_do_and_no_name() -> None:
    box = Mailbox()
    sent = send(box, "smtp://HOST?from=rapport@clinic.example&tls=none")
    ((to, mail),) = box.mails
    assert to == ["bell@clinic.example"]
    assert mail["Subject"] == "Rapport: case 12 at Riverside & Sons <Practice>, look now"
    assert (mail["From"], mail["Message-ID"], mail["Auto-Submitted"]) == (
        "rapport@clinic.example",
        sent,
        "auto-generated",
    )
    assert mail["Date"]
    text = mail.get_content()
    assert "/rapport ack 12" in text
    assert [secret for secret in SECRETS if secret in str(mail) + text] == []


def test_signing_in_with_a_password_full_of_signs(expects_log: ExpectsLog) -> None:
    expects_log("mail.log")  # the test server complains of its own library
    box = Mailbox()

    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"us@er", b"p:@/s"), handled=False)

    known: dict[str, Any] = {"authenticator": check, "auth_require_tls": False}
    send(box, "smtp://us%40er:p%3A%40%2Fs@HOST?from=rapport@clinic.example&tls=none", **known)
    error = refused(box, "smtp://user:wrong@HOST?from=rapport@clinic.example&tls=none", **known)
    assert (error.code, error.retryable) == ("smtp_535", False)
    assert len(box.mails) == 1


@pytest.mark.parametrize(("code", "retryable"), [("451", True), ("421", True), ("550", False), ("554", False)])
def test_H04_a_passing_refusal_is_tried_again_and_a_final_one_is_not(code: str, retryable: bool) -> None:
    url = "smtp://HOST?from=a@b.example&tls=none"
    assert refused(Mailbox(answer=f"{code} no"), url).retryable is retryable
    error = refused(Mailbox(recipient=f"{code} no"), url)
    assert (error.code, error.retryable) == (f"smtp_{code}", retryable)


def test_nothing_is_sent_in_the_clear_where_tls_is_wanted() -> None:
    box = Mailbox()
    assert refused(box, "smtp://HOST?from=a@b.example").code == "smtp_unsupported"
    assert box.mails == []


def test_H04_a_server_that_is_not_there_or_does_not_answer_is_tried_again() -> None:
    async def run() -> None:
        gone = asyncio.Event()

        async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await gone.wait()
            writer.close()

        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        for port in (9, server.sockets[0].getsockname()[1]):
            with pytest.raises(SendError, match="network") as found:
                await EmailChannel(f"smtp://127.0.0.1:{port}?from=a@b.example&tls=none", 0.3).send(MAIL)
            assert found.value.retryable
        gone.set()
        server.close()
        await server.wait_closed()

    asyncio.run(run())


def test_an_address_that_is_none_is_final() -> None:
    for address in ("", "a@b.example\nBcc: everybody@b.example", "@"):
        message = Outbound("email", "email:bell", {"to": address, "subject": "Case", "text": "Look."})
        assert not refused(Mailbox(), "smtp://HOST?from=a@b.example&tls=none", message).retryable


def test_a_subject_cannot_add_a_header() -> None:
    box = Mailbox()
    message = Outbound("email", "email:bell", {"to": "a@b.example", "subject": "1\r\nBcc: x@b.example", "text": "2"})
    send(box, "smtp://HOST?from=a@b.example&tls=none", message)
    assert [(mail["Bcc"], mail["Subject"]) for _to, mail in box.mails] == [(None, "1 Bcc: x@b.example")]


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://h.example?from=a@b.example", Server("h.example", 587, "a@b.example", "starttls")),
        ("smtp://h.example:465?from=a@b.example", Server("h.example", 465, "a@b.example", "ssl")),
        ("smtps://u:p@h.example?from=a@b.example", Server("h.example", 465, "a@b.example", "ssl", "u", "p")),
        ("smtp://h.example:25?from=a@b.example&tls=none", Server("h.example", 25, "a@b.example", "none")),
    ],
)
def test_the_url_says_where_how_and_as_whom(url: str, server: Server) -> None:
    assert read_url(url) == server


@pytest.mark.parametrize("url", ["", "smtp://?from=a@b.example", "http://h.example?from=a@b.example", "smtp://u:secret@h.example",
                                 "smtp://u:secret@h.example?from=a@b.example&tls=maybe"])  # fmt: skip
def test_a_wrong_url_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match="SMTP URL") as found:
        read_url(url)
    assert "secret" not in str(found.value)
    assert "secret" not in repr(read_url("smtp://u:secret@h.example?from=a@b.example"))
