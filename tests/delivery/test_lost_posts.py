"""Posts whose answers were not heard: looked for, listened for, posted once more at the most."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from reply_script import GROUP, PRIVATE, Script, counted

from tickertape.delivery.actions import (
    Accepted,
    Action,
    Cause,
    Delete,
    Edit,
    Find,
    Outcome,
    Post,
    Probe,
    Reason,
    Refused,
    ShowDraft,
    Throttled,
    Unknown,
)
from tickertape.delivery.lost.known import KnownMessages
from tickertape.delivery.lost.missed_posts import MOST_LOST
from tickertape.delivery.lost.open_calls import WAIT_BEFORE_REPOST
from tickertape.delivery.streaming import StreamingConfig
from tickertape.events import Finished, Restarted, SegmentEnded
from tickertape.markup.forms import Blocks, Spans
from tickertape.markup.pages import BlockLimits

LATE = Unknown("no answer in time", Cause.LATE)
GONE = Refused(Reason.MESSAGE_GONE)


def known(*ids: str, tries: int = 3) -> KnownMessages:
    """Make a chat whose messages have these ids."""
    messages = KnownMessages(counted(tries))
    for message_id in ids:
        messages.note(message_id)
    return messages


def lost(script: Script, outcome: Outcome | None = None) -> Post:
    """Let the next action, a post, not be heard of."""
    post = script.act()
    assert isinstance(post, Post)
    script.settle(outcome or Unknown())
    return post


def test_a_text_is_posted_twice_at_the_most() -> None:
    """Answers of posts are lost for ever, everything else is heard: two posts, and an end."""
    script = Script(PRIVATE)
    script.say("The answer", Finished())
    posts = 0
    while (deadline := script.reply.intent.at) is not None:
        script.now = max(script.now, deadline)
        if (action := script.reply.poll(script.now)) is not None:
            posts += isinstance(action, Post)
            script.settle(Unknown() if isinstance(action, Post) else Accepted(""))
    assert posts == MOST_LOST
    assert script.reply.shown.doubtful == ("The answer", "The answer")
    assert not script.reply.shown.is_whole
    assert script.reply.shown.gave_up is None
    assert script.reply.intent.over


def posts_of(script: Script, *, kill_after: int = 1_000) -> list[str]:
    """Give the texts of all posts, of which none is heard of, until nothing is wanted any more."""
    posts: list[str] = []
    while (deadline := script.reply.intent.at) is not None and len(posts) < kill_after:
        script.now = max(script.now, deadline)
        if (action := script.reply.poll(script.now)) is not None:
            posts += [action.text] if isinstance(action, Post) else []
            script.settle(Unknown() if isinstance(action, Post) else Accepted(""))
    return posts


@pytest.mark.parametrize("kills", list(itertools.product(range(1, 4), repeat=3)))
def test_a_text_is_posted_twice_at_the_most_however_often_it_is_told(
    kills: tuple[int, ...],
) -> None:
    """Processes end after so many posts, and others tell the answer again from its first word."""
    answer = ("One", SegmentEnded(), "Two", SegmentEnded(), "Three", SegmentEnded(), "Four")
    script = Script(GROUP)
    posts: list[str] = []
    for most in kills:
        script.say(*answer)
        posts += posts_of(script, kill_after=most)
        script.be_killed(is_told_again=True)
        script.say(Restarted())
    script.say(*answer, Finished())
    posts += posts_of(script)
    assert set(posts) == {"One", "Two", "Three", "Four"}
    assert max(map(posts.count, posts)) == MOST_LOST


def test_another_text_is_posted_though_the_one_before_it_was_lost_as_often_as_may_be() -> None:
    """It was not tried: not to post it could lose it."""
    script = Script(GROUP)
    script.say("The answer", SegmentEnded(), "And")
    assert posts_of(script) == ["The answer", "The answer", "And"]
    script.be_killed(is_told_again=True)
    script.say(Restarted(), "Something else", Finished())
    assert posts_of(script) == ["Something else"] * MOST_LOST
    assert sorted(script.reply.shown.doubtful) == [
        *("And", "Something else", "Something else", "The answer", "The answer")
    ]


def test_a_preview_that_was_not_heard_of_is_not_posted_again() -> None:
    """A few words may stand there; the final follows them, and nothing before it."""
    script = Script(GROUP)
    script.say("Hello")
    lost(script)
    script.say(" world, how are you doing today?")
    assert script.reply.poll(script.now + 1000.0) is None
    assert script.reply.intent.at is None
    script.say(Finished())
    assert script.shown() == Probe(GROUP)
    assert script.shown() == Post(GROUP, "Hello world, how are you doing today?")
    assert script.reply.shown.doubtful == ("Hello",)
    assert script.reply.shown.is_whole


def test_the_message_of_a_lost_post_is_found() -> None:
    """Where the bot is the only writer, the message is asked for, and goes on as if heard of."""
    script = Script(GROUP, known=known("m41"))
    script.say("Hello")
    lost(script)
    assert script.act() == Find(GROUP, "m42")
    script.settle(GONE)
    assert script.act() == Find(GROUP, "m43")
    script.settle(Accepted("", "m43"))
    script.say(" world, how are you doing today?", Finished())
    assert script.shown() == Edit(GROUP, "m43", "Hello world, how are you doing today?")
    assert script.reply.shown.is_whole
    assert script.reply.shown.doubtful == ()
    assert script.reply.shown.messages == ("m43",)


def test_a_post_that_made_no_message_is_made_again_as_often_as_needed() -> None:
    """Nothing is there, as the channel tells: nothing is doubled, and nothing is given up."""
    script = Script(PRIVATE, known=known("m41", tries=4))
    script.say("The answer", Finished())
    made_at = []
    for _ in range(8):
        made_at.append(script.now)
        lost(script)
        for _ in range(4):
            assert isinstance(script.act(), Find)
            script.settle(GONE)
    pauses = [later - earlier for earlier, later in itertools.pairwise(made_at)]
    assert pauses[-1] >= 25.0  # they grow
    assert script.shown() == Post(PRIVATE, "The answer")
    assert script.reply.shown.is_whole
    assert script.reply.shown.doubtful == ()


def test_what_is_there_and_somebody_elses_proves_nothing() -> None:
    """Others write between: the post may have come after all that was asked about."""
    script = Script(GROUP, known=known("m41"))
    script.say("The answer", Finished())
    for _ in range(MOST_LOST):
        lost(script)
        for _ in range(3):
            assert isinstance(script.act(), Find)
            script.settle(Refused(Reason.NOT_EDITABLE))
    assert script.reply.poll(script.now) is None
    assert script.reply.intent.done
    assert script.reply.shown.doubtful == ("The answer", "The answer")


def test_a_question_that_is_refused_for_another_reason_proves_nothing() -> None:
    """It may have been the message; behind it is none. The copy to come is told."""
    script = Script(GROUP, known=known("m41", tries=4))
    script.say("The answer", Finished())
    lost(script)
    assert script.act() == Find(GROUP, "m42")
    script.settle(Refused(Reason.MALFORMED, "method not found"))
    for message_id in ("m43", "m44", "m45"):
        assert script.act() == Find(GROUP, message_id)
        script.settle(GONE)
    assert script.shown() == Post(GROUP, "The answer")
    assert script.reply.shown.is_whole
    assert script.reply.shown.doubtful == ("The answer",)


@pytest.mark.parametrize("wait", [2.0, 50.0])
def test_an_answer_that_comes_late_is_an_answer(wait: float) -> None:
    """Nothing is posted again while the call is open; its message is the segment's."""
    script = Script(GROUP)
    script.say("Hello")
    post = lost(script, LATE)
    script.say(" world, how are you doing today?", Finished())
    assert script.reply.poll(script.now + wait) is None
    script.now += wait
    script.reply.settle_late(post, Accepted("Hello", "m17"), script.now)
    assert script.shown() == Edit(GROUP, "m17", "Hello world, how are you doing today?")
    assert script.reply.shown.doubtful == ()
    assert script.reply.intent.over


