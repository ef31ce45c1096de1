"""The methods that concern the bot itself: who it is, its commands, its updates, its chats."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from tickertape.emulator.answers import Answer, Json, accept, bad_request, conflict
from tickertape.emulator.chats import Bot, Chat, User, Webhook
from tickertape.emulator.fields import FieldError, Fields
from tickertape.emulator.parameters import Parameters
from tickertape.emulator.reach import chat_of
from tickertape.emulator.state import WorldState
from tickertape.emulator.wire import chat_json, member_json, user_json

__all__ = [
    "LongPoll",
    "answer_callback_query",
    "delete_my_commands",
    "delete_webhook",
    "get_chat",
    "get_chat_member",
    "get_me",
    "get_my_commands",
    "get_updates",
    "get_webhook_info",
    "resume_poll",
    "set_my_commands",
    "set_webhook",
    "webhook_failed",
]

LONGEST_POLL = 50
"""Seconds that a poll waits at most (tdlib/telegram-bot-api Client.cpp 15700-15735)."""
MOST_UPDATES = 100
"""Updates in one answer (core.telegram.org/bots/api#getupdates)."""

_POLL_ENDED = (
    "terminated by other getUpdates request; make sure that only one bot instance is running"
)
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_SECRET_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,256}")
_SCOPES = {
    "default": (),
    "all_private_chats": (),
    "all_group_chats": (),
    "all_chat_administrators": (),
    "chat": ("chat_id",),
    "chat_administrators": ("chat_id",),
    "chat_member": ("chat_id", "user_id"),
}


@dataclass(frozen=True, slots=True)
class LongPoll:
    """A `getUpdates` that found nothing and waits."""

    bot_id: int
    """Who waits."""
    number: int
    """Which poll of the bot it is: only the last one goes on."""
    limit: int
    """How many updates it takes."""
    until: float
    """When it gives up, on the world's clock."""


