"""Chats that get another id: what belongs to them goes along, whenever that is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from databases import Database
from gateway_stage import ANNA, GROUP, GatedAgent, kept, running

from tickertape.chat import Address, ChatKind, Message, Moved, Person, StopPressed
from tickertape.conversation import Utterance
from tickertape.delivery.actions import Reason, Refused
from tickertape.delivery.limits.limit_estimate import Family, LimitEstimate
from tickertape.events import Finished, TextDelta
from tickertape.gateway.access import Access
from tickertape.gateway.decisions import (
    AskAgent,
    Begin,
    Interrupt,
    Live,
    Move,
    Queue,
)
from tickertape.gateway.moves import Moves
from tickertape.gateway.router import Router
from tickertape.gateway.settings import ChatSettings
from tickertape.gateway.storage.store import ConversationStore
from tickertape.message import Author

pytestmark = pytest.mark.anyio
pytest_plugins = ["database_fixtures"]

NEW = Address("telegram", "-1001007", ChatKind.GROUP)
MOVED = Moved(NEW, GROUP.chat)


def asked(text: str, at: Address, number: int) -> Message:
    """Give a message of Anna's."""
    return Message(at, ANNA, text, str(number) if number else None, to_us=True)


def test_where_chats_are() -> None:
    """A move is known once, for ever, over several steps, in its channel, and never in a circle."""
    moves = Moves()
    assert moves.add("x", "a", "b")
    assert not moves.add("x", "a", "b")
    assert moves.add("x", "b", "c")
    assert not moves.add("x", "c", "a")
    assert not moves.add("x", "d", "d")
    assert [moves.current("x", chat) for chat in "abcd"] == ["c", "c", "c", "d"]
    assert [moves.current("y", chat) for chat in "abcd"] == ["a", "b", "c", "d"]
    assert moves.add("y", "c", "a")
    assert (moves.known("x"), moves.known("y")) == ({"a": "b", "b": "c"}, {"c": "a"})


def test_a_message_of_the_old_chat_has_no_id_in_the_new_one() -> None:
    """It is read where its chat is; a press stays where it was."""
    moves = Moves()
    moves.add(GROUP.channel, GROUP.chat, NEW.chat)
    assert moves.read(asked("hi", GROUP, 40)) == asked("hi", NEW, 0)
    assert moves.read(asked("hi", NEW, 3)) == asked("hi", NEW, 3)
    assert moves.read(MOVED) == MOVED


def test_a_line_goes_along() -> None:
    """What runs goes on, what waits comes after it, what comes lines up behind."""
    router = Router(Access(frozenset({ANNA.id})))
    router.receive(asked("one", GROUP, 40))
    router.receive(asked("two", GROUP, 41))
    assert router.receive(MOVED) == (Move(GROUP.channel, GROUP.chat, NEW.chat, (GROUP,)),)
    assert router.receive(MOVED) == (Move(GROUP.channel, GROUP.chat, NEW.chat),)
    three = asked("three", NEW, 2)
    assert router.receive(three) == (Queue(AskAgent(three)),)
    assert router.done(NEW) == AskAgent(asked("two", NEW, 0))
    assert router.done(NEW) == AskAgent(three)
    assert router.done(NEW) is None


def test_a_line_that_finds_another_one_there_ends_by_itself() -> None:
    """Where the new chat was heard of first, both are answered, each once."""
    router = Router(Access(frozenset({ANNA.id})))
    router.receive(asked("one", GROUP, 40))
    router.receive(asked("two", GROUP, 41))
    first = asked("here", NEW, 2)
    assert router.receive(first) == (Begin(AskAgent(first)),)
    assert router.receive(MOVED) == (Move(GROUP.channel, GROUP.chat, NEW.chat),)
    assert router.done(NEW) is None
    assert router.done(GROUP) == AskAgent(asked("two", GROUP, 41))
    assert router.done(GROUP) is None


