"""Live replies from any LLM agent, in any chat.

What it refuses to do: run the agent again because a delivery failed, send a text twice to be sure,
truncate an answer, or call a platform more often than it allows.

The shelf, in reading order. A name is imported when it is first used, so that `import tickertape`
costs nothing.

Commonly used:
    StreamConsumer   one answer, from an agent to a chat, while it is being written
    stream           the same for an async iterator, in one call
    Outbox           all live replies of one bot: its lanes and its budget
    StreamingConfig  how replies stream
    Address, ChatKind   where a reply goes

What agents say:
    TextDelta, ReasoningDelta, ToolStarted, ToolFinished, Restarted, Finished, Failed; Event

For those who bring a channel, a model or an agent of their own:
    Transport, Channel, Provider, Agent, Turn   the ports (`tickertape.ports`)
    StopReason   why an answer is ended before its end
    TickertapeError, ConfigError, TransportError, ProviderError, ModelUnavailableError
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickertape.chat import Address, ChatKind
    from tickertape.consumer import Outbox, StreamConsumer, stream
    from tickertape.delivery.marks import StopReason
    from tickertape.delivery.streaming import StreamingConfig
    from tickertape.errors import (
        ConfigError,
        ModelUnavailableError,
        ProviderError,
        TickertapeError,
        TransportError,
    )
    from tickertape.events import (
        Event,
        Failed,
        Finished,
        ReasoningDelta,
        Restarted,
        TextDelta,
        ToolFinished,
        ToolStarted,
    )
    from tickertape.ports import Agent, Channel, Provider, Transport, Turn

__all__ = [
    "Address",
    "Agent",
    "Channel",
    "ChatKind",
    "ConfigError",
    "Event",
    "Failed",
    "Finished",
    "ModelUnavailableError",
    "Outbox",
    "Provider",
    "ProviderError",
    "ReasoningDelta",
    "Restarted",
    "StopReason",
    "StreamConsumer",
    "StreamingConfig",
    "TextDelta",
    "TickertapeError",
    "ToolFinished",
    "ToolStarted",
    "Transport",
    "TransportError",
    "Turn",
    "stream",
]

_SHELVES = (
    "tickertape.consumer",
    "tickertape.delivery.streaming",
    "tickertape.delivery.marks",
    "tickertape.chat",
    "tickertape.events",
    "tickertape.ports",
    "tickertape.errors",
)


def __getattr__(name: str) -> object:
    if name in __all__:
        for shelf in _SHELVES:
            module = import_module(shelf)
            if name in module.__all__:
                return getattr(module, name)
    msg = f"module 'tickertape' has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return __all__
