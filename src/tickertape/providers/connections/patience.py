"""How long a server may be silent before its answer counts as stalled: three deadlines, pure.

    first byte    from the request to the answer's first byte: grows with the prompt
    idle          from byte to byte; keep-alive comments are bytes
    content       from content to content: pings alone do not make an answer

A reader can stop at any moment; these bounds are for servers that will never go on. What was seen
in the wild: streams that stall after their first event or before it for minutes (openai/codex#3229,
HybridAIOne/hybridclaw#1288), and agents that wait 120 s for a read and up to 1,200 s for the first
byte of prompts beyond 100,000 tokens (NousResearch/hermes-agent, chat_completion_helpers.py).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from tickertape.providers.life import LIFE, NAMES

__all__ = [
    "BYTES_PER_TOKEN",
    "END",
    "HOSTED",
    "LOCAL",
    "LONGEST_FIRST_BYTE",
    "Patience",
    "StallClock",
    "Waits",
    "is_keep_alive",
]

BYTES_PER_TOKEN = 4
"""Bytes of a request that make a token, roughly: "~4 characters in English"
(platform.openai.com/tokenizer). Other scripts have more bytes a token, so the guess is high."""

LONGEST_FIRST_BYTE = 1200.0
"""Seconds to the first byte that no prompt exceeds (the largest floor in hermes-agent)."""


END = 5.0
"""Seconds that usage and the end itself may take after a finish reason that came alone: some
servers never send them and keep the socket open (openai/codex#43140). All words are on screen by
then, so that waiting costs little; a server that goes on gets its time back."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one sort of server may be silent."""

    first_byte: float
    """Seconds from the request to the first byte, for an empty prompt."""
    per_token: float
    """Seconds more for each token of the prompt."""
    idle: float
    """Seconds from byte to byte."""
    content: float
    """Seconds without content, as a multiple of `idle`."""


HOSTED = Patience(first_byte=120.0, per_token=0.01, idle=120.0, content=5.0)
"""A vendor's server. 120 s and 10 ms a token are hermes-agent's read timeout and its floors (600 s
from 10,000 tokens) made a line; five times 120 s are the SDKs' own limit for a whole request
(openai 3.54 and anthropic 2.12, `_constants.py`: 600 s)."""

LOCAL = Patience(first_byte=300.0, per_token=0.05, idle=300.0, content=4.0)
"""A server on its user's machine. It may load the model first (Ollama allows 5 minutes:
`OLLAMA_LOAD_TIMEOUT`, ollama/ollama envconfig/config.go), and reads 30 to 150 tokens a second on
two cores (llama.cpp, models of 0.5B to 1.5B, measured 2026-11): 50 ms a token is slower still."""


@dataclass(frozen=True, slots=True)
class Waits:
    """The deadlines of one request, in seconds."""

    first_byte: float
    """From the request to the first byte."""
    idle: float
    """From byte to byte."""
    content: float
    """From content to content."""

    @classmethod
    def for_request(
        cls,
        size: int,
        *,
        local: bool,
        streaming: bool = True,
        first_byte: float | None = None,
        idle: float | None = None,
    ) -> Waits:
        """Choose the deadlines of a request.

        Args:
            size: bytes of its body.
            local: whether the server is its user's own.
            streaming: whether a stream was asked for; else the first byte is that of the whole.
            first_byte: seconds in place of the chosen ones.
            idle: seconds in place of the chosen ones.
        """
        patience = LOCAL if local else HOSTED
        if first_byte is None:
            grown = patience.first_byte + size / BYTES_PER_TOKEN * patience.per_token
            first_byte = min(grown, LONGEST_FIRST_BYTE)
        idle = patience.idle if idle is None else idle
        content = max(first_byte, idle * patience.content)
        return cls(first_byte if streaming else content, idle, content)


class StallClock:
    """How long an answer may stay silent, as it goes; times are seconds of one clock.

    The detail of a stall says which of the deadlines it was.
    """

    __slots__ = ("_bytes_by", "_content_by", "_end_by", "_idle", "_waits", "deadline")

    def __init__(self, waits: Waits, now: float) -> None:
        """Begin to wait for the first byte."""
        self._waits = waits
        self._idle = waits.first_byte
        self._bytes_by = now + waits.first_byte
        self._content_by = now + waits.content
        self._end_by = math.inf
        self.deadline = min(self._bytes_by, self._content_by)
        """When the answer counts as stalled, unless something comes before."""

    def heard(self, now: float, *, content: bool, finishing: bool = False) -> None:
        """Record that bytes came.

        Args:
            now: when.
            content: whether they said more than that the server lives.
            finishing: whether a finish reason came, and only the end is awaited: it is from the
                first time on, unless the answer goes on.
        """
        self._idle = self._waits.idle
        self._bytes_by = now + self._waits.idle
        if content:
            self._content_by = now + self._waits.content
        self._end_by = min(self._end_by, now + END) if finishing else math.inf
        self.deadline = min(self._bytes_by, self._content_by, self._end_by)

    @property
    def reason(self) -> str:
        """What a stall at the deadline is: one line."""
        if self._content_by < self._bytes_by:
            return f"only signs of life came for {self._waits.content:g} s"
        return f"nothing came for {self._idle:g} s"


_KEEP_ALIVE = re.compile(
    # Nothing is ever given back: else n comments before content would be read 2^n times.
    rb"(?:[\s\0]*+(?::[^\r\n]*+|event:\s?+"
    + NAMES
    + rb"|data:\s?+"
    + LIFE
    + rb")(?:[\r\n]++|\Z))*+[\s\0]*+"
)
"""Comments (openrouter.ai/docs/api-reference/streaming; ggml-org/llama.cpp, tools/server), `ping`
(docs.anthropic.com/en/docs/build-with-claude/streaming), `keepalive` (as the Codex back end sends),
and what else stands in the place of data (`life`)."""


def is_keep_alive(data: bytes) -> bool:
    """Return whether bytes of a stream are keep-alives only.

    Bytes that are cut at odd places may count as content: that waits longer, never shorter.
    """
    return _KEEP_ALIVE.fullmatch(data) is not None
