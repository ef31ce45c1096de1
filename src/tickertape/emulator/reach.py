"""Finding the chat that a call names, and whether the bot may write there.

Error texts: tdlib/telegram-bot-api Client.cpp 6571, 8130-8201, 8276, 8516.
"""

from __future__ import annotations

from tickertape.emulator.answers import BotApiError, bad_request, forbidden
from tickertape.emulator.chats import Bot, BotAccess, Chat, ChatType, StoredMessage
from tickertape.emulator.fields import FieldError, Fields
from tickertape.emulator.parameters import Parameters
from tickertape.emulator.state import WorldState

__all__ = ["chat_of", "reply_of", "thread_of", "writable_chat_of"]

_NAMES = {
    ChatType.GROUP: "group chat",
    ChatType.SUPERGROUP: "supergroup chat",
    ChatType.CHANNEL: "channel chat",
}


def chat_of(state: WorldState, bot: Bot, parameters: Parameters) -> Chat:
    """Return the chat that `chat_id` names, if the bot is in it.

    Raises:
        BotApiError: There is no such chat, or the bot is shut out of it.
    """
    chat = _named(state, bot, parameters)
    if chat.upgraded_to is not None:
        raise bad_request(
            "group chat was upgraded to a supergroup chat", {"migrate_to_chat_id": chat.upgraded_to}
        )
    match chat.access.get(bot.id):
        case BotAccess.BLOCKED:
            raise forbidden("bot was blocked by the user")
        case BotAccess.DEACTIVATED:
            raise forbidden("user is deactivated")
        case BotAccess.KICKED:
            raise forbidden(f"bot was kicked from the {_NAMES[chat.type]}")
        case None:
            raise forbidden(f"bot is not a member of the {_NAMES[chat.type]}")
        case BotAccess.FULL | BotAccess.READ_ONLY:
            return chat


def writable_chat_of(
    state: WorldState, bot: Bot, parameters: Parameters, what: str = "text messages"
) -> Chat:
    """Return the chat that `chat_id` names, if the bot may write there.

    Args:
        state: The world.
        bot: Who calls.
        parameters: What was sent.
        what: What is to be written, as error texts call it.

    Raises:
        BotApiError: There is no such chat, or the bot may not write there.
    """
    chat = chat_of(state, bot, parameters)
    if chat.access.get(bot.id) is BotAccess.READ_ONLY:
        if chat.type is ChatType.CHANNEL:
            raise bad_request("need administrator rights in the channel chat")
        raise bad_request(f"not enough rights to send {what} to the chat")
    return chat


def thread_of(chat: Chat, parameters: Parameters) -> tuple[int | None, int | None]:
    """Return the topic that `message_thread_id` names, or the chain of replies.

    Returns:
        The thread id of a topic and None, or None and the first message of a chain.

    Raises:
        BotApiError: There is no such thread (the General topic has no id either), or it is closed.
    """
    thread_id = parameters.integer("message_thread_id")
    if not thread_id:
        return None, None
    topic = chat.topics.get(thread_id)
    if topic is not None:
        if topic.closed:
            raise bad_request("TOPIC_CLOSED")
        return thread_id, None
    if chat.type is ChatType.SUPERGROUP and not chat.is_forum and thread_id in chat.messages:
        return None, thread_id
    raise bad_request("message thread not found")


def reply_of(chat: Chat, parameters: Parameters) -> StoredMessage | None:
    """Return the message that the call replies to.

    Raises:
        BotApiError: It does not exist, and the call does not allow that.
    """
    value = parameters.structure("reply_parameters", "reply parameters")
    if value is None:
        message_id = parameters.integer("reply_to_message_id")
        lenient = parameters.flag("allow_sending_without_reply")
    else:
        try:
            message_id, lenient = _read_reply(value, chat)
        except FieldError as error:
            raise bad_request(f"can't parse reply parameters JSON object: {error}") from None
    if not message_id:
        return None
    message = chat.messages.get(message_id)
    if message is None and not lenient:
        raise bad_request("message to be replied not found")
    return message


def _read_reply(value: object, chat: Chat) -> tuple[int | None, bool]:
    fields = Fields(value, "ReplyParameters")
    message_id: int | None = fields.integer("message_id")
    lenient = fields.flag("allow_sending_without_reply")
    elsewhere = fields.any("chat_id")
    if elsewhere is not None and str(elsewhere) != str(chat.id):
        message_id = -1
    for name in ("quote", "quote_parse_mode", "poll_option_id"):
        fields.maybe_text(name)
    for name in ("quote_position", "checklist_task_id", "ephemeral_message_id"):
        fields.maybe_integer(name)
    fields.any("quote_entities")
    fields.close()
    return message_id, lenient


def _named(state: WorldState, bot: Bot, parameters: Parameters) -> Chat:
    name = parameters.text("chat_id")
    if not name:
        raise bad_request("chat_id is empty")
    if name.startswith("@"):
        return _public(state, name[1:])
    chat_id = _number(name)
    chat = state.chat(chat_id, bot.id)
    if chat is not None:
        return chat
    if chat_id in state.persons:
        raise forbidden("bot can't initiate conversation with a user")
    if chat_id in state.bots:
        raise forbidden("bots can't send messages to bots")
    raise bad_request("chat not found")


def _public(state: WorldState, username: str) -> Chat:
    for chat in state.chats.values():
        if chat.bot_id is None and (chat.username or "").lower() == username.lower() != "":
            return chat
    raise bad_request("chat not found")


def _number(name: str) -> int:
    digits = name.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        raise _not_found()
    return int(name)


def _not_found() -> BotApiError:
    return bad_request("chat not found")
