"""What happened, as frozen values: all that observers are told (`tickertape.ports.Observer`).

| fact | when |
|---|---|
| `MessageTaken` | a message is in the journal |
| `ActionPerformed` | the outcome of an action was heard |
| `ModelAsked` | a model's server answered, or failed to |
| `TokensUsed` | a model told what one answer of it took |
| `ToolRan` | a tool ended |
| `TurnEnded` | an answer is on screen, or cannot get there |
| `LimitLearned` | a refusal taught something about a chat's limits |

Moments are seconds of the event loop's clock. What people and models wrote is in the fields of
`WrittenContent` alone, and only where the operator asked for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias

from tickertape.chat import Address
from tickertape.conversation import Entry, FinishReason, Step
from tickertape.delivery.actions import Accepted, Action, Outcome, Refused, Throttled
from tickertape.delivery.limits.limit_estimate import LimitEstimate
from tickertape.errors import FailureKind
from tickertape.events import Usage
from tickertape.watching.measures import Delays

__all__ = [
    "SPEEDS",
    "ActionPerformed",
    "CallOutcome",
    "Fact",
    "LimitLearned",
    "MessageTaken",
    "ModelAsked",
    "ReaderStall",
    "TokensUsed",
    "ToolRan",
    "TurnEnded",
    "TurnOutcome",
    "UsedByModel",
    "WrittenContent",
]

SPEEDS: Final = (24.0, 60.0)
"""Characters a second that people read: a reader (175 to 300 words a minute: Brysbaert 2019), and
one who skims."""


class CallOutcome(StrEnum):
    """What came of a call to a channel: a closed set, so that it can be a label."""

    ACCEPTED = "accepted"
    """It is on screen."""
    THROTTLED = "throttled"
    """The channel's flood control refused it."""
    UNSENT = "unsent"
    """It never reached the channel."""
    REFUSED = "refused"
    """The channel refused it for good."""
    UNKNOWN = "unknown"
    """Its answer was not heard."""

    @classmethod
    def of(cls, outcome: Outcome) -> CallOutcome:
        """Return the label of an outcome."""
        match outcome:
            case Accepted():
                return cls.ACCEPTED
            case Throttled(by_flood_control=True):
                return cls.THROTTLED
            case Throttled():
                return cls.UNSENT
            case Refused():
                return cls.REFUSED
            case _:
                return cls.UNKNOWN


class TurnOutcome(StrEnum):
    """How a turn ended: a closed set, so that it can be a label."""

    DELIVERED = "delivered"
    """The whole answer is on screen."""
    STOPPED = "stopped"
    """A person, a timeout or the end of the program stopped it."""
    EMPTY = "empty"
    """The model said nothing."""
    MODEL_FAILED = "model_failed"
    """The model failed; what it had said is on screen."""
    UNDELIVERED = "undelivered"
    """The channel refused the answer for good."""
    CRASHED = "crashed"
    """A fault of ours, of the database or of an agent ended it."""


@dataclass(frozen=True, slots=True)
class WrittenContent:
    """What was written: for observers that the operator allowed to see it."""

    told: tuple[Entry, ...] = ()
    """What a model read, the system's words included; what a person wrote, of a turn."""
    said: Step | None = None
    """What a model answered; None where it did not."""
    text: str = ""
    """A tool's arguments as JSON; the answer, of a turn."""
    result: str = ""
    """A tool's result."""


@dataclass(frozen=True, slots=True)
class MessageTaken:
    """A message is in the journal."""

    channel: str
    """The name of its channel."""


class ActionPerformed(NamedTuple):
    """The outcome of an action was heard. A tuple: there are more of them than of all others."""

    action: Action
    """What was asked of the channel."""
    outcome: Outcome
    """What came of it."""
    launched_at: float
    """When it was launched."""
    heard_at: float
    """When its outcome was heard."""


@dataclass(frozen=True, slots=True)
class ModelAsked:
    """A model's server answered, or failed to."""

    address: Address
    """Whose turn it was."""
    model: str
    """The model's name in the configuration."""
    asked_at: float
    """When it was asked."""
    first_at: float | None
    """When its first words or thoughts came; None where none did."""
    ended_at: float
    """When it had ended."""
    ended: FinishReason | FailureKind
    """Why it ended."""
    usage: Usage | None = None
    """What it took; None where the server did not tell."""
    content: WrittenContent | None = field(default=None, repr=False)
    """What it read and wrote; None where nothing may be told."""

    @property
    def is_failed(self) -> bool:
        """Whether it gave no answer."""
        return isinstance(self.ended, FailureKind)

    def without_content(self) -> ModelAsked:
        """Return the same, without what was written."""
        return replace(self, content=None)


