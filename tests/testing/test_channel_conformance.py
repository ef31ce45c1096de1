"""The suite for channels lets an honest one pass, and finds what is broken in what comes in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

import pytest

from tickertape.chat import (
    Address,
    ButtonPressed,
    ChatKind,
    Inbound,
    Message,
    Person,
    StopPressed,
)
from tickertape.delivery.actions import Accepted, Action, Outcome
from tickertape.testing.conformance import ChannelStage, ChannelStageMaker, check_channel, inbound
from tickertape.testing.transports import FakeTransport

pytestmark = pytest.mark.anyio

HOME = Address("memory", "home", ChatKind.PRIVATE)
ANN = Person("7", "Ann")


class Platform:
    """What people wrote, for as long as no program has confirmed it."""

    def __init__(self) -> None:
        self.waiting: list[Inbound] = []
        self.count = 0
        self.changed = asyncio.Event()

    async def write(self, text: str) -> None:
        """Write a message."""
        self.count += 1
        key, id_ = f"update {self.count}", f"<{self.count}>"
        self._bring(Message(HOME, ANN, text, id_, to_us=True, key=key, order=self.count))

    async def press(self, message_id: str) -> None:
        """Press the stop button under a message."""
        self.count += 1
        key = f"update {self.count}"
        pressed = StopPressed(HOME, ANN, message_id=message_id, press_id="p", key=key)
        self._bring(pressed)

    def _bring(self, one: Inbound) -> None:
        self.waiting.append(one)
        self.changed.set()


class Honest(FakeTransport):
    """A channel in memory that keeps every promise."""

    def __init__(self, platform: Platform) -> None:
        super().__init__(stop_buttons=True, buttons=True)
        self.platform = platform

    async def messages(self) -> AsyncGenerator[Inbound, None]:
        """Yield what waits, oldest first; drop it when the reader comes back."""
        while True:
            while not self.platform.waiting:
                self.platform.changed.clear()
                await self.platform.changed.wait()
            yield self.reported(self._pressed(self.platform.waiting[0]))
            self.confirm()

    def _pressed(self, one: Inbound) -> Inbound:
        """Return a press as one of the first button that is under its message."""
        offers = self.screen(HOME).offers
        if not isinstance(one, StopPressed) or one.message_id not in offers:
            return one
        data = offers[one.message_id][0].data
        return ButtonPressed(HOME, ANN, data, one.message_id, one.press_id, one.key)

    def reported(self, one: Inbound) -> Inbound:
        """Return what the channel says of what came in."""
        return one

    def confirm(self) -> None:
        """Drop what the reader came back from."""
        del self.platform.waiting[:1]


class Hasty(Honest):
    """Confirms what it hands out, not what was dealt with."""

    def reported(self, one: Inbound) -> Inbound:
        """Drop it first."""
        del self.platform.waiting[:1]
        return one

    def confirm(self) -> None:
        """Do nothing more."""


class Forgetful(Honest):
    """Never confirms anything, and remembers itself where it was."""

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.at = 0

    async def messages(self) -> AsyncGenerator[Inbound, None]:
        """Yield everything from the first message on."""
        while True:
            while self.at >= len(self.platform.waiting):
                self.platform.changed.clear()
                await self.platform.changed.wait()
            self.at += 1
            yield self.platform.waiting[self.at - 1]


class Stubborn(Honest):
    """Swallows cancellation while it waits."""

    async def messages(self) -> AsyncGenerator[Inbound, None]:
        """End in place of being cancelled."""
        try:
            async for one in super().messages():
                yield one
        except asyncio.CancelledError:
            return


class Once(Honest):
    """Can be read by one reader only."""

    was_read = False

    async def messages(self) -> AsyncGenerator[Inbound, None]:
        """Yield for the first reader."""
        if self.was_read:
            return
        self.was_read = True
        async for one in super().messages():
            yield one


class Muddled(Honest):
    """Brings the newest first."""

    def reported(self, one: Inbound) -> Inbound:
        """Return the newest."""
        return self.platform.waiting[-1]


class Declining(Honest):
    """Brings again what is declined."""

    is_declined = False

    def decline(self, inbound: Inbound) -> bool:
        """Remember it."""
        self.is_declined = True
        return True

    def confirm(self) -> None:
        """Drop what the reader took."""
        if not self.is_declined:
            super().confirm()
        self.is_declined = False


class Polite(Honest):
    """Says that what is declined comes again, and drops it."""

    def decline(self, inbound: Inbound) -> bool:
        """Do nothing."""
        return True


class Frank(Honest):
    """Says that nothing comes again because it is declined."""

    def decline(self, inbound: Inbound) -> bool:
        """Do nothing."""
        return False


def _maker(
    make: Callable[[Platform], Honest] = Honest, *, redelivers: bool = True
) -> ChannelStageMaker:
    @asynccontextmanager
    async def open_stage() -> AsyncIterator[ChannelStage]:
        platform = Platform()

        @asynccontextmanager
        async def open_channel() -> AsyncIterator[Honest]:
            yield make(platform)

        yield ChannelStage(
            open_channel, HOME, platform.write, press=platform.press, redelivers=redelivers
        )

    return open_stage


def _bent(bend: Callable[[Message, Honest], Message]) -> Callable[[Platform], Honest]:
    class Bent(Honest):
        def reported(self, one: Inbound) -> Inbound:
            return bend(one, self) if isinstance(one, Message) else one

    return Bent


@pytest.mark.parametrize("make", [Honest, Declining, Frank])
async def test_an_honest_channel_passes(make: Callable[[Platform], Honest]) -> None:
    """Whoever keeps the promises of both sides passes."""
    await check_channel(_maker(make))


async def test_a_platform_that_brings_nothing_twice_passes() -> None:
    """Where nothing can come again, redelivery is not asked for, and the rest is."""
    await check_channel(_maker(Hasty, redelivers=False))


@pytest.mark.parametrize(
    ("make", "check", "sentence"),
    [
        (Hasty, inbound.check_redelivery, "no reader came back from must come again"),
        (Hasty, inbound.check_confirmation, "comes again until its reader has come back"),
        (Forgetful, inbound.check_confirmation, "comes again until its reader has come back"),
        (Polite, inbound.check_declining, "that was declined must come again"),
        (Stubborn, inbound.check_end, "cancelling a reader that waits must end it"),
        (Once, inbound.check_end, "nothing comes any more"),
        (Muddled, inbound.check_order, "must come in as they were written"),
    ],
)
async def test_broken_reading_is_found(
    make: Callable[[Platform], Honest],
    check: Callable[[ChannelStageMaker], Awaitable[None]],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each broken promise about when messages come is named in a sentence."""
    monkeypatch.setattr(inbound, "_SECONDS", 0.05)
    with pytest.raises(AssertionError, match=sentence):
        await check(_maker(make))


