"""Tool calls and thoughts in Chat Completions: each way in which servers label and name them."""

from __future__ import annotations

import json

import pytest
from chat_completions_answers import OWN, decode, fold, read
from hypothesis import given
from hypothesis import strategies as st

from tickertape.conversation import Step, TextPart, Thought, ToolCall
from tickertape.errors import FailureKind
from tickertape.events import (
    Event,
    Failed,
    Finished,
    ReasoningDelta,
    Recorded,
    Restarted,
    TextDelta,
)
from tickertape.providers.assembly import Assembly
from tickertape.providers.chat_completions.calls import Calls

_CLOCK = ToolCall("call_a", "clock", '{"zone":"UTC"}')
_ADD = ToolCall("call_b", "add", '{"a":1}')


@pytest.mark.parametrize("name", ["calls_without_index.sse", "calls_with_null_index.sse"])
def test_without_an_index_an_id_begins_a_call(name: str) -> None:
    """A piece with an id begins a call, and one without continues the last (quirk of Gemini)."""
    assert read(name).calls == (_CLOCK, _ADD)


def test_without_id_and_index_a_whole_call_is_one() -> None:
    """Whole calls that nothing labels stay apart, in one message and in several."""
    assert read("calls_without_any_label.sse").calls == (
        ToolCall("call_0", "clock", ""),
        ToolCall("call_1", "add", '{"a":1}'),
        ToolCall("call_2", "add", '{"a":2}'),
    )


def test_an_index_that_is_used_again() -> None:
    """A new id at a used index begins a call, and pieces without an id go to the newest."""
    assert read("calls_share_an_index.sse").calls == (
        _CLOCK,
        _ADD,
        ToolCall("call_c", "add", '{"a":2}'),
    )


def test_a_known_id_wins_over_the_index() -> None:
    """A piece whose id is known goes to its call, whatever its index says."""
    assert read("known_id_at_another_index.sse").calls == (_CLOCK, _ADD)


def test_one_call_at_many_indexes_is_one() -> None:
    """A call that is told again at other indexes runs once."""
    assert read("one_call_at_many_indexes.sse").calls == (_CLOCK,)


def test_two_calls_that_share_an_id_are_two() -> None:
    """Calls whose arguments differ are two, and each gets an id of its own."""
    other = ToolCall("call_a_2", "clock", '{"zone":"CET"}')
    assert read("two_calls_share_an_id.sse").calls == (_CLOCK, other)


@pytest.mark.parametrize(
    "name",
    [
        "new_id_for_each_piece.sse",
        "whole_call_told_twice.sse",
        "name_in_each_piece.sse",
        "name_empty_later.sse",
        "call_id_later.sse",
        "function_call.sse",
    ],
)
def test_one_call_in_pieces_is_one(name: str) -> None:
    """Names are not appended, empty ones are ignored, and fresh ids do not begin calls."""
    call_id = "call_0" if name == "function_call.sse" else "call_a"
    answer = read(name)
    assert answer.calls == (ToolCall(call_id, "clock", '{"zone":"UTC"}'),)
    assert answer.end == Finished("stop")


def test_ids_of_all_kinds() -> None:
    """An id may be a number, bare letters, empty or missing: every call has one of its own."""
    ids = [call.call_id for call in read("call_ids_of_all_kinds.sse").calls]
    assert ids == ["7", "call_1", "call_2", "call_3", "9f149c74c"]
    assert read("call_id_integer.sse").calls == (ToolCall("7", "clock", "{}"),)


def test_a_whole_call_in_one_piece() -> None:
    """A call that comes whole is a call (Groq)."""
    assert read("whole_call_in_one_piece.sse").calls == (ToolCall("tk85n1k4m", "clock", "{}"),)


def test_arguments_as_an_object() -> None:
    """Arguments that are an object instead of its JSON are written as JSON."""
    (call,) = read("arguments_as_object.sse").calls
    assert json.loads(call.arguments) == {"a": 1, "b": [2]}


def test_arguments_are_passed_on_as_they_came() -> None:
    """Neither empty nor broken arguments are repaired here: who runs the call parses them."""
    assert read("arguments_empty.sse").calls == (ToolCall("call_a", "clock", ""),)
    cut = (ToolCall("call_a", "add", '{"a": 1, "b'),)
    by_length = read("arguments_cut_by_length.sse")
    assert (by_length.calls, by_length.end) == (cut, Finished("length"))
    finished = read("arguments_cut_although_finished.sse")
    assert (finished.calls, finished.end) == (cut, Finished("stop"))


def test_the_reason_and_the_calls_decide_together() -> None:
    """The reason "stop" is right with calls, and "tool_calls" is not without any."""
    assert read("stop_with_calls.sse").end == Finished("stop")
    assert read("stop_with_calls.sse").calls
    assert read("calls_promised_and_none.sse").end == Finished("other")


def test_unknown_fields_of_a_call_are_kept() -> None:
    """A thought signature stays with its call, to be returned (Gemini)."""
    (call,) = read("thought_signature.sse").calls
    assert call.raw is not None
    assert json.loads(call.raw) == {"extra_content": {"google": {"thought_signature": "c2ln"}}}


def test_text_and_calls_make_one_step() -> None:
    """The words before the calls are recorded before them."""
    clock = ToolCall("call_a", "clock", "{}")
    assert read("text_then_calls.sse").parts == (TextPart("Let me look."), clock, _ADD)


