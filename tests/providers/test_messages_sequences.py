"""The decoder of Anthropic Messages on whatever a server might say, in whatever order."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from messages_answers import OWN, comparable, decode, fold

from tickertape.conversation import Opaque, Part, TextPart, Thought, ToolCall
from tickertape.events import Finished
from tickertape.providers.repeats import said_again

_TEXT = st.text(alphabet="ab <>/think`\n🙂\x00", max_size=12)
_INDEX = st.sampled_from([0, 1, 2, None, "0"])
_SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | _TEXT
_JSON = st.recursive(
    _SCALAR,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=5,
)
_BLOCK = st.sampled_from(
    [
        {"type": "text", "text": ""},
        {"type": "text", "text": "word"},
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "redacted_thinking", "data": "x"},
        {"type": "tool_use", "id": "t", "name": "n", "input": {}},
        {"type": "tool_use", "id": "u", "name": "n"},
        {"type": "server_tool_use", "id": "s", "name": "n", "input": {}},
        {"type": "mystery"},
    ]
)
_DELTA = st.one_of(
    st.fixed_dictionaries({"type": st.just("text_delta"), "text": _TEXT}),
    st.fixed_dictionaries({"type": st.just("thinking_delta"), "thinking": _TEXT}),
    st.fixed_dictionaries({"type": st.just("signature_delta"), "signature": _TEXT}),
    st.fixed_dictionaries({"type": st.just("input_json_delta"), "partial_json": _TEXT}),
    st.fixed_dictionaries({"type": st.just("citations_delta"), "citation": _JSON}),
    st.dictionaries(st.sampled_from(["type", "text", "thinking", "signature", "glow"]), _JSON),
)
_MESSAGE = st.sampled_from(
    [
        {"content": [], "usage": {"input_tokens": 3, "output_tokens": 1}},
        {"content": [{"type": "text", "text": "word"}, None, 7]},
        {"content": "word", "stop_reason": "end_turn"},
        None,
    ]
)
_REASON = st.fixed_dictionaries({"stop_reason": st.sampled_from(["tool_use", "max_tokens", None])})
_EVENTS = st.one_of(
    st.fixed_dictionaries({"type": st.just("ping")}),
    st.fixed_dictionaries({"type": st.just("message_start"), "message": _MESSAGE}),
    st.fixed_dictionaries(
        {"type": st.just("content_block_start"), "index": _INDEX, "content_block": _BLOCK}
    ),
    st.fixed_dictionaries(
        {"type": st.just("content_block_delta"), "index": _INDEX, "delta": _DELTA}
    ),
    st.fixed_dictionaries({"type": st.just("content_block_stop"), "index": _INDEX}),
    st.fixed_dictionaries({"type": st.just("message_delta"), "delta": _REASON, "usage": _JSON}),
    st.fixed_dictionaries({"type": st.just("message_stop")}),
    st.fixed_dictionaries({"type": st.just("error"), "error": _JSON}),
    st.dictionaries(st.sampled_from(["type", "index", "delta", "message", "error"]), _JSON),
)


# Blocks of an answer, by index: words, a thought, a call, words, ...
_PLAIN = st.text(alphabet="abc", min_size=1, max_size=4)


def _deltas(index: int, pieces: list[str]) -> list[dict[str, object]]:
    field, block = (
        ("text", {"type": "text", "text": ""}),
        ("thinking", {"type": "thinking", "thinking": ""}),
        ("partial_json", {"type": "tool_use", "id": f"t{index}", "name": "n", "input": {}}),
    )[index % 3]
    return [
        {"type": "content_block_start", "index": index, "content_block": block},
        *(
            {"type": "content_block_delta", "index": index, "delta": {field: piece}}
            for piece in pieces
        ),
        {"type": "content_block_stop", "index": index},
    ]


def _part(index: int, text: str) -> Part:
    return (TextPart(text), Thought(text), ToolCall(f"t{index}", "n", text))[index % 3]


def _bare(part: Part) -> Part:
    """Leave out what only the server understands."""
    return part if isinstance(part, Opaque) else replace(part, raw=None)


def _stream(messages: list[dict[str, object]]) -> bytes:
    return "".join(f"data: {json.dumps(message)}\n\n" for message in messages).encode()


def _pieces(stream: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted(cut % (len(stream) + 1) for cut in cuts)
    return [stream[start:end] for start, end in pairwise([0, *places, len(stream)])]


@settings(deadline=None, max_examples=300)
@given(messages=st.lists(_EVENTS, max_size=12), cuts=st.lists(st.integers(0, 9999), max_size=5))
def test_any_order_ends_once(messages: list[dict[str, object]], cuts: list[int]) -> None:
    """Messages in any order, cut anywhere, raise nothing, end once, and record what they said."""
    stream = _stream(messages)
    events = decode(*_pieces(stream, cuts))
    fold(events)
    assert comparable(events) == comparable(decode(stream))


@settings(deadline=None, max_examples=150)
@given(
    st.binary(max_size=300)
    | st.text(max_size=200).map(lambda text: b"data: " + text.encode("utf-8", "replace"))
    | _JSON.map(lambda value: json.dumps(value).encode())
    | st.dictionaries(st.sampled_from(["type", "content", "error"]), _JSON).map(
        lambda value: json.dumps(value).encode()
    )
)
def test_any_bytes_of_an_answer_end_once(stream: bytes) -> None:
    """No bytes at all can make the decoder raise, or end twice or never."""
    fold(decode(stream))


@settings(deadline=None, max_examples=150)
@given(data=st.data(), texts=st.lists(st.lists(_PLAIN, min_size=1, max_size=4), max_size=5))
def test_blocks_may_overlap(data: st.DataObject, texts: list[list[str]]) -> None:
    """Blocks whose deltas are interleaved come to the same parts as one after the other."""
    # A last delta that says all again is read as that, and not as more.
    assume(all(said_again(pieces[:-1], pieces[-1]) is None for pieces in texts if len(pieces) > 1))
    queues = [_deltas(index, pieces) for index, pieces in enumerate(texts)]
    starts = [queue.pop(0) for queue in queues]
    expected = [_part(index, "".join(pieces)) for index, pieces in enumerate(texts)]
    mixed: list[dict[str, object]] = [{"type": "message_start", "message": {}}, *starts]
    while left := [queue for queue in queues if queue]:
        mixed.append(data.draw(st.sampled_from(left)).pop(0))
    answer = fold(decode(_stream([*mixed, {"type": "message_stop"}])))
    assert answer.end == Finished("stop")
    assert sorted(map(_bare, answer.parts), key=repr) == sorted(expected, key=repr)


@settings(deadline=None)
@given(
    name=st.sampled_from(sorted(path.name for path in OWN.iterdir())),
    cuts=st.lists(st.integers(0, 99999), max_size=20),
)
def test_many_cuts_of_an_answer_change_nothing(name: str, cuts: list[int]) -> None:
    """Each transcript says the same however it is cut, also into empty pieces."""
    stream = (OWN / name).read_bytes()
    assert comparable(decode(*_pieces(stream, cuts))) == comparable(decode(stream))