def test_an_answer_that_comes_late_tells_what_its_message_shows() -> None:
    """A channel that cut the text is given it again."""
    script = Script(GROUP)
    script.say("The answer", Finished())
    post = lost(script, LATE)
    script.reply.settle_late(post, Accepted("The ans", "m42"), script.now)
    assert script.shown() == Edit(GROUP, "m42", "The answer")
    assert script.reply.shown.is_whole


def test_a_copy_that_becomes_known_is_deleted() -> None:
    """The first answer comes after the second post: one of the two messages goes."""
    script = Script(PRIVATE)
    script.say("The answer", Finished())
    post = lost(script, LATE)
    assert script.shown() == Probe(PRIVATE)
    assert script.now >= WAIT_BEFORE_REPOST
    assert script.shown() == Post(PRIVATE, "The answer")
    assert script.reply.intent.done
    assert not script.reply.intent.over
    script.reply.settle_late(post, Accepted("The answer", "m17"), script.now)
    assert script.shown() == Delete(PRIVATE, "m17")
    assert script.reply.shown.doubtful == ()
    assert script.reply.shown.is_whole
    assert script.reply.intent.over


def test_a_late_refusal_makes_room_for_another_post() -> None:
    """It is known now that nothing was shown: the next post is not one too many."""
    script = Script(PRIVATE)
    script.say("The answer", Finished())
    post = lost(script, LATE)
    script.reply.settle_late(post, Throttled(3.0), script.now)
    assert script.shown() == Post(PRIVATE, "The answer")
    assert script.now >= 3.0
    assert script.reply.shown.doubtful == ()


