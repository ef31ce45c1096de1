"""Who and what there is in the world: bots, persons, chats, topics, messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from tickertape.emulator.answers import Json
from tickertape.emulator.content import Content
from tickertape.emulator.updates import UpdateQueue

__all__ = [
    "Action",
    "Bot",
    "BotAccess",
    "Chat",
    "ChatType",
    "StoredMessage",
    "Topic",
    "User",
    "Webhook",
]


class ChatType(StrEnum):
    """The four kinds of chats."""

    PRIVATE = "private"
    """One person and one bot."""
    GROUP = "group"
    """A basic group."""
    SUPERGROUP = "supergroup"
    """A large group; with topics it is a forum."""
    CHANNEL = "channel"
    """A channel: its posts have no author."""


class BotAccess(StrEnum):
    """What a bot may do in a chat."""

    FULL = "full"
    """Everything."""
    READ_ONLY = "read_only"
    """It was demoted: it reads and may not write."""
    BLOCKED = "blocked"
    """The person blocked it."""
    DEACTIVATED = "deactivated"
    """The person's account is gone."""
    KICKED = "kicked"
    """It was removed from the group or channel."""


@dataclass(frozen=True, slots=True)
class User:
    """A person with an account."""

    id: int
    """The user id."""
    first_name: str
    """The shown name."""
    username: str | None = None
    """The public name, without the @."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where updates are delivered."""

    url: str
    """The address."""
    secret_token: str | None = field(default=None, repr=False)
    """What the receiver compares."""
    max_connections: int = 40
    """Simultaneous deliveries (core.telegram.org/bots/api#setwebhook: 1-100, default 40)."""
    last_error: tuple[int, str] | None = None
    """Unix time and text of the last failed delivery."""


@dataclass(slots=True, eq=False)
class Bot:
    """A bot account."""

    id: int
    """The user id: the number in its token."""
    token: str = field(repr=False)
    """The whole token; secret."""
    username: str
    """The public name, without the @."""
    first_name: str
    """The shown name."""
    queue: UpdateQueue
    """The updates that wait for it."""
    commands: dict[str, list[Json]] = field(default_factory=dict)
    """Its command lists by scope and language."""
    webhook: Webhook | None = None
    """Where its updates are delivered; None: it asks."""
    poll: int = 0
    """The number of the last long poll that had to wait."""
    poll_ended_by: str = ""
    """Why the poll before that one ended."""


@dataclass(slots=True)
class Topic:
    """A topic of a forum."""

    id: int
    """Its thread id."""
    name: str
    """Its title."""
    closed: bool = False
    """Whether only administrators may write."""


@dataclass(frozen=True, slots=True, eq=False)
class StoredMessage:
    """One message, as it stands."""

    chat: Chat
    """Where."""
    message_id: int
    """Its number, ascending."""
    sender: Bot | User | None
    """Who wrote it; None: the channel itself."""
    date: int
    """Unix time of sending."""
    content: Content
    """What it shows; empty for service messages."""
    thread_id: int | None = None
    """Its topic."""
    thread_root: int | None = None
    """The first message of its chain of replies, in supergroups without topics."""
    reply_to: int | None = None
    """The message that it answers."""
    edit_date: int | None = None
    """Unix time of the last edit."""
    markup: Json | None = None
    """The keyboard under it."""
    service: Json | None = None
    """What a service message announces."""
    references: Json | None = None
    """What it says about other messages (a quote, an origin), and the album that it belongs to."""


@dataclass(slots=True, eq=False)
class Chat:
    """One chat; a private chat belongs to one bot and one person."""

    id: int
    """The chat id; of a private chat, the person's id."""
    type: ChatType
    """Which kind."""
    title: str
    """The title, or the person's name."""
    bot_id: int | None = None
    """The bot of a private chat; None elsewhere."""
    username: str | None = None
    """The public name of a supergroup or channel, without the @."""
    is_forum: bool = False
    """Whether it has topics."""
    topics: dict[int, Topic] = field(default_factory=dict)
    """Its topics by thread id; the General topic of a forum is not among them."""
    messages: dict[int, StoredMessage] = field(default_factory=dict, repr=False)
    """What stands in it, by message id, ascending."""
    last_message_id: int = 0
    """The newest number given here; used where the chat counts for itself."""
    access: dict[int, BotAccess] = field(default_factory=dict)
    """What each bot may do; a bot of a group that is missing here is not a member."""
    upgraded_to: int | None = None
    """The supergroup that a basic group became."""

    @property
    def is_private(self) -> bool:
        """Whether it is a private chat."""
        return self.type is ChatType.PRIVATE

    @property
    def counts_alone(self) -> bool:
        """Whether message ids are counted in this chat alone, not in the account."""
        return self.type in {ChatType.SUPERGROUP, ChatType.CHANNEL}


@dataclass(frozen=True, slots=True)
class Action:
    """A chat action, such as typing."""

    bot_id: int
    """Who acts."""
    chat_id: int
    """Where."""
    thread_id: int | None
    """In which topic."""
    action: str
    """What it does."""
    expires_at: float
    """When it is no longer shown, on the world's clock."""
