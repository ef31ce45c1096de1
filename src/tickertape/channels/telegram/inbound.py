"""From what Telegram reports to what a gateway reads: pure, without I/O.

Updates are read from their JSON through the narrow types below, which hold only the fields that
matter here. So a message with a content that no library knows yet is still a message, and both
forms of a draft's number are read: the page says Integer, the server writes a decimal string
(core.telegram.org/bots/api#messagegenerationstopped; tdlib/telegram-bot-api Client.cpp at e3e9dd8e,
`JsonMessageGenerationStopped`).

What becomes of a message:

- in a private chat everything is for the bot;
- elsewhere it is for the bot when it names it, answers one of its messages, or starts with a
  command that names no other bot; what else arrives is read only under the policy `all`;
- a press of the stop button that `outbound` puts under messages is one, also on a message that has
  become too old to be told of; presses of other buttons are not read;
- what other bots write, what has no text but the bot's name, posts that Telegram itself forwards
  from a channel to its group, ephemeral messages (an answer would be public) and channel direct
  messages (no place of ours) are not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from tickertape.channels.telegram.addresses import address_in
from tickertape.channels.telegram.mentions import Span, span_of, without
from tickertape.channels.telegram.outbound import STOP_DATA
from tickertape.chat import Address, ChatKind, Inbound, IncomingText, Person, StopPressed

__all__ = ["ALLOWED_UPDATES", "Groups", "Me", "inbound_of", "update_id_of"]

Groups: TypeAlias = Literal["mention", "all", "off"]
"""What is read where several people write: what is for the bot, everything, or nothing."""

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
    """Who the bot is, as `getMe` says."""

    id: int
    """The bot's number."""
    username: str
    """The bot's name, without the @."""


class _Part(BaseModel):
    """A piece of an update; what is not declared is not read."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _User(_Part):
    id: int
    is_bot: bool = False
    first_name: str = ""
    last_name: str | None = None


class _Chat(_Part):
    id: int
    type: str
    first_name: str = ""
    last_name: str | None = None
    is_direct_messages: bool = False


class _Entity(_Part):
    type: str
    offset: int
    length: int
    user: _User | None = None


class _Message(_Part):
    message_id: int
    chat: _Chat
    sender: _User | None = Field(None, alias="from")
    message_thread_id: int | None = None
    is_topic_message: bool = False
    is_automatic_forward: bool = False
    ephemeral_message_id: int | None = None
    text: str | None = None
    caption: str | None = None
    entities: tuple[_Entity, ...] = ()
    caption_entities: tuple[_Entity, ...] = ()
    reply_to_message: _Message | None = None


class _Stop(_Part):
    chat: _Chat
    draft_id: int
    message_thread_id: int | None = None


class _Press(_Part):
    id: str
    sender: _User = Field(alias="from")
    message: _Message | None = None
    data: str | None = None


class _Update(_Part):
    message: _Message | None = None
    channel_post: _Message | None = None
    callback_query: _Press | None = None
    stopped_message_generation: _Stop | None = None


@dataclass(frozen=True, slots=True)
class _Call:
    """How a text calls the bot."""

    names: tuple[Span, ...]
    """Where the bot's name stands, the one behind a command's word included."""
    is_ours: bool
    """The text names the bot, or starts with a command that it may take."""
    is_for_another: bool
    """The text starts with a command that names another bot."""


def update_id_of(update: object) -> int | None:
    """Give an update's number, by which it is confirmed; None where it has none."""
    match update:
        case {"update_id": int() as update_id}:
            return update_id
        case _:
            return None


def inbound_of(update: object, me: Me, groups: Groups = "mention") -> Inbound | None:
    """Read one update, as JSON gives it.

    Args:
        update: an element of the result of `getUpdates`, or the body of a webhook's request.
        me: who the bot is.
        groups: what is read in groups and channels.

    Returns:
        What a person wrote or pressed; None where there is nothing to read.

    Raises:
        ValueError: when it is not an update. The text may quote what a person wrote.
    """
    read = _Update.model_validate(update)
    if read.stopped_message_generation is not None:
        return _stop_of(read.stopped_message_generation)
    if read.callback_query is not None:
        return _press_of(read.callback_query)
    message = read.message or read.channel_post
    return _text_of(message, me, groups) if message is not None else None


