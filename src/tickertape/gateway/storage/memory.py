"""Where conversations are remembered: the port, and the one that forgets everything at its end.

A talk in a terminal ends with its window; the bot's database is not for it. In a database it would
also be read by whoever opens the next window, and stand among the chats of the bot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from tickertape.chat import Address
from tickertape.conversation import Entry, Utterance
from tickertape.delivery.limit_estimate import LimitEstimate
from tickertape.gateway.moves import Moves
from tickertape.gateway.settings import ChatSettings
from tickertape.gateway.storage.entries import begin_whole

__all__ = ["Memory", "PassingMemory"]


class Memory(Protocol):
    """What was said, what chats have chosen, and what their limits taught."""

    async def history(self, address: Address, *, limit: int) -> tuple[Entry, ...]:
        """Return the newest entries of a conversation, oldest first: `limit` of them, or less."""
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
        """Return what a chat, or a topic of it, has chosen."""
        ...

    async def change(self, address: Address, settings: ChatSettings) -> None:
        """Remember what a chat, or a topic of it, has chosen."""
        ...

    async def move(self, channel: str, chat: str, to: str) -> None:
        """Keep for the chat `to` of a channel all that was kept for `chat`: it is the same chat.

        What is kept for `to` already stands. Moving twice is harmless; what is added for the old
        id later counts for the new one.
        """
        ...

    async def moves(self, channel: str) -> Mapping[str, str]:
        """Return a channel's chats that have another id by now: the old id, and the new one."""
        ...

    async def limits(self, channel: str) -> Mapping[str, Iterable[LimitEstimate]]:
        """Return what refusals of a channel taught, by chat, as it stands at present."""
        ...

    async def learn(self, channel: str, chat: str, learned: Iterable[LimitEstimate]) -> None:
        """Remember what refusals taught about a chat, in place of what was known before."""
        ...


class PassingMemory:
    """Remembers for as long as the program runs. Implements `Memory`."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._entries: dict[Address, list[Entry]] = {}
        self._settings: dict[Address, ChatSettings] = {}
        self._learned: dict[tuple[str, str], tuple[LimitEstimate, ...]] = {}
        self._moves = Moves()

    async def history(self, address: Address, *, limit: int) -> tuple[Entry, ...]:
        """Return the newest entries; see `Memory`. They begin where a turn begins, if they can."""
        return begin_whole(tuple(self._entries.get(self._moves.at(address), ())[-limit:]))

    async def append(self, address: Address, entries: Sequence[Entry]) -> None:
        """Add entries; see `Memory`."""
        self._entries.setdefault(self._moves.at(address), []).extend(entries)

    async def take_back_answer(self, address: Address) -> str | None:
        """Delete what followed the last question; see `Memory`."""
        entries = self._entries.get(self._moves.at(address), [])
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
        self._entries.pop(self._moves.at(address), None)

    async def settings(self, address: Address) -> ChatSettings:
        """Return what a chat has chosen; see `Memory`."""
        return self._settings.get(self._moves.at(address), ChatSettings())

    async def change(self, address: Address, settings: ChatSettings) -> None:
        """Remember what a chat has chosen; see `Memory`."""
        self._settings[self._moves.at(address)] = settings

    async def move(self, channel: str, chat: str, to: str) -> None:
        """Keep for one id what was kept for another; see `Memory`."""
        self._moves.add(channel, chat, to)
        moved = (channel, chat)
        for address in [one for one in self._entries if (one.channel, one.chat) == moved]:
            older = self._entries.pop(address)
            self._entries.setdefault(self._moves.at(address), [])[:0] = older
        for address in [one for one in self._settings if (one.channel, one.chat) == moved]:
            chosen, here = self._settings.pop(address), self._moves.at(address)
            self._settings[here] = self._settings.get(here, ChatSettings()).over(chosen)
        if moved in self._learned:
            to = self._moves.current(channel, chat)
            self._learned.setdefault((channel, to), self._learned.pop(moved))

    async def moves(self, channel: str) -> Mapping[str, str]:
        """Return the chats that have another id; see `Memory`."""
        return self._moves.known(channel)

    async def limits(self, channel: str) -> Mapping[str, Iterable[LimitEstimate]]:
        """Return what refusals taught; see `Memory`."""
        return {chat: told for (of, chat), told in self._learned.items() if of == channel}

    async def learn(self, channel: str, chat: str, learned: Iterable[LimitEstimate]) -> None:
        """Remember what refusals taught; see `Memory`."""
        self._learned[channel, self._moves.current(channel, chat)] = tuple(learned)
