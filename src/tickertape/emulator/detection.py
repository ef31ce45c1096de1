"""What the server finds in a text by itself: mentions, commands, hashtags, addresses.

An approximation of tdlib/td MessageEntity.cpp `find_entities` that is exact for what decides
whether a bot is addressed (mentions and commands). Addresses without a scheme are not found.
"""

from __future__ import annotations

import re

from tickertape.emulator.spans import EntitySpan

__all__ = ["detect"]

_PATTERNS = (
    ("url", re.compile(r"(?<![\w@])(?:https?|ftp|tg)://[^\s<>\"']+", re.IGNORECASE)),
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")),
    ("bot_command", re.compile(r"(?<![\w/<>])/\w{1,64}(?:@\w{3,32})?(?![\w/<>])", re.ASCII)),
    ("mention", re.compile(r"(?<![\w@])@\w{3,32}(?!\w)", re.ASCII)),
    ("hashtag", re.compile(r"(?<![\w#])#(?=\w*[^\W\d])\w{1,256}")),
    ("cashtag", re.compile(r"(?<![\w$])\$[A-Z]{3,8}(?!\w)")),
)
_TRAILING = ".,:;!?)]}"


def detect(text: str) -> list[EntitySpan]:
    """Return the entities of a text that are detected without markup; none overlaps another."""
    found: list[EntitySpan] = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            start, end = match.span()
            if kind == "url":
                end = start + len(match.group().rstrip(_TRAILING))
            if all(end <= other.start or start >= other.end for other in found):
                found.append(EntitySpan(kind, start, end))
    return sorted(found, key=lambda span: span.start)
