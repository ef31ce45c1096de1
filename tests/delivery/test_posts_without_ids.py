"""Posts that were accepted, and nobody knows which messages they made."""

from __future__ import annotations

import pytest
from reply_script import GROUP, PRIVATE, Script
from test_lost_posts import LATE, lost

from tickertape.delivery.actions import Accepted, Post, Probe, Reason, Refused
from tickertape.events import Finished


def test_a_post_accepted_without_a_number_is_shown() -> None:
    """A final that stands there is not posted again, and nobody is told of a doubt."""
    script = Script(PRIVATE)
    script.say("The answer", Finished())
    script.act()
    script.settle(Accepted("The answer"))
    assert script.reply.shown.is_whole
    assert not script.reply.shown.is_silent
    assert script.reply.shown.doubtful == ()


def test_no_previews_follow_a_post_without_a_number() -> None:
    """A message that cannot be edited stays as it is; the final is one more, and told of."""
    script = Script(GROUP)
    script.say("Hello")
    script.act()
    script.settle(Accepted("Hello"))
    script.say(" world, how are you doing today?")
    assert script.reply.poll(script.now + 1000.0) is None
    script.say(Finished())
    assert script.act() == Post(GROUP, "Hello world, how are you doing today?")
    script.settle(Accepted("Hello world, how are you doing today?"))
    assert script.reply.shown.is_whole
    assert script.reply.shown.doubtful == ("Hello",)


@pytest.mark.parametrize("moves", [False, True])
def test_a_preview_without_a_number_bars_no_second_final(*, moves: bool) -> None:
    """It stands there for certain: only posts that may, or may not, are counted."""
    script = Script(GROUP)
    script.say("Hello")
    script.act()
    script.settle(Accepted("Hello"))
    script.say(" world", Finished())
    if moves:
        script.act()
        script.settle(Refused(Reason.CHAT_MOVED, moved_to="moved"))
    to = script.reply.shown.address
    assert lost(script) == Post(to, "Hello world")
    assert script.shown() == Probe(to)
    assert script.shown() == Post(to, "Hello world")
    assert script.reply.shown.is_whole
    assert script.reply.shown.doubtful == ("Hello", "Hello world")


def test_an_answer_without_an_id_that_comes_late_is_an_answer() -> None:
    """It stands there, whichever message it is: it is not posted again, and nothing is told."""
    script = Script(GROUP)
    script.say("The answer", Finished())
    post = lost(script, LATE)
    script.reply.settle_late(post, Accepted("The answer"), script.now + 5.0)
    assert script.reply.intent.over
    assert script.reply.shown.is_whole
    assert script.reply.shown.doubtful == ()
