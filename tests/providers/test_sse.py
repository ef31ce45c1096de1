"""The splitter of server-sent events."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickertape.providers import sse
from tickertape.providers.sse import EventSplitter, LineTooLongError, ServerSentEvent

_LINES = st.sampled_from(
    [
        b"data: one",
        b"data:two",
        b"data",
        b"data: \xc3\xab",
        b"event: error",
        b": note",
        b"id: 7",
        b"x",
    ]
)
_ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])


def _split(*pieces: bytes) -> list[ServerSentEvent]:
    splitter = EventSplitter()
    events = [event for piece in pieces for event in splitter.split(piece)]
    return events + splitter.flush()


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_every_line_end_is_one(end: bytes) -> None:
    """LF, CR LF and CR end a line alike, and a blank line ends a message."""
    stream = end.join([b"data: a", b"", b"data: b", b"data: c", b"", b""])
    assert _split(stream) == [ServerSentEvent(b"a"), ServerSentEvent(b"b\nc")]


def test_a_message_is_given_out_by_its_blank_line() -> None:
    """Nothing waits for the bytes that follow a message."""
    splitter = EventSplitter()
    assert splitter.split(b"data: a\n") == []
    assert splitter.split(b"\n") == [ServerSentEvent(b"a")]
    assert splitter.split(b"data: b\r") == []
    assert splitter.split(b"\n\r") == [ServerSentEvent(b"b")]


def test_names_belong_to_one_message() -> None:
    """An `event` line names the message it stands in, and no other."""
    stream = b"event: error\ndata: a\n\ndata: b\n\nevent: x\n\ndata: c\n\n"
    assert _split(stream) == [
        ServerSentEvent(b"a", b"error"),
        ServerSentEvent(b"b"),
        ServerSentEvent(b"c"),
    ]


def test_comments_other_fields_and_a_byte_order_mark_say_nothing() -> None:
    """What is no data is passed over."""
    stream = b"\xef\xbb\xbfdata: a\n: note\nid: 1\nretry: 5\nnonsense\n\n:\n\ndata:\n\n"
    stream += b'id: {"a":1}\nfoo: bar\nfoo: {\n: {"a":1}\n\n'
    assert _split(stream) == [ServerSentEvent(b"a")]


def test_the_end_gives_out_what_has_no_blank_line() -> None:
    """The last message of a stream counts even when its blank line never comes."""
    assert _split(b"data: a\n\ndata: b") == [ServerSentEvent(b"a"), ServerSentEvent(b"b")]


@settings(deadline=None)
@given(st.lists(st.tuples(_LINES | st.just(b""), _ENDS), max_size=12), st.data())
def test_cuts_change_nothing(lines: list[tuple[bytes, bytes]], data: st.DataObject) -> None:
    """Wherever the bytes are cut, the messages are the same."""
    stream = b"".join(line + end for line, end in lines)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)))))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert _split(*pieces) == _split(stream)


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(0, 200))
def test_any_bytes_are_taken(stream: bytes, cut: int) -> None:
    """No bytes at all can make the splitter fail or depend on a cut."""
    assert _split(stream[:cut], stream[cut:]) == _split(stream)


def test_an_endless_line_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server cannot fill the memory with one line, nor with one message of many lines."""
    monkeypatch.setattr(sse, "LINE_LIMIT", 100)
    with pytest.raises(LineTooLongError, match="more than 100 bytes"):
        _split(*[b"data: abcd"] * 20)
    with pytest.raises(LineTooLongError):
        _split(*[b"data: abcd\n"] * 40)
    assert _split(b"data: abcd\n\n" * 40) == [ServerSentEvent(b"abcd")] * 40
