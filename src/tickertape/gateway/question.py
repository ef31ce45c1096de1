"""The question that a message puts to the agent, purely, without quotes that the model has read.

Nothing here knows a platform: a channel splits a message into parts, `tickertape.message` writes
them for a model.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from tickertape.chat import ChatKind, Message
from tickertape.conversation import Entry, Utterance, begins_turn
from tickertape.message import (
    Author,
    MessagePart,
    QuotedMessage,
    has_attachment,
    has_words,
    text_for_model,
)

__all__ = ["is_question", "is_unreadable", "question_of", "questions_of"]

# Letters from which on a text that occurs in another is a piece of it, and not only like it.
_PIECE: Final = 300


def is_question(message: Message) -> bool:
    """Return whether a message can be answered: it has words, or quotes a message that has.

    An attachment without a word is no question, even as a reply to one.
    """
    own = [part for part in message.content if not isinstance(part, QuotedMessage)]
    return has_words(own) or (not has_attachment(own) and has_words(message.content))


def is_unreadable(message: Message) -> bool:
    """Return whether a message and its quotes hold only attachments, which models cannot read."""
    parts = [
        piece
        for part in message.content
        for piece in (part.parts if isinstance(part, QuotedMessage) else (part,))
    ]
    return not is_question(message) and has_attachment(parts)


def questions_of(messages: Sequence[Message], past: Sequence[Entry]) -> tuple[Utterance, ...]:
    """Return the questions of messages that are answered together: each added to the first.

    Args:
        messages: the messages of one person or several, the oldest first.
        past: the conversation before them, oldest first.
    """
    said: list[Utterance] = []
    for message in messages:
        one = question_of(message, past, said)
        said.append(replace(one, is_added=bool(said)))
    return tuple(said)


def question_of(
    message: Message, past: Sequence[Entry], said: Sequence[Utterance] = ()
) -> Utterance:
    """Return the question of a message, as it is stored and as the model reads it.

    Args:
        message: the message of a person.
        past: the conversation before it, oldest first.
        said: what was said since, and is answered together with it.
    """
    parts = _unread(message.content, past)
    if message.address.kind is ChatKind.PRIVATE or message.sender is None:
        return Utterance("user", text_for_model(parts))
    who = Author(message.sender.name, id=message.sender.id)
    text = text_for_model(parts, _told_apart(who, (*past, *said)))
    return Utterance("user", text, speaker=who)


def _unread(parts: tuple[MessagePart, ...], past: Sequence[Entry]) -> tuple[MessagePart, ...]:
    """Return the parts without a quote of the turn just before, which the model has read.

    An excerpt stays, and so does a quote that is the question itself.
    """
    asked = [at for at, entry in enumerate(past) if begins_turn(entry)]
    if not asked or not has_words(part for part in parts if not isinstance(part, QuotedMessage)):
        return parts
    turn = past[asked[-1] :]
    return tuple(
        part for part in parts if not (isinstance(part, QuotedMessage) and _is_in(part, turn))
    )


def _is_in(quote: QuotedMessage, turn: Sequence[Entry]) -> bool:
    """Return whether a quoted message is one of a turn: all that its author said there.

    It may be one of the several messages of a long answer.
    """
    words = _letters(text_for_model(quote.parts))
    if quote.is_excerpt or not words:
        return False
    for entry in turn:
        said = _letters(entry.text)
        named = entry.speaker if isinstance(entry, Utterance) else None
        whole = _letters(text_for_model(quote.parts, named)) if named is not None else words
        if said == whole or (len(words) >= _PIECE and words in said):
            return True
    return False


def _letters(text: str) -> str:
    """Return the letters and digits alone, for platforms change the look of a text."""
    return "".join(char for char in text.casefold() if char.isalnum())


def _told_apart(who: Author, past: Sequence[Entry]) -> Author:
    """Return a speaker by a name that no one else in the conversation has.

    People choose their names: one who takes the name of another is told with their id.
    """
    others = {
        told
        for entry in past
        if isinstance(entry, Utterance) and entry.speaker is not None and entry.speaker.id != who.id
        for told in (_key(entry.speaker.name), _key(f"{entry.speaker.name}{entry.speaker.id}"))
    }
    return replace(who, name=f"{who.name[:40]} ({who.id})") if _key(who.name) in others else who


def _key(name: str) -> str:
    return _letters(unicodedata.normalize("NFKC", name))
