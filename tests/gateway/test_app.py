"""The gateway with a channel in memory, a real database, and agents that do as they are told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import NoReturn

import pytest
from gateway_stage import (
    ANNA,
    GROUP,
    PRIVATE,
    STOPPED,
    TOPIC,
    GatedAgent,
    Parrot,
    drafted,
    reopened,
    running,
)

from tickertape.agent.loop import ModelAgent
from tickertape.agent.models import Model
from tickertape.chat import Address, ChatKind, Person
from tickertape.conversation import Entry, Utterance
from tickertape.delivery.actions import Action, Post, Reason, Refused
from tickertape.errors import FailureKind, ProviderError, TransportError
from tickertape.events import (
    Failed,
    Finished,
    ReasoningDelta,
    TextDelta,
    ToolFinished,
    ToolStarted,
)
from tickertape.gateway import commands
from tickertape.testing.providers import ScriptedProvider

pytestmark = pytest.mark.anyio


async def test_an_answer_streams_and_is_remembered(tmp_path: Path) -> None:
    """A private chat sees drafts and one exact message; question and answer are stored once."""
    agent = GatedAgent()
    async with running(tmp_path, agent) as (channel, *_):
        channel.write("hello")
        turn, say = await agent.turn()
        assert (turn.text, turn.history, turn.sender) == ("hello", (), ANNA)
        say(TextDelta("Good morning"))
        await drafted(channel, "Good morning")
        say(TextDelta(", Anna."))
        say(Finished())
        await channel.shows("Good morning, Anna.")

        channel.write("and now?")
        turn, say = await agent.turn()
        assert turn.history == (
            Utterance("user", "hello"),
            Utterance("assistant", "Good morning, Anna."),
        )
        say(TextDelta("Tea."))
        say(Finished())
        await channel.shows("Good morning, Anna.", "Tea.")
    assert await reopened(tmp_path) == [
        ("user", "hello"),
        ("assistant", "Good morning, Anna."),
        ("user", "and now?"),
        ("assistant", "Tea."),
    ]


async def test_a_restart_remembers(tmp_path: Path) -> None:
    """A second gateway over the same file tells the agent what was said before."""
    async with running(tmp_path, Parrot("first")) as (channel, *_):
        channel.write("one")
    agent = Parrot("second")
    async with running(tmp_path, agent) as (channel, *_):
        channel.write("two")
    (turn,) = agent.turns
    assert turn.history == (Utterance("user", "one"), Utterance("assistant", "first"))


async def test_a_group_is_edited_and_replied_to(tmp_path: Path) -> None:
    """In a group the answer points at the question; a topic is a conversation of its own."""
    agent = Parrot("yes")
    async with running(tmp_path, agent) as (channel, *_):
        first = channel.write("ok?", GROUP)
        second = channel.write("ok?", TOPIC)
    posts = [action for action in channel.actions if isinstance(action, Post)]
    assert {(post.address, post.reply_to) for post in posts} == {
        (GROUP, first),
        (TOPIC, second),
    }
    assert [turn.history for turn in agent.turns] == [(), ()]
    assert await reopened(tmp_path, TOPIC) == [
        ("user", '[from "Anna"]\nok?'),
        ("assistant", "yes"),
    ]


async def test_stop_ends_the_answer_and_the_agent(tmp_path: Path) -> None:
    """`/stop` closes the agent at once; what was said is committed, marked and remembered."""
    agent = GatedAgent()
    async with running(tmp_path, agent) as (channel, *_):
        channel.write("tell me a story")
        _, say = await agent.turn()
        channel.write("this one will be dropped")
        say(TextDelta("Once upon a time"))
        await drafted(channel, "Once upon a time")
        channel.write("/stop")
        async with asyncio.timeout(10):
            await agent.closed.wait()
        story, helping = f"Once upon a time\n\n{STOPPED}", commands.words(commands.HelpCommand())
        await channel.shows(story)
        channel.write("/help")
        await channel.shows(story, helping)
        channel.write("/stop")
        await channel.shows(story, helping, "Nothing to stop.")
    assert agent.turns.empty()
    assert await reopened(tmp_path) == [
        ("user", "tell me a story"),
        ("assistant", "Once upon a time"),
    ]


async def test_the_stop_button_ends_the_answer_under_it(tmp_path: Path) -> None:
    """A press with the live draft's id interrupts; another id does nothing; the line goes on."""
    agent = GatedAgent()
    async with running(tmp_path, agent) as (channel, *_):
        channel.write("one")
        _, say = await agent.turn()
        channel.write("two")
        say(TextDelta("first words"))
        draft_id = await drafted(channel, "first words")
        channel.press_stop(f"{draft_id}1")
        channel.press_stop(draft_id)
        await channel.shows(f"first words\n\n{STOPPED}")
        turn, say = await agent.turn()
        assert turn.text == "two"
        say(TextDelta("second"))
        say(Finished())


