"""Where conversations are remembered: the port, and the one that forgets everything at its end.

A talk in a terminal ends with its window; the bot's database is not for it. In a database it would
also be read by whoever opens the next window, and stand among the chats of the bot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from tickertape.chat import Address
from tickertape.conversation import Entry, Utterance
from tickertape.delivery.learned import Learned
from tickertape.gateway.entries import begin_whole
from tickertape.gateway.settings import ChatSettings

__all__ = ["Memory", "PassingMemory"]


class Memory(Protocol):
    """What was said, what chats have chosen, and what their limits taught."""

    async def history(self, address: Address, *, limit: int) -> tuple[Entry, ...]:
        """Give the newest entries of a conversation, oldest first: `limit` of them, or less."""
        ...

    async def append(self, address: Address, entries: Sequence[Entry]) -> None:
        """Add what was said to a conversation: all of it or, when this raises, nothing."""
        ...

    async def take_back_answer(self, address: Address) -> str | None:
        """Delete all that followed the last question, and give that; None where there is none."""
        ...

    async def forget(self, address: Address) -> None:
        """Delete all that was said in a conversation; what the chat has chosen stays."""
        ...

    async def settings(self, address: Address) -> ChatSettings:
        """Give what a chat, or a topic of it, has chosen."""
        ...

    async def change(self, address: Address, settings: ChatSettings) -> None:
        """Remember what a chat, or a topic of it, has chosen."""
        ...

    async def limits(self) -> Mapping[int, Iterable[Learned]]:
        """Give what refusals taught, by chat, as it stands at present."""
        ...

    async def learn(self, chat_id: int, learned: Iterable[Learned]) -> None:
        """Remember what refusals taught about a chat, in place of what was known before."""
        ...


class PassingMemory:
    """Remembers for as long as the program runs. Implements `Memory`."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._entries: dict[Address, list[Entry]] = {}
        self._settings: dict[Address, ChatSettings] = {}
        self._learned: dict[int, tuple[Learned, ...]] = {}

    async def history(self, address: Address, *, limit: int) -> tuple[Entry, ...]:
        """Give the newest entries; see `Memory`. They begin where a turn begins, if they can."""
        return begin_whole(tuple(self._entries.get(address, ())[-limit:]))

    async def append(self, address: Address, entries: Sequence[Entry]) -> None:
        """Add entries; see `Memory`."""
        self._entries.setdefault(address, []).extend(entries)

    async def take_back_answer(self, address: Address) -> str | None:
        """Delete what followed the last question; see `Memory`."""
        entries = self._entries.get(address, [])
        for number in reversed(range(len(entries))):
            match entries[number]:
                case Utterance(role="user", text=text):
                    del entries[number + 1 :]
                    return text
                case _:
                    pass
        return None

    async def forget(self, address: Address) -> None:
        """Delete a conversation; see `Memory`."""
        self._entries.pop(address, None)

    async def settings(self, address: Address) -> ChatSettings:
        """Give what a chat has chosen; see `Memory`."""
        return self._settings.get(address, ChatSettings())

    async def change(self, address: Address, settings: ChatSettings) -> None:
        """Remember what a chat has chosen; see `Memory`."""
        self._settings[address] = settings

    async def limits(self) -> Mapping[int, Iterable[Learned]]:
        """Give what refusals taught; see `Memory`."""
        return self._learned

    async def learn(self, chat_id: int, learned: Iterable[Learned]) -> None:
        """Remember what refusals taught; see `Memory`."""
        self._learned[chat_id] = tuple(learned)
