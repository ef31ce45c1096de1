"""The agents that answer in the processes of a fleet, and report when they began.

A question is one word, its name; behind it may stand how often the agent says more, and how many
seconds pass before each time: `c12-3`, `c12-3 40 0.25`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from benchmarks.fleet.reports import report
from tickertape.events import Event, Finished, TextDelta
from tickertape.ports import Turn

__all__ = ["answer_to", "brief", "talk"]


def answer_to(question: str) -> str:
    """Return how the answer to a question begins."""
    return f"answer to {question}."


class _Brief:
    """Says a line at once, and then as much as it is asked for."""

    async def run(self, turn: Turn) -> AsyncIterator[Event]:
        """Yield one answer."""
        question, *more = turn.text.split()
        report("began", question)
        try:
            yield TextDelta(answer_to(question))
            if more:
                for number in range(int(more[0])):
                    await asyncio.sleep(float(more[1]))
                    yield TextDelta(f" word {number}")
        except (asyncio.CancelledError, GeneratorExit):
            report("stopped", question)
            raise
        report("ended", question)  # nothing is heard behind the end
        yield Finished()


brief = _Brief()
"""The agent, for `--agent`."""


class _Talk:
    """Says some lines, a word at a time, whatever it is asked; the last word names the question."""

    async def run(self, turn: Turn) -> AsyncIterator[Event]:
        """Yield one answer."""
        question = (turn.text.split() or ["?"])[-1]
        report("began", question)
        yield TextDelta(f"{answer_to(question)}\n\n")
        for word in _LINES.split():
            await asyncio.sleep(_WORD)
            yield TextDelta(f"{word} ")
        report("ended", question)
        yield Finished()


_WORD = 0.12  # seconds, about as fast as people read
_LINES = """This answer is written by one of several processes, and you cannot tell by which.
Kill the one that writes it: within some seconds another one takes over the chat, reads what was
said so far, and goes on in the same message. Nothing is lost, nothing is said twice, and the
questions that wait behind it keep their order."""

talk = _Talk()
"""The agent of `make fleet`, for `--agent`."""
