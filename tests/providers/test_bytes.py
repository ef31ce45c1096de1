"""Servers that misbehave at the level of bytes: by the SDKs and without them, one suite.

An answer that is not whole never looks whole, one that is whole is never missed, nothing is raised,
and nobody waits for what cannot come any more.
"""

from __future__ import annotations

import asyncio
import gzip
import itertools
import ssl
import zlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, asynccontextmanager

import pytest
from client_fixtures import ASKED, KEY, OPENED, PROTOCOLS, failure, said
from hypothesis import given, settings
from hypothesis import strategies as st

from tickertape.errors import FailureKind
from tickertape.events import Event, Failed, Finished, TextDelta
from tickertape.providers.connections.unpacking import Unpacker, unpacked
from tickertape.providers.connections.vendors import open_direct
from tickertape.providers.endpoint import Endpoint
from tickertape.providers.model_provider import ModelProvider
from tickertape.providers.quirks.profile import Profile
from tickertape.providers.quirks.profiles import Protocol
from tickertape.testing.byte_server import (
    ByteServer,
    Close,
    NextRequest,
    ResetStep,
    Script,
    Step,
    Until,
    UntilGone,
    chunked,
    head,
)
from tickertape.testing.model_script import ScriptedAnswer, rendered

pytest_plugins = ["ways_fixtures"]
pytestmark = pytest.mark.anyio
every_way = pytest.mark.usefixtures("each_way")
every_protocol = pytest.mark.parametrize("protocol", PROTOCOLS)

CHUNKED = "transfer-encoding: chunked"
HEAD = head("200 OK", CHUNKED)
PATIENCE = 600.0
"""Seconds that a server may be silent: whatever is told sooner was told at once."""


def parts(protocol: Protocol) -> tuple[bytes, ...]:
    """Write an answer, in the parts in which it is said."""
    return rendered(ScriptedAnswer(pieces=("Hel", "lo")), protocol).chunks


def half(protocol: Protocol) -> bytes:
    """Write the beginning of an answer, as chunks."""
    return chunked(*parts(protocol)[:2], last=False)


def body(protocol: Protocol) -> bytes:
    """Write an answer in one piece."""
    return b"".join(parts(protocol))


@asynccontextmanager
async def provider_at(
    base_url: str, protocol: Protocol = "chat_completions", profile: Profile | None = None
) -> AsyncGenerator[ModelProvider, None]:
    """Open a provider that has all the time in the world."""
    endpoint = Endpoint(
        protocol=protocol,
        base_url=base_url,
        model="m",
        api_key=KEY,
        profile=profile,
        first_byte_timeout=PATIENCE,
        idle_timeout=PATIENCE,
    )
    provider = ModelProvider(endpoint, opened=OPENED.get())
    try:
        yield provider
    finally:
        await provider.aclose()


async def play(
    scripts: Mapping[str, Script], protocol: Protocol = "chat_completions"
) -> dict[str, list[Event]]:
    """Ask a server once for each script, and give all that came, by their names."""
    played: dict[str, list[Event]] = {}
    async with (
        ByteServer(*scripts.values()) as server,
        provider_at(server.base_url, protocol) as provider,
    ):
        for number, name in enumerate(scripts, 1):
            async with asyncio.timeout(20):
                events = [event async for event in provider.stream(ASKED)]
            assert len(server.requests) == server.connections == number, name
            assert sum(isinstance(event, Finished | Failed) for event in events) == 1, name
            assert isinstance(events[-1], Finished | Failed), name
            played[name] = events
    return played


def end_of(events: list[Event]) -> str:
    """Return the reason of the end; of a failure, its kind."""
    end = events[-1]
    return end.reason if isinstance(end, Finished) else str(failure(events).kind)


