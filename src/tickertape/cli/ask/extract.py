"""The code in an answer, purely: for `ask -x`."""

from __future__ import annotations

from enum import StrEnum

import pyromark

from tickertape.markup.commonmark import as_commonmark

__all__ = ["Which", "extracted"]


class Which(StrEnum):
    """Which block of code is wanted."""

    FIRST = "first"
    """The first one."""
    LAST = "last"
    """The last one."""


def extracted(answer: str, which: Which) -> str:
    """Return what stands in a fenced block of code; the whole answer where there is none.

    Args:
        answer: the Markdown.
        which: which block, if there are several.
    """
    blocks = _fenced(answer)
    if not blocks:
        return answer.rstrip("\n")
    return blocks[0 if which is Which.FIRST else -1].rstrip("\n")


def _fenced(answer: str) -> list[str]:
    """Return what stands in each fenced block; one that is not closed ends with the text."""
    blocks: list[list[str]] = []
    is_inside = False
    for event in pyromark.events(as_commonmark(answer)):
        match event:
            case {"Start": {"CodeBlock": {"Fenced": _}}}:
                is_inside = True
                blocks.append([])
            case {"End": "CodeBlock"}:
                is_inside = False
            case {"Text": str(text)} if is_inside:
                blocks[-1].append(text)
            case _:
                pass
    return ["".join(pieces) for pieces in blocks]
