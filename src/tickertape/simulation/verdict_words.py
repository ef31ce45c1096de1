"""Whether an answer's messages say what its agent said, whole, and how it ended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from tickertape.simulation.messages import letters
from tickertape.simulation.record import Told
from tickertape.simulation.violations import Rule, Violation

__all__ = ["judge_words"]

# Flags are pairs of letters; what is joined has a joiner in between, and a colour of skin or a form
# of display behind (Unicode UAX #29, GB9 to GB13). No agent here says a half.
_FLAG_LETTER: Final = "[\U0001f1e6-\U0001f1ff]"
_HALF_FLAG: Final = re.compile(rf"(?<!{_FLAG_LETTER})(?:{_FLAG_LETTER}{{2}})*{_FLAG_LETTER}\Z")
_JOINER: Final = "\u200d"
_BEHIND: Final = re.compile("[\u200d\ufe0f\U0001f3fb-\U0001f3ff]")


def judge_words(told: Told) -> Iterator[Violation]:
    """Yield what is wrong with the words of one answer."""
    if told.said != told.heard:
        goes_on = told.stopped and told.said.startswith(told.heard)
        rule = Rule.STOP_LOST if goes_on else Rule.SAID_OTHERWISE
        yield Violation(rule, told.where, _difference(told.said, told.heard))
        return
    if not told.is_whole or told.done_at is None:
        return  # it may have ended before its end came
    for before, after in pairwise(told.finals):
        if _is_torn(before, after):
            yield Violation(Rule.TORN, told.where, repr(f"{before[-8:]} | {after[:8]}"))
    shown = told.words
    said, mark = letters(told.heard), letters(told.mark)
    if shown == said + mark:
        return
    rule = Rule.STOP_LOST if told.stopped and shown == said else Rule.SAID_OTHERWISE
    yield Violation(rule, told.where, _difference(shown, said + mark))


def _is_torn(before: str, after: str) -> bool:
    """Return whether a picture is split by the end of a message."""
    half = _HALF_FLAG.search(before) is not None and re.match(_FLAG_LETTER, after) is not None
    return half or before.endswith(_JOINER) or _BEHIND.match(after) is not None


def _difference(found: str, wanted: str) -> str:
    """Return where two texts begin to differ."""
    at = next(
        (i for i, (a, b) in enumerate(zip(found, wanted, strict=False)) if a != b),
        min(len(found), len(wanted)),
    )
    return (
        f"{len(found)} characters in place of {len(wanted)}; from {at} on "
        f"{found[at : at + 40]!r} in place of {wanted[at : at + 40]!r}"
    )
