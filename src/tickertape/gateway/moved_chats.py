"""Chats that get another id while the gateway runs: their lines, answers and memory go along."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace

from tickertape.chat import Address, Inbound
from tickertape.gateway.answers.running_answer import RunningAnswers
from tickertape.gateway.answers.voice_notes import VoiceNotes
from tickertape.gateway.decisions import Move, Work
from tickertape.gateway.moves import Moves
from tickertape.gateway.reasons import words_of
from tickertape.gateway.router import Router
from tickertape.gateway.storage.memory import Memory
from tickertape.outbox import Outbox

__all__ = ["MovedChats"]

_LOG = logging.getLogger(__name__)


class MovedChats:
    """Knows the present ids of chats, and carries over all that was kept under older ones."""

    def __init__(
        self,
        memory: Memory,
        outboxes: Mapping[str, Outbox],
        notes: VoiceNotes,
        running: RunningAnswers,
    ) -> None:
        """Begin without a moved chat.

        Args:
            memory: keeps conversations, settings and limits.
            outboxes: know the limits of chats, by the names of their channels.
            notes: posts voice notes below the answers of a chat.
            running: the answers that run.
        """
        self._memory = memory
        self._outboxes = outboxes
        self._notes = notes
        self._running = running
        self._moves = Moves()
        self._homes: dict[Address, Address] = {}
        self._moving: set[asyncio.Task[None]] = set()

    async def restore(self, router: Router) -> None:
        """Read the moves of earlier runs, and tell them to a router; a failure is logged."""
        try:
            for channel in self._outboxes:
                for chat, to in (await self._memory.moves(channel)).items():
                    self._moves.add(channel, chat, to)
                    router.move(channel, chat, to)
        except Exception as error:  # noqa: BLE001 - whatever a database raises
            _LOG.error("moves are not remembered", extra={"error": words_of(error)})

    def read(self, inbound: Inbound) -> Inbound:
        """Return an event with the present address of its chat."""
        return self._moves.read(inbound)

    def current(self, channel: str, chat: str) -> str:
        """Return the present id of a chat."""
        return self._moves.current(channel, chat)

    def is_elsewhere(self, home: Address, shown_at: Address) -> bool:
        """Return whether an answer is shown in another chat than that of its question."""
        return self._moves.at(home).chat != self._moves.at(shown_at).chat

    def home(self, address: Address) -> Address:
        """Return the present address of the line that began at `address`."""
        while address in self._homes:
            address = self._homes[address]
        return address

    async def at_home(self, work: Work) -> Work:
        """Return work with the present address of its chat, once all memory is there, too."""
        if self._moving:
            await asyncio.wait(self._moving)
        return replace(work, message=self._moves.message(work.message))

    def move(self, move: Move) -> None:
        """Start carrying over all that a chat had under its old id to the new one."""
        if self._moves.add(move.channel, move.chat, move.to):
            _LOG.info("a chat has moved", extra=_fields(move))
        # At once: calls, notes and stops that follow already go to the new id. Only the
        # database takes time, and work at the new id waits for it (`at_home`).
        self._outboxes[move.channel].move(move.chat, move.to)
        self._notes.move(move.channel, move.chat, move.to)
        for home in move.lines:
            self._homes[home] = self._moves.at(home)
            self._running.rename(home, self._moves.at(home))
        task = asyncio.create_task(self._carry_over(move))
        self._moving.add(task)
        task.add_done_callback(self._moving.discard)

    async def flush(self) -> None:
        """Wait until all is carried over, or was logged as lost."""
        await asyncio.gather(*self._moving)

    async def _carry_over(self, move: Move) -> None:
        try:
            await self._memory.move(move.channel, move.chat, move.to)
        except Exception as error:  # noqa: BLE001 - whatever a database raises
            fields = {**_fields(move), "error": words_of(error)}
            _LOG.error("a chat that moved is not remembered", extra=fields)


def _fields(move: Move) -> dict[str, object]:
    return {"channel": move.channel, "chat": move.chat, "to": move.to}
