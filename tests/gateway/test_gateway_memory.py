"""What the gateway remembers of an answer, and what chats choose: by word, over restarts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from gateway_stage import (
    PRIVATE,
    STOPPED,
    TOPIC,
    GatedAgent,
    Parrot,
    drafted,
    kept,
    reopened,
    running,
)

from tickertape.chat import Address
from tickertape.conversation import (
    INTERRUPTED,
    Entry,
    Step,
    TextPart,
    ToolCall,
    ToolResult,
    Utterance,
    sound,
)
from tickertape.delivery.streaming import StreamingConfig
from tickertape.errors import FailureKind, ProviderError
from tickertape.events import (
    Failed,
    Finished,
    ReasoningDelta,
    Recorded,
    Restarted,
    TextDelta,
    ToolFinished,
    ToolStarted,
)
from tickertape.gateway import commands
from tickertape.gateway.settings import ChatSettings
from tickertape.gateway.storage.store import ConversationStore

pytestmark = pytest.mark.anyio

ASKED = Utterance("user", "what time?")
CALL = Step((TextPart("Let me look."), ToolCall("1", "clock", "{}")), origin="m@host")
RESULT = ToolResult("1", "clock", "noon")
NOON = Step((TextPart("Noon."),), origin="m@host")
MODELS = {"default": "small-1", "clever": "large-9"}


class Watch:
    """Watches what a store is given, and can hold it up."""

    def __init__(self, store: ConversationStore) -> None:
        self._append = store.append
        self.free = asyncio.Event()
        self.free.set()
        self._news = asyncio.Condition()
        self.kept: list[Entry] = []
        store.append = self.append  # type: ignore[method-assign]

    async def append(self, address: Address, entries: Sequence[Entry]) -> None:
        """Add entries when that is allowed."""
        await self.free.wait()
        await self._append(address, entries)
        async with self._news:
            self.kept += entries
            self._news.notify_all()

    async def has(self, *entries: Entry) -> None:
        """Wait until exactly these entries were added."""
        async with asyncio.timeout(10), self._news:
            await self._news.wait_for(lambda: self.kept == list(entries))


async def test_records_are_kept_as_they_come(tmp_path: Path) -> None:
    """A step and a result are in the database while the answer goes on, and nothing is twice."""
    agent = GatedAgent()
    async with running(tmp_path, agent) as (channel, _, store, _):
        watch = Watch(store)
        channel.write("what time?")
        _, say = await agent.turn()
        await watch.has(ASKED)
        say(TextDelta("Let me look."))
        say(Recorded(CALL))
        say(ToolStarted("1", "clock"))
        await watch.has(ASKED, CALL)
        assert await kept(tmp_path) == (ASKED, CALL)
        say(ToolFinished("1", "clock", ok=True))
        say(Recorded(RESULT))
        await watch.has(ASKED, CALL, RESULT)
        say(TextDelta("Noon."))
        say(Recorded(NOON))
        say(Finished())
        await channel.shows("Let me look.", "Noon.")
        channel.write("thanks")
        turn, say = await agent.turn()
        assert turn.history == (ASKED, CALL, RESULT, NOON)
        say(Finished())
    assert (await kept(tmp_path))[:4] == (ASKED, CALL, RESULT, NOON)


async def test_a_slow_database_slows_no_answer(tmp_path: Path) -> None:
    """The reader sees the whole answer while it cannot be stored; the next turn waits for that."""
    agent = GatedAgent()
    async with running(tmp_path, agent) as (channel, _, store, _):
        watch = Watch(store)
        channel.write("what time?")
        _, say = await agent.turn()
        watch.free.clear()
        channel.write("and now?")
        for event in (Recorded(CALL), Recorded(RESULT), TextDelta("Noon."), Recorded(NOON)):
            say(event)
        say(Finished())
        await channel.shows("Noon.")
        assert agent.turns.empty()
        watch.free.set()
        turn, say = await agent.turn()
        assert turn.history == (ASKED, CALL, RESULT, NOON)
        say(Finished())


async def test_a_stop_among_tools_leaves_a_sound_history(tmp_path: Path) -> None:
    """The call that was cut is remembered, and the next turn tells the model that it was."""
    agent = GatedAgent()
    async with running(tmp_path, agent) as (channel, *_):
        channel.write("what time?")
        _, say = await agent.turn()
        say(TextDelta("Let me look."))
        await drafted(channel, "Let me look.")
        say(Recorded(CALL))
        say(ToolStarted("1", "clock"))
        async with asyncio.timeout(10), channel.changed:
            await channel.changed.wait_for(lambda: bool(channel.texts(PRIVATE)))
        channel.write("/stop")
        async with asyncio.timeout(10):
            await agent.closed.wait()
        channel.write("again")
        turn, say = await agent.turn()
        assert turn.history == (ASKED, CALL)
        assert sound(turn.history)[-1] == ToolResult("1", "clock", INTERRUPTED, ok=False)
        say(Finished())


@pytest.mark.parametrize("end", ["stop", "failed"])
async def test_words_that_were_not_recorded_are_kept_too(tmp_path: Path, end: str) -> None:
    """What a stopped or broken answer said after its last record is remembered once, at its end."""
    agent = GatedAgent()
    async with running(tmp_path, agent) as (channel, *_):
        channel.write("what time?")
        _, say = await agent.turn()
        say(Recorded(CALL))
        say(Recorded(RESULT))
        say(TextDelta("One o'clo"))
        say(Restarted())
        say(TextDelta("Noon, I thi"))
        await drafted(channel, "Noon, I thi")
        if end == "stop":
            channel.write("/stop")
            await channel.shows(f"Noon, I thi\n\n{STOPPED}")
        else:
            error = ProviderError(FailureKind.NETWORK, "gone")
            say(Failed(error))
            await channel.shows(f"Noon, I thi\n\n⚠ {error.sentence}")
    assert await kept(tmp_path) == (ASKED, CALL, RESULT, Utterance("assistant", "Noon, I thi"))


async def test_an_agent_without_records(tmp_path: Path) -> None:
    """Of an agent that records nothing the whole text is kept, piece by piece around its tools."""
    agent = GatedAgent()
    async with running(tmp_path, agent) as (channel, *_):
        channel.write("what time?")
        _, say = await agent.turn()
        say(TextDelta("Let me look."))
        say(ToolStarted("1", "clock"))
        say(ToolFinished("1", "clock", ok=True))
        say(TextDelta("Noon."))
        say(Finished())
        await channel.shows("Let me look.", "Noon.")
    assert await reopened(tmp_path) == [
        ("user", "what time?"),
        ("assistant", "Let me look.\n\nNoon."),
    ]


async def test_a_retry_makes_the_last_answer_again(tmp_path: Path) -> None:
    """The question is asked again, without the answer that it had; that one is forgotten."""
    agent = GatedAgent()
    async with running(tmp_path, agent) as (channel, *_):
        for question, answer in (("hello", "Hi."), ("what time?", "Midnight.")):
            channel.write(question)
            _, say = await agent.turn()
            say(TextDelta(answer))
            say(Finished())
        await channel.shows("Hi.", "Midnight.")
        channel.write("/retry")
        turn, say = await agent.turn()
        assert turn.text == "what time?"
        assert turn.history == (Utterance("user", "hello"), Utterance("assistant", "Hi."))
        say(TextDelta("Noon."))
        say(Recorded(NOON))
        say(Finished())
        await channel.shows("Hi.", "Midnight.", "Noon.")
    assert (await kept(tmp_path))[2:] == (ASKED, NOON)


async def test_a_retry_of_the_running_answer(tmp_path: Path) -> None:
    """It ends that answer and makes it again, before the message that waits is answered."""
    agent = GatedAgent()
    async with running(tmp_path, agent) as (channel, *_):
        channel.write("what time?")
        _, say = await agent.turn()
        channel.write("and where?")
        say(TextDelta("Midni"))
        await drafted(channel, "Midni")
        channel.write("/retry")
        stopped = f"Midni\n\n{STOPPED}"
        await channel.shows(stopped)
        turn, say = await agent.turn()
        assert (turn.text, turn.history) == ("what time?", ())
        say(TextDelta("Noon."))
        say(Finished())
        turn, say = await agent.turn()
        assert turn.text == "and where?"
        assert turn.history == (ASKED, Utterance("assistant", "Noon."))
        say(TextDelta("Here."))
        say(Finished())
        await channel.shows(stopped, "Noon.", "Here.")


async def test_a_retry_that_fails_loses_no_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a retry broke off at the database, the next one still makes the same answer again."""
    agent = GatedAgent()
    async with running(tmp_path, agent) as (channel, _, store, _):
        for question, answer in (("hello", "Hi."), ("what time?", "Midnight.")):
            channel.write(question)
            _, say = await agent.turn()
            say(TextDelta(answer))
            say(Finished())
        await channel.shows("Hi.", "Midnight.")
        for verb in ("append", "settings"):
            with monkeypatch.context() as broken:
                broken.setattr(store, verb, _fail)
                channel.write("/retry")
                if verb == "append":
                    _, say = await agent.turn()
                    say(TextDelta("Noon."))
                    say(Finished())
                    await channel.shows("Hi.", "Midnight.", "Noon.")
                else:
                    await channel.shows("Hi.", "Midnight.", "Noon.", commands.APOLOGY)
        channel.write("/retry")
        turn, say = await agent.turn()
        assert turn.text == "what time?"
        assert turn.history == (Utterance("user", "hello"), Utterance("assistant", "Hi."))
        say(Finished())