def get_me(state: WorldState, bot: Bot, _parameters: Parameters, _now: float) -> object:
    """Handle `getMe`."""
    return {
        **user_json(bot),
        "can_join_groups": True,
        "can_read_all_group_messages": not state.settings.privacy,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def get_updates(
    state: WorldState, bot: Bot, parameters: Parameters, now: float
) -> list[Json] | LongPoll:
    """Handle `getUpdates`: return the updates, or a poll that waits.

    Raises:
        BotApiError: A webhook is set.
    """
    kinds = _kinds(parameters)
    offset = parameters.integer("offset") or 0
    limit = min(max(parameters.integer("limit") or MOST_UPDATES, 1), MOST_UPDATES)
    timeout = min(max(parameters.integer("timeout") or 0, 0), LONGEST_POLL)
    if bot.webhook is not None:
        raise conflict(
            "can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first"
        )
    bot.queue.allow(kinds)
    updates = bot.queue.fetch(offset, limit, now)
    if updates or not timeout:
        return updates
    _end_polls(state, bot, _POLL_ENDED)
    return LongPoll(bot.id, bot.poll, limit, now + timeout)


def resume_poll(state: WorldState, poll: LongPoll, now: float) -> Answer | None:
    """Check a waiting poll again.

    Returns:
        Its answer; None where it must wait on.
    """
    bot = state.bots[poll.bot_id]
    if bot.poll != poll.number:
        return conflict(bot.poll_ended_by).answer
    updates = bot.queue.fetch(0, poll.limit, now)
    if updates or now >= poll.until:
        return accept(updates)
    return None


def set_webhook(state: WorldState, bot: Bot, parameters: Parameters, _now: float) -> object:
    """Handle `setWebhook`; http addresses are accepted too, since this server is local."""
    url = (parameters.text("url") or "").strip()
    kinds = _kinds(parameters)
    drop = parameters.flag("drop_pending_updates")
    parameters.text("ip_address")
    if not url:
        return _drop_webhook(state, bot, drop=drop)
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not url.isascii() or " " in url:
        raise bad_request("bad webhook: invalid webhook URL specified")
    secret = parameters.text("secret_token") or None
    if secret is not None and not _SECRET_TOKEN.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    connections = parameters.integer("max_connections")
    if connections is not None and not 1 <= connections <= 100:
        raise bad_request("max_connections must be between 1 and 100")
    if drop:
        bot.queue.clear()
    bot.queue.allow(kinds)
    bot.webhook = Webhook(url, secret, connections or 40)
    _end_polls(state, bot, "terminated by setWebhook request")
    return True


def delete_webhook(state: WorldState, bot: Bot, parameters: Parameters, _now: float) -> object:
    """Handle `deleteWebhook`."""
    return _drop_webhook(state, bot, drop=parameters.flag("drop_pending_updates"))


def get_webhook_info(_state: WorldState, bot: Bot, _parameters: Parameters, now: float) -> object:
    """Handle `getWebhookInfo`."""
    webhook = bot.webhook
    info: Json = {
        "url": "" if webhook is None else webhook.url,
        "has_custom_certificate": False,
        "pending_update_count": bot.queue.pending(now),
    }
    if webhook is not None:
        info["max_connections"] = webhook.max_connections
        if webhook.last_error is not None:
            info["last_error_date"], info["last_error_message"] = webhook.last_error
    if bot.queue.allowed is not None:
        info["allowed_updates"] = list(bot.queue.allowed)
    return info


def set_my_commands(_state: WorldState, bot: Bot, parameters: Parameters, _now: float) -> object:
    """Handle `setMyCommands`."""
    value = parameters.structure("commands", "commands")
    if not isinstance(value, list):
        raise bad_request("can't parse commands JSON object")
    if len(value) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    try:
        commands = [_command(item) for item in value]
    except FieldError as error:
        raise bad_request(f"can't parse BotCommand: {error}") from None
    bot.commands[_scope(parameters)] = commands
    return True


def get_my_commands(_state: WorldState, bot: Bot, parameters: Parameters, _now: float) -> object:
    """Handle `getMyCommands`."""
    return bot.commands.get(_scope(parameters), [])


def delete_my_commands(_state: WorldState, bot: Bot, parameters: Parameters, _now: float) -> object:
    """Handle `deleteMyCommands`."""
    bot.commands.pop(_scope(parameters), None)
    return True


def answer_callback_query(
    state: WorldState, bot: Bot, parameters: Parameters, _now: float
) -> object:
    """Handle `answerCallbackQuery`."""
    text = parameters.text("text") or ""
    if len(text) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    parameters.flag("show_alert")
    parameters.text("url")
    parameters.integer("cache_time")
    press_id = parameters.text("callback_query_id") or ""
    if state.presses.get(press_id, (0, 0.0))[0] != bot.id:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    del state.presses[press_id]
    return True


def get_chat(state: WorldState, bot: Bot, parameters: Parameters, _now: float) -> object:
    """Handle `getChat`, with the fields that a client cannot do without."""
    chat = chat_of(state, bot, parameters)
    return {
        **chat_json(chat),
        "accent_color_id": abs(chat.id) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(
            (
                "unlimited_gifts",
                "limited_gifts",
                "unique_gifts",
                "premium_subscription",
                "gifts_from_channels",
            ),
            False,
        ),
    }


def get_chat_member(state: WorldState, bot: Bot, parameters: Parameters, _now: float) -> object:
    """Handle `getChatMember` for the existing bots and persons."""
    chat = chat_of(state, bot, parameters)
    user_id = parameters.integer("user_id")
    user = _member(state, chat, user_id) if user_id else None
    if user is None:
        raise bad_request("invalid user_id specified")
    return member_json(user, chat)


def _member(state: WorldState, chat: Chat, user_id: int) -> Bot | User | None:
    if chat.is_private and user_id not in {chat.id, chat.bot_id}:
        return None
    return state.bots.get(user_id) or state.persons.get(user_id)


def _drop_webhook(state: WorldState, bot: Bot, *, drop: bool) -> bool:
    bot.webhook = None
    if drop:
        bot.queue.clear()
    state.listener()
    return True


def _end_polls(state: WorldState, bot: Bot, reason: str) -> None:
    bot.poll += 1
    bot.poll_ended_by = reason
    state.listener()


def _kinds(parameters: Parameters) -> list[str] | None:
    value = parameters.structure("allowed_updates", "allowed updates")
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise bad_request("can't parse allowed updates JSON object: list of strings expected")
    return [str(item)[:64] for item in value[:100]]


def _command(value: object) -> Json:
    fields = Fields(value, "BotCommand")
    name = fields.text("command").removeprefix("/")
    description = fields.text("description").strip()
    is_ephemeral = fields.flag("is_ephemeral")
    fields.close()
    if not _COMMAND.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    command: Json = {"command": name, "description": description}
    return command | {"is_ephemeral": True} if is_ephemeral else command


def _scope(parameters: Parameters) -> str:
    """Return which list of commands is meant, as one word."""
    language = parameters.text("language_code") or ""
    value = parameters.structure("scope", "BotCommandScope")
    if value is None:
        return f"default {language}"
    try:
        fields = Fields(value, "BotCommandScope")
        kind = fields.one_of("type", _SCOPES)
        places = [str(fields.needed(name)) for name in _SCOPES[kind]]
        fields.close()
    except FieldError as error:
        raise bad_request(f"can't parse BotCommandScope: {error}") from None
    return " ".join([kind, *places, language])


def webhook_failed(bot: Bot, unix_time: int, reason: str) -> None:
    """Record why the last delivery failed."""
    if bot.webhook is not None:
        bot.webhook = replace(bot.webhook, last_error=(unix_time, reason))