NO_ANSWER: Mapping[str, tuple[Script, FailureKind]] = {
    "no HTTP": ([b"hello?\r\n\r\n"], FailureKind.BAD_RESPONSE),
    "no HTTP, held": ([b"hello?\r\n\r\n", UntilGone()], FailureKind.BAD_RESPONSE),
    "TLS": ([b"\x15\x03\x01\x00\x02\x02\x50"], FailureKind.BAD_RESPONSE),
    "HTTP/2": ([b"HTTP/2 200\r\n\r\n"], FailureKind.BAD_RESPONSE),
    "a status of two digits": ([b"HTTP/1.1 99 No\r\n\r\n"], FailureKind.BAD_RESPONSE),
    "no colon": ([head("200 OK", "nocolon")], FailureKind.BAD_RESPONSE),
    "NUL": ([head("200 OK", "x: a\0b")], FailureKind.BAD_RESPONSE),
    "a header of 1 MiB": ([head("200 OK", "x: " + "a" * 2**20)], FailureKind.BAD_RESPONSE),
    "no length": ([head("200 OK", "content-length: abc")], FailureKind.BAD_RESPONSE),
    "a length below nothing": ([head("200 OK", "content-length: -5")], FailureKind.BAD_RESPONSE),
    "two lengths": (
        [head("200 OK", "content-length: 5", "content-length: 7")],
        FailureKind.BAD_RESPONSE,
    ),
    "no first chunk size": ([HEAD, b"xyz\r\n", UntilGone()], FailureKind.BAD_RESPONSE),
    "no first chunk size, at once": ([HEAD + b"xyz\r\n", UntilGone()], FailureKind.BAD_RESPONSE),
    "another protocol": (
        [head("101 Switching", "upgrade: h2c", "connection: upgrade")],
        FailureKind.BAD_RESPONSE,
    ),
    "nothing": ([Close()], FailureKind.NETWORK),
    "a reset": ([ResetStep()], FailureKind.NETWORK),
    "half a head": ([b"HTTP/1.1 200 OK\r\ncontent"], FailureKind.NETWORK),
    "half a head and a reset": ([b"HTTP/1.1 200 OK\r\ncon", ResetStep()], FailureKind.NETWORK),
    "a redirect": (
        [head("302 Found", "location: http://x.invalid/", "content-length: 0")],
        FailureKind.BAD_RESPONSE,
    ),
    "204": ([head("204 No Content")], FailureKind.ENDED_EARLY),
    "an empty body": ([head("200 OK", "content-length: 0")], FailureKind.ENDED_EARLY),
    "an empty body in chunks": ([HEAD + chunked()], FailureKind.ENDED_EARLY),
    "a page": (
        [head("200 OK", content_type="text/html") + b"<html>hello</html>"],
        FailureKind.BAD_RESPONSE,
    ),
    "garbage that is not packed": (
        [head("200 OK", CHUNKED, "content-encoding: gzip") + chunked(b"no gzip" * 9)],
        FailureKind.BAD_RESPONSE,
    ),
}
"""What is no answer at all: what the server does, and what that is."""


@every_way
@every_protocol
async def test_what_is_no_answer_is_a_failure_at_once(protocol: Protocol) -> None:
    """Nothing is raised, nothing was said, and no timeout is waited for."""
    played = await play({name: script for name, (script, _) in NO_ANSWER.items()}, protocol)
    ends = {name: (len(events), failure(events).kind) for name, events in played.items()}
    assert ends == {name: (1, kind) for name, (_, kind) in NO_ANSWER.items()}
    assert KEY not in repr(played)