@pytest.mark.parametrize(
    ("bend", "check", "sentence"),
    [
        (
            lambda one, _: replace(one, text=one.text.strip("?")),
            inbound.check_incoming,
            "must come in to the letter",
        ),
        (
            lambda one, _: replace(one, address=replace(HOME, thread="aside")),
            inbound.check_incoming,
            "must have its chat's address",
        ),
        (
            lambda one, _: replace(one, address=replace(HOME, channel="chat")),
            inbound.check_incoming,
            "must name its channel, 'memory'",
        ),
        (lambda one, _: replace(one, to_us=False), inbound.check_incoming, "is for the bot"),
        (
            lambda one, _: replace(one, sender=Person("", "Ann")),
            inbound.check_incoming,
            "a sender must have an id",
        ),
        (lambda one, _: replace(one, key=""), inbound.check_keys, "must have a key"),
        (lambda one, _: replace(one, key=one.text), inbound.check_keys, "must have two keys"),
        (lambda one, _: replace(one, order=1), inbound.check_order, "must have a greater order"),
        (
            lambda one, channel: replace(one, key=f"{one.key} {id(channel)}"),
            inbound.check_redelivery,
            "the same key in every report",
        ),
        (
            lambda one, channel: replace(one, order=id(channel)),
            inbound.check_redelivery,
            "the same order in every report",
        ),
        (
            lambda one, channel: replace(one, text=f"{one.text} {id(channel)}"),
            inbound.check_redelivery,
            "must say the same in every report",
        ),
    ],
)
async def test_broken_reports_are_found(
    bend: Callable[[Message, Honest], Message],
    check: Callable[[ChannelStageMaker], Awaitable[None]],
    sentence: str,
) -> None:
    """Each broken promise about what a message says is named in a sentence."""
    kept: list[Honest] = []  # so that no two channels have the same `id`

    def make(platform: Platform) -> Honest:
        kept.append(_bent(bend)(platform))
        return kept[-1]

    with pytest.raises(AssertionError, match=sentence):
        await check(_maker(make))


@pytest.mark.parametrize(
    ("pressed", "sentence"),
    [
        (Message(HOME, ANN, "stop", "<1>", to_us=True, key="1"), "must come in as StopPressed"),
        (StopPressed(HOME, ANN, message_id="m9", key="1"), "with the message's id"),
        (StopPressed(HOME, ANN, message_id="m1"), "and a key"),
    ],
)
async def test_broken_presses_are_found(pressed: Inbound, sentence: str) -> None:
    """A press says which message it was on, and has a key like everything that comes in."""

    class Bent(Honest):
        def reported(self, one: Inbound) -> Inbound:
            return pressed

    with pytest.raises(AssertionError, match=sentence):
        await inbound.check_stop_pressed(_maker(Bent))


@pytest.mark.parametrize(
    ("pressed", "sentence"),
    [
        (StopPressed(HOME, ANN, message_id="m1", key="1"), "must come in as ButtonPressed"),
        (ButtonPressed(HOME, ANN, "", "m9", key="1"), "with the message's id"),
        (ButtonPressed(HOME, ANN, "check", "m1", key="1"), "the data of its button"),
        (ButtonPressed(HOME, ANN, "check:" + "x" * 42, "m1"), "and a key"),
    ],
)
async def test_broken_presses_of_other_buttons_are_found(pressed: Inbound, sentence: str) -> None:
    """A press brings the data of the button, its message and a key."""

    class Bent(Honest):
        def reported(self, one: Inbound) -> Inbound:
            return pressed

    with pytest.raises(AssertionError, match=sentence):
        await inbound.check_button_pressed(_maker(Bent))


async def test_a_channel_whose_outbound_side_is_broken_is_found() -> None:
    """`check_channel` asks for everything that `check_transport` asks for."""

    class Mute(Honest):
        async def perform(self, action: Action) -> Outcome:
            outcome = await super().perform(action)
            return replace(outcome, shown="") if isinstance(outcome, Accepted) else outcome

    with pytest.raises(AssertionError, match="a post must show its text"):
        await check_channel(_maker(Mute))


def test_a_stage_is_opened_by_a_context_manager() -> None:
    """What `check_channel` takes is called once for each check."""
    opened: AbstractAsyncContextManager[ChannelStage] = _maker()()
    assert hasattr(opened, "__aenter__")
