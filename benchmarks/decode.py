"""What it costs to turn a chunk of a model's stream into an event: ours, and the SDK's objects.

Both ways read the same bytes from the same in-memory transport, so that the difference is the
decoding. A chunk is a text delta as OpenAI sends it. `python -m benchmarks.decode` prints a table.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator

import httpx2
import openai

from tickertape.events import Finished, TextDelta
from tickertape.providers.chat_completions import ChatCompletionsDecoder

__all__ = ["LIMIT", "run"]

LIMIT = 8.0
"""Microseconds that a chunk may cost in our decoder."""

_CHUNKS = 2000
_ROUNDS = 7


def _chunk(delta: dict[str, str], finish_reason: str | None) -> bytes:
    chunk = {
        "id": "chatcmpl-0123456789abcdefghijklmnopqr",
        "object": "chat.completion.chunk",
        "created": 1790000000,
        "model": "model-a-2026-07-18",
        "service_tier": "default",
        "system_fingerprint": "fp_0123456789",
        "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}],
        "usage": None,
        "obfuscation": "a1b2c3",
    }
    return b"data: " + json.dumps(chunk, separators=(",", ":")).encode() + b"\n\n"


_PIECES = (
    *(_chunk({"content": " word"}, None) for _ in range(_CHUNKS)),
    _chunk({}, "stop"),
    b"data: [DONE]\n\n",
)


class _Body(httpx2.SyncByteStream):
    def __iter__(self) -> Iterator[bytes]:
        yield from _PIECES


def _answer(request: httpx2.Request) -> httpx2.Response:
    headers = {"content-type": "text/event-stream"}
    return httpx2.Response(200, headers=headers, stream=_Body(), request=request)


def _decoder_alone() -> int:
    decoder = ChatCompletionsDecoder()
    events = [event for piece in _PIECES for event in decoder.decode(piece)]
    assert events[-1] == Finished()
    return sum(isinstance(event, TextDelta) for event in events)


def _decoder_over(client: openai.OpenAI) -> int:
    decoder = ChatCompletionsDecoder()
    create = client.chat.completions.with_streaming_response.create
    with create(model="m", messages=[], stream=True) as response:
        events = [event for piece in response.iter_bytes() for event in decoder.decode(piece)]
    assert events[-1] == Finished()
    return sum(isinstance(event, TextDelta) for event in events)


def _sdk_over(client: openai.OpenAI) -> int:
    chunks = client.chat.completions.create(model="m", messages=[], stream=True)
    return sum(bool(chunk.choices and chunk.choices[0].delta.content) for chunk in chunks)


def _microseconds(way: Callable[[], int]) -> float:
    taken = []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        assert way() == _CHUNKS
        taken.append((time.perf_counter() - start) / _CHUNKS * 1e6)
    return statistics.median(taken)


def run() -> str:
    """Measure, and return the table as text."""
    transport = httpx2.Client(transport=httpx2.MockTransport(_answer))
    with openai.OpenAI(base_url="http://x/v1", api_key="k", http_client=transport) as client:
        alone = _microseconds(_decoder_alone)
        ours = _microseconds(lambda: _decoder_over(client))
        theirs = _microseconds(lambda: _sdk_over(client))
    return "\n".join(
        [
            f"decoding a text chunk ({_CHUNKS} chunks, median of {_ROUNDS})     µs a chunk",
            f"  our decoder alone                  (at most {LIMIT:g})   {alone:8.1f}",
            f"  our decoder behind the SDK's transport          {ours:8.1f}",
            f"  the SDK's objects, same transport               {theirs:8.1f}",
            f"  ratio, the SDK's objects to ours                {theirs / ours:8.1f}",
        ]
    )


if __name__ == "__main__":
    print(run())
