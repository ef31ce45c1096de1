"""The attachments and authors of Telegram's messages: tables, purely.

Everything here is read from JSON by its shape, and what has another shape is not there: a server
that is newer than these tables must not make a message unreadable. The fields are those of
core.telegram.org/bots/api#message, #externalreplyinfo, #messageorigin and #richmessage (Bot API
10.3, 2026-11).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from tickertape.message import Attachment, AttachmentKind, Author, AuthorKind

__all__ = [
    "attachments_of",
    "author_of_chat",
    "author_of_origin",
    "author_of_user",
    "is_service",
    "words_of_rich",
]

_KIND_OF: Final[Mapping[str, AttachmentKind]] = {
    "photo": AttachmentKind.PHOTO,
    "live_photo": AttachmentKind.LIVE_PHOTO,
    "video": AttachmentKind.VIDEO,
    "video_note": AttachmentKind.VIDEO_MESSAGE,
    "animation": AttachmentKind.ANIMATION,
    "audio": AttachmentKind.AUDIO,
    "voice": AttachmentKind.VOICE_MESSAGE,
    "sticker": AttachmentKind.STICKER,
    "document": AttachmentKind.DOCUMENT,
    "story": AttachmentKind.STORY,
    "paid_media": AttachmentKind.PAID_MEDIA,
    "venue": AttachmentKind.VENUE,
    "location": AttachmentKind.LOCATION,
    "contact": AttachmentKind.CONTACT,
    "poll": AttachmentKind.POLL,
    "checklist": AttachmentKind.CHECKLIST,
    "dice": AttachmentKind.DICE,
    "game": AttachmentKind.GAME,
    "invoice": AttachmentKind.INVOICE,
    "giveaway": AttachmentKind.GIVEAWAY,
    "giveaway_winners": AttachmentKind.GIVEAWAY,
}
"""What people send, by the field that holds it."""

_SHADOWS: Final = {"animation": "document", "venue": "location", "live_photo": "photo"}
"""Fields that are set a second time, for programs that do not know the first."""

_LABELS: Final[Mapping[str, tuple[str, ...]]] = {
    "audio": ("performer", "title"),
    "document": ("file_name",),
    "sticker": ("emoji",),
    "venue": ("title", "address"),
    "location": ("latitude", "longitude"),
    "contact": ("first_name", "last_name", "phone_number"),
    "poll": ("question", "options"),
    "checklist": ("title", "tasks"),
    "dice": ("emoji", "value"),
    "game": ("title",),
    "invoice": ("title",),
}
"""The fields that name what was sent, in the order in which they are told."""

_SERVICE: Final = frozenset(
    (
        *("boost_added", "channel_chat_created", "chat_background_set", "chat_owner_changed"),
        *("chat_owner_left", "chat_shared", "checklist_tasks_added", "checklist_tasks_done"),
        *("community_chat_added", "community_chat_joined", "community_chat_removed"),
        *("connected_website", "delete_chat_photo", "direct_message_price_changed"),
        *("forum_topic_closed", "forum_topic_created", "forum_topic_edited"),
        *("forum_topic_reopened", "general_forum_topic_hidden", "general_forum_topic_unhidden"),
        *("gift", "gift_upgrade_sent", "giveaway_completed", "giveaway_created"),
        *("group_chat_created", "left_chat_member", "left_chat_participant"),
        *("managed_bot_created", "message_auto_delete_timer_changed", "migrate_from_chat_id"),
        *("migrate_to_chat_id", "new_chat_member", "new_chat_members", "new_chat_participant"),
        *("new_chat_photo", "new_chat_title", "paid_message_price_changed", "passport_data"),
        *("pinned_message", "poll_option_added", "poll_option_deleted"),
        *("proximity_alert_triggered", "refunded_payment", "successful_payment"),
        *("suggested_post_approval_failed", "suggested_post_approved"),
        *("suggested_post_declined", "suggested_post_paid", "suggested_post_refunded"),
        *("supergroup_chat_created", "unique_gift", "user_shared", "users_shared"),
        *("video_chat_ended", "video_chat_participants_invited", "video_chat_scheduled"),
        *("video_chat_started", "voice_chat_ended", "voice_chat_participants_invited"),
        *("voice_chat_scheduled", "voice_chat_started", "web_app_data", "write_access_allowed"),
    )
)
"""Telegram's own service messages in a chat: they are never answered."""

_ANONYMOUS: Final = frozenset({1_087_968_824, 136_817_688})
"""The accounts that stand for anonymous administrators and for channels (`GroupAnonymousBot`,
`Channel_Bot`: tdlib/td UserManager.cpp)."""


def is_service(fields: Mapping[str, object]) -> bool:
    """Return whether a message is Telegram's own (joined, pinned, a title)."""
    return not _SERVICE.isdisjoint(fields)


