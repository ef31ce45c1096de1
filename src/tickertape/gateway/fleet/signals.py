"""How processes tell each other of mail: by the engine and by Postgres' notifications."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from tickertape.gateway.fleet.engine import WakeEngine
from tickertape.gateway.fleet.notifications import tell

__all__ = ["PostgresSignals"]


class PostgresSignals:
    """Wakes by the engine, and tells by notifications. Implements `Signals`."""

    def __init__(self, engine: WakeEngine) -> None:
        """Begin to tell.

        Args:
            engine: carries wake-ups.
        """
        self._engine = engine

    async def wake(self, session: AsyncSession, chats: Sequence[tuple[str, str]]) -> None:
        """Have each of some chats claimed by one process; see `Signals`."""
        await self._engine.wake(session, chats)

    async def tell(self, session: AsyncSession, owner: str, channel: str, chat: str) -> None:
        """Notify the owner of a chat; see `Signals`."""
        await tell(session, owner, channel, chat)
