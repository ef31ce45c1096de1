"""Any asynchronous stream of strings as an agent.

async def answer(turn: Turn) -> AsyncIterator[str]:
    async for token in my_model(turn.text):
        yield token

agent = StringAgent(answer)
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable
from typing import TypeAlias

from tickertape.adapters.border import guarded, reading
from tickertape.conversation import Entry
from tickertape.errors import FailureKind, ProviderError
from tickertape.events import Event, TextDelta
from tickertape.ports import ResumableAgent, Turn
from tickertape.providers.thinking.thoughts import Thoughts

__all__ = ["ResumableStringAgent", "Speech", "StringAgent"]

Speech: TypeAlias = (
    AsyncIterable[str | Event | None]
    | AsyncIterable[str | Event]
    | AsyncIterable[str | None]
    | AsyncIterable[str]
    | AsyncIterable[Event]
)
"""Text as it comes; events may stand among it, and None, which says nothing."""


class StringAgent:
    """Answers with what an asynchronous function says. Implements `tickertape.ports.Agent`."""

    def __init__(
        self,
        function: Callable[[Turn], Speech | Awaitable[Speech | str | None]],
        *,
        tagged: bool = False,
    ) -> None:
        """Make an agent.

        Args:
            function: called once for each turn. It gives an asynchronous iterator of strings (an
                asynchronous generator, say), or is a coroutine that returns one, or returns the
                whole answer. Events of `tickertape.events` may be mixed in; one that raises has
                failed, and what it said before stays said.
            tagged: whether thoughts that stand in the strings as `<think>...</think>` and the like
                are told apart from the answer.
        """
        self._function = function
        self._tagged = tagged

    def run(self, turn: Turn) -> AsyncGenerator[Event, None]:
        """Yield what the function says, ending with exactly one `Finished` or `Failed`."""
        return guarded(lambda: self._speak(lambda: self._function(turn)))

    async def _speak(self, call: Callable[[], object]) -> AsyncGenerator[str | Event | None, None]:
        given = call()
        said: object = await given if inspect.isawaitable(given) else given
        if isinstance(said, AsyncIterable):
            speech = _untagged(said) if self._tagged else said
            async with reading(speech) as items:
                async for item in items:
                    yield item
        elif isinstance(said, str):
            async for item in _untagged(_once(said)) if self._tagged else _once(said):
                yield item
        elif said is not None:
            detail = f"the agent gave a {type(said).__name__}; it must give strings"
            raise ProviderError(FailureKind.BAD_RESPONSE, detail)


class ResumableStringAgent(StringAgent):
    """Does the same with an agent of yours that can go on: a `tickertape.ports.ResumableAgent`."""

    def __init__(self, agent: ResumableAgent) -> None:
        """Make an agent of another one, whose events may be strings as well."""
        super().__init__(agent.run)
        self._agent = agent

    def resume(self, turn: Turn, so_far: tuple[Entry, ...]) -> AsyncGenerator[Event, None]:
        """Yield what the agent says of a turn that was begun; ends as `run` does."""
        return guarded(lambda: self._speak(lambda: self._agent.resume(turn, so_far)))


async def _once(text: str) -> AsyncGenerator[str, None]:
    yield text


async def _untagged(speech: AsyncIterable[str | Event | None]) -> AsyncGenerator[str | Event, None]:
    """Yield the text and the tagged reasoning apart; held-back text comes out in any case."""
    thoughts = Thoughts()
    async with reading(speech) as items:
        try:
            async for item in items:
                if isinstance(item, str | TextDelta):
                    text = item if isinstance(item, str) else item.text
                    for said in thoughts.feed(text):
                        yield said
                elif item is not None:
                    for said in thoughts.flush():
                        yield said
                    yield item
        except Exception:
            for said in thoughts.flush():
                yield said
            raise
    for said in thoughts.flush():
        yield said
