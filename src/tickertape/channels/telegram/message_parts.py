"""The parts of a Telegram message, purely: its words, its attachments, and the quotes in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast, get_args

from tickertape.channels.telegram.contents import (
    attachments_of,
    author_of_chat,
    author_of_origin,
    author_of_user,
    is_service,
    words_of_rich,
)
from tickertape.channels.telegram.mentions import CutText, TextRange, span_of
from tickertape.channels.telegram.sources import Mark, MarkKind, markdown_of
from tickertape.channels.telegram.update_types import UpdateEntity, UpdateMessage, UpdateUser
from tickertape.markup.rulers import UTF16
from tickertape.message import (
    Attachment,
    AttachmentKind,
    Author,
    ForwardedMessage,
    MessagePart,
    QuotedMessage,
)

__all__ = ["entities_of", "is_topic_root", "parts_of", "quotes_of", "said_in"]


def said_in(message: UpdateMessage) -> str:
    """Return the words of a message: its text, its caption, or those of a rich message."""
    if message.text is not None:
        return message.text
    return message.caption or words_of_rich(message.rest.get("rich_message"))


def parts_of(message: UpdateMessage, cut: CutText | None = None) -> tuple[MessagePart, ...]:
    """Return the parts of a message itself: its attachments, and its words as Markdown.

    A message with neither holds something that this server, or this program, does not know.

    Args:
        message: the message.
        cut: its words without the bot's name; None: all of them.
    """
    said = said_in(message)
    cut = cut or CutText(said, ())
    words = markdown_of(cut.text, _marks(said, entities_of(message), cut))
    attached = attachments_of(message.rest)
    if not attached and message.text is None and "rich_message" not in message.rest:
        attached = (Attachment(AttachmentKind.UNKNOWN),)
    return (*attached, words) if words.strip() else attached


def _marks(said: str, entities: Sequence[UpdateEntity], cut: CutText) -> Iterator[Mark]:
    """Yield the entities that models need, at their places in the words that `cut` leaves."""
    for entity in entities:
        if entity.type not in get_args(MarkKind):
            continue
        span = span_of(said, entity.offset, entity.length)
        span = cut.moved(span) if span is not None else None
        if span is not None:
            detail = entity.url or entity.language or ""
            yield Mark(cast("MarkKind", entity.type), span, detail)


def quotes_of(message: UpdateMessage, our_id: int) -> tuple[QuotedMessage, ...]:
    """Return the message that this one answers, or the excerpt of it that was picked."""
    target = message.reply_to_message
    excerpt = _excerpt(message.rest.get("quote"), target)
    if target is not None and not is_topic_root(message) and not is_service(target.rest):
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


def _told(target: UpdateMessage, our_id: int) -> tuple[MessagePart, ...]:
    """Return the parts of an answered message: none of one that is gone."""
    if not said_in(target) and not attachments_of(target.rest):
        return ()
    if "forward_origin" not in target.rest or target.is_automatic_forward:
        return parts_of(target)
    return (
        ForwardedMessage(parts_of(target), author_of_origin(target.rest["forward_origin"], our_id)),
    )


def _excerpt(quote: object, target: UpdateMessage | None) -> tuple[str, ...]:
    """Return the excerpt that was picked from the answered message, as Markdown.

    A quote comes without the addresses under its words; the message has them.
    """
    match quote:
        case {"text": str() as text, "position": int() as position} if target and text.strip():
            said = said_in(target)
            span = span_of(said, position, UTF16.measure(text))
            if span is None or said[span.start : span.end] != text:
                return (text,)
            outside = TextRange(0, span.start), TextRange(span.end, len(said))
            cut = CutText(said, outside)
            return (markdown_of(cut.text, _marks(said, entities_of(target), cut)),)
        case {"text": str() as text} if text.strip():
            return (text,)
        case _:
            return ()


def entities_of(message: UpdateMessage) -> Sequence[UpdateEntity]:
    """Return the readable entities of a message's words."""
    told = message.entities if message.text is not None else message.caption_entities
    return [entity for entity in told if entity is not None]


def _plain_user(user: UpdateUser | None) -> dict[str, object] | None:
    return user.model_dump() if user is not None else None


def is_topic_root(message: UpdateMessage) -> bool:
    """Return whether a message replies to the one that opened its topic.

    Every message of a topic is formally a reply to that service message, whose number is the
    topic's; that is no answer to its author.
    """
    target = message.reply_to_message
    is_root = target is not None and target.message_id == message.message_thread_id
    return message.is_topic_message and is_root
