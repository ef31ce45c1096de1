"""What persons do: write, press, delete, block, and what becomes of chats.

Each verb changes the world as Telegram would, and bots read of it what they would read there. Its
arguments are those of the `World`'s method that leads to it.
"""

from __future__ import annotations

from dataclasses import replace

from tickertape.emulator.answers import BotApiError, Json
from tickertape.emulator.chats import Bot, BotAccess, Chat, ChatType, StoredMessage, User
from tickertape.emulator.content import Content
from tickertape.emulator.entities import Text, format_text, read_entities
from tickertape.emulator.fields import is_unicode
from tickertape.emulator.keyboards import callback_data_of
from tickertape.emulator.media import KINDS, LONGEST_CAPTION, has_caption, media_json
from tickertape.emulator.references import origin_json
from tickertape.emulator.state import WorldState
from tickertape.emulator.view import chat_view
from tickertape.emulator.wire import chat_json, member_json, message_json, user_json

__all__ = [
    "MissingError",
    "WorldError",
    "delete_message",
    "forward",
    "press_button",
    "press_stop",
    "send",
    "set_access",
    "upgrade_to_supergroup",
    "write",
]

LONGEST_TEXT = 4096
"""Code points that a person can write in one message (core.telegram.org/bots/api#message)."""


class WorldError(ValueError):
    """A person cannot do this; the text is one clear sentence."""


class MissingError(WorldError):
    """What was named does not exist."""


def write(  # noqa: PLR0913 - what a message can say
    state: WorldState,
    chat: Chat,
    person: User,
    text: str,
    now: float,
    *,
    entities: list[object] | None = None,
    thread_id: int | None = None,
    reply_to: int | None = None,
    references: Json | None = None,
) -> StoredMessage:
    """Write a message as a person.

    Raises:
        WorldError: The text is empty, too long or not Unicode, or there is no such topic or
            message.
    """
    formatted = _formatted(text, entities, LONGEST_TEXT)
    if formatted.is_blank:
        raise WorldError("The text is empty.")
    content = Content(formatted)
    return _put(state, chat, person, content, now, thread_id, reply_to, references)


def send(  # noqa: PLR0913 - what a message can say
    state: WorldState,
    chat: Chat,
    person: User,
    kind: str,
    now: float,
    *,
    caption: str = "",
    entities: list[object] | None = None,
    thread_id: int | None = None,
    reply_to: int | None = None,
    references: Json | None = None,
) -> StoredMessage:
    """Send content other than text as a person.

    Raises:
        WorldError: There is no such kind, topic or message, or no caption can be there.
    """
    if kind not in KINDS:
        raise MissingError(f"There is no kind of message {kind!r}.")
    if caption and not has_caption(kind):
        raise WorldError(f"There are no words under a {kind}.")
    text = _formatted(caption, entities, LONGEST_CAPTION)
    content = Content(text, media=media_json(kind), kind=kind)
    return _put(state, chat, person, content, now, thread_id, reply_to, references)


def forward(
    state: WorldState,
    chat: Chat,
    person: User,
    message: StoredMessage,
    now: float,
    *,
    hidden: bool = False,
    thread_id: int | None = None,
) -> StoredMessage:
    """Forward a message as a person, as it stands.

    Raises:
        WorldError: It is a service message, or there is no such topic.
    """
    if message.service is not None:
        raise WorldError("Service messages cannot be passed on.")
    passed_on: Json = {"forward_origin": origin_json(message, hidden=hidden)}
    return _put(state, chat, person, message.content, now, thread_id, None, passed_on)


def _formatted(text: str, entities: list[object] | None, longest: int) -> Text:
    if not is_unicode(text):
        raise WorldError("The text is not valid Unicode.")
    try:
        formatted = format_text(text, read_entities(entities or [], text))
    except BotApiError as error:
        raise WorldError(str(error)) from None
    if len(formatted.text) > longest:
        raise WorldError(f"The text is longer than {longest} characters.")
    return formatted


