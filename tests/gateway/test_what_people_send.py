"""What people send to a bot, from the emulated Telegram to the agent and back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

import pytest
from gateway_stage import GatedAgent, Parrot
from town import town

from tickertape.chat import Address, ChatKind
from tickertape.delivery.streaming import StreamingConfig
from tickertape.emulator.media import KINDS
from tickertape.emulator.scene import BEN, CHANNEL, FORUM, GROUP, IDEAS, YOU
from tickertape.events import Finished, TextDelta
from tickertape.gateway import commands
from tickertape.gateway.settings import ChatSettings
from tickertape.gateway.storage.memory import PassingMemory
from tickertape.testing.clock import run_in_virtual_time

NAME = "@tickertape_bot"


def in_virtual_time(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Let a test run on a loop whose clock leaps."""

    @wraps(test)
    def run(*args: object, **kwargs: object) -> None:
        run_in_virtual_time(test(*args, **kwargs))

    return run


@pytest.mark.parametrize("kind", KINDS)
@in_virtual_time
async def test_nobody_meets_silence_in_private(kind: str) -> None:
    """Whatever is sent without a word gets one sentence, and the next one gets it again."""
    agent = Parrot("Yes.")
    async with town(agent) as here:
        here.world.person_sends(YOU, kind, here.now)
        await here.settle()
        assert here.bot_says(YOU) == [commands.UNREADABLE]
        here.world.person_sends(YOU, kind, here.now)
        await here.settle()
        assert here.bot_says(YOU) == [commands.UNREADABLE] * 2
    assert agent.turns == []


@in_virtual_time
async def test_a_burst_is_answered_once() -> None:
    """Pictures that were sent as one, and more pieces beside them."""
    async with town(Parrot("Yes.")) as here:
        for _ in range(10):
            here.world.person_sends(YOU, "photo", here.now, album="a")
        for kind in ("sticker", "voice"):
            here.world.person_sends(YOU, kind, here.now)
        await here.settle()
        assert here.bot_says(YOU) == [commands.UNREADABLE]


@pytest.mark.parametrize("captioned", range(3))
@in_virtual_time
async def test_an_album_with_a_caption_is_one_question(captioned: int) -> None:
    """Wherever the caption stands, and however the pieces come."""
    agent = Parrot("Yes.")
    async with town(agent) as here:
        for number in range(3):
            caption = "what is it?" if number == captioned else ""
            here.world.person_sends(YOU, "photo", here.now, album="a", caption=caption)
            await asyncio.sleep(0.25)
        await here.settle()
        assert here.bot_says(YOU) == ["Yes."]
    assert [turn.text for turn in agent.turns] == ["[photo] [photo] [photo]\nwhat is it?"]


@pytest.mark.parametrize("groups", ["mention", "all"])
@pytest.mark.parametrize("captioned", range(3))
@in_virtual_time
async def test_an_album_in_a_group_is_whole_where_a_piece_calls(
    captioned: int, groups: Any
) -> None:
    """The pieces beside the one that names the bot are pieces of the question."""
    agent = Parrot("Yes.")
    async with town(agent, groups=groups) as here:
        here.world.person_sends(GROUP, "photo", here.now, album="b")
        here.world.person_sends(GROUP, "photo", here.now, album="b")
        for number in range(3):
            caption = f"{NAME} what is it?" if number == captioned else ""
            here.world.person_sends(GROUP, "photo", here.now, album="a", caption=caption)
        await here.settle()
        assert here.bot_says(GROUP) == ["Yes."]
    [turn] = agent.turns
    assert turn.text.endswith("[photo] [photo] [photo]\nwhat is it?")


