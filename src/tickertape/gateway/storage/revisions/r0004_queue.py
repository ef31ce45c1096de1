"""Chats choose what becomes of messages that come while an answer is written."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, String

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column."""
    op.add_column("chat_settings", Column("queue", String(16)))
