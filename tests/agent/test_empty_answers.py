"""An answer without words and calls is asked for once more, then of the next model, then told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import FakeTool, Reader, read

from tickertape.agent.loop import ModelAgent
from tickertape.agent.models import Model
from tickertape.conversation import Opaque, Step, TextPart, Thought, ToolCall
from tickertape.errors import FailureKind, ProviderError
from tickertape.events import (
    Event,
    Failed,
    Finished,
    FinishReason,
    ReasoningDelta,
    Recorded,
    Restarted,
    Usage,
)
from tickertape.testing.clock import run_in_virtual_time
from tickertape.testing.providers import Script, ScriptedProvider

LOOK = ToolCall("c1", "look", "{}")
NOTHING: Script = []
THOUGHT: Script = [(0, ReasoningDelta("The answer is 42."))]
BLANK: Script = [(0, "\n"), (0, " \u200b")]
OPAQUE: Script = [
    (0, Recorded(Step((Thought("hm"), Opaque('{"type": "web_search_call"}'))))),
    (0, Finished()),
]
EMPTY = {"nothing": NOTHING, "thinking": THOUGHT, "white space": BLANK, "a hidden item": OPAQUE}
BROKEN: Script = [(0, "Hel"), (0, Failed(ProviderError(FailureKind.ENDED_EARLY, "because")))]


def play(*scripts: Script, other: tuple[Script, ...] = ()) -> tuple[Reader, int, int]:
    """Read an answer; give how often the model and the one that stands in were asked."""
    one, two = ScriptedProvider(*scripts), ScriptedProvider(*other)
    models = [Model("one", one), Model("two", two)]
    agent = ModelAgent(models, fallbacks=["two"] if other else [], tools=lambda: [FakeTool()])
    reader = run_in_virtual_time(read(agent))
    return reader, len(one.prompts), len(two.prompts)


@pytest.mark.parametrize("empty", EMPTY.values(), ids=EMPTY)
def test_it_is_asked_once_more(empty: Script) -> None:
    """What came to nothing the first time is an answer the second; nothing is left of the first."""
    reader, asked, _ = play(empty, [(0, "42.")])
    assert (reader.screen, reader.end, asked) == (["42."], Finished(), 2)
    assert reader.kept == [Step((TextPart("42."),))]


@pytest.mark.parametrize("empty", EMPTY.values(), ids=EMPTY)
def test_the_next_model_is_asked(empty: Script) -> None:
    """A model that has nothing to say twice is not asked a third time."""
    reader, asked, stood_in = play(empty, other=([(0, "42.")],))
    assert (reader.screen, asked, stood_in) == (["42."], 2, 1)
    assert reader.end == Finished()


@pytest.mark.parametrize("reason", ["stop", "length", "other"])
@pytest.mark.parametrize("empty", EMPTY.values(), ids=EMPTY)
def test_at_last_it_ends_with_nothing(empty: Script, reason: FinishReason) -> None:
    """Whoever shows it says so; nothing is recorded that a server could choke on."""
    end = Finished(reason, Usage(3, 2))
    script = [*(item for item in empty if not isinstance(item[1], Finished)), (0, end)]
    reader, asked, stood_in = play(script, other=(script,))
    assert (reader.end, asked, stood_in) == (end, 2, 2)
    assert reader.kept == []
    assert "".join(reader.screen).strip(" \n\u200b") == ""


@pytest.mark.parametrize("reason", ["refusal", "content_filter"])
def test_an_end_that_says_why_is_an_answer(reason: FinishReason) -> None:
    """A model that refuses is not asked whether it means it."""
    reader, asked, stood_in = play([(0, Finished(reason))], other=([(0, "42.")],))
    assert (reader.end, asked, stood_in) == (Finished(reason), 1, 0)


@pytest.mark.parametrize("empty", EMPTY.values(), ids=EMPTY)
def test_words_before_a_tool_are_no_answer(empty: Script) -> None:
    """What announces a tool looks whole without what follows: it is asked for once more."""
    announced: Script = [(0, "Let me look."), (0, LOOK)]
    reader, asked, _ = play(announced, empty, [(0, "I see.")])
    assert (reader.screen, reader.end, asked) == (["Let me look.", "I see."], Finished(), 3)
    reader, asked, stood_in = play(announced, empty, other=([(0, "I see.")],))
    assert (reader.screen, asked, stood_in) == (["Let me look.", "I see."], 3, 1)


@pytest.mark.parametrize("empty", EMPTY.values(), ids=EMPTY)
def test_a_turn_that_said_something_may_end_with_nothing_more(empty: Script) -> None:
    """A model that means it, twice, has said all it had to say before the tool."""
    reader, asked, _ = play([(0, "Done."), (0, LOOK)], empty)
    assert (reader.end, asked) == (Finished(), 3)
    assert "".join(reader.screen).strip(" \n\u200b") == "Done."


def test_a_half_answer_broke_off_whatever_comes_after() -> None:
    """An empty answer behind half a one is no reason to say that there was nothing to say."""
    reader, asked, _ = play(BROKEN, NOTHING)
    assert (reader.screen, asked) == (["Hel"], 3)
    assert isinstance(reader.end, Failed)
    assert reader.end.error.kind is FailureKind.ENDED_EARLY


def test_a_tool_without_a_word_is_none() -> None:
    """After a tool that nobody commented on, an empty answer is as empty as at first."""
    reader, asked, _ = play([(0, LOOK)], THOUGHT, [(0, "I see.")])
    assert (reader.screen, reader.end, asked) == (["I see."], Finished(), 3)


def test_a_call_is_an_answer() -> None:
    """A step that only calls a tool is not asked for again."""
    reader, asked, _ = play([(0, ReasoningDelta("hm")), (0, LOOK)], [(0, "I see.")])
    assert (reader.screen, asked) == (["I see."], 2)
    assert Restarted() not in reader.events


def test_words_of_a_broken_attempt_are_not_taken_back_for_nothing() -> None:
    """An empty answer takes the place of half a one neither at once nor at the end."""
    reader, asked, _ = play(BROKEN, NOTHING, [(0, "Hello.")])
    assert (reader.screen, asked) == (["Hello."], 3)
    reader, *_ = play(BROKEN, NOTHING)
    assert reader.screen == ["Hel"]
    assert isinstance(reader.end, Failed)
    assert Restarted() not in reader.events


def test_the_end_tells_of_the_first_model() -> None:
    """A model that was refused is why there is no answer, though its stand-in had none to give."""
    refused: Script = [(0, Failed(ProviderError(FailureKind.AUTH, "because")))]
    reader, *_ = play(refused, other=(NOTHING,))
    assert isinstance(reader.end, Failed)
    assert reader.end.error.kind is FailureKind.AUTH
    reader, *_ = play(NOTHING, other=(refused,))
    assert reader.end == Finished()


SAID: st.SearchStrategy[Event | str] = st.sampled_from(["Hel", "\n", ReasoningDelta("hm")])


@given(st.lists(SAID), st.lists(SAID))
def test_an_answer_with_words_is_never_asked_for_again(
    first: list[Event | str], second: list[Event | str]
) -> None:
    """The second request is made for the sake of a word, and for nothing else."""
    reader, asked, _ = play(*([(0.0, event) for event in said] for said in (first, second)))
    assert asked == (1 if "Hel" in first else 2)
    heard = first if "Hel" in first else second
    assert "".join(reader.screen).count("Hel") == heard.count("Hel")
    assert reader.end == Finished()
