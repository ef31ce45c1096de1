"""Whether an answer's messages say what its agent said, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator

from tickertape.simulation.messages import letters
from tickertape.simulation.record import Told
from tickertape.simulation.violations import Rule, Violation

__all__ = ["judge_words"]


def judge_words(told: Told) -> Iterator[Violation]:
    """Give what is wrong with the words of one answer."""
    if told.said != told.heard:
        goes_on = told.stopped and told.said.startswith(told.heard)
        rule = Rule.STOP_LOST if goes_on else Rule.SAID_OTHERWISE
        yield Violation(rule, told.where, _difference(told.said, told.heard))
        return
    if not told.is_whole or told.done_at is None:
        return  # it may have ended before its end came
    shown = told.words
    said, mark = letters(told.heard), letters(told.mark)
    if shown == said + mark:
        return
    rule = Rule.STOP_LOST if told.stopped and shown == said else Rule.SAID_OTHERWISE
    yield Violation(rule, told.where, _difference(shown, said + mark))


def _difference(found: str, wanted: str) -> str:
    """Say where two texts part."""
    at = next(
        (i for i, (a, b) in enumerate(zip(found, wanted, strict=False)) if a != b),
        min(len(found), len(wanted)),
    )
    return (
        f"{len(found)} characters in place of {len(wanted)}; from {at} on "
        f"{found[at : at + 40]!r} in place of {wanted[at : at + 40]!r}"
    )