def torn(protocol: Protocol) -> dict[str, tuple[Script, FailureKind]]:
    """Say how half an answer can end, and what that is."""
    begun, whole = half(protocol), body(protocol)
    longer = head("200 OK", f"content-length: {len(whole)}") + b"".join(parts(protocol)[:2])
    bare = head("200 OK", "connection: close") + b"".join(parts(protocol)[:2])
    half_size = len(b"".join(parts(protocol)[:2]))
    return {
        "no chunk size": ([HEAD, begun, b"ZZZ\r\nfoo"], FailureKind.BAD_RESPONSE),
        "no chunk size, held": ([HEAD, begun, b"ZZ\r\n", UntilGone()], FailureKind.BAD_RESPONSE),
        "no chunk size, at once": ([HEAD + begun + b"ZZ\r\n"], FailureKind.BAD_RESPONSE),
        "a chunk beyond its size": (
            [HEAD, begun, b"2\r\nfoooo\r\n", UntilGone()],
            FailureKind.BAD_RESPONSE,
        ),
        "a cut in a chunk": ([HEAD, begun + b"50\r\nfoo"], FailureKind.ENDED_EARLY),
        "a cut between chunks": ([HEAD, begun], FailureKind.ENDED_EARLY),
        "a reset": ([HEAD, begun, ResetStep()], FailureKind.NETWORK),
        "a last chunk": ([HEAD, begun + b"0\r\n\r\n"], FailureKind.ENDED_EARLY),
        "a length that is not reached": ([longer], FailureKind.ENDED_EARLY),
        "a length that is not reached, and a reset": ([longer, ResetStep()], FailureKind.NETWORK),
        "a length that is too short": (
            [head("200 OK", f"content-length: {half_size}") + whole],
            FailureKind.ENDED_EARLY,
        ),
        "no length": ([bare], FailureKind.ENDED_EARLY),
        "no length, and a reset": ([bare, ResetStep()], FailureKind.NETWORK),
        "HTTP/1.0": ([bare.replace(b"HTTP/1.1", b"HTTP/1.0", 1)], FailureKind.ENDED_EARLY),
    }


@every_way
@every_protocol
async def test_half_an_answer_is_told_as_that_at_once(protocol: Protocol) -> None:
    """However the bytes end, what came was said, and the end is a failure without a wait."""
    expected = torn(protocol)
    played = await play({name: script for name, (script, _) in expected.items()}, protocol)
    ends = {name: (said(events), failure(events).kind) for name, events in played.items()}
    assert ends == {name: ("Hel", kind) for name, (_, kind) in expected.items()}


