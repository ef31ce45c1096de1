"""One text that was posted twice: whose answer is whose, and which message stays."""

from __future__ import annotations

import pytest
from reply_script import GROUP, Script
from test_lost_posts import GONE, LATE, known, lost

from tickertape.delivery.actions import Accepted, Delete, Edit, Find, Post, Probe, Reason, Refused
from tickertape.events import Finished


def twice_late(script: Script) -> Post:
    """Post one text twice: nothing is there, then both calls are open."""
    post = lost(script, LATE)
    for _ in range(3):
        assert isinstance(script.act(), Find)
        script.settle(GONE)
    assert lost(script, LATE) == post
    return post


def test_the_answer_to_a_post_that_was_found_says_nothing_of_the_same_post_made_again() -> None:
    """Its message is still missing, and nobody takes it for that of another answer."""
    chat = known("m41")
    first, second = (Script(GROUP, known=chat) for _ in range(2))
    first.say("Again", Finished())
    post = twice_late(first)
    assert first.act() == Find(GROUP, "m42")
    first.settle(Accepted("", "m42"))
    assert first.shown() == Edit(GROUP, "m42", "Again")
    first.reply.settle_late(post, Accepted("Again", "m42"), first.now)
    second.say("Two", Finished())
    lost(second)
    assert isinstance(second.act(), Probe)
    first.reply.settle_late(post, Accepted("Again", "m43"), first.now)
    assert first.shown() == Delete(GROUP, "m43")


def test_a_post_whose_first_call_is_refused_late_is_not_made_a_third_time() -> None:
    """The second call is open, and its message may be on its way."""
    script = Script(GROUP, known=known("m41"))
    script.say("Again", Finished())
    post = twice_late(script)
    script.reply.settle_late(post, Refused(Reason.MALFORMED), script.now)
    assert isinstance(script.act(), Find)
    script.settle(GONE)
    script.reply.settle_late(post, Accepted("Again", "m43"), script.now)
    assert script.reply.intent.done
    assert script.reply.shown.doubtful == ()


def test_of_equal_posts_none_is_looked_for_when_both_are_given_up() -> None:
    """What is posted there later came after both."""
    chat, post = known("m41"), Post(GROUP, "Again")
    for since in (1.0, 2.0):
        chat.miss(post, since, "m41", is_late=True)
    for _ in range(2):
        chat.rest(post)
    for message_id in ("m44", "m45"):
        chat.posted(GROUP.chat, message_id, 1000.0)
    assert chat.missing_beyond("m44") == 0


@pytest.mark.parametrize("is_first", [True, False])
def test_a_message_that_becomes_known_beside_a_final_without_an_id_is_deleted(
    is_first: bool,
) -> None:
    """The final stands there for good: whether its answer comes before the other one, or after."""
    script = Script(GROUP)
    script.say("Hello")
    preview = lost(script, LATE)
    script.say(" world, how are you doing today?", Finished())
    assert script.shown() == Probe(GROUP)
    final = script.act()
    assert isinstance(final, Post)
    if not is_first:
        script.reply.settle_late(preview, Accepted("Hello", "m42"), script.now)
    script.settle(Accepted(final.text))
    if is_first:
        script.reply.settle_late(preview, Accepted("Hello", "m42"), script.now)
    assert script.shown() == Delete(GROUP, "m42")
    assert script.reply.intent.over
    assert script.reply.shown.is_whole
    assert script.reply.shown.doubtful == ()


def test_the_answers_to_equal_posts_are_told_apart_by_when_they_were_made() -> None:
    """A refusal of the second says nothing of the first, which may still come."""
    script = Script(GROUP, known=known("m41"))
    script.say("Again", Finished())
    post = twice_late(script)
    second_at = script.now - 0.08
    script.reply.settle_late(post, Refused(Reason.MALFORMED), script.now, since=second_at)
    assert script.reply.state.posts.open[0].since < second_at
    assert isinstance(script.act(), Post)


def test_of_equal_posts_the_one_is_let_be_that_is_looked_for() -> None:
    """The first of them never was."""
    chat, post = known("m41"), Post(GROUP, "One")
    chat.miss(post, 1.0)
    chat.miss(post, 2.0, "m41")
    chat.miss(post, 3.0, "m41")
    chat.rest(post)
    assert [one.is_sought for one in chat.missing_here(post, "m41")] == [False, False, True]
