"""A gateway with several channels in memory: what is shared, what is apart, and how they end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from databases import database_in
from gateway_stage import (
    ANNA,
    GROUP,
    PRIVATE,
    STOPPED,
    FakeChannel,
    GatedAgent,
    Parrot,
    drafted,
    posted,
)

from tickertape.chat import Person
from tickertape.conversation import Utterance
from tickertape.delivery.actions import Post, Throttled
from tickertape.errors import TransportError
from tickertape.events import Finished, TextDelta
from tickertape.gateway import commands
from tickertape.gateway.access import Access
from tickertape.gateway.loop import Gateway
from tickertape.gateway.settings import ChatSettings, Choices, change
from tickertape.gateway.storage.store import ConversationStore
from tickertape.ports import Agent
from tickertape.speech.audio import Audio
from tickertape.speech.narrator import Narrator

pytestmark = pytest.mark.anyio

HOME, WORK = (replace(PRIVATE, channel=name) for name in ("home", "work"))


class Hum:
    """An engine that hums for a tenth of a second."""

    async def synthesise(self, text: str) -> Audio:
        """Hum."""
        return Audio(24_000, b"\0\x20\0\xe0" * 1_200)

    async def aclose(self) -> None:
        """Nothing is held."""


@asynccontextmanager
async def both(
    path: Path,
    agent: Agent,
    allow: frozenset[str] = frozenset({ANNA.id}),
    grace: float = 5.0,
    narrator: Narrator | None = None,
) -> AsyncIterator[tuple[Mapping[str, FakeChannel], Gateway, asyncio.Task[None]]]:
    """Run a gateway with the channels `home` and `work`; end it as they end, if nobody did."""
    store = await ConversationStore.open(database_in(path))
    channels = {"home": FakeChannel(), "work": FakeChannel()}
    gateway = Gateway(channels, agent, store, Access(allow), grace=grace, narrator=narrator)
    task = asyncio.create_task(gateway.run())
    try:
        yield channels, gateway, task
        if not task.done():
            for channel in channels.values():
                channel.end()
            async with asyncio.timeout(10):
                await task
    finally:
        task.cancel()
        await asyncio.wait({task})
        await store.aclose()


async def test_the_same_chat_in_two_channels(tmp_path: Path) -> None:
    """One person with one id in both: two conversations at once, each with its own choices."""
    agent = GatedAgent()
    async with both(tmp_path, agent) as (channels, *_):
        home, work = channels.values()
        home.write("/reasoning hide", HOME)
        _, chosen = change(commands.ReasoningCommand("hide"), ChatSettings(), Choices())
        await home.shows(chosen, at=HOME)
        home.write("at home", HOME)
        at_home, say_at_home = await agent.turn()
        work.write("at work", WORK)
        at_work, say_at_work = await agent.turn()
        assert (at_home.address, at_work.address) == (HOME, WORK)
        say_at_home(TextDelta("Half an answer"))
        await drafted(home, "Half an answer", HOME)
        home.write("/stop", HOME)
        await home.shows(chosen, f"Half an answer\n\n{STOPPED}", at=HOME)
        say_at_work(TextDelta("A whole one"))
        say_at_work(Finished())
        await work.shows("A whole one", at=WORK)
        assert {action.address.channel for action in home.actions} == {"home"}
        assert {action.address.channel for action in work.actions} == {"work"}
    store = await ConversationStore.open(database_in(tmp_path))
    assert await store.history(WORK, limit=9) == (
        Utterance("user", "at work"),
        Utterance("assistant", "A whole one"),
    )
    assert [entry.text for entry in await store.history(HOME, limit=9)] == [
        "at home",
        "Half an answer",
    ]
    assert await store.settings(HOME) == ChatSettings("hide")
    assert await store.settings(WORK) == ChatSettings()
    assert await store.history(PRIVATE, limit=9) == ()
    await store.aclose()


async def test_a_restart_remembers_both(tmp_path: Path) -> None:
    """The second gateway tells the agent in each channel what was said there."""
    async with both(tmp_path, Parrot("first")) as (channels, *_):
        channels["home"].write("a", HOME)
        channels["work"].write("b", WORK)
    agent = Parrot("second")
    async with both(tmp_path, agent) as (channels, *_):
        channels["home"].write("c", HOME)
        channels["work"].write("d", WORK)
    told = {turn.address: [entry.text for entry in turn.history] for turn in agent.turns}
    assert told == {HOME: ["a", "first"], WORK: ["b", "first"]}


async def test_a_chat_moves_in_its_channel_only(tmp_path: Path) -> None:
    """What the chat of the same id has in the other channel stays where it is."""
    agent = Parrot("yes")
    old, new = replace(GROUP, channel="home"), replace(GROUP, channel="home", chat="-1001007")
    elsewhere = replace(GROUP, channel="work")
    async with both(tmp_path, agent) as (channels, *_):
        channels["home"].write("one", old)
        await channels["home"].shows("yes", at=old)
        channels["work"].write("two", elsewhere)
        await channels["work"].shows("yes", at=elsewhere)
        channels["home"].moves(old, new)
        channels["home"].write("three", new)
        await channels["home"].shows("yes", at=new)
        channels["work"].write("four", elsewhere)
        await channels["work"].shows("yes", "yes", at=elsewhere)
    pasts = [[entry.text[-3:] for entry in turn.history] for turn in agent.turns]
    assert pasts == [[], [], ["one", "yes"], ["two", "yes"]]
    async with both(tmp_path, agent) as (channels, *_):
        channels["home"].write("five", old)
        channels["work"].write("six", elsewhere)
    assert {turn.address for turn in agent.turns[4:]} == {new, elsewhere}


async def test_a_button_stops_the_answer_of_its_channel(tmp_path: Path) -> None:
    """Two messages with one id, in chats with one id: each press is answered where it was made."""
    agent = GatedAgent()
    at_home, at_work = (replace(GROUP, channel=name) for name in ("home", "work"))
    async with both(tmp_path, agent) as (channels, *_):
        home, work = channels.values()
        home.write("one", at_home)
        _, say = await agent.turn()
        say(TextDelta("An answer"))
        message_id = await posted(home, "An answer", at_home)
        elsewhere = work.press(message_id, at_work)
        assert await work.told(elsewhere) == commands.ALREADY_FINISHED
        assert home.texts(at_home) == ["An answer"]
        here = home.press(message_id, at_home)
        assert await home.told(here) == commands.STOPPING
        await home.shows(f"An answer\n\n{STOPPED}", at=at_home)


async def test_a_voice_note_is_posted_in_its_channel(tmp_path: Path) -> None:
    """The chat that wants one hears it, in its channel; the other channel's chat does not."""
    async with both(tmp_path, Parrot("Hi."), narrator=Narrator(Hum())) as (channels, *_):
        home, work = channels.values()
        _, heard = change(commands.VoiceCommand("on"), ChatSettings(), Choices(voice=False))
        home.write("/voice on", HOME)
        await home.shows(heard, at=HOME)
        work.write("q", WORK)
        await work.shows("Hi.", at=WORK)
        home.write("q", HOME)
        [note] = await home.speaks(at=HOME)
    assert note.address == HOME
    assert not work.screen(WORK).voices


