"""Live replies from any LLM agent, in any chat.

What it refuses to do: run the agent again because a delivery failed, send a text twice to be sure,
truncate an answer, or call a platform more often than it allows.

The shelf, in reading order. A name is imported when it is first used, so that `import tickertape`
costs nothing.

Commonly used:
    StreamConsumer   one answer, from an agent to a chat, while it is being written
    stream           the same for an async iterator, in one call
    Shown            what became of an answer
    Outbox           all live replies of one bot: its lanes and its budget
    StreamingConfig  how replies stream
    Button           a button below a complete answer
    Address, ChatKind   where a reply goes

What agents say:
    TextDelta, ReasoningDelta, SegmentEnded, ToolStarted, ToolFinished, Recorded, Restarted,
    Finished, Failed; Event

What conversations are made of:
    Utterance, Step, ToolResult; Entry

For those who bring a channel, a model, a tool or an agent of their own:
    Source, Transport, Channel, Provider, Prompt, Tool, ToolSpec, Agent, ResumableAgent, Turn
        the ports
    tickertape.channel   a shelf of its own: all that the author of a channel needs
    StopReason   why an answer is ended before its end
    TickertapeError, ConfigError, TransportError, ProviderError, ToolError, ModelUnavailableError

    __version__   the version of the package, as text
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickertape.chat import Address, ChatKind
    from tickertape.consumer import StreamConsumer, stream
    from tickertape.conversation import Entry, Step, ToolResult, Utterance
    from tickertape.delivery.actions import Button
    from tickertape.delivery.marks import StopReason
    from tickertape.delivery.shown import Shown
    from tickertape.delivery.streaming import StreamingConfig
    from tickertape.errors import (
        ConfigError,
        ModelUnavailableError,
        ProviderError,
        TickertapeError,
        ToolError,
        TransportError,
    )
    from tickertape.events import (
        Event,
        Failed,
        Finished,
        ReasoningDelta,
        Recorded,
        Restarted,
        SegmentEnded,
        TextDelta,
        ToolFinished,
        ToolStarted,
    )
    from tickertape.outbox import Outbox
    from tickertape.ports import (
        Agent,
        Channel,
        Prompt,
        Provider,
        ResumableAgent,
        Source,
        Tool,
        ToolSpec,
        Transport,
        Turn,
    )

__version__ = "0.1.0"

__all__ = [
    "Address",
    "Agent",
    "Button",
    "Channel",
    "ChatKind",
    "ConfigError",
    "Entry",
    "Event",
    "Failed",
    "Finished",
    "ModelUnavailableError",
    "Outbox",
    "Prompt",
    "Provider",
    "ProviderError",
    "ReasoningDelta",
    "Recorded",
    "Restarted",
    "ResumableAgent",
    "SegmentEnded",
    "Shown",
    "Source",
    "Step",
    "StopReason",
    "StreamConsumer",
    "StreamingConfig",
    "TextDelta",
    "TickertapeError",
    "Tool",
    "ToolError",
    "ToolFinished",
    "ToolResult",
    "ToolSpec",
    "ToolStarted",
    "Transport",
    "TransportError",
    "Turn",
    "Utterance",
    "__version__",
    "stream",
]

_SHELVES = (
    "tickertape.consumer",
    "tickertape.outbox",
    "tickertape.delivery.streaming",
    "tickertape.delivery.shown",
    "tickertape.delivery.marks",
    "tickertape.delivery.actions",
    "tickertape.chat",
    "tickertape.conversation",
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
