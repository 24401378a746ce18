"""Every setting: an environment variable that begins with RAPPORT_. An unknown one stops the start."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from bot.channels.email import read_url
from bot.errors import BotError

DEFAULT_DATABASE = "sqlite:///rapport.sqlite"
TELEGRAM_API, SLACK_API = "https://api.telegram.org", "https://slack.com/api/"

# name -> what it is, for `rapport check` and docs/running.md; those with * may end in __CLINIC
VARIABLES: Mapping[str, str] = {
    "RAPPORT_CLINICS": "the folder with one folder for each clinic (its pack)",
    "RAPPORT_KEYS": "encryption keys, the newest first, separated by commas; `rapport key` makes one",
    "RAPPORT_DATABASE_URL": "sqlite:///file (the default is sqlite:///rapport.sqlite) or postgresql://user:password@host/name",
    "RAPPORT_TELEGRAM_TOKEN*": "the bot's token from BotFather",
    "RAPPORT_SLACK_BOT_TOKEN*": "the Slack app's bot token (xoxb-…)",
    "RAPPORT_SLACK_APP_TOKEN*": "the Slack app's app-level token (xapp-…), for Socket Mode",
    "RAPPORT_SLACK_SIGNING_SECRET*": "the Slack app's signing secret, for HTTP instead of Socket Mode",
    "RAPPORT_TELEGRAM_API_URL": "another Bot API server",
    "RAPPORT_SLACK_API_URL": "another Slack Web API server",
    "RAPPORT_PUBLIC_URL": "where the internet reaches this server (https://…): then Telegram pushes, and is not polled",
    "RAPPORT_HOST": "the address the web server listens on (127.0.0.1)",
    "RAPPORT_PORT": "its port (8080)",
    "RAPPORT_SMTP_URL": "the second path by e-mail: smtp://user:password@host:port?from=address&tls=starttls",
    "RAPPORT_PHONE_WEBHOOK_URL": "the second path by phone: a URL that is posted the case's number and urgency",
    "RAPPORT_LOG_LEVEL": "DEBUG, INFO, WARNING or ERROR (INFO)",
}
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
FORGETFUL = ("sqlite://", "sqlite:///", "sqlite:///:memory:")
ADDRESSES = (
    "RAPPORT_TELEGRAM_API_URL", "RAPPORT_SLACK_API_URL", "RAPPORT_PUBLIC_URL", "RAPPORT_PHONE_WEBHOOK_URL",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, read and checked. Tokens map a clinic's slug to its token, "" stands for the only clinic."""

    clinics: Path | None = None
    keys: tuple[str, ...] = ()
    database_url: str = DEFAULT_DATABASE
    telegram: Mapping[str, str] = field(default_factory=dict)
    slack_bot: Mapping[str, str] = field(default_factory=dict)
    slack_app: Mapping[str, str] = field(default_factory=dict)
    slack_signing: Mapping[str, str] = field(default_factory=dict)
    telegram_api: str = TELEGRAM_API
    slack_api: str = SLACK_API
    public_url: str = ""
    host: str = "127.0.0.1"
    port: int = 8080
    smtp_url: str = ""
    phone_webhook: str = ""
    log_level: str = "INFO"

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "Settings":
        """The settings of an environment. Raises BotError with the first thing that is wrong."""
        for mistake in mistakes(environment):
            raise BotError(mistake)
        get = {name.removeprefix("RAPPORT_"): value.strip() for name, value in environment.items() if _ours(name)}.get
        folder = get("CLINICS")
        return cls(
            clinics=Path(folder) if folder else None,
            keys=tuple(key.strip() for key in (get("KEYS") or "").split(",") if key.strip()),
            database_url=get("DATABASE_URL") or DEFAULT_DATABASE,
            telegram=_by_clinic(environment, "RAPPORT_TELEGRAM_TOKEN"),
            slack_bot=_by_clinic(environment, "RAPPORT_SLACK_BOT_TOKEN"),
            slack_app=_by_clinic(environment, "RAPPORT_SLACK_APP_TOKEN"),
            slack_signing=_by_clinic(environment, "RAPPORT_SLACK_SIGNING_SECRET"),
            telegram_api=(get("TELEGRAM_API_URL") or TELEGRAM_API).rstrip("/"),
            slack_api=(get("SLACK_API_URL") or SLACK_API).rstrip("/") + "/",
            public_url=(get("PUBLIC_URL") or "").rstrip("/"),
            host=get("HOST") or "127.0.0.1",
            port=int(get("PORT") or 8080),
            smtp_url=get("SMTP_URL") or "",
            phone_webhook=get("PHONE_WEBHOOK_URL") or "",
            log_level=(get("LOG_LEVEL") or "INFO").upper(),
        )


def _ours(name: str) -> bool:
    return name.startswith("RAPPORT_")


def _by_clinic(environment: Mapping[str, str], name: str) -> dict[str, str]:
    given = {n: v.strip() for n, v in environment.items() if v.strip()}
    tokens = {"": given[name]} if name in given else {}
    ending = f"{name}__"
    return tokens | {n.removeprefix(ending).lower(): v for n, v in given.items() if n.startswith(ending)}


def mistakes(environment: Mapping[str, str]) -> Iterator[str]:
    """Everything that is wrong with the settings by themselves, each in one line that says how to repair it."""
    plain = {name.rstrip("*") for name in VARIABLES}
    many = {name.rstrip("*") for name in VARIABLES if name.endswith("*")}
    for name in sorted(filter(_ours, environment)):
        if name not in plain and not (re.fullmatch(r"[A-Z_]+?__[A-Z0-9_]+", name) and name.split("__")[0] in many):
            yield f"{name} is not a setting; known are {', '.join(sorted(plain))}"
    yield from _wrong_urls(environment)
    port = environment.get("RAPPORT_PORT", "").strip() or "8080"
    if not (port.isdecimal() and 0 <= int(port) < 65536):
        yield "RAPPORT_PORT is not a port; write a number from 0 to 65535"
    if (environment.get("RAPPORT_LOG_LEVEL", "").strip() or "INFO").upper() not in LEVELS:
        yield f"RAPPORT_LOG_LEVEL is none of {', '.join(LEVELS)}"
    if environment.get("RAPPORT_DATABASE_URL", "").strip() in FORGETFUL:
        yield "RAPPORT_DATABASE_URL names no file, so that all would be forgotten; write sqlite:///rapport.sqlite"


def _wrong_urls(environment: Mapping[str, str]) -> Iterator[str]:
    for name in ADDRESSES:
        value = environment.get(name, "").strip()
        scheme, host = _address(value)
        if value and not (scheme in ("http", "https") and host):
            yield f"{name} is not a web address; write it as https://host"
        elif name == "RAPPORT_PUBLIC_URL" and scheme == "http" and host not in ("127.0.0.1", "localhost", "::1"):
            yield "RAPPORT_PUBLIC_URL must be https: clients' words travel over it"
    if smtp := environment.get("RAPPORT_SMTP_URL", "").strip():
        try:
            read_url(smtp)
        except ValueError as error:
            yield f"RAPPORT_SMTP_URL is not right: {error}"


def _address(value: str) -> tuple[str, str]:
    """Scheme and host of a URL, "" for what cannot be read."""
    try:
        parts = urlsplit(value)
        _port = parts.port
    except ValueError:
        return "", ""
    return parts.scheme, parts.hostname or ""
