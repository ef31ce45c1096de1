"""Text that is only added, in channels like Slack's streams and Teams': as programs see it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tickertape.chat import Address, ChatKind
from tickertape.consumer import StreamConsumer, stream
from tickertape.delivery.actions import (
    Action,
    Append,
    Post,
    Reason,
    Refused,
    Seal,
)
from tickertape.delivery.shown import Shown
from tickertape.delivery.surface import Bucket, Cadence
from tickertape.delivery.ways import EDITS, AppendWay, ExtendWay, Way
from tickertape.events import Event, Restarted
from tickertape.testing.clock import run_in_virtual_time
from tickertape.testing.conformance import Stage, check_transport
from tickertape.testing.transports import FakeTransport, LostAnswer

HOME = Address("memory", "@home", ChatKind.PRIVATE)
# Slack's: 5 minutes, 12,000 characters; Teams': 2 minutes, some 28 kB.
APPEND, EXTEND = AppendWay(300.0, 12_000), ExtendWay(120.0, 28_000)
GROWING = [APPEND, EXTEND]
CADENCE = Cadence(messages=(Bucket(1.0, 5),))
CODE = "Look:\n\n```py\n" + "".join(f"x{n} = {n}\n" for n in range(400)) + "```\n\nThat is all."


def channel(way: Way, *, latency: float = 0.1) -> FakeTransport:
    """Return a channel that formats Markdown itself, with this way."""
    return FakeTransport(
        limit=28_000,
        dialect="source",
        ways=(way, *EDITS),
        cadence=CADENCE,
        stop_buttons=True,
        latency=latency,
    )


async def words(count: int, gap: float = 0.1) -> AsyncIterator[str]:
    """Say so many words in paragraphs of forty, each as long after the one before."""
    for number in range(count):
        end = "\n\n" if number % 40 == 39 else " "
        yield f"word{number}{end}"
        await asyncio.sleep(gap)


async def said(count: int) -> str:
    """Return all that `words` says."""
    return "".join([word async for word in words(count, 0.0)])


def bare(text: str) -> str:
    """Return a text without blanks: a message ends without them."""
    return "".join(text.split())


def kinds(transport: FakeTransport) -> list[str]:
    """Return the kinds of the actions that were asked for, in order."""
    return [type(action).__name__ for action in transport.actions]


@pytest.mark.anyio
@pytest.mark.parametrize("way", GROWING)
async def test_the_channel_in_memory_is_a_transport(way: Way) -> None:
    """It keeps the promises of a transport, those of open messages among them."""

    @asynccontextmanager
    async def open_stage() -> AsyncIterator[Stage]:
        yield Stage(channel(way, latency=0.0), HOME)

    await check_transport(open_stage)


@pytest.mark.parametrize("way", GROWING)
def test_an_answer_is_one_message_that_grows(way: Way) -> None:
    """It is opened with its first words, added to, and sealed; nothing is edited."""
    transport = channel(way)
    shown = run_in_virtual_time(stream(words(200), transport, to=HOME))
    seen = kinds(transport)
    assert seen[0] == "Post"
    assert seen[-1] == "Seal"
    assert set(seen[1:-1]) == {"Append"}
    assert len(seen) > 10
    assert bare(transport.texts(HOME)[0]) == bare(run_in_virtual_time(said(200)))
    assert shown.is_whole
    assert all(not isinstance(outcome, Refused) for outcome in transport.outcomes)
    assert transport.screen(HOME).buttons == set()


@pytest.mark.parametrize("way", GROWING)
def test_a_long_answer_goes_on_in_the_next_message_before_the_first_is_over(way: Way) -> None:
    """Ten minutes: no message is added to when its lifetime is over, and none is refused."""
    transport = channel(way)

    async def show() -> Shown:
        async with StreamConsumer(transport, to=HOME, timeout=1_000.0) as answer:
            async for word in words(600, 1.0):
                answer.on_delta(word)
        return answer.shown

    shown = run_in_virtual_time(show())
    texts = transport.texts(HOME)
    assert len(texts) == (3 if way is APPEND else 7)
    assert bare("".join(texts)) == bare(run_in_virtual_time(said(600)))
    assert shown.is_whole
    assert all(not isinstance(outcome, Refused) for outcome in transport.outcomes)
    assert "Edit" not in kinds(transport)


def test_a_message_that_is_full_is_followed_by_the_next() -> None:
    """Code is closed at the end of the first, and opened again in the second."""
    transport = channel(AppendWay(300.0, 3_000))

    async def code() -> AsyncIterator[str]:
        for at in range(0, len(CODE), 7):
            yield CODE[at : at + 7]
            await asyncio.sleep(0.02)

    run_in_virtual_time(stream(code(), transport, to=HOME))
    first, second = transport.texts(HOME)[:2]
    assert first.startswith("Look:\n\n```py\nx0 = 0\n")
    assert first.endswith("\n```")
    assert second.startswith("```py\nx")
    assert all(len(text) <= 3_000 for text in transport.texts(HOME))
    lines = "".join(transport.texts(HOME)).replace("```py", "").replace("```", "").split()
    assert lines == CODE.replace("```py", "").replace("```", "").split()


def test_an_addition_that_was_not_heard_of_is_not_made_again() -> None:
    """It may be there: the message is sealed as it stands, and edited as a whole."""
    transport = channel(APPEND)
    transport.script.extend([None, None, LostAnswer()])
    shown = run_in_virtual_time(stream(words(100), transport, to=HOME))
    assert bare(transport.texts(HOME)[0]) == bare(run_in_virtual_time(said(100)))
    assert kinds(transport)[:4] == ["Post", "Append", "Append", "Seal"]
    assert set(kinds(transport)[4:]) == {"Edit"}
    assert shown.is_whole
    assert shown.doubtful == ()


def test_a_frame_that_was_not_heard_of_costs_nothing_where_frames_are_whole() -> None:
    """The next begins with it."""
    transport = channel(EXTEND)
    transport.script.extend([None, None, LostAnswer()])
    run_in_virtual_time(stream(words(100), transport, to=HOME))
    assert "Edit" not in kinds(transport)
    assert bare(transport.texts(HOME)[0]) == bare(run_in_virtual_time(said(100)))


@pytest.mark.parametrize("way", GROWING)
def test_a_message_that_the_channel_ended_is_edited_from_there(way: Way) -> None:
    """A reader may have ended it there: what follows is in the same message."""
    transport = channel(way)
    transport.script.extend([None, None, Refused(Reason.STREAM_OVER)])

    def seal(action: Action) -> None:
        if len(transport.actions) == 3 and isinstance(action, Append):
            transport.apply(Seal(HOME, action.message_id, action.text[: action.start], 0))

    transport.on_action = seal
    shown = run_in_virtual_time(stream(words(100), transport, to=HOME))
    assert len(transport.texts(HOME)) == 1
    assert bare(transport.texts(HOME)[0]) == bare(run_in_virtual_time(said(100)))
    assert shown.is_whole


@pytest.mark.parametrize("way", GROWING)
def test_a_message_to_which_nothing_can_be_added_is_sealed_and_then_edited(way: Way) -> None:
    """What is open is not edited, and three refusals do not end it."""
    transport = channel(way)
    transport.script.extend([None, None, *[Refused(Reason.MALFORMED)] * 3])
    shown = run_in_virtual_time(stream(words(100), transport, to=HOME))
    assert kinds(transport)[:6] == ["Post", "Append", "Append", "Append", "Append", "Seal"]
    assert set(kinds(transport)[6:]) == {"Edit"}
    assert all(not isinstance(outcome, Refused) for outcome in transport.outcomes[5:])
    assert bare(transport.texts(HOME)[0]) == bare(run_in_virtual_time(said(100)))
    assert shown.is_whole
    assert shown.doubtful == ()


def test_where_nothing_can_be_opened_a_message_is_edited() -> None:
    """The next way in the list."""
    transport = channel(APPEND)
    transport.script.append(Refused(Reason.STREAM_UNAVAILABLE))
    run_in_virtual_time(stream(words(100), transport, to=HOME))
    assert set(kinds(transport)) == {"Post", "Edit"}
    assert [a.is_open for a in transport.actions if isinstance(a, Post)] == [True, False]


@pytest.mark.parametrize("way", GROWING)
def test_what_is_taken_back_is_replaced_in_its_message(way: Way) -> None:
    """Nothing can be taken out of an open message: it is sealed, and edited."""
    transport = channel(way)

    async def restarts() -> AsyncIterator[Event | str]:
        async for word in words(60):
            yield word
        yield Restarted()
        async for word in words(40):
            yield word.replace("word", "other")

    run_in_virtual_time(stream(restarts(), transport, to=HOME))
    (text,) = transport.texts(HOME)
    assert bare(text) == bare(run_in_virtual_time(said(40)).replace("word", "other"))
    assert all(not isinstance(outcome, Refused) for outcome in transport.outcomes)