def test_an_edit_that_arrives_after_the_final_is_replaced_by_it_again() -> None:
    """Packets that were held come out of order: the final is affirmed, once."""
    script = Script(GROUP, stop_buttons=True)
    script.say("Hello")
    script.shown()
    script.say(" world, how are you doing")
    preview = script.act()
    script.settle(LATE)
    script.say(" today?", Finished())
    final = Edit(GROUP, "m100", "Hello world, how are you doing today?")
    assert script.shown() == final
    assert (script.reply.intent.done, script.reply.intent.over) == (True, False)
    script.reply.settle_late(
        preview, Accepted("Hello world, how are you doing", "m100"), script.now
    )
    assert (script.reply.intent.done, script.reply.intent.over) == (False, False)
    assert script.shown() == final
    assert script.reply.intent.over


@pytest.mark.parametrize("outcome", [Refused(Reason.MALFORMED), Throttled(5.0)])
def test_an_edit_that_was_refused_late_changes_nothing(outcome: Outcome) -> None:
    """It was not applied: what is on screen is what is known."""
    script = Script(GROUP)
    script.say("Hello")
    script.shown()
    script.say(" world, how are you doing")
    preview = script.act()
    script.settle(LATE)
    script.say(Finished())
    script.shown()
    script.reply.settle_late(preview, outcome, script.now)
    assert script.reply.intent.over


def test_answers_of_one_chat_are_looked_for_in_the_order_of_their_posts() -> None:
    """Whose post was missed first asks first: the first unknown message is its own."""
    chat = known("m41")
    first, second = (Script(GROUP, known=chat) for _ in range(2))
    for script, text in ((first, "One"), (second, "Two")):
        script.say(text, Finished())
        lost(script)
    assert isinstance(first.act(), Find)
    assert isinstance(second.act(), Probe)
    first.settle(Accepted("", "m42"))
    second.settle(Accepted(""))
    assert second.act() == Find(GROUP, "m43")


def test_no_message_of_another_topic_is_asked_about() -> None:
    """It would be edited into the text of this one, in the wrong place."""
    chat = known("m41")
    elsewhere = replace(GROUP, thread="t12")
    first, second = (Script(to, known=chat) for to in (GROUP, elsewhere))
    for script, text in ((first, "One"), (second, "Two")):
        script.say(text, Finished())
        lost(script)
    assert isinstance(first.act(), Probe)
    assert isinstance(second.act(), Probe)


def test_what_is_looked_for_came_after_the_newest_message() -> None:
    """Ids become known in any order: an old one that is answered says little."""
    script = Script(GROUP, known=known("m41", "m7"))
    script.say("Hello")
    lost(script)
    assert script.act() == Find(GROUP, "m42")


@pytest.mark.parametrize("end", [Accepted("One", "m60"), Refused(Reason.CHAT_DEAD)])
def test_a_post_that_nobody_looks_for_does_not_hide_the_next_one(end: Outcome) -> None:
    """The answer has its message by another post, or was given up: later ones are found."""
    chat = known("m41", tries=1)
    first = Script(GROUP, known=chat)
    first.say("One", Finished())
    lost(first)
    assert isinstance(first.act(), Find)
    first.settle(Refused(Reason.NOT_EDITABLE))
    assert first.act() == Post(GROUP, "One")
    first.settle(end)
    assert first.reply.intent.over
    second, third = (Script(GROUP, known=chat) for _ in range(2))
    second.say("Two", Finished())
    assert second.act() == Post(GROUP, "Two")
    second.settle(Accepted("Two", "m62"))
    third.say("Three", Finished())
    lost(third)
    assert isinstance(third.act(), Find)