async def test_limits_are_the_channels_own(tmp_path: Path) -> None:
    """A long ban of a chat in one channel is kept over a restart, and closes no other channel."""
    for attempts in (1, 0):
        async with both(tmp_path, Parrot("hello"), grace=0.3) as (channels, gateway, task):
            home, work = channels.values()
            asked = asyncio.Event()
            home.script.append(Throttled(9_000.0))
            home.on_action = lambda _, asked=asked: asked.set()
            home.write("hi", HOME)
            work.write("hi", WORK)
            await work.shows("hello", at=WORK)
            if attempts:
                async with asyncio.timeout(10):
                    await asked.wait()
            gateway.stop()
            async with asyncio.timeout(10):
                await task
            assert sum(isinstance(action, Post) for action in home.actions) == attempts


async def test_an_entry_for_one_channel(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """`work:ID` admits nobody at home; a stranger is logged once in each channel, by its name."""
    agent = Parrot("hello")
    async with both(tmp_path, agent, frozenset({f"work:{ANNA.id}"})) as (channels, *_):
        for _ in range(2):
            channels["home"].write("hi", HOME)
        channels["work"].write("hi", WORK)
        channels["work"].write("hi", replace(WORK, chat="7"), Person("7", "Eve"))
        channels["home"].write("hi", replace(HOME, chat="7"), Person("7", "Eve"))
    assert [turn.address for turn in agent.turns] == [WORK]
    turned_away = [
        (vars(record)["channel"], vars(record)["id"])
        for record in caplog.records
        if record.message == "not let in: not answered"
    ]
    assert sorted(turned_away) == [("home", ANNA.id), ("home", "7"), ("work", "7")]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TransportError("the token was revoked"), "the token was revoked"),
        (None, ""),
    ],
)
async def test_a_channel_that_ends_stops_no_other(
    error: TransportError | None, words: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The log names it and why; its running answer goes on, and the other channel is answered."""
    caplog.set_level("INFO")
    agent = GatedAgent()
    async with both(tmp_path, agent) as (channels, _, task):
        home, work = channels.values()
        home.write("a question", HOME)
        _, say = await agent.turn()
        say(TextDelta("An answer"))
        await drafted(home, "An answer", HOME)
        home.end(error)
        work.write("/help", WORK)
        await work.shows(commands.words(commands.HelpCommand()), at=WORK)
        say(TextDelta(" to its end"))
        say(Finished())
        await home.shows("An answer to its end", at=HOME)
        assert not task.done()
        work.end()
        async with asyncio.timeout(10):
            if error is None:
                await task
            else:
                with pytest.raises(TransportError, match=r"^No channel is left\. home: the token"):
                    await task
    told = [
        (vars(record)["channel"], vars(record).get("error", ""))
        for record in caplog.records
        if record.message.startswith("a channel has ended")
    ]
    assert told == [("home", words), ("work", "")]


async def test_stop_after_a_failure_is_an_end_in_order(tmp_path: Path) -> None:
    """Who ends the gateway by a signal is not told of a channel that was lost long before."""
    agent = GatedAgent()
    async with both(tmp_path, agent) as (channels, gateway, task):
        channels["home"].end(TransportError("gone"))
        channels["work"].write("one", WORK)
        _, say = await agent.turn()
        say(TextDelta("Half an answer"))
        await drafted(channels["work"], "Half an answer", WORK)
        gateway.stop()
        async with asyncio.timeout(10):
            await task
    assert channels["work"].texts(WORK) == [
        "Half an answer\n\n⏸ Interrupted: the bot is restarting."
    ]


async def test_a_crash_of_a_channel_is_told_without_its_words(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What comes in against the contract may quote a person: only the kind of crash is logged."""
    async with both(tmp_path, Parrot("hello")) as (channels, _, task):
        channels["home"].end(ValueError("my secret plan"))  # type: ignore[arg-type]
        channels["work"].write("hi", WORK)
        await channels["work"].shows("hello", at=WORK)
        channels["work"].end(TransportError("gone"))
        with pytest.raises(TransportError, match=r"home: AttributeError; work: gone"):
            await task
    [first, second] = [r for r in caplog.records if r.message.startswith("a channel has ended")]
    assert vars(first)["error"] == "AttributeError"
    assert any("intake.py" in frame for frame in vars(first)["frames"])
    assert vars(second)["error"] == "gone"
    assert "secret" not in str([vars(record) for record in caplog.records])


async def test_shutdown_commits_in_every_channel(tmp_path: Path) -> None:
    """`stop` cuts the answers of all channels short, commits them, and tells who was waiting."""
    agent = GatedAgent()
    async with both(tmp_path, agent) as (channels, gateway, task):
        for channel, place in zip(channels.values(), (HOME, WORK), strict=True):
            channel.write("one", place)
            _, say = await agent.turn()
            channel.write("two", place)
            say(TextDelta("Half an answer"))
            await drafted(channel, "Half an answer", place)
        gateway.stop()
        async with asyncio.timeout(10):
            await task
    for channel, place in zip(channels.values(), (HOME, WORK), strict=True):
        assert sorted(channel.texts(place)) == sorted(
            ["Half an answer\n\n⏸ Interrupted: the bot is restarting.", commands.restarting(1)]
        )


async def test_a_channel_that_takes_another_name(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It would be answered in another channel: it ends, and the log says what to do."""
    agent = Parrot("hello")
    async with both(tmp_path, agent) as (channels, gateway, task):
        channels["home"].write("hi", WORK)
        channels["work"].write("hi", WORK)
        await channels["work"].shows("hello", at=WORK)
        gateway.stop()
        await task
    assert len(agent.turns) == 1
    assert "it must use the name that it was opened with" in str(
        [vars(record) for record in caplog.records]
    )