def test_calls_of_an_answer_that_broke_off_are_not_recorded() -> None:
    """Of an answer without its end the words stay, and no call comes of it."""
    answer = read("calls_end_early.sse")
    assert answer.text == "Let me look <"
    assert answer.parts == ()
    assert isinstance(answer.end, Failed)
    assert answer.end.error.kind == FailureKind.ENDED_EARLY


def test_calls_of_the_wrong_kind_are_passed_over() -> None:
    """What is no call does no harm to what is one."""
    answer = read("calls_of_the_wrong_kind.sse")
    assert answer.text == "ok"
    assert answer.calls[-1] == ToolCall("call_a", "clock", "{}")


def test_ids_may_come_again_in_the_next_answer() -> None:
    """An id is known within its answer only: servers count from 0 in each."""
    first, second = read("call_ids_of_all_kinds.sse"), read("call_ids_of_all_kinds.sse")
    assert first.calls == second.calls


def test_reasoning_is_counted_once() -> None:
    """Words that stand in `reasoning` and in `reasoning_details` are said once; both are kept."""
    answer = read("reasoning_beside_details.sse")
    assert answer.reasoning == "Let me see."
    thought, words = answer.parts
    assert isinstance(thought, Thought)
    detail = {"type": "reasoning.text", "text": "Let me see.", "format": "a-v1", "index": 0}
    assert json.loads(thought.raw or "") == [{**detail, "signature": "c2ln"}]
    assert words == TextPart("ok")


def test_reasoning_in_details_alone_is_shown() -> None:
    """Where no other field has the words, those of the details are said."""
    answer = read("reasoning_in_details_alone.sse")
    assert answer.reasoning == "Let me see."
    thought = answer.parts[0]
    assert isinstance(thought, Thought)
    assert [detail["type"] for detail in json.loads(thought.raw or "")] == [
        "reasoning.summary",
        "reasoning.encrypted",
    ]


def test_encrypted_reasoning_is_a_thought_without_words() -> None:
    """What nobody can read is recorded before the words, and said to nobody."""
    thought, words = read("reasoning_encrypted.sse").parts
    assert isinstance(thought, Thought)
    assert thought.text == ""
    assert "e30=" in (thought.raw or "")
    assert words == TextPart("ok")


@pytest.mark.parametrize(
    "name",
    ["reasoning_text.sse", "tags_split.sse", "tag_never_opened.sse", "tags_and_field.sse"],
)
def test_reasoning_under_any_name(name: str) -> None:
    """Thinking is told apart, whether a field or a tag marks it."""
    answer = read(name)
    assert answer.parts[-1] == TextPart("ok")
    assert answer.reasoning.strip() == "Let me see."


def test_a_thought_that_never_closes_is_no_answer() -> None:
    """All that follows an opening tag is thinking if no closing tag comes."""
    assert read("tag_never_closed.sse").parts == (Thought("Let me see."),)


def test_tags_in_code_are_text() -> None:
    """An answer about tags keeps them where they are quoted."""
    assert read("tags_in_code.sse").text == "So:\n```\n<think>\n</think>\n```\nand `</think>`."


def test_a_stray_closing_tag_restarts_the_answer() -> None:
    """What was given out as text is voided, and comes again as thinking."""
    events = decode((OWN / "tag_never_opened.sse").read_bytes())
    assert events[2:5] == [Restarted(), ReasoningDelta("Let me see."), TextDelta("ok")]


def test_a_template_that_opens_the_thought() -> None:
    """Where the template begins the thought nothing is given out as text that is none."""
    events = decode((OWN / "tag_never_opened.sse").read_bytes(), thinking=True)
    assert Restarted() not in events
    assert fold(events).parts == (Thought("Let me see."), TextPart("ok"))


def test_an_answer_in_one_object_has_calls_and_thoughts() -> None:
    """A whole answer is read like a stream: calls, tagged thoughts, fields to return."""
    answer = read("one_object_with_calls.json")
    assert (answer.text, answer.reasoning) == ("Let me look.", "Hm.")
    assert answer.calls == (ToolCall("call_a", "clock", "{}", '{"extra_content": {"a": 1}}'), _ADD)


_PIECES = st.lists(
    st.fixed_dictionaries(
        {"function": st.fixed_dictionaries({}, optional={
            "name": st.sampled_from(["clock", "add", "", None, 3]),
            "arguments": st.sampled_from(["{}", '{"a":', "1}", "", None, {"a": 1}, [2]]),
        })},
        optional={
            "index": st.sampled_from([0, 1, None, "0"]),
            "id": st.sampled_from(["a", "b", "", None, 7]),
            "extra": st.integers(0, 2),
        },
    ),
    max_size=6,
)  # fmt: skip


@given(st.lists(_PIECES, max_size=4))
def test_any_pieces_make_calls_with_ids_of_their_own(messages: list[object]) -> None:
    """However calls are labelled, no two of an answer share an id, and nothing is raised."""
    calls, assembly = Calls(), Assembly()
    for pieces in messages:
        calls.take(pieces)
    calls.close(assembly)
    events: list[Event] = []
    assembly.close(events)
    (recorded,) = events
    assert isinstance(recorded, Recorded)
    assert isinstance(recorded.entry, Step)
    ids = [call.call_id for call in recorded.entry.calls]
    assert len(set(ids)) == len(ids)
    assert bool(ids) is bool(calls)