def test_messages_that_are_known_by_then_are_not_asked_about() -> None:
    """They cost no question and no call, and do not say that the channel is heard."""
    chat = known("m41", tries=2)
    script = Script(GROUP, known=chat)
    script.say("Hello")
    lost(script)
    for number in range(42, 60):
        chat.note(f"m{number}")
    assert script.act() == Find(GROUP, "m60")
    script.settle(Refused(Reason.NOT_EDITABLE))
    chat.note("m61")
    assert script.act() == Find(GROUP, "m62")
    script.settle(Accepted("", "m62"))
    script.say(Finished())
    assert script.reply.shown.messages == ("m62",)


def test_a_message_of_another_topic_is_not_taken_for_one_that_came_later() -> None:
    """The other topic's post was made again: its first message still stands between."""
    chat = known("m41")
    elsewhere = replace(GROUP, thread="t12")
    first, second = (Script(to, known=chat) for to in (elsewhere, GROUP))
    for script, text in ((first, "One"), (second, "Two")):
        script.say(text, Finished())
        lost(script)
    for script in (first, second):
        assert script.act() == Probe(script.reply.shown.address)
        script.settle(Accepted(""))
    assert first.act() == Post(elsewhere, "One")
    first.settle(Accepted("One", "m44"))
    assert second.act() == Post(GROUP, "Two")


def test_equal_posts_are_told_apart() -> None:
    """The answer to the first, which was found, says nothing of the second: nobody takes that."""
    chat = known("m41")
    elsewhere = replace(GROUP, thread="t12")
    first, second = (Script(to, known=chat) for to in (GROUP, elsewhere))
    first.say("Again", SegmentEnded(), "Again", Finished())
    post = lost(first, LATE)
    assert first.act() == Find(GROUP, "m42")
    first.settle(Accepted("", "m42"))
    assert first.shown() == Edit(GROUP, "m42", "Again")
    assert lost(first, LATE) == post
    first.reply.settle_late(post, Accepted("Again", "m42"), first.now)
    second.say("Two", Finished())
    lost(second)
    assert isinstance(second.act(), Probe)


def test_a_message_that_is_there_is_not_taken_for_that_of_an_equal_post() -> None:
    """The first page was accepted without an id: the message behind the known ones is its own."""
    script = Script(GROUP, known=known("m41"))
    script.say("Again", SegmentEnded(), "Again", Finished())
    script.act()
    script.settle(Accepted("Again"))
    lost(script)
    assert script.shown() == Probe(GROUP)
    assert script.shown() == Post(GROUP, "Again")
    assert script.reply.shown.messages == ("m100",)


@pytest.mark.parametrize(
    ("shown", "then"),
    [
        ("", Edit(GROUP, "m42", "Hello")),
        ("Hello", Edit(GROUP, "m42", "Hello")),
        ("Good day", Delete(GROUP, "m42")),
    ],
)
def test_a_message_that_may_be_the_final_is_no_copy_of_it(shown: str, then: Action) -> None:
    """It was accepted without an id, looked for, and complete before it was found."""
    script = Script(GROUP, known=known("m41"))
    script.say("Hello")
    script.act()
    script.settle(Accepted("Hello"))
    assert script.act() == Find(GROUP, "m42")
    script.say(Finished())
    script.settle(Accepted(shown, "m42"))
    assert script.shown() == then


def test_messages_of_other_chats_prove_nothing() -> None:
    """Numbers are shared: what is not in this chat turns out to be in another one."""
    chat = known("m41")
    script = Script(PRIVATE, known=chat)
    script.say("The answer", Finished())
    lost(script)
    for number in range(42, 48):
        assert script.act() == Find(PRIVATE, f"m{number}")
        script.settle(GONE)
        chat.note(f"m{number}")
    assert script.act() == Find(PRIVATE, "m48")
    script.settle(Accepted("", "m48"))
    assert script.shown() == Edit(PRIVATE, "m48", "The answer")
    assert script.reply.shown.doubtful == ()


