"""The name of a bot, for those who wait until its server has told it."""

from __future__ import annotations

import asyncio

__all__ = ["BotName"]


class BotName:
    """A name that is not known yet."""

    def __init__(self) -> None:
        self._name = ""
        self._is_known = asyncio.Event()

    def learn(self, username: str) -> None:
        """Record the name; it has no @."""
        self._name = f"@{username}"
        self._is_known.set()

    async def known(self) -> str:
        """Return the name with its @, as soon as it is known."""
        await self._is_known.wait()
        return self._name
