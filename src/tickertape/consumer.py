"""The pump around the delivery core: events come in from anywhere, actions go out to a channel.

    outbox = Outbox(transport)               # one for each bot: its lanes and its budget
    await stream(events, outbox, to=address)                        # an agent that yields
    async with StreamConsumer(outbox, to=address) as answer:        # an agent that calls back
        await your_agent(question, answer.on_delta)                 # from any thread, never waits

The agent's side only appends to a queue, so a slow chat never slows the reading of a model. Each
chat has one writer, a task that lives while the chat has an open reply; it carries out one action
at a time, and sleeps on one timer until the core's deadline or until something new was said.
Nothing polls: an idle stream costs nothing.
"""

from __future__ import annotations

import logging
import weakref
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Coroutine, Sequence
from types import TracebackType
from typing import Any, Self, TypeAlias

from tickertape.chat import Address
from tickertape.delivery.actions import Accepted, Button
from tickertape.delivery.marks import StopReason
from tickertape.delivery.reply.reply import Reply
from tickertape.delivery.reply.state import ReplyState
from tickertape.delivery.shown import Shown
from tickertape.delivery.streaming import StreamingConfig
from tickertape.errors import FailureKind, ProviderError
from tickertape.events import Event, Failed, Finished, TextDelta
from tickertape.outbox import Outbox
from tickertape.ports import Transport
from tickertape.pump.carried_answer import CarriedAnswer

__all__ = ["RUN_TIMEOUT", "OnError", "StreamConsumer", "stream"]

_LOG = logging.getLogger(__name__)

OnError: TypeAlias = Callable[[Exception], str | None]
"""Told why an answer broke off; returns a sentence for its reader, or None for our own."""

RUN_TIMEOUT = 300.0
"""Seconds after which an unfinished run is ended, and what was said is committed."""


class StreamConsumer:
    """One answer, from an agent to a chat, while it is being written.

        async with StreamConsumer(outbox, to=address) as answer:
            await your_agent(question, answer.on_delta)

    However the block is left, the reader sees at once what came of the answer:

    - At its end the answer is complete: the block is left when all of it is on screen, or when it
      cannot get there (`shown.gave_up` says why). Nothing said, nothing shown.
    - By an exception it broke off: what was said is committed and marked as such, then the
      exception goes on. A `ProviderError` is marked with its own sentence.
    - By a cancellation, or by the end of the program, it was stopped: what was said is marked and
      committed in the background (`Outbox.drain` waits for that), and the cancellation goes on.

    The agent may end it before, with `finish`, `stop` or an event: the first end counts. What is
    said after an end, also by threads that outlive the block or the loop, is ignored.

    A consumer that is garbage-collected before its answer was finished ends the answer as broken
    off: no code could finish it any more.
    """

    def __init__(
        self,
        outbox: Outbox | Transport,
        *,
        to: Address,
        config: StreamingConfig | None = None,
        reply_to: str | None = None,
        timeout: float = RUN_TIMEOUT,
        buttons: Sequence[Button] = (),
        on_error: OnError | None = None,
    ) -> None:
        """Prepare an answer; nothing is shown before `async with` or `run`.

        Args:
            outbox: The bot's outbox. A bare transport gets an outbox of its own: enough for one
                answer at a time, but two of them know nothing of each other's budget.
            to: Where the answer goes.
            config: How it streams; the defaults where None.
            reply_to: The message that it answers, if it shall point at it.
            timeout: Seconds after which the answer is ended as by `stop(StopReason.TIMEOUT)`.
            buttons: Buttons below the answer, once it is complete: below its last message.
            on_error: Told why the answer broke off, from the thread that says so; what it returns
                stands below what was said, instead of our own sentence.
        """
        outbox = outbox if isinstance(outbox, Outbox) else Outbox(outbox)
        self._buttons, self._on_error = tuple(buttons), on_error
        self._carry(outbox.open(to, config or StreamingConfig(), reply_to), outbox, timeout)

    @classmethod
    def resume(
        cls,
        outbox: Outbox | Transport,
        state: ReplyState,
        *,
        config: StreamingConfig | None = None,
        timeout: float = RUN_TIMEOUT,
    ) -> Self:
        """Return an answer that goes on where `state` was taken, perhaps by a process that is gone.

        The reader sees the same message go on. Feed it what the agent says after `state`; an
        action that was on its way then is taken for one that was not heard of.

        Args:
            outbox: The bot's outbox, or a transport.
            state: What `StreamConsumer.state` was.
            config: How it streams; the defaults where None.
            timeout: Seconds after which the answer is ended as by `stop(StopReason.TIMEOUT)`.
        """
        consumer = cls.__new__(cls)
        outbox = outbox if isinstance(outbox, Outbox) else Outbox(outbox)
        consumer._buttons, consumer._on_error = (), None
        consumer._carry(outbox.resume(state, config or StreamingConfig()), outbox, timeout)
        return consumer

    def _carry(self, reply: Reply, outbox: Outbox, timeout: float) -> None:
        self._reply = reply
        self._outbox = outbox
        self._delivery = CarriedAnswer(reply, reply.shown.address, outbox, timeout)
        weakref.finalize(self, self._delivery.abandon).atexit = False

    @property
    def state(self) -> ReplyState:
        """All that is known of the answer, to be stored. To be read in the loop's thread."""
        return self._delivery.state

    async def __aenter__(self) -> Self:
        """Begin to show the answer.

        Raises:
            RuntimeError: It was begun before, here or by `run`.
        """
        self._delivery.start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the answer as the block ended, and wait until the reader sees it."""
        if exc is None:
            self.finish()
            await self._delivery.wait()
            await _put_buttons(self._buttons, self.shown, self._outbox)
        elif isinstance(exc, Exception):
            self.feed(Failed(_broken_by(exc)))
            await self._delivery.ended()
        else:
            self.stop()

    def on_delta(self, text: str) -> None:
        """Take more of the answer's text. Never waits; may be called from any thread.

        Raises:
            TypeError: It is no text. None and the empty text are nothing new.
        """
        if text:
            self._delivery.hear(text)

    def finish(self) -> None:
        """Mark the answer as complete. Thread-safe."""
        self.feed(Finished())

    def feed(self, event: Event) -> None:
        """Take anything an agent says. Never waits; may be called from any thread.

        After the end (`Finished`, `Failed`, a stop) nothing counts any more.

        Raises:
            TypeError: It is no event; text goes to `on_delta`.
        """
        if self._on_error is not None and isinstance(event, Failed):
            event = Failed(_in_own_words(event.error, self._on_error))
        self._delivery.feed(event)

    def stop(self, reason: StopReason = StopReason.USER) -> None:
        """End the answer here; what was said is committed, and marked. From any thread."""
        self._delivery.stop(reason)

    def run(self) -> Coroutine[Any, Any, Shown]:
        """Show the answer; return what became of it when it is on screen, or cannot get there.

        For programs that end the answer themselves, whatever happens: with `finish` or with
        `feed(Failed(...))`. All others use `async with`.

        What goes wrong on the way is not raised: see `Shown.gave_up`. A platform's waits
        are honoured however long they are, also beyond the timeout, which ends only the
        waiting for more text. Cancelling the run does not drop the answer: what was said is marked
        as stopped and committed in the background (`Outbox.drain` waits for it).
        """
        # The coroutine does not hold the consumer, which is seen to go when no one else holds it.
        return _carried(self._delivery, self._buttons, self._outbox)

    @property
    def shown(self) -> Shown:
        """How the answer stands at this moment. To be read in the loop's thread."""
        return self._delivery.shown


