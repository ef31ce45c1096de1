"""What models took is recorded for each turn."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, DateTime, Float, Integer, String

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "usage",
        # SQLite counts by itself only in a column of type INTEGER.
        Column(
            "id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
        ),
        Column("turn", BigInteger),
        Column("channel", String(32), nullable=False),
        Column("chat", String(255), nullable=False),
        Column("thread", String(255), nullable=False),
        Column("model", String(64), nullable=False),
        Column("requests", Integer, nullable=False),
        Column("input_tokens", BigInteger, nullable=False),
        Column("cached_tokens", BigInteger, nullable=False),
        Column("output_tokens", BigInteger, nullable=False),
        Column("cost", Float),
        Column("used_at", DateTime(timezone=True), nullable=False),
    )
    op.create_index("usage_of_turn", "usage", ["turn", "model"])
    op.create_index("usage_since", "usage", ["used_at"])
