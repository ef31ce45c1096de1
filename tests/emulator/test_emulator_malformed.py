"""A body that cannot be read is refused in words: as a value, and byte by byte over a socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tickertape.emulator import TOKEN, YOU, Floods, Settings
from tickertape.emulator.multipart import MalformedFormError, Part, parts_of
from tickertape.emulator.server import EmulatorServer

FREE = Settings(floods=Floods(private=(), group=(), bot=(), drafts=()))
FORM = "multipart/form-data; boundary=b"
HEAD = b'--b\r\nContent-Disposition: form-data; name="text"\r\n'
END = b"\r\n--b--\r\n"
WHOLE = HEAD + b"\r\nHello" + END


def parts(body: bytes, content_type: str = FORM) -> list[Part]:
    """Take a form apart."""
    return list(parts_of(content_type, body))


def test_a_form_is_taken_apart() -> None:
    """Texts and files, with what libraries write around them."""
    body = (
        b"nobody reads this\r\n"
        b'--b \t\r\ncontent-disposition: form-data; name="text"\r\n\r\nline\r\n--c\r\n\r\n'
        b'--b\r\nContent-Type: audio/ogg\r\nContent-Disposition: form-data; name=voice; filename="a'
        b'\\"b;c.ogg"\r\n\r\n\x00\xff--b\n--b\r\n'
        b'--b\r\nContent-Disposition: form-data;\r\n name="h\xc3\xa9"; filename=""\r\n\r\n\r\n'
        b'--b\r\nContent-Disposition: form-data; name="none"\r\n\r\n--b--\r\nnor this'
    )
    assert parts(body, 'Multipart/Form-Data; charset=utf-8; Boundary="b"') == [
        Part("text", None, b"line\r\n--c\r\n"),
        Part("voice", 'a"b;c.ogg', b"\x00\xff--b\n--b"),
        Part("hé", "", b""),
        Part("none", None, b""),
    ]
    assert parts(b"--b--") == []


CONTENTS = st.binary(max_size=40) | st.lists(st.sampled_from([b"\r\n", b"--", b"-b", b"c"])).map(
    b"".join
)


@given(st.lists(st.tuples(st.booleans(), CONTENTS), max_size=4))
def test_what_a_library_writes_is_read_as_it_was(contents: list[tuple[bool, bytes]]) -> None:
    """Any bytes come through, as long as the boundary is none of them; a piece is no form."""
    assume(not any(b"--b" in content for _, content in contents))
    written = [
        Part(f"n{number}", "f" if is_file else None, content)
        for number, (is_file, content) in enumerate(contents)
    ]
    body = b"".join(
        b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
        % (part.name.encode(), b'; filename="f"' if part.filename else b"", part.content)
        for part in written
    )
    assert parts(body + b"--b--") == written
    for length in range(len(body) + 4):
        with pytest.raises(MalformedFormError):
            parts((body + b"--b-")[:length])


BYTES = st.lists(
    st.sampled_from([b"--b", b"\r\n", b"\r", b"\n", b"--", b": ", b";", b'"', b"\\", b"=", b"\xff",
                     b"\x00", b"Content-Disposition: form-data; name=", b"filename*0*=utf-9''"])
    | st.binary(max_size=5)
).map(b"".join)  # fmt: skip


@given(BYTES, BYTES)
def test_any_bytes_are_a_form_or_none(body: bytes, content_type: bytes) -> None:
    """Nothing but a refusal comes of what is no form."""
    for named in (FORM, FORM + content_type.decode("latin-1"), content_type.decode("latin-1")):
        try:
            assert all(part.name for part in parts(body, named))
        except MalformedFormError:
            continue


def headers(line: bytes) -> bytes:
    """A form with a line of its own in the head of its part."""
    return HEAD + line + b"\r\n\r\nHello" + END


NO_FORM = {
    "nothing": b"",
    "no boundary": b"Hello",
    "another boundary": WHOLE.replace(b"--b", b"--c"),
    "a boundary that goes on": WHOLE.replace(b"--b\r\n", b"--bb\r\n", 1),
    "a boundary that ends badly": HEAD + b"\r\nHello\r\n--b-\r\n",
    "no end": HEAD + b"\r\nHello\r\n",
    "cut in the boundary": HEAD + b"\r\nHello\r\n--",
    "cut after the boundary": HEAD + b"\r\nHello\r\n--b",
    "cut in the text": HEAD + b"\r\nHel",
    "cut in the head": HEAD[:30],
    "cut after the head": HEAD,
    "bare line ends": WHOLE.replace(b"\r\n", b"\n"),
    "no head": b"--b\r\n\r\nHello" + END,
    "no disposition": b"--b\r\nX: y\r\n\r\nHello" + END,
    "no name": b"--b\r\nContent-Disposition: form-data\r\n\r\nHello" + END,
    "an empty name": b'--b\r\nContent-Disposition: form-data; name=""\r\n\r\nHello' + END,
    "an open quote": b'--b\r\nContent-Disposition: form-data; name="text\r\n\r\nHello' + END,
    "an attachment": b"--b\r\nContent-Disposition: attachment; name=text\r\n\r\nHello" + END,
    "a name that is not UTF-8": b"--b\r\nContent-Disposition: form-data; name=\xff\r\n\r\nx" + END,
    "an unknown charset": b"--b\r\nContent-Disposition: form-data; name*=utf-9''a\r\n\r\nx" + END,
    "mixed pieces": b"--b\r\nContent-Disposition: form-data; name*=a; name*0=b\r\n\r\nx" + END,
    "a header without a colon": headers(b"Content-Type"),
    "a header without a name": headers(b": x"),
    "a header with a strange name": headers(b"Bad Header: x"),
    "a header with a NUL in its name": headers(b"X\x00: y"),
    "a huge header": headers(b"X: " + b"y" * 20_000),
    "a huge name of a header": headers(b"X" * 20_000 + b": y"),
    "two thousand headers": headers(b"\r\n".join(b"X%d: y" % n for n in range(2000))),
}  # fmt: skip
NO_BOUNDARY = [
    "multipart/form-data",
    "multipart/form-data; boundary",
    "multipart/form-data; boundary=",
    'multipart/form-data; boundary=""',
    'multipart/form-data; boundary="b',
    "multipart/form-data;;;=;boundary",
    "multipart/form-data; boundary*=utf-9''b",
    "multipart/form-data; boundary*0=b; boundary*2=c",
    "multipart/form-data; boundary=" + "b" * 71,
    "multipart/form-data; boundary=" + "b" * 100_000,
    "multipart/form-data; boundary=\xff",
]
CANNOT_PARSE = "can't parse the multipart form"
NOT_UTF8 = "strings must be encoded in UTF-8"
NOT_JSON = "can't parse the request body as JSON object"
TOO_MANY = "too many parameters"
MANY_PARTS = b"".join(
    b'--b\r\nContent-Disposition: form-data; name="n%d"\r\n\r\nx\r\n' % n for n in range(1001)
)
REFUSED: list[tuple[str, bytes, str]] = [
    *((FORM, body, CANNOT_PARSE) for body in NO_FORM.values()),
    *((named, WHOLE, CANNOT_PARSE) for named in NO_BOUNDARY),
    (FORM, HEAD + b"\r\n\xff\xfe" + END, NOT_UTF8),
    (FORM + "; charset=latin-1", HEAD + b"\r\n\xe9" + END, NOT_UTF8),
    (FORM + "; charset=nothing", HEAD + b"\r\n\xe9" + END, NOT_UTF8),
    (FORM, MANY_PARTS + b"--b--", TOO_MANY),
    (FORM, HEAD + b"\r\n" + b"x" * 2_000_000 + END, "text is too long"),
    ("application/json", b"{", NOT_JSON),
    ("application/json", "{}".encode("utf-16"), NOT_JSON),
    ("application/json", b'{"chat_id":' + b"9" * 5000 + b"}", NOT_JSON),
    ("application/json", b'{"text":"x"} {}', NOT_JSON),
    ("application/json", b"[" * 100_000, NOT_JSON),
    ("application/json", b'{"\\ud800":1}', "unknown parameter"),
    ("application/x-www-form-urlencoded", b"text=\xff", NOT_UTF8),
    ("application/x-www-form-urlencoded", b"text=%ff", NOT_UTF8),
    ("application/x-www-form-urlencoded", b"&" * 2000, TOO_MANY),
    ("application/x-www-form-urlencoded", b"%zz=%", "unknown parameter"),
]  # fmt: skip


@pytest.fixture
async def emulator() -> AsyncIterator[EmulatorServer]:
    """A running emulator without flood control."""
    async with EmulatorServer(FREE) as emulator:
        yield emulator


async def answer_to(emulator: EmulatorServer, request: bytes) -> tuple[int, bytes, bytes]:
    """Send bytes, and read the status, the head and the body that come back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(emulator.url.split(":")[-1]))
    writer.write(request)
    await writer.drain()
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return int(head.split()[1]), head, body