async def test_the_stop_button_under_an_earlier_piece(tmp_path: Path) -> None:
    """A press on a draft that has become a message meanwhile still ends the answer it began."""
    agent = GatedAgent()
    async with running(tmp_path, agent) as (channel, *_):
        channel.write("one")
        _, say = await agent.turn()
        say(TextDelta("Let me look."))
        pressed = await drafted(channel, "Let me look.")
        say(ToolStarted("1", "clock"))
        say(ToolFinished("1", "clock", ok=True))
        say(TextDelta("It is about"))
        assert await drafted(channel, "It is about") != pressed
        channel.press_stop(pressed)
        await channel.shows("Let me look.", f"It is about\n\n{STOPPED}")


async def test_a_stop_before_the_agent_was_asked(tmp_path: Path) -> None:
    """Question and `/stop` in one breath: the agent is not asked, and the chat says stopped."""
    agent = GatedAgent()
    async with running(tmp_path, agent) as (channel, *_):
        channel.write("one")
        channel.write("/stop")
        await channel.shows(STOPPED)
    assert agent.turns.empty()
    assert await reopened(tmp_path) == [("user", "one")]


async def test_a_second_message_waits_its_turn(tmp_path: Path) -> None:
    """Messages of one conversation are answered one after another, each once, in order."""
    agent = GatedAgent()
    async with running(tmp_path, agent) as (channel, *_):
        for word in ("a", "b", "c"):
            channel.write(word)
        for word in ("a", "b", "c"):
            turn, say = await agent.turn()
            assert turn.text == word
            assert agent.turns.empty()
            say(TextDelta(word.upper()))
            say(Finished())
        await channel.shows("A", "B", "C")


async def test_conversations_run_at_once(tmp_path: Path) -> None:
    """While one conversation's agent is silent, another one is answered."""
    agent = GatedAgent()
    async with running(tmp_path, agent) as (channel, *_):
        channel.write("slow")
        _, say_slow = await agent.turn()
        channel.write("quick", GROUP)
        _, say = await agent.turn()
        say(TextDelta("done"))
        say(Finished())
        await channel.shows("done", at=GROUP)
        say_slow(TextDelta("late"))
        say_slow(Finished())


async def test_new_forgets(tmp_path: Path) -> None:
    """`/new` stops what runs, forgets this conversation and no other, and says so."""
    agent = GatedAgent()
    async with running(tmp_path, agent) as (channel, _, store, _):
        await store.append(GROUP, [Utterance("user", "kept")])
        channel.write("one")
        _, say = await agent.turn()
        say(TextDelta("some words"))
        await drafted(channel, "some words")
        channel.write("/new")
        forgot = commands.words(commands.NewCommand())
        await channel.shows(f"some words\n\n{STOPPED}", forgot)
        channel.write("two")
        turn, say = await agent.turn()
        assert turn.history == ()
        say(TextDelta("three"))
        say(Finished())
    assert await reopened(tmp_path, GROUP) == [("user", "kept")]
    assert await reopened(tmp_path) == [("user", "two"), ("assistant", "three")]


async def test_an_empty_answer_is_told(tmp_path: Path) -> None:
    """When the agent ends without a word, the person is told so, and the next turn comes."""
    agent = GatedAgent()
    async with running(tmp_path, agent) as (channel, *_):
        channel.write("one")
        _, say = await agent.turn()
        say(Finished())
        await channel.shows(commands.NO_ANSWER)
    assert await reopened(tmp_path) == [("user", "one")]


async def test_a_model_that_says_nothing_is_asked_twice(tmp_path: Path) -> None:
    """The person is told once, and nothing of it is remembered but the question."""
    silent = ScriptedProvider([(0, ReasoningDelta("It is 42.")), (0, "\n")])
    async with running(tmp_path, ModelAgent([Model("one", silent)])) as (channel, *_):
        channel.write("one")
        await channel.shows(commands.NO_ANSWER)
    assert len(silent.prompts) == 2
    assert await reopened(tmp_path) == [("user", "one")]


