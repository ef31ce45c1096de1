"""The tables in which conversations lie, as this version reads and writes them.

How a database gets them is in `tickertape.gateway.storage.revisions`.
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
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

__all__ = ["TABLES", "EntryRow", "LimitRow", "MoveRow", "SettingsRow"]

# The longest id that is known is one of Matrix (255 bytes: spec.matrix.org, "User identifiers").
_ID = String(255)


class _Base(DeclarativeBase):
    pass


class EntryRow(_Base):
    """One entry of one conversation."""

    __tablename__ = "utterances"
    __table_args__ = (Index("conversation", "channel", "chat", "thread", "id"),)

    # SQLite counts by itself only in a column of type INTEGER.
    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    """Grows in the order in which entries were added."""
    channel: Mapped[str] = mapped_column(String(32))
    """The name of the channel."""
    chat: Mapped[str] = mapped_column(_ID)
    """The chat's id there."""
    thread: Mapped[str] = mapped_column(_ID)
    """The topic; empty where there is none: a key that may be NULL never equals itself in SQL."""
    role: Mapped[str] = mapped_column(String(16))
    """Who said it: `user`, `assistant` or `tool`."""
    text: Mapped[str] = mapped_column(Text)
    """The words."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """When it was added."""
    parts: Mapped[str | None] = mapped_column(Text)
    """What is more than words, as JSON; NULL where there is no more."""


class SettingsRow(_Base):
    """What one chat has chosen for itself."""

    __tablename__ = "chat_settings"

    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    """The name of the channel."""
    chat: Mapped[str] = mapped_column(_ID, primary_key=True)
    """The chat's id there."""
    thread: Mapped[str] = mapped_column(_ID, primary_key=True)
    """The topic; empty where there is none."""
    reasoning: Mapped[str | None] = mapped_column(String(16))
    """What is seen of the model's thinking; NULL: as the operator has it."""
    model: Mapped[str] = mapped_column(String(64))
    """The model that answers; empty: the default."""
    voice: Mapped[bool | None] = mapped_column(Boolean)
    """Whether each answer is heard as well; NULL: as the operator has it."""


class LimitRow(_Base):
    """What refusals taught about one family of calls in one chat."""

    __tablename__ = "chat_limits"

    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    """The name of the channel."""
    chat: Mapped[str] = mapped_column(_ID, primary_key=True)
    """The chat's id there; all its topics share its limits."""
    family: Mapped[str] = mapped_column(String(16), primary_key=True)
    """Which calls."""
    slowness: Mapped[float] = mapped_column(Float)
    """How many times slower than known limits allow they went."""
    closed_for: Mapped[float] = mapped_column(Float)
    """Seconds for which none could be made."""
    learned_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """When that was so."""


class MoveRow(_Base):
    """One chat that has another id by now."""

    __tablename__ = "chat_moves"

    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    """The name of the channel."""
    chat: Mapped[str] = mapped_column(_ID, primary_key=True)
    """The id that the chat had there."""
    moved_to: Mapped[str] = mapped_column(_ID)
    """The id that it has."""


TABLES: tuple[Table, ...] = tuple(_Base.metadata.sorted_tables)
"""The tables themselves, by their names."""
