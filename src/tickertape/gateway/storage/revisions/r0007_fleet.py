"""Several processes share the chats of a database."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, String, Text, text

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "workers",
        Column("id", String(64), primary_key=True),
        Column("beat", Float, nullable=False),
        Column("bots", Text, nullable=False),
    )
    op.create_table(
        "claims",
        Column("channel", String(32), primary_key=True),
        Column("chat", String(255), primary_key=True),
        Column("owner", String(64)),
        Column("epoch", Integer, nullable=False),
        Column("clean", Integer, nullable=False),
        Column("mail", BigInteger().with_variant(Integer, "sqlite"), nullable=False),
        Column("is_awake", Boolean, nullable=False),
        Column("must_wake", Boolean, nullable=False),
        Column("woken_at", Float, nullable=False),
    )
    op.create_index("claims_of", "claims", ["owner"])
    op.create_index("claims_awake", "claims", ["is_awake", "woken_at"])
    op.create_table(
        "bot_shares",
        Column("channel", String(32), primary_key=True),
        Column("worker", String(64), primary_key=True),
        Column("calls", Integer, nullable=False),
        Column("total", Integer, nullable=False),
        Column("wish", Integer, nullable=False),
        Column("rounds", BigInteger, nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        # What one process took and did not answer yet is mail: the first of many is told of it.
        op.execute(
            "INSERT INTO claims "
            "(channel, chat, epoch, clean, mail, is_awake, must_wake, woken_at) "
            "SELECT channel, chat, 0, -1, count(*), true, true, 0 FROM inbox "
            "WHERE payload IS NOT NULL GROUP BY channel, chat"
        )
    op.add_column("turns", Column("left", Integer, nullable=False, server_default="0"))
    owed = text("payload IS NOT NULL")
    op.create_index(
        "inbox_owed", "inbox", ["channel", "chat", "id"], postgresql_where=owed, sqlite_where=owed
    )