async def test_strangers_reach_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Who is not listed gets no answer and leaves no trace but one line in the log."""
    agent = GatedAgent()
    eve = Person("666", "Eve")
    async with running(tmp_path, agent) as (channel, *_):
        for words in ("let me in", "/start", "/stop"):
            channel.write(words, Address("telegram", "666", ChatKind.PRIVATE), eve)
        channel.write("me too", GROUP, eve)
        channel.write("a post", Address("telegram", "-1009", ChatKind.CHANNEL), None)
    assert channel.actions == []
    assert agent.turns.empty()
    assert await reopened(tmp_path, GROUP) == []
    turned_away = [record for record in caplog.records if "not let in" in record.message]
    assert [getattr(record, "id", None) for record in turned_away] == ["666", "-1009"]
    assert "let me in" not in caplog.text


async def test_a_post_of_a_listed_channel_is_answered(tmp_path: Path) -> None:
    """A post has no sender: its channel's id admits it."""
    news = Address("telegram", "-1009", ChatKind.CHANNEL)
    async with running(tmp_path, Parrot("noted"), allow=frozenset({"-1009"})) as (channel, *_):
        channel.write("news", news, None)
    assert channel.texts(news) == ["noted"]


async def test_a_failing_model_leaves_what_was_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A `Failed` keeps and remembers the partial, and the operator's log names the kind."""
    agent = GatedAgent()
    error = ProviderError(FailureKind.OVERLOADED, "no room", status=529)
    async with running(tmp_path, agent) as (channel, *_):
        channel.write("hi")
        _, say = await agent.turn()
        say(TextDelta("Half an"))
        say(Failed(error))
        await channel.shows(f"Half an\n\n⚠ {error.sentence}")
    assert await reopened(tmp_path) == [("user", "hi"), ("assistant", "Half an")]
    (record,) = [record for record in caplog.records if record.message == "the model failed"]
    assert getattr(record, "error", "") == "overloaded (HTTP 529): no room"


