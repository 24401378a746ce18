"""The Slack app's manifest asks for exactly what the program uses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.desk import slack_app

PATH = Path(slack_app.__file__).parent / "slack-manifest.yaml"
LIMITS = {"name": 35, "description": 140, "long_description": 4000}

# What each scope is for: calls of ours, and the events that need it.
SCOPES = {
    "chat:write": "chat.postMessage, chat.update, chat.postEphemeral",
    "commands": "/rapport",
    "dnd:read": "dnd.teamInfo",
    "groups:history": "message.groups",
    "groups:read": "conversations.members of the private team channel",
    "im:history": "message.im",
    "im:write": "direct messages",
    "reactions:read": "reaction_added",
    "users:read": "users.info",
}


@pytest.fixture
def manifest() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(PATH.read_text(encoding="utf-8"))
    return loaded


def test_the_manifest_has_the_scopes_and_events_that_are_used_and_no_more(manifest: dict[str, Any]) -> None:
    assert manifest["oauth_config"]["scopes"] == {"bot": sorted(SCOPES)}
    events = manifest["settings"]["event_subscriptions"]["bot_events"]
    assert events == ["app_home_opened", "message.groups", "message.im", "reaction_added"]


def test_the_manifest_offers_the_command_that_the_program_answers(manifest: dict[str, Any]) -> None:
    (command,) = manifest["features"]["slash_commands"]
    assert command["command"] == slack_app.COMMAND
    assert len(command["description"]) <= 140
    assert set(command) <= {"command", "description", "usage_hint", "should_escape", "url"}


def test_the_manifest_listens_by_socket_mode_and_lets_staff_write_to_the_bot(manifest: dict[str, Any]) -> None:
    settings = manifest["settings"]
    assert settings["socket_mode_enabled"]
    assert settings["interactivity"]["is_enabled"]
    assert not settings["org_deploy_enabled"]
    assert manifest["features"]["app_home"]["messages_tab_enabled"]
    assert not manifest["features"]["app_home"]["messages_tab_read_only_enabled"]


def test_the_manifest_keeps_slack_s_form(manifest: dict[str, Any]) -> None:
    assert set(manifest) == {"_metadata", "display_information", "features", "oauth_config", "settings"}
    information = manifest["display_information"]
    for key, most in LIMITS.items():
        assert 0 < len(information[key]) <= most, key
    assert len(information["long_description"]) >= 174
    assert len(manifest["features"]["bot_user"]["display_name"]) <= 80