def _in_own_words(error: ProviderError, on_error: OnError) -> ProviderError:
    """Return an error with the sentence that the program has for it."""
    cause = error.__cause__ if isinstance(error.__cause__, Exception) else error
    try:
        sentence = on_error(cause)
    except Exception:  # noqa: BLE001 - whatever a program's own code raises
        _LOG.exception("on_error raised; the answer ends with our own sentence")
        return error
    if not sentence:
        return error
    return ProviderError(error.kind, error.detail, status=error.status, sentence=sentence)


async def _carried(delivery: CarriedAnswer, buttons: Sequence[Button], outbox: Outbox) -> Shown:
    """Carry an answer to its end, and put its buttons below it."""
    shown = await delivery.run()
    await _put_buttons(buttons, shown, outbox)
    return shown


async def _put_buttons(buttons: Sequence[Button], shown: Shown, outbox: Outbox) -> None:
    """Put buttons below the last message of a complete answer."""
    if not (buttons and shown.is_whole and shown.messages):
        return
    outcome = await outbox.set_buttons(shown.address, shown.messages[-1], buttons)
    if not isinstance(outcome, Accepted):
        _LOG.warning("chat %s: no buttons below the answer: %s", shown.address.chat, outcome)


def _broken_by(error: Exception) -> ProviderError:
    if isinstance(error, ProviderError):
        return error
    broken = ProviderError(FailureKind.ENDED_EARLY, type(error).__name__)
    broken.__cause__ = error
    return broken


async def stream(
    events: AsyncIterable[Event | str | None],
    outbox: Outbox | Transport,
    *,
    to: Address,
    config: StreamingConfig | None = None,
    reply_to: str | None = None,
    buttons: Sequence[Button] = (),
    on_error: OnError | None = None,
) -> Shown:
    """Show what `events` yields, text or events, as one live answer; return what became of it.

    It returns when the answer is on screen, or cannot get there. None among the events is nothing
    new: it is what the last chunk of an SDK says.

    Whatever the iterator raises is raised here, after what was said until then was committed and
    marked. Cancelling commits in the background. Both as `async with StreamConsumer(...)` does,
    which explains the arguments, too.
    """
    consumer = StreamConsumer(
        outbox, to=to, config=config, reply_to=reply_to, buttons=buttons, on_error=on_error
    )
    async with consumer as answer:
        async for event in events:
            if event is not None:
                answer.feed(TextDelta(event) if isinstance(event, str) else event)
            if answer._delivery.is_shown:  # the chat is dead, say: the rest has no reader
                if isinstance(events, AsyncGenerator):
                    await events.aclose()
                break
    return answer.shown
