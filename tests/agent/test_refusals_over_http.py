"""What servers were seen to refuse with, and answers that say nothing, as a turn meets them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager

import pytest
from reading import Reader, read, turn

from tickertape.agent.loop import ModelAgent
from tickertape.agent.models import Model
from tickertape.conversation import Utterance
from tickertape.errors import FailureKind
from tickertape.events import Failed, Finished
from tickertape.providers.endpoint import Endpoint
from tickertape.providers.model_provider import ModelProvider
from tickertape.testing.byte_server import ByteServer, Script, UntilGone, chunked, head
from tickertape.testing.model_script import Plan, Raw, ScriptedAnswer, rendered
from tickertape.testing.model_server import ModelServer
from tickertape.testing.providers import ScriptedProvider

pytestmark = pytest.mark.anyio

ROLE = b'data: {"id": "c1", "choices": [{"index": 0, "delta": {"role": "assistant"}}]}\n\n'
STOP = b'data: {"id": "c1", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}\n\n'
THOUGHT = b'data: {"id": "c1", "choices": [{"index": 0, "delta": {"reasoning": "It is 42."}}]}\n\n'
DONE = b"data: [DONE]\n\n"
EMPTY_STOP = Raw(chunks=(ROLE, STOP, DONE))
REASONING_ONLY = Raw(chunks=(ROLE, THOUGHT, STOP, DONE))
BAD_SAMPLE = {
    "message": "Failed to call a function. Please adjust your prompt. See 'failed_generation' for"
    " more details.",
    "type": "invalid_request_error",
    "code": "tool_use_failed",
    "failed_generation": '{"name": "calculate", "arguments": {"expression": "6*7"}}',
    "status_code": 400,
}
OVERFLOW = "Invalid request: Your request exceeded model token limit: 262144 (requested: 291351)"
RANGE = "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 129024]"
ANSWER = ScriptedAnswer(pieces=("42.",))
PAST = tuple(
    Utterance("user" if n % 2 == 0 else "assistant", f"{n} " + "x " * 200) for n in range(40)
)


def body(said: object, status: int = 400) -> Raw:
    """Make a refusal."""
    data = json.dumps(said).encode()
    return Raw(chunks=(data,), status=status, content_type="application/json")


def inside(said: object) -> Raw:
    """Make a stream that begins well and then reports an error."""
    return Raw(chunks=(ROLE, b"event: error\ndata: " + json.dumps({"error": said}).encode()))


@asynccontextmanager
async def model_at(base_url: str) -> AsyncGenerator[Model, None]:
    """Make a model that is asked for a temperature."""
    endpoint = Endpoint(
        protocol="chat_completions",
        base_url=base_url,
        model="m",
        parameters={"temperature": 0},
    )
    async with aclosing(ModelProvider(endpoint)) as provider:
        yield Model("one", provider)


async def play(*plans: Plan, fallback: bool = True) -> tuple[Reader, ModelServer, int]:
    """Ask a model that answers as planned, and one that stands in; say how often it had to."""
    two = ScriptedProvider([(0, "I stand in.")])
    async with ModelServer(*plans) as server, model_at(server.base_url) as one:
        agent = ModelAgent([one, Model("two", two)], fallbacks=["two"] if fallback else [])
        reader = await read(agent, turn("now?", *PAST))
    return reader, server, len(two.prompts)


@pytest.mark.parametrize("message", [OVERFLOW, RANGE])
async def test_an_overflow_is_asked_again_with_less(message: str) -> None:
    """Nobody is told that a setting was refused: the model reads half, and answers."""
    said = {"message": message, "type": "invalid_request_error", "code": "invalid_parameter_error"}
    reader, server, stood_in = await play(body({"error": said}), ANSWER)
    assert (reader.screen, stood_in) == (["42."], 0)
    first, second = (str(request.body["messages"]) for request in server.requests)
    assert len(second) < len(first) * 0.6
    assert all("temperature" in request.body for request in server.requests)


async def test_an_unknown_model_is_refused_at_once() -> None:
    """The status outweighs the vague name: the next model is asked, this one not again."""
    said = {"message": 'model "x" not found, try pulling it first', "type": "api_error"}
    reader, server, stood_in = await play(body({"error": said}, 404))
    assert (reader.screen, len(server.requests), stood_in) == (["I stand in."], 1, 1)


async def test_a_wait_in_words_is_known() -> None:
    """An array around the error, and no header: where another model is left, it is asked."""
    said = [{"error": {"code": 429, "message": "Please retry in 28.1s.", "status": "RESOURCE"}}]
    reader, server, stood_in = await play(body(said, 429))
    assert (reader.screen, len(server.requests), stood_in) == (["I stand in."], 1, 1)
    said[0]["error"]["message"] = "Please retry in 1m28s."
    reader, server, _ = await play(body(said, 429), fallback=False)
    assert isinstance(reader.end, Failed)
    assert (reader.end.error.retry_after, len(server.requests)) == (88.0, 1)


async def test_a_wait_up_to_a_moment_is_known_inside_a_stream_too() -> None:
    """A gateway passes the headers of its server on: seconds are made of them."""
    moment = f"{(time.time() + 3000) * 1000:.0f}"
    said = {"code": 429, "message": "Slow.", "metadata": {"headers": {"X-RateLimit-Reset": moment}}}
    for plan in (inside(said), body({"error": said}, 429)):
        reader, server, _ = await play(plan, fallback=False)
        assert isinstance(reader.end, Failed)
        assert reader.end.error.kind is FailureKind.RATE_LIMIT
        assert reader.end.error.retry_after == pytest.approx(3000, abs=20)
        assert len(server.requests) == 1


async def test_a_temperature_that_is_not_allowed_is_left_out() -> None:
    """The refusal is worked around within the attempt, in every server's words."""
    said = {"message": "invalid temperature: only 1 is allowed for this model"}
    for plan in (body({"error": said}), inside(said)):
        reader, server, stood_in = await play(plan, ANSWER)
        assert (reader.screen, stood_in) == (["42."], 0)
        assert ["temperature" in request.body for request in server.requests] == [True, False]