def test_who_is_let_in_as_a_chat_stays_so() -> None:
    """An administrator who writes for a group that is listed is answered in the new one."""
    router = Router(Access(frozenset({GROUP.chat})))
    router.receive(MOVED)
    message = Message(NEW, Person(NEW.chat, "Team"), "hi", "1", to_us=True)
    assert router.receive(message) == (Begin(AskAgent(message)),)


def test_a_press_in_the_new_chat_after_its_answer_has_moved() -> None:
    """The question's number of the old chat means nothing there."""
    router = Router(Access(frozenset({ANNA.id})), number_of=lambda _, message_id: int(message_id))
    router.receive(asked("one", GROUP, 4_000))
    router.receive(MOVED)
    live = Live(NEW, NEW, messages=("5",))
    unheard = StopPressed(NEW, ANNA, message_id="6")
    assert router.receive(unheard, [live]) == (Interrupt(NEW),)
    assert router.done(NEW, live) is None


async def test_a_move_is_remembered(database: Database) -> None:
    """Entries, settings and limits are there over a restart, and what is written late is, too."""
    store = await ConversationStore.open(database.url)
    await store.append(GROUP, [Utterance("user", "one", Author("Anna", id="1"))])
    await store.change(GROUP, ChatSettings(model="clever"))
    await store.learn(GROUP.channel, GROUP.chat, [LimitEstimate(Family.MESSAGES, 4.0, 0.0)])
    await store.move(GROUP.channel, GROUP.chat, NEW.chat)
    await store.append(GROUP, [Utterance("assistant", "two")])
    await store.aclose()
    again = await ConversationStore.open(database.url)
    assert await again.moves(GROUP.channel) == {GROUP.chat: NEW.chat}
    expected = (Utterance("user", "one", Author("Anna", id="1")), Utterance("assistant", "two"))
    assert await again.history(NEW, limit=9) == expected
    assert await again.settings(NEW) == ChatSettings(model="clever")
    assert list(await again.limits(GROUP.channel)) == [NEW.chat]
    await again.aclose()


async def test_what_a_crash_left_under_the_old_id_is_carried_over(database: Database) -> None:
    """At the next start: the move is known, and so is where everything belongs."""
    store = await ConversationStore.open(database.url)
    await store.append(GROUP, [Utterance("user", "one")])
    await store.aclose()
    row = f"'telegram', '{GROUP.chat}', '{NEW.chat}'"
    await database.run(f"INSERT INTO chat_moves VALUES ({row})")  # noqa: S608 - our own values
    again = await ConversationStore.open(database.url)
    assert await again.history(NEW, limit=9) == (Utterance("user", "one"),)
    await again.aclose()


@pytest.mark.parametrize("order", ["before", "twice", "after a message", "by a refusal"])
async def test_a_running_answer_and_what_waits(tmp_path: Path, order: str) -> None:
    """Whenever the move is told, all is answered once and remembered under the new number."""
    agent = GatedAgent()
    async with running(tmp_path, agent) as (channel, *_):
        if order == "by a refusal":
            channel.script.append(Refused(Reason.CHAT_MOVED, moved_to=NEW.chat))
        channel.write("one", GROUP)
        _, say = await agent.turn()
        say_there = say
        channel.write("two", GROUP)
        if order == "after a message":
            channel.write("three", NEW)
            _, say_there = await agent.turn()
        if order != "by a refusal":
            channel.moves(GROUP, NEW)
        if order == "twice":
            channel.moves(GROUP, NEW)
        say(TextDelta("first"))
        say(Finished())
        if order == "after a message":
            say_there(TextDelta("third"))
            say_there(Finished())
        turn, say = await agent.turn()
        assert turn.text == '[from "Anna"]\ntwo'
        say(TextDelta("second"))
        say(Finished())
    texts = [entry.text for entry in await kept(tmp_path, NEW)]
    assert sorted(text for text in texts if "from" not in text)[:2] == ["first", "second"]
    assert await kept(tmp_path, GROUP) == await kept(tmp_path, NEW)
