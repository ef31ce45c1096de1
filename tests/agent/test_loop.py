"""The agent loop in virtual time: steps, tools, failures and stand-ins."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import FakeTool, Reader, read, turn

from tickertape.agent.loop import ModelAgent
from tickertape.agent.models import Model
from tickertape.agent.tool_calls import GRACE
from tickertape.conversation import Entry, Step, TextPart, ToolCall, ToolResult, Utterance
from tickertape.errors import ConfigError, FailureKind, ProviderError, ToolError
from tickertape.events import (
    Event,
    Failed,
    Finished,
    ReasoningDelta,
    Restarted,
    SegmentEnded,
    TextDelta,
    ToolFinished,
    ToolStarted,
    Usage,
)
from tickertape.ports import Prompt
from tickertape.testing.clock import run_in_virtual_time
from tickertape.testing.providers import Script, ScriptedProvider

LOOK = ToolCall("c1", "look", '{"at": "it"}')


def failed(kind: FailureKind, retry_after: float | None = None) -> Failed:
    """Make the end of an attempt that fails."""
    return Failed(ProviderError(kind, "because", retry_after=retry_after))


def agent_of(*scripts: Script, tools: tuple[FakeTool, ...] = (), max_steps: int = 8) -> ModelAgent:
    """Make an agent with one model and its scripts."""
    model = Model("one", ScriptedProvider(*scripts))
    return ModelAgent([model], tools=lambda: tools, max_steps=max_steps, tool_timeout=10.0)


def play(*scripts: Script, tools: tuple[FakeTool, ...] = (), max_steps: int = 8) -> Reader:
    """Read an answer of such an agent."""
    return run_in_virtual_time(read(agent_of(*scripts, tools=tools, max_steps=max_steps)))


def test_it_asks_with_instruction_past_and_question() -> None:
    """The model reads the system prompt, the history and the text; its events come through."""
    provider = ScriptedProvider(
        [(0, ReasoningDelta("hm")), (0, "an"), (0, SegmentEnded()), (0, "d")]
    )
    agent = ModelAgent([Model("one", provider)], system_prompt="be kind")
    past = Utterance("user", "first"), Utterance("assistant", "second")
    reader = run_in_virtual_time(read(agent, turn("third", *past)))
    assert reader.events[:4] == [
        ReasoningDelta("hm"),
        TextDelta("an"),
        SegmentEnded(),
        TextDelta("d"),
    ]
    assert reader.events[5:] == [Finished()]
    assert reader.screen == ["an", "d"]
    asked = (Utterance("system", "be kind"), *past, Utterance("user", "third"))
    assert provider.prompts == [Prompt(asked)]


def test_deltas_are_passed_on_as_they_come() -> None:
    """Nothing is held back: each delta is there at the moment at which the model says it."""

    async def moments() -> list[float]:
        clock = asyncio.get_running_loop().time
        agent = agent_of([(1, "a"), (2, "b"), (2.5, "c")])
        return [clock() async for event in agent.run(turn()) if isinstance(event, TextDelta)]

    assert run_in_virtual_time(moments()) == [1.0, 2.0, 2.5]


def test_a_tool_and_the_step_after_it() -> None:
    """Text, call, result, text: two segments, everything recorded, and usage added up."""
    tool = FakeTool()
    provider = ScriptedProvider(
        [(0, "Let me look."), (1, LOOK), (1, Finished("stop", Usage(100, 10)))],
        [(0, "I see "), (0, "it."), (0, Finished("length", Usage(200, 20)))],
    )
    agent = ModelAgent([Model("one", provider)], tools=lambda: [tool])
    reader = run_in_virtual_time(read(agent))
    result = ToolResult("c1", "look", "{'at': 'it'}")
    last = Step((TextPart("I see it."),), ended="length")
    steps: list[Entry] = [Step((TextPart("Let me look."), LOOK)), result]
    assert reader.screen == ["Let me look.", "I see it."]
    assert reader.kept == [*steps, last]
    assert reader.end == Finished("length", Usage(300, 30))
    assert reader.kinds() == [
        "TextDelta",
        "Recorded",
        "ToolStarted",
        "Recorded",
        "ToolFinished",
        "TextDelta",
        "Recorded",
        "Finished",
    ]
    assert provider.prompts[1] == Prompt((Utterance("user", "Hello?"), *steps), (tool.spec,))


def test_calls_of_one_step_run_at_once() -> None:
    """All begin before any ends, results come as they end, and the slowest decides."""

    async def work(arguments: Mapping[str, object]) -> str:
        await asyncio.sleep(float(str(arguments["for"])))
        return "done"

    async def main() -> tuple[Reader, float]:
        calls = [ToolCall(f"c{n}", "look", f'{{"for": {n}}}') for n in (3, 1, 2)]
        agent = agent_of([(0, c) for c in calls], [(0, "ok")], tools=(FakeTool(work=work),))
        return await read(agent), asyncio.get_running_loop().time()

    reader, ended_at = run_in_virtual_time(main())
    tools = [e for e in reader.events if isinstance(e, ToolStarted | ToolFinished)]
    assert [event.call_id for event in tools] == ["c3", "c1", "c2", "c1", "c2", "c3"]
    assert ended_at == 3.0


async def _fail_plainly(arguments: Mapping[str, object]) -> str:
    raise ToolError("There is no such city.")


async def _fail_oddly(arguments: Mapping[str, object]) -> str:
    raise KeyError("password=hunter2")


async def _fail_by_itself(arguments: Mapping[str, object]) -> str:
    raise asyncio.CancelledError


async def _time_out_inside(arguments: Mapping[str, object]) -> str:
    async with asyncio.timeout(1):
        await asyncio.sleep(5)
    return "never"


async def _take_for_ever(arguments: Mapping[str, object]) -> str:
    await asyncio.sleep(1e6)
    return "never"


async def _not_listen(arguments: Mapping[str, object]) -> str:
    for _ in range(3):
        try:
            await asyncio.sleep(100)
        except asyncio.CancelledError:
            continue
    return "late"


@pytest.mark.parametrize(
    ("call", "work", "text"),
    [
        (LOOK, _fail_plainly, "There is no such city."),
        (LOOK, _fail_oddly, "The tool failed (KeyError)."),
        (LOOK, _fail_by_itself, "The tool was interrupted."),
        (LOOK, _time_out_inside, "The tool failed (TimeoutError)."),
        (LOOK, _take_for_ever, "The tool was stopped: it took longer than 10 s."),
        (LOOK, _not_listen, "The tool was stopped: it took longer than 10 s."),
        (ToolCall("c1", "lok", "{}"), None, "There is no tool of this name. The tools are: look."),
        (ToolCall("c1", "look", '{"a": '), None, "The tool was not run, because its arguments"),
    ],
)
def test_a_failing_tool_is_a_result(
    call: ToolCall, work: None, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever goes wrong with a call, the model reads of it, and the turn goes on."""
    with caplog.at_level(logging.WARNING):
        reader = play([(0, call)], [(0, "Well.")], tools=(FakeTool(work=work),))
    result = reader.kept[1]
    assert isinstance(result, ToolResult)
    assert result.text.startswith(text)
    assert not result.ok
    assert reader.end == Finished()
    assert reader.screen == ["Well."]
    assert ToolFinished("c1", call.name, ok=False) in reader.events
    assert "hunter2" not in caplog.text + result.text
    assert ("KeyError" in caplog.text) == (work is _fail_oddly)


