"""The trials: each runs a fleet, judges every chat, and tells what it measured.

`!` marks a bar that was missed. A machine with other things to do misses all that are seconds: the
processor time of a turn, which is told too, depends on them less.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace

from benchmarks.fleet.stage import NEWEST, Stage, stage, until, waits_of
from benchmarks.postgres import PostgresServer
from tickertape.testing.measures import quantile

__all__ = ["TRIALS", "Asked", "Found"]

MEDIAN, LATE = 0.02, 0.08  # seconds from the message to its turn: bars at 100 turns a second
DRAINED = 200.0  # conversations a second
USED = 0.95  # of a bot's limit
UNHARMED = 0.1  # seconds, p99, of those who write while another chat floods

_CHATS = 2_000
_BOT = 28  # calls a second, as Telegram's channel has it
_FLOOD = "flood"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be tried."""

    rate: float = 0.0
    """Messages a second; 0: the trial's own."""
    seconds: float = 0.0
    """For how long; 0: the trial's own."""
    count: int = 0
    """How many messages, where the trial counts them; 0: its own number."""
    every: float = 20.0
    """Seconds from one kill to the next."""
    roles: tuple[str, ...] = ()
    """A process for each; empty: the trial's own."""
    version: str = ""
    """Of Postgres; empty: the newest, or that of `DATABASE_URL`."""
    seed: int = 1
    """Of what is drawn."""


