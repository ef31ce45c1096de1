"""Posts of a process that was killed: what another one, which goes on, may take for whose."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reply_script import GROUP, PRIVATE, Script
from test_lost_posts import GONE, LATE, known, lost

from tickertape.chat import Address
from tickertape.delivery.actions import (
    Accepted,
    Edit,
    Find,
    Outcome,
    Post,
    Probe,
    Reason,
    Refused,
    Unknown,
)
from tickertape.delivery.lost.known import KnownMessages
from tickertape.delivery.reply.state import KILLED
from tickertape.delivery.ways import AppendWay, ExtendWay, Way
from tickertape.events import Finished, SegmentEnded

WAYS: dict[str, tuple[Address, Way | None]] = {
    "draft": (PRIVATE, None),
    "edit": (GROUP, None),
    "append": (GROUP, AppendWay(300.0, 4096)),
    "extend": (GROUP, ExtendWay(300.0, 4096)),
}
BEFORE: dict[str, Outcome | None] = {"in flight": None, "lost": Unknown("cut"), "late": LATE}


def killed(before: Outcome | None, chat: KnownMessages, way: str = "edit") -> Script:
    """Kill a process one of whose posts, with all that was said, is not heard of."""
    to, by = WAYS[way]
    script = Script(to, known=known("m41"), way=by)
    script.say("One thing")
    if way == "draft":
        script.say(SegmentEnded())
    assert isinstance(script.act(), Post)
    if before is not None:
        script.settle(before)
    script.be_killed(chat)
    return script


def repost(script: Script) -> Post:
    """Lose the post that follows once the channel is heard."""
    if not isinstance(script.act(), Post):
        assert script.flying() == Probe(script.reply.shown.address)
        script.settle(Accepted(""))
    return lost(script)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("before", BEFORE)
def test_a_message_may_be_that_of_a_post_from_before_a_kill(way: str, before: str) -> None:
    """Nobody can say which of the two made it: both are told."""
    chat = known("m50")
    script = killed(BEFORE[before], chat, way)
    script.say(*(() if way == "draft" else (" more",)), Finished())
    post = repost(script)
    if way == "append":
        assert post.text.startswith("One thing")
    assert script.act() == Find(script.reply.shown.address, "m51")
    script.settle(Accepted("", "m51"))
    while not script.reply.intent.done:
        script.shown()
    assert script.reply.shown.is_whole
    assert script.reply.shown.messages == ("m51",)
    assert sorted(script.reply.shown.doubtful) == ["One thing", post.text]


@pytest.mark.parametrize("before", BEFORE)
def test_what_another_answer_posts_is_not_looked_for_where_a_killed_ones_post_may_come(
    before: str,
) -> None:
    """Its message would be edited into another text."""
    chat = known("m50")
    killed(BEFORE[before], chat)
    other = Script(GROUP, known=chat)
    other.say("Two", Finished())
    lost(other)
    assert other.act() == Probe(GROUP)


@pytest.mark.parametrize(("wait", "is_sought"), [(200.0, False), (400.0, True)])
@pytest.mark.parametrize("before", BEFORE)
def test_a_killed_ones_post_comes_before_what_is_posted_long_after(
    before: str, wait: float, is_sought: bool
) -> None:
    """What a system still sends for a program that is gone arrives within minutes."""
    chat = known("m50")
    script = killed(BEFORE[before], chat)
    first, second = (Script(GROUP, known=chat) for _ in range(2))
    first.now = second.now = script.now + wait
    first.say("Two", Finished())
    assert isinstance(first.act(), Post)
    first.settle(Accepted("Two", "m60"))
    second.say("Three", Finished())
    lost(second)
    assert isinstance(second.act(), Find if is_sought else Probe)


def test_a_killed_ones_own_message_is_nobody_elses() -> None:
    """It came after a message that is read only now, and is not asked about."""
    script = Script(GROUP, known=known("m41"))
    script.say("One", SegmentEnded())
    assert isinstance(script.act(), Post)
    script.settle(Accepted("One", "m42"))
    script.be_killed(known("m41"))
    script.say("Two", Finished())
    lost(script)
    assert script.act() == Find(GROUP, "m43")


def test_after_a_killed_ones_own_message_nothing_is_looked_for() -> None:
    """What others of its process posted after it is not known: it is not the missing one."""
    script = Script(GROUP, known=known("m41"))
    script.say("One", SegmentEnded())
    assert isinstance(script.act(), Post)
    script.settle(Accepted("One", "m42"))
    chat = known()
    script.be_killed(chat)
    assert chat.ids == ("m42",)
    assert chat.newest is None
    script.say("Two", Finished())
    lost(script)
    assert script.act() == Probe(GROUP)
    script.settle(Accepted(""))
    assert script.act() == Post(GROUP, "Two")
    script.settle(Accepted("Two", "m45"))
    assert chat.newest == "m45"


def test_a_killed_ones_posts_count_where_absence_is_to_be_proved() -> None:
    """Four posts may have made the messages that come next: three that are not there are few."""
    chat = known("m50", tries=6)
    script = killed(Unknown("cut"), chat)
    others = [Script(replace(GROUP, chat=f"crew {n}"), known=chat) for n in range(3)]
    for other in others:
        other.say("Two", Finished())
        lost(other)
    for _ in range(6):
        assert isinstance(others[0].act(), Find)
        others[0].settle(GONE)
    assert isinstance(others[0].act(), Post), "posted once more, as one that may be there"
    assert script.reply.shown.doubtful == ("One thing",)
    assert others[0].reply.shown.doubtful == ("Two",)


def test_a_killed_ones_post_is_not_looked_for_in_the_chat_that_its_chat_became() -> None:
    """What is found there is that of the post that was made there."""
    chat = known("m50")
    script = killed(None, chat)
    script.say(" more", Finished())
    assert script.act() == Probe(GROUP)
    script.settle(Accepted(""))
    assert isinstance(script.act(), Post)
    script.settle(Refused(Reason.CHAT_MOVED, moved_to="moved"))
    moved = replace(GROUP, chat="moved")
    post = lost(script)
    assert post.address.chat == "moved"
    assert script.act() == Find(post.address, "m51")
    script.settle(Accepted("", "m51"))
    assert isinstance(script.shown(), Edit)
    assert script.reply.shown.is_whole
    assert script.reply.shown.address.chat == moved.chat
    assert script.reply.shown.doubtful == ("One thing",)


@pytest.mark.parametrize("outcome", [None, LATE], ids=["in flight", "late"])
def test_an_edit_from_before_a_kill_may_arrive_after_the_final(outcome: Outcome | None) -> None:
    """Half of the text would stand there for ever: the final is affirmed once no edit can come."""
    script = Script(GROUP)
    script.say("One")
    script.shown()
    script.say(" thing")
    edit = script.act()
    assert isinstance(edit, Edit)
    if outcome is not None:
        script.settle(outcome)
    script.be_killed()
    script.say(" more", Finished())
    assert script.shown() == Edit(GROUP, edit.message_id, "One thing more")
    assert script.reply.intent.done
    assert not script.reply.intent.over
    (left,) = script.reply.open_calls
    assert left.action == edit
    script.reply.settle_late(edit, KILLED, script.now, since=left.since)
    assert script.shown() == Edit(GROUP, edit.message_id, "One thing more")
    assert script.reply.intent.over