def _stop_of(stop: _Stop) -> StopPressed:
    # Drafts exist in private chats only, where the chat's number is the person's.
    person = Person(id=stop.chat.id, name=_name(stop.chat))
    address = address_in(stop.chat.id, stop.chat.type, stop.message_thread_id)
    return StopPressed(address=address, sender=person, draft_id=stop.draft_id)


def _press_of(press: _Press) -> StopPressed | None:
    """Read a press under a message.

    Of a message that is too old its number and its chat are told, and nothing else
    (core.telegram.org/bots/api#inaccessiblemessage): such a press belongs to no topic, and to no
    answer that is still being written.
    """
    if press.data != STOP_DATA or press.message is None:
        return None
    return StopPressed(
        address=_place_of(press.message),
        sender=Person(id=press.sender.id, name=_name(press.sender)),
        message_id=press.message.message_id,
        press_id=press.id,
    )


def _place_of(message: _Message) -> Address:
    thread_id = message.message_thread_id if message.is_topic_message else None
    return address_in(message.chat.id, message.chat.type, thread_id)


def _text_of(message: _Message, me: Me, groups: Groups) -> IncomingText | None:
    said = message.text if message.text is not None else message.caption
    if not said or not said.strip() or _is_out_of_bounds(message):
        return None
    address = _place_of(message)
    is_private = address.kind is ChatKind.PRIVATE
    call = _call_in(said, _entities(message), me, names_count=not is_private)
    to_us = is_private or (not call.is_for_another and (call.is_ours or _answers(message, me.id)))
    if not is_private and not _is_read(groups, call, to_us=to_us):
        return None
    text = without(said, call.names)
    if not text:
        return None
    sender = message.sender
    return IncomingText(
        address=address,
        sender=Person(id=sender.id, name=_name(sender)) if sender is not None else None,
        text=text,
        message_id=message.message_id,
        to_us=to_us,
    )


def _is_out_of_bounds(message: _Message) -> bool:
    """Whether a message is none of those that are read at all, whatever it says."""
    return (
        (message.sender is not None and message.sender.is_bot)
        or message.is_automatic_forward
        or message.chat.is_direct_messages
        or message.ephemeral_message_id is not None
    )


def _is_read(groups: Groups, call: _Call, *, to_us: bool) -> bool:
    """Whether the policy lets a message of a group or channel through."""
    if groups == "off" or call.is_for_another:
        return False
    return to_us or groups == "all"


def _entities(message: _Message) -> Sequence[_Entity]:
    return message.entities if message.text is not None else message.caption_entities


def _call_in(said: str, entities: Sequence[_Entity], me: Me, *, names_count: bool) -> _Call:
    """Find how `said` calls the bot; `names_count` is whether names are calls here."""
    handle = f"@{me.username}".casefold()
    names: list[Span] = []
    is_command, is_for_another = False, False
    for entity in entities:
        span = span_of(said, entity.offset, entity.length)
        if span is None:
            continue
        marked = said[span.start : span.end]
        if entity.type == "bot_command" and span.start == 0:
            word, at, name = marked.partition("@")
            is_command = True
            is_for_another = bool(at) and f"@{name}".casefold() != handle
            if at and not is_for_another:
                names.append(Span(len(word), span.end))
        elif names_count and _names_us(entity, marked, handle, me.id):
            names.append(span)
    is_ours = bool(names) or (is_command and not is_for_another)
    return _Call(names=tuple(names), is_ours=is_ours, is_for_another=is_for_another)


def _names_us(entity: _Entity, marked: str, handle: str, our_id: int) -> bool:
    """Whether an entity is the bot's name: its @handle, or a link to it without one."""
    if entity.type == "mention":
        return marked.casefold() == handle
    return entity.type == "text_mention" and entity.user is not None and entity.user.id == our_id


def _answers(message: _Message, our_id: int) -> bool:
    """Whether a message is a reply to one of the bot's.

    Every message of a topic is formally a reply to the service message that opened the topic, whose
    number is the topic's; that is no answer to whoever opened it.
    """
    target = message.reply_to_message
    if target is None or target.sender is None:
        return False
    is_topic_root = message.is_topic_message and target.message_id == message.message_thread_id
    return target.sender.id == our_id and not is_topic_root


def _name(who: _User | _Chat) -> str:
    return f"{who.first_name} {who.last_name or ''}".strip()