def test_a_post_that_was_given_up_in_silence_may_arrive_yet() -> None:
    """Nobody saw its call end: what is not there proves nothing, and a doubt is left."""
    script = Script(GROUP, known=known("m41"))
    script.say("The answer", Finished())
    post = lost(script, LATE)
    script.now += 180.0
    script.reply.settle_late(post, Unknown(), script.now)
    for _ in range(3):
        assert isinstance(script.act(), Find)
        script.settle(GONE)
    assert script.shown() == Post(GROUP, "The answer")
    assert script.reply.shown.doubtful == ("The answer",)


def test_what_is_known_of_a_chat_says_nothing_of_the_one_that_it_became() -> None:
    """A group that is upgraded numbers its messages anew: what is not there proves nothing."""
    script = Script(GROUP, known=known("m400", tries=4))
    script.say("The answer", Finished())
    script.act()
    script.settle(Refused(Reason.CHAT_MOVED, moved_to="moved"))
    posts = 0
    while (deadline := script.reply.intent.at) is not None:
        script.now = max(script.now, deadline)
        if (action := script.reply.poll(script.now)) is not None:
            assert action.address.chat == "moved"
            posts += isinstance(action, Post)
            script.settle(Unknown() if isinstance(action, Post) else Accepted(""))
    assert posts == MOST_LOST
    assert script.reply.intent.over


def test_an_old_edit_that_arrives_while_the_final_is_in_flight() -> None:
    """It may have been applied after the final, whose answer came last: the final is affirmed."""
    script = Script(GROUP, stop_buttons=True)
    script.say("Hello")
    script.shown()
    script.say(" world, how are you doing")
    preview = script.act()
    script.settle(LATE)
    script.say(" today?", Finished())
    final = script.act()
    script.reply.settle_late(
        preview, Accepted("Hello world, how are you doing", "m100"), script.now
    )
    script.settle(Accepted("Hello world, how are you doing today?", "m100"))
    assert not script.reply.intent.done
    assert script.shown() == final
    assert script.reply.intent.over


def test_a_transport_that_always_raises_ends_the_reply() -> None:
    """Three times in a row, whatever was asked for: there is nobody to deliver to."""
    script = Script(PRIVATE)
    script.say("Hello")
    for _ in range(3):
        script.act()
        script.settle(Unknown("RuntimeError", Cause.RAISED))
    assert script.reply.intent.done
    assert script.reply.shown.gave_up == Refused(Reason.BROKEN_TRANSPORT, "RuntimeError")


def test_a_transport_that_raises_now_and_then_does_not() -> None:
    """It counts only in a row."""
    script = Script(PRIVATE)
    for word in ("one ", "two, at some length, ", "three, at some length ", "and four, the last"):
        script.say(word)
        for _ in range(2):
            assert isinstance(script.act(), ShowDraft)
            script.settle(Unknown("RuntimeError", Cause.RAISED))
        script.shown()
    script.say(Finished())
    script.shown()
    assert script.reply.shown.is_whole


def test_a_text_that_never_makes_a_message_is_given_up_in_the_end() -> None:
    """Each time it is provably not there, for minutes: then it is told as doubtful."""
    script = Script(PRIVATE, known=known("m41"))
    script.say("The answer", Finished())
    posts = 0
    while (deadline := script.reply.intent.at) is not None:
        script.now = max(script.now, deadline)
        match script.reply.poll(script.now):
            case Post():
                posts += 1
                script.settle(Unknown())
            case Find():
                script.settle(GONE)
            case None:
                pass
            case other:
                pytest.fail(f"what is {other} for?")
    assert posts == 20
    assert script.now >= 300.0
    assert script.reply.intent.over
    assert script.reply.shown.doubtful == ("The answer",)


def test_blocks_that_never_make_a_message_are_shown_as_a_text() -> None:
    """Perhaps it is the form that the server does not take, and nobody hears of it."""
    config = StreamingConfig(rich="always")
    blocks = BlockLimits(500, 16, 20)
    script = Script(PRIVATE, known=known("m41"), config=config, dialect="markdown", blocks=blocks)
    script.say("The **answer**", Finished())
    for _ in range(3):
        assert isinstance(lost(script).form, Blocks)
        for _ in range(3):
            assert isinstance(script.act(), Find)
            script.settle(GONE)
    post = script.shown()
    assert isinstance(post, Post)
    assert isinstance(post.form, Spans)
    assert script.reply.shown.is_whole
