"""The seams: Protocols of one or two verbs, for custom implementations."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from tickertape.chat import Address, Inbound, Person
from tickertape.conversation import Entry, Utterance
from tickertape.delivery.actions import Action, Outcome
from tickertape.delivery.marks import StopReason
from tickertape.delivery.shown import Shown
from tickertape.delivery.surface import Surface
from tickertape.events import Event
from tickertape.watching.facts import Fact

__all__ = [
    "Agent",
    "Channel",
    "DecliningSource",
    "Listener",
    "Observer",
    "Prompt",
    "Provider",
    "Recorder",
    "ResumableAgent",
    "SharedSource",
    "Showing",
    "Source",
    "Tool",
    "ToolSpec",
    "Transport",
    "Turn",
]


class Source(Protocol):
    """The side of a channel that hears: what people send comes in here."""

    def messages(self) -> AsyncGenerator[Inbound, None]:
        """Yield what people send, in the order of each chat, for as long as the generator is read.

        A message is confirmed to the platform when the reader comes back for the next one, and not
        before: it has stored by then what must not be lost. Where the generator is closed, or the
        program killed, what was not confirmed comes again, under the same `key`. A platform that
        cannot bring anything twice confirms nothing, and says so in its documentation.

        Read by one reader at a time; after it was closed, another one may begin. Faults of the
        network are waited out in here.

        Raises:
            TransportError: when nothing can come any more (the token is wrong, say).
        """
        ...


@runtime_checkable
class DecliningSource(Source, Protocol):
    """A source whose platform can be asked to bring a message again, now or sometimes."""

    def decline(self, inbound: Inbound) -> bool:
        """Return whether a message comes again that the reader could not take.

        It is asked about the one that was yielded last, before the reader comes back for the next.
        True: the platform does not take it for confirmed, and brings it again under the same `key`.
        """
        ...


@runtime_checkable
class SharedSource(Source, Protocol):
    """A source that several processes may be able to read at the same time."""

    def share(self) -> bool:
        """Return whether other processes can read it, too: each gets a part of what comes in.

        It is asked before `messages`. True: what the others need stays when this process ends.
        """
        ...


class Transport(Protocol):
    """The side of a channel that shows things."""

    def surface(self, address: Address) -> Surface:
        """Return what can be shown at `address`: formats, lengths and ways of streaming.

        It is asked for often, and must be cheap.
        """
        ...

    async def perform(self, action: Action) -> Outcome:
        """Perform one action, once, and return its outcome.

        Raises nothing but cancellation: whatever went wrong is an `Outcome`.
        """
        ...


class Recorder(Protocol):
    """Records what becomes of replies, so that another process can go on with them."""

    async def before(self, action: Action) -> None:
        """Return when all is recorded that must be before a reply's action is performed.

        The reply's state tells by then that the action is in flight. Raises nothing but
        cancellation.
        """
        ...

    def after(self, action: Action) -> None:
        """Record what came of a reply's action, which its state tells by then. Never waits."""
        ...


class Observer(Protocol):
    """The side that watches: a log, metrics, traces, an account of costs."""

    def note(self, fact: Fact) -> None:
        """Take in what happened. Never waits; called in the loop's thread."""
        ...


class Channel(Source, Transport, Protocol):
    """A place where people write and read: both sides in one object."""


class Showing(Protocol):
    """One answer on its way to where it is read; `StreamConsumer` is one."""

    def feed(self, event: Event) -> None:
        """Take anything an agent says. Never waits; after the end nothing counts any more."""
        ...

    def finish(self) -> None:
        """Mark the answer as complete."""
        ...

    def stop(self, reason: StopReason = StopReason.USER) -> None:
        """End the answer here; what was said is shown to its end, and marked."""
        ...

    async def run(self) -> Shown:
        """Show the answer, once; return what became of it.

        It returns when the answer is on screen, or cannot get there. Raises nothing but
        cancellation: what went wrong is in `Shown.gave_up`.
        """
        ...

    @property
    def shown(self) -> Shown:
        """How it stands at this moment. To be read in the loop's thread."""
        ...


