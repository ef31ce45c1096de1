"""Lanes: several replies of one chat take turns, the most urgent first."""

from __future__ import annotations

import pytest
from reply_script import draft_ids

from tickertape.chat import Address, ChatKind
from tickertape.delivery.actions import Accepted, Action, Delete, Probe
from tickertape.delivery.lane import Lane
from tickertape.delivery.limits.budget import Budget, Family
from tickertape.delivery.reply.reply import Reply
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.surface import Cadence, Surface, Window
from tickertape.events import Finished, TextDelta
from tickertape.markup.rulers import UTF16

SURFACE = Surface(
    limit=4096,
    ruler=UTF16,
    cadence=Cadence(messages=(Window(4, 60.0),)),
)


def lane_of(*topics: str) -> tuple[Lane, list[Reply]]:
    """Make a lane with a reply in each topic."""
    budget = Budget().chat("crew", SURFACE.cadence)
    lane = Lane(budget)
    replies = [
        Reply(
            Address("chat", "crew", ChatKind.GROUP, topic),
            SURFACE,
            budget,
            StreamingConfig(),
            draft_ids=draft_ids(),
        )
        for topic in topics
    ]
    for reply in replies:
        lane.join(reply)
    return lane, replies


def accepted(action: Action) -> Accepted:
    """Say that `action` was applied; each topic has one message, with the id of the topic."""
    assert not isinstance(action, Probe | Delete)
    return Accepted(action.text, action.address.thread)


def test_one_action_flies_at_a_time_and_finals_go_first() -> None:
    """While one reply's action is in flight no other's is given; a final overtakes previews."""
    lane, (early, late) = lane_of("t1", "t2")
    early.feed(TextDelta("first words"), 0.0)
    late.feed(TextDelta("the whole answer"), 1.0)
    late.feed(Finished(), 1.0)
    action = lane.poll(1.0)
    assert action is not None
    assert action.address.thread == "t2"
    assert lane.poll(1.0) is None
    assert lane.deadline is None
    lane.settle(accepted(action), 1.1)
    assert lane.replies == (early,)
    following = lane.poll(1.1)
    assert following is not None
    assert following.address.thread == "t1"


def test_a_call_is_kept_for_the_final_of_every_open_reply() -> None:
    """With two replies open, previews leave two calls of the window."""
    lane, (one, two) = lane_of("t1", "t2")
    sent, now = 0, 0.0
    while now < 50.0:
        one.feed(TextDelta("some more words for topic one "), now)
        two.feed(TextDelta("some more words for topic two "), now)
        if (action := lane.poll(now)) is not None:
            lane.settle(accepted(action), now)
            sent += 1
        now += 0.5
    assert sent == 2
    for reply in (one, two):
        reply.feed(Finished(), now)
        action = lane.poll(now)
        assert action is not None
        lane.settle(accepted(action), now)
    assert lane.replies == ()


def test_a_call_that_was_kept_for_another_makes_a_preview_due_sooner() -> None:
    """When a reply is over its kept call is free: what waits in the chat is planned again."""
    lane, (one, two) = lane_of("t1", "t2")
    for reply, words in ((one, "the first words"), (two, "the whole answer")):
        reply.feed(TextDelta(words), 0.0)
        action = lane.poll(0.0)
        assert action is not None
        lane.settle(accepted(action), 0.0)
    one.feed(TextDelta(" and a good many words after these"), 30.0)
    assert lane.poll(30.0) is None
    planned = one.intent
    two.feed(Finished(), 31.0)
    assert lane.poll(31.0) is None
    assert lane.replies == (one,)
    moments = [intent.at for intent in (one.intent, planned) if intent.at is not None]
    assert len(moments) == 2
    assert moments[0] < moments[1] - 10.0


def test_settling_nothing_is_refused() -> None:
    """An outcome without an action is a mistake of the caller, and is said."""
    lane, _ = lane_of("t1")
    with pytest.raises(ValueError, match="no action is in flight"):
        lane.settle(Accepted("x", "m1"), 0.0)


def test_an_abandoned_lane_keeps_nothing_for_anybody() -> None:
    """Nobody acts any more: the call in flight was never heard of, what was kept is given back."""
    lane, (one, two) = lane_of("t1", "t2")
    for _ in range(3):
        lane._budget.spend(Family.MESSAGES)
        lane._budget.land(Family.MESSAGES, 0.0)
    assert lane._budget.preview_at(Family.MESSAGES, 0.0, None) > 0.0
    one.feed(TextDelta("the whole answer"), 0.0)
    one.feed(Finished(), 0.0)
    assert lane.poll(0.0) is not None
    lane.abandon(0.1)
    assert one.shown.doubtful == ("the whole answer",)
    assert (one.intent.done, two.intent.done, lane.replies) == (False, False, ())
    assert lane.poll(100.0) is None
    assert lane._budget.preview_at(Family.MESSAGES, 100.0, None) == 100.0
    assert lane._budget.is_idle(10_000.0)
    lane.abandon(0.2)
    assert lane._budget.is_idle(10_000.0)
