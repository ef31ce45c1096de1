"""Parts that are broken on purpose, one way each."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace

from tickertape.chat import Address
from tickertape.consumer import StreamConsumer
from tickertape.delivery.actions import (
    Accepted,
    Action,
    Edit,
    Outcome,
    Post,
    Probe,
    Reason,
    Refused,
    ShowDraft,
    Throttled,
    Unknown,
)
from tickertape.delivery.limits.limit_estimate import LimitEstimate
from tickertape.delivery.marks import StopReason
from tickertape.delivery.shown import Shown
from tickertape.delivery.surface import Cadence, Surface
from tickertape.delivery.ways import EDITS
from tickertape.events import Event, TextDelta
from tickertape.markup.forms import PLAIN
from tickertape.outbox import Outbox
from tickertape.ports import Transport


class Through:
    """Changes nothing: what the others build on."""

    def __init__(self, inner: Transport) -> None:
        self.inner = inner

    def surface(self, address: Address) -> Surface:
        return self.inner.surface(address)

    async def perform(self, action: Action) -> Outcome:
        return await self.inner.perform(action)


class Deaf(Through):
    """Is never let in."""

    async def perform(self, action: Action) -> Outcome:
        return Throttled(60.0)


class Liar(Through):
    """Says that texts are on screen which it never sent."""

    async def perform(self, action: Action) -> Outcome:
        if isinstance(action, Edit):
            return Accepted(action.text, action.message_id)
        return await self.inner.perform(action)


class Doubling(Through):
    """Posts everything twice."""

    async def perform(self, action: Action) -> Outcome:
        if isinstance(action, Post):
            await self.inner.perform(action)
        return await self.inner.perform(action)


class BlindlyAgain(Through):
    """Makes a post again that was not heard of, and does not say so."""

    async def perform(self, action: Action) -> Outcome:
        outcome = await self.inner.perform(action)
        while isinstance(action, Post) and isinstance(outcome, Unknown):
            outcome = await self.inner.perform(action)
        return outcome


class Forgetful(Through):
    """Does not make the first post, and says that it may have."""

    first = True

    async def perform(self, action: Action) -> Outcome:
        if isinstance(action, Post) and self.first:
            self.first = False
            return Unknown("never mind")
        return await self.inner.perform(action)


class Chatty(Through):
    """Adds words of its own."""

    async def perform(self, action: Action) -> Outcome:
        if isinstance(action, Post | Edit | ShowDraft):
            outcome = await self.inner.perform(replace(action, text=f"{action.text} says the bot"))
            return replace(outcome, shown=action.text) if isinstance(outcome, Accepted) else outcome
        return await self.inner.perform(action)


class Plain(Through):
    """Shows nothing but texts, and says that they look as they should."""

    async def perform(self, action: Action) -> Outcome:
        if isinstance(action, Post | Edit):
            return await self.inner.perform(replace(action, form=PLAIN))
        return await self.inner.perform(action)


class Sticky(Through):
    """Leaves the stop button where it was, and says that it is gone."""

    async def perform(self, action: Action) -> Outcome:
        if isinstance(action, Post | Edit):
            return await self.inner.perform(replace(action, stop_button=True))
        return await self.inner.perform(action)


class LateFrames(Through):
    """Sends the last draft once more, after the message that ends it."""

    last: ShowDraft | None = None

    async def perform(self, action: Action) -> Outcome:
        outcome = await self.inner.perform(action)
        if isinstance(action, ShowDraft):
            self.last = action
        elif isinstance(action, Post) and self.last is not None:
            await self.inner.perform(self.last)
        return outcome


class OutsideOfTopics(Through):
    """Loses the topic."""

    async def perform(self, action: Action) -> Outcome:
        to = replace(action.address, thread=None)
        return await self.inner.perform(replace(action, address=to))


class Touching(Through):
    """Edits a message when the next one is there."""

    last: Edit | None = None

    async def perform(self, action: Action) -> Outcome:
        outcome = await self.inner.perform(action)
        if isinstance(action, Post) and isinstance(outcome, Accepted):
            if self.last is not None:
                await self.inner.perform(self.last)
            self.last = Edit(action.address, outcome.message_id or "", action.text[:-1])
        return outcome


class Unlimited(Through):
    """Says that chats have no limits."""

    def surface(self, address: Address) -> Surface:
        return replace(self.inner.surface(address), cadence=Cadence())


class Impatient(Through):
    """Makes little of the waits that the platform asks for."""

    async def perform(self, action: Action) -> Outcome:
        outcome = await self.inner.perform(action)
        return Throttled(0.01) if isinstance(outcome, Throttled) else outcome


class Pushy(Through):
    """Knocks twenty times more where it was not let in."""

    async def perform(self, action: Action) -> Outcome:
        outcome = await self.inner.perform(action)
        for _ in range(20):
            if isinstance(outcome, Throttled):
                outcome = await self.inner.perform(action)
        return outcome


class FireAndForget(Through):
    """Does not wait for what comes of an edit or a draft."""

    def __init__(self, inner: Transport) -> None:
        super().__init__(inner)
        self.tasks: set[asyncio.Task[Outcome]] = set()

    async def perform(self, action: Action) -> Outcome:
        if not isinstance(action, Edit | ShowDraft):
            return await self.inner.perform(action)
        self.tasks.add(asyncio.create_task(self.inner.perform(action)))
        message_id = action.message_id if isinstance(action, Edit) else None
        return Accepted(action.text, message_id)


class NeverQuiet(Through):
    """Goes on typing when all is said."""

    def __init__(self, inner: Transport) -> None:
        super().__init__(inner)
        self.tasks: set[asyncio.Task[None]] = set()

    async def perform(self, action: Action) -> Outcome:
        if isinstance(action, Post):
            self.tasks.add(asyncio.create_task(self._type(action.address)))
        return await self.inner.perform(action)

    async def _type(self, to: Address) -> None:
        await asyncio.sleep(30.0)
        await self.inner.perform(Probe(to))


class Despairing(Through):
    """Takes any refusal for the end of the chat, and invents one where there is none."""

    async def perform(self, action: Action) -> Outcome:
        return Refused(Reason.CHAT_DEAD, "nobody likes me")


class Sloppy(Through):
    """Tries a text that no message can hold before it measures."""

    async def perform(self, action: Action) -> Outcome:
        if isinstance(action, Post | Edit):
            await self.inner.perform(replace(action, text=action.text + "x" * 5000, form=PLAIN))
        return await self.inner.perform(action)


class Rigid(Through):
    """Takes the want of rich messages for the end of the chat."""

    async def perform(self, action: Action) -> Outcome:
        outcome = await self.inner.perform(action)
        if isinstance(outcome, Refused) and outcome.reason is Reason.BLOCKS_UNKNOWN:
            return replace(outcome, reason=Reason.CHAT_DEAD)
        return outcome


class Raising(Through):
    """Raises, although it promised not to."""

    async def perform(self, action: Action) -> Outcome:
        raise ValueError("broken")


class ThreeTimes(Through):
    """Posts what is complete three times, and says that it never heard of it."""

    done = False

    async def perform(self, action: Action) -> Outcome:
        if isinstance(action, Post) and not self.done:
            self.done = True
            for _ in range(2):
                await self.inner.perform(action)
        return await self.inner.perform(action)


class Stale(Through):
    """Makes the last edit but one once more when the answer is complete."""

    last: Edit | None = None

    async def perform(self, action: Action) -> Outcome:
        outcome = await self.inner.perform(action)
        if isinstance(action, Edit):
            if self.last is not None and not action.stop_button:
                await self.inner.perform(self.last)
            self.last = action
        return outcome


class Draftless(Through):
    """Shows no drafts, where it could."""

    def surface(self, address: Address) -> Surface:
        return replace(self.inner.surface(address), ways=EDITS)


class Insistent(Through):
    """Makes every call that is not answered a hundred times over."""

    async def perform(self, action: Action) -> Outcome:
        outcome = await self.inner.perform(action)
        for _ in range(100):
            if not isinstance(outcome, Unknown):
                break
            outcome = await self.inner.perform(action)
        return outcome


class Sluggish(Through):
    """Waits for a minute before a post."""

    seconds = 60.0

    async def perform(self, action: Action) -> Outcome:
        if isinstance(action, Post):
            await asyncio.sleep(self.seconds)
        return await self.inner.perform(action)


class Asleep(Through):
    """Says of posts that they never left, for an hour."""

    async def perform(self, action: Action) -> Outcome:
        wait = 3600.0 - asyncio.get_running_loop().time()
        if isinstance(action, Post) and wait > 0.0:
            return Throttled(wait, by_flood_control=False)
        return await self.inner.perform(action)


class Amnesiac(Outbox):
    """Does not take up what was learned before a restart."""

    def restore_limits(self, learned: Mapping[str, Iterable[LimitEstimate]]) -> None:
        pass


class HardOfHearing(StreamConsumer):
    """Loses the fifth thing that is said."""

    count = 0

    def feed(self, event: Event) -> None:
        self.count += isinstance(event, TextDelta)
        if self.count != 5:
            super().feed(event)


class Unstoppable(StreamConsumer):
    """Does not stop."""

    def stop(self, reason: StopReason = StopReason.USER) -> None:
        if reason is StopReason.TIMEOUT:
            super().stop(reason)


class Anonymous(StreamConsumer):
    """Does not know its own drafts."""

    @property
    def shown(self) -> Shown:
        return replace(super().shown, drafts=())