def test_one_slow_tool_does_not_spoil_the_others() -> None:
    """At the deadline, what has ended keeps its result; the rest is stopped, and counted so."""
    calls = [ToolCall("c1", "look", "{}"), ToolCall("c2", "wait", "{}")]
    slow = FakeTool("wait", _take_for_ever)
    reader = play([(0, call) for call in calls], [(0, "ok")], tools=(FakeTool(), slow))
    assert [entry.ok for entry in reader.kept if isinstance(entry, ToolResult)] == [True, False]
    assert slow.cancelled == 1


def test_a_cut_answer_runs_no_cut_call() -> None:
    """Where the model ran into its length, the last call's missing arguments are not none."""
    tool = FakeTool()
    calls = [ToolCall("c1", "look", ""), ToolCall("c2", "look", "")]
    script: Script = [*((0.0, call) for call in calls), (0.0, Finished("length"))]
    reader = play(script, [(0, "ok")], tools=(tool,))
    assert [entry.ok for entry in reader.kept if isinstance(entry, ToolResult)] == [True, False]
    assert tool.calls == [{}]


@pytest.mark.parametrize("reason", ["refusal", "content_filter"])
def test_refused_answers_run_nothing(reason: str) -> None:
    """What the model may not say it may not do, either."""
    tool = FakeTool()
    end = Finished("refusal" if reason == "refusal" else "content_filter")
    reader = play([(0, LOOK), (0, end)], tools=(tool,))
    assert reader.end == end
    assert tool.calls == []


