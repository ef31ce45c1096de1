"""How many tokens a text takes, estimated: purely, for every model, without its tokenizer.

Each model cuts text in its own way, and few servers count in advance. So characters are weighed by
their kind, on the high side, and what the provider counted afterwards corrects the estimate
(`Gauge`). The weights were measured with the tokenizer of Qwen2.5 in llama.cpp (xllamacpp
2026.10.11549, `/tokenize`, 2026-11) and raised for what others do worse. Tokens for each character:

    English 0.20 · German 0.28 · French 0.31 · Russian 0.38 · Arabic 0.37 · Greek 0.84
    Chinese 0.59 · Japanese 0.79 · Korean 0.73 · Hindi 1.02 · Thai 0.76 · emoji 1.16
    Python 0.25 · HTML 0.35 · JSON 0.49 · tables 0.69 · base64 0.86 · hex 0.91 · digits 1.00
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from string import ascii_lowercase, ascii_uppercase, digits, whitespace
from typing import assert_never

from tickertape.conversation import (
    Entry,
    Opaque,
    Part,
    Step,
    TextPart,
    Thought,
    ToolCall,
    ToolResult,
    Utterance,
)
from tickertape.ports import ToolSpec

__all__ = ["FRAME", "Gauge", "cut", "tokens", "tokens_of_entries", "tokens_of_tools"]

FRAME = 8
"""Tokens around each entry, call and tool: role, separators, ids. ChatML takes 5 for a message, and
what OpenAI counts is 3 or 4 (OpenAI Cookbook, "How to count tokens with tiktoken")."""

_TOOLS_PREFACE = 350
"""Tokens that a server adds when there are tools at all: 346 at Anthropic (its page "Tool use",
"tool use system prompt", 2026-11); chat templates of local models take 100 to 200."""

_LETTERS, _CAPITALS, _DIGITS, _SPACE = (
    part.encode() for part in (ascii_lowercase, ascii_uppercase, digits, whitespace)
)
_SIGNS = bytes(sorted({*range(0x80)} - {*_LETTERS, *_CAPITALS, *_DIGITS, *_SPACE}))

# Hundredths of a token for each character, by the first byte that it has in UTF-8 (counting bytes
# is quick). Lower-case letters come in words; capitals and digits often do not (base64, hex, ids);
# white space mostly belongs to the word after it.
_WEIGHTS = (
    (28, _LETTERS),
    (80, _CAPITALS),
    (100, _DIGITS),
    (20, _SPACE),
    (90, _SIGNS),
    (100, bytes(range(0xC0, 0xD0))),  # Latin with accents, Greek
    (60, bytes(range(0xD0, 0xE0))),  # Cyrillic, Hebrew, Arabic
    (110, bytes(range(0xE0, 0xF0))),  # the scripts of India, Thai, CJK, Hangul, signs
    (200, bytes(range(0xF0, 0xF8))),  # emoji, rare CJK
)

_MOST_CHARACTERS_PER_TOKEN = 5
"""By the weights above no token has more, so a longer text need not be weighed to be too long."""


def tokens(text: str) -> int:
    """Estimate the tokens of `text`; too many rather than too few."""
    data = text.encode("utf-8", "surrogatepass")
    counts = ((weight, len(data) - len(data.translate(None, kind))) for weight, kind in _WEIGHTS)
    return -(-sum(weight * count for weight, count in counts) // 100)


def tokens_of_entries(entries: Iterable[Entry]) -> int:
    """Estimate the tokens that `entries` take in a prompt, what frames them included."""
    return sum(_of_entry(entry) for entry in entries)


def _of_entry(entry: Entry) -> int:
    match entry:
        case Utterance(text=text) | ToolResult(text=text):
            return FRAME + tokens(text)
        case Step(parts=parts):
            return FRAME + sum(_of_part(part) for part in parts)
        case _:
            assert_never(entry)


def _of_part(part: Part) -> int:
    match part:
        case TextPart(text=text):
            return tokens(text)
        case Thought(text=text, raw=raw):
            return max(tokens(text), _of_raw(raw or ""))
        case ToolCall(name=name, arguments=arguments):
            return FRAME + tokens(name) + tokens(arguments)
        case Opaque(raw=raw):
            return _of_raw(raw)
        case _:
            assert_never(part)


def _of_raw(raw: str) -> int:
    """Estimate an item that only its server can read: what it encrypts was text once."""
    return ceil(len(raw) / 4)


def tokens_of_tools(tools: Iterable[ToolSpec]) -> int:
    """Estimate the tokens that the descriptions of `tools` take."""
    each = [
        FRAME + tokens(tool.name + tool.description + json.dumps(tool.parameters, default=str))
        for tool in tools
    ]
    return _TOOLS_PREFACE + sum(each) if each else 0


def cut(text: str, limit: int) -> str:
    """Return `text`, or its beginning and end with a note between them on what was left out.

    Args:
        text: what may be too long.
        limit: tokens that the result may take. The note itself takes up to 30: a text that is
            longer never becomes shorter than that.
    """
    size = len(text)
    if size <= limit * _MOST_CHARACTERS_PER_TOKEN and tokens(text) <= limit:
        return text
    keep = min(size, max(limit, 0) * _MOST_CHARACTERS_PER_TOKEN)
    while keep:
        short = _without_middle(text, keep)
        if (whole := tokens(short)) <= limit:
            return short
        keep = min(keep - 1, keep * max(limit, 0) // whole)
    return _without_middle(text, 0)


def _without_middle(text: str, keep: int) -> str:
    end = keep // 2
    note = f"\n[... {len(text) - keep:,} characters left out ...]\n"
    return text[: keep - end] + note + (text[-end:] if end else "")


@dataclass(frozen=True, slots=True)
class Gauge:
    """How far the estimate is from what one model's server counts, as learned from its answers."""

    ratio: float = 1.0
    """Tokens that the server counts for each one of the estimate."""

    def learn(self, estimated: int, counted: int) -> Gauge:
        """Return the gauge adjusted by an answer's token count.

        It rises at once half of the way, because an overflow costs an answer, and falls slowly. A
        small prompt says little: what the server adds to each prompt outweighs it. A count below
        a quarter of the estimate is no count (servers leave out what they had cached, or send 0).

        Args:
            estimated: tokens of the prompt, by `tokens_of_entries` and `tokens_of_tools`.
            counted: tokens that the server says it read.
        """
        if estimated < _LEAST_LEARNED or counted < estimated // 4:
            return self
        seen = min(max(counted / estimated, _LEAST_RATIO), _MOST_RATIO)
        share = 0.5 if seen > self.ratio else 0.1
        return Gauge(self.ratio + share * (seen - self.ratio))

    def room(self, limit: int) -> int:
        """Return the estimate that corresponds to a prompt of `limit` counted tokens."""
        return int(limit / self.ratio)


_LEAST_LEARNED = 500
"""Tokens of a prompt from which on it teaches something: more than servers add to it."""
_LEAST_RATIO = 0.5
_MOST_RATIO = 2.0
"""Bounds of what is believed: beyond them the server counts something else than we do."""
