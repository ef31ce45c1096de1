"""Live answers on a real homeserver, as a second client sees them: `python -m benchmarks matrix`.

The server is a process of its own; the bot and the reader are tasks of another. An account with the
limits that Synapse has by default answers twice in one room; one without limits answers alone, and
in ten rooms at once.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.matrix.people import Account, Person, lift_limits, new_account, person
from benchmarks.matrix.reader import Screens, reader
from benchmarks.matrix.screen import Screen, Seen
from benchmarks.matrix.synapse import Synapse, private_synapse
from tickertape.channels.matrix import MatrixChannel
from tickertape.chat import Address, ChatKind
from tickertape.cli.tables import aligned
from tickertape.consumer import StreamConsumer
from tickertape.delivery.actions import Action, Outcome, Throttled
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.surface import Surface
from tickertape.outbox import Outbox
from tickertape.testing.measures import Measures, SeenFrame, Token, measure, seen

__all__ = ["BURST", "RATE", "Answer", "Stage", "Watched", "free_at", "report", "staged", "tokens"]

RATE: Final = 0.2
"""Events a second that Synapse lets an account send by default (`rc_message`)."""
BURST: Final = 10
"""Events at once, likewise."""
ROOMS: Final = 10
_QUARTER: Final = StreamingConfig(edit_interval=0.25)
_PATIENCE: Final = 120.0


@dataclass(slots=True)
class Watched:
    """A channel that counts what comes of its calls."""

    channel: MatrixChannel
    """Makes them."""
    outcomes: list[Outcome] = field(default_factory=list)
    """What came of each."""

    def surface(self, address: Address) -> Surface:
        """Return the channel's."""
        return self.channel.surface(address)

    async def perform(self, action: Action) -> Outcome:
        """Let the channel perform an action."""
        outcome = await self.channel.perform(action)
        self.outcomes.append(outcome)
        return outcome

    @property
    def refusals(self) -> int:
        """How many calls the server's limits refused."""
        return sum(isinstance(one, Throttled) and one.by_flood_control for one in self.outcomes)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, as a reader saw it."""

    measures: Measures
    """How live it was."""
    edits: int
    """How often its message was edited."""
    is_whole: bool
    """Whether the room shows all of it, once, and complete."""
    late: float
    """Seconds from the moment when its end was said, and the server's limits let the final in, to
    the moment when the reader had it."""


@dataclass(slots=True)
class Stage:
    """A bot, a person, and what she sees."""

    synapse: Synapse
    """Where they are."""
    bot: Account
    """The bot's account."""
    ann: Person
    """Who made the rooms."""
    screens: Screens
    """What she sees."""
    watched: Watched
    """The bot's channel."""
    outbox: Outbox
    """What all its answers share."""
    limits: tuple[float, int]
    """Events a second that the channel is told that the server allows, and at once."""

    async def new_room(self) -> Address:
        """Make a room with the bot in it."""
        room = await self.ann.new_room(self.bot.user_id, is_direct=True)
        async with person(self.synapse, self.bot) as program:
            await program.join(room)
        return Address("home", room, ChatKind.PRIVATE)

    async def answer(self, to: Address, said: Sequence[Token]) -> Answer:
        """Let the bot say something at its pace, and return what the reader saw of it."""
        before = len(self.screens[to.chat].of(self.bot.user_id))
        consumer = StreamConsumer(self.outbox, to=to, config=_QUARTER)
        running = asyncio.create_task(consumer.run())
        began = time.monotonic()
        for at, text in said:
            await asyncio.sleep(began + at - time.monotonic())
            consumer.on_delta(text)
        consumer.finish()
        await running
        screen = await self.screens.until(
            to.chat, lambda screen: _is_done(screen, self.bot.user_id, before), _PATIENCE
        )
        sent = screen.sent[self.bot.user_id]
        final = max(at for at, kind in sent if kind == "m.room.message")
        free = free_at([at for at, _ in sent if at < final], *self.limits)
        return _seen(screen.of(self.bot.user_id)[before:], said, began, free)


@asynccontextmanager
async def staged(
    synapse: Synapse,
    bot: Account,
    ann: Person,
    *,
    messages_per_second: float = RATE,
    burst_count: int = BURST,
) -> AsyncIterator[Stage]:
    """Open the channel of a bot, and somebody's eyes.

    Args:
        synapse: where they are.
        bot: the bot's account.
        ann: who reads.
        messages_per_second: what the channel is told of the server's limits.
        burst_count: likewise.
    """
    channel = MatrixChannel.open(
        synapse.url,
        bot.user_id,
        bot.token,
        name="home",
        messages_per_second=messages_per_second,
        burst_count=burst_count,
    )
    async with AsyncExitStack() as stack:
        stack.push_async_callback(channel.aclose)
        screens = await stack.enter_async_context(reader(synapse, ann.account))
        watched = Watched(channel)
        outbox = Outbox(watched)
        stack.push_async_callback(outbox.aclose)
        limits = messages_per_second, burst_count
        yield Stage(synapse, bot, ann, screens, watched, outbox, limits)