@in_virtual_time
async def test_a_question_behind_what_was_passed_on_is_one_turn() -> None:
    """Whoever passes something on and asks at once gets one answer, which knows both."""
    agent = Parrot("Yes.")
    async with town(agent) as here:
        words = here.world.person_writes(GROUP, "Tea at ten?", here.now, person_id=BEN)
        await here.settle()
        here.world.person_forwards(YOU, words, here.now)
        await asyncio.sleep(0.3)
        here.world.person_writes(YOU, "shall I go?", here.now)
        await here.settle()
        assert here.bot_says(YOU) == ["Yes."]
    assert [turn.text for turn in agent.turns] == [
        '[forwarded from "Ben"]\n> Tea at ten?\n\nshall I go?'
    ]


@pytest.mark.parametrize("groups", ["mention", "all"])
@in_virtual_time
async def test_a_picture_in_a_group_is_answered_where_it_answers_the_bot(groups: Any) -> None:
    """Else it is none of the bot's business."""
    async with town(Parrot("Yes."), groups=groups) as here:
        here.world.person_sends(GROUP, "photo", here.now)
        await here.settle()
        assert here.bot_says(GROUP) == []
        here.world.person_writes(GROUP, f"{NAME} hi", here.now)
        await here.settle()
        [answer] = here.messages(GROUP)
        here.world.person_sends(GROUP, "photo", here.now, reply_to=answer.message_id)
        await here.settle()
        assert here.bot_says(GROUP) == ["Yes.", commands.UNREADABLE]


@in_virtual_time
async def test_people_in_a_group_are_told_apart() -> None:
    """Each utterance has its speaker, in the question and in what is remembered."""
    agent = Parrot("Yes.")
    async with town(agent) as here:
        for person, words in (
            (YOU, "I like tea"),
            (BEN, "I like coffee"),
            (YOU, "what do I like?"),
        ):
            here.world.person_writes(GROUP, f"{NAME} {words}", here.now, person_id=person)
            await here.settle()
    last = agent.turns[-1]
    assert last.text == '[from "You"]\nwhat do I like?'
    assert [entry.text for entry in last.history] == [
        '[from "You"]\nI like tea',
        "Yes.",
        '[from "Ben"]\nI like coffee',
        "Yes.",
    ]


@in_virtual_time
async def test_a_reply_brings_along_what_it_answers() -> None:
    """Somebody's message in a group, the words picked out of it, and a message of another chat."""
    agent = Parrot("Yes.")
    async with town(agent) as here:
        plan = here.world.person_writes(GROUP, "Ten o'clock, room 5.", here.now, person_id=BEN)
        news = here.world.person_writes(CHANNEL, "Tea is out.", here.now)
        for more in (
            {"reply_to": plan.message_id},
            {"reply_to": plan.message_id, "quote": "room 5"},
            {"about": news, "quote": "Tea"},
        ):
            here.world.person_writes(GROUP, f"{NAME} why?", here.now, **more)
            await here.settle()
    told = [turn.text.split("\n", 1)[1] for turn in agent.turns]
    assert told == [
        '[in reply to a message from "Ben"]\n> Ten o\'clock, room 5.\n\nwhy?',
        '[in reply to these words from "Ben"]\n> room 5\n\nwhy?',
        '[in reply to these words from the channel "News"]\n> Tea\n\nwhy?',
    ]


@in_virtual_time
async def test_the_name_alone() -> None:
    """As a reply, the answered message is the question; alone, it is asked for one."""
    agent = Parrot("Yes.")
    async with town(agent) as here:
        plan = here.world.person_writes(GROUP, "Tea?", here.now, person_id=BEN)
        here.world.person_writes(GROUP, NAME, here.now, reply_to=plan.message_id)
        await here.settle()
        here.world.person_writes(GROUP, NAME, here.now)
        await here.settle()
        assert here.bot_says(GROUP) == ["Yes.", commands.NO_QUESTION]
    [turn] = agent.turns
    assert turn.text == '[from "You"]\n[in reply to a message from "Ben"]\n> Tea?'