def attachments_of(fields: Mapping[str, object]) -> tuple[Attachment, ...]:
    """Return the attachments of a message."""
    shadows = {shadow for field, shadow in _SHADOWS.items() if fields.get(field)}
    return tuple(
        Attachment(kind, _label(field, fields[field]))
        for field, kind in _KIND_OF.items()
        if fields.get(field) and field not in shadows
    )


def _label(field: str, value: object) -> str:
    if not isinstance(value, Mapping):
        return ""
    told = (_named(value.get(name)) for name in _LABELS.get(field, ()))
    return " ".join(filter(None, told))


def _named(value: object) -> str:
    """Return what names a thing: a text, a number, or the texts of all that it holds."""
    match value:
        case str() | int() | float():
            return str(value)
        case list():
            return "".join(f" - {_text(one, 'text')}" for one in value).strip()
        case _:
            return ""


def author_of_user(user: object, our_id: int) -> Author | None:
    """Return the person that a `User` is; None if it is none, or anonymous."""
    match user:
        case {"id": int() as number, **rest} if number not in _ANONYMOUS:
            name = " ".join(filter(None, (_text(user, "first_name"), _text(user, "last_name"))))
            if number == our_id:
                return Author(name, AuthorKind.SELF, str(number))
            is_bot = rest.get("is_bot") is True
            return Author(name, AuthorKind.BOT if is_bot else AuthorKind.PERSON, str(number))
        case _:
            return None


def author_of_chat(chat: object) -> Author | None:
    """Return the author of a message that a `Chat` sent itself; None if it is no chat."""
    match chat:
        case {"id": int() as number, "type": "channel"}:
            return Author(_text(chat, "title"), AuthorKind.CHANNEL, str(number))
        case {"id": int() as number, "type": "private"}:
            name = " ".join(filter(None, (_text(chat, "first_name"), _text(chat, "last_name"))))
            return Author(name, AuthorKind.PERSON, str(number))
        case {"id": int() as number}:
            return Author(_text(chat, "title"), AuthorKind.CHAT, str(number))
        case _:
            return None


def author_of_origin(origin: object, our_id: int) -> Author | None:
    """Return the author that a `MessageOrigin` names; None if its kind is not known."""
    match origin:
        case {"type": "user", "sender_user": user}:
            return author_of_user(user, our_id)
        case {"type": "hidden_user", "sender_user_name": str() as name}:
            return Author(name, AuthorKind.HIDDEN)
        case {"type": "chat", "sender_chat": chat} | {"type": "channel", "chat": chat}:
            return author_of_chat(chat)
        case _:
            return None


def words_of_rich(message: object) -> str:
    """Return the words of a `RichMessage`, a line for each block."""
    match message:
        case {"blocks": list() as blocks}:
            return "\n".join(line for block in blocks for line in _lines(block) if line.strip())
        case _:
            return ""


def _lines(block: object) -> Iterator[str]:
    """Yield the lines of a block, those of the blocks in it included."""
    match block:
        case {"type": "thinking"}:
            return
        case {"type": "pre", "text": text}:
            yield f"```\n{_plain(text)}\n```"
        case {"type": "table", "cells": list() as rows}:
            for row in rows:
                cells = row if isinstance(row, list) else []
                yield " | ".join(_plain(cell) for cell in cells)
        case {"type": "list", "items": list() as items}:
            for item in items:
                label = _text(item, "label") or "-"
                yield " ".join([label, *(line for line in _blocks_of(item) if line.strip())])
        case Mapping():
            yield _plain(block.get("summary"))
            yield _plain(block.get("text"))
            yield _plain(block.get("expression"))
            yield from _blocks_of(block)
        case _:
            return


def _blocks_of(holder: object) -> Iterator[str]:
    match holder:
        case {"blocks": list() as blocks}:
            for block in blocks:
                yield from _lines(block)
        case _:
            return


_SHAPES: Final[Mapping[str, Callable[[str, Mapping[str, object]], str]]] = {
    "code": lambda words, _: f"`{words}`",
    "url": lambda words, text: f"[{words}]({_text(text, 'url') or words})",
}


def _plain(text: object) -> str:
    """Return the words of a `RichText`: a string, a list of them, or one with a look."""
    match text:
        case str():
            return text
        case list():
            return "".join(_plain(piece) for piece in text)
        case Mapping():
            words = _plain(text.get("text", text.get("expression")))
            words = words or _text(text, "alternative_text")
            shape = _SHAPES.get(_text(text, "type"))
            return shape(words, text) if shape is not None and words else words
        case _:
            return ""


def _text(holder: object, name: str) -> str:
    value = holder.get(name) if isinstance(holder, Mapping) else None
    return value if isinstance(value, str) else ""
