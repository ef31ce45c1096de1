"""Prompts as requests of OpenAI Responses."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from responses_answers import ORIGIN, read, recorded

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
from tickertape.providers.quirks.profile import Profile
from tickertape.providers.responses import body
from tickertape.providers.responses.request import CALL_ID_LIMIT

_PLAIN = Profile(encrypted_reasoning=False, system_as_instructions=False)
_ENCRYPTED = '{"type":"reasoning","summary":[],"encrypted_content":"gAAA"}'
_IN_FULL = '{"type":"reasoning","summary":[],"encrypted_content":"","content":[{"text":"Hm."}]}'


def _body(
    *entries: Entry,
    tools: tuple[ToolSpec, ...] = (),
    profile: Profile | None = None,
    origin: str = ORIGIN,
    stream: bool = True,
) -> dict[str, object]:
    prompt = Prompt(entries, tools)
    return body(prompt, model="m", profile=profile or Profile(), origin=origin, stream=stream)


def _items(
    *entries: Entry, profile: Profile | None = None, origin: str = ORIGIN
) -> list[dict[str, object]]:
    items = _body(*entries, profile=profile, origin=origin)["input"]
    assert isinstance(items, list)
    return items


def _said(role: str, text: str) -> dict[str, object]:
    kind = "output_text" if role == "assistant" else "input_text"
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}


def test_a_conversation() -> None:
    """A whole request, literally: nothing is stored, and the system's words are instructions."""
    clock = ToolSpec("clock", "Tells the time.", {"type": "object", "properties": {"zone": {}}})
    entries = (
        Utterance("system", "Be brief."),
        Utterance("user", "Hello"),
        Utterance("assistant", "Good morning"),
        Utterance("system", "It is late."),
        Utterance("user", "Bye"),
    )
    assert _body(*entries, tools=(clock, ToolSpec("noop", ""))) == {
        "model": "m",
        "store": False,
        "stream": True,
        "instructions": "Be brief.\n\nIt is late.",
        "input": [
            _said("user", "Hello"),
            _said("assistant", "Good morning"),
            _said("user", "Bye"),
        ],
        "tools": [
            {
                "type": "function",
                "name": "clock",
                "description": "Tells the time.",
                "parameters": {"type": "object", "properties": {"zone": {}}},
                "strict": False,
            },
            {
                "type": "function",
                "name": "noop",
                "description": "",
                "parameters": {"type": "object", "properties": {}},
                "strict": False,
            },
        ],
        "include": ["reasoning.encrypted_content"],
    }


def test_a_server_that_speaks_plainly() -> None:
    """By its profile a server gets the system's words as an item, and is asked for no secrets."""
    entries = (Utterance("system", "Be brief."), Utterance("user", "Hello"))
    assert _body(*entries, profile=_PLAIN, stream=False) == {
        "model": "m",
        "store": False,
        "stream": False,
        "input": [_said("system", "Be brief."), _said("user", "Hello")],
    }


def test_a_second_turn_with_tool_results() -> None:
    """Thoughts go back in pairs with what followed them, the last one has nothing to go with.

    No item has an id, calls and results are paired by `call_id`, and the comment keeps its phase.
    """
    step = recorded(read("pairs.sse"))
    results = [ToolResult(call.call_id, call.name, "12:00") for call in step.calls]
    assert _items(Utterance("user", "Time?"), step, *results) == [
        _said("user", "Time?"),
        {"type": "reasoning", "summary": [], "encrypted_content": "gAAA1"},
        {**_said("assistant", "Looking."), "phase": "commentary"},
        {
            "type": "reasoning",
            "summary": [{"type": "summary_text", "text": "Hm."}],
            "encrypted_content": "gAAA2",
        },
        {
            "type": "function_call",
            "call_id": "call_1",
            "name": "clock",
            "arguments": '{"zone":"UTC"}',
        },
        {
            "type": "function_call",
            "call_id": "call_2",
            "name": "clock",
            "arguments": '{"zone":"CET"}',
        },
        {"type": "function_call_output", "call_id": "call_1", "output": "12:00"},
        {"type": "function_call_output", "call_id": "call_2", "output": "12:00"},
    ]


def test_a_second_turn_at_another_server() -> None:
    """Another server is told the words and the calls, and nothing that it did not make."""
    step = recorded(read("pairs.sse"))
    items = _items(step, origin="responses another-model@test")
    assert [item["type"] for item in items] == ["message", "function_call", "function_call"]
    assert items[0] == _said("assistant", "Looking.")
    namespaced = Step((ToolCall("call_1", "clock", "{}", '{"namespace":"crm"}'),), ORIGIN)
    assert "namespace" not in _items(namespaced, origin="responses another-model@test")[0]


def test_a_second_turn_without_encrypted_thoughts() -> None:
    """A server whose profile has no encrypted thoughts is not given any."""
    step = recorded(read("pairs.sse"))
    types = [item["type"] for item in _items(step, profile=Profile(encrypted_reasoning=False))]
    assert types == ["message", "function_call", "function_call"]


def test_a_second_turn_with_a_whole_object() -> None:
    """What came as one object is sent back as what was streamed is."""
    call = {"type": "function_call", "call_id": "call_1", "name": "clock"}
    assert _items(recorded(read("whole_object.json"))) == [
        {
            "type": "reasoning",
            "summary": [{"type": "summary_text", "text": "Hm."}],
            "encrypted_content": "gAAA",
        },
        _said("assistant", "Good morning"),
        {**call, "arguments": '{"zone":"UTC"}'},
    ]


