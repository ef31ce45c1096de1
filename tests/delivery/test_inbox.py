"""What waits to be told to a reply: in its order, as said when the first of it came."""

from __future__ import annotations

import pytest
from reply_script import GROUP, Script

from tickertape.delivery.actions import Edit, Post
from tickertape.delivery.marks import StopReason
from tickertape.events import Finished, SegmentEnded
from tickertape.pump.chat_writer import Inbox


def test_what_was_put_in_is_told_in_its_order() -> None:
    """Words, the end of a message, more words, a stop; what comes after the stop counts no more."""
    script, inbox = Script(GROUP), Inbox()
    for item in (
        "Let me ",
        "look.",
        SegmentEnded(),
        "It is",
        StopReason.USER,
        " four.",
        Finished(),
    ):
        inbox.put(item)
    assert inbox.tell(script.reply, 0.0)
    assert not inbox.tell(script.reply, 0.0)
    assert script.reply.shown.said == "Let me look.It is"
    assert script.shown() == Post(GROUP, "Let me look.")
    assert script.shown() == Post(GROUP, "It is\n\n⏹ Stopped.")
    assert script.reply.intent.done


def test_words_that_waited_count_from_when_the_first_of_them_came() -> None:
    """They have waited for their preview as long as if they had been told at once."""
    for since, wait in ((None, 1.0), (7.4, 0.4), (5.0, 0.0)):
        script, inbox = Script(GROUP), Inbox()
        script.say("Hello ")
        script.shown()
        inbox.since, script.now = since, 8.0
        inbox.put("you")
        assert inbox.tell(script.reply, 8.0)
        assert inbox.since is None
        assert script.act() == Edit(GROUP, "m100", "Hello you")
        assert script.now == pytest.approx(8.0 + wait)


def test_a_moment_that_was_left_behind_of_words_told_already_is_not_believed() -> None:
    """Another thread may leave one; time never goes back for the reply."""
    script, inbox = Script(GROUP), Inbox()
    script.say("Hello ")
    script.shown()
    inbox.put("one")
    inbox.tell(script.reply, 8.0)
    inbox.since = 2.0
    inbox.put(" two")
    inbox.tell(script.reply, 8.5)
    assert script.reply.poll(8.99) is None
    assert script.reply.poll(9.0) == Edit(GROUP, "m100", "Hello one two")


def test_only_words_that_cannot_change_anything_yet_may_wait() -> None:
    """They are heeded while few are unsent; not while a call is in flight, nor once many are."""
    script = Script(GROUP)
    heeded = [script.reply.intent.wants_deltas]
    script.say("Hello ")
    script.act()
    heeded.append(script.reply.intent.wants_deltas)
    script.accept(script.flying())
    heeded.append(script.reply.intent.wants_deltas)
    script.say("more than twenty characters of it")
    heeded.append(script.reply.intent.wants_deltas)
    assert heeded == [True, False, True, False]
