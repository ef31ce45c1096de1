"""The decoder of OpenAI Chat Completions, on transcripts of every quirk we know."""

from __future__ import annotations

from json import dumps

import pytest
from chat_completions_answers import (
    OWN,
    assert_cuts_change_nothing,
    comparable,
    decode,
    fold,
    read,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tickertape.conversation import Step, TextPart
from tickertape.errors import FailureKind
from tickertape.events import Failed, Finished, Recorded, TextDelta, Usage
from tickertape.providers import sse
from tickertape.providers.chat_completions import ChatCompletionsDecoder

_USAGE = Usage(11, 4)
# For each name the text, the reasoning and the end.
_OK: dict[str, tuple[str, str, Finished]] = {
    "plain.sse": ("Good morning, Zoë 👋", "", Finished("stop", _USAGE)),
    "usage_on_finish_chunk.sse": ("ok", "", Finished("stop", _USAGE)),
    "usage_on_every_chunk.sse": ("ok", "", Finished("stop", _USAGE)),
    "usage_in_x_groq.sse": ("ok", "", Finished("stop", _USAGE)),
    "first_chunk_without_choices.sse": ("ok", "", Finished()),
    "comments_between.sse": ("ok", "", Finished()),
    "carriage_returns.sse": ("ok", "", Finished()),
    "windows_lines_and_mark.sse": ("ok", "", Finished()),
    "no_blank_lines.sse": ("ok", "", Finished()),
    "no_space_after_colon.sse": ("ok", "", Finished()),
    "null_content_first.sse": ("ok", "", Finished()),
    "content_parts_with_thinking.sse": ("ok", "Hm.", Finished("stop", _USAGE)),
    "reasoning_content.sse": ("ok", "Let me see.", Finished()),
    "reasoning_twice.sse": ("ok", "Let me see.", Finished()),
    "refusal.sse": ("I cannot help with that.", "", Finished("refusal")),
    "filtered.sse": ("The plan is", "", Finished("content_filter")),
    "length.sse": ("and so on and", "", Finished("length")),
    "unknown_finish_reason.sse": ("ok", "", Finished("paused")),
    "not_a_chunk.sse": ("ok", "", Finished()),
    "unknown_fields.sse": ("ok", "", Finished()),
    "usage_empty_at_the_end.sse": ("ok", "", Finished("stop", _USAGE)),
    "done_without_finish_reason.sse": ("ok", "", Finished()),
    "finish_reason_without_done.sse": ("ok", "", Finished()),
    "done_without_newline.sse": ("ok", "", Finished("stop", _USAGE)),
    "chunks_after_done.sse": ("ok", "", Finished()),
    "raw_control_character.sse": ("o\tk", "", Finished()),
    "half_surrogate_pair.sse": ("ok?", "", Finished()),
    "broken_utf8.sse": ("o\ufffdk", "", Finished()),
    "second_choice.sse": ("ok", "", Finished()),
    "one_object.json": ("Good morning", "Hm.", Finished("stop", _USAGE)),
}
# For each name the text, the kind of the failure and words of its detail.
_BROKEN: dict[str, tuple[str, FailureKind, str]] = {
    "ends_early.sse": ("The first half", FailureKind.ENDED_EARLY, "without its end"),
    "ends_inside_chunk.sse": ("The first half", FailureKind.ENDED_EARLY, "without its end"),
    "empty.sse": ("", FailureKind.ENDED_EARLY, "without its end"),
    "only_done.sse": ("", FailureKind.ENDED_EARLY, "without an answer"),
    "malformed_chunk.sse": ("ok", FailureKind.BAD_RESPONSE, "a chunk that is none"),
    "choices_of_the_wrong_kind.sse": ("", FailureKind.BAD_RESPONSE, "a chunk that is none"),
    "error_alone.sse": ("The first", FailureKind.OVERLOADED, "The server is overloaded"),
    "error_beside_choices.sse": ("The first", FailureKind.RATE_LIMIT, "Rate limit exceeded"),
    "error_event.sse": ("The first", FailureKind.OVERLOADED, "Something broke"),
    "error_as_text.sse": ("The first", FailureKind.OVERLOADED, "upstream went away"),
    "error_as_finish_reason.sse": ("The first", FailureKind.OVERLOADED, "broke off: error"),
    "error_flat.sse": ("", FailureKind.CONTEXT_OVERFLOW, "maximum context length"),
    "error_detail.sse": ("", FailureKind.REFUSED_PARAMETER, "Unsupported parameter"),
    "one_object_error.json": ("", FailureKind.QUOTA, "insufficient credits"),
    "one_object_empty.json": ("", FailureKind.BAD_RESPONSE, "no answer"),
    "page.html": ("", FailureKind.BAD_RESPONSE, "HTML"),
}


_ALL = sorted(path.name for path in OWN.iterdir())


@pytest.mark.parametrize("name", _OK)
def test_an_answer_is_read(name: str) -> None:
    """Text, reasoning, finish reason and usage come out of each dialect."""
    answer = read(name)
    assert (answer.text, answer.reasoning, answer.end) == _OK[name]


@pytest.mark.parametrize("name", _BROKEN)
def test_a_broken_answer_fails_once(name: str) -> None:
    """What came before a failure is kept, and the failure says what it is."""
    text, kind, words = _BROKEN[name]
    answer = read(name)
    assert answer.text == text
    assert isinstance(answer.end, Failed)
    assert answer.end.error.kind == kind
    assert words in answer.end.error.detail


@pytest.mark.parametrize("name", _ALL)
def test_no_cut_changes_anything(name: str) -> None:
    """Each transcript, cut at each of its bytes, and into single bytes, says the same."""
    assert_cuts_change_nothing((OWN / name).read_bytes())


@settings(deadline=None)
@given(name=st.sampled_from(_ALL), data=st.data())
def test_many_cuts_change_nothing(name: str, data: st.DataObject) -> None:
    """Each transcript says the same however it is cut, also into empty pieces."""
    stream = (OWN / name).read_bytes()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=20)))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert comparable(fold(decode(*pieces))) == comparable(fold(decode(stream)))


