"""Stopping by button: under drafts and under messages, by friends and strangers, in any instant."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from gateway_stage import (
    GROUP,
    PRIVATE,
    STOPPED,
    TOPIC,
    FakeChannel,
    GatedAgent,
    drafted,
    posted,
    reopened,
    running,
)

from tickertape.chat import Address, Person
from tickertape.delivery.actions import Acknowledge, Reason, Refused
from tickertape.delivery.streaming import StreamingConfig
from tickertape.events import Finished, TextDelta, ToolFinished, ToolStarted
from tickertape.gateway import commands

pytestmark = pytest.mark.anyio

BARE = StreamingConfig(cursor="")


def _asked(text: str, address: Address) -> str:
    """Give a question as the model reads it: in a group, with its speaker."""
    return text if address == PRIVATE else f'[from "Anna"]\n{text}'


async def test_the_button_under_a_message_ends_its_answer(tmp_path: Path) -> None:
    """A press on the message that is being written interrupts; the agent is closed at once."""
    agent = GatedAgent()
    async with running(tmp_path, agent, streaming=BARE) as (channel, *_):
        question = channel.write("one", GROUP)
        _, say = await agent.turn()
        say(TextDelta("first words"))
        message_id = await posted(channel, "first words")
        assert await channel.told(channel.press(question, GROUP)) == commands.ALREADY_FINISHED
        assert not agent.closed.is_set()
        assert await channel.told(channel.press(message_id, GROUP)) == commands.STOPPING
        async with asyncio.timeout(10):
            await agent.closed.wait()
        await channel.shows(f"first words\n\n{STOPPED}", at=GROUP)
    assert await reopened(tmp_path, GROUP) == [
        ("user", '[from "Anna"]\none'),
        ("assistant", "first words"),
    ]


async def test_the_button_under_an_earlier_message(tmp_path: Path) -> None:
    """A message that is complete belongs to its answer for as long as that runs."""
    agent = GatedAgent()
    async with running(tmp_path, agent, streaming=BARE) as (channel, *_):
        channel.write("one", GROUP)
        _, say = await agent.turn()
        say(TextDelta("Let me look."))
        first = await posted(channel, "Let me look.")
        say(ToolStarted("1", "clock"))
        say(ToolFinished("1", "clock", ok=True))
        say(TextDelta("It is about"))
        await posted(channel, "It is about")
        assert await channel.told(channel.press(first, GROUP)) == commands.STOPPING
        await channel.shows("Let me look.", f"It is about\n\n{STOPPED}", at=GROUP)


@pytest.mark.parametrize("early", [False, True])
async def test_the_button_of_an_answer_that_has_ended(tmp_path: Path, *, early: bool) -> None:
    """It says so, and the answer that runs meanwhile is not touched, however old its question."""
    agent = GatedAgent()
    async with running(tmp_path, agent, streaming=BARE) as (channel, *_):
        channel.write("one", GROUP)
        if early:
            channel.write("two", GROUP)
        _, say = await agent.turn()
        say(TextDelta("done"))
        say(Finished())
        old = await posted(channel, "done")
        if not early:
            channel.write("two", GROUP)
        _, say = await agent.turn()
        say(TextDelta("next"))
        await posted(channel, "next")
        assert await channel.told(channel.press(old, GROUP)) == commands.ALREADY_FINISHED
        say(TextDelta(" words"))
        say(Finished())
        await channel.shows("done", "next words", at=GROUP)


async def test_a_button_in_another_topic(tmp_path: Path) -> None:
    """Numbers of messages are the chat's: what counts is the conversation as well."""
    agent = GatedAgent()
    async with running(tmp_path, agent, streaming=BARE) as (channel, *_):
        channel.write("one", TOPIC)
        _, say = await agent.turn()
        say(TextDelta("words"))
        message_id = await posted(channel, "words", TOPIC)
        assert await channel.told(channel.press(message_id, GROUP)) == commands.ALREADY_FINISHED
        assert await channel.told(channel.press(message_id, TOPIC)) == commands.STOPPING
        await channel.shows(f"words\n\n{STOPPED}", at=TOPIC)


