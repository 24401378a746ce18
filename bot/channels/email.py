"""E-mail, the second path beside Slack: plain text by SMTP.

`smtp://user:password@host:port?from=address&tls=starttls|ssl|none`; `smtps://` is `tls=ssl`. Without `tls`, port 465
means `ssl` and any other port `starttls`. Signs such as @ in a user or password are percent-encoded.
"""

from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from bot.channels.base import Outbound, SendError

TIMEOUT = 20.0  # seconds
Tls = Literal["starttls", "ssl", "none"]


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed in, and as whom."""

    host: str
    port: int
    sender: str
    tls: Tls
    user: str = ""
    password: str = field(default="", repr=False)


def read_url(url: str) -> Server:
    """The server of an SMTP URL. Raises ValueError saying what to write; never with the password in it."""
    parts = urlsplit(url)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    try:
        asked = parts.port
    except ValueError:
        raise ValueError(
            "the SMTP URL's port is no number; write signs such as / and @ in a password as %2F, %40"
        ) from None
    tls = query.get("tls") or ("ssl" if parts.scheme == "smtps" or asked == 465 else "starttls")
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("the SMTP URL has no server; write smtp://host:port?from=address")
    if "@" not in query.get("from", ""):
        raise ValueError("the SMTP URL does not say who sends; add ?from=address")
    if tls not in ("starttls", "ssl", "none"):
        raise ValueError("tls in the SMTP URL is starttls, ssl or none")
    port = asked or (465 if tls == "ssl" else 587)
    kind: Tls = tls  # type: ignore[assignment]  # checked three lines above
    return Server(
        parts.hostname, port, query["from"], kind, unquote(parts.username or ""), unquote(parts.password or "")
    )


class EmailChannel:
    """Sends `{"to", "subject", "text"}`. A connection for each mail: they are few, and a server may have been away."""

    name = "email"

    def __init__(self, url: str, timeout: float = TIMEOUT) -> None:
        self.server, self.timeout = read_url(url), timeout

    async def send(self, message: Outbound) -> str:
        """Hand one mail in. Returns its Message-ID. Raises SendError."""
        try:
            mail = self._mail(message)
            await aiosmtplib.send(mail, **self._how())
        except (ValueError, IndexError):  # what the libraries raise for an address that is none
            raise SendError("bad_address", retryable=False) from None
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _by_code(error.recipients[0].code if error.recipients else 0) from None
        except aiosmtplib.SMTPResponseException as error:
            raise _by_code(error.code) from None
        except (aiosmtplib.SMTPConnectError, aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, OSError):
            raise SendError("network", retryable=True) from None
        except aiosmtplib.SMTPException:  # it cannot do what the URL asks for: TLS, signing in
            raise SendError("smtp_unsupported", retryable=False) from None
        return str(mail["Message-ID"])

    async def close(self) -> None:
        """Nothing is kept open."""

    def _how(self) -> dict[str, Any]:
        server = self.server
        return {
            "hostname": server.host, "port": server.port, "timeout": self.timeout,
            "username": server.user or None, "password": server.password or None,
            "use_tls": server.tls == "ssl", "start_tls": server.tls == "starttls",
        }  # fmt: skip

    def _mail(self, message: Outbound) -> EmailMessage:
        mail = EmailMessage()
        mail["From"], mail["To"] = self.server.sender, message.body["to"]
        mail["Subject"] = " ".join(message.body["subject"].split())
        mail["Date"] = formatdate()
        mail["Message-ID"] = make_msgid(domain=self.server.sender.rpartition("@")[2])
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.body["text"])
        return mail


def _by_code(code: int) -> SendError:
    """SMTP's 4xx may pass (RFC 5321, 4.2.1); anything else stays as it is."""
    return SendError(f"smtp_{code}", retryable=400 <= code < 500)
