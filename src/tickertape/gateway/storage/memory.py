"""The memory of conversations: the port, and one that lasts as long as the program; its journal.

A talk in a terminal ends with its window. In the bot's database it would stand among the bot's
chats, and go on in the next window of any user of the machine.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, Protocol

from tickertape.chat import Address, Message
from tickertape.conversation import Entry, Utterance, begins_turn
from tickertape.delivery.limits.limit_estimate import LimitEstimate
from tickertape.delivery.reply.state import ReplyState
from tickertape.gateway.journal import Unsettled
from tickertape.gateway.moves import Moves
from tickertape.gateway.settings import ChatSettings, QueueMode
from tickertape.gateway.storage.entries import begin_whole

__all__ = ["Memory", "PassingJournal", "PassingMemory"]


class Memory(Protocol):
    """Keeps conversations, the settings of chats, and their estimated limits."""

    async def history(self, address: Address, *, limit: int) -> tuple[Entry, ...]:
        """Return the newest entries of a conversation, at most `limit`, oldest first.

        They begin where a turn begins; of a turn that is longer than `limit`, with a step of the
        model, never with the result of a call.
        """
        ...

    async def append(self, address: Address, entries: Sequence[Entry]) -> None:
        """Add entries to a conversation: all of them or, when this raises, none."""
        ...

    async def take_back_answer(self, address: Address) -> str | None:
        """Delete the answer to the last question, and return the question.

        What was added to the question while it was being answered stays, and is part of it. None if
        there is no question; then nothing is deleted.
        """
        ...

    async def forget(self, address: Address) -> None:
        """Delete the entries of a conversation; the settings of its chat stay."""
        ...

    async def settings(self, address: Address) -> ChatSettings:
        """Return the settings of a chat, or of a topic of it."""
        ...

    async def change(self, address: Address, settings: ChatSettings) -> None:
        """Store the settings of a chat, or of a topic of it."""
        ...

    async def queue_modes(self, channel: str = "", chat: str = "") -> Mapping[Address, QueueMode]:
        """Return what chats chose for messages that come while an answer is written.

        The sort of a chat, which is not stored, is any.

        Args:
            channel: the channel of one chat; empty: all chats are asked for.
            chat: that chat.
        """
        ...

    async def move(self, channel: str, chat: str, to: str) -> None:
        """Keep for the chat `to` of a channel all that was kept for `chat`: it is the same chat.

        Data that `to` has already is kept. Moving twice is harmless; data that is added for the old
        id later counts for the new one.
        """
        ...

    async def moves(self, channel: str) -> Mapping[str, str]:
        """Return the chats of a channel that moved: their new ids, by their old ones."""
        ...

    async def moves_of(self, channel: str, chat: str) -> Mapping[str, str]:
        """Return the moves by which a chat got its id, or another one: new ids by old ones.

        Also those that another process was told of.
        """
        ...

    async def limits(self, channel: str, chat: str = "") -> Mapping[str, Iterable[LimitEstimate]]:
        """Return the estimated limits of a channel's chats, or of one, as they stand at present."""
        ...

    async def learn(self, channel: str, chat: str, learned: Iterable[LimitEstimate]) -> None:
        """Store the estimated limits of a chat, in place of older ones."""
        ...


class PassingMemory:
    """A memory that lasts as long as the program. Implements `Memory`."""

    def __init__(self) -> None:
        """Begin with an empty memory."""
        self._entries: dict[Address, list[Entry]] = {}
        self._settings: dict[Address, ChatSettings] = {}
        self._learned: dict[tuple[str, str], tuple[LimitEstimate, ...]] = {}
        self._moves = Moves()

    async def history(self, address: Address, *, limit: int) -> tuple[Entry, ...]:
        """Return the newest entries; see `Memory`."""
        return begin_whole(tuple(self._entries.get(self._moves.at(address), ())[-limit:]))

    async def append(self, address: Address, entries: Sequence[Entry]) -> None:
        """Add entries; see `Memory`."""
        self._entries.setdefault(self._moves.at(address), []).extend(entries)

    async def take_back_answer(self, address: Address) -> str | None:
        """Delete the answer to the last question; see `Memory`."""
        entries = self._entries.get(self._moves.at(address), [])
        asked = [at for at, entry in enumerate(entries) if begins_turn(entry)]
        if not asked:
            return None
        turn = entries[asked[-1] :]
        said = [entry for entry in turn if isinstance(entry, Utterance) and entry.role == "user"]
        entries[asked[-1] :] = said
        return "\n\n".join(entry.text for entry in said)

    async def forget(self, address: Address) -> None:
        """Delete a conversation; see `Memory`."""
        self._entries.pop(self._moves.at(address), None)

    async def settings(self, address: Address) -> ChatSettings:
        """Return a chat's settings; see `Memory`."""
        return self._settings.get(self._moves.at(address), ChatSettings())

    async def change(self, address: Address, settings: ChatSettings) -> None:
        """Store a chat's settings; see `Memory`."""
        self._settings[self._moves.at(address)] = settings

    async def queue_modes(self, channel: str = "", chat: str = "") -> Mapping[Address, QueueMode]:
        """Return what chats chose; see `Memory`."""
        return {
            at: chosen.queue
            for at, chosen in self._settings.items()
            if chosen.queue and (not channel or (at.channel, at.chat) == (channel, chat))
        }

    async def move(self, channel: str, chat: str, to: str) -> None:
        """Keep the data of a chat under its new id; see `Memory`."""
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
        """Return the chats that moved; see `Memory`."""
        return self._moves.known(channel)

    async def moves_of(self, channel: str, chat: str) -> Mapping[str, str]:
        """Return the moves of one chat; see `Memory`."""
        known = self._moves.known(channel).items()
        return {old: to for old, to in known if chat in (old, to)}

    async def limits(self, channel: str, chat: str = "") -> Mapping[str, Iterable[LimitEstimate]]:
        """Return the estimated limits; see `Memory`."""
        return {
            one: told
            for (of, one), told in self._learned.items()
            if of == channel and chat in {"", one}
        }

    async def learn(self, channel: str, chat: str, learned: Iterable[LimitEstimate]) -> None:
        """Store the estimated limits of a chat; see `Memory`."""
        self._learned[channel, self._moves.current(channel, chat)] = tuple(learned)


class PassingJournal:
    """A journal of which nothing is left, but what stands in a memory. Implements `Journal`."""

    is_lasting: Final = False
    """It ends with the process."""

    def __init__(self, memory: Memory) -> None:
        """Begin without a message.

        Args:
            memory: keeps the conversations.
        """
        self._memory = memory

    async def take(self, message: Message) -> Message | None:
        """Return the message, without a number; see `Journal`."""
        return message

    async def unsettled(self, channels: Collection[str]) -> tuple[Unsettled, ...]:  # noqa: ARG002
        """Return nothing; see `Journal`."""
        return ()

    async def begin(
        self,
        message: Message,
        question: Utterance | None = None,
        added: Sequence[Utterance] = (),
    ) -> int:
        """Add the question to the conversation; see `Journal`."""
        if question is not None:
            await self._memory.append(message.address, [question, *added])
        return 1

    async def record(
        self,
        message: Message,
        entries: Sequence[Entry],
        state: ReplyState | None,  # noqa: ARG002
        added: Collection[Message] = (),  # noqa: ARG002
    ) -> None:
        """Add entries to the conversation; see `Journal`."""
        if entries:
            await self._memory.append(message.address, entries)

    async def leave(self, message: Message) -> None:
        """Do nothing; see `Journal`."""

    async def settle(self, messages: Collection[Message]) -> None:
        """Do nothing; see `Journal`."""
