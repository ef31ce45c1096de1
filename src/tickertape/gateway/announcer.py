"""The bot's own messages, and the consumers that show them and the agent's answers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias

from tickertape.chat import Address, ChatKind, Message
from tickertape.delivery.reply.state import ReplyState, begun_again
from tickertape.delivery.streaming import StreamingConfig
from tickertape.events import Restarted, TextDelta
from tickertape.gateway.answers.open_turns import OpenTurns
from tickertape.gateway.answers.running_answer import TURN_TIMEOUT
from tickertape.gateway.decisions import Say
from tickertape.gateway.reasons import crash_of, where
from tickertape.outbox import Outbox
from tickertape.ports import Showing
from tickertape.pump.carried_answer import CarriedAnswer

__all__ = ["Announcer", "Follow", "Resuming", "ShowingFor", "pumped", "resumed"]

_LOG = logging.getLogger(__name__)
# The bot's own words are short: they come at once, once.
_AT_ONCE = StreamingConfig(enabled=False)


class ShowingFor(Protocol):
    """Makes the consumer that shows the answer to a message, or the bot's own words to it."""

    def __call__(
        self, message: Message, config: StreamingConfig, /, *, is_pointed: bool = False
    ) -> Showing:
        """Return the consumer.

        Args:
            message: what is answered.
            config: how the answer streams.
            is_pointed: whether the answer points at the message also where that is clear in most
                cases: in private.
        """
        ...


Resuming: TypeAlias = Callable[[ReplyState, StreamingConfig], Showing]
"""Makes the consumer that goes on with a reply which another process began."""

Follow: TypeAlias = Callable[[Address, Address], None]
"""Called at the end of an answer with its conversation, and the address where it was shown, which
differs once the chat has moved."""


def pumped(outboxes: Mapping[str, Outbox]) -> ShowingFor:
    """Return the factory of consumers that deliver through outboxes.

    In groups an answer is a reply to its question.

    Args:
        outboxes: make the calls, by the names of their channels.
    """

    def showing(
        message: Message, config: StreamingConfig, *, is_pointed: bool = False
    ) -> CarriedAnswer:
        address, outbox = message.address, outboxes[message.address.channel]
        is_pointed = is_pointed or address.kind is ChatKind.GROUP
        reply = outbox.open(address, config, message.message_id if is_pointed else None)
        return CarriedAnswer(reply, address, outbox, TURN_TIMEOUT)

    return showing


def resumed(outboxes: Mapping[str, Outbox]) -> Resuming:
    """Return the factory of consumers that go on with replies which another process began.

    Args:
        outboxes: make the calls, by the names of their channels.
    """

    def resuming(state: ReplyState, config: StreamingConfig) -> CarriedAnswer:
        address = state.route.address
        outbox = outboxes[address.channel]
        if not state.said.closed:
            state = begun_again(state)
        return CarriedAnswer(outbox.resume(state, config), address, outbox, TURN_TIMEOUT)

    return resuming


class Announcer:
    """Shows the bot's own messages."""

    def __init__(
        self, showing: ShowingFor, resuming: Resuming, turns: OpenTurns, follow: Follow
    ) -> None:
        """Prepare to show messages.

        Args:
            showing: makes a message's consumer.
            resuming: makes the consumer of a message that another process began to show.
            turns: records what becomes of a message.
            follow: called with the address where it was shown.
        """
        self._showing = showing
        self._resuming = resuming
        self._turns = turns
        self._follow = follow

    async def say(self, say: Say) -> None:
        """Show a message of the bot; return when it is on screen, or cannot be delivered.

        Raises:
            Exception: whatever a channel raises.
        """
        begun = self._turns.take_up(say.message)
        await self._turns.begin(say.message)
        state = begun.state if begun is not None else None
        if state is None:
            consumer = self._showing(say.message, _AT_ONCE, is_pointed=say.is_pointed)
        else:
            consumer = self._resuming(state, _AT_ONCE)
            consumer.feed(Restarted())
        # Of a reply that has its last word already, the rest counts for nothing.
        consumer.feed(TextDelta(say.text))
        consumer.finish()
        writer = self._turns.open(say.message, consumer)
        try:
            shown = await consumer.run()
        finally:
            await self._turns.close(writer)
        self._follow(say.message.address, shown.address)

    async def try_to_say(self, say: Say) -> None:
        """Show a message of the bot; a failure is logged, and ends nothing else."""
        try:
            await self.say(say)
        except Exception as error:  # noqa: BLE001 - whatever a channel raises
            fields = {**where(say.message.address), **crash_of(error)}
            _LOG.error("a message of the bot failed", extra=fields)