@dataclass(frozen=True, slots=True)
class TokensUsed:
    """A model told what one answer of it took."""

    address: Address
    """The conversation."""
    turn: int
    """The number of its turn in the journal; 0: it has none."""
    model: str
    """The model's name in the configuration; empty: an agent of the operator's told the sum."""
    usage: Usage
    """What was taken."""
    cost: float | None
    """The cost, in units of the operator's currency; None: no price is configured."""


@dataclass(frozen=True, slots=True)
class ToolRan:
    """A tool ended."""

    name: str
    """The tool's name, as the model called it."""
    call_id: str
    """The call's id, unique among those of its step."""
    began_at: float
    """When it began."""
    ended_at: float
    """When it ended."""
    ok: bool
    """Whether it gave a result rather than an error."""
    content: WrittenContent | None = field(default=None, repr=False)
    """Its arguments and result; None where nothing may be told."""


@dataclass(frozen=True, slots=True)
class UsedByModel:
    """What one model took in one turn, over all its answers."""

    model: str
    """The model's name in the configuration; empty: an agent of the operator's."""
    usage: Usage
    """What was taken."""
    cost: float | None
    """The cost; None: no price is configured."""


@dataclass(frozen=True, slots=True)
class ReaderStall:
    """How long a reader of one speed had to wait for more text."""

    speed: float
    """Characters a second that the reader reads."""
    seconds: float
    """The time that was waited, after the first text."""


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """An answer is on screen, or cannot get there."""

    address: Address
    """The conversation."""
    turn: int
    """The number of the turn in the journal; 0: it has none."""
    outcome: TurnOutcome
    """How it ended."""
    began_at: float
    """When it began."""
    ended_at: float
    """When it ended."""
    characters: int = 0
    """How long the answer is."""
    error: str = ""
    """Why it was not delivered, or the model failed: one line."""
    stopped: str = ""
    """Why it was stopped; empty where it was not."""
    command: str = ""
    """The operator's command that answered; empty: the agent did."""
    way: str = ""
    """How the answer grew: `draft`, `edit`, `append`, `extend` or `whole`; empty: not known."""
    delays: Delays | None = None
    """How live it was; None where it was not measured, or nothing came on screen."""
    stalls: tuple[ReaderStall, ...] = ()
    """How long readers waited, where it was measured."""
    used: tuple[UsedByModel, ...] = ()
    """What models took, each once, in the order in which they were asked first."""
    calls: tuple[ActionPerformed, ...] = field(default=(), repr=False)
    """The calls to the channel that were refused, throttled or not heard of."""
    call_count: int = 0
    """How many calls there were."""
    asked: tuple[ModelAsked, ...] = field(default=(), repr=False)
    """The requests to models, where it was measured."""
    tools: tuple[ToolRan, ...] = field(default=(), repr=False)
    """The tools that ran, where it was measured."""
    content: WrittenContent | None = field(default=None, repr=False)
    """Question and answer; None where nothing may be told."""

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended_at - self.began_at

    @property
    def usage(self) -> Usage | None:
        """The sum of what all models took; None where none told."""
        total: Usage | None = None
        for one in self.used:
            total = one.usage if total is None else total + one.usage
        return total

    @property
    def cost(self) -> float | None:
        """The sum of the costs; None where nothing was used, or one of them is not known."""
        costs = [one.cost for one in self.used]
        known = [cost for cost in costs if cost is not None]
        return sum(known) if costs and len(known) == len(costs) else None


@dataclass(frozen=True, slots=True)
class LimitLearned:
    """A refusal taught something about a chat's limits."""

    channel: str
    """The name of the channel."""
    chat: str
    """The chat's id there."""
    estimates: tuple[LimitEstimate, ...]
    """What is known of its limits."""


Fact: TypeAlias = (
    MessageTaken | ActionPerformed | ModelAsked | TokensUsed | ToolRan | TurnEnded | LimitLearned
)
"""Anything that observers are told."""