async def test_an_invalid_configuration_is_not_overloaded() -> None:
    """What says inside a stream that it is invalid is not asked four times."""
    reader, server, _ = await play(
        inside({"message": "Invalid model configuration."}), fallback=False
    )
    assert isinstance(reader.end, Failed)
    assert reader.end.error.kind is FailureKind.REFUSED_PARAMETER
    assert len(server.requests) == 1


async def test_a_bad_sample_is_asked_for_again() -> None:
    """A call that the server could not read says nothing about the settings."""
    inner, outer, never = await asyncio.gather(
        play(inside(BAD_SAMPLE), ANSWER),
        play(body({"error": BAD_SAMPLE}), ANSWER),
        play(inside(BAD_SAMPLE)),
    )
    for reader, server, stood_in in (inner, outer):
        assert (reader.screen, stood_in) == (["42."], 0)
        assert all("temperature" in request.body for request in server.requests)
    reader, server, stood_in = never
    assert (reader.screen, len(server.requests), stood_in) == (["I stand in."], 3, 1)


@pytest.mark.parametrize("empty", [EMPTY_STOP, REASONING_ONLY])
async def test_an_empty_answer_is_asked_for_once_more(empty: Raw) -> None:
    """Then the next model answers; where there is none, the end says that there was nothing."""
    played = await asyncio.gather(play(empty, ANSWER), play(empty), play(empty, fallback=False))
    seen = [(reader.screen, len(server.requests), two) for reader, server, two in played]
    assert seen == [(["42."], 2, 0), (["I stand in."], 2, 1), ([], 2, 0)]
    assert played[-1][0].end == Finished()


async def test_a_server_that_speaks_no_http_meets_retry_and_fallback() -> None:
    """As any failure: asked again, then the next model; half an answer is begun anew."""
    whole = head("200 OK", "transfer-encoding: chunked")
    begun = rendered(ANSWER, "chat_completions").chunks
    scripts: tuple[Script, ...] = (
        [b"no http at all\r\n\r\n"],
        [whole, chunked(*begun[:2], last=False), b"ZZ\r\n", UntilGone()],
    )
    for script in scripts:
        two = ScriptedProvider([(0, "I stand in.")])
        async with ByteServer(script) as server, model_at(server.base_url) as one:
            agent = ModelAgent([one, Model("two", two)], fallbacks=["two"])
            reader = await read(agent)
        assert (reader.screen, server.connections, len(two.prompts)) == (["I stand in."], 2, 1)
        async with (
            ByteServer(script, [whole + chunked(*begun)]) as server,
            model_at(server.base_url) as one,
        ):
            reader = await read(ModelAgent([one]))
        assert (reader.screen, reader.end is not None) == (["42."], True)
