"""The requests of Anthropic Messages: what a conversation becomes, and what it never becomes."""

from __future__ import annotations

import json
import re
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from messages_answers import ORIGIN, decode, parts_of, stream_of

from tickertape.conversation import (
    INTERRUPTED,
    Entry,
    Opaque,
    Part,
    Step,
    TextPart,
    Thought,
    ToolCall,
    ToolResult,
    Utterance,
    sound,
)
from tickertape.events import Recorded
from tickertape.ports import Prompt, ToolSpec
from tickertape.providers.messages import body
from tickertape.providers.messages.request import MAX_TOKENS, OPENING
from tickertape.providers.quirks.profile import Profile

_ASK = Utterance("user", "What is 1 + 2?")
_SIGNED = Thought("Hm.", '{"type":"thinking","thinking":"Hm.","signature":"s"}')
_SEARCH = Opaque('{"type":"server_tool_use","id":"srv_1","name":"web_search","input":{}}')
_FOUND = Opaque('{"type":"web_search_tool_result","tool_use_id":"srv_1","content":[]}')


def _body(*entries: Entry, tools: tuple[ToolSpec, ...] = ()) -> dict[str, object]:
    return body(Prompt(entries, tools), model="m", profile=Profile(), origin=ORIGIN)


def _messages(*entries: Entry) -> list[dict[str, object]]:
    return cast("list[dict[str, object]]", _body(*entries)["messages"])


def _text(text: str) -> dict[str, object]:
    return {"type": "text", "text": text}


def _step(*parts: Part, origin: str = ORIGIN) -> Step:
    return Step(parts, origin)


def _user(*blocks: dict[str, object]) -> dict[str, object]:
    return {"role": "user", "content": list(blocks)}


def _assistant(*blocks: dict[str, object]) -> dict[str, object]:
    return {"role": "assistant", "content": list(blocks)}


def test_a_first_turn() -> None:
    """Words, the system's words and tools stand where the API has them."""
    add = ToolSpec("add", "Adds numbers.", {"type": "object", "properties": {"a": {}}})
    now = ToolSpec("now", "")
    assert _body(Utterance("system", "Be brief."), _ASK, tools=(add, now)) == {
        "model": "m",
        "max_tokens": MAX_TOKENS,
        "system": "Be brief.",
        "messages": [_user(_text("What is 1 + 2?"))],
        "tools": [
            {
                "name": "add",
                "input_schema": {"type": "object", "properties": {"a": {}}},
                "description": "Adds numbers.",
            },
            {"name": "now", "input_schema": {"type": "object", "properties": {}}},
        ],
        "stream": True,
    }


def test_a_second_turn_returns_thinking_and_results() -> None:
    """Quirk 27: the step of a stream goes back as it came, followed by the results of its calls."""
    stream = stream_of("thinking.sse").replace(
        b'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"',
        b'data: {"type":"content_block_start","index":2,"content_block":'
        b'{"type":"redacted_thinking","data":"EmwKAhgB=="}}\n\n'
        b'data: {"type":"content_block_start","index":3,"content_block":'
        b'{"type":"tool_use","id":"toolu_1","name":"add","input":{}}}\n\n'
        b'data: {"type":"content_block_delta","index":3,"delta":'
        b'{"type":"input_json_delta","partial_json":"{\\"a\\": 1, \\"b\\": 2}"}}\n\n'
        b'data: {"type":"content_block_start","index":4,"content_block":'
        b'{"type":"tool_use","id":"toolu_2","name":"now","caller":{"type":"direct"}}}\n\n'
        b'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"tool_use"',
    )
    recorded = decode(stream)[-2]
    assert isinstance(recorded, Recorded)
    results = (
        ToolResult("toolu_1", "add", "3"),
        ToolResult("toolu_2", "now", "The clock is broken.", ok=False),
    )
    assert _body(_ASK, recorded.entry, *results) == {
        "model": "m",
        "max_tokens": MAX_TOKENS,
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "What is 1 + 2?"}]},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "Let me see.", "signature": "EqQBsig=="},
                    {"type": "text", "text": "ok"},
                    {"type": "redacted_thinking", "data": "EmwKAhgB=="},
                    {
                        "type": "tool_use",
                        "id": "toolu_1",
                        "name": "add",
                        "input": {"a": 1, "b": 2},
                    },
                    {
                        "type": "tool_use",
                        "id": "toolu_2",
                        "name": "now",
                        "input": {},
                        "caller": {"type": "direct"},
                    },
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "toolu_1", "content": "3"},
                    {
                        "type": "tool_result",
                        "tool_use_id": "toolu_2",
                        "content": "The clock is broken.",
                        "is_error": True,
                    },
                ],
            },
        ],
        "stream": True,
    }


