"""The boundary between a foreign agent and the promises of the `Agent` port.

    guarded(source)   whatever `source` yields, as the port promises it: one end, nothing after it
    reading(source)   any asynchronous iterable, closed when one is done with it

The foreign stream runs in a task and a context of its own, from its first step to its last:
frameworks hold cancel scopes and context variables open between two events, and these cannot be
left in another task than they were entered in. It is one event ahead of its reader at most.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from tickertape.adapters.failures import failure
from tickertape.errors import FailureKind, ProviderError
from tickertape.events import Event, Failed, Finished, ReasoningDelta, TextDelta

__all__ = ["GRACE", "guarded", "reading"]

log = logging.getLogger(__name__)

T = TypeVar("T")

GRACE: Final = 5.0
"""Seconds that an interrupted agent has to end; one that does not is left behind, and logged."""


async def guarded(
    source: Callable[[], AsyncIterable[Event | str | None]],
) -> AsyncGenerator[Event, None]:
    """Yield what a foreign agent says, ending with exactly one `Finished` or `Failed`.

    Strings are text. None, empty deltas and what follows an end are left out. A source that just
    ends has finished; one that raises has failed, with the kind that `failures` gives. Closing the
    generator, or cancelling the task that reads it, cancels the source and waits until it is
    closed, but not longer than `GRACE`.

    Args:
        source: makes the stream; called, read and closed within one task.
    """
    said: asyncio.Queue[Event | None] = asyncio.Queue(1)
    agent = asyncio.create_task(_carry(source, said), name="tickertape agent")
    # However the task ended, the reader wakes: by what is in the queue, or by this.
    agent.add_done_callback(lambda _: _wake(said))
    try:
        while not (agent.done() and said.empty()):
            event = await said.get()
            if event is None:
                break
            yield event
            if isinstance(event, Finished | Failed):
                return
        yield Failed(ProviderError(FailureKind.ENDED_EARLY, "the agent cancelled itself"))
    finally:
        agent.cancel()
        await asyncio.wait({agent}, timeout=GRACE)
        if not agent.done():
            log.warning("an agent does not end although it was cancelled; it is left behind")


@asynccontextmanager
async def reading(source: AsyncIterable[T]) -> AsyncGenerator[AsyncIterator[T], None]:
    """Yield an iterator over `source`; close the source at the end, if it can be closed."""
    events = aiter(source)
    try:
        yield events
    finally:
        close = getattr(events, "aclose", None)
        if close is not None:
            await close()


def _wake(said: asyncio.Queue[Event | None]) -> None:
    if not said.full():
        said.put_nowait(None)


async def _carry(
    source: Callable[[], AsyncIterable[Event | str | None]], said: asyncio.Queue[Event | None]
) -> None:
    end = await _listen(source, said)
    if not _is_cancelled():
        await said.put(end)


async def _listen(
    source: Callable[[], AsyncIterable[Event | str | None]], said: asyncio.Queue[Event | None]
) -> Finished | Failed:
    """Forward the items of `source`, then its end, once the source is closed."""
    try:
        async with reading(source()) as events:
            async for item in events:
                if _is_cancelled():
                    raise asyncio.CancelledError  # the source did not heed it
                if item is None:
                    continue
                event = _event(item)
                if isinstance(event, Finished | Failed):
                    return event
                if event not in (TextDelta(""), ReasoningDelta("")):
                    await said.put(event)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the reader is told of an end
        failed = failure(error)
        # Where it happened, without what the exception or the code says: both may quote a secret.
        frames = traceback.extract_tb(error.__traceback__)
        places = "".join(f"\n  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames)
        log.error("the agent failed: %s%s", failed, places)
        return Failed(failed)
    return Finished()


def _event(item: object) -> Event:
    if isinstance(item, str):
        return TextDelta(item)
    if isinstance(item, Event):
        return item
    detail = f"the agent yielded a {type(item).__name__}; it must yield str or events"
    raise ProviderError(FailureKind.BAD_RESPONSE, detail)


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
