"""What is asked of a server that speaks Chat Completions: bodies that servers accept."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest
from chat_completions_answers import ORIGIN, read
from hypothesis import given
from hypothesis import strategies as st

from tickertape.conversation import (
    INTERRUPTED,
    Entry,
    Opaque,
    Step,
    TextPart,
    Thought,
    ToolCall,
    ToolResult,
    Utterance,
    sound,
)
from tickertape.ports import Prompt, ToolSpec
from tickertape.providers.chat_completions import body
from tickertape.providers.quirks.profile import Profile

_QUESTION = Utterance("user", "What time is it?")


def _messages(
    *entries: Entry, profile: Profile | None = None, origin: str = ORIGIN
) -> list[dict[str, object]]:
    asked = body(Prompt(entries), model="m", profile=profile or Profile(), origin=origin)
    messages = asked["messages"]
    assert isinstance(messages, list)
    return messages


def _calls(message: dict[str, object]) -> list[dict[str, Any]]:
    calls = message["tool_calls"]
    assert isinstance(calls, list)
    return calls


def test_a_plain_question() -> None:
    """Who said what, the model, a stream with its usage: nothing else is asked for."""
    prompt = Prompt((Utterance("system", "Be brief."), _QUESTION))
    assert body(prompt, model="m", profile=Profile(), origin="") == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "What time is it?"},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_usage_is_asked_for_where_the_server_takes_that() -> None:
    """Neither a server that refuses `stream_options` nor an answer without a stream has it."""
    prompt = Prompt((_QUESTION,))
    strict = body(prompt, model="m", profile=Profile(usage_option=False), origin="")
    whole = body(prompt, model="m", profile=Profile(), origin="", stream=False)
    assert "stream_options" not in strict
    assert "stream_options" not in whole
    assert whole["stream"] is False


def test_tools_are_described() -> None:
    """A tool has a name, a description and the schema of an object, also if it takes nothing."""
    schema = {"type": "object", "properties": {"zone": {"type": "string"}}, "required": ["zone"]}
    tools = (ToolSpec("clock", "Tells the time.", schema), ToolSpec("dice", "Throws."))
    asked = body(Prompt((_QUESTION,), tools), model="m", profile=Profile(), origin="")
    empty = {"type": "object", "properties": {}}
    assert asked["tools"] == [
        {
            "type": "function",
            "function": {"name": "clock", "description": "Tells the time.", "parameters": schema},
        },
        {
            "type": "function",
            "function": {"name": "dice", "description": "Throws.", "parameters": empty},
        },
    ]


def test_a_second_turn_with_tool_results() -> None:
    """A decoded step goes back as one message, with what its server wants back, and its results."""
    recorded = read("thought_signature.sse")
    step = Step((TextPart("Let me look."), *recorded.parts), ORIGIN)
    assert _messages(_QUESTION, step, ToolResult("call_a", "clock", "12:00")) == [
        {"role": "user", "content": "What time is it?"},
        {
            "role": "assistant",
            "content": "Let me look.",
            "tool_calls": [
                {
                    "extra_content": {"google": {"thought_signature": "c2ln"}},
                    "id": "call_a",
                    "type": "function",
                    "function": {"name": "clock", "arguments": "{}"},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "call_a", "content": "12:00"},
    ]


def test_what_only_its_server_understands_goes_nowhere_else() -> None:
    """Another server gets neither signatures nor opaque items."""
    call = ToolCall("call_a", "clock", "{}", '{"extra_content":1,"function":{"mark":2}}')
    step = Step((Opaque('{"type":"search"}'), call), ORIGIN)
    (own,) = _messages(step)
    (other,) = _messages(step, origin="elsewhere")
    plain = {"id": "call_a", "type": "function"}
    function = {"name": "clock", "arguments": "{}"}
    assert other["tool_calls"] == [{**plain, "function": function}]
    marked = {"mark": 2, **function}
    assert own["tool_calls"] == [{**plain, "extra_content": 1, "function": marked}]
    assert own["content"] is None


@pytest.mark.parametrize(
    ("returns", "has_calls", "is_told"),
    [
        ("never", True, False),
        ("with_calls", True, True),
        ("with_calls", False, False),
        ("always", False, True),
    ],
)
def test_reasoning_goes_back_where_it_is_wanted(
    returns: Literal["never", "with_calls", "always"], has_calls: bool, is_told: bool
) -> None:
    """Some servers demand a message's reasoning, others refuse it: the profile decides."""
    call = (ToolCall("call_a", "clock", "{}"),) if has_calls else ()
    step = Step((Thought("Let me "), Thought("see."), TextPart("Hm."), *call), ORIGIN)
    profile = Profile(returns_reasoning=returns)
    (message,) = _messages(step, profile=profile)
    assert message.get("reasoning_content") == ("Let me see." if is_told else None)


