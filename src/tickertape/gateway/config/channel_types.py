"""Types of channel, as far as they are known before one is opened, purely.

Any package can bring a type (`tickertape.plugins`); its settings are keys and values that only it
understands. The settings of ours are described here, so that a mistake in them is told by its key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, PositiveFloat, PositiveInt, StringConstraints

from tickertape.gateway.config.fields import (
    ListenAddress,
    Section,
    VariableName,
    WebAddress,
    section_in,
)

__all__ = [
    "MATRIX",
    "TELEGRAM",
    "AnySettings",
    "ChannelType",
    "Form",
    "MatrixConfig",
    "TelegramConfig",
    "WebhookConfig",
    "channel_type",
]

TELEGRAM: Final = "telegram"
"""The type of Telegram's channels, and the name of the one that the section `telegram` makes."""

MATRIX: Final = "matrix"
"""The type of Matrix's channels."""


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a text."""

    pattern: re.Pattern[str]
    """The pattern that all of it matches."""
    allowed: str
    """The same in words, as a phrase."""


class AnySettings(Section):
    """Settings of a type that another package brings: it checks them itself."""

    model_config = ConfigDict(extra="allow")


@dataclass(frozen=True, slots=True)
class ChannelType:
    """The description of one type of channel."""

    settings: type[Section] = AnySettings
    """The keys of the configuration next to `type`. A key that ends in `_env` names an environment
    variable: the channel gets its value, under the key without that end. So it is in the sections
    within."""
    allowed: Mapping[str, str] = field(default_factory=dict)
    """The allowed values of a setting, as a phrase, by its key; dotted in a section within."""
    secrets: Mapping[str, Form] = field(default_factory=dict)
    """The form of a variable's value, by the key that names the variable; dotted likewise."""
    identity: tuple[str, ...] = ()
    """The settings that two channels of one gateway may not have in common, all of them: one
    account has one reader. Empty: nothing is compared."""
    ids: Form | None = None
    """The form of the ids of persons and chats; None: any."""
    folders: tuple[str, ...] = ()
    """The settings that are paths of folders; a relative one begins in the folder of the file."""

    def keys_of(self, within: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return the keys next to `type`, or those of the section `within` that has them."""
        section = self.settings
        for name in within:
            section = section_in(section.model_fields[name].annotation) or section
        return (*(() if within else ("type",)), *section.model_fields)


class WebhookConfig(Section):
    """Where Telegram posts what people send."""

    url: WebAddress
    """The public address; requests are known by its path."""
    listen: ListenAddress = "127.0.0.1:8443"
    """The host and the port at which we listen."""
    secret_env: VariableName = "TELEGRAM_WEBHOOK_SECRET"  # noqa: S105 - a name, not a secret
    """The name of the environment variable that holds what Telegram sends along as a proof."""


class TelegramConfig(Section):
    """The bot to which people write."""

    token_env: VariableName = "TELEGRAM_BOT_TOKEN"  # noqa: S105 - a name, not a token
    """The name of the environment variable that holds the bot's token."""
    api_base: WebAddress = "https://api.telegram.org"
    """The Bot API server."""
    groups: Literal["mention", "all", "off"] = "mention"
    """When the bot answers in groups."""
    webhook: WebhookConfig | None = None
    """Where Telegram posts what people send; None: it is polled."""


# spec.matrix.org/v1.16/appendices, "User Identifiers" (2026-11): old servers allow more.
_USER: Final = r"^@[^:\s]+:\S+$"


class MatrixConfig(Section):
    """The account on a homeserver to which people write."""

    homeserver: WebAddress
    """The address of the homeserver's client API."""
    user: Annotated[str, StringConstraints(pattern=_USER)]
    """The account's id."""
    token_env: VariableName = "MATRIX_ACCESS_TOKEN"  # noqa: S105 - a name, not a token
    """The name of the environment variable that holds the account's access token."""
    groups: Literal["mention", "all", "off"] = "mention"
    """When the bot answers in rooms of more than two."""
    messages_per_second: PositiveFloat = 0.2
    """Events that the homeserver lets the account send in the long run."""
    burst_count: PositiveInt = 10
    """Events that it lets the account send at once."""
    keys: str = ""
    """The folder of the keys of encrypted rooms; empty: the bot is of no use in such rooms."""


# A bot's token is its number, a colon, and what proves it
# (core.telegram.org/bots/api, "Authorizing your bot", 2026-11).
_TOKEN: Final = Form(
    re.compile(r"\d+:[A-Za-z0-9_-]+"),
    "a variable that holds a bot's token (123456:ABC..., from @BotFather)",
)

# core.telegram.org/bots/api#setwebhook, 2026-11.
_SECRET: Final = Form(
    re.compile(r"[A-Za-z0-9_-]{1,256}"),
    "a variable that holds 1 to 256 of A-Z, a-z, 0-9, _ and - (`openssl rand -hex 32` makes them)",
)

# A token is opaque, and a header carries it (spec.matrix.org/v1.16/client-server-api, "Client
# Authentication", 2026-11).
_ACCESS_TOKEN: Final = Form(
    re.compile(r"[!-~]+"),
    "a variable that holds an account's access token (syt_..., docs/matrix.md says how to get one)",
)

_OWN: Final[Mapping[str, ChannelType]] = {
    TELEGRAM: ChannelType(
        settings=TelegramConfig,
        allowed={
            "token_env": "the NAME of an environment variable, in capitals (TELEGRAM_BOT_TOKEN)",
            "api_base": "an http:// or https:// address without user, password, query or fragment",
            "groups": "mention, all or off",
            "webhook": "a mapping with url, listen and secret_env, or null",
            "webhook.url": "the public https:// address of the webhook, without user or query",
            "webhook.listen": "a host and a port to listen at (127.0.0.1:8443)",
            "webhook.secret_env": "the NAME of an environment variable, in capitals",
        },
        secrets={"token_env": _TOKEN, "webhook.secret_env": _SECRET},
        identity=("api_base", "token_env"),
        ids=Form(
            re.compile(r"-?\d+"),
            "no id of Telegram: list the number that the log names when they write",
        ),
    ),
    MATRIX: ChannelType(
        settings=MatrixConfig,
        allowed={
            "homeserver": (
                "the http:// or https:// address of a homeserver's client API "
                "(https://matrix.example.org), without user, password, query or fragment"
            ),
            "user": "the id of the account, as @bot:example.org",
            "token_env": "the NAME of an environment variable, in capitals (MATRIX_ACCESS_TOKEN)",
            "groups": "mention, all or off",
            "messages_per_second": "a number above 0",
            "burst_count": "a whole number above 0",
            "keys": "the path of a folder, or nothing",
        },
        secrets={"token_env": _ACCESS_TOKEN},
        identity=("user",),
        ids=Form(
            re.compile(r"@[^:\s]+:\S+|!\S+"),
            "no id of Matrix: a person is @name:server, a room is !id:server",
        ),
        folders=("keys",),
    ),
}


def channel_type(name: str) -> ChannelType:
    """Return the description of a type, by its name in `channels.*.type`."""
    return _OWN.get(name, ChannelType())
