"""A refused request is worked around within its stream, and what helped is remembered."""

from __future__ import annotations

import json

import pytest
from client_fixtures import ASKED, KEY, PROTOCOLS, ask, failure, make_provider, said, step

from tickertape.conversation import Thought, ToolCall, ToolResult
from tickertape.errors import FailureKind
from tickertape.ports import Prompt, ToolSpec
from tickertape.providers.quirks.profile import Profile
from tickertape.providers.quirks.profiles import Protocol
from tickertape.providers.quirks.workarounds import EXPIRY
from tickertape.testing.model_script import ErrorEvent, ScriptedAnswer, refusal
from tickertape.testing.model_server import ModelServer

pytestmark = pytest.mark.anyio

every_protocol = pytest.mark.parametrize("protocol", PROTOCOLS)

_VERIFY = refusal(
    400,
    "Your organization must be verified to stream this model.",
    name="unsupported_value",
    parameter="stream",
)


class _Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@every_protocol
async def test_a_parameter_is_left_out_until_its_workaround_expires(protocol: Protocol) -> None:
    """One refused request teaches all that follow; after an hour the parameter is tried again."""
    clock = _Clock()
    async with ModelServer() as server:
        server.refuse("temperature")
        settings = {"parameters": {"temperature": 0}, "now": clock}
        async with make_provider(server, protocol, **settings) as provider:
            for later in (0.0, EXPIRY - 1, 2.0):
                clock.now += later
                assert said([event async for event in provider.stream(ASKED)]) == "Hello"
    tried = ["temperature" in request.body for request in server.requests]
    assert tried == [True, False, False, True, False]


@every_protocol
async def test_a_model_that_may_not_stream_is_asked_for_one_answer(protocol: Protocol) -> None:
    """The same question comes back as one JSON object, read by the same decoder."""
    async with ModelServer(ScriptedAnswer(pieces=(Thought("Hm."), "Hello"))) as server:
        server.refuse("stream", value=True, answer=_VERIFY)
        async with make_provider(server, protocol) as provider:
            for _ in range(2):
                events = [event async for event in provider.stream(ASKED)]
                assert said(events) == "Hello"
                assert len(step(events).parts) == 2
    assert [request.body.get("stream", False) for request in server.requests] == [
        True,
        False,
        False,
    ]


async def test_streaming_with_tools_alone_is_given_up() -> None:
    """Where only tools forbid streaming, questions without tools are streamed still."""
    words = "This model doesn't support tool use in streaming mode."
    tools = (ToolSpec("clock", "Tell the time."),)
    asked = Prompt(ASKED.entries, tools)
    async with (
        ModelServer(refusal(400, words), ScriptedAnswer()) as server,
        make_provider(server) as provider,
    ):
        for prompt in (asked, asked, ASKED):
            assert said([event async for event in provider.stream(prompt)]) == "Hello"
    streamed = [request.body.get("stream", False) for request in server.requests]
    assert streamed == [True, False, False, True]


@pytest.mark.parametrize(
    "answer",
    [
        refusal(422, body=b'{"detail":"extra fields not permitted: stream_options"}'),
        refusal(
            422,
            body=json.dumps(
                {
                    "message": {
                        "detail": [{"type": "extra_forbidden", "loc": ["body", "stream_options"]}]
                    }
                }
            ).encode(),
        ),
        refusal(400, "Unknown parameter: 'stream_options'.", parameter="stream_options"),
    ],
)
async def test_stream_options_are_left_out_where_refused(answer: object) -> None:
    """However a strict server says it, the option goes."""
    async with ModelServer() as server:
        server.refuse("stream_options", answer=answer)  # type: ignore[arg-type]
        assert said(await ask(server)) == "Hello"
    assert ["stream_options" in request.body for request in server.requests] == [True, False]


