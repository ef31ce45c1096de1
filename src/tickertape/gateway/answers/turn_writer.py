"""The task that writes a turn into the journal: what its agent records, and its reply.

It is apart from the answer, so that a slow database does not slow the reading of the model. Two
things wait for it, because the next process has to know of them: a call that cannot be repeated (a
post), until it is recorded that it is made; and the final, until it is recorded that the answer has
ended. Edits and drafts are repeatable, and recorded only where what they show is told once.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeAlias

from tickertape.chat import Message
from tickertape.conversation import Entry, Utterance
from tickertape.delivery.actions import Action, Append, Delete, Post, Seal
from tickertape.delivery.reply.state import ReplyState
from tickertape.gateway.journal import FencedError
from tickertape.gateway.reasons import words_of

__all__ = ["TurnWriter"]

_LOG = logging.getLogger(__name__)

Write: TypeAlias = Callable[
    [Sequence[Entry], ReplyState | None, Sequence[Message]], Awaitable[None]
]
"""Adds entries to the conversation, records the reply, and settles messages that the turn answers
as well: all of it or, when it raises, nothing."""

_LAST_WRITE = 5.0
"""Seconds that a write gets after everything else was given up: SQLite's wait for a lock
(`storage.database`)."""

_LONGEST = 10.0
"""Seconds that calls and tools wait for a database that hangs: people wait, too."""

_BETWEEN = 1.0
"""Seconds between two records of what is shown of an answer that is told once: a choice."""

_UNREPEATABLE: Final = (Post, Append, Seal, Delete)


class TurnWriter:
    """Writes entries and the newest state of a reply, in their order, in a task of its own."""

    def __init__(
        self,
        write: Write,
        where: Mapping[str, object],
        state: Callable[[], ReplyState] | None = None,
        known: Sequence[Entry] = (),
        *,
        is_told_once: bool = False,
    ) -> None:
        """Begin with nothing to write.

        Args:
            write: writes into the journal.
            where: the log fields of the conversation.
            state: tells how the reply stands; None where no other process can take it up: then
                nothing waits.
            known: what an earlier attempt recorded: the agent tells it again first.
            is_told_once: whether no other process can have it told again: then what is shown is
                recorded too, once a second.
        """
        self._is_told_once = is_told_once
        self._saved_at = float("-inf")
        self._known = list(known)[::-1]
        self._write = write
        self._where = where
        self._state = state
        self._waiting: list[Entry] = []
        self._adopted: deque[tuple[Message, Utterance]] = deque()
        self._answered: list[Message] = []
        self._is_due = False
        self._has_ended = False
        self._fenced: FencedError | None = None
        self._writing: asyncio.Task[None] | None = None

    def adopt(self, message: Message, said: Utterance) -> None:
        """Take over a message whose words the agent is given: it records them next, or we do.

        From then on nothing is owed for it but this turn.
        """
        self._adopted.append((message, said))

    def keep(self, entry: Entry) -> None:
        """Start writing `entry`, and the reply as it stands. Never waits."""
        if self._known and self._known[-1] == entry:
            self._known.pop()
            return
        if isinstance(entry, Utterance) and entry.is_added and self._adopted:
            self._answered.append(self._adopted.popleft()[0])
        self._waiting.append(entry)
        self.save()

    def save(self) -> None:
        """Start writing the reply as it stands. Never waits."""
        self._is_due = True
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all(), name="tickertape journal")

    def end(self) -> None:
        """Start writing the reply, which has its last word: calls wait for that from here on."""
        self._has_ended = True
        for message, said in self._adopted:  # which the agent did not record
            self._waiting.append(said)
            self._answered.append(message)
        self._adopted.clear()
        self.save()

    async def before(self, action: Action) -> None:
        """Return when everything is written that must be before `action` is performed."""
        if isinstance(action, _UNREPEATABLE):
            self.save()
        elif not self._has_ended:
            return
        await self.written()

    async def written(self) -> None:
        """Return when all that was to be written is, or was logged as lost; after 10 s at most."""
        if self._writing is not None and self._state is not None:
            await asyncio.wait({self._writing}, timeout=_LONGEST)

    async def recorded(self) -> None:
        """Return as `written` does, before what must not be done twice.

        Raises:
            FencedError: when another process goes on with the turn.
        """
        await self.written()
        if self._fenced is not None:
            raise self._fenced

    def after(self, action: Action) -> None:
        """Start writing what came of `action`, where that matters. Never waits."""
        now = asyncio.get_running_loop().time()
        if isinstance(action, _UNREPEATABLE) or (
            self._is_told_once and now - self._saved_at >= _BETWEEN
        ):
            self._saved_at = now
            self.save()

    async def flush(self) -> None:
        """Wait until all is written, or was logged as lost.

        Cancelling, also before this is called, leaves 5 s for what is being written.
        """
        if self._writing is None:
            return
        task = asyncio.current_task()
        is_cancelled = task is not None and task.cancelling()
        try:
            await asyncio.wait({self._writing}, timeout=_LAST_WRITE if is_cancelled else None)
        except asyncio.CancelledError:
            await asyncio.wait({self._writing}, timeout=_LAST_WRITE)
            raise
        finally:
            if self._writing.cancel():
                await asyncio.wait({self._writing})
                self._lost("cancelled")

    async def _write_all(self) -> None:
        while self._is_due:
            self._is_due = False
            entries, self._waiting = self._waiting, []
            answered, self._answered = self._answered, []
            state = self._state() if self._state is not None else None
            if not (entries or answered) and state is None:
                continue
            try:
                await self._write(entries, state, answered)
            except Exception as error:  # noqa: BLE001 - whatever a database raises
                if isinstance(error, FencedError):
                    self._fenced = error
                self._lost(words_of(error))
                self._answered[:0] = answered  # to be settled with the next write

    def _lost(self, why: str) -> None:
        """Log the loss; the reader, who has the answer on screen, is not told."""
        _LOG.error("an answer was not stored", extra={**self._where, "error": why})