def test_a_long_result_is_cut() -> None:
    """What is longer than half of the window is recorded with its middle left out."""

    async def work(arguments: Mapping[str, object]) -> str:
        return "begin " + "word " * 100_000 + "end"

    model = Model("one", ScriptedProvider([(0, LOOK)], [(0, "ok")]), window=4096, answer=1024)
    agent = ModelAgent([model], tools=lambda: [FakeTool(work=work)])
    result = run_in_virtual_time(read(agent)).kept[1]
    assert isinstance(result, ToolResult)
    assert result.text.startswith("begin ")
    assert " characters left out ...]" in result.text
    assert result.text.endswith("end")
    assert 3_000 < len(result.text) < 10_000


def test_a_loop_ends() -> None:
    """After the last step the reader is told so, and its calls have results, though not run."""
    tool = FakeTool()
    reader = play([(0, "Again."), (0, LOOK)], tools=(tool,), max_steps=3)
    message = "I stopped here, before this was done: a turn may take 3 answers of mine."
    assert reader.screen == ["Again.", "Again.", "Again.", message]
    assert reader.end == Finished("out_of_steps")
    assert len(tool.calls) == 2
    assert [type(entry) for entry in reader.kept] == [Step, ToolResult] * 3 + [Step]
    words = TextPart(message, begins_segment=True)
    assert reader.kept[-1] == Step((words,), ended="out_of_steps")
    one = play([(0, LOOK)], tools=(tool,), max_steps=1)
    assert one.screen == [
        "I stopped here, before this was done: a turn may take one answer of mine."
    ]
    assert SegmentEnded() not in one.events


def test_tools_come_and_go_between_steps() -> None:
    """What can be called is asked before each step; the first of two with one name counts."""
    tools = [FakeTool(), FakeTool("other"), FakeTool()]
    provider = ScriptedProvider([(0, LOOK)], [(0, "ok")])
    offers = [tools, tools[1:2]]
    agent = ModelAgent([Model("one", provider)], tools=lambda: offers.pop(0))
    run_in_virtual_time(read(agent))
    names = [[spec.name for spec in prompt.tools] for prompt in provider.prompts]
    assert names == [["look", "other"], ["other"]]
    assert len(tools[0].calls) == 1
    assert tools[2].calls == []


# --- failures ---------------------------------------------------------------------------------

AGAIN = [
    FailureKind.INVALID_OUTPUT,
    FailureKind.INTERNAL,
    FailureKind.EMPTY,
    FailureKind.RATE_LIMIT,
    FailureKind.OVERLOADED,
    FailureKind.NETWORK,
    FailureKind.ENDED_EARLY,
    FailureKind.STALLED,
    FailureKind.BAD_RESPONSE,
]


