"""Whatever a server does wrong ends as the failure it is, with what was said before it kept."""

from __future__ import annotations

from typing import Any

import pytest
from client_fixtures import ASKED, KEY, PROTOCOLS, ask, failure, make_provider, said

from tickertape.errors import FailureKind
from tickertape.events import Failed
from tickertape.providers.quirks.profiles import Protocol
from tickertape.testing.model_script import (
    CutOff,
    Dropped,
    ErrorEvent,
    Fault,
    Garbage,
    NoEnd,
    Raw,
    ResetFault,
    ScriptedAnswer,
    Silence,
    Stall,
    refusal,
)
from tickertape.testing.model_server import ModelServer

pytest_plugins = ["ways_fixtures"]
pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("each_way")]

every_protocol = pytest.mark.parametrize("protocol", PROTOCOLS)

_PAGE = b"<html><head><title>502 Bad Gateway</title></head></html>"
_CHALLENGE = b"<!DOCTYPE html><html><title>Just a moment...</title></html>"


@every_protocol
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (ErrorEvent(after=1), FailureKind.OVERLOADED),
        (ErrorEvent(after=1, name="rate_limit_error", message="Slow"), FailureKind.RATE_LIMIT),
        (Garbage(after=1), FailureKind.BAD_RESPONSE),
        (NoEnd(after=1), FailureKind.ENDED_EARLY),
        (CutOff(after=1), FailureKind.ENDED_EARLY),
        (ResetFault(after=1), FailureKind.NETWORK),
        (Dropped(), FailureKind.NETWORK),
        (Stall(after=1), FailureKind.STALLED),
        (Stall(after=1, every=0.02), FailureKind.STALLED),
        (Silence(), FailureKind.STALLED),
    ],
    ids=repr,
)
async def test_every_fault_has_its_kind(
    protocol: Protocol, fault: Fault, kind: FailureKind
) -> None:
    """Each fault ends the answer as one failure; the words before it were given out."""
    answer = ScriptedAnswer(pieces=("half", " whole"), fault=fault)
    async with ModelServer(answer) as server:
        events = await ask(server, protocol, first_byte_timeout=0.3, idle_timeout=0.1)
    assert failure(events).kind == kind
    if not isinstance(fault, ResetFault | Dropped | Silence):
        assert said(events).startswith("half")
    assert len(server.requests) == 1


@every_protocol
@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (refusal(401, "No.", name="invalid_api_key"), FailureKind.AUTH, "HTTP 401"),
        (refusal(429, "No.", name="insufficient_quota"), FailureKind.QUOTA, "No."),
        (refusal(529, "Busy", name="overloaded_error"), FailureKind.OVERLOADED, "Busy"),
        (
            refusal(400, "prompt is too long: 9 > 8"),
            FailureKind.CONTEXT_OVERFLOW,
            "too long",
        ),
        (refusal(502, body=_PAGE, content_type="text/html"), FailureKind.OVERLOADED, "502 Bad"),
        (refusal(403, body=_CHALLENGE), FailureKind.BAD_RESPONSE, "Just a moment"),
        (
            Raw(chunks=(_PAGE,), content_type="text/html"),
            FailureKind.BAD_RESPONSE,
            "HTML",
        ),
        (refusal(404, body=b"nothing here"), FailureKind.BAD_RESPONSE, "nothing here"),
        (
            Raw(chunks=(b"no gzip" * 9,), headers={"content-encoding": "gzip"}),
            FailureKind.BAD_RESPONSE,
            "unpack",
        ),
        (
            Raw(status=307, headers={"location": "http://elsewhere.invalid/"}),
            FailureKind.BAD_RESPONSE,
            "redirects",
        ),
        (refusal(400, body=b'{"detail":"Nope"}'), FailureKind.REFUSED_PARAMETER, "Nope"),
    ],
)
async def test_refusals_are_failures(
    protocol: Protocol, answer: Raw, kind: FailureKind, words: str
) -> None:
    """What is not an answer ends as the failure it is, and is asked once."""
    async with ModelServer(answer) as server:
        error = failure(await ask(server, protocol))
    assert error.kind == kind
    assert words in str(error)
    assert len(server.requests) == 1