def post(path: str, content_type: str, body: bytes) -> bytes:
    """Write a request by hand."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode("latin-1") + body


@pytest.mark.anyio
async def test_every_malformed_body_is_a_bad_request(emulator: EmulatorServer) -> None:
    """Broken, cut short, mislabelled or absurd: a 400 in the envelope."""
    path = f"/bot{TOKEN}/sendMessage?chat_id={YOU}"
    for content_type, body, reason in REFUSED:
        status, head, content = await answer_to(emulator, post(path, content_type, body))
        assert status == 400, (content_type[:80], body[:200])
        assert b"application/json" in head
        told = json.loads(content)
        assert told["ok"] is False
        assert told["error_code"] == 400
        assert reason in told["description"], (content_type[:80], body[:200])
    status, _, content = await answer_to(emulator, post(path, FORM, WHOLE))
    assert json.loads(content)["result"]["text"] == "Hello"


@pytest.mark.anyio
@pytest.mark.parametrize(
    "request_line",
    [f"GET /view/voices/{YOU}/{'9' * 5000}", f"GET /view/chats/{'9' * 5000}", "GET /bot%00/%ff"],
)
async def test_numbers_without_end_are_nobodys(emulator: EmulatorServer, request_line: str) -> None:
    """A path is read as leniently as a body, and never breaks the server."""
    request = f"{request_line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    status, _, _ = await answer_to(emulator, request.encode())
    assert status in {400, 404}
