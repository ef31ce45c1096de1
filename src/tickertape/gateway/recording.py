"""How what comes in is recorded, before its platform hears that we have it.

One process passes on what it has recorded by itself. A fleet's passes on nothing: the owner of the
chat reads it from the database.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias

from tickertape.chat import Inbound, Message, Moved, StopPressed
from tickertape.gateway.journal import Journal

__all__ = ["JournalRecording", "MailRecording", "Recording", "RecordingFor"]


class Recording(Protocol):
    """Records what comes in from one channel."""

    def records(self, inbound: Inbound) -> bool:
        """Return whether this is recorded; else it is passed on as it came."""
        ...

    async def record(self, inbound: Inbound, *, is_again: bool) -> Inbound | None:
        """Record what came in; return what is to be passed on, if anything.

        Args:
            inbound: what came in.
            is_again: whether a call for it failed a moment ago: it may be recorded already.
        """
        ...

    def declined(self, message: Message) -> None:
        """Record that a message was declined: its platform brings it again."""
        ...

    def saw(self, message: Message) -> None:
        """Record that a message of an earlier process was passed on."""
        ...


RecordingFor: TypeAlias = Callable[[str], Recording]
"""Makes what records the messages of a channel, by its name."""


class JournalRecording:
    """Records messages in the journal of this process. Implements `Recording`."""

    def __init__(
        self,
        channel: str,
        journal: Journal,
        is_admitted: Callable[[Message], bool],
        taken: Callable[[Message], None],
    ) -> None:
        """Begin without a message.

        Args:
            channel: the name of the channel.
            journal: keeps each message until it is settled.
            is_admitted: tells whose messages are recorded: a stranger's are not.
            taken: called with each message that is recorded.
        """
        self._taken = taken
        self._channel = channel
        self._journal = journal
        self._is_admitted = is_admitted
        self._newest = 0  # the number of the newest message that was passed on
        # Which number was the newest when a message that was declined came first, by its key: its
        # record may be there, if the journal failed behind it.
        self._declined: dict[str, int] = {}

    def records(self, inbound: Inbound) -> bool:
        """Return whether this is recorded: a message of a person who is answered is."""
        return isinstance(inbound, Message) and self._is_admitted(inbound)

    async def record(self, inbound: Inbound, *, is_again: bool) -> Inbound | None:
        """Record a message; return it with its number, or None if it was passed on before."""
        if not isinstance(inbound, Message):
            return inbound
        before = self._declined.get(inbound.key, self._newest)
        kept = await self._journal.take(inbound)
        if kept is None and (is_again or inbound.key in self._declined):
            kept = await self._owed(inbound, before)
        self._declined.pop(inbound.key, None)
        if kept is not None:
            self.saw(kept)
            self._taken(kept)
        return kept

    def declined(self, message: Message) -> None:
        """Record that a message was declined; see `Recording`."""
        self._declined.setdefault(message.key, self._newest)

    def saw(self, message: Message) -> None:
        """Record that a message was passed on; see `Recording`."""
        self._newest = max(self._newest, *message.taken, 0)

    async def _owed(self, message: Message, before: int) -> Message | None:
        """Return a message that was recorded by a call whose answer was lost; None: by none.

        Args:
            message: the message, as it came in.
            before: the newest number before the first of these calls: one up to there was passed
                on, or is taken again.
        """
        owed = await self._journal.unsettled((self._channel,))
        return next(
            (
                one.message
                for one in owed
                if one.message.taken[0] > before
                and (one.message.key, one.message.address) == (message.key, message.address)
            ),
            None,
        )


class MailRecording:
    """Records messages, presses of stop buttons and moves as mail. Implements `Recording`."""

    def __init__(
        self,
        take: Callable[[Inbound], Awaitable[bool]],
        is_admitted: Callable[[Message | StopPressed], bool],
        taken: Callable[[Message], None],
    ) -> None:
        """Begin to record.

        Args:
            take: records what came in, for the owner of its chat; returns False if it was there.
            is_admitted: tells whose mail is recorded.
            taken: called with each message that is recorded.
        """
        self._taken = taken
        self._take = take
        self._is_admitted = is_admitted

    def records(self, inbound: Inbound) -> bool:
        """Return whether this is recorded: what the owner of the chat has to know of is."""
        if isinstance(inbound, Message | StopPressed):
            return self._is_admitted(inbound)
        return isinstance(inbound, Moved)

    async def record(self, inbound: Inbound, *, is_again: bool) -> Inbound | None:  # noqa: ARG002
        """Record what came in; nothing is passed on here, and nothing is recorded twice."""
        if await self._take(inbound) and isinstance(inbound, Message):
            self._taken(inbound)
        return None

    def declined(self, message: Message) -> None:
        """Keep nothing: what is recorded twice is one."""

    def saw(self, message: Message) -> None:
        """Keep nothing: what is recorded twice is one."""
