"""Calls that the press of a button causes, outside the lines: a confirmation, a removed button."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from tickertape.chat import Address
from tickertape.delivery.actions import Accepted, Acknowledge, ClearButtons
from tickertape.gateway.reasons import crash_of, where
from tickertape.gateway.stop_buttons import Numbers
from tickertape.outbox import Outbox
from tickertape.ports import Transport

__all__ = ["Presses", "numbers_of"]

_LOG = logging.getLogger(__name__)


class Presses:
    """Acknowledges presses, and removes buttons that stop no answer."""

    def __init__(self, outboxes: Mapping[str, Outbox], tasks: asyncio.TaskGroup) -> None:
        """Begin with no press.

        Args:
            outboxes: make the calls, by the names of their channels.
            tasks: runs the acknowledgements.
        """
        self._outboxes = outboxes
        self._tasks = tasks
        # They may wait for a call for a minute, which is nothing to hold up an end for.
        self._clearing: set[asyncio.Task[None]] = set()

    def acknowledge(self, press: Acknowledge) -> None:
        """Start confirming a press to the person."""
        self._tasks.create_task(self._acknowledge(press))

    def clear(self, clear: ClearButtons) -> None:
        """Start removing a button, as soon as the chat's limits allow a call."""
        clearing = asyncio.create_task(self._clear(clear))
        self._clearing.add(clearing)
        clearing.add_done_callback(self._clearing.discard)

    async def aclose(self) -> None:
        """Cancel the removal of buttons that waits for a call."""
        clearing = set(self._clearing)
        for task in clearing:
            task.cancel()
        if clearing:
            await asyncio.wait(clearing)

    async def _acknowledge(self, press: Acknowledge) -> None:
        """Acknowledge a press, once: some seconds later clients show it no more."""
        outbox = self._outboxes[press.address.channel]
        outcome = await outbox.acknowledge(press.address, press.press_id, press.text)
        if not isinstance(outcome, Accepted):
            _LOG.debug("a press was not acknowledged", extra=where(press.address))

    async def _clear(self, clear: ClearButtons) -> None:
        """Remove a button that stops no answer. If that fails, the next press tries again."""
        try:
            outbox = self._outboxes[clear.address.channel]
            outcome = await outbox.clear_buttons(clear.address, clear.message_id)
        except Exception as error:  # noqa: BLE001 - whatever a channel raises
            fields = {**where(clear.address), **crash_of(error)}
            _LOG.error("a button was not removed", extra=fields)
            return
        if not isinstance(outcome, Accepted):
            fields = {**where(clear.address), "error": repr(outcome)[:300]}
            _LOG.debug("a button was not removed", extra=fields)


def numbers_of(transports: Mapping[str, Transport]) -> Numbers:
    """Return the function that numbers messages, in channels that count them."""

    def number_of(address: Address, message_id: str) -> int | None:
        try:
            row = transports[address.channel].surface(address).row
            return row.number(message_id) if row is not None else None
        except Exception as error:  # noqa: BLE001 - whatever a transport raises
            fields = {**where(address), "error": type(error).__name__}
            _LOG.warning("a message cannot be placed among others", extra=fields)
            return None

    return number_of