@every_protocol
async def test_a_long_wait_is_told_and_not_slept(protocol: Protocol) -> None:
    """However long a server asks to wait, whoever knows the reader hears of it at once."""
    async with ModelServer(refusal(429, "Slow down.", retry_after=7777)) as server:
        error = failure(await ask(server, protocol))
    assert (error.kind, error.retry_after) == (FailureKind.RATE_LIMIT, 7777.0)
    assert len(server.requests) == 1


async def test_each_stall_says_which_it_was() -> None:
    """Silence before the answer, silence within it, and mere signs of life are told apart."""
    patience: dict[str, Any] = {"first_byte_timeout": 0.15, "idle_timeout": 0.1}
    plans = (Silence(), Stall(after=1), Stall(after=1, every=0.02))
    async with ModelServer(*(ScriptedAnswer(fault=fault) for fault in plans)) as server:
        details = [failure(await ask(server, **patience)).detail for _ in plans]
    assert details == [
        "nothing came for 0.15 s",
        "nothing came for 0.1 s",
        # Loopback counts as local: four times the idle time.
        "only signs of life came for 0.4 s",
    ]


@every_protocol
@pytest.mark.parametrize(
    "fault", [Stall(after=1), ResetFault(after=1), CutOff(after=1), NoEnd(after=1)]
)
async def test_words_held_back_are_said_however_the_answer_broke_off(
    protocol: Protocol, fault: Fault
) -> None:
    """What may have become a tag is the last that came, and nothing that came is lost."""
    async with ModelServer(ScriptedAnswer(pieces=("if a <", "b"), fault=fault)) as server:
        events = await ask(server, protocol, idle_timeout=0.2)
    assert said(events) == "if a <"
    assert isinstance(events[-1], Failed)


@every_protocol
async def test_keep_alive_comments_are_life(protocol: Protocol) -> None:
    """Comments keep an answer from counting as stalled for as long as content may take."""
    answer = ScriptedAnswer(comments=8, pause=0.05)
    async with ModelServer(answer) as server:
        events = await ask(server, protocol, idle_timeout=0.2, first_byte_timeout=2)
    assert said(events) == "Hello"


async def test_nobody_there() -> None:
    """A refused connection and an unknown name are told apart."""
    async with ModelServer() as server:
        pass
    error = failure(await ask(server))
    assert error.kind == FailureKind.NETWORK
    assert "refuses connections" in error.detail
    error = failure(await ask(server, base_url="http://nowhere.invalid/v1"))
    assert error.kind == FailureKind.NETWORK
    assert "nowhere.invalid" in error.detail


@every_protocol
@pytest.mark.parametrize(
    "answer",
    [
        refusal(401, f"Incorrect API key provided: {KEY}"),
        refusal(400, body=f'{{"detail": "Bearer {KEY} is odd"}}'.encode()),
        ScriptedAnswer(fault=ErrorEvent(message=f"key {KEY} expired")),
    ],
)
async def test_the_key_is_nowhere_to_be_seen(
    protocol: Protocol, answer: Raw | ScriptedAnswer
) -> None:
    """No error that repeats the key shows it, in whatever way it is looked at."""
    async with ModelServer(answer) as server, make_provider(server, protocol) as provider:
        events = [event async for event in provider.stream(ASKED)]
    assert isinstance(events[-1], Failed)
    assert KEY not in repr(events) + str(events[-1].error) + repr(vars(events[-1].error))


@every_protocol
async def test_a_server_that_hangs_up_is_not_called_slow(protocol: Protocol) -> None:
    """A connection that ends before the answer begins is told as what it is."""
    async with ModelServer(ScriptedAnswer(fault=Dropped())) as server:
        error = failure(await ask(server, protocol))
    assert error.kind is FailureKind.NETWORK
    assert error.detail.endswith("hung up")
