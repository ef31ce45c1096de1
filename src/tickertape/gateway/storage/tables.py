"""The tables of the database, as this version reads and writes them.

The revisions that make them are in `tickertape.gateway.storage.revisions`.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    DateTime,
    Float,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

__all__ = [
    "TABLES",
    "AccessRow",
    "AdminChatRow",
    "BotShareRow",
    "ClaimRow",
    "EntryRow",
    "InboxRow",
    "LimitRow",
    "MoveRow",
    "RequestRow",
    "SettingsRow",
    "TurnRow",
    "UsageRow",
    "WorkerRow",
]

# The longest id that is known is one of Matrix (255 bytes: spec.matrix.org, "User identifiers").
_ID = String(255)
# SQLite counts by itself only in a column of type INTEGER.
_COUNTED = BigInteger().with_variant(Integer, "sqlite")


class _Base(DeclarativeBase):
    pass


class EntryRow(_Base):
    """One entry of one conversation."""

    __tablename__ = "utterances"
    __table_args__ = (Index("conversation", "channel", "chat", "thread", "id"),)

    id: Mapped[int] = mapped_column(_COUNTED, primary_key=True, autoincrement=True)
    """Grows in the order in which entries were added."""
    channel: Mapped[str] = mapped_column(String(32))
    """The name of the channel."""
    chat: Mapped[str] = mapped_column(_ID)
    """The chat's id there."""
    thread: Mapped[str] = mapped_column(_ID)
    """The topic; empty if there is none: a key that may be NULL never equals itself in SQL."""
    role: Mapped[str] = mapped_column(String(16))
    """Its author: `user`, `assistant` or `tool`."""
    text: Mapped[str] = mapped_column(Text)
    """The words."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """The time at which it was added."""
    parts: Mapped[str | None] = mapped_column(Text)
    """The rest as JSON; NULL if the words are all."""


class SettingsRow(_Base):
    """The settings of one chat."""

    __tablename__ = "chat_settings"

    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    """The name of the channel."""
    chat: Mapped[str] = mapped_column(_ID, primary_key=True)
    """The chat's id there."""
    thread: Mapped[str] = mapped_column(_ID, primary_key=True)
    """The topic; empty where there is none."""
    reasoning: Mapped[str | None] = mapped_column(String(16))
    """How much of the model's thinking is seen; NULL: as the operator configured it."""
    model: Mapped[str] = mapped_column(String(64))
    """The model that answers; empty: the default."""
    voice: Mapped[bool | None] = mapped_column(Boolean)
    """Whether a voice note follows each answer; NULL: as the operator configured it."""
    queue: Mapped[str | None] = mapped_column(String(16))
    """What becomes of messages that come while an answer is written; NULL: as the operator
    configured it."""


class LimitRow(_Base):
    """The estimated limit of one family of calls in one chat."""

    __tablename__ = "chat_limits"

    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    """The name of the channel."""
    chat: Mapped[str] = mapped_column(_ID, primary_key=True)
    """The chat's id there; all its topics share its limits."""
    family: Mapped[str] = mapped_column(String(16), primary_key=True)
    """The family of calls."""
    slowness: Mapped[float] = mapped_column(Float)
    """The factor by which they are slower than known limits allow."""
    closed_for: Mapped[float] = mapped_column(Float)
    """Seconds for which none could be made, from `learned_at`."""
    learned_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """The time of the estimate."""


class MoveRow(_Base):
    """One chat that got another id."""

    __tablename__ = "chat_moves"

    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    """The name of the channel."""
    chat: Mapped[str] = mapped_column(_ID, primary_key=True)
    """The old id of the chat."""
    moved_to: Mapped[str] = mapped_column(_ID)
    """The next id of the chat."""


