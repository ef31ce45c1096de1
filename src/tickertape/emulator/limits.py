"""Flood control: which call is too many, and how long its caller must wait.

A *gate* stands before one family of calls at one place (the messages of a bot in a chat, its
drafts there, all its messages). It lets a call pass when every limit of the gate has room. What
is refused does not count against the limits, but knocking while the gate is shut starts the wait
again (`Floods.prolong`).

The wait is told in whole seconds, rounded up and at least 1, as Telegram does; a client that waits
that long and not less is let in, unless others knocked meanwhile.
"""

from __future__ import annotations

import math
import zlib
from collections import deque
from typing import assert_never

from tickertape.emulator.settings import Limit, Settings, SlidingWindow, TokenBucket

__all__ = ["FloodControl", "Gate"]

_EPSILON = 1e-9


class Gate:
    """Counts the calls of one family at one place.

    Args:
        limits: All of them hold at once.
        prolong: Whether a call inside a penalty restarts the wait.
    """

    def __init__(self, limits: tuple[Limit, ...], *, prolong: bool) -> None:
        self._meters = [_meter(limit) for limit in limits]
        self._prolong = prolong
        self._shut_until = -math.inf
        self._penalty = 0.0

    def try_pass(self, now: float) -> int | None:
        """Return None if a call may pass, else the seconds to wait.

        Args:
            now: Seconds on the world's clock.

        Returns:
            None where a call may pass; else the whole seconds to wait.
        """
        if now < self._shut_until - _EPSILON:
            if self._prolong:
                self._shut_until = max(self._shut_until, now + self._penalty)
            return _whole(self._shut_until - now)
        free_at = max((meter.free_at(now) for meter in self._meters), default=now)
        if free_at <= now + _EPSILON:
            return None
        self.shut(free_at - now, now)
        return _whole(free_at - now)

    def count(self, now: float) -> None:
        """Count a call that passed."""
        for meter in self._meters:
            meter.count(now)

    def shut(self, seconds: float, now: float) -> None:
        """Refuse all calls for some seconds."""
        self._penalty = seconds
        self._shut_until = now + seconds


class FloodControl:
    """All gates of one world."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._gates: dict[tuple[str, int, int], Gate] = {}
        self._drawn = 0

    def configure(self, settings: Settings) -> None:
        """Set other limits, and forget all counts."""
        self._settings = settings
        self._gates.clear()

    def message(self, bot_id: int, chat_id: int, *, private: bool, now: float) -> int | None:
        """Count a message or an edit; return None if it passes, else the seconds to wait."""
        floods = self._settings.floods
        own = self._settings.chats.get(chat_id)
        limits = floods.private if private else floods.group
        if own is not None and own.messages is not None:
            limits = own.messages
        chat_gate = self._gate("messages", bot_id, chat_id, limits)
        bot_gate = self._gate("bot", bot_id, 0, floods.bot)
        wait = chat_gate.try_pass(now) or bot_gate.try_pass(now)
        if wait is None:
            chat_gate.count(now)
            bot_gate.count(now)
        return wait

    def draft(self, bot_id: int, chat_id: int, now: float) -> int | None:
        """Count a draft or a chat action; return None if it passes, else the seconds to wait."""
        own = self._settings.chats.get(chat_id)
        limits = self._settings.floods.drafts
        if own is not None and own.drafts is not None:
            limits = own.drafts
        gate = self._gate("drafts", bot_id, chat_id, limits)
        wait = gate.try_pass(now)
        if wait is None:
            gate.count(now)
            self._maybe_cool_down(gate, now)
        return wait

    def _gate(self, family: str, bot_id: int, chat_id: int, limits: tuple[Limit, ...]) -> Gate:
        key = (family, bot_id, chat_id)
        gate = self._gates.get(key)
        if gate is None:
            gate = self._gates[key] = Gate(limits, prolong=self._settings.floods.prolong)
        return gate

    def _maybe_cool_down(self, gate: Gate, now: float) -> None:
        floods = self._settings.floods
        if floods.cooldown_chance > 0.0 and self._draw() < floods.cooldown_chance:
            gate.shut(floods.cooldown_longest * self._draw(), now)

    def _draw(self) -> float:
        self._drawn += 1
        return zlib.crc32(f"{self._settings.floods.seed}:{self._drawn}".encode()) / 2**32


class _WindowMeter:
    def __init__(self, limit: SlidingWindow) -> None:
        self._seconds = limit.seconds
        self._times: deque[float] = deque(maxlen=limit.calls)

    def free_at(self, now: float) -> float:
        if len(self._times) < (self._times.maxlen or 0):
            return now
        return self._times[0] + self._seconds

    def count(self, now: float) -> None:
        self._times.append(now)


class _BucketMeter:
    def __init__(self, limit: TokenBucket) -> None:
        self._limit = limit
        self._tokens = float(limit.burst)
        self._at = -math.inf

    def free_at(self, now: float) -> float:
        missing = 1.0 - self._filled(now)
        return now + max(0.0, missing) / self._limit.rate

    def count(self, now: float) -> None:
        self._tokens = self._filled(now) - 1.0
        self._at = now

    def _filled(self, now: float) -> float:
        if self._at == -math.inf:
            return self._tokens
        return min(float(self._limit.burst), self._tokens + (now - self._at) * self._limit.rate)


def _meter(limit: Limit) -> _WindowMeter | _BucketMeter:
    match limit:
        case SlidingWindow():
            return _WindowMeter(limit)
        case TokenBucket():
            return _BucketMeter(limit)
        case _:
            assert_never(limit)


def _whole(seconds: float) -> int:
    return max(1, math.ceil(seconds - _EPSILON))
