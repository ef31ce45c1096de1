"""The bot's own messages, and the consumers that show them and the agent's answers."""

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
from tickertape.pump.carried_answer import CarriedAnswer

__all__ = ["Announcer", "Follow", "ShowingFor", "pumped"]

_LOG = logging.getLogger(__name__)
# The bot's own words are short: they come at once, once.
_AT_ONCE = StreamingConfig(enabled=False)

ShowingFor: TypeAlias = Callable[[Message, StreamingConfig], Showing]
"""Makes the consumer that shows the answer to a message, or the bot's own words to it."""

Follow: TypeAlias = Callable[[Address, Address], None]
"""Called at the end of an answer with its conversation, and the address where it was shown, which
differs once the chat has moved."""


def pumped(outboxes: Mapping[str, Outbox]) -> ShowingFor:
    """Return the factory of consumers that deliver through outboxes.

    In groups an answer is a reply to its question.

    Args:
        outboxes: make the calls, by the names of their channels.
    """

    def showing(message: Message, config: StreamingConfig) -> CarriedAnswer:
        address, outbox = message.address, outboxes[message.address.channel]
        is_pointed = address.kind is ChatKind.GROUP
        reply = outbox.open(address, config, message.message_id if is_pointed else None)
        return CarriedAnswer(reply, address, outbox, TURN_TIMEOUT)

    return showing


class Announcer:
    """Shows the bot's own messages."""

    def __init__(self, showing: ShowingFor, follow: Follow) -> None:
        """Prepare to show messages.

        Args:
            showing: makes a message's consumer.
            follow: called with the address where it was shown.
        """
        self._showing = showing
        self._follow = follow

    async def say(self, say: Say) -> None:
        """Show a message of the bot; return when it is on screen, or cannot be delivered.

        Raises:
            Exception: whatever a channel raises.
        """
        consumer = self._showing(say.message, _AT_ONCE)
        consumer.feed(TextDelta(say.text))
        consumer.finish()
        shown = await consumer.run()
        self._follow(say.message.address, shown.address)

    async def try_to_say(self, say: Say) -> None:
        """Show a message of the bot; a failure is logged, and ends nothing else."""
        try:
            await self.say(say)
        except Exception as error:  # noqa: BLE001 - whatever a channel raises
            fields = {**where(say.message.address), **crash_of(error)}
            _LOG.error("a message of the bot failed", extra=fields)
