"""The provider that plays a script."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from tickertape.conversation import Step, TextPart, Thought, ToolCall, Utterance
from tickertape.errors import FailureKind, ProviderError
from tickertape.events import (
    Event,
    Failed,
    Finished,
    ReasoningDelta,
    Recorded,
    Restarted,
    SegmentEnded,
    TextDelta,
)
from tickertape.ports import Prompt, Provider
from tickertape.testing.providers import Script, ScriptedProvider

pytestmark = pytest.mark.anyio

_ASKED = Prompt((Utterance("user", "Hello?"),))


async def _play(provider: Provider) -> list[Event]:
    return [event async for event in provider.stream(_ASKED)]


async def test_a_script_is_played_each_time() -> None:
    """Every answer is the whole script, and each conversation is remembered."""
    provider = ScriptedProvider([(0, "a"), (0.01, ReasoningDelta("b")), (0.01, "c")])
    said = [TextDelta("a"), ReasoningDelta("b"), TextDelta("c")]
    step = Step((TextPart("a"), Thought("b"), TextPart("c")))
    assert await _play(provider) == [*said, Recorded(step), Finished()]
    assert await _play(provider) == [*said, Recorded(step), Finished()]
    assert provider.prompts == [_ASKED, _ASKED]
    assert provider.conversations == [_ASKED.entries, _ASKED.entries]
    assert (provider.open, provider.closed) == (0, 0)
    await provider.aclose()


async def test_each_request_plays_the_next_script() -> None:
    """A call is recorded and not said; the last script is played on and on."""
    call = ToolCall("c1", "clock", "{}")
    provider = ScriptedProvider([(0, "One moment."), (0, call)], [(0, "Noon.")])
    first = Recorded(Step((TextPart("One moment."), call)))
    assert await _play(provider) == [TextDelta("One moment."), first, Finished()]
    second: list[Event] = [TextDelta("Noon."), Recorded(Step((TextPart("Noon."),))), Finished()]
    assert await _play(provider) == second
    assert await _play(provider) == second


async def test_what_is_recorded_is_what_was_said() -> None:
    """Deltas become one piece; a restart takes back words, not thoughts; an own record stays."""
    said: Script = [(0, "x"), (0, Restarted()), (0, ReasoningDelta("h")), (0, ReasoningDelta("m"))]
    script: Script = [*said, (0, "a"), (0, SegmentEnded()), (0, "b"), (0, Finished("length"))]
    events = await _play(ScriptedProvider(script))
    parts = Thought("hm"), TextPart("a"), TextPart("b", begins_segment=True)
    assert events[-2:] == [Recorded(Step(parts)), Finished("length")]
    own = Recorded(Step((TextPart("own"),), "m@host"))
    assert await _play(ScriptedProvider([(0, "a"), (0, own)])) == [TextDelta("a"), own, Finished()]


async def test_a_script_may_fail() -> None:
    """A script's own end is its end."""
    failed = Failed(ProviderError(FailureKind.OVERLOADED, "busy"))
    assert await _play(ScriptedProvider([(0, "a"), (0, failed)])) == [TextDelta("a"), failed]
    silence: list[Event] = [Recorded(Step(())), Finished()]
    assert await _play(ScriptedProvider([])) == silence
    assert await _play(ScriptedProvider()) == silence


async def test_text_is_played_whole() -> None:
    """The pieces of a text are the text, white space and all."""
    text = "Hello, world!\n\n- ünïcödé 👋 verylongword\n  x \n"
    events = await _play(ScriptedProvider.from_text(text, tokens_per_second=1e6, first_token=0))
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == text
    assert events[-1] == Finished()
    assert len(events) > 8


async def test_closing_early_is_noticed() -> None:
    """Closing or cancelling an answer counts; reading it to its end does not."""
    provider = ScriptedProvider([(0, "a"), (60, "b")])
    async with aclosing(provider.stream(_ASKED)) as events:
        assert await anext(events) == TextDelta("a")
        assert provider.open == 1
    assert (provider.open, provider.closed) == (0, 1)
    task = asyncio.create_task(_play(provider))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert provider.closed == 2


@pytest.mark.parametrize(
    "script",
    [
        [(1, "a"), (0, "b")],
        [(0, "")],
        [(0, ReasoningDelta(""))],
        [(0, Finished()), (0, "a")],
        [(0, Finished()), (0, ToolCall("c", "f", ""))],
    ],
    ids=["falling", "empty", "empty thought", "after the end", "call after the end"],
)
def test_impossible_scripts_are_refused(script: Script) -> None:
    """A script that no provider could play is a mistake of its writer."""
    with pytest.raises(ValueError, match=r"must not|nothing can"):
        ScriptedProvider(script)
