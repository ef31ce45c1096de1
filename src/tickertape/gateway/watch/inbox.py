"""A journal whose messages are counted, purely."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from tickertape.chat import Message
from tickertape.conversation import Entry, Utterance
from tickertape.delivery.reply.state import ReplyState
from tickertape.gateway.journal import Journal, Unsettled
from tickertape.watching.facts import Fact, MessageTaken

__all__ = ["WatchedJournal"]


class WatchedJournal:
    """Passes everything on, and counts what is owed. A `Journal`, which describes its methods."""

    def __init__(self, journal: Journal, note: Callable[[Fact], None]) -> None:
        """Begin with nothing owed.

        Args:
            journal: keeps the messages.
            note: told of each message that is taken.
        """
        self._journal = journal
        self._note = note
        self._owed: set[int] = set()
        self.is_read = False
        """Whether it was asked once what an earlier process left, and answered."""

    @property
    def depth(self) -> int:
        """How many messages were taken for which something is owed."""
        return len(self._owed)

    @property
    def is_lasting(self) -> bool:
        """Whether it outlasts the process."""
        return self._journal.is_lasting

    async def take(self, message: Message) -> Message | None:
        """Record a message; see `Journal`."""
        taken = await self._journal.take(message)
        if taken is not None:
            self._owed.update(taken.taken)
            self._note(MessageTaken(message.address.channel))
        return taken

    async def unsettled(self, channels: Collection[str]) -> tuple[Unsettled, ...]:
        """Return what is owed; see `Journal`."""
        owed = await self._journal.unsettled(channels)
        self._owed.update(number for one in owed for number in one.message.taken)
        self.is_read = True
        return owed

    async def begin(
        self,
        message: Message,
        question: Utterance | None = None,
        added: Sequence[Utterance] = (),
    ) -> int:
        """Record that a turn begins; see `Journal`."""
        return await self._journal.begin(message, question, added)

    async def record(
        self,
        message: Message,
        entries: Sequence[Entry],
        state: ReplyState | None,
        added: Collection[Message] = (),
    ) -> None:
        """Add entries, and record a reply; see `Journal`."""
        await self._journal.record(message, entries, state, added)
        self._forget(added)

    async def settle(self, messages: Collection[Message]) -> None:
        """Record that nothing more is owed; see `Journal`."""
        await self._journal.settle(messages)
        self._forget(messages)

    def _forget(self, messages: Collection[Message]) -> None:
        self._owed.difference_update(number for one in messages for number in one.taken)
