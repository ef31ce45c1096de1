"""What the three decoders make of bytes before any protocol is spoken."""

from __future__ import annotations

import pytest

from tickertape.errors import FailureKind
from tickertape.events import Failed, Finished, Usage
from tickertape.providers.chat_completions import ChatCompletionsDecoder
from tickertape.providers.decoder import Decoder
from tickertape.providers.messages import MessagesDecoder
from tickertape.providers.responses import ResponsesDecoder
from tickertape.providers.usage import usage_of

_ANSWERS: dict[type[Decoder], bytes] = {
    ChatCompletionsDecoder: b'{"choices":[{"message":{"content":"ok"},"finish_reason":"stop"}]}',
    ResponsesDecoder: (
        b'{"status":"completed","output":[{"type":"message","content":'
        b'[{"type":"output_text","text":"ok"}]}]}'
    ),
    MessagesDecoder: b'{"type":"message","content":[{"type":"text","text":"ok"}]}',
}
_EACH = pytest.mark.parametrize("decoder", _ANSWERS)


def _end(decoder: type[Decoder], *pieces: bytes) -> Finished | Failed:
    reading = decoder("secret-key-1234")
    events = [event for piece in pieces for event in reading.decode(piece)]
    events += reading.flush()
    end = events[-1]
    assert isinstance(end, Finished | Failed)
    assert reading.ended
    return end


@_EACH
def test_one_object_may_have_a_byte_order_mark(decoder: type[Decoder]) -> None:
    """An answer in one piece is read behind a mark and white space, wherever they are cut."""
    stream = b"\xef\xbb\xbf \r\n" + _ANSWERS[decoder]
    for cut in range(12):
        assert _end(decoder, stream[:cut], stream[cut:]) == Finished("stop")


@_EACH
def test_one_object_that_is_torn_ended_early(decoder: type[Decoder]) -> None:
    """JSON without its end is an answer that broke off, and may be asked for again."""
    end = _end(decoder, _ANSWERS[decoder][:-5])
    assert isinstance(end, Failed)
    assert end.error.kind == FailureKind.ENDED_EARLY


@_EACH
def test_a_list_of_errors_is_an_error(decoder: type[Decoder]) -> None:
    """Errors come in lists too (ai.google.dev/gemini-api, its compatible endpoint)."""
    said = b'[{"error":{"code":429,"message":"secret-key-1234: slow down","status":"X"}}]'
    end = _end(decoder, said)
    assert isinstance(end, Failed)
    assert end.error.kind == FailureKind.RATE_LIMIT
    assert end.error.detail == "[key]: slow down"


@_EACH
def test_a_wait_beyond_all_numbers_is_none(decoder: type[Decoder]) -> None:
    """A server that asks to wait for longer than a float can say is not heard out."""
    said = b'{"error":{"message":"no","resets_in_seconds":1%s}}' % (b"0" * 400)
    for stream in (said, b"data: " + said + b"\n\n"):
        end = _end(decoder, stream)
        assert isinstance(end, Failed)
        assert end.error.retry_after is None


@_EACH
def test_a_list_of_nothing_is_no_answer(decoder: type[Decoder]) -> None:
    """JSON that holds neither an answer nor an error is a bad response."""
    end = _end(decoder, b"[]")
    assert isinstance(end, Failed)
    assert end.error.kind == FailureKind.BAD_RESPONSE


@_EACH
def test_no_error_shows_the_key(decoder: type[Decoder]) -> None:
    """What is quoted of an answer that cannot be read is quoted without the key."""
    for stream in (b'{"x":"secret-key-1234"}', b'data: {"secret-key-1234"\n\n'):
        assert "secret-key" not in str(_end(decoder, stream))


@pytest.mark.parametrize(
    ("said", "usage"),
    [
        ({"prompt_tokens": 3, "completion_tokens": 4}, Usage(3, 4)),
        ({"input_tokens": 3, "output_tokens": 0}, Usage(3, 0)),
        (
            {
                "prompt_tokens": 3,
                "completion_tokens": 4,
                "prompt_tokens_details": {"cached_tokens": 2},
            },
            Usage(3, 4, 2),
        ),
        (
            {
                "input_tokens": 3,
                "output_tokens": 4,
                "input_tokens_details": {"cached_tokens": None},
            },
            Usage(3, 4),
        ),
        (
            {"input_tokens": 3, "output_tokens": 4, "input_tokens_details": {"cached_tokens": 1}},
            Usage(3, 4, 1),
        ),
        (
            {"prompt_tokens": 3, "completion_tokens": 4, "prompt_cache_hit_tokens": 2},
            Usage(3, 4, 2),
        ),
        ({"prompt_tokens": 3}, None),
        ({"prompt_tokens": True, "completion_tokens": 4}, None),
        ({"prompt_tokens": -3, "completion_tokens": 4}, None),
        ({"prompt_tokens": "3", "completion_tokens": 4.5}, None),
        ([3, 4], None),
        (None, None),
    ],
)
def test_usage_is_two_numbers(said: object, usage: Usage | None) -> None:
    """Usage is read in the words of either protocol, and nothing but numbers of tokens is."""
    assert usage_of(said) == usage
