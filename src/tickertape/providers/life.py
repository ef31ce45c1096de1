"""Keep-alives: what a server sends to show that it is alive, without content.

Comments and `ping` are what the protocols have for it. Servers and proxies also send theirs as
data, where clients that expect JSON break off: `data: : keepalive` (a comment that was wrapped
once more, anomalyco/opencode#50871), `data: ping`, `data: [PING]`, `data: null`, and other JSON
that is no object; one of these words with a number or a time behind it (`data: keepalive 1`), a
time alone, dots and dashes. No message of any protocol looks like this, so nothing of an answer is
passed over. A text that is neither JSON nor one of the words here is none.
"""

from __future__ import annotations

import re

__all__ = ["LIFE", "NAMES", "is_life", "is_life_name"]

NAMES = (
    rb"(?:(?i:ping|pong|keep[-_ ]?alive|heart[-_ ]?beat|alive|no-?op|waiting|processing|"
    rb"openrouter processing|connected|ok|tick|idle|loading|pending|queued))"
)
"""The words, in any case, as a pattern."""

_WRAPPED = rb"[(\[<]?+" + NAMES + rb"[)\]>]?+[-\d#:=()<>.,!/+ \tTZsm]{0,64}+"

_TIME = rb"[-+]?\d[-\d:.,TZ+/ \tsm]{0,40}+"

_DOTS = rb"(?:[-.*~_=+#|/]|\xe2\x80[\x80-\xa7]|\xc2\xb7){1,64}+"
"""Punctuation, dots, blanks without width: nothing that JSON begins with."""

LIFE = (
    rb"(?::[^\r\n]*+|"
    + _WRAPPED
    + rb"|"
    + _TIME
    + rb"|"
    + _DOTS
    + rb"|null|true|false|\"[^\"\\{\r\n]{0,64}+\"|\[\s*+\]"
    + rb'|\{\s*+"type":\s?+"'
    + NAMES
    + rb'"[^\r\n]*+)'
)
"""Data on one line that is a sign of life, as a pattern that never gives anything back."""

_LIFE = re.compile(rb"\s*+" + LIFE + rb"\s*+")
_NAME = re.compile(NAMES)


def is_life(data: bytes) -> bool:
    """Return whether a message whose data is no JSON object is a sign of life.

    Args:
        data: the data, without what surrounds it.
    """
    return _LIFE.fullmatch(data) is not None


def is_life_name(name: bytes) -> bool:
    """Return whether an `event` line names a sign of life."""
    return _NAME.fullmatch(name) is not None
