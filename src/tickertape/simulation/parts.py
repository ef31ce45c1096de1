"""The parts of ours that a run is played with: they can be replaced by broken ones.

A check that never failed proves nothing. With a part that loses, doubles or forgets something, each
rule can be seen to find what it is there for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tickertape.consumer import StreamConsumer
from tickertape.outbox import Outbox
from tickertape.ports import Transport

__all__ = ["OURS", "ProgramParts"]


def _as_it_is(channel: Transport) -> Transport:
    return channel


@dataclass(frozen=True, slots=True)
class ProgramParts:
    """What is tested."""

    transport: Callable[[Transport], Transport] = _as_it_is
    """Makes what the pump speaks to, out of the Telegram channel."""
    consumer: type[StreamConsumer] = StreamConsumer
    """What carries an answer."""
    outbox: type[Outbox] = Outbox
    """What holds all answers of a bot, and learns."""


OURS = ProgramParts()
"""The parts as they are."""