@pytest.mark.parametrize("kind", AGAIN)
def test_before_any_word_trying_again_takes_back_only_the_thinking(kind: FailureKind) -> None:
    """The reader sees one answer, and where thinking is kept, only what belongs to it."""
    reader = play([(0, ReasoningDelta("hm")), (0, failed(kind))], [(0, "Hello.")])
    assert reader.screen == ["Hello."]
    assert reader.kinds() == ["ReasoningDelta", "Restarted", "TextDelta", "Recorded", "Finished"]


@pytest.mark.parametrize("kind", AGAIN)
def test_after_words_the_next_attempt_replaces_them(kind: FailureKind) -> None:
    """What had come stays until the next attempt has words, which then stand in its place."""
    reader = play(
        [(0, "Hel"), (0, SegmentEnded()), (0, "x"), (0, failed(kind))],
        [(0, ReasoningDelta("hm")), (0, "Hello.")],
    )
    assert reader.screen == ["Hello."]
    names = reader.kinds()
    shown_anew = ["Restarted", "ReasoningDelta", "TextDelta", "Recorded", "Finished"]
    assert names[-6:] == ["ReasoningDelta", *shown_anew]
    assert (
        reader.kept == [Step((*reader.kept[0].parts,))] if isinstance(reader.kept[0], Step) else 0
    )


@pytest.mark.parametrize("kind", FailureKind)
def test_when_every_attempt_fails_the_reader_keeps_what_came(kind: FailureKind) -> None:
    """There is no restart into nothing: the words stay, and the end is an honest failure."""
    reader = play([(0, "Half of an ans"), (0, failed(kind))], [(0, failed(kind))])
    assert reader.screen == ["Half of an ans"]
    assert Restarted() not in reader.events
    assert isinstance(reader.end, Failed)
    assert reader.end.error.kind is kind
    assert reader.kept == []


def test_words_before_a_tool_stay_when_a_later_step_fails() -> None:
    """A restart goes back to the last tool, which is not run again."""
    tool = FakeTool()
    reader = play(
        [(0, "I look."), (0, LOOK)],
        [(0, "I s"), (0, failed(FailureKind.NETWORK))],
        [(0, "I see.")],
        tools=(tool,),
    )
    assert reader.screen == ["I look.", "I see."]
    assert len(tool.calls) == 1


def test_stale_words_do_not_stay_before_a_tool() -> None:
    """An attempt that calls a tool without a word takes back what the one before it said."""
    reader = play(
        [(0, "Let me"), (0, failed(FailureKind.NETWORK))],
        [(0, LOOK)],
        [(0, "ok")],
        tools=(FakeTool(),),
    )
    assert reader.screen == ["ok"]


def test_a_stream_without_an_end_is_a_failure() -> None:
    """A provider that just stops is asked again, and never taken for one that is done."""

    class Endless(ScriptedProvider):
        async def stream(self, prompt: Prompt) -> AsyncGenerator[Event, None]:
            self.prompts.append(prompt)
            yield TextDelta("Hel")

    reader = run_in_virtual_time(read(ModelAgent([Model("one", Endless())])))
    assert isinstance(reader.end, Failed)
    assert reader.end.error.kind is FailureKind.ENDED_EARLY
    assert reader.screen == ["Hel"]


def test_waits_are_waited() -> None:
    """The server's wait is kept, or longer by up to a quarter; backoff doubles."""

    async def main(*waits: float | None) -> float:
        scripts = [[(0.0, failed(FailureKind.RATE_LIMIT, wait))] for wait in waits]
        await read(agent_of(*scripts, [(0, "ok")]))
        return asyncio.get_running_loop().time()

    assert 30 <= run_in_virtual_time(main(30.0)) <= 37.5
    assert 6 <= run_in_virtual_time(main(None, None)) <= 7.5
    assert run_in_virtual_time(main(120.0)) == 0.0


