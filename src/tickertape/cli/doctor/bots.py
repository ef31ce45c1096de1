"""Judges what the Bot API says of a bot, purely: its token, its privacy mode, its webhook.

Another program that reads the same bot's messages by polling cannot be seen from here: only a poll
of our own would tell, and it would end that of a gateway which runs. The gateway itself tells it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from tickertape.channels.telegram.calls import Answer, Denied, Granted, Unanswered
from tickertape.channels.telegram.redaction import redact
from tickertape.cli.doctor.findings import Finding, error, ok, warning
from tickertape.cli.doctor.servers import Reach, cure_of, obstacle_told

__all__ = ["BotConfig", "bot_findings"]

_PRIVACY: Final = (
    "Turn privacy mode off at @BotFather (/setprivacy), then remove the bot from its groups and "
    "add it again; or set {key}.groups to mention."
)


@dataclass(frozen=True, slots=True)
class BotConfig:
    """What the configuration says of a bot."""

    subject: str
    """How findings call it."""
    key: str
    """The key of its section."""
    variable: str
    """The variable that holds its token."""
    groups: str
    """Which messages of groups it answers."""
    webhook: str = ""
    """The address to which updates are sent; empty: they are polled."""


def bot_findings(bot: BotConfig, me: Answer, webhook: Answer, reach: Reach) -> Iterator[Finding]:
    """Yield what there is to say of a bot.

    Args:
        bot: its configuration.
        me: the answer to `getMe`.
        webhook: the answer to `getWebhookInfo`.
        reach: whether the server can be reached at all.
    """
    if not isinstance(me, Granted):
        yield _refused(bot, me, reach)
        return
    told = me.result if isinstance(me.result, Mapping) else {}
    name = told.get("username")
    if not isinstance(name, str):
        yield _refused(bot, Unanswered("the answer is not one of the Bot API"), reach)
        return
    reads_all = told.get("can_read_all_group_messages") is True
    if bot.groups == "all" and not reads_all:
        what = f"@{name}: groups is all, but privacy mode keeps most messages of groups from it"
        yield warning(bot.subject, what, _PRIVACY.format(key=bot.key))
    else:
        yield ok(bot.subject, f"@{name}, token accepted, groups: {bot.groups}")
    if isinstance(webhook, Granted) and isinstance(webhook.result, Mapping):
        yield from _webhook(bot, webhook.result)


def _refused(bot: BotConfig, me: Answer, reach: Reach) -> Finding:
    match me:
        case Denied(status=401 | 404):
            what = f"{reach.host} does not know this bot (HTTP {me.status})"
            cure = f"Copy the token from @BotFather (/mybots) into {bot.variable} again"
            return error(bot.subject, what, f"{cure}; check {bot.key}.api_base.")
        case Denied():
            what = f"{reach.host} refused: HTTP {me.status} {redact(me.words, '')}".rstrip()
            return error(bot.subject, what, "Try again in a while.")
        case Unanswered() if reach.obstacle is not None:
            what = obstacle_told(reach.obstacle, reach.host)
            return error(bot.subject, what, cure_of(reach.obstacle, f"{bot.key}.api_base"))
        case _:
            what = f"what answers at {reach.host} is not the Bot API"
            return error(bot.subject, what, f"Correct {bot.key}.api_base.")


def _webhook(bot: BotConfig, info: Mapping[object, object]) -> Iterator[Finding]:
    url, waiting = str(info.get("url") or ""), info.get("pending_update_count")
    host, wanted = _host(url), _host(bot.webhook)
    pending = f"{waiting} messages wait" if waiting else ""
    failed = redact(str(info.get("last_error_message") or ""), "")
    subject = f"webhook of {bot.subject}"
    if url and not bot.webhook:
        what = f"a webhook at {host} gets the messages, but the gateway polls and will remove it"
        cure = "If another program uses this bot, stop it or give it a bot of its own."
        yield warning(subject, what + (f"; {pending}" if pending else ""), cure)
    elif bot.webhook and not url:
        yield ok(subject, f"none is set yet: the start sets the one at {wanted}")
    elif host != wanted:
        what = f"Telegram sends the messages to {host}, not to {wanted}"
        cure = "Restart the gateway, which sets it; if that does not last, stop the other program."
        yield warning(subject, what, cure)
    elif url and failed:
        what = f"Telegram could not deliver to {host} ({failed})"
        cure = f"Check that {host} leads to {bot.key}.webhook.listen, with a trusted certificate."
        yield warning(subject, what + (f"; {pending}" if pending else ""), cure)
    elif url:
        yield ok(subject, f"Telegram delivers to {host}")


def _host(url: str) -> str:
    """Return the host of an address: its path may be a secret."""
    try:
        return urlsplit(url).hostname or "an unreadable address"
    except ValueError:
        return "an unreadable address"