def _is_done(screen: Screen, bot: str, before: int) -> bool:
    """Return whether somebody's newest messages are complete."""
    ours = screen.of(bot)[before:]
    return bool(ours) and not any(one.is_live for one in ours)


def _seen(shown: Sequence[Seen], said: Sequence[Token], began: float, free: float) -> Answer:
    """Return one answer as a reader saw it, in a message of its own.

    Args:
        shown: the messages that came since it began.
        said: what was said, and when.
        began: when the first token was.
        free: when the server let the last event in.
    """
    whole = "".join(text for _, text in said).strip()
    message = shown[0]
    frames = [
        SeenFrame(version.at - began, seen(version.body, whole), not version.is_live)
        for version in message.versions
    ]
    is_whole = len(shown) == 1 and seen(message.body, whole) == whole
    late = message.versions[-1].at - max(began + said[-1][0], free)
    return Answer(measure(list(said), frames), message.edits, is_whole, late)


def free_at(moments: Sequence[float], rate: float, burst: int) -> float:
    """Return when one more event is let in after others: a leaky bucket, as Synapse's is.

    Args:
        moments: when the others came, in seconds.
        rate: events a second that leak out.
        burst: events that it holds.
    """
    level, last = 0.0, float("-inf")
    for at in moments:
        level = max(0.0, level - (at - last) * rate if last > float("-inf") else 0.0) + 1
        last = at
    return last + max(0.0, level + 1 - burst) / rate if moments else float("-inf")


def tokens(name: str = "std") -> list[Token]:
    """Return one of the standard traces; `std` is 1,000 tokens in 20 s."""
    path = Path(__file__).parents[1] / "traces" / f"{name}.json"
    return [(float(at), str(text)) for at, text in json.loads(path.read_text("utf-8"))]


async def _limited(synapse: Synapse, said: Sequence[Token]) -> list[tuple[str, ...]]:
    """Return rows of two answers in one room, with the limits that no one changed."""
    rows = []
    bot, ann = await new_account(synapse, "bot"), await _somebody(synapse)
    async with (
        person(synapse, ann) as program,
        staged(synapse, bot, program) as stage,
    ):
        to = await stage.new_room()
        refused = 0
        for name in ("default limits, first answer", "default limits, next answer"):
            answer = await stage.answer(to, said)
            rows.append(_row(name, [answer], stage.watched.refusals - refused))
            refused = stage.watched.refusals
    return rows


async def _lifted(synapse: Synapse, said: Sequence[Token], rooms: int) -> tuple[str, ...]:
    """Return the row of answers in several rooms at once, without limits."""
    admin = await new_account(synapse, "admin", is_admin=True)
    bot, ann = await new_account(synapse, "bot"), await _somebody(synapse)
    await lift_limits(synapse, admin, bot.user_id)
    async with (
        person(synapse, ann) as program,
        staged(synapse, bot, program, messages_per_second=1000, burst_count=1000) as stage,
    ):
        places = [await stage.new_room() for _ in range(rooms)]
        answers = await asyncio.gather(*(stage.answer(to, said) for to in places))
        return _row(f"limits lifted, {rooms} at once", answers, stage.watched.refusals)


async def _somebody(synapse: Synapse) -> Account:
    admin = await new_account(synapse, "admin", is_admin=True)
    account = await new_account(synapse, "ann")
    await lift_limits(synapse, admin, account.user_id)
    return account


def _row(name: str, answers: Sequence[Answer], refusals: int) -> tuple[str, ...]:
    def worst(what: str) -> float:
        return float(max(getattr(one.measures, what) for one in answers))

    return (
        name,
        f"{worst('staleness'):.0f}",
        f"{worst('first_text'):.2f}",
        f"{worst('freeze'):.2f}",
        f"{worst('lag'):.2f}",
        f"{max(one.late for one in answers):.2f}",
        f"{max(one.edits for one in answers)}",
        f"{refusals}",
        f"{sum(one.is_whole for one in answers)} of {len(answers)}",
    )


def report() -> str:
    """Measure, and return the table: the worst of the answers at once."""

    async def rows() -> list[tuple[str, ...]]:
        head = ("", "staleness", "first text", "freeze", "lag", "after the limit")
        with (
            tempfile.TemporaryDirectory(prefix="synapse-") as folder,
            private_synapse(Path(folder) / "server") as synapse,
        ):
            said = tokens()
            limited = await _limited(synapse, said)
            lifted = [await _lifted(synapse, said, rooms) for rooms in (1, ROOMS)]
            return [(*head, "edits", "429s", "whole"), *limited, *lifted]

    return aligned(asyncio.run(rows()))
