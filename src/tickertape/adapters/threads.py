"""Any blocking function with a callback as an agent.

    def answer(turn: Turn, on_delta: Callable[[str], None]) -> str:
        return my_library.chat(turn.text, stream_callback=on_delta)

    agent = ThreadAgent(answer)

Each turn has a thread of its own, for which nothing waits: not the loop, not the end of the
program. A thread cannot be ended from outside, so an interrupted one ends at its next `on_delta`,
which raises `Interrupted`, or when it looks at `stopped()`.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import threading
from collections.abc import AsyncGenerator, Callable
from contextvars import copy_context
from dataclasses import dataclass

from tickertape.adapters.border import guarded
from tickertape.errors import FailureKind, ProviderError
from tickertape.events import Event, SegmentEnded, TextDelta
from tickertape.ports import Turn

__all__ = ["Interrupted", "ThreadAgent", "unsaid"]


class Interrupted(BaseException):
    """Raised by `on_delta` after the answer was cancelled: the function shall end.

    Not an `Exception`, so that a library which survives failing callbacks lets it pass.
    """


@dataclass(frozen=True, slots=True)
class _Returned:
    """The function came to its end."""

    text: object
    """What it returned."""


@dataclass(frozen=True, slots=True)
class _Raised:
    """The function broke off."""

    error: BaseException
    """What it raised."""


class ThreadAgent:
    """Answers with what a blocking function says. Implements `tickertape.ports.Agent`."""

    def __init__(self, function: Callable[..., str | None]) -> None:
        """Make an agent.

        Args:
            function: called once for each turn, in a thread, with the turn and `on_delta`, which
                takes more of the answer's text, never waits, and may be called from any thread.
                A parameter named `stopped` gets a function that says whether the turn was
                interrupted. The text that it returns is said as far as `on_delta` was not given
                it (see `unsaid`).
        """
        self._function = function
        self._looks = "stopped" in inspect.signature(function).parameters

    def run(self, turn: Turn) -> AsyncGenerator[Event, None]:
        """Yield what the function says, ending with exactly one `Finished` or `Failed`."""
        return guarded(lambda: self._speak(turn))

    async def _speak(self, turn: Turn) -> AsyncGenerator[Event, None]:
        said: asyncio.Queue[str | _Returned | _Raised] = asyncio.Queue()
        stop = threading.Event()
        given = []
        self._start(turn, said, stop)
        try:
            while True:
                match await said.get():
                    case str(text):
                        given.append(text)
                        yield TextDelta(text)
                    case _Returned(text):
                        for event in unsaid(_checked(text), "".join(given)):
                            yield event
                        return
                    case _Raised(error):
                        raise _failure(error)
        finally:
            stop.set()

    def _start(
        self, turn: Turn, said: asyncio.Queue[str | _Returned | _Raised], stop: threading.Event
    ) -> None:
        loop = asyncio.get_running_loop()

        def tell(item: str | _Returned | _Raised) -> None:
            loop.call_soon_threadsafe(said.put_nowait, item)

        def on_delta(text: object) -> None:
            if not isinstance(text, str):
                msg = f"on_delta() takes text, not {type(text).__name__}"
                raise TypeError(msg)
            if stop.is_set():
                raise Interrupted
            try:
                tell(text)
            except RuntimeError:  # the loop is closed
                raise Interrupted from None

        def work() -> None:
            looks = {"stopped": stop.is_set} if self._looks else {}
            end: _Returned | _Raised
            try:
                end = _Returned(self._function(turn, on_delta, **looks))
            except BaseException as error:  # noqa: BLE001 - raised again where the agent is read
                end = _Raised(error)
            with contextlib.suppress(RuntimeError):  # the loop is closed: no one reads
                tell(end)

        threading.Thread(
            target=copy_context().run, args=(work,), name="tickertape agent", daemon=True
        ).start()


def unsaid(returned: str, given: str) -> tuple[Event, ...]:
    """Return the events for the part of a returned text that was not streamed before.

    Texts are compared without regard to white space.

    - What was given ends with it: nothing, it is said.
    - It begins with what was given: the rest.
    - Anything else: all of it, as a message of its own, and neither text is lost.
    """
    if "".join(given.split()).endswith("".join(returned.split())):
        return ()
    rest = _rest(returned, given)
    return (SegmentEnded(), TextDelta(returned)) if rest is None else (TextDelta(rest),)


def _rest(returned: str, given: str) -> str | None:
    """Return what follows `given` in `returned`; None where it does not begin with it."""
    at = 0
    for char in "".join(given.split()):
        while returned[at : at + 1].isspace():
            at += 1
        if returned[at : at + 1] != char:
            return None
        at += 1
    return returned[at:].removeprefix(given[len(given.rstrip()) :])


def _checked(returned: object) -> str:
    if returned is None or isinstance(returned, str):
        return returned or ""
    detail = f"the agent returned a {type(returned).__name__}; it must return str or None"
    raise ProviderError(FailureKind.BAD_RESPONSE, detail)


def _failure(error: BaseException) -> Exception:
    """Return an exception that ends the turn but not the program."""
    if isinstance(error, Exception):
        return error
    return ProviderError(FailureKind.ENDED_EARLY, f"the agent raised {type(error).__name__}")
