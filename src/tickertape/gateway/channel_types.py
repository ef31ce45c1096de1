"""The types of channel that a gateway can run, purely.

A type says which settings its channels take, and what opens one. That is named here and imported
when it is needed: whoever reads a configuration needs no channel.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from tickertape.gateway.fields import Section, VariableName, WebAddress

__all__ = ["TELEGRAM", "ChannelType", "Form", "TelegramConfig", "channel_types"]

TELEGRAM: Final = "telegram"
"""The type of Telegram's channels, and the name of the one that the section `telegram` makes."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a text must look like."""

    pattern: re.Pattern[str]
    """What all of it matches."""
    allowed: str
    """The same in words, as a phrase."""


@dataclass(frozen=True, slots=True)
class ChannelType:
    """One type of channel.

    A setting whose key ends in `_env` is the name of an environment variable: its value is looked
    up before the channel is opened, and is redacted from all logs.
    """

    settings: type[Section]
    """What stands in the configuration beside `type`."""
    opener: str
    """What opens a channel, as `module:function`. It is called with the channel's name, its
    settings and the values of the variables by their names, and returns an asynchronous context
    manager that yields a `tickertape.ports.Channel`."""
    allowed: Mapping[str, str] = field(default_factory=dict)
    """What may stand in a setting, as a phrase, by its key."""
    secrets: Mapping[str, Form] = field(default_factory=dict)
    """What the value of a variable looks like, by the key that names the variable."""
    identity: tuple[str, ...] = ()
    """The settings that two channels of one gateway may not have in common, all of them: one
    account has one reader. Empty: nothing is compared."""
    ids: Form | None = None
    """What ids of persons and chats look like; None: like anything."""


class TelegramConfig(Section):
    """Which bot people write to."""

    token_env: VariableName = "TELEGRAM_BOT_TOKEN"  # noqa: S105 - a name, not a token
    """The name of the environment variable that holds the bot's token."""
    api_base: WebAddress = "https://api.telegram.org"
    """The Bot API server."""
    groups: Literal["mention", "all", "off"] = "mention"
    """When the bot answers in groups."""


# A bot's token is its number, a colon, and what proves it
# (core.telegram.org/bots/api, "Authorizing your bot", 2026-11).
_TOKEN: Final = Form(
    re.compile(r"\d+:[A-Za-z0-9_-]+"),
    "a variable that holds a bot's token (123456:ABC..., from @BotFather)",
)

_TYPES: Final[Mapping[str, ChannelType]] = {
    TELEGRAM: ChannelType(
        settings=TelegramConfig,
        opener="tickertape.gateway.app:open_telegram",
        allowed={
            "token_env": "the NAME of an environment variable, in capitals (TELEGRAM_BOT_TOKEN)",
            "api_base": "an http:// or https:// address without user, password, query or fragment",
            "groups": "mention, all or off",
        },
        secrets={"token_env": _TOKEN},
        identity=("api_base", "token_env"),
        ids=Form(
            re.compile(r"-?\d+"),
            "no id of Telegram: list the number that the log names when they write",
        ),
    ),
}


def channel_types() -> Mapping[str, ChannelType]:
    """Return the types of channel by the names that `channels.*.type` takes."""
    return _TYPES
