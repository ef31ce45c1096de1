"""What an observer is told of requests to models."""

from __future__ import annotations

from contextlib import aclosing

import pytest

from tickertape.agent.loop import ModelAgent
from tickertape.agent.models import Model
from tickertape.chat import Address, ChatKind
from tickertape.conversation import Step
from tickertape.errors import FailureKind, ProviderError
from tickertape.events import Failed, Finished, ReasoningDelta, TextDelta, Usage
from tickertape.ports import Turn
from tickertape.testing.clock import run_in_virtual_time
from tickertape.testing.providers import Script, ScriptedProvider
from tickertape.watching.facts import Fact, ModelAsked

HERE = Address("memory", "@home", ChatKind.PRIVATE)


class Witness:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.asked: list[ModelAsked] = []

    def note(self, fact: Fact) -> None:
        """Keep a request."""
        assert isinstance(fact, ModelAsked)
        self.asked.append(fact)


def asked(*scripts: Script, words: int | None = None) -> list[ModelAsked]:
    """Return what is told of a turn, whose reader goes away after so many words."""
    witness = Witness()

    async def run() -> None:
        agent = ModelAgent([Model("m", ScriptedProvider(*scripts))], observer=witness)
        heard = 0
        async with aclosing(agent.run(Turn(HERE, None, "Why?"))) as events:
            async for event in events:
                heard += isinstance(event, TextDelta)
                if words is not None and heard >= words:
                    return

    run_in_virtual_time(run())
    return witness.asked


def test_an_answer() -> None:
    """Thoughts are the first that is heard; the end, the tokens and the step are told."""
    script: Script = [
        (0.5, ReasoningDelta("Hm.")),
        (1.0, "Because."),
        (2.0, Finished("stop", Usage(3, 2, 1))),
    ]
    [one] = asked(script)
    assert (one.model, one.address, one.ended) == ("m", HERE, "stop")
    assert one.first_at is not None
    assert one.first_at - one.asked_at == pytest.approx(0.5)
    assert one.ended_at - one.asked_at == pytest.approx(2.0)
    assert one.usage == Usage(3, 2, 1)
    assert one.content is not None
    assert isinstance(one.content.said, Step)
    assert one.content.said.text == "Because."
    assert "Because" not in repr(one)


def test_each_attempt_is_a_request() -> None:
    """One that failed has no tokens, and its kind of failure for an end."""
    failed: Script = [(0.2, Failed(ProviderError(FailureKind.OVERLOADED, "busy")))]
    first, second = asked(failed, [(0.1, "Yes."), (0.2, Finished("stop", Usage(3, 2)))])
    assert (first.ended, first.is_failed, first.usage) == (FailureKind.OVERLOADED, True, None)
    assert first.first_at is None
    assert (second.ended, second.is_failed, second.usage) == ("stop", False, Usage(3, 2))


def test_a_reader_that_goes_away_stops_it() -> None:
    """What was read until then is a request all the same."""
    [one] = asked([(0.1, "One, "), (0.2, "two, "), (9.0, "three.")], words=2)
    assert (one.ended, one.is_failed, one.usage) == ("stopped", False, None)
    assert one.ended_at - one.asked_at == pytest.approx(0.2)