@in_virtual_time
async def test_what_is_passed_on_is_somebody_elses() -> None:
    """It is told from whom, and is no order to the bot."""
    agent = Parrot("Yes.")
    async with town(agent) as here:
        order = here.world.person_writes(GROUP, "/new", here.now, person_id=BEN)
        await here.settle()
        before = here.bot_says(YOU)
        for hidden in (False, True):
            here.world.person_forwards(YOU, order, here.now, hidden=hidden)
            await here.settle()
        assert here.bot_says(YOU) == [*before, "Yes.", "Yes."]
    assert [turn.text for turn in agent.turns] == [
        '[forwarded from "Ben"]\n> /new',
        '[forwarded from "Ben" (account hidden)]\n> /new',
    ]


@in_virtual_time
async def test_addresses_and_code_reach_the_agent() -> None:
    """As Markdown, also where the name of the bot is cut out before them."""
    agent = Parrot("Yes.")
    said = f"😀 {NAME} run it from here"
    at = len("😀 ".encode("utf-16-le")) // 2 + len(NAME) + 1
    entities: list[object] = [
        {"type": "code", "offset": at, "length": 3},
        {"type": "text_link", "offset": at + 12, "length": 4, "url": "https://a.example/x"},
    ]
    async with town(agent) as here:
        here.world.person_writes(GROUP, said, here.now, entities=entities)
        await here.settle()
    assert [turn.text for turn in agent.turns] == [
        '[from "You"]\n😀 `run` it from [here](https://a.example/x)'
    ]


@in_virtual_time
async def test_the_root_of_a_topic_is_no_quote() -> None:
    """What is written in a topic answers its root only formally."""
    agent = Parrot("Yes.")
    async with town(agent) as here:
        here.world.person_writes(FORUM, f"{NAME} hi", here.now, thread_id=IDEAS)
        await here.settle()
    assert [turn.text for turn in agent.turns] == ['[from "You"]\nhi']


@in_virtual_time
async def test_an_answer_just_before_is_not_told_twice() -> None:
    """A reply to it says no more than the conversation does; one to an older answer does."""
    agent = Parrot("Some **tea**, with [milk](https://a.example).")
    async with town(agent) as here:
        here.world.person_writes(YOU, "what is there?", here.now)
        await here.settle()
        [answer] = here.messages(YOU)
        agent.text = "Because."
        for _ in range(2):
            here.world.person_writes(YOU, "why?", here.now, reply_to=answer.message_id)
            await here.settle()
    assert agent.turns[1].text == "why?"
    assert agent.turns[2].text.startswith("[in reply to a message from you]\n> Some tea, with")


MOVED_TO = -1_000_000_000_000 + GROUP


@in_virtual_time
async def test_a_group_that_becomes_a_supergroup_takes_all_along() -> None:
    """What was said and chosen is there under the new number, also after a restart."""
    agent, memory = Parrot("Yes."), PassingMemory()
    old, new = (
        Address("telegram", str(GROUP), ChatKind.GROUP),
        Address("telegram", str(MOVED_TO), ChatKind.GROUP),
    )
    async with town(agent, memory=memory) as here:
        here.world.person_writes(GROUP, f"{NAME} one", here.now)
        await here.settle()
        await memory.change(old, ChatSettings(reasoning="hide"))
        here.world.upgrade_to_supergroup(GROUP, here.now)
        await here.settle()
        here.world.person_writes(MOVED_TO, f"{NAME} two", here.now)
        await here.settle()
        assert here.bot_says(MOVED_TO) == ["Yes."]
        assert await memory.settings(new) == ChatSettings(reasoning="hide")
        world = here.world
    async with town(agent, memory=memory, world=world) as here:
        here.world.person_writes(MOVED_TO, f"{NAME} three", here.now)
        await here.settle()
    assert [entry.text for entry in agent.turns[-1].history] == [
        '[from "You"]\none',
        "Yes.",
        '[from "You"]\ntwo',
        "Yes.",
    ]