def _put(  # noqa: PLR0913, PLR0917 - a message's parts
    state: WorldState,
    chat: Chat,
    person: User,
    content: Content,
    now: float,
    thread_id: int | None,
    reply_to: int | None,
    references: Json | None,
) -> StoredMessage:
    if chat.upgraded_to is not None:
        raise WorldError("This group is a supergroup by now; write there.")
    if thread_id is not None and thread_id not in chat.topics:
        raise MissingError(f"There is no topic {thread_id} in this chat.")
    if reply_to is not None and reply_to not in chat.messages:
        raise MissingError(f"There is no message {reply_to} in this chat.")
    if reply_to is not None and thread_id is None:
        thread_id = chat.messages[reply_to].thread_id
    message = StoredMessage(
        chat=chat,
        message_id=state.next_message_id(chat),
        sender=person,
        date=state.date(now),
        content=content,
        thread_id=thread_id,
        reply_to=reply_to,
        references=references,
    )
    return state.post(message, now)


def press_stop(
    state: WorldState,
    chat: Chat,
    draft_id: int,
    now: float,
    *,
    thread_id: int | None = None,
    is_told: bool = True,
) -> None:
    """Press the stop button of a draft as its person; the bot is told once.

    Raises:
        WorldError: There is no such draft with a button.
    """
    bot = state.bots.get(chat.bot_id or 0)
    place = (chat.bot_id or 0, chat.id, thread_id)
    if bot is None or state.stop_draft(place, draft_id) is None:
        raise MissingError(f"There is no draft {draft_id} with a stop button in this chat.")
    if not is_told:
        return
    payload: Json = {"chat": chat_json(chat)}
    if thread_id is not None:
        payload["message_thread_id"] = thread_id
    # tdlib/telegram-bot-api@e3e9dd8e writes the id as decimal text.
    payload["draft_id"] = str(draft_id)
    state.tell(bot, "stopped_message_generation", payload, now)


def press_button(
    state: WorldState, chat: Chat, person: User, message_id: int, data: str, now: float
) -> str:
    """Press an inline button as a person.

    Returns:
        The id of the callback query.

    Raises:
        WorldError: There is no such button.
    """
    message = chat.messages.get(message_id)
    if message is None or not isinstance(message.sender, Bot):
        raise WorldError(f"Message {message_id} has no button: no bot wrote it.")
    if data not in callback_data_of(message.markup):
        raise WorldError(f"Message {message_id} has no button that sends this.")
    press_id = state.next_press_id()
    state.presses[press_id] = (message.sender.id, now + state.settings.callback_lifetime)
    payload: Json = {
        "id": press_id,
        "from": user_json(person),
        "message": message_json(message),
        "chat_instance": str(abs(chat.id) + 1_000_000_007),
        "data": data,
    }
    state.tell(message.sender, "callback_query", payload, now)
    return press_id


def delete_message(state: WorldState, chat: Chat, message_id: int) -> None:
    """Delete a message for everybody as a person.

    Raises:
        WorldError: There is no such message.
    """
    message = chat.messages.get(message_id)
    if message is None:
        raise MissingError(f"There is no message {message_id} in this chat.")
    state.remove(message)


def set_access(
    state: WorldState, chat: Chat, bot: Bot, access: BotAccess, by: User, now: float
) -> None:
    """Change what a bot may do in a chat, and send it the update."""
    old = member_json(bot, chat)
    chat.access[bot.id] = access
    payload: Json = {
        "chat": chat_json(chat),
        "from": user_json(by),
        "date": state.date(now),
        "old_chat_member": old,
        "new_chat_member": member_json(bot, chat),
    }
    state.tell(bot, "my_chat_member", payload, now)


def upgrade_to_supergroup(state: WorldState, chat: Chat, by: User, now: float) -> Chat:
    """Turn a basic group into a supergroup with another id.

    Raises:
        WorldError: The chat is not a basic group, or was upgraded before.
    """
    if chat.type is not ChatType.GROUP or chat.upgraded_to is not None:
        raise WorldError("Only a basic group can be upgraded, and only once.")
    new_id = -1_000_000_000_000 + chat.id
    new = Chat(new_id, ChatType.SUPERGROUP, chat.title, access=dict(chat.access))
    state.add_chat(new)
    _announce(state, chat, by, {"migrate_to_chat_id": new_id}, now)
    chat.upgraded_to = new_id
    state.note("chat", {"chat": chat_view(chat)})
    _announce(state, new, by, {"migrate_from_chat_id": chat.id}, now)
    return new


def _announce(state: WorldState, chat: Chat, by: User, service: Json, now: float) -> None:
    message = StoredMessage(
        chat=chat,
        message_id=state.next_message_id(chat),
        sender=by,
        date=state.date(now),
        content=Content(),
    )
    state.post(replace(message, service=service), now)
