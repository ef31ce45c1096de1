"""The turns whose replies are on their way: each has a writer, found by where it is shown."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial

from tickertape.chat import Address, Message
from tickertape.conversation import Entry
from tickertape.delivery.actions import Action
from tickertape.gateway.answers.turn_writer import TurnWriter
from tickertape.gateway.journal import BegunTurn, Journal, Unsettled
from tickertape.gateway.reasons import where, words_of
from tickertape.ports import Showing
from tickertape.pump.carried_answer import CarriedAnswer

__all__ = ["OpenTurns"]

_LOG = logging.getLogger(__name__)


class OpenTurns:
    """Records what becomes of the replies of a gateway. Implements `Recorder`."""

    def __init__(self, journal: Journal) -> None:
        """Begin without a turn."""
        self._journal = journal
        self._begun: dict[int, BegunTurn] = {}
        self._open: dict[TurnWriter, tuple[Address, Showing]] = {}
        self._at: dict[Address, list[TurnWriter]] = {}

    def remember(self, owed: Unsettled) -> None:
        """Keep the turn of a message that comes again, until it is taken up."""
        if owed.turn is not None:
            self._begun[owed.message.taken[0]] = owed.turn

    def was_shown(self, message: Message) -> bool:
        """Return whether an earlier process began to show the reply to a message."""
        begun = self._begun.get(message.taken[0]) if message.taken else None
        return begun is not None and begun.state is not None

    def take_up(self, message: Message) -> BegunTurn | None:
        """Remove and return the turn that an earlier process began; None: there is none."""
        return self._begun.pop(message.taken[0], None) if message.taken else None

    def open(
        self,
        message: Message,
        reply: Showing,
        known: Sequence[Entry] = (),
        *,
        is_told_once: bool = False,
    ) -> TurnWriter:
        """Return the writer of a turn, which is called from here on.

        Args:
            message: the message whose turn it is.
            reply: shows its reply.
            known: what an earlier attempt recorded.
            is_told_once: see `TurnWriter`.
        """
        write = partial(self._journal.record, message)
        if message.taken and isinstance(reply, CarriedAnswer):
            told_at = where(message.address)
            writer = TurnWriter(
                write, told_at, lambda: reply.state, known, is_told_once=is_told_once
            )
        else:
            writer = TurnWriter(write, where(message.address), known=known)
        place = reply.shown.address
        self._open[writer] = (place, reply)
        self._at.setdefault(place, []).append(writer)
        return writer

    async def close(self, writer: TurnWriter) -> None:
        """Wait until all of a turn is written, and call its writer no more."""
        try:
            await writer.flush()
        finally:
            place, _ = self._open.pop(writer)
            self._at[place].remove(writer)
            if not self._at[place]:
                del self._at[place]

    async def before(self, action: Action) -> None:
        """Return when all is written that must be before `action`; see `Recorder`."""
        for writer in self._writers(action):
            await writer.before(action)

    def after(self, action: Action) -> None:
        """Start writing what came of `action`; see `Recorder`."""
        for writer in self._writers(action):
            writer.after(action)

    async def begin(self, message: Message) -> None:
        """Record that the bot says something of its own; it is said even if that fails."""
        if not message.taken:
            return
        try:
            await self._journal.begin(message)
        except Exception as error:  # noqa: BLE001 - whatever a database raises
            fields = {**where(message.address), "error": words_of(error)}
            _LOG.error("a message of the bot is not recorded", extra=fields)

    def _writers(self, action: Action) -> list[TurnWriter]:
        """Return the writers of the replies at a place; a reply may be elsewhere by now."""
        place = action.address
        if place in self._at:
            return list(self._at[place])
        return [one for one, (_, reply) in self._open.items() if reply.shown.address == place]
