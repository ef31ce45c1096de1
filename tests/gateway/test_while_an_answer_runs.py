"""What people send while an answer is written, from the channel to the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from gateway_stage import (
    ANNA,
    GROUP,
    STOPPED,
    GatedAgent,
    Parrot,
    kept,
    posted,
    reopened,
    running,
)

from tickertape.agent.loop import ModelAgent
from tickertape.agent.models import Model
from tickertape.chat import Person
from tickertape.conversation import Entry, Step, ToolCall, Utterance
from tickertape.delivery.actions import Post
from tickertape.events import Finished, TextDelta
from tickertape.gateway import commands
from tickertape.gateway.settings import QueueMode
from tickertape.testing.providers import ScriptedProvider
from tickertape.tools.functions import FunctionTool

pytestmark = pytest.mark.anyio

BEN = Person("1002", "Ben")
BOTH = frozenset({ANNA.id, BEN.id})
MODES: list[QueueMode] = ["queue", "collect", "steer", "interrupt"]


def texts(entries: Sequence[Entry]) -> list[str]:
    """Give what was said, in its order."""
    return [entry.text for entry in entries if entry.text]


async def test_the_model_reads_what_came_before_its_next_step(tmp_path: Path) -> None:
    """It stands behind the result of the tool, in one answer; a retry asks both again."""
    looked, go = asyncio.Event(), asyncio.Event()

    async def look() -> str:
        """Look."""
        looked.set()
        await go.wait()
        return "a cat"

    call = ToolCall("c1", "look", "{}")
    provider = ScriptedProvider([(0.0, call)], [(0.0, "Cat.")])
    tools = [FunctionTool(look)]
    agent = ModelAgent([Model("one", provider)], tools=lambda: tools)
    async with running(tmp_path, agent, queue="steer") as (channel, *_):
        channel.write("What is that?", GROUP)
        await looked.wait()
        channel.write("In one word.", GROUP)
        await channel.has_dealt_with(2)
        go.set()
        await channel.shows("Cat.", at=GROUP)
        channel.write("/retry", GROUP)
        await channel.shows("Cat.", "Cat.", at=GROUP)
    entries = await kept(tmp_path, GROUP)
    asked = '[from "Anna"]\nWhat is that?'
    added = '[from "Anna"]\nIn one word.'
    assert [texts(told) for told in provider.conversations] == [
        [asked],
        [asked, "a cat", added],
        [f"{asked}\n\n{added}"],
    ]
    assert [type(entry) for entry in entries] == [Utterance, Utterance, Step]
    assert [entry.is_added for entry in entries[:2] if isinstance(entry, Utterance)] == [0, 1]


@pytest.mark.parametrize("queue", MODES[:2])
async def test_the_inbox_is_what_is_not_answered_yet(tmp_path: Path, queue: QueueMode) -> None:
    """The message that is being answered, and those that wait, alone or together."""
    agent = GatedAgent()
    async with running(tmp_path, agent, queue=queue) as (channel, gateway, *_):
        assert gateway.inbox_depth() == 0
        for number in range(1, 4):
            channel.write("Well?", GROUP)
            await channel.has_dealt_with(number)
            assert gateway.inbox_depth() == number
        for answered in range(3 if queue == "queue" else 2):
            _, say = await agent.turn()
            assert gateway.inbox_depth() == (2 if queue == "collect" and answered else 3 - answered)
            say(TextDelta("Yes."))
            say(Finished())
    assert gateway.inbox_depth() == 0


async def test_what_a_running_answer_does_not_read_is_answered_next(tmp_path: Path) -> None:
    """All of it together: this agent cannot read more, or its last step has begun."""
    agent = GatedAgent()
    async with running(tmp_path, agent, queue="steer") as (channel, *_):
        channel.write("one")
        _, say = await agent.turn()
        channel.write("two")
        channel.write("three")
        await channel.has_dealt_with(3)
        say(TextDelta("1"))
        say(Finished())
        turn, say = await agent.turn()
        say(TextDelta("2 and 3"))
        say(Finished())
        await channel.shows("1", "2 and 3")
    assert turn.text == "two\n\nthree"
    assert agent.started == 2


async def test_several_people_are_answered_together(tmp_path: Path) -> None:
    """The model reads who said what, and the answer points at the last of them."""
    agent = GatedAgent()
    group = running(tmp_path, agent, queue="collect", allow=BOTH)
    async with group as (channel, *_):
        channel.write("one", GROUP)
        _, say = await agent.turn()
        channel.write("two", GROUP)
        last = channel.write("three", GROUP, BEN)
        await channel.has_dealt_with(3)
        say(TextDelta("1"))
        say(Finished())
        turn, say = await agent.turn()
        say(TextDelta("2 and 3"))
        say(Finished())
        await channel.shows("1", "2 and 3", at=GROUP)
        replies = [action.reply_to for action in channel.actions if isinstance(action, Post)]
    assert turn.text == '[from "Anna"]\ntwo\n\n[from "Ben"]\nthree'
    assert replies[-1] == last


async def test_an_answer_is_interrupted(tmp_path: Path) -> None:
    """What it said stays, and is marked; the message that came is answered at once."""
    agent = GatedAgent()
    async with running(tmp_path, agent, queue="interrupt") as (channel, *_):
        channel.write("one", GROUP)
        _, say = await agent.turn()
        say(TextDelta("Half"))
        await posted(channel, "Half", GROUP)
        channel.write("two", GROUP)
        _, say = await agent.turn()
        say(TextDelta("2"))
        say(Finished())
        await channel.shows(f"Half\n\n{STOPPED}", "2", at=GROUP)
    said = await reopened(tmp_path, GROUP)
    assert [text.splitlines()[-1] for _, text in said] == ["one", "Half", "two", "2"]


@pytest.mark.parametrize("mode", MODES)
async def test_a_burst_is_one_turn(tmp_path: Path, mode: QueueMode) -> None:
    """The agent is asked again, with all of it; nothing of the first try is seen."""
    agent = GatedAgent()
    # Seconds that nobody waits for: whatever the machine does meanwhile, it is one moment.
    async with running(tmp_path, agent, queue=mode, together=60.0) as (channel, _, _, _):
        channel.write("one")
        await agent.turn()
        channel.write("two")
        turn, say = await agent.turn()
        say(TextDelta("1 and 2"))
        say(Finished())
        await channel.shows("1 and 2")
    assert (turn.text, turn.history) == ("one\n\ntwo", ())
    asked, added, answer = await kept(tmp_path)
    assert added == Utterance("user", "two", is_added=True)
    assert texts((asked, answer)) == ["one", "1 and 2"]


async def test_a_comment_and_what_is_passed_on_behind_it_are_one_turn(tmp_path: Path) -> None:
    """Programs send the comment first."""
    agent = GatedAgent()
    async with running(tmp_path, agent, together=60.0) as (channel, *_):
        channel.write("What do you make of this?")
        await agent.turn()
        channel.pass_on("Nothing is certain.")
        turn, say = await agent.turn()
        say(TextDelta("Hm."))
        say(Finished())
        await channel.shows("Hm.")
    assert turn.text == 'What do you make of this?\n\n[forwarded from "Ben"]\n> Nothing is certain.'


async def test_a_stop_behind_a_burst_tells_what_is_not_answered(tmp_path: Path) -> None:
    """The answer that ended has no mark of its own."""
    agent = GatedAgent()
    async with running(tmp_path, agent, together=60.0) as (channel, *_):
        channel.write("one")
        await agent.turn()
        channel.write("two")
        channel.write("/stop")
        channel.write("/stop")
        await channel.shows(commands.dropped(2))


async def test_people_with_one_name_are_told_apart_in_one_question(tmp_path: Path) -> None:
    """Whoever takes a name that stands there already is told with their id."""
    agent = GatedAgent()
    other = Person(BEN.id, "Anna")
    async with running(tmp_path, agent, queue="collect", allow=BOTH) as (channel, *_):
        channel.write("one", GROUP)
        _, say = await agent.turn()
        channel.write("two", GROUP)
        channel.write("three", GROUP, other)
        await channel.has_dealt_with(3)
        say(Finished())
        turn, say = await agent.turn()
        say(Finished())
    assert turn.text == '[from "Anna"]\ntwo\n\n[from "Anna (1002)"]\nthree'


async def test_a_choice_counts_for_the_answer_that_is_being_written(tmp_path: Path) -> None:
    """Its reply waits for the answer, and the next message does not."""
    agent = GatedAgent()
    async with running(tmp_path, agent) as (channel, *_):
        channel.write("one", GROUP)
        _, say = await agent.turn()
        say(TextDelta("Half"))
        await posted(channel, "Half", GROUP)
        channel.write("/queue interrupt", GROUP)
        channel.write("two", GROUP)
        _, say = await agent.turn()
        say(TextDelta("2"))
        say(Finished())
        chosen = "From here on, when you send more while I answer: I stop, and answer them."
        await channel.shows(f"Half\n\n{STOPPED}", chosen, "2", at=GROUP)


async def test_a_chat_keeps_its_choice(tmp_path: Path) -> None:
    """Over a restart, and whatever is configured; `/queue` tells the choices."""
    async with running(tmp_path, Parrot("1")) as (channel, *_):
        channel.write("/queue collect")
        channel.write("/queue sometimes")
        await channel.shows(
            "From here on, when you send more while I answer: I answer all of them together, next.",
            "I do not know that choice.\n\n"
            "/queue queue - I answer one after another\n"
            "/queue collect - I answer all of them together, next (chosen)\n"
            "/queue steer - I read them on the way, before my next step\n"
            "/queue interrupt - I stop, and answer them",
        )
    agent = GatedAgent()
    async with running(tmp_path, agent) as (channel, *_):
        channel.write("one")
        _, say = await agent.turn()
        channel.write("two")
        channel.write("three")
        await channel.has_dealt_with(3)
        say(Finished())
        turn, say = await agent.turn()
        say(Finished())
    assert turn.text == "two\n\nthree"


async def test_whoever_finds_no_room_is_told_so_in_reply_to_that_message(tmp_path: Path) -> None:
    """Also in private: which of 21 messages it is could not be told otherwise."""
    agent = GatedAgent()
    async with running(tmp_path, agent) as (channel, *_):
        for number in range(21):
            channel.write(str(number))
        refused = channel.write("one too many")
        await channel.shows(commands.no_room(20))
        [post] = [action for action in channel.actions if isinstance(action, Post)]
        channel.write("/stop")
    assert post.reply_to == refused


async def test_twelve_stops_are_answered_once(tmp_path: Path) -> None:
    """By the mark of the answer that they end."""
    agent = GatedAgent()
    async with running(tmp_path, agent) as (channel, *_):
        channel.write("one", GROUP)
        _, say = await agent.turn()
        say(TextDelta("Half"))
        await posted(channel, "Half", GROUP)
        for _ in range(12):
            channel.write("/stop", GROUP)
        await channel.shows(f"Half\n\n{STOPPED}", at=GROUP)
        for _ in range(3):
            channel.write("/stop", GROUP)
        channel.write("/voice", GROUP)
        await channel.shows(f"Half\n\n{STOPPED}", "Voice replies aren't enabled.", at=GROUP)
