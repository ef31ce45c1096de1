"""Harmony without its markers: what is left of an answer's channels where a server dropped them.

gpt-oss writes `<|channel|>analysis<|message|>…<|end|>`, then
`<|start|>assistant<|channel|>final<|message|>…`. A server that decodes it without its special
tokens sends `analysis…assistantfinal…`
(Augustas11/macprovider#743), and a call as `commentary to=functions.clock json{…}` or
`assistant to=functions.clockcommentary json{…}`; one that drops some of them, or whose template
wrote them, sends the rest of a header (`tags`).

Words like these are no markers of their own: an answer may be about them. So two things must come
together. The text begins with a channel's name that is glued to what follows (`analysisThe`) or
stands apart like a heading, which alone is an identifier in some program, or a heading; and later
`assistant` stands glued between the end of one sentence and the name of the next channel
(`two.assistantfinalfour`), without quotes around it, as no text would. A blank may part it from the
sentence, and from the answer, where what follows it begins a sentence too. What begins with the
header of a call, its recipient included, is one, and so is what stands behind a channel's name at
the beginning. Until both are there the text is an answer like any other; then it comes apart as if
the markers stood there (`thoughts`).
"""

from __future__ import annotations

import re
from typing import Literal

from tickertape.providers.thinking import prose
from tickertape.providers.thinking.tags import Tag, begun, could_begin_tag, letters, tag_at

__all__ = ["FAMILY", "channel_at_start", "could_begin", "mark_at", "may_begin"]

FAMILY = "bare harmony"
"""The family of the marks."""

_NAME = r"[A-Za-z_][\w.-]{0,80}"
_CONSTRAIN, _MESSAGE = "<|constrain|>", "<|message|>"
_CALL = (
    rf"to={_NAME}(?: ?commentary)? ?(?:{re.escape(_CONSTRAIN)})?(?:json|code)?"
    rf"(?:{re.escape(_MESSAGE)}|(?=[{{\[]))"
)
_TAILS = [
    f"{channel}{constrain}{form}{_MESSAGE}"
    for channel in ("", "commentary", "commentary ")
    for constrain in ("", _CONSTRAIN)
    for form in ("", "json", "code")
]
_CALL_BEGUN = "|".join(begun(*letters("to="), _NAME, " ?", *letters(tail)) for tail in _TAILS)

_GLUED = r"(?=[^\s.,;:!?)\]}'\"`’”-])"
_SENTENCE = r"(?= {1,4}[^a-z\s<.,;:!?)\]}=])"
_START = re.compile(
    rf"(?P<channel>analysis|commentary)(?:(?!<){_GLUED}|(?=[ \t]+[^a-z\s]|\s*\n))"
    r"|assistant(?:analysis|commentary|final)"
)
_START_BEGUN = re.compile(r"(?:analysis|commentary)[ \t]*\Z")
_CALLER = r"(?:assistant ?|(?:assistant)?(?:analysis|commentary) )"
_CALL_AT_START = re.compile(rf"{_CALLER}?{_CALL}")
_STARTS = ("assistantanalysis", "assistantcommentary", "assistantfinal", "analysis", "commentary")
_CALL_STARTS = re.compile(rf"{_CALLER}?(?:{_CALL_BEGUN})?\Z")

_MARK = re.compile(
    rf"{_CALLER}{_CALL}|assistantanalysis(?:{_GLUED}|{_SENTENCE}|(?=\n))"
    rf"|assistant(?P<shown>commentary|final)(?:{_GLUED}|{_SENTENCE}|(?=\n|[\"'“]\S|- | {{0,4}}\Z))"
)
_LETTERS = ("assistantanalysis", "assistantcommentary", "assistantfinal", "commentary", "analysis")
_MARK_BEGUN = re.compile(
    rf"{_CALLER}(?:{_CALL_BEGUN})?\Z|assistant(?:analysis|commentary|final)(?: {{0,4}}|[\"'“-])\Z"
)


def may_begin(text: str) -> bool | None:
    """Return whether an answer that begins so may be harmony; None where more is needed to tell.

    Args:
        text: the beginning of the answer, without blanks before it.
    """
    if not text.startswith(("a", "c", "f", "t")):
        return False
    if _START.match(text) or _CALL_AT_START.match(text) or tag_at(text, 0):
        return True
    has_begun = (
        any(start.startswith(text) for start in _STARTS)
        or _START_BEGUN.match(text)
        or _CALL_STARTS.match(text)
        or could_begin_tag(text, 0)
    )
    return None if has_begun else False


def channel_at_start(text: str) -> str:
    """Return the name of the channel that an answer begins with; empty where it is no part of it.

    Args:
        text: the beginning of the answer, without blanks before it.
    """
    found = _START.match(text)
    return (found["channel"] or "") if found else ""


def mark_at(text: str, at: int, told: str, *, is_start: bool, is_end: bool) -> Tag | None:
    """Return the mark that stands at a place; None where none is whole there.

    Args:
        text: a part of the answer.
        at: the place.
        told: what stands before it, as far as it is known; empty behind a tag.
        is_start: whether the answer begins there.
        is_end: whether no more comes behind `text`.
    """
    if is_start and (call := _CALL_AT_START.match(text, at)):
        return Tag("open", FAMILY, call.end() - at, is_call=True)
    found = _MARK.match(text, at)
    if found is None or (found["shown"] and not is_end and not text[found.end() :].strip(" ")):
        return None
    role: Literal["answer", "open"] = "answer" if found["shown"] else "open"
    tag = Tag(role, FAMILY, found.end() - at, is_call="=" in found[0])
    return tag if _counts(tag, told, text[found.end() :][:1]) else None


def _counts(tag: Tag, told: str, after: str) -> bool:
    """Return whether a mark is one, rather than a word of a sentence."""
    if told[-1:] in prose.QUOTES or (tag.role == "answer" and not told and after == " "):
        return False
    if tag.is_call or told[-1:] not in {" ", "\t"}:
        return True
    ends = told.rstrip().rstrip("".join(prose.QUOTES))[-1:] in prose.SENTENCE_ENDS | {"}"}
    return ends and not (after.isascii() and after.islower())


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
