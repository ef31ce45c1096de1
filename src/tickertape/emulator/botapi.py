"""The methods of the Bot API that are emulated: names, parameters, and who carries them out.

Method names are matched without regard to case. What is not in the table is answered with 404, as
an older server would.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from tickertape.emulator import account, messaging
from tickertape.emulator.account import LongPoll
from tickertape.emulator.answers import (
    Answer,
    BotApiError,
    accept,
    bad_request,
    not_found,
    unauthorized,
)
from tickertape.emulator.chats import Bot
from tickertape.emulator.parameters import Parameters
from tickertape.emulator.state import WorldState

__all__ = ["METHODS", "Method", "call", "is_token"]

_Verb: TypeAlias = Callable[[WorldState, Bot, Parameters, float], object]


@dataclass(frozen=True, slots=True)
class Method:
    """One method of the Bot API."""

    name: str
    """Its name as documented."""
    verb: _Verb
    """What carries it out."""
    parameters: frozenset[str] = frozenset()
    """The parameters that it has."""


_PLACE = frozenset({"chat_id", "message_thread_id"})
_NOT_MODELLED = frozenset(
    {
        "business_connection_id",
        "direct_messages_topic_id",
        "suggested_post_parameters",
        "ephemeral_message_parameters",
        "receiver_user_id",
        "certificate",
    }
)
_SENDING = (
    _PLACE
    | {
        "disable_notification",
        "protect_content",
        "allow_paid_broadcast",
        "message_effect_id",
        "reply_parameters",
        "reply_to_message_id",
        "allow_sending_without_reply",
        "reply_markup",
    }
    | (_NOT_MODELLED - {"certificate"})
)
_FORMATTED = frozenset({"text", "parse_mode", "entities"})
_PREVIEWED = _FORMATTED | {"link_preview_options", "disable_web_page_preview"}
_DRAFT = _PLACE | {"draft_id", "can_stop", "keep_on_stop"}
_UPDATES = frozenset({"offset", "limit", "timeout", "allowed_updates"})
_COMMANDS = frozenset({"scope", "language_code"})

METHODS: Mapping[str, Method] = {
    method.name.lower(): method
    for method in (
        Method("getMe", account.get_me),
        Method("getUpdates", account.get_updates, _UPDATES),
        Method(
            "setWebhook",
            account.set_webhook,
            frozenset(
                {
                    "url",
                    "certificate",
                    "ip_address",
                    "max_connections",
                    "allowed_updates",
                    "drop_pending_updates",
                    "secret_token",
                }
            ),
        ),
        Method("deleteWebhook", account.delete_webhook, frozenset({"drop_pending_updates"})),
        Method("getWebhookInfo", account.get_webhook_info),
        Method("sendMessage", messaging.send_message, _SENDING | _PREVIEWED),
        Method("sendVoice", messaging.send_voice, _SENDING | {"voice", "duration"}),
        Method("sendRichMessage", messaging.send_rich_message, _SENDING | {"rich_message"}),
        Method(
            "editMessageText",
            messaging.edit_message_text,
            _PREVIEWED
            | {
                "chat_id",
                "message_id",
                "inline_message_id",
                "rich_message",
                "reply_markup",
                "business_connection_id",
            },
        ),
        Method(
            "editMessageReplyMarkup",
            messaging.edit_message_reply_markup,
            frozenset(
                {
                    "chat_id",
                    "message_id",
                    "inline_message_id",
                    "reply_markup",
                    "business_connection_id",
                }
            ),
        ),
        Method("deleteMessage", messaging.delete_message, frozenset({"chat_id", "message_id"})),
        Method("deleteMessages", messaging.delete_messages, frozenset({"chat_id", "message_ids"})),
        Method("sendMessageDraft", messaging.send_message_draft, _DRAFT | _FORMATTED),
        Method(
            "sendRichMessageDraft", messaging.send_rich_message_draft, _DRAFT | {"rich_message"}
        ),
        Method(
            "sendChatAction",
            messaging.send_chat_action,
            _PLACE | {"action", "business_connection_id"},
        ),
        Method("setMyCommands", account.set_my_commands, _COMMANDS | {"commands"}),
        Method("getMyCommands", account.get_my_commands, _COMMANDS),
        Method("deleteMyCommands", account.delete_my_commands, _COMMANDS),
        Method(
            "answerCallbackQuery",
            account.answer_callback_query,
            frozenset({"callback_query_id", "text", "show_alert", "url", "cache_time"}),
        ),
        Method("getChat", account.get_chat, frozenset({"chat_id"})),
        Method("getChatMember", account.get_chat_member, frozenset({"chat_id", "user_id"})),
    )
}
"""The methods by their names in lower case."""


def call(
    state: WorldState, token: str, name: str, values: Mapping[str, object], now: float
) -> Answer | LongPoll:
    """Carry out one call.

    Args:
        state: The world.
        token: Who calls.
        name: The method, in any case.
        values: The parameters as they came.
        now: Seconds on the world's clock.

    Returns:
        The answer, or a poll that waits.
    """
    try:
        if not is_token(token):
            raise not_found()
        bot = state.bot_of(token)
        if bot is None:
            raise unauthorized()
        method = METHODS.get(name.lower())
        if method is None:
            raise not_found("method not found")
        result = method.verb(state, bot, _parameters(method, values), now)
    except BotApiError as error:
        return error.answer
    return result if isinstance(result, LongPoll) else accept(result)


def is_token(token: str) -> bool:
    """Return whether a text has the form of a bot's token: a number, a colon, letters."""
    number, colon, secret = token.partition(":")
    named = number.isascii() and number.isdigit() and len(number) <= 18
    plain = secret.replace("-", "").replace("_", "")
    return named and bool(colon) and secret.isascii() and plain.isalnum() and len(secret) <= 256


def _parameters(method: Method, values: Mapping[str, object]) -> Parameters:
    parameters = Parameters(values, method.parameters)
    for name in sorted(_NOT_MODELLED):
        if name in parameters:
            raise bad_request(f'the emulator does not model "{name}"')
    return parameters
