"""Harmony without its markers: what is left of an answer's channels where a server dropped them.

gpt-oss writes `<|channel|>analysis<|message|>…<|end|>`, then
`<|start|>assistant<|channel|>final<|message|>…`. A server that decodes it without its special
tokens sends `analysis…assistantfinal…`
(Augustas11/macprovider#743), and a call as `commentary to=functions.clock json{…}`.

Words like these are no markers of their own: an answer may be about them. So two things must come
together. The text begins with a channel's name that is glued to what follows (`analysisThe`), which
alone is an identifier in some program; and later `assistant` stands glued between the end of one
sentence and the name of the next channel (`two.assistantfinalfour`), without blanks or quotes
around it, as no text would. What begins with the header of a call, its recipient included,
is one. Until both are there the text is an answer like any other; then it comes apart as if the
markers stood there (`thoughts`).
"""

from __future__ import annotations

import re
from typing import Literal

from tickertape.providers.thinking.tags import Tag

__all__ = ["FAMILY", "channel_at_start", "could_begin", "mark_at", "may_begin"]

FAMILY = "bare harmony"
"""The family of the marks."""

_CALL = r"to=[A-Za-z_][\w.-]{0,80} ?(?:json|code)?(?=[{\[])"
_CALL_BEGUN = r"(?:t(?:o(?:=(?:[A-Za-z_][\w.-]{0,80} ?(?:j(?:s(?:on?)?)?|c(?:o(?:de?)?)?)?)?)?)?)?"

_GLUED = r"(?=[^\s.,;:!?)\]}'\"`’”-])"
_START = re.compile(
    rf"(?P<channel>analysis|commentary){_GLUED}|assistant(?:analysis|commentary|final)"
)
_CALL_AT_START = re.compile(rf"(?:assistant ?)?(?:commentary )?{_CALL}")
_STARTS = ("assistantanalysis", "assistantcommentary", "assistantfinal", "analysis", "commentary")
_CALL_STARTS = re.compile(rf"(?:assistant ?)?(?:commentary )?{_CALL_BEGUN}\Z")

_MARK = re.compile(
    rf"assistant(?:commentary {_CALL}|analysis{_GLUED}"
    rf"|(?P<shown>commentary|final)(?:{_GLUED}|(?=\n)|\Z))"
)
_LETTERS = ("assistantanalysis", "assistantcommentary", "assistantfinal")
_MARK_BEGUN = re.compile(rf"assistantcommentary {_CALL_BEGUN}\Z")


def may_begin(text: str) -> bool | None:
    """Return whether an answer that begins so may be harmony; None where more is needed to tell.

    Args:
        text: the beginning of the answer, without blanks before it.
    """
    if _START.match(text) or _CALL_AT_START.match(text):
        return True
    begun = any(start.startswith(text) for start in _STARTS) or _CALL_STARTS.match(text)
    return None if begun else False


def channel_at_start(text: str) -> str:
    """Return the name of the channel that an answer begins with; empty where it is no part of it.

    Args:
        text: the beginning of the answer, without blanks before it.
    """
    found = _START.match(text)
    return (found["channel"] or "") if found else ""


def mark_at(text: str, at: int, *, is_start: bool, is_end: bool) -> Tag | None:
    """Return the mark that stands at a place; None where none is whole there.

    Args:
        text: a part of the answer.
        at: the place.
        is_start: whether the answer begins there.
        is_end: whether no more comes behind `text`.
    """
    if is_start and (call := _CALL_AT_START.match(text, at)):
        return Tag("open", FAMILY, call.end() - at, is_call=True)
    found = _MARK.match(text, at)
    if found is None or (found.end() == len(text) and found["shown"] and not is_end):
        return None
    role: Literal["answer", "open"] = "answer" if found["shown"] else "open"
    return Tag(role, FAMILY, found.end() - at, is_call="=" in found[0])


def could_begin(text: str, at: int, *, is_start: bool) -> bool:
    """Return whether the text from a place on, to its end, is a mark that has only begun.

    Args:
        text: a part of the answer.
        at: the place.
        is_start: whether the answer begins there.
    """
    rest = text[at : at + 200]
    if is_start and _CALL_STARTS.match(rest):
        return True
    return any(mark.startswith(rest) for mark in _LETTERS) or _MARK_BEGUN.match(rest) is not None