async def _fail(*_: object) -> None:
    raise OSError("the disk is full")


async def test_nothing_to_make_again(tmp_path: Path) -> None:
    """Where nothing was asked, `/retry` says so; a stop before it began leaves all as it is."""
    agent = Parrot("Noon.")
    async with running(tmp_path, agent) as (channel, *_):
        channel.write("/retry")
        await channel.shows(commands.NO_TURN)
        channel.write("what time?")
        await channel.shows(commands.NO_TURN, "Noon.")
    async with running(tmp_path, agent) as (channel, *_):
        channel.write("/retry")
        channel.write("/stop")
        await channel.shows(commands.NOT_RETRIED)
    assert len(agent.turns) == 1
    assert await reopened(tmp_path) == [("user", "what time?"), ("assistant", "Noon.")]


async def test_a_chat_chooses_its_model(tmp_path: Path) -> None:
    """The choice holds from the next answer on, over `/new` and a restart, for that chat alone."""
    agent = Parrot("Yes.")
    chosen = "Switched to `clever`. It will answer your next message."
    async with running(tmp_path, agent, models=MODELS) as (channel, *_):
        channel.write("one")
        channel.write("/model clever")
        channel.write("two")
        await channel.shows("Yes.", chosen, "Yes.")
        channel.write("/new")
        await channel.shows("Yes.", chosen, "Yes.", commands.words(commands.NewCommand()))
    async with running(tmp_path, agent, models=MODELS) as (channel, *_):
        channel.write("three")
        channel.write("four", TOPIC)
        await channel.shows("Yes.")
        await channel.shows("Yes.", at=TOPIC)
        channel.write("/model")
        await channel.shows(
            "Yes.", "/model default - small-1 (the default)\n/model clever - large-9 (chosen)"
        )
    models = {turn.text: turn.model for turn in agent.turns}
    assert models == {
        "one": "default",
        "two": "clever",
        "three": "clever",
        '[from "Anna"]\nfour': "default",
    }