class Listener(Protocol):
    """A second reader of an answer (a voice, say), which never delays the screen."""

    def feed(self, event: Event) -> None:
        """Take anything an agent says. Never waits, never raises."""
        ...

    def finish(self) -> None:
        """Mark the answer as complete. Idempotent."""
        ...

    def stop(self) -> None:
        """Fall silent at once, and drop the rest. Idempotent, also after the end."""
        ...

    async def run(self) -> None:
        """Return when everything was heard, or was stopped."""
        ...


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """What a model is told of a tool."""

    name: str
    """1 to 64 letters, digits, `_` and `-`: what every protocol takes."""
    description: str
    """What it does, for the model."""
    parameters: Mapping[str, object] = field(default_factory=dict)
    """The JSON Schema of its arguments: an object's."""


class Tool(Protocol):
    """Something a model can have done."""

    @property
    def spec(self) -> ToolSpec:
        """What the model is told of it."""
        ...

    async def call(self, arguments: Mapping[str, object]) -> str:
        """Run the tool, once, and return the result for the model.

        Cancelling the task that waits for it interrupts the tool.

        Args:
            arguments: a JSON object, decoded; not yet checked against the schema.

        Raises:
            ToolError: when it failed in a way that the model can read about.
        """
        ...


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is given to read, and what it may call."""

    entries: tuple[Entry, ...]
    """The conversation, oldest first, the system's words included; `conversation.sound`."""
    tools: tuple[ToolSpec, ...] = ()
    """What it may call."""


class Provider(Protocol):
    """A model's server."""

    def stream(self, prompt: Prompt) -> AsyncGenerator[Event, None]:
        """Yield one answer of the model, ending with exactly one `Finished` or `Failed`.

        It consists of `TextDelta`, `ReasoningDelta` and `SegmentEnded`, and of `Restarted` where
        what was taken for the answer turns out to be thinking. Just before `Finished` stands a
        `Recorded` with the whole `Step`, in which the calls are that the model wants: their
        arguments are not parsed, and nothing is run.

        Raises nothing but cancellation: what goes wrong is a `Failed`. Closing the generator, or
        cancelling the task that reads it, closes the connection, and the model stops.
        """
        ...


def _nothing() -> tuple[Utterance, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Turn:
    """One inbound message, with all an agent needs to answer it."""

    address: Address
    """Where it was said."""
    sender: Person | None
    """Who said it."""
    text: str
    """What was said, as a model reads it: with what was quoted, passed on or attached, and with the
    speaker's name where several people write."""
    history: tuple[Entry, ...] = ()
    """The conversation before it, oldest first."""
    model: str = ""
    """The name of the model that this chat has chosen; empty: the agent's own choice."""
    added: Callable[[], Sequence[Utterance]] = field(default=_nothing, compare=False)
    """Returns what people said since, and is given to the agent by that: one that can read more on
    its way calls it between its steps, and tells each as `Recorded`. What is not asked for is
    answered in the next turn."""


class Agent(Protocol):
    """Whatever answers."""

    def run(self, turn: Turn) -> AsyncIterator[Event]:
        """Yield what the agent says, ending with exactly one `Finished` or `Failed`.

        Closing the iterator, or cancelling the task that reads it, interrupts the agent.
        """
        ...


@runtime_checkable
class ResumableAgent(Agent, Protocol):
    """An agent that can go on with an answer that another process began."""

    def resume(self, turn: Turn, so_far: tuple[Entry, ...]) -> AsyncIterator[Event]:
        """Yield the answer to `turn`, from its first word, and go on where `so_far` ends.

        What was said and done is told again without asking a model or running a tool: a reader is
        told the same as the first time, except for attempts that failed, and words may come in
        larger pieces. What was recorded is `Recorded` again: the reader knows it by its place. A
        call without a result was cut off: it is not run again, and gets
        `conversation.INTERRUPTED` for a result. Of an answer that was complete the end follows.
        The promises of `run` hold as well.

        Args:
            turn: what was asked, as it was then: `turn.history` ends in front of the question.
            so_far: what was recorded behind the question, in its order; none begins the answer.
        """
        ...