def whole(protocol: Protocol) -> dict[str, Script]:
    """Say how a whole answer can come, and what can follow it."""
    chunks, plain = chunked(*parts(protocol)), body(protocol)
    unended = chunked(*parts(protocol), last=False)
    packed = gzip.compress(plain)
    members = b"".join(gzip.compress(part) for part in parts(protocol))

    def as_gzip(data: bytes, encoding: str = "gzip") -> bytes:
        return head("200 OK", CHUNKED, f"content-encoding: {encoding}") + chunked(data)

    return {
        "byte by byte": [bytes([byte]) for byte in HEAD + chunks],
        "at once": [HEAD + chunks],
        "16 KiB in a header": [head("200 OK", CHUNKED, "x: " + "a" * 16_384), chunks],
        "60 KiB of headers": [
            head("200 OK", CHUNKED, *(f"x-{n}: {'a' * 6000}" for n in range(10))) + chunks
        ],
        "200 headers": [head("200 OK", CHUNKED, *(f"x-{n}: a" for n in range(200))) + chunks],
        "a header in Latin-1": [head("200 OK", CHUNKED, "x: \xe9\xff") + chunks],
        "100 first": [b"HTTP/1.1 100 Continue\r\n\r\n", HEAD + chunks],
        "103 first": [b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" + HEAD + chunks],
        "no reason": [HEAD.replace(b"200 OK", b"200", 1) + chunks],
        "lines that end with LF": [HEAD.replace(b"\r\n", b"\n") + chunks],
        "extensions of a chunk": [HEAD + chunks.replace(b"\r\n", b";a=b\r\n", 1)],
        "trailers": [HEAD + unended + b"0\r\nx: y\r\n\r\n"],
        "broken trailers": [HEAD + unended + b"0\r\nbroken\r\n\r\n"],
        "garbage behind it": [HEAD + chunks + b"garbage\r\n\r\n"],
        "garbage behind it, later": [HEAD, chunks, b"garbage\r\n\r\n"],
        "a length that is too short for garbage": [
            head("200 OK", f"content-length: {len(plain)}") + plain + b"garbage"
        ],
        "no last chunk": [HEAD, unended],
        "no last chunk, held": [HEAD, unended, UntilGone()],
        "no last chunk, and no chunk": [HEAD, unended + b"ZZ\r\n"],
        "no last chunk, and a reset": [HEAD, unended, ResetStep()],
        "a length that is too long": [head("200 OK", f"content-length: {len(plain) + 9}") + plain],
        "a length that is too long, held": [
            head("200 OK", f"content-length: {len(plain) + 9}") + plain,
            UntilGone(),
        ],
        "no length": [head("200 OK") + plain],
        "HTTP/1.0": [head("200 OK").replace(b"1.1", b"1.0", 1) + plain],
        "gzip": [as_gzip(packed)],
        "gzip without its sums": [as_gzip(packed[:-8])],
        "gzip in members": [as_gzip(members)],
        "gzip and garbage": [as_gzip(packed + b"\0garbage")],
        "deflate": [as_gzip(zlib.compress(plain), "deflate")],
        "bare deflate": [as_gzip(zlib.compress(plain)[2:-4], "deflate")],
        "an encoding that is none": [as_gzip(plain, "identity")],
        "an unknown encoding": [as_gzip(plain, "none")],
    }


@every_way
@every_protocol
async def test_a_whole_answer_is_taken(protocol: Protocol) -> None:
    """However it is wrapped and whatever follows it: it is there, once, and nothing failed."""
    played = await play(whole(protocol), protocol)
    ends = {name: (said(events), end_of(events)) for name, events in played.items()}
    assert ends == dict.fromkeys(played, ("Hello", "stop"))


_SLOW = b'{"error": {"message": "Slow down.", "type": "rate_limit_error"}}'
_LIMITED = head("429 No", "retry-after: 7", "content-length: 500", content_type="application/json")
_IN_CHUNKS = head("429 No", "retry-after: 7", CHUNKED, content_type="application/json")
_PACKED = head("429 No", "retry-after: 7", "content-encoding: gzip")

REFUSALS: Mapping[str, tuple[Script, str]] = {
    "whole": ([_IN_CHUNKS + chunked(_SLOW)], "Slow down."),
    "cut": ([_LIMITED + _SLOW], "Slow down."),
    "reset": ([_LIMITED + _SLOW, ResetStep()], "Slow down."),
    "no chunk size": ([_IN_CHUNKS + b"zz\r\n" + _SLOW, UntilGone()], ""),
    "no chunk size, later": ([_IN_CHUNKS, chunked(_SLOW, last=False) + b"zz\r\n"], "Slow down."),
    "packed": ([_PACKED + gzip.compress(_SLOW)], "Slow down."),
    "packed and cut": ([_PACKED + gzip.compress(_SLOW)[:-9]], ""),
    "not packed": ([_PACKED + _SLOW], "Slow down."),
    "garbage behind it": ([_IN_CHUNKS + chunked(_SLOW) + b"garbage\r\n\r\n"], "Slow down."),
    "no body": ([_IN_CHUNKS + chunked()], "no reason"),
    "endless": ([_IN_CHUNKS + chunked(_SLOW + b" " * 300_000, last=False), UntilGone()], "Slow"),
}
"""Ways in which the body of a refusal can be broken, and words of it that are read."""


@every_way
@every_protocol
async def test_a_refusal_means_what_its_status_says(protocol: Protocol) -> None:
    """A torn body is no reason to forget the status and the wait."""
    played = await play({name: script for name, (script, _) in REFUSALS.items()}, protocol)
    errors = {name: failure(events) for name, events in played.items()}
    told = {name: (said.kind, said.status, said.retry_after) for name, said in errors.items()}
    assert told == dict.fromkeys(REFUSALS, (FailureKind.RATE_LIMIT, 429, 7.0))
    unread = [name for name, (_, words) in REFUSALS.items() if words not in errors[name].detail]
    assert unread == []


@every_way
async def test_words_come_before_the_bytes_end() -> None:
    """What was sent is said while the server waits; what breaks then breaks at once."""
    broken = asyncio.Event()
    script: list[Step] = [HEAD, half("messages"), Until(broken), b"ZZ\r\n", UntilGone()]
    async with (
        ByteServer(script) as server,
        provider_at(server.base_url, "messages") as provider,
        asyncio.timeout(20),
        aclosing(provider.stream(ASKED)) as events,
    ):
        assert await anext(events) == TextDelta("Hel")
        broken.set()
        assert isinstance(await anext(events), Failed)


@every_way
async def test_what_came_is_read_although_the_connection_broke_meanwhile() -> None:
    """A reader that is slow loses nothing of what had come when the server went."""
    gone = asyncio.Event()
    chunks = parts("chat_completions")
    script: list[Step] = [HEAD, chunked(*chunks[:2], last=False), Until(gone)]
    script += [chunked(*chunks[2:], last=False), b"ZZ\r\n"]
    async with (
        ByteServer(script) as server,
        provider_at(server.base_url) as provider,
        asyncio.timeout(20),
        aclosing(provider.stream(ASKED)) as events,
    ):
        assert await anext(events) == TextDelta("Hel")
        gone.set()
        await server.played()
        for _ in range(50):
            await asyncio.sleep(0)
        rest = [event async for event in events]
    assert said(rest) == "lo"
    assert isinstance(rest[-1], Finished)


@every_way
async def test_a_kept_connection_serves_the_next_answer() -> None:
    """Heads are told from bodies again and again; one that garbage followed is not kept."""
    whole = HEAD + chunked(*parts("messages"))
    kept: list[Step] = [
        whole,
        NextRequest(),
        whole,
        NextRequest(),
        whole + b"garbage\r\n\r\n",
        UntilGone(),
    ]
    async with (
        ByteServer(kept, [whole]) as server,
        provider_at(server.base_url, "messages", Profile()) as provider,
        asyncio.timeout(20),
    ):
        for _ in range(4):
            assert said([event async for event in provider.stream(ASKED)]) == "Hello"
    assert server.connections == 2


def anonymous(protocol: ssl._SSLMethod) -> ssl.SSLContext:
    """Make one side of TLS without certificates (anonymous Diffie-Hellman): no key is needed."""
    context = ssl.SSLContext(protocol)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # 1.3 has no such suites
    context.set_ciphers("aNULL:@SECLEVEL=0")
    return context


@every_way
async def test_the_same_holds_through_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole answers, kept connections, broken chunks."""
    serving, trusting = anonymous(ssl.PROTOCOL_TLS_SERVER), anonymous(ssl.PROTOCOL_TLS_CLIENT)
    monkeypatch.setattr("tickertape.providers.connections.vendors._tls", lambda: trusting)
    kept: list[Step] = [HEAD + chunked(*parts("messages")), NextRequest()]
    broken: list[Step] = [HEAD, half("messages"), b"ZZ\r\n", UntilGone()]
    async with (
        ByteServer([*kept, *broken], tls=serving) as server,
        provider_at(server.base_url, "messages", Profile()) as provider,
        asyncio.timeout(20),
    ):
        assert said([event async for event in provider.stream(ASKED)]) == "Hello"
        events = [event async for event in provider.stream(ASKED)]
    assert (said(events), failure(events).kind) == ("Hel", FailureKind.BAD_RESPONSE)
    assert server.connections == 1


@every_way
async def test_a_server_that_speaks_no_tls_is_none() -> None:
    """Whoever asks it is told that TLS is what fails."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        async with provider_at(f"https://{host}:{port}/v1") as provider, asyncio.timeout(20):
            error = failure([event async for event in provider.stream(ASKED)])
    assert (error.kind, "TLS" in error.detail) == (FailureKind.NETWORK, True)


@every_way
async def test_a_closed_provider_fails() -> None:
    """Whoever asks it, or still waits for it, is told; nothing is raised."""
    async with (
        ByteServer([UntilGone()]) as server,
        provider_at(server.base_url) as provider,
        asyncio.timeout(20),
    ):
        waiting = asyncio.create_task(anext(provider.stream(ASKED)))
        await server.asked()
        await provider.aclose()
        ends = [await waiting, *[event async for event in provider.stream(ASKED)]]
    kinds = [end.error.kind for end in ends if isinstance(end, Failed)]
    assert kinds == [FailureKind.NETWORK] * 2


async def test_an_unknown_exception_is_a_failure_of_its_own(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of our own or of a library ends the answer, and is logged without what it says."""

    async def fail(self: object, request: object) -> None:
        raise KeyError(KEY)

    path = (
        "tickertape.providers.connections.aiohttp_transport.AiohttpTransport.handle_async_request"
    )
    monkeypatch.setattr(path, fail)
    token = OPENED.set(open_direct)
    async with provider_at("http://127.0.0.1:9/v1") as provider:
        events = [event async for event in provider.stream(ASKED)]
    OPENED.reset(token)
    assert failure(events).kind is FailureKind.INTERNAL
    assert "KeyError" in caplog.text
    assert "in fail" in caplog.text
    assert KEY not in caplog.text + repr(events) + str(failure(events))


@every_way
async def test_a_builder_that_fails_is_a_failure_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that happens before the request leaves the stream, either."""

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("tickertape.providers.model_provider.worked_around", fail)
    async with provider_at("http://127.0.0.1:9/v1") as provider:
        events = [event async for event in provider.stream(ASKED)]
    assert failure(events).kind is FailureKind.INTERNAL


@every_way
@pytest.mark.parametrize("name", ["http_proxy", "all_proxy", "ALL_PROXY"])
async def test_the_environments_proxy_is_used(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways go through it; a file of passwords changes nothing of what is sent."""
    for other in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(other, raising=False)
    async with ByteServer([HEAD + chunked(*parts("messages"))]) as proxy:
        monkeypatch.setenv(name, "http://me:word@" + proxy.base_url[7:-3])
        async with provider_at("http://model.invalid/v1", "messages") as provider:
            events = [event async for event in provider.stream(ASKED)]
    assert said(events) == "Hello"
    first = proxy.requests[0].lower()
    assert first.startswith(b"post http://model.invalid/v1/messages")
    assert b"proxy-authorization: basic bwu6d29yza==" in first
    assert KEY.encode() in first


_ANSWER = HEAD + chunked(*parts("chat_completions"))


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(0, len(_ANSWER)), max_size=4),
    st.integers(0, len(_ANSWER)),
    st.binary(max_size=6),
    st.sampled_from([Close(), ResetStep()]),
)
def test_any_bytes_end_as_one_end(
    cuts: list[int], place: int, damage: bytes, last: Close | ResetStep
) -> None:
    """Bytes changed anywhere, cut anywhere: one end, nothing raised, and no wait."""
    sent = _ANSWER[:place] + damage + _ANSWER[place + len(damage) :]
    places = sorted({0, *cuts, len(sent)})
    script = [sent[a:b] for a, b in itertools.pairwise(places) if b > a]
    token = OPENED.set(open_direct)
    try:
        events = asyncio.run(play({"damaged": [*script, last]}))["damaged"]
    finally:
        OPENED.reset(token)
    if sent == _ANSWER and isinstance(last, Close):
        assert said(events) == "Hello"
        assert isinstance(events[-1], Finished)


@given(st.binary(max_size=200), st.lists(st.integers(0, 300), max_size=5))
def test_a_packed_body_does_not_depend_on_its_cuts(said: bytes, cuts: list[int]) -> None:
    """Members and formats are known, however their bytes come."""
    gzipped = gzip.compress(said[:50], mtime=0) + gzip.compress(said[50:], mtime=0)
    for encoding, packed in (
        ("gzip", gzipped),
        ("deflate", zlib.compress(said)),
        ("deflate", zlib.compress(said, wbits=-15)),
    ):
        places = sorted({0, *(min(cut, len(packed)) for cut in cuts), len(packed)})
        unpacker = Unpacker(encoding)
        pieces = [packed[a:b] for a, b in itertools.pairwise(places)]
        assert b"".join(map(unpacker.unpack, pieces)) == said
        assert unpacked(packed, encoding) == said
    assert unpacked(said, "identity") == said


@given(st.binary(max_size=100), st.sampled_from(["gzip", "deflate", "", "br"]))
def test_any_body_can_be_unpacked(body: bytes, encoding: str) -> None:
    """What is not packed as it says is read as it is."""
    assert isinstance(unpacked(body, encoding), bytes)