def test_without_a_stream() -> None:
    """One whole answer can be asked for, and a server without a limit is sent none."""
    profile = Profile(max_tokens_name="")
    asked = body(Prompt((_ASK,)), model="m", profile=profile, origin="", stream=False)
    assert asked == {"model": "m", "messages": [_user(_text("What is 1 + 2?"))], "stream": False}


def test_thinking_of_earlier_turns_stays_behind() -> None:
    """Only while its calls are being answered does thinking go back; it is never changed."""
    call, result = ToolCall("t", "add", "{}"), ToolResult("t", "add", "3")
    turn = (_ASK, _step(_SIGNED, call), result)
    thinking: dict[str, object] = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
    use: dict[str, object] = {"type": "tool_use", "id": "t", "name": "add", "input": {}}
    assert _messages(*turn)[1] == _assistant(thinking, use)
    later = _messages(*turn, _step(_SIGNED, TextPart("3.")), Utterance("user", "And 2 + 2?"))
    assert later[1] == _assistant(use)
    assert later[3] == _assistant(_text("3."))
    added = _messages(*turn, Utterance("user", "In words.", is_added=True))
    assert added[1] == _assistant(thinking, use)
    content = cast("list[object]", added[2]["content"])
    assert content[1:] == [_text("In words.")]  # behind the result


def test_what_another_server_made_goes_back_as_words_and_calls() -> None:
    """Thoughts, opaque pieces and raw fields are returned to their origin only."""
    raw = '{"type":"tool_use","caller":{"type":"direct"}}'
    step = _step(
        _SIGNED,
        _SEARCH,
        TextPart("ok", '{"type":"text","text":"ok","citations":[{}]}'),
        ToolCall("t", "add", "{}", raw),
        origin="another",
    )
    assert _messages(_ASK, step, ToolResult("t", "add", "3"))[1] == _assistant(
        _text("ok"), {"type": "tool_use", "id": "t", "name": "add", "input": {}}
    )


def test_thoughts_without_anything_signed_or_said_stay_behind() -> None:
    """An empty thought, or one found as tags in the text, is nothing the API would take."""
    empty = Thought("", '{"type":"thinking","thinking":"","signature":""}')
    step = _step(empty, Thought("tagged"), ToolCall("t", "add", "{}"))
    content = _messages(_ASK, step, ToolResult("t", "add", "3"))[1]["content"]
    assert content == [{"type": "tool_use", "id": "t", "name": "add", "input": {}}]


def test_cited_words_go_back_with_their_citations() -> None:
    """Words with the server's own item go back as that, but never other words than were said."""
    search, found, cited = parts_of("server_tool_with_citations.sse")
    content = _messages(_ASK, _step(search, found, cited), Utterance("user", "Thanks."))[1]
    assert [json.loads(str(part.raw)) for part in (search, found, cited)] == content["content"]
    other = TextPart("Other words.", cited.raw)
    assert _messages(_ASK, _step(other), _ASK)[1] == _assistant(_text("Other words."))