@dataclass(slots=True)
class Found:
    """What came of a trial."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    """What was measured: a name and a value each."""
    wrong: int = 0
    """How many questions were lost, doubled or out of their order."""

    def tell(self, name: str, value: str, *, is_met: bool = True) -> None:
        """Add a line; `!` marks a bar that was missed."""
        self.lines.append((name, value if is_met else f"{value} !"))


@asynccontextmanager
async def _fleet(asked: Asked, roles: tuple[str, ...], calls: int = 0) -> AsyncIterator[Stage]:
    chosen = asked.roles or roles
    async with stage(chosen, version=asked.version, calls=calls, seed=asked.seed) as one:
        yield one


@contextmanager
def _spending(one: Stage, found: Found) -> Iterator[None]:
    """Tell the processor time of each turn that begins in the block."""
    before, turns, since = one.used(), len(one.began), time.monotonic()
    yield
    one.look()
    after, took = one.used(), time.monotonic() - since
    begun = max(1, len(one.began) - turns)
    by_kind: dict[str, float] = {}
    for name, seconds in after.items():
        kind = name.partition("-")[0]
        by_kind[kind] = by_kind.get(kind, 0.0) + seconds - before.get(name, 0.0)
    spent = ", ".join(f"{kind} {seconds / begun * 1e3:.1f}" for kind, seconds in by_kind.items())
    found.tell("processor time of a turn, ms", spent)
    found.tell(
        "turns a second", f"{begun / took:.0f}, {sum(by_kind.values()) / took:.0%} of a core"
    )


async def _judge(one: Stage, found: Found, *, patience: float = 60.0) -> None:
    """Wait until all is answered, and tell what is right and wrong."""
    await one.settled(patience)
    verdict = one.verdict()
    found.wrong += verdict.violations
    found.tell("verdict", str(verdict), is_met=not verdict.violations)


async def _harmed(
    one: Stage, found: Found, rate: float, seconds: float, harm: Coroutine[object, object, None]
) -> None:
    """Let people write while something goes wrong: quick questions, and long answers; judge it."""
    await asyncio.gather(
        one.write(rate, seconds, _CHATS),
        one.write(0.5, seconds, 50, "20 0.2"),
        harm,
    )
    await _judge(one, found)
    waits = one.waits()
    found.tell("message to turn, p50 / p99 / worst", f"{waits_of(waits)} / {max(waits):.1f} s")


async def latency(asked: Asked) -> Found:
    """Measure the time from a message to its turn, at a rate."""
    found, rate = Found(), asked.rate or 100.0
    async with _fleet(asked, ("intake", "worker", "worker", "worker")) as one:
        await one.write(10, 2.0, _CHATS)  # everything is imported, and every pool is filled
        await one.settled()
        warm = set(one.began)
        with _spending(one, found):
            await one.write(rate, asked.seconds or 30.0, _CHATS)
            waiting = one.left()
            await one.settled()
        waits = one.waits(lambda name: name not in warm)
        p50, p99 = quantile(waits, 0.5), quantile(waits, 0.99)
        is_met = p50 <= MEDIAN and p99 <= LATE
        bar = f" (≤ {MEDIAN * 1e3:.0f} / {LATE * 1e3:.0f})" if rate <= 100 else ""
        name = f"message to turn at {rate:.0f}/s, p50 / p99"
        found.tell(name + bar, waits_of(waits), is_met=is_met or rate > 100)
        found.tell("waiting when the last was written", str(waiting))
        await _judge(one, found)
    return found


async def drain(asked: Asked) -> Found:
    """Let conversations wait until workers come, and measure how fast they are worked off."""
    found, count = Found(), asked.count or 20_000
    async with _fleet(asked, ("intake",)) as one:
        since = time.monotonic()
        for number in range(count):
            one.hub.write(f"c{number}", f"c{number}-0")
        await until(lambda: not one.hub.unread, count)
        took = time.monotonic() - since
        found.tell("taken by one intake", f"{count:,} in {took:.0f} s, {count / took:.0f}/s")
        await one.members.start("worker", "worker", "worker")
        since = time.monotonic()
        with _spending(one, found):
            await until(lambda: not one.left(), count / 5)
        took = time.monotonic() - since
        rate = count / took
        name = f"drained (≥ {DRAINED:.0f}/s)"
        found.tell(name, f"{took:.0f} s, {rate:.0f}/s", is_met=rate >= DRAINED)
        await _judge(one, found)
    return found


async def kills(asked: Asked) -> Found:
    """Kill one process after another, and start another one each time."""
    found, seconds, every = Found(), asked.seconds or 300.0, asked.every

    async def kill(one: Stage) -> None:
        killed, until = 0, time.monotonic() + seconds
        while time.monotonic() + every <= until:
            await asyncio.sleep(every * one.draw.uniform(0.5, 1.0))
            victim = one.draw.choice(one.members.alive)
            await victim.end(signal.SIGKILL)
            killed += 1
            await one.members.start(victim.role)
        found.tell("killed", f"{killed} in {seconds:.0f} s")

    async with _fleet(asked, ("all",) * 3) as one:
        await _harmed(one, found, asked.rate or 5.0, seconds, kill(one))
    return found


async def pause(asked: Asked) -> Found:
    """Stop a process for 10 s (SIGSTOP), twice: it must not act as the owner that it was."""
    found, seconds = Found(), max(asked.seconds, 30.0)

    async def stop_twice(one: Stage) -> None:
        for _ in range(2):
            await asyncio.sleep(2.0)
            victim = one.draw.choice(one.members.alive)
            victim.process.send_signal(signal.SIGSTOP)
            await asyncio.sleep(10.0)
            victim.process.send_signal(signal.SIGCONT)

    async with _fleet(asked, ("all",) * 3) as one:
        await _harmed(one, found, asked.rate or 5.0, seconds, stop_twice(one))
    return found


async def restarts(asked: Asked) -> Found:
    """Restart the database twice; it has to be a server of ours."""
    found, seconds = Found(), asked.seconds or 20.0

    async def restart(server: PostgresServer) -> None:
        for _ in range(2):
            await asyncio.sleep(seconds / 3)
            await asyncio.to_thread(server.restart)

    async with _fleet(replace(asked, version=asked.version or NEWEST), ("all",) * 3) as one:
        assert one.place.server is not None
        await _harmed(one, found, asked.rate or 10.0, seconds, restart(one.place.server))
    return found


async def limit(asked: Asked) -> Found:
    """Let four processes share the limit of one bot, all of them greedy."""
    found, seconds = Found(), asked.seconds or 20.0
    async with _fleet(asked, ("all",) * 4, _BOT) as one:
        for number in range(asked.count or 80):
            # Words enough for previews until the end, and behind it.
            words = int((seconds + 18.0) / 0.5)
            one.hub.write(f"c{number}", f"c{number}-0", f"{words} 0.5")
        await asyncio.sleep(12.0)  # all have begun, and agreed on their shares
        since, of = time.monotonic(), dict(one.hub.accepted_of)
        await asyncio.sleep(seconds)
        until = time.monotonic()
        calls = sum(since <= at < until for at in one.hub.accepted_at)
        used = calls / (_BOT * (until - since))
        parts = sorted(one.hub.accepted_of[pid] - of.get(pid, 0) for pid in one.hub.accepted_of)
        found.tell(f"slots used (≥ {USED:.0%})", f"{used:.1%}", is_met=used >= USED)
        found.tell("calls by process", " ".join(map(str, parts)))
        found.tell("refused (0)", str(one.hub.refused), is_met=not one.hub.refused)
        await _judge(one, found, patience=120.0)
        found.tell("refused by the end (0)", str(one.hub.refused), is_met=not one.hub.refused)
    return found


async def flood(asked: Asked) -> Found:
    """Let one chat send thousands of messages at once, and measure what the others notice."""
    found, count = Found(), asked.count or 5_000
    async with _fleet(asked, ("intake", "worker", "worker", "worker")) as one:
        await one.write(10, 2.0, _CHATS)
        await one.settled()
        warm = set(one.began)

        async def flooding() -> None:
            rate = asked.rate or 200.0
            for number in range(count):
                one.hub.write(_FLOOD, f"{_FLOOD}-{number}")
                await asyncio.sleep(0 if number % 20 else 20 / rate)

        begun = time.monotonic()
        writing = asyncio.create_task(flooding())
        while not writing.done():
            await one.write(10, 1.0, _CHATS)
        taken = f"{count:,} in {time.monotonic() - begun:.0f} s"
        # Of the flood only as many wait as there is room for: the others are told so.
        one.hub.written.pop(_FLOOD)
        await until(lambda: not one.hub.unread, count / 5)
        found.tell("written", taken)
        found.tell("until all was taken", f"{time.monotonic() - begun:.0f} s")
        others = {name for names in one.hub.written.values() for name in names}
        await until(lambda: one.look() >= others)
        await one.shown()
        waits = one.waits(lambda name: name in others and name not in warm)
        p99 = quantile(waits, 0.99)
        name = f"the others: message to turn, p50 / p99 (≤ {UNHARMED * 1e3:.0f})"
        found.tell(name, waits_of(waits), is_met=p99 <= UNHARMED)
        verdict = one.verdict()
        found.wrong = verdict.violations
        found.tell("verdict on them", str(verdict), is_met=not verdict.violations)
    return found


async def stop(asked: Asked) -> Found:
    """Stop answers by `/stop`, which any process may take, at the one that owns the chat."""
    found, count = Found(), asked.count or 40
    async with _fleet(asked, ("intake", "worker", "worker", "worker")) as one:
        for number in range(count):
            one.hub.write(f"c{number}", f"c{number}-0", "600 0.1")
        await until(lambda: one.left() <= count and len(one.began) == count)
        asked_at = {}
        for number in range(count):
            asked_at[f"c{number}-0"] = time.monotonic()
            one.hub.write(f"c{number}", "/stop")
            await asyncio.sleep(0.2)
        await until(lambda: one.left() == count and len(one.stopped) == count, 30.0)
        waits = [at - asked_at[name] for name, at in one.stopped.items()]
        found.wrong = count - len(waits)
        found.tell("/stop to the end of the answer, p50 / p99", waits_of(waits))
        found.tell("stopped", f"{len(waits)} of {count}", is_met=len(waits) == count)
    return found


TRIALS: dict[str, Callable[[Asked], Coroutine[object, object, Found]]] = {
    "latency": latency,
    "stop": stop,
    "limit": limit,
    "flood": flood,
    "pause": pause,
    "restarts": restarts,
    "kills": kills,
    "drain": drain,
}
"""All of them, by their names."""
