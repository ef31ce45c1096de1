"""Telegram's updates as types that hold only the fields that are read, purely.

So a message with content that no library knows yet is still a message. Both forms of a draft's
number are read: the documentation says Integer, the server writes a decimal string
(tdlib/telegram-bot-api Client.cpp at e3e9dd8e, `JsonMessageGenerationStopped`;
core.telegram.org/bots/api#messagegenerationstopped).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, WrapValidator

__all__ = [
    "ButtonPress",
    "GenerationStopped",
    "Update",
    "UpdateChat",
    "UpdateEntity",
    "UpdateMessage",
    "UpdateUser",
]


class _Part(BaseModel):
    """A piece of an update; what is not declared is not read."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class UpdateUser(_Part):
    """A user or bot."""

    id: int
    is_bot: bool = False
    first_name: str = ""
    last_name: str | None = None


class UpdateChat(_Part):
    """A chat; in private chats, the person."""

    id: int
    type: str
    first_name: str = ""
    last_name: str | None = None
    is_direct_messages: bool = False


class UpdateEntity(_Part):
    """A stretch of a text with a meaning, counted in UTF-16 units."""

    type: str
    offset: int
    length: int
    user: UpdateUser | None = None
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
    tuple[Annotated[UpdateEntity | None, WrapValidator(_or_none)], ...], WrapValidator(_or_nothing)
]


class UpdateMessage(_Part):
    """A message; its other fields are in `rest`, of whatever shape."""

    model_config = ConfigDict(frozen=True, extra="allow")

    message_id: int
    chat: UpdateChat
    date: int = 0
    sender: UpdateUser | None = Field(None, alias="from")
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
    reply_to_message: Annotated[UpdateMessage | None, WrapValidator(_or_none)] = None

    @property
    def rest(self) -> Mapping[str, object]:
        """Its other fields, of whatever shape."""
        return self.model_extra or {}


class GenerationStopped(_Part):
    """A press of the stop button of a draft."""

    chat: UpdateChat
    draft_id: int
    message_thread_id: int | None = None


class ButtonPress(_Part):
    """A press of a button under a message."""

    id: str
    sender: UpdateUser = Field(alias="from")
    message: UpdateMessage | None = None
    data: str | None = None


class Update(_Part):
    """One update; at most one of its fields but the number is set."""

    update_id: int | None = None
    message: UpdateMessage | None = None
    channel_post: UpdateMessage | None = None
    callback_query: ButtonPress | None = None
    stopped_message_generation: GenerationStopped | None = None
