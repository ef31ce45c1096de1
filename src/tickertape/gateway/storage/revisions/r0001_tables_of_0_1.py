"""The tables of version 0.1.

That version wrote no revision into its databases. So tables and columns that exist are kept, and
those are added that only its later builds had.
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    inspect,
)

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0001"
down_revision = None

_TABLES = MetaData()


def _chat() -> tuple[Column[str], Column[int]]:
    """Return the columns that name a chat, as keys."""
    return (
        Column("channel", String(32), primary_key=True),
        Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    )


Table(
    "utterances",
    _TABLES,
    # SQLite counts by itself only in a column of type INTEGER.
    Column(
        "id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    Column("channel", String(32), nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("thread_id", BigInteger, nullable=False),
    Column("role", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("parts", Text),
    Index("conversation", "channel", "chat_id", "thread_id", "id"),
)
Table(
    "chat_settings",
    _TABLES,
    *_chat(),
    Column("thread_id", BigInteger, primary_key=True, autoincrement=False),
    Column("reasoning", String(16)),
    Column("model", String(64), nullable=False),
    Column("voice", Boolean),
)
Table(
    "chat_limits",
    _TABLES,
    *_chat(),
    Column("family", String(16), primary_key=True),
    Column("slowness", Float, nullable=False),
    Column("closed_for", Float, nullable=False),
    Column("learned_at", DateTime(timezone=True), nullable=False),
)
Table("chat_moves", _TABLES, *_chat(), Column("moved_to", BigInteger, nullable=False))

_LATER_COLUMNS = (("utterances", "parts", Text()), ("chat_settings", "voice", Boolean()))


def upgrade() -> None:
    """Make the missing tables and columns."""
    connection = op.get_bind()
    _TABLES.create_all(connection)
    for table, name, kind in _LATER_COLUMNS:
        if name not in {column["name"] for column in inspect(connection).get_columns(table)}:
            op.add_column(table, Column(name, kind))
