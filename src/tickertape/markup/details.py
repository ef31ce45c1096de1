"""The tags of `<details>` in a source: each close belongs to the innermost that is open."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["DetailsTag", "head", "is_begun", "on_lines", "tags", "unfolded"]

_TOKEN = re.compile(r"(?P<code>`+)|<(?P<closes>/?)details\b[^<>]*>|\\.", re.IGNORECASE)
_HEAD = re.compile(
    r"<details\b([^<>]*)>\s*(?:<summary[^<>]*>((?:(?!</?details\b).)*?)</summary>)?",
    re.DOTALL | re.IGNORECASE,
)
_TITLE = "<summary"
_TAGS = re.compile(r"(?<![ \t])[ \t]*</?details\b[^<>]*>\s*", re.IGNORECASE)
_SUMMARY = re.compile(
    r"<summary\b[^<>]*>\s*((?:(?!</?summary).)*?)\s*(?:</summary>\s*|\Z)",
    re.IGNORECASE | re.DOTALL,
)


class DetailsTag(NamedTuple):
    """A tag of details in a line."""

    closes: bool
    """Whether it closes some."""
    start: int
    """Where it begins, in code points."""
    end: int
    """Where it ends."""


def tags(line: str) -> Iterator[DetailsTag]:
    """Yield the tags of details in a line, but for those in code."""
    at = 0
    while found := _TOKEN.search(line, at):
        at = found.end()
        if run := found["code"]:
            close = re.compile(f"(?<!`){run}(?!`)").search(line, at)
            at = close.end() if close else at
        elif found["closes"] is not None:
            yield DetailsTag(bool(found["closes"]), found.start(), at)


def head(source: str) -> re.Match[str] | None:
    """Return the tag that details begin with (its attributes), and their title, if there is one."""
    return _HEAD.match(source)


def is_begun(source: str, end: int) -> bool:
    """Return whether what follows a head that ends there is known not to be a title."""
    rest = source[end:].lstrip()[: len(_TITLE)].lower()
    return not _TITLE.startswith(rest)


def on_lines(line: str) -> list[str]:
    """Return a line in pieces: a tag that opens details begins one, a tag that closes ends one."""
    pieces, at = [], 0
    for tag in tags(line):
        end = tag.end if tag.closes else tag.start
        if line[at:end].strip():
            pieces.append(line[at:end])
            at = end
    return [*pieces, line[at:]] if line[at:].strip() or not pieces else pieces


def unfolded(source: str) -> str:
    """Return HTML without the tags of details, their title bold: within others they are open."""
    return _SUMMARY.sub("<b>\\1</b>\n", _TAGS.sub("", source))