def test_a_thought_in_full() -> None:
    """A thought that is not encrypted goes back only where the profile says so, and how."""
    with_call = Step((Thought("Hm.", _IN_FULL), ToolCall("call_1", "clock", "{}")), ORIGIN)
    without = Step((Thought("Hm.", _IN_FULL), TextPart("Noon.")), ORIGIN)
    thought = {"type": "reasoning", "summary": [], "content": [{"text": "Hm."}]}
    assert thought not in _items(with_call, without)
    with_calls = Profile(returns_reasoning="with_calls")
    assert _items(with_call, profile=with_calls)[0] == thought
    assert thought not in _items(without, profile=with_calls)
    assert _items(without, profile=Profile(returns_reasoning="always"))[0] == thought


def test_a_thought_whose_successor_stays_behind() -> None:
    """A thought goes only together with the item that it led to."""
    step = Step((Thought("", _ENCRYPTED), Opaque('{"type":"moon_call"}'), TextPart("ok")), ORIGIN)
    assert _items(step) == [_said("assistant", "ok")]


def test_items_that_only_the_server_understands() -> None:
    """Those that it takes back go back without their ids; the others do not."""
    step = recorded(read("other_items.sse"))
    search = {
        "type": "web_search_call",
        "status": "completed",
        "action": {"type": "search", "query": "noon"},
    }
    assert _items(step) == [search, _said("assistant", "ok")]
    assert _items(step, origin="elsewhere") == [_said("assistant", "ok")]


def test_a_namespace_goes_back() -> None:
    """What a call had beside its arguments is returned to the server that wrote it."""
    assert _items(recorded(read("call_with_namespace.sse"))) == [
        {
            "namespace": "crm",
            "type": "function_call",
            "call_id": "call_1",
            "name": "clock",
            "arguments": "{}",
        }
    ]


def test_a_call_that_was_cut_off() -> None:
    """In a sound conversation every call has its result, and no result is without its call."""
    step = Step((ToolCall("call_1", "clock", "{}"),), ORIGIN)
    orphan = ToolResult("call_9", "clock", "12:00")
    assert _items(*sound([Utterance("user", "Time?"), step, orphan]))[2:] == [
        {"type": "function_call_output", "call_id": "call_1", "output": INTERRUPTED}
    ]


def test_long_call_ids() -> None:
    """An id beyond the limit is shortened alike for call and result, and stays unlike others."""
    ids = ["x" * 80 + "1", "x" * 80 + "2", "y" * CALL_ID_LIMIT]
    entries: list[Entry] = []
    for call_id in ids:
        entries += [
            Step((ToolCall(call_id, "clock", "{}"),), ORIGIN),
            ToolResult(call_id, "clock", "12:00"),
        ]
    sent = [item["call_id"] for item in _items(*entries)]
    assert sent[0::2] == sent[1::2]
    assert len(set(sent)) == 3
    assert [len(str(call_id)) for call_id in sent[0::2]] == [64, 64, 64]
    assert sent[4] == ids[2]


def test_arguments_in_the_history() -> None:
    """The arguments that a server reads again are a JSON object, whatever the model wrote."""
    for written, sent in {
        '{"zone": "UTC"}': '{"zone": "UTC"}',
        "": "{}",
        '{"zone":"U': "{}",
        "[1]": "{}",
        '{"a": NaN}': '{"a": "NaN"}',
        '{"a": "\\ud83d"}': '{"a": "?"}',
        "[" * 5000: "{}",
    }.items():
        assert _items(Step((ToolCall("c", "f", written),)))[0]["arguments"] == sent


def test_half_surrogates_are_replaced() -> None:
    """Text that no JSON can carry is made sendable wherever it stands."""
    half = "a\ud83db"
    entries = (
        Utterance("system", half),
        Utterance("user", half),
        Step((TextPart(half), ToolCall(half, half, '{"a":"\ud83d"}'))),
        ToolResult(half, half, half),
    )
    tool = ToolSpec("f", half, {"type": "object", "description": half})
    for profile in (Profile(), _PLAIN):
        sent = json.dumps(_body(*entries, tools=(tool,), profile=profile), ensure_ascii=False)
        assert sent.encode("utf-8").count(b"a?b") == 8


_TEXT = st.text(max_size=8)
_RAWS = st.sampled_from([None, _ENCRYPTED, _IN_FULL, "{}", "17", "{", '{"type":"message"}'])
_PARTS = st.one_of(
    st.builds(TextPart, _TEXT, _RAWS),
    st.builds(Thought, _TEXT, _RAWS),
    st.builds(ToolCall, _TEXT, _TEXT, _TEXT, _RAWS),
    st.builds(Opaque, _RAWS.map(lambda raw: raw or "")),
)
_STEPS = st.builds(
    Step, st.lists(_PARTS, max_size=6).map(tuple), st.sampled_from([ORIGIN, "other"])
)


@given(
    st.lists(_STEPS, max_size=3), st.booleans(), st.sampled_from(["never", "with_calls", "always"])
)
def test_any_history_can_be_sent(steps: list[Step], encrypted: bool, returns: str) -> None:
    """Whatever was kept: a thought is never last, items have no ids, and arguments are objects."""
    profile = Profile(encrypted_reasoning=encrypted, returns_reasoning=returns)  # type: ignore[arg-type]
    for step in steps:
        items = _items(step, profile=profile)
        types = [item["type"] for item in items]
        assert types[-1:] != ["reasoning"]
        assert types.count("function_call") == len(step.calls)
        assert all("id" not in item for item in items)
        for item in items:
            if item["type"] == "function_call":
                assert isinstance(json.loads(str(item["arguments"])), dict)
