"""Ids of chats and topics become texts, which only their channel reads.

Telegram's numbers become their digits; a topic that was 0, because there was none, becomes empty.
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, String, column, table, update

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0002"
down_revision = "0001"

_ID = String(255)
_RENAMED = {"chat_id": "chat", "thread_id": "thread"}
_IDS = {
    "utterances": ("chat_id", "thread_id"),
    "chat_settings": ("chat_id", "thread_id"),
    "chat_limits": ("chat_id",),
    "chat_moves": ("chat_id", "moved_to"),
}


def upgrade() -> None:
    """Change the type of the columns, and keep their values."""
    op.drop_index("conversation", "utterances", if_exists=True)
    for name, columns in _IDS.items():
        with op.batch_alter_table(name) as batch:
            for old in columns:
                batch.alter_column(
                    old,
                    new_column_name=_RENAMED.get(old),
                    type_=_ID,
                    existing_type=BigInteger(),
                    existing_nullable=False,
                    postgresql_using=f"{old}::text",
                )
        if "thread_id" in columns:
            thread = table(name, column("thread"))
            op.execute(update(thread).where(thread.c.thread == "0").values(thread=""))
    op.create_index("conversation", "utterances", ["channel", "chat", "thread", "id"])
