"""Multipart forms, taken apart: a content type and a whole body in, parts out (RFC 7578, RFC 2046).

A body is a form or it is none: every byte up to the last boundary is accounted for, so whatever is
torn, cut short or made up is refused. As at Telegram, text is UTF-8 whatever charset is named, and
there are no encoded parameters (`filename*`), which RFC 7578, 4.2 forbids.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["MalformedFormError", "Part", "parts_of"]

_LONGEST_BOUNDARY = 70
"""Bytes of a boundary (RFC 2046, 5.1.1); Telegram's server allows as many."""
_LONGEST_HEAD = 16 * 1024
"""Bytes of a part before its content: a library writes two or three lines."""
_LINE_END = b"\r\n"
_HEADER = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*:[ \t]*(.*)", re.DOTALL)
_PARAMETER = re.compile(
    rb"""
    [ \t]*;[ \t]*([^\s=;"]+)[ \t]*=[ \t]*    # a name
    (?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))       # a quoted value, or a bare one
    (?=[ \t]*(?:;|$))
    """,
    re.VERBOSE,
)
_ESCAPED = re.compile(rb'\\(["\\])')
_FOLD = re.compile(rb"\r\n(?=[ \t])")


class MalformedFormError(ValueError):
    """The body is no multipart form; the text says where it stops being one."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a form."""

    name: str
    """Which parameter it is."""
    filename: str | None
    """What the file is called; None where the part is no file."""
    content: bytes = field(repr=False)
    """Its bytes, as they came."""


def parts_of(content_type: str, body: bytes) -> Iterator[Part]:
    """Yield the parts of a form, in their order.

    Args:
        content_type: The header of the request, which names the boundary.
        body: The whole body.

    Raises:
        MalformedFormError: It is no multipart form; parts before the fault were yielded.
    """
    boundary = _boundary(content_type)
    delimiter = b"\r\n--" + boundary
    # The first boundary may begin the body; what stands before it is a preamble, which is ignored.
    at = 0 if body.startswith(b"--" + boundary) else _find(body, delimiter, 0) + 2
    at += len(delimiter) - 2
    while not body.startswith(b"--", at):
        at = _end_of_line(body, at)
        end_of_head = _find(body, b"\r\n\r\n", at - 2, at + _LONGEST_HEAD)
        # An empty content may share its line's end with the boundary that follows.
        end = _find(body, delimiter, end_of_head + 2)
        yield _part(body[at:end_of_head], body[end_of_head + 4 : end])
        at = end + len(delimiter)


def _boundary(content_type: str) -> bytes:
    # A server reads the bytes of a header as Latin-1.
    boundary = _parameters(content_type.encode("latin-1", "replace")).get(b"boundary", b"")
    if not 0 < len(boundary) <= _LONGEST_BOUNDARY:
        raise MalformedFormError("the boundary is missing, or too long")
    return boundary


def _find(body: bytes, wanted: bytes, start: int, end: int | None = None) -> int:
    at = body.find(wanted, start, end)
    if at < 0:
        raise MalformedFormError(f"{wanted!r} is missing after byte {start}")
    return at


def _end_of_line(body: bytes, at: int) -> int:
    """Return where the line after a boundary begins: blanks may stand behind the boundary."""
    end = _find(body, _LINE_END, at, at + _LONGEST_HEAD)
    if body[at:end].strip(b" \t"):
        raise MalformedFormError(f"a boundary goes on at byte {at}")
    return end + 2


def _part(head: bytes, content: bytes) -> Part:
    headers = _headers(head)
    disposition = headers.get(b"content-disposition", b"")
    parameters = _parameters(disposition)
    name, filename = parameters.get(b"name"), parameters.get(b"filename")
    if not re.match(rb"(?i)form-data[ \t]*;", disposition) or not name:
        raise MalformedFormError("a part without a name")
    try:
        called = None if filename is None else filename.decode("utf-8")
        return Part(name.decode("utf-8"), called, content)
    except UnicodeDecodeError:
        raise MalformedFormError("a name that is not UTF-8") from None


def _headers(head: bytes) -> dict[bytes, bytes]:
    """Return the headers of a part, their names in lower case."""
    headers: dict[bytes, bytes] = {}
    for line in _FOLD.sub(b"", head).split(_LINE_END):
        found = _HEADER.fullmatch(line)
        if found is None:
            raise MalformedFormError("a line in a part's head that is no header")
        headers[found[1].lower()] = found[2].rstrip(b" \t")
    return headers


def _parameters(value: bytes) -> dict[bytes, bytes]:
    """Return the parameters of a header, their names in lower case, up to what is none."""
    parameters: dict[bytes, bytes] = {}
    at = value.find(b";")
    while at >= 0 and (found := _PARAMETER.match(value, at)) is not None:
        bare = found[3]
        text = _ESCAPED.sub(rb"\1", found[2]) if bare is None else bare
        parameters.setdefault(found[1].lower(), text)
        at = found.end()
    return parameters