async def test_the_operator_is_told_of_a_workaround(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody would else learn why a model has no tools any more; the key is not in the line."""
    words = f"m does not support tools (key {KEY})"
    asked = Prompt(ASKED.entries, (ToolSpec("clock", "Tell the time."),))
    with caplog.at_level("INFO", logger="tickertape"):
        async with ModelServer() as server:
            server.refuse("tools", answer=refusal(400, words))
            assert said(await ask(server, prompt=asked)) == "Hello"
    (line,) = caplog.messages
    assert "WithoutParameter(name='tools')" in line
    assert "does not support tools" in line
    assert KEY not in line


async def test_the_limit_gets_its_other_name() -> None:
    """`max_tokens` becomes `max_completion_tokens` where the server says so."""
    words = (
        "Unsupported parameter: 'max_tokens' is not supported with this model."
        " Use 'max_completion_tokens' instead."
    )
    async with ModelServer() as server:
        server.refuse("max_tokens", answer=refusal(400, words, name="unsupported_parameter"))
        assert said(await ask(server, max_tokens=9)) == "Hello"
    assert server.requests[-1].body["max_completion_tokens"] == 9


async def test_a_limit_that_has_no_name_there_is_left_out() -> None:
    """When both names are refused the answer comes without a limit."""
    async with ModelServer() as server:
        server.refuse("max_tokens")
        server.refuse("max_completion_tokens")
        assert said(await ask(server, max_tokens=9)) == "Hello"
    assert len(server.requests) == 3
    assert not any("max" in name for name in server.requests[-1].body)


async def test_several_workarounds_in_one_stream() -> None:
    """Each refusal is worked around in its turn, unseen by the user."""
    async with ModelServer() as server:
        for name in ("temperature", "top_p", "stream_options"):
            server.refuse(name)
        events = await ask(server, parameters={"temperature": 0, "top_p": 1})
    assert said(events) == "Hello"
    assert len(server.requests) == 4


async def test_reasoning_is_sent_back_where_it_must_be() -> None:
    """A server that misses its thinking gets it, with the calls that it belongs to."""
    words = "The `reasoning_content` in the thinking mode must be passed back to the API."
    call = ToolCall("c1", "clock", "{}")
    async with (
        ModelServer(ScriptedAnswer(pieces=(Thought("Hm."), call))) as server,
        make_provider(server) as provider,
    ):
        first = [event async for event in provider.stream(ASKED)]
        server.plan(refusal(400, words), ScriptedAnswer())
        entries = (*ASKED.entries, step(first), ToolResult("c1", "clock", "noon"))
        assert said([event async for event in provider.stream(Prompt(entries))]) == "Hello"
    assert ["Hm." in str(request.body) for request in server.requests] == [False, False, True]


@pytest.mark.parametrize(
    ("protocol", "words"),
    [
        (
            "chat_completions",
            "for 'role:assistant': ('messages.2' : property 'reasoning_content' is unsupported)",
        ),
        ("responses", "The encrypted content c2ln...XJl could not be verified."),
        (
            "responses",
            "Item 'fc_1' was provided without its required 'reasoning' item: 'rs_1'.",
        ),
        ("messages", "messages.1.content.0: Invalid `signature` in `thinking` block"),
    ],
)
async def test_reasoning_is_kept_back_where_it_is_refused(protocol: Protocol, words: str) -> None:
    """A server that does not take its own thinking back is asked without it."""
    profile = Profile(returns_reasoning="always") if protocol == "chat_completions" else None
    call = ToolCall("c1", "clock", "{}")
    async with (
        ModelServer(ScriptedAnswer(pieces=(Thought("Hm."), call))) as server,
        make_provider(server, protocol, profile=profile) as provider,
    ):
        first = [event async for event in provider.stream(ASKED)]
        server.plan(refusal(400, words), ScriptedAnswer())
        entries = (*ASKED.entries, step(first), ToolResult("c1", "clock", "noon"))
        assert said([event async for event in provider.stream(Prompt(entries))]) == "Hello"
    assert ["Hm." in str(request.body) for request in server.requests] == [False, True, False]
    assert "noon" in str(server.requests[-1].body)


async def test_a_refusal_inside_a_stream_is_worked_around_too() -> None:
    """A gateway that has begun to stream before its model refused is asked again."""
    words = "Unsupported value: 'temperature' does not support 0 with this model."
    fault = ErrorEvent(after=0, name="unsupported_value", message=words)
    async with ModelServer(ScriptedAnswer(fault=fault), ScriptedAnswer()) as server:
        assert said(await ask(server, parameters={"temperature": 0})) == "Hello"
    assert ["temperature" in request.body for request in server.requests] == [True, False]


async def test_a_refusal_after_words_is_the_end() -> None:
    """Once anything was said nothing is asked again."""
    fault = ErrorEvent(after=1, name="unsupported_value", message="'temperature' is unsupported")
    async with ModelServer(ScriptedAnswer(fault=fault), ScriptedAnswer()) as server:
        events = await ask(server, parameters={"temperature": 0})
    assert failure(events).kind == FailureKind.REFUSED_PARAMETER
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        refusal(400, "no"),
        refusal(400, "Invalid schema for function 'clock'.", parameter="tools[0].function"),
        refusal(401, "Unsupported parameter: 'temperature'"),
        refusal(400, "'temperature' is unsupported", name="context_length_exceeded"),
        refusal(429, "'temperature' is unsupported"),
    ],
)
async def test_what_no_workaround_is_for_is_the_answer(answer: object) -> None:
    """Other refusals, and failures of other kinds, are told after one request."""
    tools = (ToolSpec("clock", "Tell the time."),)
    async with ModelServer(answer) as server:  # type: ignore[arg-type]
        asked = Prompt(ASKED.entries, tools)
        failure(await ask(server, prompt=asked, parameters={"temperature": 0}))
    assert len(server.requests) == 1


async def test_what_did_not_help_is_not_remembered() -> None:
    """A workaround after which the server still refuses is not applied to the next question."""
    words = "'temperature' is unsupported"
    async with (
        ModelServer(refusal(400, words), refusal(400, "no"), ScriptedAnswer()) as server,
        make_provider(server, parameters={"temperature": 0}) as provider,
    ):
        failure([event async for event in provider.stream(ASKED)])
        assert said([event async for event in provider.stream(ASKED)]) == "Hello"
    assert ["temperature" in request.body for request in server.requests] == [True, False, True]
