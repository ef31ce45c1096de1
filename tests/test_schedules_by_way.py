"""What lasting faults do to an answer, by whatever way it grows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from itertools import pairwise

import pytest

from rough_transport import (
    Cut,
    Held,
    NoId,
    Raised,
    RoughTransport,
    Slow,
    Trouble,
    Unreached,
)
from tickertape.chat import Address, ChatKind
from tickertape.consumer import stream
from tickertape.delivery.actions import Action, Append, Edit, Post, Probe, Reason, Seal
from tickertape.delivery.shown import Shown
from tickertape.delivery.ways import EDITS, AppendWay, ExtendWay, Way, WholeWay
from tickertape.outbox import Outbox
from tickertape.testing.clock import run_in_virtual_time

HOME = Address("memory", "@home", ChatKind.PRIVATE)
WAYS: dict[str, tuple[Way, ...]] = {
    "draft": EDITS,  # and drafts before them
    "edit": EDITS,
    "append": (AppendWay(300.0, 12_000), *EDITS),
    "extend": (ExtendWay(120.0, 28_000), *EDITS),
    "whole": (WholeWay(),),
}
by_way = pytest.mark.parametrize("way", WAYS)
MOMENTS = [0.0, 0.2, 2.0, 3.95, 4.03]
"""From when on: before the first word, in the first call, amidst, at the end, and behind it."""
at_moments = pytest.mark.parametrize("since", MOMENTS)
AN_HOUR = 3600.0
FOR_EVER = 1e9
AFTERMATH = 200.0
AT_ONCE = 3.0

Troubles = Callable[[Action, float], Trouble | None]


@dataclass
class Left:
    """What is left of one answer."""

    shown: Shown
    ended_at: float
    transport: RoughTransport

    @property
    def texts(self) -> list[str]:
        return self.transport.texts(HOME)

    @property
    def buttons(self) -> set[str]:
        return self.transport.screen(HOME).buttons

    def posts(self) -> list[float]:
        """When posts were made."""
        return self.transport.times_of(Post)


def said(count: int) -> str:
    """Return all that `words` says."""
    return " ".join(f"word{number}" for number in range(count))


async def words(seconds: float, count: int) -> AsyncIterator[str]:
    """Say so many words, evenly over some seconds."""
    for number in range(count):
        await asyncio.sleep(seconds / count)
        yield f"word{number}" if not number else f" word{number}"


def show(
    way: str,
    trouble: Troubles,
    *,
    seconds: float = 4.0,
    count: int = 40,
    finds: int = 0,
    keys: bool = False,
) -> Left:
    """Stream an answer in trouble; it has an hour to come to an end."""
    transport = RoughTransport(trouble, WAYS[way], drafts=way == "draft", finds=finds, keys=keys)

    async def run() -> Left:
        outbox = Outbox(transport, only_writer=finds > 0)
        outbox.saw(HOME, "m0")
        async with asyncio.timeout(AN_HOUR):
            shown = await stream(words(seconds, count), outbox, to=HOME)
        ended_at = asyncio.get_running_loop().time()
        await asyncio.sleep(AFTERMATH)
        assert transport.broken == []
        return Left(shown, ended_at, transport)

    return run_in_virtual_time(run())


def lasting(
    trouble: Trouble, kind: type[Action] | None = None, since: float = 0.0, until: float = FOR_EVER
) -> Troubles:
    """Let all calls of a kind, or of any, meet one trouble for a while."""

    def befalls(action: Action, now: float) -> Trouble | None:
        is_meant = kind is None or isinstance(action, kind)
        return trouble if is_meant and since <= now < until else None

    return befalls


def is_told(left: Left, text: str) -> bool:
    """Return whether every message but the one that holds the answer is listed as doubtful."""
    extra = list(left.texts)
    if text in extra:
        extra.remove(text)
    elif text not in left.shown.doubtful:
        return False
    doubtful = list(left.shown.doubtful)
    for one in extra:
        if one not in doubtful:
            return False
        doubtful.remove(one)
    return True


@by_way
@at_moments
@pytest.mark.parametrize("until", [60.0, FOR_EVER])
@pytest.mark.parametrize("trouble", [Cut(), Slow(600.0)], ids=["cut", "silent"])
def test_posts_that_are_not_heard_of_leave_at_most_one_copy(
    way: str, since: float, until: float, trouble: Trouble
) -> None:
    """All is applied, and all but posts is heard."""
    text, left = said(40), show(way, lasting(trouble, Post, since, until))
    assert text in left.texts
    assert len(left.texts) <= 2
    assert len(left.posts()) <= 2
    assert is_told(left, text)


@by_way
@at_moments
@pytest.mark.parametrize("trouble", [Cut(), Slow(600.0), Slow(17.0)], ids=["cut", "silent", "late"])
@pytest.mark.parametrize("has", ["finds", "keys"])
def test_where_the_channel_can_tell_there_is_no_copy(
    way: str, since: float, trouble: Trouble, has: str
) -> None:
    """A post is found, or made again with its key, after a minute of silence."""
    troubles = lasting(trouble, Post, since, 60.0)
    left = show(way, troubles, finds=6 * (has == "finds"), keys=has == "keys")
    assert left.texts == [said(40)]
    assert left.shown.doubtful == ()
    assert left.shown.is_whole


@by_way
@at_moments
@pytest.mark.parametrize("late", [17.0, 50.0])
def test_answers_that_come_late_are_answers(way: str, since: float, late: float) -> None:
    """Posts are answered after their deadline: there is one message."""
    left = show(way, lasting(Slow(late), Post, since))
    assert left.texts == [said(40)]
    assert left.buttons == set()
    assert left.shown.doubtful == ()


@by_way
@pytest.mark.parametrize("since", [0.0, 0.2, 2.0, 3.95])
def test_the_answer_is_there_at_once_when_connections_are_made_again(
    way: str, since: float
) -> None:
    """What never left counts against nothing."""
    left = show(way, lasting(Unreached(), None, since, 24.0))
    assert left.texts == [said(40)]
    assert left.ended_at <= 24.0 + AT_ONCE
    assert left.shown.doubtful == ()


@by_way
@pytest.mark.parametrize("since", [1.0, 5.0, 10.0, 25.0])
def test_packets_that_are_held_in_mid_answer_double_nothing(way: str, since: float) -> None:
    """For 30 s nothing arrives; then all does."""
    until = since + 30.0
    left = show(way, lasting(Held(until), None, since, until), seconds=60.0, count=200)
    assert left.texts == [said(200)]
    assert left.buttons == set()
    assert left.shown.doubtful == ()
    assert left.ended_at <= 60.0 + AT_ONCE


@by_way
@at_moments
def test_a_transport_that_raises_ends_the_answer(way: str, since: float) -> None:
    """It gives up, with the reason."""
    left = show(way, lasting(Raised(), None, since))
    if left.shown.is_whole:
        assert left.texts == [said(40)]
    else:
        assert left.shown.gave_up is not None
        assert left.shown.gave_up.reason is Reason.BROKEN_TRANSPORT


@by_way
@at_moments
def test_a_post_without_an_id_counts_as_shown(way: str, since: float) -> None:
    """The final is not posted again."""
    text, left = said(40), show(way, lasting(NoId(), Post, since))
    assert left.texts.count(text) == 1
    assert len(left.texts) <= 2
    assert is_told(left, text)


@by_way
@pytest.mark.parametrize("kind", [Edit, Append, None], ids=["edits", "additions", "all"])
@pytest.mark.parametrize("late", [12.0, 17.0, 50.0])
def test_frames_that_are_answered_late_cost_nothing(
    way: str, kind: type[Action] | None, late: float
) -> None:
    """After their deadline, for a minute."""
    left = show(way, lasting(Slow(late), kind, 1.0, 60.0), seconds=20.0)
    assert left.texts == [said(40)]
    assert left.buttons == set()
    assert left.shown.doubtful == ()


@by_way
def test_frames_that_are_not_answered_hold_up_nothing_for_long(way: str) -> None:
    """What is added waits for its answer no longer than an edit."""

    def trouble(action: Action, now: float) -> Trouble | None:
        is_frame = isinstance(action, Edit | Append | Seal)
        return Slow(600.0) if is_frame and 1.0 <= now < 10.0 else None

    left = show(way, trouble, seconds=30.0)
    assert left.texts == [said(40)]
    assert left.buttons == set()
    assert left.ended_at <= 30.0 + AT_ONCE
    times = [at for at, _ in left.transport.asked if at <= 30.0]
    assert all(later - sooner <= 12.0 for sooner, later in pairwise(times))


@by_way
@at_moments
@pytest.mark.parametrize("applied", [True, False])
def test_in_a_long_silence_the_calls_are_few(way: str, since: float, applied: bool) -> None:
    """Half an hour without an answer: pauses grow to half a minute."""
    text, left = said(40), show(way, lasting(Cut(applied), None, since, 1800.0))
    assert text in left.texts
    assert len(left.texts) <= 2
    assert is_told(left, text)
    in_silence = [at for at, action in left.transport.asked if 30.0 + since < at < 1800.0]
    assert len(in_silence) <= 1800 / 30 + 4
    assert not any(isinstance(action, Probe) for at, action in left.transport.asked if at > 1900.0)


def test_a_draft_that_fades_while_connections_are_refused_costs_no_calls_without_end() -> None:
    """The final waits for the network, and so does what would keep its draft alive."""
    left = show("draft", lasting(Unreached(), None, 3.9, 90.0))
    assert left.texts == [said(40)]
    assert len(left.transport.asked) < 100
