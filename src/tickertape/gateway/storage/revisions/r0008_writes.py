"""The last write of a turn has a name, by which it is known when it is made again."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, String

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the column."""
    op.add_column("turns", Column("written", String(16)))
