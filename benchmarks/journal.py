"""What the journal costs: turns on a file of SQLite, without a model and without HTTP.

Fifty messages a second come into a gateway whose agent says one line at once and whose channel is
in memory, with a journal and without one (the conversation is stored in either case). Told are the
time from the message to the agent, and the share of one core over the whole run.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from tickertape.chat import Address, ChatKind, Inbound, Message, Person
from tickertape.cli.tables import aligned
from tickertape.events import Event, Finished, TextDelta
from tickertape.gateway.access import Access
from tickertape.gateway.loop import Gateway
from tickertape.gateway.storage.database_journal import DatabaseJournal
from tickertape.gateway.storage.store import ConversationStore
from tickertape.ports import Turn
from tickertape.testing.transports import FakeTransport

__all__ = ["RATE", "SECONDS", "run"]

RATE = 50
"""Messages a second, each in a chat of its own."""

SECONDS = 10
"""How long they come."""

MOST_ADDED = 0.005
"""Seconds that the journal may add to the median time from a message to its agent."""

MOST_SHARE = 0.60
"""The share of one core that all of it may take."""


class _Channel(FakeTransport):
    """A channel in memory, into which messages come evenly."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, float] = {}

    async def messages(self) -> AsyncGenerator[Inbound, None]:
        """Yield the messages, each at its moment."""
        began = time.monotonic()
        for number in range(RATE * SECONDS):
            await asyncio.sleep(max(0.0, began + number / RATE - time.monotonic()))
            who = str(number + 1)
            self.sent[who] = time.monotonic()
            at = Address("telegram", who, ChatKind.PRIVATE)
            yield Message(at, Person(who, "Ann"), "hello", who, to_us=True, key=who)


class _Agent:
    """Says one line, and knows when it was asked."""

    def __init__(self) -> None:
        self.asked: dict[str, float] = {}

    async def run(self, turn: Turn) -> AsyncIterator[Event]:
        """Yield the line and the end."""
        self.asked[turn.address.chat] = time.monotonic()
        yield TextDelta("Hello to you, too.")
        yield Finished()


@dataclass(frozen=True, slots=True)
class _Taken:
    waits: list[float]
    share: float


async def _play(*, has_journal: bool) -> _Taken:
    people = frozenset(str(number + 1) for number in range(RATE * SECONDS))
    with tempfile.TemporaryDirectory(prefix="tickertape-") as folder:
        store = await ConversationStore.open(f"sqlite+aiosqlite:///{Path(folder) / 't.db'}")
        channel, agent = _Channel(), _Agent()
        journal = DatabaseJournal(store.database) if has_journal else None
        gateway = Gateway({"telegram": channel}, agent, store, Access(people), journal=journal)
        began, worked = time.monotonic(), time.process_time()
        await gateway.run()
        share = (time.process_time() - worked) / (time.monotonic() - began)
        await store.aclose()
    if len(agent.asked) < len(people):
        raise RuntimeError(f"{len(people) - len(agent.asked)} messages did not reach the agent")
    return _Taken([agent.asked[who] - channel.sent[who] for who in people], share)


def run() -> str:
    """Measure both, and return a table."""
    rows = [("", "message to agent: median", "99 of 100", "share of a core")]
    medians = {}
    for name, has_journal in (("without a journal", False), ("with it", True)):
        taken = asyncio.run(_play(has_journal=has_journal))
        medians[has_journal] = statistics.median(taken.waits)
        late = statistics.quantiles(taken.waits, n=100)[-1]
        rows.append(
            (
                name,
                f"{medians[has_journal] * 1e3:.1f} ms",
                f"{late * 1e3:.1f} ms",
                f"{taken.share:.0%}",
            )
        )
    added = medians[True] - medians[False]
    bars = f"added: {added * 1e3:.1f} ms (bar {MOST_ADDED * 1e3:.0f}); share: bar {MOST_SHARE:.0%}"
    return f"{aligned(rows)}\n\n{bars}"