async def test_a_strangers_press_is_acknowledged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever is not admitted stops nothing, in a group either, and is told why; logged once."""
    agent = GatedAgent()
    async with running(tmp_path, agent, streaming=BARE) as (channel, *_):
        channel.write("one", GROUP)
        _, say = await agent.turn()
        say(TextDelta("words"))
        message_id = await posted(channel, "words")
        eve = Person("7", "Eve")
        for _ in range(2):
            press = channel.press(message_id, GROUP, eve)
            assert await channel.told(press) == commands.NOT_YOURS
        assert not agent.closed.is_set()
        say(Finished())
        await channel.shows("words", at=GROUP)
    assert [record.message for record in caplog.records].count("not let in: not answered") == 1


async def test_a_press_that_cannot_be_acknowledged(tmp_path: Path) -> None:
    """A refusal of that ends nothing, and it is not tried again."""
    agent = GatedAgent()
    async with running(tmp_path, agent, streaming=BARE) as (channel, *_):
        channel.write("one", GROUP)
        _, say = await agent.turn()
        say(TextDelta("words"))
        message_id = await posted(channel, "words")
        apply = channel.apply

        def refuse(action: object) -> object:
            if isinstance(action, Acknowledge):
                return Refused(Reason.MALFORMED, "query is too old")
            return apply(action)  # type: ignore[arg-type]

        channel.apply = refuse  # type: ignore[method-assign]
        channel.press(message_id, GROUP)
        await channel.shows(f"words\n\n{STOPPED}", at=GROUP)
        channel.write("two", GROUP)
        _, say = await agent.turn()
        say(TextDelta("again"))
        say(Finished())
        await channel.shows(f"words\n\n{STOPPED}", "again", at=GROUP)
    assert sum(isinstance(action, Acknowledge) for action in channel.actions) == 1


Interruption = Callable[[FakeChannel, str], object]

INTERRUPTIONS = [
    pytest.param(PRIVATE, lambda channel, number: channel.press_stop(number), id="draft"),
    pytest.param(GROUP, lambda channel, number: channel.press(number, GROUP), id="message"),
    pytest.param(GROUP, lambda channel, _: channel.write("/stop", GROUP), id="command"),
]


@pytest.mark.parametrize(("place", "interrupt"), INTERRUPTIONS)
@pytest.mark.parametrize("ends_first", [True, False])
@pytest.mark.parametrize("turns", range(6))
async def test_a_stop_in_the_instant_of_the_end(
    tmp_path: Path, place: object, interrupt: Interruption, turns: int, *, ends_first: bool
) -> None:
    """Whichever comes first, by whatever turns of the loop: one whole answer, remembered once.

    It is marked as stopped or not, no word of it is lost, the press is answered, the next question
    is too.
    """
    address = PRIVATE if place == PRIVATE else GROUP
    agent = GatedAgent()
    async with running(tmp_path, agent, streaming=BARE) as (channel, *_):
        channel.write("one", address)
        _, say = await agent.turn()
        say(TextDelta("all words"))
        shown = drafted if address == PRIVATE else posted
        message_id = await shown(channel, "all words", address)

        def end() -> None:
            say(Finished())

        def stop() -> None:
            interrupt(channel, message_id)

        first, second = (end, stop) if ends_first else (stop, end)
        first()
        for _ in range(turns):
            await asyncio.sleep(0)
        second()
        channel.write("two", address)
        turn, say = await agent.turn()
        assert turn.text == _asked("two", address)
        say(TextDelta("more"))
        say(Finished())
        async with asyncio.timeout(10), channel.changed:
            await channel.changed.wait_for(lambda: channel.texts(address)[-1:] == ["more"])
        answer, *asides, _ = channel.texts(address)
        assert answer in ("all words", f"all words\n\n{STOPPED}")
        assert asides in ([], ["Nothing to stop."])
    presses = [action for action in channel.actions if isinstance(action, Acknowledge)]
    assert len(presses) == (interrupt is INTERRUPTIONS[1].values[1])
    assert await reopened(tmp_path, address) == [
        ("user", _asked("one", address)),
        ("assistant", "all words"),
        ("user", _asked("two", address)),
        ("assistant", "more"),
    ]
