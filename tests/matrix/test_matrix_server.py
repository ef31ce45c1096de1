"""What the channel takes for granted of a homeserver, asked of a real one; and the reader."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from benchmarks.matrix.people import Account, Person, person
from benchmarks.matrix.reader import Screens
from benchmarks.matrix.screen import LIVE
from benchmarks.matrix.synapse import Synapse

pytestmark = pytest.mark.anyio
pytest_plugins = ["matrix_fixtures"]


async def write_all(program: Person, room: str, number: int) -> None:
    """Send so many messages, one behind the other."""
    for n in range(number):
        await program.write(room, f"{n}")


async def test_a_bot_may_send_ten_messages_at_once(
    synapse: Synapse, bot: Account, ann: Person
) -> None:
    """That is what an operator has who changed nothing: the next one is told when to come."""
    room = await ann.new_room(bot.user_id)
    async with person(synapse, bot) as program:
        await program.join(room)
        with pytest.raises(httpx.HTTPStatusError) as refused:
            # At once: on a slow machine one behind the other would take as long as is allowed.
            await asyncio.gather(*(program.write(room, f"{n}") for n in range(16)))
    told = refused.value.response.json()
    assert (refused.value.response.status_code, told["errcode"]) == (429, "M_LIMIT_EXCEEDED")
    assert 0 < told["retry_after_ms"] <= 5000


async def test_a_bot_without_limits_is_never_refused(
    synapse: Synapse, free_bot: Account, ann: Person, screens: Screens
) -> None:
    """One request of an admin lifts them."""
    room = await ann.new_room(free_bot.user_id)
    async with person(synapse, free_bot) as program:
        await program.join(room)
        await write_all(program, room, 24)
    screen = await screens.until(room, lambda screen: len(screen.of(free_bot.user_id)) == 24)
    assert [seen.shown for seen in screen.of(free_bot.user_id)] == [f"{n}" for n in range(24)]


async def test_the_same_transaction_makes_one_event(ann: Person, screens: Screens) -> None:
    """So whoever did not hear an answer asks again, and nothing doubles."""
    room = await ann.new_room()
    at, content = f"rooms/{room}/send/m.room.message/once", {"msgtype": "m.text", "body": "one"}
    answers = [await ann.put(at, content) for _ in range(2)]
    await ann.write(room, "two")
    screen = await screens.until(room, lambda screen: len(screen.messages) == 2)
    assert answers[0] == answers[1]
    assert [seen.shown for seen in screen.messages.values()] == ["one", "two"]


async def test_a_reader_sees_edits_redactions_and_reactions(ann: Person, screens: Screens) -> None:
    """Event by event, each in the place of the message that it is about."""
    room = await ann.new_room()
    first = await ann.write(room, "one", more={LIVE: {}})
    await ann.edit(room, first, "one two")
    second = await ann.write(room, "gone", answers=first)
    reaction = await ann.react(room, first, "🛑")
    await ann.redact(room, second)
    screen = await screens.until(
        room, lambda screen: screen.frames[-1:] and not screen.frames[-1].text
    )
    assert [frame.text for frame in screen.frames] == ["one", "one two", "gone", ""]
    assert [frame.is_live for frame in screen.frames] == [True, False, False, False]
    assert [seen.shown for seen in screen.of(ann.user_id)] == ["one two"]
    assert screen.messages[second].answers == first
    assert screen.messages[first].reactions == [(ann.user_id, "🛑")]
    await ann.redact(room, reaction)
    await screens.until(room, lambda screen: not screen.messages[first].reactions)
    assert screen.wrong == []