@pytest.mark.parametrize(
    ("parts", "is_open", "kept"),
    [
        ((_SEARCH, _FOUND), False, 2),
        ((_SEARCH,), True, 1),
        ((_SEARCH,), False, 0),
        ((_FOUND,), True, 0),
        ((Opaque('{"type":"hologram"}'),), False, 1),
        ((Opaque("torn {"),), True, 0),
    ],
)
def test_tools_of_the_server_go_back_in_pairs(
    parts: tuple[Part, ...], *, is_open: bool, kept: int
) -> None:
    """A server's call without its result is returned only while the result is yet to come."""
    later = () if is_open else (Utterance("user", "Go on."),)
    content = _messages(_ASK, _step(TextPart("I look."), *parts), *later)[1]["content"]
    assert len(cast("list[object]", content)) == 1 + kept


def test_a_paused_step_is_continued() -> None:
    """A step that paused stands last as it came, so that the same request continues it."""
    messages = _messages(_ASK, _step(*parts_of("pause_turn.sse")))
    assert messages[-1] == _assistant(
        _text("I look."),
        {
            "type": "server_tool_use",
            "id": "srvtoolu_1",
            "name": "web_search",
            "input": {"query": "tide"},
        },
    )


def test_roles_alternate_and_results_come_first() -> None:
    """Quirk 30: what one side says in a row is one message, in which results come first."""
    step = _step(ToolCall("t", "add", "{}"))
    messages = _messages(
        _ASK,
        Utterance("user", "Quick!"),
        Utterance("assistant", "Wait."),
        step,
        Utterance("user", "Well?"),
        ToolResult("t", "add", "3"),
    )
    assert messages == [
        _user(_text("What is 1 + 2?"), _text("Quick!")),
        _assistant(_text("Wait."), {"type": "tool_use", "id": "t", "name": "add", "input": {}}),
        _user({"type": "tool_result", "tool_use_id": "t", "content": "3"}, _text("Well?")),
    ]


def test_a_call_that_was_cut_has_a_result() -> None:
    """Quirk 30: after a stop, a sound conversation answers the call that was cut."""
    cut = sound([_ASK, _step(ToolCall("t", "add", '{"a": 1')), Utterance("user", "Go on.")])
    assert _messages(*cut)[1:] == [
        _assistant({"type": "tool_use", "id": "t", "name": "add", "input": {}}),
        _user(
            {"type": "tool_result", "tool_use_id": "t", "content": INTERRUPTED, "is_error": True},
            _text("Go on."),
        ),
    ]


def test_a_person_speaks_first() -> None:
    """A conversation that begins with the model, or is empty, begins with words of a person."""
    assert _messages() == [_user(_text(OPENING))]
    assert _messages(Utterance("assistant", "Hello!"), _ASK) == [
        _user(_text(OPENING)),
        _assistant(_text("Hello!")),
        _user(_text("What is 1 + 2?")),
    ]


def test_no_block_is_blank() -> None:
    """Blank words are never sent, and blank results say that they are."""
    blank = _step(TextPart(" \n"), ToolCall("t", "add", "{}"), ToolCall("u", "add", "{}"))
    results = (ToolResult("t", "add", " "), ToolResult("u", "add", "", ok=False))
    messages = _messages(Utterance("system", " "), _ASK, blank, *results, Utterance("user", "\n"))
    assert [len(cast("list[object]", message["content"])) for message in messages] == [1, 2, 2]
    assert [block["content"] for block in cast("list[dict[str, str]]", messages[2]["content"])] == [
        "(no output)",
        "(failed without a reason)",
    ]
    assert "system" not in _body(Utterance("system", " "), _ASK)


def test_a_last_answer_ends_without_white_space() -> None:
    """The model continues an answer that stands last; one further up stays as it was."""
    said = _step(TextPart("One, two, \n"))
    assert _messages(_ASK, said)[-1] == _assistant(_text("One, two,"))
    assert _messages(_ASK, said, _ASK)[1] == _assistant(_text("One, two, \n"))


