"""The tables in which conversations lie, and how an older database becomes one of today.

The statements are SQLAlchemy's and hold for SQLite and Postgres alike.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Connection,
    DateTime,
    Float,
    Index,
    Integer,
    String,
    Table,
    Text,
    inspect,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

__all__ = ["TABLES", "EntryRow", "LimitRow", "MoveRow", "SettingsRow", "prepare"]


class _Base(DeclarativeBase):
    pass


class EntryRow(_Base):
    """One entry of one conversation."""

    __tablename__ = "utterances"
    __table_args__ = (Index("conversation", "channel", "chat_id", "thread_id", "id"),)

    # SQLite counts by itself only in a column of type INTEGER.
    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    """Grows in the order in which entries were added."""
    channel: Mapped[str] = mapped_column(String(32))
    """The platform."""
    chat_id: Mapped[int] = mapped_column(BigInteger)
    """The chat's number there."""
    thread_id: Mapped[int] = mapped_column(BigInteger)
    """The topic; 0 where there is none: a key that may be NULL never equals itself in SQL."""
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
    """The platform."""
    chat_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """The chat's number there."""
    thread_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """The topic; 0 where there is none."""
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
    """The platform."""
    chat_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """The chat's number there; all its topics share its limits."""
    family: Mapped[str] = mapped_column(String(16), primary_key=True)
    """Which calls."""
    slowness: Mapped[float] = mapped_column(Float)
    """How many times slower than known limits allow they went."""
    closed_for: Mapped[float] = mapped_column(Float)
    """Seconds for which none could be made."""
    learned_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """When that was so."""


class MoveRow(_Base):
    """One chat that has another number by now."""

    __tablename__ = "chat_moves"

    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    """The platform."""
    chat_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """The number that the chat had there."""
    moved_to: Mapped[int] = mapped_column(BigInteger)
    """The number that it has."""


TABLES: tuple[Table, ...] = tuple(_Base.metadata.sorted_tables)
"""The tables themselves, by their names."""


# Table, name and type of what came later than its table.
_LATER_COLUMNS = (("utterances", "parts", "TEXT"), ("chat_settings", "voice", "BOOLEAN"))


def prepare(connection: Connection) -> None:
    """Make what is missing: the tables, and the columns that an older table does not have."""
    _Base.metadata.create_all(connection)
    for table, column, kind in _LATER_COLUMNS:
        columns = {column["name"] for column in inspect(connection).get_columns(table)}
        if column not in columns:
            connection.execute(text(f"ALTER TABLE {table} ADD COLUMN {column} {kind}"))
