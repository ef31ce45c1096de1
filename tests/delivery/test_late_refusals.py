"""What a refusal teaches, it teaches whenever it comes: in time, or after the reply went on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from reply_script import GROUP, PRIVATE, Script

from tickertape.delivery.actions import (
    Action,
    Append,
    Cause,
    Delete,
    Edit,
    Post,
    Probe,
    Reason,
    Refused,
    Seal,
    ShowDraft,
    Throttled,
    Unknown,
)
from tickertape.delivery.formats import Abilities
from tickertape.delivery.lane import Lane
from tickertape.delivery.limits.budget import Budget
from tickertape.delivery.lost.open_calls import WAIT_BEFORE_REPOST
from tickertape.delivery.reply.rules import RULES, Then, asked_of
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.surface import Cadence
from tickertape.delivery.ways import AppendWay
from tickertape.events import Finished, Restarted
from tickertape.markup.forms import Blocks, Format
from tickertape.markup.pages import BlockLimits, Dialect

LATE = Unknown("no answer in time", Cause.LATE)
WORDS = "Some **bold** words and others. " * 60
TEXT = StreamingConfig(rich="always")


def begun(way: AppendWay | None = None) -> tuple[Script, Abilities]:
    """Begin a reply in a chat that has messages of blocks."""
    abilities = Abilities()
    blocks = BlockLimits(count=500, depth=16, columns=20) if way is None else None
    dialect: Dialect = "markdown" if way is None else "source"
    script = Script(
        GROUP, config=TEXT, dialect=dialect, blocks=blocks, abilities=abilities, way=way
    )
    return script, abilities


Begun = tuple[Script, Abilities]


def _post(*, is_final: bool) -> Begun:
    script, abilities = begun()
    script.say(WORDS, *([Finished()] if is_final else []))
    return script, abilities


def _edit(*, is_final: bool) -> Begun:
    script, abilities = begun()
    script.say("Hello, all of you. ")
    script.shown()
    script.say(WORDS, *([Finished()] if is_final else []))
    return script, abilities


def _open() -> Begun:
    script, abilities = begun(AppendWay(300.0, 4000))
    script.say(WORDS)
    return script, abilities


def _add(*, is_final: bool) -> Begun:
    script, abilities = _open()
    script.shown()
    script.say(WORDS, *([Finished()] if is_final else []))
    return script, abilities


def _delete() -> Begun:
    script, abilities = begun()
    script.say("Hello, all of you. ")
    script.shown()
    script.say(Restarted(), Finished())
    return script, abilities


def _draft() -> Begun:
    abilities = Abilities()
    blocks = BlockLimits(count=500, depth=16, columns=20)
    script = Script(PRIVATE, config=TEXT, dialect="markdown", blocks=blocks, abilities=abilities)
    script.say(WORDS)
    return script, abilities


ASKED: dict[str, tuple[Callable[[], Begun], type]] = {
    "a preview is posted": (lambda: _post(is_final=False), Post),
    "a final is posted": (lambda: _post(is_final=True), Post),
    "a preview is edited": (lambda: _edit(is_final=False), Edit),
    "a final is edited": (lambda: _edit(is_final=True), Edit),
    "a message is opened": (_open, Post),
    "text is added": (lambda: _add(is_final=False), Append),
    "a message is sealed": (lambda: _add(is_final=True), Seal),
    "a message is deleted": (_delete, Delete),
    "a draft is shown": (_draft, ShowDraft),
}
MADE_AGAIN = ["a final is posted", "a final is edited", "a message is deleted"]


def refusal(reason: Reason) -> Refused:
    """Return a refusal."""
    return Refused(reason, moved_to="crew2" if reason is Reason.CHAT_MOVED else None)


def learned(script: Script, abilities: Abilities) -> dict[str, object]:
    """Return all that outcomes have taught a reply, but for what is on screen and moments."""
    state = script.reply.state
    route, said = state.route, state.said
    return {
        "address": route.address,
        "answers": route.reply_to,
        "ways": route.ways,
        "gave up": route.gave_up,
        "removals": route.removals,
        "left behind": route.left_behind,
        "away": route.away,
        "refusals": route.backoff.refusals,
        "form": state.rung,
        "has blocks": abilities.has_blocks(GROUP.chat, script.now),
        "length": said.length,
        "texts": [(one.text, one.mark, one.rung, one.closing, one.sealed) for one in said.all],
    }


def wanted(script: Script) -> Action | None:
    """Return the next action; None where the reply waits for more to be said."""
    while (at := script.reply.intent.at) is not None:
        script.now = max(script.now, at)
        if (action := script.reply.poll(script.now)) is not None:
            return action
    return None


def in_time(asked: str, reason: Reason) -> Begun:
    """Refuse an action in time."""
    (begin, kind) = ASKED[asked]
    script, abilities = begin()
    action = script.act()
    assert isinstance(action, kind)
    script.settle(refusal(reason))
    return script, abilities


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("asked", ASKED)
def test_a_late_refusal_teaches_what_one_in_time_teaches(asked: str, reason: Reason) -> None:
    """Whatever was asked for, whatever the reason; and then the same is asked for next."""
    script, abilities = ASKED[asked][0]()
    action = script.act()
    script.settle(LATE)
    script.now += 10.0
    script.reply.settle_late(action, refusal(reason), script.now)
    prompt, others = in_time(asked, reason)
    assert learned(script, abilities) == learned(prompt, others)
    assert script.reply.intent.done is prompt.reply.intent.done
    assert wanted(script) == wanted(prompt)


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("asked", MADE_AGAIN)
def test_a_refusal_that_comes_after_the_same_was_asked_again_teaches_it_too(
    asked: str, reason: Reason
) -> None:
    """And it is learned once, when the second is refused as well."""
    script, abilities = ASKED[asked][0]()
    action, since = script.act(), script.now
    script.settle(LATE)
    again = script.act()
    while isinstance(again, Probe):
        script.accept(again)
        again = script.act()
    assert again == action
    script.reply.settle_late(action, refusal(reason), script.now, since=since)
    prompt, others = in_time(asked, reason)
    assert learned(script, abilities) == learned(prompt, others)
    script.settle(refusal(reason))
    once, twice = learned(prompt, others), learned(script, abilities)
    if RULES[asked_of(action), reason] is not Then.TRY_AGAIN:  # which is counted
        assert twice == once


LACKING = {Reason.BLOCKS_FORBIDDEN, Reason.BLOCKS_UNKNOWN}


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("asked", ["a preview is edited", "a final is edited"])
def test_what_was_accepted_since_knows_better(asked: str, reason: Reason) -> None:
    """The refusal is about a state that is past; but what a chat lacks, others are told."""
    script, abilities = ASKED[asked][0]()
    action = script.act()
    script.settle(LATE)
    script.say("And more words, with which it ends.", Finished())
    assert isinstance(script.shown(), Edit)
    before = learned(script, abilities)
    script.reply.settle_late(action, refusal(reason), script.now)
    after = learned(script, abilities)
    if reason in LACKING:
        assert after == {**before, "form": Format.SPANS, "has blocks": False}
    else:
        assert after == before
        assert script.reply.intent.over


@pytest.mark.parametrize("asked", ["a final is posted", "a final is edited"])
def test_late_refusals_are_counted(asked: str) -> None:
    """Three of one final end it as three in time do, though the channel was heard in between."""
    script, abilities = ASKED[asked][0]()
    prompt, others = ASKED[asked][0]()
    for _ in range(3):
        prompt.act()
        prompt.settle(refusal(Reason.MALFORMED))
        action = script.act()
        while isinstance(action, Probe):
            script.accept(action)
            action = script.act()
        script.settle(LATE)
        script.now += WAIT_BEFORE_REPOST
        if isinstance(action, Post):
            assert script.shown() == Probe(GROUP)
        script.reply.settle_late(action, refusal(Reason.MALFORMED), script.now)
    assert learned(script, abilities) == learned(prompt, others)
    assert (script.reply.shown.gave_up is not None) is (asked == "a final is posted")


def test_the_refusal_of_a_message_that_is_the_segments_no_more_is_not_about_the_next() -> None:
    """Two edits were late, and the reader has deleted the message: one removal, one new message."""
    script, _ = _edit(is_final=True)
    first, since = script.act(), script.now
    script.settle(LATE)
    second = script.act()
    assert second == first
    later = script.now
    script.settle(LATE)
    gone = refusal(Reason.MESSAGE_GONE)
    script.reply.settle_late(first, gone, script.now, since=since)
    post = script.act()
    assert isinstance(post, Post)
    script.reply.settle_late(second, gone, script.now, since=later)
    script.accept(post)
    assert script.reply.intent.over
    assert script.reply.state.route.removals == 1


def test_a_chat_that_moved_while_an_edit_was_open_is_where_the_answer_goes() -> None:
    """The edit is refused as well: that names the chat where the reply is already."""
    script, _ = _edit(is_final=True)
    first = script.act()
    script.settle(LATE)
    script.act()
    moved = refusal(Reason.CHAT_MOVED)
    script.reply.settle_late(first, moved, script.now)
    script.settle(moved)
    assert script.reply.shown.gave_up is None
    assert script.shown().address.chat == "crew2"
    assert script.reply.shown.is_whole


def test_a_message_in_a_chat_that_moved_meanwhile_stays_there() -> None:
    """Its id means another one in the new chat: the text is posted there."""
    script, _ = _edit(is_final=False)
    first = script.act()
    script.settle(LATE)
    script.say("And more words.")
    second = script.act()
    script.reply.settle_late(first, refusal(Reason.CHAT_MOVED), script.now)
    script.accept(second)
    script.say(Finished())
    post = script.shown()
    assert isinstance(post, Post)
    assert post.address.chat == "crew2"
    assert script.reply.shown.is_whole


def test_an_answer_that_ended_in_doubt_is_posted_when_the_channel_is_heard_again() -> None:
    """Two posts were lost; the first is refused after that: there is room for another, and a last.

    It waits as a last one does, and has the form that is left.
    """
    script, _ = _post(is_final=True)
    first, since = script.act(), script.now
    script.settle(LATE)
    assert script.shown() == Probe(GROUP)
    assert script.act() == first
    script.settle(Unknown())
    assert wanted(script) is None
    assert script.reply.intent.done
    doubtful = script.reply.shown.doubtful
    assert len(doubtful) == 2
    script.reply.settle_late(first, refusal(Reason.BLOCKS_UNKNOWN), script.now, since=since)
    heard_at = script.now
    assert script.shown() == Probe(GROUP)
    post = script.shown()
    assert script.now > heard_at + 10.0
    assert isinstance(post, Post)
    assert not isinstance(post.form, Blocks)
    assert script.reply.shown.doubtful == doubtful[1:]
    assert script.reply.shown.is_whole


def test_a_post_with_a_key_that_is_refused_late_is_not_made_again() -> None:
    """However often it was made by then: the text has another form, and another key."""
    script, _ = _post(is_final=True)
    script.reply._frames.key = "k"
    first, since = script.act(), script.now
    assert isinstance(first, Post)
    script.settle(LATE)
    assert script.act() == first
    script.settle(LATE)
    script.reply.settle_late(first, refusal(Reason.BLOCKS_UNKNOWN), script.now, since=since)
    post = script.shown()
    assert isinstance(post, Post)
    assert post.key != first.key
    assert not isinstance(post.form, Blocks)
    assert script.reply.shown.is_whole


def test_a_transport_that_raises_late_raises() -> None:
    """Three times in a row, whatever the lane was told while the calls were open."""
    script, _ = _edit(is_final=True)
    for _ in range(3):
        action = script.act()
        script.settle(LATE)
        script.reply.settle_late(action, Unknown("oops", Cause.RAISED), script.now)
    gave_up = script.reply.shown.gave_up
    assert gave_up == Refused(Reason.BROKEN_TRANSPORT, "oops")


def test_a_call_that_never_left_is_tried_again_after_a_pause_also_when_that_is_told_late() -> None:
    """The pause is the one that is asked for."""
    script, _ = _post(is_final=True)
    post = script.act()
    script.settle(LATE)
    told_at = script.now
    script.reply.settle_late(post, Throttled(5.0, by_flood_control=False), script.now)
    assert script.act() == post
    assert script.now >= told_at + 5.0


def test_a_lane_keeps_a_reply_that_gave_up_until_its_action_has_landed() -> None:
    """That the chat is dead is heard of a late call while another one is in flight."""
    script, _ = _edit(is_final=True)
    lane = Lane(Budget().chat(GROUP.chat, Cadence()))
    lane.join(script.reply)
    action, since = lane.poll(script.now), script.now
    assert isinstance(action, Edit)
    lane.settle(LATE, script.now + 10.0)
    assert lane.poll(script.now + 20.0) == action
    dead = refusal(Reason.CHAT_DEAD)
    lane.settle_late(script.reply, action, dead, script.now + 21.0, since=since)
    assert script.reply.intent.done
    assert lane.flying is script.reply
    lane.settle(dead, script.now + 22.0)
    assert lane.outgoing == []
    assert script.reply.shown.gave_up == dead


def test_a_final_is_not_sent_again_because_a_preview_was_refused_meanwhile() -> None:
    """Two previews were late; the final is in flight when the first is refused."""
    script = Script(GROUP, stop_buttons=True)
    script.say("Hello, all of you. ")
    script.shown()
    script.say(WORDS)
    first = script.act()
    script.settle(LATE)
    script.say(WORDS)
    script.act()
    script.settle(LATE)
    script.say(Finished())
    final = script.act()
    script.reply.settle_late(first, refusal(Reason.MALFORMED), script.now)
    script.accept(final)
    assert script.reply.intent.done
