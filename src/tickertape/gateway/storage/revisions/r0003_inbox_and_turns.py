"""Messages are recorded when they are taken, and turns while they run."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, DateTime, Integer, String, Text, UniqueConstraint

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the two tables."""
    op.create_table(
        "inbox",
        # SQLite counts by itself only in a column of type INTEGER.
        Column(
            "id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
        ),
        Column("channel", String(32), nullable=False),
        Column("chat", String(255), nullable=False),
        Column("key", String(255)),
        Column("payload", Text),
        Column("received_at", DateTime(timezone=True), nullable=False),
        UniqueConstraint("channel", "chat", "key", name="taken_once"),
        # A number is given once, also where the highest was deleted.
        sqlite_autoincrement=True,
    )
    op.create_table(
        "turns",
        Column("id", BigInteger, primary_key=True, autoincrement=False),
        Column("attempt", Integer, nullable=False),
        Column("question", Text, nullable=False),
        Column("state", Text),
    )
