"""What previews cost besides their calls: rendering a frame, and the bytes of its request.

An answer of 30,000 characters of Markdown at fifty tokens a second goes through a reply in virtual
time, in a private chat and in a group. A frame's time is that of the `poll` that gives it, on this
processor; its bytes are those of the request that a Bot API client would send.
"""

from __future__ import annotations

import itertools
import json
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

from tickertape.channels.telegram import surface_of
from tickertape.channels.telegram.outbound import call_of
from tickertape.chat import Address, ChatKind
from tickertape.cli.tables import aligned
from tickertape.delivery.actions import Accepted, Action, Edit, Post, ShowDraft
from tickertape.delivery.limits.budget import Budget
from tickertape.delivery.reply.reply import Reply
from tickertape.delivery.streaming import StreamingConfig
from tickertape.events import Finished, TextDelta
from tickertape.testing.measures import quantile

__all__ = ["LONGEST", "MOST_BYTES", "answer", "run"]

LONGEST = 2.0
"""Milliseconds that a frame may take to render."""

MOST_BYTES = 3.0
"""Bytes of a frame's request for each byte of the text that it shows, at most."""

CHARACTERS = 30_000
_TOKEN = 4
_RATE = 50.0
_ROUND_TRIP = 0.08
_KINDS = (ChatKind.PRIVATE, ChatKind.GROUP)


@dataclass(slots=True)
class _Cost:
    """What the frames of one answer cost."""

    milliseconds: list[float]
    """For each frame, the time of its `poll`."""
    writing: list[float]
    """For each frame, the time in which its action becomes the client's call."""
    sent: int = 0
    """Bytes of all requests."""
    shown: int = 0
    """Bytes of all texts that they show."""


def answer(characters: int = CHARACTERS) -> str:
    """Make a long answer: the standard trace, again and again."""
    path = Path(__file__).parent / "traces" / "std.json"
    text = "".join(text for _, text in json.loads(path.read_text("utf-8"))) + "\n\n"
    return (text * (characters // len(text) + 1))[:characters]


def _stream(kind: ChatKind, rich: bool) -> _Cost:
    """Carry the answer to the screen in virtual time."""
    address = Address("telegram", "1", kind)
    surface = surface_of(address)
    reply = Reply(
        address,
        surface,
        Budget().chat(address.chat, surface.cadence),
        StreamingConfig(rich="always" if rich else "off"),
        draft_ids=map(str, itertools.count(1)),
    )
    ids = itertools.count(1)
    cost = _Cost([], [])
    text, now = answer(), 0.0
    for number, at in enumerate(range(0, len(text), _TOKEN)):
        now = max(now, number / _RATE)
        reply.feed(TextDelta(text[at : at + _TOKEN]), now)
        now = _act(reply, now, cost, ids)
    reply.feed(Finished(), now)
    while not reply.intent.done:
        now = _act(reply, max(now, reply.intent.at or now), cost, ids)
    assert reply.shown.is_whole
    return cost


def _act(reply: Reply, now: float, cost: _Cost, ids: itertools.count[int]) -> float:
    """Do what is due; give the moment after it."""
    if reply.intent.at is None or reply.intent.at > now:
        return now
    began = time.thread_time()
    action = reply.poll(now)
    took = time.thread_time() - began
    if action is None:
        return now
    now += _ROUND_TRIP
    shown = _weigh(action, took, cost)
    message_id = str(next(ids)) if isinstance(action, Post) else None
    reply.settle(Accepted(shown, message_id), now)
    return now


def _weigh(action: Action, took: float, cost: _Cost) -> str:
    if not isinstance(action, ShowDraft | Post | Edit):
        return ""
    began = time.thread_time()
    call = call_of(action)
    cost.writing.append((time.thread_time() - began) * 1000)
    cost.milliseconds.append(took * 1000)
    given = {name: value for name, value in call.params.items() if value is not None}
    cost.sent += len(json.dumps(given, ensure_ascii=False).encode())
    cost.shown += len(action.text.encode())
    return action.text


def _line(kind: ChatKind, *, rich: bool) -> tuple[str, ...]:
    cost = _stream(kind, rich)
    worst = quantile(cost.milliseconds, 0.99)
    ratio = cost.sent / cost.shown
    return (
        f"{kind.value}, {'blocks' if rich else 'text'}",
        str(len(cost.milliseconds)),
        f"{statistics.median(cost.milliseconds):.2f} ms",
        f"{worst:.2f} ms{'' if worst <= LONGEST else ' !'}",
        f"{max(cost.milliseconds):.2f} ms",
        f"{statistics.median(cost.writing):.2f} ms",
        f"{ratio:.2f}{'' if ratio <= MOST_BYTES else ' !'}",
    )


def run() -> str:
    """Measure; give a table. `!` marks a bar that was missed."""
    head = (
        "",
        "frames",
        "render p50",
        f"p99 (≤ {LONGEST:g})",
        "max",
        "write p50",
        f"bytes sent / shown (≤ {MOST_BYTES:g})",
    )
    lines = [_line(kind, rich=rich) for kind in _KINDS for rich in (False, True)]
    return aligned([head, *lines])
