"""People and groups are let in while the gateway runs; strangers ask to be."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Float, Integer, String, UniqueConstraint

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0005"
down_revision = "0004"

_ID = String(255)


def upgrade() -> None:
    """Make the three tables."""
    op.create_table(
        "access_entries",
        Column("channel", String(32), primary_key=True),
        Column("id", _ID, primary_key=True),
        Column("kind", String(16), primary_key=True),
        Column("role", String(16), nullable=False),
        Column("added_by", String(300), nullable=False),
        Column("added_at", Float, nullable=False),
        Column("name", String(64), nullable=False),
        Column("welcome", _ID, nullable=False),
    )
    op.create_table(
        "access_requests",
        Column("slot", Integer, primary_key=True, autoincrement=False),
        Column("key", String(32), nullable=False, unique=True),
        Column("channel", String(32), nullable=False),
        Column("id", _ID, nullable=False),
        Column("name", String(64), nullable=False),
        Column("chat", _ID, nullable=False),
        Column("salt", String(64), nullable=False),
        Column("digest", String(64), nullable=False),
        Column("asked_at", Float, nullable=False),
        UniqueConstraint("channel", "id", name="one_request_each"),
    )
    op.create_table(
        "admin_chats",
        Column("channel", String(32), primary_key=True),
        Column("id", _ID, primary_key=True),
        Column("chat", _ID, nullable=False),
    )