def test_the_next_model_answers() -> None:
    """When the chosen model is given up, the fallbacks are asked in their order."""
    one, two, three = (
        ScriptedProvider([(0, "Hel"), (0, failed(FailureKind.QUOTA))]),
        ScriptedProvider([(0, failed(FailureKind.AUTH))]),
        ScriptedProvider([(0, "Good day.")]),
    )
    models = [Model(name, p) for name, p in (("one", one), ("two", two), ("three", three))]
    agent = ModelAgent(models, fallbacks=["two", "three"])

    async def main() -> list[Reader]:
        return [await read(agent), await read(agent), await read(agent, turn(model="two"))]

    first, second, _ = run_in_virtual_time(main())
    assert first.screen == second.screen == ["Good day."]
    assert Restarted() in first.events
    assert Restarted() not in second.events
    # Those that failed for long are not asked first again.
    assert [len(p.prompts) for p in (one, two, three)] == [1, 1, 3]


def test_a_rested_model_is_tried_again_later() -> None:
    """After its rest the chosen model is asked first again."""
    one = ScriptedProvider([(0, failed(FailureKind.AUTH))], [(0, "I am back.")])
    agent = ModelAgent(
        [Model("one", one), Model("two", ScriptedProvider([(0, "Good day.")]))], fallbacks=["two"]
    )

    async def main() -> list[list[str]]:
        screens = [(await read(agent)).screen, (await read(agent)).screen]
        await asyncio.sleep(601)
        return [*screens, (await read(agent)).screen]

    assert run_in_virtual_time(main()) == [["Good day."], ["Good day."], ["I am back."]]


def test_the_stand_in_stays_for_the_turn() -> None:
    """After a fallback took over, the next step of the turn is asked of it at once."""
    one = ScriptedProvider([(0, failed(FailureKind.AUTH))])
    two = ScriptedProvider([(0, LOOK)], [(0, "ok")])
    agent = ModelAgent(
        [Model("one", one), Model("two", two)], fallbacks=["two"], tools=lambda: [FakeTool()]
    )
    assert run_in_virtual_time(read(agent)).screen == ["ok"]
    assert len(one.prompts) == 1


def test_the_chosen_model_is_asked() -> None:
    """A turn names its model; a name that nobody knows gives the default."""
    models = [Model(name, ScriptedProvider([(0, name)])) for name in ("one", "two")]
    agent = ModelAgent(models)
    assert run_in_virtual_time(read(agent, turn(model="two"))).screen == ["two"]
    assert run_in_virtual_time(read(agent, turn(model="none"))).screen == ["one"]


def test_an_overflow_halves_what_is_read() -> None:
    """The model reads half, then a quarter, of what did not fit; the question is always there."""
    overflow: Script = [(0, failed(FailureKind.CONTEXT_OVERFLOW))]
    provider = ScriptedProvider(overflow, overflow, [(0, "ok")])
    past = [
        Utterance("user" if n % 2 == 0 else "assistant", f"{n} " + "x " * 200) for n in range(40)
    ]
    reader = run_in_virtual_time(read(ModelAgent([Model("one", provider)]), turn("now?", *past)))
    assert reader.screen == ["ok"]
    sizes = [len(prompt.entries) for prompt in provider.prompts]
    assert sizes == [41, 19, 9]
    assert all(prompt.entries[-1] == Utterance("user", "now?") for prompt in provider.prompts)


def test_the_window_bounds_what_is_read() -> None:
    """The history is kept within the model's window, and what the server counts corrects it."""
    past = [Utterance("user" if n % 2 == 0 else "assistant", "word " * 100) for n in range(200)]
    counted = Finished("stop", Usage(7_000, 1))
    provider = ScriptedProvider([(0, "ok"), (0, counted)])
    agent = ModelAgent([Model("one", provider, window=8192, answer=2048)])

    async def main() -> None:
        for _ in range(3):
            await read(agent, turn("now?", *past))

    run_in_virtual_time(main())
    sizes = [len(prompt.entries) for prompt in provider.prompts]
    assert sizes[0] > sizes[1] > sizes[2] > 20


