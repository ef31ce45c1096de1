"""A source without the characters that no server keeps, so that places in it can be trusted.

Telegram drops control characters and some that reverse or hide text (tdlib/td, MessageEntity.cpp,
`clean_input_string`); code that counts places in a text must drop them first.
"""

from __future__ import annotations

import re

from tickertape.markup.plain import BLANK, BREAKS, DROPPED, encodable

__all__ = ["BREAK", "begun", "clean", "words"]

BREAK = "\u2028"
"""Ends a line within a paragraph, whatever follows: what is left of such characters in a clean
source. It ends no line of the source, so no mark of a block stands behind it."""

_EMPTY_LINES = re.compile(r"(?:[^\S\n]*\n)+")

_IN_SOURCE = {**DROPPED, **dict.fromkeys(BREAKS, BREAK), BLANK: " ", 9: "\t", 10: "\n"}
_IN_WORDS = {**DROPPED, **dict.fromkeys((*BREAKS, BLANK, 9, 10), " ")}
# What changes in a source; halves of surrogate pairs are no characters.
_UNCLEAN = re.compile("[{}\ud800-\udfff]".format("".join(map(chr, {*_IN_SOURCE} - {9, 10}))))
_UNCLEAN_WORDS = re.compile("[{}]".format("".join(map(chr, _IN_WORDS))))


def clean(source: str) -> str:
    """Return a source, or a line of it, without characters that servers drop.

    Line breaks become alike.
    """
    if not _UNCLEAN.search(source):
        return source
    if "\r" in source:
        source = source.replace("\r\n", "\n").replace("\r", " ")
    return encodable(source.translate(_IN_SOURCE))


def begun(chunk: str) -> str:
    """Return a chunk from its first line that is not empty."""
    found = _EMPTY_LINES.match(chunk)
    return chunk[found.end() :] if found else chunk


def words(text: str) -> str:
    """Return words without characters from entities (`&#7;`) that servers drop."""
    if text.isascii() and text.isprintable():
        return text
    return text.translate(_IN_WORDS) if _UNCLEAN_WORDS.search(text) else text