def test_reasoning_details_go_back_to_their_server() -> None:
    """Details with a signature are returned beside the words, to their origin alone."""
    profile = Profile(returns_reasoning="always", reasoning_field="reasoning")
    step = Step(read("reasoning_beside_details.sse").parts, ORIGIN)
    (own,) = _messages(step, profile=profile)
    (other,) = _messages(step, profile=profile, origin="elsewhere")
    assert own["reasoning"] == other["reasoning"] == "Let me see."
    details = own["reasoning_details"]
    assert isinstance(details, list)
    assert details[0]["signature"] == "c2ln"
    assert "reasoning_details" not in other


def test_a_raw_thought_of_another_kind_is_left_out() -> None:
    """What is no list of details is not sent as one."""
    profile = Profile(returns_reasoning="always")
    for raw in ('{"type":"thinking"}', "broken"):
        (message,) = _messages(Step((Thought("", raw), TextPart("Hm.")), ORIGIN), profile=profile)
        assert message == {"role": "assistant", "content": "Hm."}


@pytest.mark.parametrize(
    ("came", "told"),
    [
        ('{"a": 1}', '{"a": 1}'),
        ("", "{}"),
        ('{"a": 1, "b', "{}"),
        ("[1]", "{}"),
        ("null", "{}"),
        ('{"a": NaN}', "{}"),
        ("{'a': None}", "{}"),
        ("[" * 100_000, "{}"),
    ],
)
def test_arguments_are_the_json_of_an_object(came: str, told: str) -> None:
    """Servers parse the arguments in a history: what is no object is told as an empty one."""
    (message,) = _messages(Step((ToolCall("call_a", "clock", came),)))
    (call,) = _calls(message)
    assert call["function"]["arguments"] == told


def test_names_and_ids_are_such_as_servers_take() -> None:
    """A name that a model made up and an id that is too long do not spoil the conversation."""
    long = "call_" + "x" * 60
    step = Step((ToolCall(long, "my clock!", "{}"), ToolCall(long + "y", "", "{}")))
    message, first, second = _messages(
        step, ToolResult(long, "my clock!", "12"), ToolResult(long + "y", "", "13")
    )
    one, two = _calls(message)
    assert (one["function"]["name"], two["function"]["name"]) == ("my_clock_", "_")
    assert (one["id"], two["id"]) == (first["tool_call_id"], second["tool_call_id"])
    assert one["id"] != two["id"]
    assert len(one["id"]) == len(two["id"]) == 40


def test_a_step_without_words_and_calls_is_not_told() -> None:
    """No server takes an assistant's message without content and without calls."""
    assert _messages(_QUESTION, Step((Thought("Hm."),)), _QUESTION) == [
        {"role": "user", "content": "What time is it?"},
        {"role": "user", "content": "What time is it?"},
    ]


def test_half_surrogates_are_replaced() -> None:
    """No half of a pair gets into the JSON, wherever it stands; a whole pair is a character."""
    spec = ToolSpec("clock", "\ud83d", {"properties": {"\udc00": {"enum": ("\ud83d\ude00",)}}})
    entries = (Utterance("user", "a\ud83db\ud83d\ude00"), Step((TextPart("\udfff"),)))
    asked = body(Prompt(entries, (spec,)), model="m", profile=Profile(), origin="")
    text = json.dumps(asked, ensure_ascii=False)
    assert text.encode("utf-8")
    assert "a\ufffdb😀" in text


_TEXT = st.text(max_size=8)
_PARTS = st.one_of(
    st.builds(TextPart, st.text(min_size=1, max_size=8)),
    st.builds(Thought, _TEXT, st.none() | _TEXT),
    st.builds(ToolCall, _TEXT, _TEXT, _TEXT, st.none() | _TEXT),
    st.builds(Opaque, _TEXT),
)
_ENTRIES = st.one_of(
    st.builds(Utterance, st.sampled_from(["system", "user", "assistant"]), _TEXT),
    st.builds(Step, st.lists(_PARTS, max_size=4).map(tuple), st.just(ORIGIN)),
    st.builds(ToolResult, _TEXT, _TEXT, _TEXT),
)


@given(st.lists(_ENTRIES, max_size=6))
def test_any_sound_conversation_can_be_sent(entries: list[Entry]) -> None:
    """Every call is followed by its result, in order; all of it is JSON in UTF-8."""
    profile = Profile(returns_reasoning="always")
    messages = _messages(*sound(entries), profile=profile)
    assert json.dumps(messages, ensure_ascii=False).encode("utf-8")
    awaited: list[str] = []
    for message in messages:
        if message["role"] == "tool":
            assert awaited.pop(0) == message["tool_call_id"]
            continue
        assert awaited == []
        calls = message.get("tool_calls", [])
        assert isinstance(calls, list)
        assert message["content"] or calls or message["role"] != "assistant"
        for call in calls:
            assert isinstance(json.loads(call["function"]["arguments"]), dict)
            awaited.append(call["id"])
    assert awaited == []


def test_an_interrupted_call_has_a_result() -> None:
    """A call that was cut off is answered, so that the conversation can go on."""
    step = Step((ToolCall("call_a", "clock", "{}"),))
    assert _messages(*sound([step, _QUESTION]))[1] == {
        "role": "tool",
        "tool_call_id": "call_a",
        "content": INTERRUPTED,
    }