class InboxRow(_Base):
    """One message that was taken."""

    __tablename__ = "inbox"
    # A number is given once, also where the highest was deleted.
    __table_args__ = (
        UniqueConstraint("channel", "chat", "key", name="taken_once"),
        Index(
            "inbox_owed",
            "channel",
            "chat",
            "id",
            postgresql_where=text("payload IS NOT NULL"),
            sqlite_where=text("payload IS NOT NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(_COUNTED, primary_key=True, autoincrement=True)
    """Grows in the order in which messages were taken."""
    channel: Mapped[str] = mapped_column(String(32))
    """The name of the channel."""
    chat: Mapped[str] = mapped_column(_ID)
    """The chat's id there."""
    key: Mapped[str | None] = mapped_column(_ID)
    """What is the same when it is reported again; NULL, which equals nothing: not compared."""
    payload: Mapped[str | None] = mapped_column(Text)
    """The message as JSON; NULL: nothing more is owed for it."""
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """The time at which it was taken."""


class TurnRow(_Base):
    """One turn that was begun, and for which something is owed."""

    __tablename__ = "turns"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """The first of the numbers in `inbox` of its message."""
    attempt: Mapped[int] = mapped_column(Integer)
    """Which attempt at it was begun last; the first is 1."""
    left: Mapped[int] = mapped_column(Integer, server_default="0")
    """How many of the attempts were ended by an order to the process, and so cut nothing short."""
    question: Mapped[str] = mapped_column(Text)
    """What was added to the conversation as its question; empty: nothing was."""
    state: Mapped[str | None] = mapped_column(Text)
    """The reply as it was recorded last (`delivery.reply.stored`); NULL: nothing was shown."""
    written: Mapped[str | None] = mapped_column(String(16))
    """The name of the last write about it: that write may be made again, and is done once."""


class WorkerRow(_Base):
    """One process of a fleet."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Its name: another one each time that it starts."""
    beat: Mapped[float] = mapped_column(Float)
    """When it was heard last, in seconds since 1970 by the database's clock."""
    bots: Mapped[str] = mapped_column(Text)
    """The marks of the bots with which it answers, as JSON by the names of their channels."""


class ClaimRow(_Base):
    """Which process of a fleet owns a chat, or the right to read a channel."""

    __tablename__ = "claims"
    __table_args__ = (Index("claims_of", "owner"), Index("claims_awake", "is_awake", "woken_at"))

    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    """The name of the channel."""
    chat: Mapped[str] = mapped_column(_ID, primary_key=True)
    """The chat's id there; empty: the channel itself, to be read."""
    owner: Mapped[str | None] = mapped_column(String(64))
    """The process; NULL: none."""
    epoch: Mapped[int] = mapped_column(Integer)
    """How often it was claimed."""
    clean: Mapped[int] = mapped_column(Integer)
    """The epoch of the owner who left it last with nothing owed; 0: none did."""
    mail: Mapped[int] = mapped_column(_COUNTED)
    """How many messages and presses were taken for it."""
    is_awake: Mapped[bool] = mapped_column(Boolean)
    """Whether it has an owner, or a process was told to claim it."""
    must_wake: Mapped[bool] = mapped_column(Boolean)
    """Whether it was asleep when the newest of its mail came."""
    woken_at: Mapped[float] = mapped_column(Float)
    """When processes were told of it last, in seconds since 1970 by the database's clock."""


class AccessRow(_Base):
    """One person or group that was let in."""

    __tablename__ = "access_entries"

    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    """The name of the channel."""
    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    """The person or group there."""
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    """Which of both: `person` or `group`."""
    role: Mapped[str] = mapped_column(String(16))
    """`user` or `admin`."""
    added_by: Mapped[str] = mapped_column(String(300))
    """Who let them in."""
    added_at: Mapped[float] = mapped_column(Float)
    """When, in seconds since 1970."""
    name: Mapped[str] = mapped_column(String(64))
    """How the platform showed them then."""
    welcome: Mapped[str] = mapped_column(_ID)
    """The private chat in which they are still to be told; empty: nothing is to be told."""


class RequestRow(_Base):
    """One stranger who has a code. There are as many rows as slots, at the most."""

    __tablename__ = "access_requests"
    __table_args__ = (UniqueConstraint("channel", "id", name="one_request_each"),)

    slot: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    """Their place."""
    key: Mapped[str] = mapped_column(String(32), unique=True)
    """Names the request in buttons."""
    channel: Mapped[str] = mapped_column(String(32))
    """The channel in which they wrote."""
    id: Mapped[str] = mapped_column(_ID)
    """The person there."""
    name: Mapped[str] = mapped_column(String(64))
    """How the platform shows them."""
    chat: Mapped[str] = mapped_column(_ID)
    """The private chat in which they wrote."""
    salt: Mapped[str] = mapped_column(String(64))
    """What the code was hashed with."""
    digest: Mapped[str] = mapped_column(String(64))
    """The hash of the code."""
    asked_at: Mapped[float] = mapped_column(Float)
    """When they got it, in seconds since 1970."""


class AdminChatRow(_Base):
    """The private chat of one person, when they wrote there as an admin."""

    __tablename__ = "admin_chats"

    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    """The name of the channel."""
    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    """The person there."""
    chat: Mapped[str] = mapped_column(_ID)
    """The chat's id."""


class UsageRow(_Base):
    """What one model took in one turn."""

    __tablename__ = "usage"
    __table_args__ = (Index("usage_of_turn", "turn", "model"), Index("usage_since", "used_at"))

    id: Mapped[int] = mapped_column(_COUNTED, primary_key=True, autoincrement=True)
    """Grows in the order in which turns came to use a model."""
    turn: Mapped[int | None] = mapped_column(BigInteger)
    """The number of the turn's message in `inbox`; NULL: it has none."""
    channel: Mapped[str] = mapped_column(String(32))
    """The name of the channel."""
    chat: Mapped[str] = mapped_column(_ID)
    """The chat's id there."""
    thread: Mapped[str] = mapped_column(_ID)
    """The topic; empty where there is none."""
    model: Mapped[str] = mapped_column(String(64))
    """The model's name in the configuration; empty: an agent of the operator's."""
    requests: Mapped[int] = mapped_column(Integer)
    """How many answers of the model are summed."""
    input_tokens: Mapped[int] = mapped_column(BigInteger)
    """Tokens that were read, cached ones included."""
    cached_tokens: Mapped[int] = mapped_column(BigInteger)
    """Tokens of those that came from the server's cache."""
    output_tokens: Mapped[int] = mapped_column(BigInteger)
    """Tokens that were written."""
    cost: Mapped[float | None] = mapped_column(Float)
    """The cost, in units of the operator's currency; NULL: not known."""
    used_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """The time of the newest of the answers."""


class BotShareRow(_Base):
    """What one process holds of the limit of one bot."""

    __tablename__ = "bot_shares"

    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    """The name of the channel."""
    worker: Mapped[str] = mapped_column(String(64), primary_key=True)
    """The process; without a row in `workers` it holds nothing."""
    calls: Mapped[int] = mapped_column(Integer)
    """Calls of `total` that it may make, or has made within a window."""
    total: Mapped[int] = mapped_column(Integer)
    """The calls of the whole limit, as this process knows it."""
    wish: Mapped[int] = mapped_column(Integer)
    """Calls of `total` that it would make in a window."""
    rounds: Mapped[int] = mapped_column(BigInteger)
    """Rounds in which it held any."""


TABLES: tuple[Table, ...] = tuple(_Base.metadata.sorted_tables)
"""The tables themselves, by their names."""