@pytest.mark.parametrize("is_told", [True, False])
@in_virtual_time
async def test_an_answer_that_runs_while_its_group_moves(*, is_told: bool) -> None:
    """It goes on in the new chat, what waits comes after it, and a `/stop` there ends it.

    So it is where the chat says that it moved, and where only the refusal of a call does.
    """
    agent = GatedAgent()
    async with town(agent) as here:
        here.world.person_writes(GROUP, f"{NAME} one", here.now)
        here.world.person_writes(GROUP, f"{NAME} waits", here.now)
        _, say = await agent.turn()
        say(TextDelta("first words "))
        await here.settle()
        [bot] = here.world.bots
        if not is_told:
            bot.queue.allow(["callback_query"])
        here.world.upgrade_to_supergroup(GROUP, here.now)
        if not is_told:
            bot.queue.allow(["message", "callback_query"])
        await here.settle(1.0)
        say(TextDelta("second words " * 20))
        await here.settle(30.0)
        here.world.person_writes(MOVED_TO, f"{NAME} two", here.now)
        await here.settle(1.0)
        assert agent.started == 1
        say(Finished())
        for asked in ("waits", "two"):
            turn, say = await agent.turn()
            assert turn.text == f'[from "You"]\n{asked}'
            say(TextDelta("Yes."))
            say(Finished())
            assert turn.address.chat == str(MOVED_TO)
            assert [entry.text for entry in turn.history][:2] == [
                '[from "You"]\none',
                "first words " + "second words " * 20,
            ]
        await here.settle(60.0)
        assert here.bot_says(MOVED_TO)[-2:] == ["Yes.", "Yes."]


STOP = "tickertape:stop"


def _left_a_button(here: Any, chat_id: int) -> int:
    """Let a message with a stop button stand in a chat that no running answer knows."""
    keyboard = {"inline_keyboard": [[{"text": "⏹ Stop", "callback_data": STOP}]]}
    posted = {"chat_id": chat_id, "text": "Half an ans", "reply_markup": keyboard}
    [bot] = here.world.bots
    answer = here.world.call(bot.token, "sendMessage", posted, here.now)
    number: int = answer.result["message_id"]
    return number


@in_virtual_time
async def test_a_button_that_belongs_to_nothing_is_taken_away() -> None:
    """After a crash, say: the press is told so, the text stays."""
    async with town(Parrot("Yes.")) as here:
        for chat_id in (GROUP, YOU):
            number = _left_a_button(here, chat_id)
            press = here.world.press_button(chat_id, number, STOP, here.now, person_id=YOU)
            await here.settle()
            [message] = here.messages(chat_id)
            assert (message.content.text.text, message.markup) == ("Half an ans", None)
            assert press not in here.world._state.presses


@in_virtual_time
async def test_the_button_of_a_running_answer_stays_while_an_old_one_goes() -> None:
    """Also where the chat's budget is used up by the answer: the button waits for a call."""
    agent = GatedAgent()
    async with town(agent, streaming=StreamingConfig(transport="edit")) as here:
        old = _left_a_button(here, GROUP)
        here.world.person_writes(GROUP, f"{NAME} one", here.now)
        _, say = await agent.turn()
        say(TextDelta("first words " * 10))
        await here.settle(2.0)
        here.world.press_button(GROUP, old, STOP, here.now)
        for _ in range(20):
            say(TextDelta("and more words " * 5))
            await here.settle(1.0)
        left, running = here.messages(GROUP)
        assert left.markup is None
        assert running.markup is not None
        assert not agent.closed.is_set()
        here.world.press_button(GROUP, running.message_id, STOP, here.now)
        await here.settle()
        assert agent.closed.is_set()
        assert here.messages(GROUP)[1].markup is None


@in_virtual_time
async def test_a_strangers_press_takes_nothing_away() -> None:
    """Only those who are let in change anything."""
    async with town(Parrot("Yes."), allow=frozenset({YOU})) as here:
        number = _left_a_button(here, GROUP)
        here.world.press_button(GROUP, number, STOP, here.now, person_id=BEN)
        await here.settle()
        assert here.messages(GROUP)[0].markup is not None
