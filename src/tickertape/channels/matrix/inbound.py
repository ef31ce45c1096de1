"""A room's events as a gateway reads them: pure.

- In a private chat every message is for the bot.
- Elsewhere a message is for the bot if it mentions it, answers one of its messages, or gives a
  command. Other messages are read only under the policy `all`.
- Commands begin with `/` or, as many clients keep these to themselves, with `!`; a message that is
  nothing but `stop` is one, too.
- The message that is answered is read as its author left it, with its edits.
- Not read: edits (a corrected question is not asked twice), notices (other bots), and events of
  other kinds.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from tickertape.channels.matrix.calls import Json
from tickertape.channels.matrix.outbound import STOP
from tickertape.channels.matrix.rooms import MatrixRoom
from tickertape.chat import ChatKind, Message, Person
from tickertape.markup.plain import encodable
from tickertape.message import (
    Attachment,
    AttachmentKind,
    Author,
    AuthorKind,
    MessagePart,
    QuotedMessage,
)

__all__ = ["BotIdentity", "Groups", "Relation", "is_stop", "message_of", "relation_of", "sender_of"]

Groups: TypeAlias = Literal["mention", "all", "off"]
"""The messages that are read where several people write: those for the bot, all, or none."""

_ATTACHED: Final[Mapping[str, AttachmentKind]] = {
    "m.image": AttachmentKind.PHOTO,
    "m.video": AttachmentKind.VIDEO,
    "m.audio": AttachmentKind.AUDIO,
    "m.file": AttachmentKind.DOCUMENT,
    "m.location": AttachmentKind.LOCATION,
}
_VOICE: Final = ("org.matrix.msc3245.voice", "m.voice")
_COMMAND: Final = re.compile(r"([/!])(\w{1,32})(?=\s|\Z)")
_VARIATION: Final = "\ufe0f"
# The quotation that older clients put before an answer ("Fallbacks for rich replies").
_QUOTED: Final = re.compile(r"(?:> [^\n]*\n)+\n?")


@dataclass(frozen=True, slots=True)
class BotIdentity:
    """The bot's identity."""

    user: str
    """Its id."""
    name: str
    """How it calls itself."""
    channel: str
    """The name of its channel."""
    commands: Collection[str] = field(default=("stop",))
    """The words that are commands behind a `!`."""


@dataclass(frozen=True, slots=True)
class Relation:
    """How an event belongs to others."""

    kind: str = ""
    """`m.replace`, `m.annotation` or `m.thread`; empty: none of them."""
    target: str | None = None
    """The event that it edits, or reacts to; the root of a thread."""
    answers: str | None = None
    """The message that it answers."""
    key: str = ""
    """The sign of a reaction."""

    @property
    def thread(self) -> str | None:
        """The root of the thread that it is in."""
        return self.target if self.kind == "m.thread" else None


def relation_of(event: Json) -> Relation:
    """Return how an event belongs to others."""
    told = _mapping(_mapping(event.get("content")).get("m.relates_to"))
    answered = _text(_mapping(told.get("m.in_reply_to")).get("event_id"))
    if told.get("is_falling_back") is True:
        answered = ""
    kind, key = _text(told.get("rel_type")), _text(told.get("key"))
    return Relation(kind, _text(told.get("event_id")) or None, answered or None, key)


def is_stop(relation: Relation) -> bool:
    """Return whether a reaction is the one that stops an answer."""
    return relation.kind == "m.annotation" and relation.key.rstrip(_VARIATION) == STOP


def sender_of(event: Json, room: MatrixRoom) -> Person:
    """Return who sent an event."""
    sender = _text(event.get("sender"))
    return Person(sender, room.name_of(sender))