async def test_an_agent_that_has_no_models(tmp_path: Path) -> None:
    """`/model` says that there is nothing to choose, and the agent is told no name."""
    agent = Parrot("Yes.")
    async with running(tmp_path, agent) as (channel, _, store, _):
        await store.change(PRIVATE, ChatSettings(model="clever"))
        channel.write("/model clever")
        channel.write("one")
        await channel.shows("This bot has one model; there is none to choose.", "Yes.")
    assert [turn.model for turn in agent.turns] == [""]


async def test_a_chat_chooses_what_it_sees_of_the_thinking(tmp_path: Path) -> None:
    """By `/reasoning` a chat sees the thinking that the operator's setting hides, and never later.

    It is never part of the final message, nor remembered.
    """
    agent = GatedAgent()
    hidden = StreamingConfig(reasoning="hide", buffer_threshold=1)
    async with running(tmp_path, agent, streaming=hidden) as (channel, *_):
        channel.write("/reasoning show")
        async with asyncio.timeout(10), channel.changed:
            await channel.changed.wait_for(lambda: len(channel.texts(PRIVATE)) == 1)
        (said,) = channel.texts(PRIVATE)
        channel.write("one")
        _, say = await agent.turn()
        say(ReasoningDelta("The sun is high."))
        async with asyncio.timeout(10), channel.changed:
            await channel.changed.wait_for(
                lambda: "The sun is high." in (channel.screen(PRIVATE).draft or "")
            )
        say(TextDelta("Noon."))
        say(Finished())
        await channel.shows(said, "Noon.")
    assert await reopened(tmp_path) == [("user", "one"), ("assistant", "Noon.")]
