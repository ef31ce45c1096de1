"""A memory of one conversation in the terminal that is kept in the file of conversations."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tickertape.chat import Address
from tickertape.cli.conversations.log import ConversationLog, LogError, SavedConversation
from tickertape.conversation import Entry
from tickertape.gateway.storage.memory import PassingMemory

__all__ = ["SavingMemory"]


class SavingMemory(PassingMemory):
    """A memory that lasts as long as the program, and is written down. Implements `Memory`.

    A file that cannot be written is told of once, and the conversation goes on.
    """

    def __init__(
        self,
        log: ConversationLog,
        conversation: SavedConversation,
        model_of: Callable[[str], str],
        tell: Callable[[str], None],
    ) -> None:
        """Begin, or go on with, a conversation.

        Args:
            log: keeps what is said.
            conversation: the one that begins, or goes on.
            model_of: returns the model that answers, of the one that was chosen ("": none).
            tell: told once, in a line, why nothing is kept any more.
        """
        super().__init__()
        self._log = log
        self._conversation = conversation
        self._model_of = model_of
        self._tell = tell
        self._has_failed = False

    async def append(self, address: Address, entries: Sequence[Entry]) -> None:
        """Add entries, and write them down; see `Memory`."""
        await super().append(address, entries)
        model = self._model_of((await self.settings(address)).model)
        self._keep(lambda: self._log.append(self._conversation, entries, model=model))

    async def take_back_answer(self, address: Address) -> str | None:
        """Delete the answer to the last question, in the file, too; see `Memory`."""
        question = await super().take_back_answer(address)
        if question is not None:
            self._keep(lambda: self._log.take_back_answer(self._conversation))
        return question

    async def forget(self, address: Address) -> None:
        """Begin another conversation; the one before stays in the file; see `Memory`."""
        await super().forget(address)
        self._conversation = self._log.begin(self._conversation.model, self._conversation.system)

    def _keep(self, write: Callable[[], None]) -> None:
        if self._has_failed:
            return
        try:
            write()
        except LogError as error:
            self._has_failed = True
            self._tell(f"this conversation is not saved: {error}")
