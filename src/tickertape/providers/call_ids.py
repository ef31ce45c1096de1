"""Ids of calls and names of tools, spelt so that the server that reads them takes them.

Conversations move between models, and each server has its own rules for ids: how long they may be,
of which characters they are, that none is used twice. An id that may stand stays as it is.
"""

from __future__ import annotations

import re
import string
import sys
from collections.abc import Iterator
from hashlib import sha256
from itertools import count

__all__ = ["CallIds", "called", "tool_name"]

_NAME_LIMIT = 64
"""Characters of a tool's name (platform.openai.com/docs/api-reference/chat/create, "tools", and
platform.claude.com/docs/en/agents-and-tools/tool-use: `^[a-zA-Z0-9_-]{1,64}$`, 2026-11)."""

_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_-]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_RECIPIENT = re.compile(r"\bto=(?P<name>[^\s<]+)")
_DIGITS = string.digits + string.ascii_letters


class CallIds:
    """Spells the ids of one conversation's calls, in order, and those of their results alike.

    Ids that differ are sent as ids that differ, and which ones depends on nothing but the
    conversation up to there: one that goes on repeats its beginning to the letter.
    """

    __slots__ = (
        "_exactly",
        "_forbidden",
        "_limit",
        "_sent",
        "_substitute",
        "_unanswered",
        "_unique",
        "_used",
    )

    def __init__(
        self, *, limit: int = 0, exactly: int = 0, plain: bool = False, unique: bool = False
    ) -> None:
        """Begin a conversation.

        Args:
            limit: the most characters of an id; 0: any number.
            exactly: if not 0, of how many letters and digits an id must be, and of nothing else.
            plain: whether an id is of letters, digits, `_` and `-` alone.
            unique: whether two calls that have one id must get two.
        """
        self._limit = limit or sys.maxsize
        self._exactly = exactly
        self._unique = unique
        self._forbidden, self._substitute = (_NOT_IN_NAMES, "_") if plain else (_SURROGATES, "?")
        self._used: set[str] = set()
        self._sent: dict[str, str] = {}
        self._unanswered: dict[str, list[str]] = {}

    def asked(self, call_id: str) -> str:
        """Return the id under which a call is sent."""
        known = None if self._unique else self._sent.get(call_id)
        sent = known or next(way for way in self._ways(call_id) if way not in self._used)
        self._used.add(sent)
        self._sent[call_id] = sent
        self._unanswered.setdefault(call_id, []).append(sent)
        return sent

    def answered(self, call_id: str) -> str:
        """Return the id under which the call of a result was sent.

        Args:
            call_id: its id in the conversation; of calls that share it, the first without a result.
        """
        waiting = self._unanswered.get(call_id)
        if waiting:
            return waiting.pop(0)
        return self._sent.get(call_id) or next(self._ways(call_id))

    def _ways(self, call_id: str) -> Iterator[str]:
        """Yield the ways to spell an id, the best first, without end."""
        if self._exactly:
            if len(call_id) == self._exactly and call_id.isascii() and call_id.isalnum():
                yield call_id
            for number in count():
                yield _digest(f"{number} {call_id}", self._exactly)
        name = self._forbidden.sub(self._substitute, call_id)
        if name != call_id or not 0 < len(name) <= self._limit:
            name = self._ending(name, f"_{_digest(call_id, 8)}")
        yield name
        for number in count(2):
            yield self._ending(name, f"_{number}")

    def _ending(self, name: str, end: str) -> str:
        return name[: self._limit - len(end)] + end


def tool_name(name: str) -> str:
    """Return the name of a tool in allowed characters; "" for an empty one."""
    return _NOT_IN_NAMES.sub("_", name)[:_NAME_LIMIT]


def called(name: str) -> str:
    """Return the name of the tool that a model called, without what its channel said around it.

    Servers of harmony models let parts of the call's header through (vllm-project/vllm#32587):
    `clock<|channel|>commentary`, `functions.clock`, `<|channel|>commentary to=functions.clock`.
    """
    if "<|" not in name and "." not in name and "=" not in name:
        return name.strip()
    to = _RECIPIENT.search(name)
    bare = to["name"] if to is not None else name.partition("<|")[0]
    return bare.strip().removeprefix("functions.")


def _digest(text: str, size: int) -> str:
    """Return letters and digits derived from a text's hash."""
    number = int.from_bytes(sha256(text.encode("utf-8", "surrogatepass")).digest())
    digits = []
    for _ in range(size):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(digits)