def test_ids_are_spelt_as_the_api_wants_them() -> None:
    """Quirk 31: any id becomes one that is allowed, the same for call and result, used once."""
    entries: list[Entry] = []
    for call_id in ("call_0", "functions.add:0", "functions.add 0", "call_0", "ключ", ""):
        entries += [_ASK, _step(ToolCall(call_id, "add", "{}")), ToolResult(call_id, "add", "3")]
    messages = _messages(*entries)
    blocks = [b for m in messages for b in cast("list[dict[str, str]]", m["content"])]
    asked = [block["id"] for block in blocks if block["type"] == "tool_use"]
    assert asked == [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
    assert asked[0] == "call_0"
    assert asked[3] == "call_0_2"
    assert len(set(asked)) == len(asked) == 6
    assert all(re.fullmatch("[a-zA-Z0-9_-]+", name) for name in asked)


@pytest.mark.parametrize(
    ("name", "arguments", "sent"),
    [
        ("add", '{"a": 1}', ("add", {"a": 1})),
        ("", '{"a": 1', ("unknown", {})),
        ("a.b c", "[1]", ("a_b_c", {})),
        ("x" * 99, "", ("x" * 64, {})),
        (
            "add",
            '{"a": NaN, "b": "\\ud83d", "c": "\ud83d"}',
            ("add", {"a": "NaN", "b": "?", "c": "?"}),
        ),
        ("add", "[" * 100_000, ("add", {})),
    ],
)
def test_calls_are_spelt_as_the_api_wants_them(
    name: str, arguments: str, sent: tuple[str, dict[str, object]]
) -> None:
    """Whatever a model wrote, its call goes back with a proper name and an object."""
    messages = _messages(_ASK, _step(ToolCall("t", name, arguments)), ToolResult("t", name, "3"))
    (block,) = cast("list[dict[str, object]]", messages[1]["content"])
    assert (block["name"], block["input"]) == sent


_WILD = st.text(max_size=6) | st.sampled_from(["\ud83d", " ", '{"type":"x"}', "{}", "call_0"])
_PART = st.one_of(
    st.builds(TextPart, _WILD, st.none() | _WILD),
    st.builds(Thought, _WILD, st.none() | _WILD),
    st.builds(ToolCall, _WILD, _WILD, _WILD, st.none() | _WILD),
    st.builds(Opaque, _WILD),
    st.sampled_from([_SIGNED, _SEARCH, _FOUND]),
)
_ENTRY = st.one_of(
    st.builds(Utterance, st.sampled_from(["system", "user", "assistant"]), _WILD),
    st.builds(Step, st.lists(_PART, max_size=4).map(tuple), st.sampled_from([ORIGIN, "another"])),
    st.builds(ToolResult, _WILD, _WILD, _WILD, st.booleans()),
)


@settings(deadline=None, max_examples=200)
@given(st.lists(_ENTRY, max_size=8))
def test_any_sound_conversation_is_a_proper_request(entries: list[Entry]) -> None:
    """Roles alternate from a person on, calls are answered at once, and all of it is UTF-8."""
    request = _body(*sound(entries))
    json.dumps(request, ensure_ascii=False, allow_nan=False).encode()
    messages = cast("list[dict[str, object]]", request["messages"])
    assert [message["role"] for message in messages] == [
        ("user", "assistant")[at % 2] for at in range(len(messages))
    ]
    asked: list[object] = []
    for message in messages:
        content = cast("list[dict[str, object]]", message["content"])
        assert content
        results = [b.get("tool_use_id") for b in content if b["type"] == "tool_result"]
        assert results == asked
        assert all(block["type"] == "tool_result" for block in content[: len(results)])
        asked = [b["id"] for b in content if b["type"] == "tool_use"]
        assert all(str(b["text"]).strip() for b in content if b["type"] == "text")
    assert asked == []