def test_failures_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    """The operator reads what failed and what was done about it; the reader does not."""
    scripts: list[Script] = [
        [(0, failed(FailureKind.NETWORK))],
        [(0, failed(FailureKind.CONTEXT_OVERFLOW))],
        [(0, failed(FailureKind.AUTH))],
    ]
    models = [Model("one", ScriptedProvider(*scripts)), Model("two", ScriptedProvider(scripts[2]))]
    with caplog.at_level(logging.WARNING):
        run_in_virtual_time(read(ModelAgent(models, fallbacks=["two"])))
    assert [record.getMessage() for record in caplog.records] == [
        "model one failed (network: because): asked again in 0.6 s",
        "model one failed (context_overflow: because): asked again in 0.0 s, with less to read",
        "model one failed (auth: because): two is asked instead",
        "model two failed (auth: because): given up",
    ]


def test_impossible_settings_are_refused() -> None:
    """A turn of no steps, or tools with no time, are named as mistakes."""
    models = [Model("one", ScriptedProvider())]
    with pytest.raises(ConfigError, match=r"tools\.max_steps: 0 cannot be used"):
        ModelAgent(models, max_steps=0)
    for wrong in (0.0, -1.0, float("nan")):
        with pytest.raises(ConfigError, match=r"tools\.timeout"):
            ModelAgent(models, tool_timeout=wrong)


SAID = st.sampled_from(["Hel", "lo", "call", SegmentEnded(), ReasoningDelta("hm")])
ENDS = st.one_of(st.just(Finished()), st.sampled_from(FailureKind).map(failed))


def script_of(said: list[Event | str], end: Event) -> Script:
    """Make a script; every call in it has an id of its own."""
    parts: list[Event | ToolCall | str] = [
        ToolCall(f"c{n}", "look", "{}") if event == "call" else event
        for n, event in enumerate(said)
    ]
    return [(n / 10, event) for n, event in enumerate([*parts, end])]


SCRIPTS = st.lists(st.builds(script_of, st.lists(SAID, max_size=5), ENDS), min_size=1, max_size=8)


@given(SCRIPTS, SCRIPTS)
def test_the_reader_gets_the_whole_answer_or_an_honest_end(
    first: list[Script], second: list[Script]
) -> None:
    """Whatever fails: one end; after `Finished` the screen is what was recorded, word for word."""
    providers = ScriptedProvider(*first), ScriptedProvider(*second)
    models = [Model(name, p) for name, p in zip(("one", "two"), providers, strict=True)]
    agent = ModelAgent(models, fallbacks=["two"], tools=lambda: [FakeTool()], max_steps=4)
    reader = run_in_virtual_time(read(agent))
    assert all(provider.open == 0 for provider in providers)
    words = "".join(entry.text for entry in reader.kept if isinstance(entry, Step))
    screen = "".join(reader.screen)
    if isinstance(reader.end, Finished):
        assert screen == words
    else:
        assert screen.startswith(words)
    _sound(reader.kept)


def _sound(kept: list[Entry]) -> None:
    """Every result follows the call that it belongs to."""
    open_calls: set[str] = set()
    for entry in kept:
        if isinstance(entry, Step):
            assert not open_calls
            open_calls = {call.call_id for call in entry.calls}
        elif isinstance(entry, ToolResult):
            open_calls.remove(entry.call_id)


def test_grace_is_short() -> None:
    """A tool that does not listen holds the turn up for its deadline and the grace, no longer."""

    async def main() -> float:
        tools = (FakeTool(work=_not_listen),)
        await read(agent_of([(0, LOOK)], [(0, "ok")], tools=tools))
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(main()) == pytest.approx(10 + 2 * GRACE)
