"""Telegram's updates as a gateway reads them, without I/O.

- In a private chat, every message is for the bot.
- Elsewhere a message is for the bot if it names it, replies to one of its messages, or starts with
  a command that names no other bot. Other messages are read only under the policy `all`.
- Quotes, forwards and attachments of a message are read (`message_parts`, `contents`, `sources`). A
  message without text is read, too: the gateway answers it.
- The sender is the chat where a person writes on its behalf (an anonymous administrator, a channel
  in a group).
- A group that becomes a supergroup reports it twice, once in each; either report is enough.
- The buttons that `outbound` puts under messages are read, those of other programs are not.
- Not read: edits, service messages, other bots' messages, automatic forwards from a channel to its
  group, ephemeral messages (an answer would be public), business accounts, channel direct messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from tickertape.channels.telegram.addresses import NAME, address_in
from tickertape.channels.telegram.contents import author_of_chat, author_of_origin, is_service
from tickertape.channels.telegram.mentions import CutText, TextRange, span_of
from tickertape.channels.telegram.message_parts import (
    entities_of,
    is_topic_root,
    parts_of,
    quotes_of,
    said_in,
)
from tickertape.channels.telegram.outbound import BUTTON_DATA, STOP_DATA
from tickertape.channels.telegram.update_types import (
    ButtonPress,
    GenerationStopped,
    Update,
    UpdateChat,
    UpdateEntity,
    UpdateMessage,
    UpdateUser,
)
from tickertape.chat import (
    Address,
    ButtonPressed,
    ChatKind,
    Inbound,
    Message,
    Moved,
    Person,
    StopPressed,
)
from tickertape.markup.plain import encodable
from tickertape.message import ForwardedMessage

__all__ = ["ALLOWED_UPDATES", "Groups", "Me", "inbound_of", "me_of", "update_id_of"]

Groups: TypeAlias = Literal["mention", "all", "off"]
"""The messages that are read where several people write: those for the bot, all, or none."""

# Programs cut a text that is longer than a message (4096) at a good place of its second half:
# what is shorter than that is no beginning of another.
_CUT_FROM: Final = 2_048

ALLOWED_UPDATES: Final = (
    "message",
    "channel_post",
    "callback_query",
    "stopped_message_generation",
)
"""The kinds of update that are asked for. Always the whole list: the server keeps the last one it
was given (core.telegram.org/bots/api#getupdates, 2026-11)."""


@dataclass(frozen=True, slots=True)
class Me:
    """The bot's identity, as `getMe` tells it."""

    id: int
    """The bot's number."""
    username: str
    """The bot's name, without the @."""
    channel: str = NAME
    """The name of its channel."""


def me_of(user: object) -> Me | None:
    """Return the bot's identity from the result of `getMe`; None if that is no user."""
    match user:
        case {"id": int() as number, "username": str() as name}:
            return Me(number, name)
        case {"id": int() as number}:
            return Me(number, "")
        case _:
            return None


@dataclass(frozen=True, slots=True)
class _Call:
    """How a text calls the bot."""

    names: tuple[TextRange, ...]
    """Where the bot's name stands, the one behind a command's word included."""
    is_ours: bool
    """The text names the bot, or starts with a command, and with none that names another bot."""
    is_for_another: bool
    """The text starts with a command that names another bot."""


def update_id_of(update: object) -> int | None:
    """Return an update's number, by which it is confirmed; None if it has none."""
    match update:
        case {"update_id": int() as update_id}:
            return update_id
        case _:
            return None


def inbound_of(update: object, me: Me, groups: Groups = "mention") -> Inbound | None:
    """Return the event of one update.

    Args:
        update: an element of the result of `getUpdates`, or the body of a webhook's request.
        me: the bot's identity.
        groups: the messages that are read in groups and channels.

    Returns:
        A message, a press, or the move of a chat; None if there is nothing to read.

    Raises:
        ValueError: when it is not an update. The text may quote what a person wrote.
    """
    read = Update.model_validate(_readable(update))
    inbound = _inbound_of(read, me, groups)
    if inbound is None or read.update_id is None:
        return inbound
    return replace(inbound, key=str(read.update_id))


def _inbound_of(read: Update, me: Me, groups: Groups) -> Inbound | None:
    if read.stopped_message_generation is not None:
        return _stop_of(read.stopped_message_generation, me)
    if read.callback_query is not None:
        return _press_of(read.callback_query, me)
    message = read.message or read.channel_post
    if message is None:
        return None
    return _move_of(message, me) or _text_of(message, me, groups)


def _readable(value: object) -> object:
    """Replace what cannot be read as text: half of a surrogate pair, where a quote was cut."""
    match value:
        case str():
            return encodable(value)
        case list():
            return [_readable(item) for item in value]
        case dict():
            return {name: _readable(item) for name, item in value.items()}
        case _:
            return value


def _move_of(message: UpdateMessage, me: Me) -> Moved | None:
    """Read that a group has become a supergroup: the old says where to, the new where from."""
    old, there = message.chat.id, message.migrate_to_chat_id
    if there is None:
        if message.migrate_from_chat_id is None:
            return None
        old, there = message.migrate_from_chat_id, message.chat.id
    return Moved(Address(me.channel, str(there), ChatKind.GROUP), old_chat=str(old))


def _stop_of(stop: GenerationStopped, me: Me) -> StopPressed:
    # Drafts exist in private chats only, where the chat's number is the person's.
    chat, topic = stop.chat, stop.message_thread_id
    person = Person(id=str(chat.id), name=_name(chat))
    address = address_in(chat.id, chat.type, topic, channel=me.channel)
    return StopPressed(address=address, sender=person, draft_id=str(stop.draft_id))


def _press_of(press: ButtonPress, me: Me) -> StopPressed | ButtonPressed | None:
    """Read a press under a message.

    Of a message that is too old its number and its chat are told, and nothing else
    (core.telegram.org/bots/api#inaccessiblemessage): such a press belongs to no topic, and to no
    answer that is still being written.
    """
    if press.data is None or press.message is None:
        return None
    address, message_id = _place_of(press.message, me), str(press.message.message_id)
    sender = Person(id=str(press.sender.id), name=_name(press.sender))
    if press.data == STOP_DATA:
        return StopPressed(address, sender, message_id=message_id, press_id=press.id)
    if not press.data.startswith(BUTTON_DATA):
        return None
    data = press.data.removeprefix(BUTTON_DATA)
    return ButtonPressed(address, sender, data, message_id, press.id)


def _place_of(message: UpdateMessage, me: Me) -> Address:
    thread_id = message.message_thread_id if message.is_topic_message else None
    return address_in(message.chat.id, message.chat.type, thread_id, channel=me.channel)


def _text_of(message: UpdateMessage, me: Me, groups: Groups) -> Message | None:
    if _is_out_of_bounds(message) or is_service(message.rest):
        return None
    address = _place_of(message, me)
    is_private = address.kind is ChatKind.PRIVATE
    call = _call_in(message, me, names_count=not is_private)
    names_us = not call.is_for_another and (bool(call.names) or _answers(message, me.id))
    to_us = is_private or names_us or call.is_ours
    album = message.rest.get("media_group_id")
    is_piece = not is_private and not _is_read(groups, call, to_us=to_us)
    if is_piece and (not album or groups == "off" or call.is_for_another):
        return None
    cut = CutText(said_in(message), call.names)
    held = parts_of(message, cut)
    parts = (*quotes_of(message, me.id), *held)
    text = cut.text
    if "forward_origin" in message.rest:
        origin = author_of_origin(message.rest["forward_origin"], me.id)
        text, parts = "", (ForwardedMessage(parts, origin),)
    return Message(
        address=address,
        sender=_sender_of(message),
        text=text,
        message_id=str(message.message_id),
        order=message.message_id,
        sent_at=message.date or None,
        to_us=to_us,
        names_us=names_us and not is_private,
        parts=() if parts == (text,) else parts,
        album=str(album or ""),
        is_piece=is_piece,
        may_go_on=len(text) > _CUT_FROM and not album,
    )


def _sender_of(message: UpdateMessage) -> Person | None:
    """Return the sender: the chat, if a person writes in a group on its behalf."""
    if message.chat.type != "channel":
        chat = author_of_chat(message.rest.get("sender_chat"))
        if chat is not None:
            return Person(id=chat.id, name=chat.name)
    sender = message.sender
    return Person(id=str(sender.id), name=_name(sender)) if sender is not None else None


def _is_out_of_bounds(message: UpdateMessage) -> bool:
    """Return whether a message is of a kind that is never read, whatever it says."""
    is_bots = message.sender is not None and message.sender.is_bot
    return (
        (is_bots and not isinstance(message.rest.get("sender_chat"), Mapping))
        or "business_connection_id" in message.rest
        or message.is_automatic_forward
        or message.chat.is_direct_messages
        or message.ephemeral_message_id is not None
    )


def _is_read(groups: Groups, call: _Call, *, to_us: bool) -> bool:
    """Return whether the policy admits a message of a group or channel."""
    if groups == "off" or call.is_for_another:
        return False
    return to_us or groups == "all"


def _call_in(message: UpdateMessage, me: Me, *, names_count: bool) -> _Call:
    """Return how a message calls the bot.

    Args:
        message: the message.
        me: the bot's identity.
        names_count: whether a name is a call here; in private chats it is a word like others.
    """
    said = said_in(message)
    # A forwarded command was an order to another bot, or at another time.
    orders_count = "forward_origin" not in message.rest
    handle = f"@{me.username}".casefold()
    names: list[TextRange] = []
    is_command, is_for_another = False, False
    for entity in entities_of(message):
        span = span_of(said, entity.offset, entity.length)
        if span is None:
            continue
        marked = said[span.start : span.end]
        if entity.type == "bot_command" and span.start == 0 and orders_count:
            word, at, name = marked.partition("@")
            is_command = True
            is_for_another = bool(at) and f"@{name}".casefold() != handle
            # `/model@our_bot clever`: the name is cut out, the command and its argument stay.
            if at and not is_for_another:
                names.append(TextRange(len(word), span.end))
        elif names_count and _names_us(entity, marked, handle, me.id):
            names.append(span)
    is_ours = not is_for_another and (bool(names) or is_command)
    return _Call(names=tuple(names), is_ours=is_ours, is_for_another=is_for_another)


def _names_us(entity: UpdateEntity, marked: str, handle: str, our_id: int) -> bool:
    """Return whether an entity names the bot: its @handle, or a link to it without one."""
    if entity.type == "mention":
        return marked.casefold() == handle
    return entity.type == "text_mention" and entity.user is not None and entity.user.id == our_id


def _answers(message: UpdateMessage, our_id: int) -> bool:
    """Return whether a message is a reply to one of the bot's."""
    target = message.reply_to_message
    if target is None or target.sender is None or is_topic_root(message):
        return False
    return target.sender.id == our_id


def _name(who: UpdateUser | UpdateChat) -> str:
    return f"{who.first_name} {who.last_name or ''}".strip()