@settings(deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: b"data: " + text.encode()))
def test_any_bytes_end_once(stream: bytes) -> None:
    """No bytes at all can make the decoder raise, or end twice or never."""
    fold(decode(stream))


_KEYS = st.sampled_from(
    [
        "choices",
        "delta",
        "message",
        "content",
        "index",
        "finish_reason",
        "usage",
        "error",
        "detail",
        "refusal",
        "reasoning",
        "reasoning_content",
        "reasoning_details",
        "tool_calls",
        "function_call",
        "function",
        "name",
        "arguments",
        "id",
        "x_groq",
        "type",
        "text",
        "thinking",
        "code",
    ]
)
_JSON: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None, max_examples=200)
@given(st.lists(_JSON, max_size=4))
def test_any_json_ends_once(chunks: list[object]) -> None:
    """Values of the wrong kind in any place never make the decoder raise."""
    fold(decode("".join(f"data: {dumps(chunk)}\n\n" for chunk in chunks).encode()))
    fold(decode(dumps(chunks[0] if chunks else {}).encode()))


@pytest.mark.parametrize("depth", [100, 900, 990, 100_000])
@pytest.mark.parametrize(
    ("left", "right"), [(b'{"error":', b"}"), (b'{"choices":', b"}"), (b"[", b"]")]
)
def test_deep_nesting_ends_once(left: bytes, right: bytes, depth: int) -> None:
    """No depth of nesting exhausts the stack."""
    body = left * depth + b"1" + right * depth
    for stream in (body, b"data: " + body + b"\n\n", b"event: error\ndata: " + body + b"\n\n"):
        assert isinstance(fold(decode(stream)).end, Failed)


def test_text_is_given_out_with_its_bytes() -> None:
    """A delta is emitted by the call that brings its blank line, not later."""
    decoder = ChatCompletionsDecoder()
    assert decoder.decode(b'data: {"choices":[{"delta":{"content":"x"}}]}\n\n') == [TextDelta("x")]
    assert (decoder.finishing, decoder.ended) == (False, False)
    assert decoder.decode(b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n') == []
    assert (decoder.finishing, decoder.ended) == (True, False)
    recorded = Recorded(Step((TextPart("x"),)))
    assert decoder.decode(b"data: [DONE]\n\n") == [recorded, Finished()]
    assert (decoder.finishing, decoder.ended) == (False, True)


def test_the_key_is_taken_out_of_errors() -> None:
    """A server that repeats the key, whole or in a chunk it broke, does not get it shown."""
    said = b'data: {"error":{"message":"key secret-key-1234 is not valid"}}\n\n'
    broken = b'data: {"secret-key-1234\n\n'
    for stream in (said, broken):
        end = fold(decode(stream, secret="secret-key-1234")).end
        assert "secret-key" not in str(end)
        assert "[key]" in str(end)


def test_endless_answers_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a line nor a JSON object can fill the memory."""
    monkeypatch.setattr(sse, "LINE_LIMIT", 1000)
    for first in (b"data: {", b"{"):
        end = fold(decode(first, *[b'"a":' * 20] * 20)).end
        assert isinstance(end, Failed)
        assert end.error.kind == FailureKind.BAD_RESPONSE