def message_of(
    event: Json,
    room: MatrixRoom,
    me: BotIdentity,
    groups: Groups = "mention",
    answered: Json | None = None,
) -> Message | None:
    """Return the message of an event; None if there is nothing to read.

    Args:
        event: a message, as the homeserver tells it; decrypted.
        room: where it was sent.
        me: the bot's identity.
        groups: the messages that are read where several people write.
        answered: the message that it answers; empty where it cannot be had; None: it answers none.
    """
    content, relation = _mapping(event.get("content")), relation_of(event)
    is_group = room.kind is not ChatKind.PRIVATE
    if relation.kind == "m.replace" or content.get("msgtype") == "m.notice" or not content:
        return None
    words, names_us = _words_for(me, content, _own_words(event, relation), is_group=is_group)
    text = _command_in(words, me.commands)
    answers_us = answered is not None and _text(answered.get("sender")) == me.user
    names_us = is_group and (names_us or answers_us)
    to_us = not is_group or names_us or text.startswith("/")
    if is_group and (groups == "off" or (groups == "mention" and not to_us)):
        return None
    quoted = (_quoted(answered, room, me),) if answered is not None else ()
    attached = _attachments(event)
    parts: tuple[MessagePart, ...] = (*quoted, *attached, *((text,) if text.strip() else ()))
    sent = event.get("origin_server_ts")
    at = sent if isinstance(sent, int) and not isinstance(sent, bool) else 0
    return Message(
        address=room.address(me.channel, relation.thread),
        sender=sender_of(event, room),
        text=text,
        message_id=_text(event.get("event_id")),
        to_us=to_us,
        names_us=names_us,
        parts=() if parts == (text,) else parts,
        key=_text(event.get("event_id")),
        order=at,
        sent_at=at / 1000 if at else None,
    )


def _own_words(event: Json, relation: Relation) -> str:
    """Return what a person wrote: a text, or the caption of what they sent."""
    content = _mapping(event.get("content"))
    body = encodable(_text(content.get("body")))
    if event.get("type") == "m.sticker" or content.get("msgtype") == "m.location":
        return ""
    if content.get("msgtype") in _ATTACHED:
        name = content.get("filename")
        return body if isinstance(name, str) and name != body else ""
    if relation.answers and (fallback := _QUOTED.match(body)):
        return body[fallback.end() :]
    return body


def _words_for(me: BotIdentity, content: Json, words: str, *, is_group: bool) -> tuple[str, bool]:
    """Return a text without the bot's name at its start, and whether it names the bot."""
    if not is_group:
        return words, False
    mentions = content.get("m.mentions")
    listed = _mapping(mentions).get("user_ids")
    named = isinstance(listed, list) and me.user in listed
    if mentions is None:  # a client from before mentions were told (Matrix 1.7)
        pill = f"matrix.to/#/{me.user}"
        named = me.user in words or pill in _text(content.get("formatted_body"))
    local = me.user.removeprefix("@").partition(":")[0]
    names = "|".join(re.escape(one) for one in (me.name, local) if one)
    name = rf"(?:{re.escape(me.user)}|@?(?:{names}))"
    called = re.match(rf"{name}\s*(?:[:,](?:\s+|\Z)|\s|\Z)", words, re.IGNORECASE)
    if called is None:
        return words, named
    is_call = named or called[0].rstrip().endswith((":", ",")) or called[0].startswith("@")
    return (words[called.end() :], True) if is_call else (words, named)


def _command_in(text: str, commands: Collection[str]) -> str:
    """Return a text with its command as gateways write it; the text as it is if it gives none."""
    if text.strip().casefold() == "stop":
        return "/stop"
    given = _COMMAND.match(text)
    if given is not None and given[1] == "!" and given[2].casefold() in commands:
        return f"/{text[1:]}"
    return text


def _quoted(event: Json, room: MatrixRoom, me: BotIdentity) -> QuotedMessage:
    """Return the message that another one answers; without its words where it was removed."""
    if not event.get("content"):
        return QuotedMessage(())
    content = _mapping(event["content"])
    replaced = _mapping(_mapping(event.get("unsigned")).get("m.relations")).get("m.replace")
    if newer := _mapping(_mapping(_mapping(replaced).get("content")).get("m.new_content")):
        content = newer
    said = _own_words({**event, "content": content}, relation_of(event))
    sender = _text(event.get("sender"))
    kind = AuthorKind.SELF if sender == me.user else AuthorKind.PERSON
    parts = (*_attachments(event), *((said,) if said.strip() else ()))
    return QuotedMessage(parts, Author(room.name_of(sender), kind, sender))


def _attachments(event: Json) -> tuple[Attachment, ...]:
    content = _mapping(event.get("content"))
    body, kind = encodable(_text(content.get("body"))), _text(content.get("msgtype"))
    if event.get("type") == "m.sticker":
        return (Attachment(AttachmentKind.STICKER, body),)
    if kind == "m.audio" and any(sign in content for sign in _VOICE):
        return (Attachment(AttachmentKind.VOICE_MESSAGE),)
    if kind in _ATTACHED:
        is_file = kind in {"m.file", "m.audio"}
        label = _text(content.get("filename")) or body
        return (Attachment(_ATTACHED[kind], label if is_file else ""),)
    return () if kind in {"m.text", "m.emote"} else (Attachment(AttachmentKind.UNKNOWN),)


def _mapping(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
