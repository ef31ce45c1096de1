"""A turn that another process began: it goes on where its record ends, and the reader sees one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st
from reading import FakeTool, Reader, read, turn

from tickertape.agent.loop import ModelAgent
from tickertape.agent.models import Model
from tickertape.agent.replay import UNRUN
from tickertape.conversation import (
    INTERRUPTED,
    Entry,
    FinishReason,
    Step,
    TextPart,
    ToolCall,
    ToolResult,
    Utterance,
    sound,
)
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
    ToolFinished,
    ToolStarted,
)
from tickertape.ports import ResumableAgent
from tickertape.spoken import Spoken
from tickertape.testing.clock import run_in_virtual_time
from tickertape.testing.providers import Script, ScriptedProvider

BROKEN = Failed(ProviderError(FailureKind.NETWORK, "gone"))
ASKED = turn("And?", Utterance("user", "Hi."), Utterance("assistant", "Hello."))


@dataclass(frozen=True)
class Scripted:
    """One step of a model: what its attempts say that break off, and then the one that does not."""

    attempts: tuple[Script, ...]
    ends: bool
    """Whether the turn ends with it, however many steps it might take."""


async def _wait(arguments: Mapping[str, object]) -> str:
    await asyncio.sleep(float(str(arguments["for"])))
    return f"{arguments['id']} is done"


def _play(
    steps: Sequence[Scripted], max_steps: int, so_far: tuple[Entry, ...] | None = None
) -> tuple[Reader, ScriptedProvider, FakeTool]:
    """Read a turn, or what is left of it behind `so_far`."""
    taken = sum(isinstance(entry, Step) for entry in so_far or ())
    scripts = [script for step in steps[taken:] for script in step.attempts]
    provider, tool = ScriptedProvider(*scripts), FakeTool("wait", _wait)
    agent = ModelAgent([Model("one", provider)], tools=lambda: [tool], max_steps=max_steps)
    return run_in_virtual_time(read(agent, ASKED, so_far)), provider, tool


# --- turns at random --------------------------------------------------------------------------

# A segment ends when the next one has words.
PIECES: st.SearchStrategy[tuple[Event, ...]] = st.sampled_from(
    [
        (TextDelta("words "),),
        (TextDelta("\n"),),
        (ReasoningDelta("hm "),),
        (SegmentEnded(), TextDelta("a part ")),
    ]
)
ENDS: st.SearchStrategy[FinishReason] = st.sampled_from(["stop", "length", "paused"])


@st.composite
def _steps(draw: st.DrawFn) -> tuple[Scripted, ...]:
    """Draw a turn: steps with calls or pauses, and a last one that has words, calls, or both."""
    steps: list[Scripted] = []
    number = draw(st.integers(1, 4))
    for at in range(number):
        said: list[Event | ToolCall] = [*chain(*draw(st.lists(PIECES, max_size=5)))]
        reason, waits = draw(ENDS), draw(st.lists(st.integers(1, 9), max_size=3))
        if at == number - 1:
            said += [TextDelta(f"The end of {at}.")]
            reason = draw(st.sampled_from(["stop", "length", "refusal", "paused"]))
        elif not waits:
            reason = "paused"
        calls = [
            ToolCall(f"c{at}.{n}", "wait", f'{{"id": "c{at}.{n}", "for": {wait}}}')
            for n, wait in enumerate(waits)
        ]
        whole: Script = [(0.0, one) for one in (*said, *calls, Finished(reason))]
        broken: Script = [(0.0, TextDelta("Stale. ")), (0.0, BROKEN)]
        ends = reason == "refusal" or not (calls or reason == "paused")
        steps.append(Scripted((*[broken] * draw(st.integers(0, 1)), whole), ends))
    return tuple(steps)


def _is_broken(steps: Sequence[Scripted]) -> bool:
    return any(len(step.attempts) > 1 for step in steps)


def _screen(events: Sequence[Event]) -> list[object]:
    """Return the segments and tools, in their order, as they stand in the end."""
    done: list[object] = []
    live = [""]
    for event in events:
        match event:
            case TextDelta(text):
                live[-1] += text
            case SegmentEnded():
                live.append("")
            case Restarted():
                live = [""]
            case ToolStarted() | ToolFinished():
                done += [text for text in live if text]
                done.append(event)
                live = [""]
            case _:
                pass
    return [*done, *(text for text in live if text)]


def _thinking(events: Sequence[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, ReasoningDelta))


def _mended(entries: Sequence[Entry], cut_off: frozenset[str]) -> tuple[Entry, ...]:
    """Return a conversation in which some calls were interrupted."""
    return tuple(
        replace(entry, text=INTERRUPTED, ok=False)
        if isinstance(entry, ToolResult) and entry.call_id in cut_off
        else entry
        for entry in entries
    )


def _running(so_far: Sequence[Entry], uncut: Sequence[Entry]) -> frozenset[str]:
    """Return the calls that ran when the record ends, by the whole record."""
    done = {entry.call_id for entry in so_far if isinstance(entry, ToolResult)}
    called = {call.call_id for entry in so_far if isinstance(entry, Step) for call in entry.calls}
    ran = {
        entry.call_id for entry in uncut if isinstance(entry, ToolResult) and entry.text != UNRUN
    }
    return frozenset((called - done) & ran)


@given(_steps())
def test_a_turn_that_is_cut_goes_on(steps: tuple[Scripted, ...]) -> None:
    """Wherever the record ends, what is left is asked as without the cut, and nothing is twice."""
    max_steps = len(steps) + steps[-1].ends
    uncut, asked, _ = _play(steps, max_steps)
    at_step = [n for n, step in enumerate(steps) for _ in step.attempts]
    for cut in range(len(uncut.kept) + 1):
        so_far = tuple(uncut.kept[:cut])
        cut_off = _running(so_far, uncut.kept)
        reader, provider, tool = _play(steps, max_steps, so_far)
        taken = sum(isinstance(entry, Step) for entry in so_far)

        done = {entry.call_id for entry in so_far if isinstance(entry, ToolResult)}
        assert not {call["id"] for call in tool.calls} & (done | cut_off)

        left = [p.entries for n, p in zip(at_step, asked.prompts, strict=False) if n >= taken]
        assert provider.conversations == [_mended(entries, cut_off) for entries in left]

        assert reader.kept[:cut] == list(so_far)
        assert sound(reader.kept) == sound(_mended(uncut.kept, cut_off))

        assert Spoken(reader.events).said == Spoken(uncut.events).said
        if not cut_off and not _is_broken(steps):
            assert _screen(reader.events) == _screen(uncut.events)
            assert _thinking(reader.events) == _thinking(uncut.events)
        assert reader.end == uncut.end

        again, nobody, _ = _play(steps, max_steps, tuple(reader.kept))
        assert nobody.prompts == []
        assert again.kept == reader.kept
        assert again.end == reader.end
        assert Spoken(again.events).said == Spoken(uncut.events).said


# --- by hand ----------------------------------------------------------------------------------

CALL = ToolCall("c1", "wait", '{"id": "c1", "for": 1}')
STEP = Step((TextPart("Let me look."), CALL))
DONE = ToolResult("c1", "wait", "c1 is done")


def _resume(
    *so_far: Entry, scripts: Sequence[Script], max_steps: int = 8
) -> tuple[Reader, ScriptedProvider, FakeTool]:
    provider, tool = ScriptedProvider(*scripts), FakeTool("wait", _wait)
    agent = ModelAgent([Model("one", provider)], tools=lambda: [tool], max_steps=max_steps)
    return run_in_virtual_time(read(agent, ASKED, so_far)), provider, tool


def test_an_agent_of_models_can_go_on() -> None:
    """Which the gateway asks for by its type."""
    assert isinstance(ModelAgent([Model("one", ScriptedProvider())]), ResumableAgent)


def test_a_tool_that_was_running_is_not_run_again() -> None:
    """The model reads that it was interrupted, the record has it, and the reader sees it end."""
    reader, provider, tool = _resume(STEP, scripts=[[(0, "I do not know.")]])
    cut_off = ToolResult("c1", "wait", INTERRUPTED, ok=False)
    assert tool.calls == []
    question = *ASKED.history, Utterance("user", "And?")
    assert provider.conversations == [(*question, STEP, cut_off)]
    assert reader.events == [
        TextDelta("Let me look."),
        Recorded(STEP),
        ToolStarted("c1", "wait"),
        Recorded(cut_off),
        ToolFinished("c1", "wait", ok=False),
        TextDelta("I do not know."),
        Recorded(Step((TextPart("I do not know."),))),
        Finished(),
    ]


def test_words_that_were_told_again_are_not_taken_back() -> None:
    """An attempt that breaks off behind them is replaced alone, also where a step was paused."""
    broken: Script = [(0, "It is"), (0, BROKEN)]
    reader, _, _ = _resume(STEP, DONE, scripts=[broken, [(0, "Done.")]])
    assert reader.screen == ["Let me look.", "Done."]
    assert reader.events.count(Restarted()) == 1
    paused = Step((TextPart("I search. "),), ended="paused")
    reader, _, _ = _resume(paused, scripts=[broken, [(0, "It rains.")]])
    assert reader.screen == ["I search. It rains."]
    reader, _, _ = _resume(paused, scripts=[[(0, BROKEN)]])
    assert reader.screen == ["I search. "]
    assert isinstance(reader.end, Failed)


def test_steps_that_were_taken_count() -> None:
    """A turn does not get longer by being cut, also where it may take fewer steps by now."""
    reader, provider, _ = _resume(STEP, DONE, scripts=[[(0, CALL)]], max_steps=2)
    assert len(provider.prompts) == 1
    assert reader.end == Finished("out_of_steps")
    assert reader.kept[3] == ToolResult("c1", "wait", UNRUN, ok=False)
    reader, provider, _ = _resume(STEP, DONE, STEP, DONE, scripts=[[]], max_steps=1)
    assert provider.prompts == []
    assert reader.end == Finished("out_of_steps")
    assert reader.screen[-1].startswith("I stopped here")


def test_words_of_which_only_the_words_are_known_are_an_answer() -> None:
    """What was kept of an answer that was stopped is not asked for again."""
    reader, provider, _ = _resume(STEP, DONE, Utterance("assistant", "It is"), scripts=[[]])
    assert provider.prompts == []
    assert reader.screen == ["Let me look.", "It is"]
    assert reader.end == Finished()
