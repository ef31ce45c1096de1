"""Findings as lines of text, purely: aligned, one for each, with marks that need no colour."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from tickertape.cli.doctor.findings import Finding, Level

__all__ = ["exit_code", "lines_of", "total_of"]

_COLOURS: Final[Mapping[Level, str]] = {
    Level.OK: "32",
    Level.WARNING: "33",
    Level.ERROR: "1;31",
    Level.SKIPPED: "2",
}
"""Colours of a terminal, as parameters of SGR (ECMA-48, 8.3.117)."""


def lines_of(
    findings: Sequence[Finding], redact: Callable[[str], str], *, coloured: bool = False
) -> list[str]:
    """Return a line for each finding.

    Args:
        findings: what was found.
        redact: takes secrets out of a line.
        coloured: whether marks have a colour.
    """
    width = max((len(_one_line(redact(one.subject))) for one in findings), default=0)
    marks = max(map(len, Level))
    lines = []
    for one in findings:
        mark = one.level.ljust(marks)
        if coloured:
            mark = f"\x1b[{_COLOURS[one.level]}m{mark}\x1b[0m"
        what = f"{one.what}. {_sentence(one.cure)}" if one.cure else one.what
        subject = _one_line(redact(one.subject)).ljust(width)
        lines.append(f"{mark}  {subject}  {_one_line(redact(what))}")
    return lines


def total_of(findings: Sequence[Finding]) -> str:
    """Return the last line: how many findings need something done, and what was left out."""
    counts = {level: sum(one.level is level for one in findings) for level in Level}
    told = [_counted(counts[Level.ERROR], "error"), _counted(counts[Level.WARNING], "warning")]
    if left_out := counts[Level.SKIPPED]:
        told.append(f"{left_out} not checked")
    return ", ".join(told)


def exit_code(findings: Sequence[Finding]) -> int:
    """Return 1 if something keeps the gateway from working, else 0."""
    return int(any(one.level is Level.ERROR for one in findings))


def _counted(count: int, noun: str) -> str:
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"


def _sentence(text: str) -> str:
    """Return a text with an end; what is not, or not only, a sentence may have one already."""
    is_command = text[:1].islower()
    return text if is_command or text.endswith((".", "?", "!")) else f"{text}."


def _one_line(text: str) -> str:
    """Return a text without what a terminal would obey: servers' words are among it."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
