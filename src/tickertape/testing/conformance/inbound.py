"""What every channel must do with what comes in, and `check_channel`: both sides in one call.

Confirmation is checked from outside, as a program lives: a channel is opened, read, closed, and
opened again, and what comes then tells what the platform took for confirmed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

from tickertape.chat import Address, ButtonPressed, ChatKind, Inbound, Message, StopPressed
from tickertape.delivery.actions import Accepted, Button, Post
from tickertape.ports import Channel, DecliningSource
from tickertape.testing.conformance.outbound import Stage, check_transport

__all__ = [
    "ChannelStage",
    "ChannelStageMaker",
    "check_button_pressed",
    "check_channel",
    "check_confirmation",
    "check_declining",
    "check_end",
    "check_incoming",
    "check_keys",
    "check_order",
    "check_redelivery",
    "check_source",
    "check_stop_pressed",
]

_TEXTS: Final = ("Is *this* _true_: <b>& 𝔘nicode 👩‍👩‍👧?", "and `two`", "and three")
"""What a person writes: marks that must stay, characters beyond the basic plane; in one line, so
that channels by lines can be checked."""
_DATA: Final = "check:" + "x" * 42
"""As much as the data of a button may be."""
_SECONDS: Final = 20.0
"""How long to wait for what must come. Nothing is slow here; it ends checks that would hang."""


@dataclass(frozen=True, slots=True)
class ChannelStage:
    """Where a check of a channel takes place."""

    open: Callable[[], AbstractAsyncContextManager[Channel]]
    """Opens the channel as a program does when it starts, and closes it as one that ends. A second
    opening meets the same platform."""
    address: Address
    """A chat where the channel may write, by the configured name of the channel."""
    write: Callable[[str], Awaitable[object]]
    """Writes a text at `address`, as a person would; returns when the platform has it."""
    nowhere: Address | None = None
    """A chat of the same kind that does not exist; None where there is no such thing."""
    press: Callable[[str], Awaitable[object]] | None = None
    """Presses the first button under a message, given its id, as a person would; None where there
    are no buttons, or a check cannot."""
    redelivers: bool = True
    """Whether the platform brings again what was not confirmed. False where it cannot: then the
    channel is open before anybody writes."""


ChannelStageMaker: TypeAlias = Callable[[], AbstractAsyncContextManager[ChannelStage]]
"""Opens a fresh stage."""


async def check_channel(maker: ChannelStageMaker) -> None:
    """Run every check of both sides, each on a stage of its own.

    Raises:
        AssertionError: when a promise is broken; the text says which.
    """
    await check_source(maker)
    await check_transport(lambda: _outbound(maker))


async def check_source(maker: ChannelStageMaker) -> None:
    """Run every check of what comes in, each on a stage of its own.

    Raises:
        AssertionError: when a promise is broken; the text says which.
    """
    for check in (
        check_incoming,
        check_keys,
        check_order,
        check_redelivery,
        check_confirmation,
        check_declining,
        check_end,
        check_stop_pressed,
        check_button_pressed,
    ):
        await check(maker)


async def check_incoming(maker: ChannelStageMaker) -> None:
    """Check that a text comes in to the letter, with the address to which the answer goes."""
    async with maker() as stage, stage.open() as channel, _reading(channel) as messages:
        await stage.write(_TEXTS[0])
        message = await _message(messages)
        _demand(message.text == _TEXTS[0], "a text must come in to the letter", message)
        name = message.address.channel
        promise = f"an address must name its channel, {stage.address.channel!r}"
        _demand(name == stage.address.channel, promise, name)
        _demand(message.address == stage.address, "a message must have its chat's address", message)
        if stage.address.kind is ChatKind.PRIVATE:
            _demand(message.to_us, "what is written in private is for the bot", message)
        who = message.sender
        _demand(who is None or bool(who.id), "a sender must have an id: access goes by it", message)


async def check_keys(maker: ChannelStageMaker) -> None:
    """Check that every message has a key of its own, also one that repeats a text."""
    async with maker() as stage, stage.open() as channel, _reading(channel) as messages:
        keys: list[str] = []
        for _ in range(3):
            await stage.write(_TEXTS[0])
            keys.append((await _message(messages)).key)
        _demand("" not in keys, "a message must have a key", keys)
        _demand(len(set(keys)) == len(keys), "two messages must have two keys", keys)


async def check_order(maker: ChannelStageMaker) -> None:
    """Check that messages of a chat come in as they were written, and `order` grows."""
    async with maker() as stage, stage.open() as channel, _reading(channel) as messages:
        for text in _TEXTS:
            await stage.write(text)
        taken = [await _message(messages) for _ in _TEXTS]
        texts = tuple(message.text for message in taken)
        _demand(texts == _TEXTS, "messages must come in as they were written", texts)
        orders = [message.order for message in taken]
        rises = all(before < after for before, after in pairwise(orders))
        _demand(rises, "a later message must have a greater order", orders)


async def check_redelivery(maker: ChannelStageMaker) -> None:
    """Check that a message whose reader went away comes again, and is the same one."""
    async with maker() as stage:
        if not stage.redelivers:
            return
        await stage.write(_TEXTS[0])
        reports: list[Message] = []
        for _ in range(3):
            async with stage.open() as channel, _reading(channel) as messages:
                promise = "a message that no reader came back from must come again"
                reports.append(await _message(messages, promise))
        keys = [report.key for report in reports]
        promise = "a message must have the same key in every report of it"
        _demand(len(set(keys)) == 1, promise, keys)
        orders = [report.order for report in reports]
        promise = "a message must have the same order in every report of it"
        _demand(len(set(orders)) == 1, promise, orders)
        told = {(report.text, report.address) for report in reports}
        _demand(len(told) == 1, "a message must say the same in every report of it", told)


async def check_confirmation(maker: ChannelStageMaker) -> None:
    """Check that coming back for the next message confirms the last one, and only that."""
    async with maker() as stage:
        if not stage.redelivers:
            return
        for text in _TEXTS:
            await stage.write(text)
        for count, came in ((2, _TEXTS[:2]), (2, _TEXTS[1:]), (1, _TEXTS[2:])):
            promise = f"a message comes again until its reader has come back for the next: {came}"
            async with stage.open() as channel, _reading(channel) as messages:
                texts = tuple([(await _message(messages, promise)).text for _ in range(count)])
            _demand(texts == came, promise, texts)


async def check_declining(maker: ChannelStageMaker) -> None:
    """Check that a message that is declined comes again, where the channel says that it does."""
    async with maker() as stage, stage.open() as channel, _reading(channel) as messages:
        if not isinstance(channel, DecliningSource):
            return
        await stage.write(_TEXTS[0])
        declined = await _message(messages)
        if not channel.decline(declined):
            return
        again = await _message(messages, "a message that was declined must come again")
        promise = "a message that was declined must come again as it was, under its key"
        _demand(again == declined, promise, again)


async def check_end(maker: ChannelStageMaker) -> None:
    """Check that a reader can go at any moment, and another one begins where it stopped."""
    async with maker() as stage, stage.open() as channel:
        async with _reading(channel) as messages:
            waiting = asyncio.ensure_future(anext(messages))
            await asyncio.sleep(0)
            waiting.cancel()
            done, _ = await asyncio.wait([waiting], timeout=_SECONDS)
            how = "nothing" if not done else None if waiting.cancelled() else waiting.exception()
            _demand(
                bool(done) and waiting.cancelled(),
                "cancelling a reader that waits must end it, with nothing but cancellation",
                how,
            )
        async with _reading(channel) as messages:
            await stage.write(_TEXTS[0])
            message = await _message(messages)
            _demand(message.text == _TEXTS[0], "a second reader must hear what comes then", message)


async def check_stop_pressed(maker: ChannelStageMaker) -> None:
    """Check that the press of a stop button comes in, where messages can have one."""
    async with maker() as stage, stage.open() as channel, _reading(channel) as messages:
        if stage.press is None or not channel.surface(stage.address).stop_buttons:
            return
        posted = await channel.perform(Post(stage.address, _TEXTS[0], stop_button=True))
        message_id = posted.message_id if isinstance(posted, Accepted) else None
        if message_id is None:
            raise AssertionError(f"a post must give the message's id; it came to {posted!r}")
        await stage.press(message_id)
        pressed = await _next(messages, "a press of the stop button must come in")
        is_it = isinstance(pressed, StopPressed) and pressed.message_id == message_id
        _demand(is_it, "a press must come in as StopPressed, with the message's id", pressed)
        is_there = pressed.address == stage.address and bool(pressed.key)
        _demand(is_there, "a press must have the chat's address, and a key", pressed)


async def check_button_pressed(maker: ChannelStageMaker) -> None:
    """Check that the press of another button comes in with its data, where there are buttons."""
    async with maker() as stage, stage.open() as channel, _reading(channel) as messages:
        if stage.press is None or not channel.surface(stage.address).buttons:
            return
        buttons = (Button("One & two", _DATA), Button("Three", "3"))
        posted = await channel.perform(Post(stage.address, _TEXTS[0], buttons=buttons))
        message_id = posted.message_id if isinstance(posted, Accepted) else None
        if message_id is None:
            raise AssertionError(f"a post must give the message's id; it came to {posted!r}")
        await stage.press(message_id)
        pressed = await _next(messages, "a press of a button must come in")
        is_it = isinstance(pressed, ButtonPressed) and pressed.message_id == message_id
        _demand(is_it, "a press must come in as ButtonPressed, with the message's id", pressed)
        data = pressed.data if isinstance(pressed, ButtonPressed) else ""
        _demand(data == _DATA, "a press must bring the data of its button", data)
        is_there = pressed.address == stage.address and bool(pressed.key)
        _demand(is_there, "a press must have the chat's address, and a key", pressed)


@asynccontextmanager
async def _outbound(maker: ChannelStageMaker) -> AsyncIterator[Stage]:
    """Open a stage for the checks of the side that shows things."""
    async with maker() as stage, stage.open() as channel:
        yield Stage(channel, stage.address, stage.nowhere, _presser(stage, channel))


def _presser(stage: ChannelStage, channel: Channel) -> Callable[[str], Awaitable[str]] | None:
    if (press := stage.press) is None:
        return None

    async def press_and_hear(message_id: str) -> str:
        async with _reading(channel) as messages:
            await press(message_id)
            pressed = await _next(messages, "a press of the stop button must come in")
        if not isinstance(pressed, StopPressed):
            raise AssertionError(f"a press must come in as StopPressed; it came to {pressed!r}")
        return pressed.press_id

    return press_and_hear


def _reading(channel: Channel) -> aclosing[AsyncGenerator[Inbound, None]]:
    return aclosing(channel.messages())


async def _message(
    messages: AsyncGenerator[Inbound, None], promise: str = "what is written must come in"
) -> Message:
    inbound = await _next(messages, promise)
    if not isinstance(inbound, Message):
        raise AssertionError(f"what is written must come in as a Message; it came to {inbound!r}")
    return inbound


async def _next(messages: AsyncGenerator[Inbound, None], promise: str) -> Inbound:
    try:
        async with asyncio.timeout(_SECONDS):
            return await anext(messages)
    except TimeoutError:
        raise AssertionError(f"{promise}; nothing came for {_SECONDS:.0f} s") from None
    except StopAsyncIteration:
        raise AssertionError(f"{promise}; the channel said that nothing comes any more") from None


def _demand(is_kept: bool, promise: str, seen: object) -> None:
    if not is_kept:
        raise AssertionError(f"{promise}; it came to {seen!r}")
