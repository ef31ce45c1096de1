"""The bot's own words on their way to where they are read, and what carries an answer there."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TypeAlias

from tickertape.chat import Address, ChatKind, Message
from tickertape.delivery.streaming import StreamingConfig
from tickertape.events import TextDelta
from tickertape.gateway.answers.running_answer import TURN_TIMEOUT
from tickertape.gateway.decisions import Say
from tickertape.gateway.reasons import crash_of, where
from tickertape.outbox import Outbox
from tickertape.ports import Showing
from tickertape.pump.delivery import Delivery

__all__ = ["Announcer", "Follow", "ShowingFor", "pumped"]

_LOG = logging.getLogger(__name__)
# The bot's own words are short: they come at once, once.
_AT_ONCE = StreamingConfig(enabled=False)

ShowingFor: TypeAlias = Callable[[Message, StreamingConfig], Showing]
"""Makes what carries an answer to a message, or the bot's own words to it, to where it is read."""

Follow: TypeAlias = Callable[[Address, Address], None]
"""Told, at the end, of a conversation and where its answer was shown: a chat may have moved."""


def pumped(outboxes: Mapping[str, Outbox]) -> ShowingFor:
    """Return what makes the pump of an answer; among several people it points at its question.

    Args:
        outboxes: what the answers go through, by the names of their channels.
    """

    def showing(message: Message, config: StreamingConfig) -> Delivery:
        address, outbox = message.address, outboxes[message.address.channel]
        is_pointed = address.kind is ChatKind.GROUP
        reply = outbox.open(address, config, message.message_id if is_pointed else None)
        return Delivery(reply, address, outbox, TURN_TIMEOUT)

    return showing


class Announcer:
    """Says the bot's own words."""

    def __init__(self, showing: ShowingFor, follow: Follow) -> None:
        """Make one.

        Args:
            showing: makes what carries the words.
            follow: told where they were shown.
        """
        self._showing = showing
        self._follow = follow

    async def say(self, say: Say) -> None:
        """Say something; return when it is on screen, or cannot get there."""
        consumer = self._showing(say.message, _AT_ONCE)
        consumer.feed(TextDelta(say.text))
        consumer.finish()
        shown = await consumer.run()
        self._follow(say.message.address, shown.address)

    async def note(self, say: Say) -> None:
        """Say something beside the line; a failure of that ends nothing else."""
        try:
            await self.say(say)
        except Exception as error:  # noqa: BLE001 - whatever a channel raises
            _LOG.error("a turn failed", extra={**where(say.message.address), **crash_of(error)})
