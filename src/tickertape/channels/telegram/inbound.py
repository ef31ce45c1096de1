"""Telegram's updates as what a gateway reads, without I/O.

The narrow types below hold only the fields that matter here, so a message with content that no
library knows yet is still a message. Both forms of a draft's number are read: the documentation
says Integer, the server writes a decimal string (tdlib/telegram-bot-api Client.cpp at e3e9dd8e,
`JsonMessageGenerationStopped`; core.telegram.org/bots/api#messagegenerationstopped).

- In a private chat, every message is for the bot.
- Elsewhere a message is for the bot if it names it, replies to one of its messages, or starts with
  a command that names no other bot. Other messages are read only under the policy `all`.
- What a message quotes, forwards and carries goes along (`contents`, `sources`). A message without
  text is read, too: the gateway answers it.
- Who writes on behalf of a chat (an anonymous administrator, a channel in a group) is that chat.
- A group that becomes a supergroup reports it twice, once in each; either report is enough.
- The stop button that `outbound` puts under messages is read, other buttons are not.
- Not read: edits, service messages, other bots' messages, automatic forwards from a channel to its
  group, ephemeral messages (an answer would be public), business accounts, channel direct messages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Final, Literal, TypeAlias, cast, get_args

from pydantic import BaseModel, ConfigDict, Field, WrapValidator

from tickertape.channels.telegram.addresses import NAME, address_in
from tickertape.channels.telegram.contents import (
    attachments_of,
    author_of_chat,
    author_of_origin,
    author_of_user,
    is_service,
    words_of_rich,
)
from tickertape.channels.telegram.mentions import CutText, TextRange, span_of
from tickertape.channels.telegram.outbound import STOP_DATA
from tickertape.channels.telegram.sources import Mark, MarkKind, markdown_of
from tickertape.chat import Address, ChatKind, Inbound, Message, Moved, Person, StopPressed
from tickertape.message import (
    Attachment,
    AttachmentKind,
    Author,
    ForwardedMessage,
    MessagePart,
    QuotedMessage,
)

__all__ = ["ALLOWED_UPDATES", "Groups", "Me", "inbound_of", "me_of", "update_id_of"]

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
    channel: str = NAME
    """What its channel is called."""


def me_of(user: object) -> Me | None:
    """Return who the bot is, from what `getMe` tells; None where that is no user."""
    match user:
        case {"id": int() as number, "username": str() as name}:
            return Me(number, name)
        case {"id": int() as number}:
            return Me(number, "")
        case _:
            return None


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
    url: str | None = None
    language: str | None = None


def _or_none(value: object, read: Callable[[object], object]) -> object:
    """Read an optional part of a message; an unknown shape does not lose the text."""
    try:
        return read(value)
    except ValueError:
        return None


def _or_nothing(value: object, read: Callable[[object], object]) -> object:
    """Read an optional list of a message; see `_or_none`."""
    return _or_none(value, read) or ()


_Entities: TypeAlias = Annotated[
    tuple[Annotated[_Entity | None, WrapValidator(_or_none)], ...], WrapValidator(_or_nothing)
]


class _Message(_Part):
    model_config = ConfigDict(frozen=True, extra="allow")

    message_id: int
    chat: _Chat
    sender: _User | None = Field(None, alias="from")
    message_thread_id: int | None = None
    is_topic_message: bool = False
    is_automatic_forward: bool = False
    ephemeral_message_id: int | None = None
    migrate_to_chat_id: int | None = None
    migrate_from_chat_id: int | None = None
    text: str | None = None
    caption: str | None = None
    entities: _Entities = ()
    caption_entities: _Entities = ()
    reply_to_message: Annotated[_Message | None, WrapValidator(_or_none)] = None

    @property
    def rest(self) -> Mapping[str, object]:
        """What else it holds, of whatever shape."""
        return self.model_extra or {}


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
    update_id: int | None = None
    message: _Message | None = None
    channel_post: _Message | None = None
    callback_query: _Press | None = None
    stopped_message_generation: _Stop | None = None


@dataclass(frozen=True, slots=True)
class _Call:
    """How a text calls the bot."""

    names: tuple[TextRange, ...]
    """Where the bot's name stands, the one behind a command's word included."""
    is_ours: bool
    """The text names the bot, or starts with a command that it may take."""
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
    read = _Update.model_validate(_readable(update))
    inbound = _inbound_of(read, me, groups)
    if inbound is None or read.update_id is None:
        return inbound
    return replace(inbound, key=str(read.update_id))


def _inbound_of(read: _Update, me: Me, groups: Groups) -> Inbound | None:
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
            try:
                value.encode()
            except UnicodeEncodeError:
                return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            return value
        case list():
            return [_readable(item) for item in value]
        case dict():
            return {name: _readable(item) for name, item in value.items()}
        case _:
            return value


def _move_of(message: _Message, me: Me) -> Moved | None:
    """Read that a group has become a supergroup: the old says where to, the new where from."""
    old, there = message.chat.id, message.migrate_to_chat_id
    if there is None:
        if message.migrate_from_chat_id is None:
            return None
        old, there = message.migrate_from_chat_id, message.chat.id
    return Moved(Address(me.channel, str(there), ChatKind.GROUP), old_chat=str(old))


def _stop_of(stop: _Stop, me: Me) -> StopPressed:
    # Drafts exist in private chats only, where the chat's number is the person's.
    chat, topic = stop.chat, stop.message_thread_id
    person = Person(id=str(chat.id), name=_name(chat))
    address = address_in(chat.id, chat.type, topic, channel=me.channel)
    return StopPressed(address=address, sender=person, draft_id=str(stop.draft_id))


def _press_of(press: _Press, me: Me) -> StopPressed | None:
    """Read a press under a message.

    Of a message that is too old its number and its chat are told, and nothing else
    (core.telegram.org/bots/api#inaccessiblemessage): such a press belongs to no topic, and to no
    answer that is still being written.
    """
    if press.data != STOP_DATA or press.message is None:
        return None
    return StopPressed(
        address=_place_of(press.message, me),
        sender=Person(id=str(press.sender.id), name=_name(press.sender)),
        message_id=str(press.message.message_id),
        press_id=press.id,
    )


def _place_of(message: _Message, me: Me) -> Address:
    thread_id = message.message_thread_id if message.is_topic_message else None
    return address_in(message.chat.id, message.chat.type, thread_id, channel=me.channel)


def _text_of(message: _Message, me: Me, groups: Groups) -> Message | None:
    if _is_out_of_bounds(message) or is_service(message.rest):
        return None
    address = _place_of(message, me)
    is_private = address.kind is ChatKind.PRIVATE
    call = _call_in(message, me, names_count=not is_private)
    to_us = is_private or (not call.is_for_another and (call.is_ours or _answers(message, me.id)))
    album = message.rest.get("media_group_id")
    is_piece = not is_private and not _is_read(groups, call, to_us=to_us)
    if is_piece and (not album or groups == "off" or call.is_for_another):
        return None
    cut = CutText(_said(message), call.names)
    held = _held(message, cut)
    parts = (*_answered(message, me.id), *held)
    text = cut.text
    if "forward_origin" in message.rest:
        origin = author_of_origin(message.rest["forward_origin"], me.id)
        text, parts = "", (ForwardedMessage(held, origin),)
    return Message(
        address=address,
        sender=_sender_of(message),
        text=text,
        message_id=str(message.message_id),
        order=message.message_id,
        to_us=to_us,
        parts=() if parts == (text,) else parts,
        album=str(album or ""),
        is_piece=is_piece,
    )


def _said(message: _Message) -> str:
    """Return the words of a message, however it holds them."""
    if message.text is not None:
        return message.text
    return message.caption or words_of_rich(message.rest.get("rich_message"))


def _held(message: _Message, cut: CutText | None = None) -> tuple[MessagePart, ...]:
    """Return what a message itself holds: what is attached, and its words as Markdown.

    What has neither holds something that this server, or this program, does not know.
    """
    said = _said(message)
    cut = cut or CutText(said, ())
    words = markdown_of(cut.text, _marks(said, _entities(message), cut))
    attached = attachments_of(message.rest)
    if not attached and message.text is None and "rich_message" not in message.rest:
        attached = (Attachment(AttachmentKind.UNKNOWN),)
    return (*attached, words) if words.strip() else attached


def _marks(said: str, entities: Sequence[_Entity], cut: CutText) -> Iterator[Mark]:
    """Yield the entities that are kept, where they are in what is left of `said`."""
    for entity in entities:
        if entity.type not in get_args(MarkKind):
            continue
        span = span_of(said, entity.offset, entity.length)
        span = cut.moved(span) if span is not None else None
        if span is not None:
            detail = entity.url or entity.language or ""
            yield Mark(cast("MarkKind", entity.type), span, detail)


def _answered(message: _Message, our_id: int) -> tuple[QuotedMessage, ...]:
    """Return the message that this one answers, or the words of it that were picked out."""
    excerpt = _excerpt(message.rest.get("quote"))
    target = message.reply_to_message
    if target is not None and not _is_topic_root(message) and not is_service(target.rest):
        author = author_of_chat(target.rest.get("sender_chat"))
        author = author or author_of_user(_plain_user(target.sender), our_id)
        return _quote(_told(target, our_id), excerpt, author)
    elsewhere = message.rest.get("external_reply")
    if isinstance(elsewhere, Mapping):
        author = author_of_origin(elsewhere.get("origin"), our_id)
        chat = author_of_chat(elsewhere.get("chat"))
        place = chat.name if chat is not None and (author is None or chat.id != author.id) else ""
        return (
            QuotedMessage((*attachments_of(elsewhere), *excerpt), author, bool(excerpt), place),
        )
    match message.rest.get("reply_to_story"):
        case {"chat": chat}:
            story = Attachment(AttachmentKind.STORY)
            return (QuotedMessage((story, *excerpt), author_of_chat(chat), bool(excerpt)),)
        case _:
            return (QuotedMessage(excerpt, is_excerpt=True),) if excerpt else ()


def _quote(
    held: tuple[MessagePart, ...], excerpt: tuple[str, ...], author: Author | None
) -> tuple[QuotedMessage, ...]:
    if excerpt:
        attached = tuple(part for part in held if isinstance(part, Attachment))
        return (QuotedMessage((*attached, *excerpt), author, is_excerpt=True),)
    return (QuotedMessage(held, author),) if held else ()


def _told(target: _Message, our_id: int) -> tuple[MessagePart, ...]:
    """Return what is told of a message that is answered: nothing of one that is gone."""
    if not _said(target) and not attachments_of(target.rest):
        return ()
    if "forward_origin" not in target.rest or target.is_automatic_forward:
        return _held(target)
    return (
        ForwardedMessage(_held(target), author_of_origin(target.rest["forward_origin"], our_id)),
    )


def _excerpt(quote: object) -> tuple[str, ...]:
    """Return the words that were picked out of the answered message, as Markdown."""
    match quote:
        case {"text": str() as text} if text.strip():
            return (text,)
        case _:
            return ()


def _plain_user(user: _User | None) -> dict[str, object] | None:
    return user.model_dump() if user is not None else None


def _sender_of(message: _Message) -> Person | None:
    """Return the sender: the chat, if a person writes in a group on its behalf."""
    if message.chat.type != "channel":
        chat = author_of_chat(message.rest.get("sender_chat"))
        if chat is not None:
            return Person(id=chat.id, name=chat.name)
    sender = message.sender
    return Person(id=str(sender.id), name=_name(sender)) if sender is not None else None


def _is_out_of_bounds(message: _Message) -> bool:
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


def _entities(message: _Message) -> Sequence[_Entity]:
    told = message.entities if message.text is not None else message.caption_entities
    return [entity for entity in told if entity is not None]


def _call_in(message: _Message, me: Me, *, names_count: bool) -> _Call:
    """Find how a message calls the bot; `names_count` is whether names are calls here.

    A forwarded command orders nothing.
    """
    said = _said(message)
    orders_count = "forward_origin" not in message.rest
    handle = f"@{me.username}".casefold()
    names: list[TextRange] = []
    is_command, is_for_another = False, False
    for entity in _entities(message):
        span = span_of(said, entity.offset, entity.length)
        if span is None:
            continue
        marked = said[span.start : span.end]
        if entity.type == "bot_command" and span.start == 0 and orders_count:
            word, at, name = marked.partition("@")
            is_command = True
            is_for_another = bool(at) and f"@{name}".casefold() != handle
            if at and not is_for_another:
                names.append(TextRange(len(word), span.end))
        elif names_count and _names_us(entity, marked, handle, me.id):
            names.append(span)
    is_ours = bool(names) or (is_command and not is_for_another)
    return _Call(names=tuple(names), is_ours=is_ours, is_for_another=is_for_another)


def _names_us(entity: _Entity, marked: str, handle: str, our_id: int) -> bool:
    """Return whether an entity names the bot: its @handle, or a link to it without one."""
    if entity.type == "mention":
        return marked.casefold() == handle
    return entity.type == "text_mention" and entity.user is not None and entity.user.id == our_id


def _answers(message: _Message, our_id: int) -> bool:
    """Return whether a message is a reply to one of the bot's."""
    target = message.reply_to_message
    if target is None or target.sender is None or _is_topic_root(message):
        return False
    return target.sender.id == our_id


def _is_topic_root(message: _Message) -> bool:
    """Return whether a message replies to the one that opened its topic.

    Every message of a topic is formally a reply to that service message, whose number is the
    topic's; that is no answer to its author.
    """
    target = message.reply_to_message
    is_root = target is not None and target.message_id == message.message_thread_id
    return message.is_topic_message and is_root


def _name(who: _User | _Chat) -> str:
    return f"{who.first_name} {who.last_name or ''}".strip()