async def test_a_crash_ends_one_turn_only(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """An agent that raises costs its own turn.

    The partial stays and says that it broke off, and the next message is answered; the log says
    where it broke, and quotes nobody.
    """
    agent = GatedAgent()
    async with running(tmp_path, agent) as (channel, *_):
        channel.write("my secret plan")
        channel.write("again")
        _, say = await agent.turn()
        say(TextDelta("Half"))
        say(ValueError("my secret plan broke it"))
        await channel.shows("Half\n\n⚠ The model's answer broke off.")
        turn, say = await agent.turn()
        assert turn.text == "again"
        say(TextDelta("Whole"))
        say(Finished())
        await channel.shows("Half\n\n⚠ The model's answer broke off.", "Whole")
    assert await reopened(tmp_path) == [
        ("user", "my secret plan"),
        ("assistant", "Half"),
        ("user", "again"),
        ("assistant", "Whole"),
    ]
    (record,) = [record for record in caplog.records if record.message == "a turn failed"]
    assert getattr(record, "error", "") == "ValueError"
    assert any("gateway_stage.py" in frame for frame in getattr(record, "frames", []))
    assert "secret plan" not in str([vars(record) for record in caplog.records])


async def test_a_note_that_cannot_be_said_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the word that a line is full fails, the gateway goes on: it is logged, and no more."""
    agent = GatedAgent()
    async with running(tmp_path, agent) as (channel, *_):
        channel.write("one")
        _, say = await agent.turn()
        say(TextDelta("First"))
        await drafted(channel, "First")
        with monkeypatch.context() as broken:
            broken.setattr(channel, "surface", _break)
            for number in range(21):
                channel.write(str(number))
            channel.write("/stop")
            await channel.shows(f"First\n\n{STOPPED}")
        channel.write("two")
        _, say = await agent.turn()
        say(TextDelta("Second"))
        say(Finished())
        await channel.shows(f"First\n\n{STOPPED}", "Second")
    assert "a message of the bot failed" in caplog.text


def _break(_: Address) -> NoReturn:
    raise KeyError("a broken channel")


async def test_a_broken_store_is_apologised_for(tmp_path: Path) -> None:
    """When nothing can be remembered the person is told, and the gateway lives on."""
    agent = GatedAgent()
    async with running(tmp_path, agent) as (channel, _, store, _):
        about = commands.words(commands.HelpCommand())
        channel.write("/help")
        await channel.shows(about)
        (tmp_path / "t.db").rename(tmp_path / "away.db")
        await store.aclose()
        channel.write("hello")
        await channel.shows(about, commands.APOLOGY)
        channel.write("/help")
        await channel.shows(about, commands.APOLOGY, about)


async def test_a_dead_chat_ends_the_agent(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Where nothing can be written any more, the agent is not kept running."""
    agent = GatedAgent()
    async with running(tmp_path, agent) as (channel, *_):
        channel.script.append(Refused(Reason.CHAT_DEAD, "bot was blocked by the user"))
        channel.write("hi")
        _, say = await agent.turn()
        say(TextDelta("Hello there"))
        async with asyncio.timeout(10):
            await agent.closed.wait()
    assert channel.texts(PRIVATE) == []
    assert "not delivered" in caplog.text


async def test_shutdown_commits(tmp_path: Path) -> None:
    """`stop` cuts running answers short, commits and remembers them, and tells who was waiting."""
    agent = GatedAgent()
    async with running(tmp_path, agent) as (channel, gateway, _, task):
        channel.write("one")
        _, say = await agent.turn()
        channel.write("two")
        say(TextDelta("Half an answer"))
        await drafted(channel, "Half an answer")
        gateway.stop()
        async with asyncio.timeout(10):
            await task
        channel.write("three")
    assert agent.closed.is_set()
    assert sorted(channel.texts(PRIVATE)) == sorted(
        [
            "Half an answer\n\n⏸ Interrupted: the bot is restarting.",
            commands.restarting(1),
        ]
    )
    assert await reopened(tmp_path) == [("user", "one"), ("assistant", "Half an answer")]


async def test_shutdown_is_bounded(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A chat that takes nothing does not hold the end up for longer than the grace."""
    agent = GatedAgent()
    async with running(tmp_path, agent, grace=0.0) as (channel, gateway, _, task):
        channel.write("one")
        _, say = await agent.turn()
        never: Awaitable[None] = asyncio.get_running_loop().create_future()

        async def perform(action: Action) -> object:
            await never
            return None

        channel.perform = perform  # type: ignore[assignment,method-assign]
        say(TextDelta("Hello there"))
        gateway.stop()
        async with asyncio.timeout(10):
            await task
    assert "gave up on an answer" in caplog.text


async def test_an_idle_gateway_stops_at_once(tmp_path: Path) -> None:
    """With nothing going on, `stop` ends `run`, also when it was called before."""
    async with running(tmp_path, GatedAgent()) as (_, gateway, _, task):
        gateway.stop()
        gateway.stop()
        async with asyncio.timeout(10):
            await task


async def test_a_channel_that_cannot_go_on(tmp_path: Path) -> None:
    """A `TransportError` ends the gateway with that error, after running answers were committed."""
    agent = GatedAgent()
    async with running(tmp_path, agent) as (channel, _, _, task):
        channel.write("one")
        _, say = await agent.turn()
        say(TextDelta("Half an answer"))
        await drafted(channel, "Half an answer")
        channel.end(TransportError("the token was revoked"))
        with pytest.raises(TransportError, match="revoked"):
            async with asyncio.timeout(10):
                await task
    assert channel.texts(PRIVATE) == ["Half an answer\n\n⏸ Interrupted: the bot is restarting."]


async def test_texts_are_not_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Neither questions nor answers are in the log, at any level."""
    caplog.set_level(logging.DEBUG)
    async with running(tmp_path, Parrot("the butler did it")) as (channel, *_):
        channel.write("who was the murderer?")
        await channel.shows("the butler did it")
    records = str([vars(r) for r in caplog.records if r.name.startswith("tickertape")])
    assert "answered" in records
    assert "butler" not in records
    assert "murderer" not in records


async def test_an_answer_cut_short_without_a_word_says_so_once(tmp_path: Path) -> None:
    """The mark is the whole answer: no second sentence about an empty answer follows it."""
    agent = GatedAgent()
    async with running(tmp_path, agent) as (channel, *_):
        channel.write("one")
        _, say = await agent.turn()
        say(Finished("length"))
        await channel.shows("✂ The model reached its length limit.")
        channel.write("two")
        _, say = await agent.turn()
        say(TextDelta("Whole"))
        say(Finished())
        await channel.shows("✂ The model reached its length limit.", "Whole")


async def test_a_database_that_fails_at_the_end_is_not_the_readers_concern(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The answer is on screen: nobody is told to ask again, and the log says what was not kept."""
    agent = GatedAgent()
    async with running(tmp_path, agent) as (channel, _, store, _):
        append = store.append

        async def broken(address: Address, entries: Sequence[Entry]) -> None:
            if entries == [Utterance("assistant", "Whole")]:
                raise OSError(28, "No space left on device")
            await append(address, entries)

        store.append = broken  # type: ignore[method-assign]
        for question, answer in (("one", "Whole"), ("two", "Again")):
            channel.write(question)
            _, say = await agent.turn()
            say(TextDelta(answer))
            say(Finished())
        await channel.shows("Whole", "Again")
    assert "an answer was not stored" in caplog.text
    assert await reopened(tmp_path) == [("user", "one"), ("user", "two"), ("assistant", "Again")]
