"""The stop button of messages that are written, and the sign of writing before the first words."""

from __future__ import annotations

import pytest
from reply_script import GROUP, PRIVATE, Script

from tickertape.chat import Address, ChatKind
from tickertape.delivery.actions import (
    Delete,
    Edit,
    Post,
    Probe,
    Reason,
    Refused,
    ShowDraft,
    Throttled,
    Unknown,
)
from tickertape.delivery.marks import StopReason
from tickertape.delivery.streaming import StreamingConfig
from tickertape.events import Finished, ReasoningDelta, Restarted, SegmentEnded, ToolStarted


def test_a_message_carries_the_stop_button_while_it_is_written() -> None:
    """The post and every edit have it, for an edit without takes it away; the final has not."""
    script = Script(GROUP, stop_buttons=True)
    script.say("Hello")
    assert script.shown() == Post(GROUP, "Hello", stop_button=True)
    script.say(" and more than twenty characters")
    long = "Hello and more than twenty characters"
    assert script.shown() == Edit(GROUP, "m100", long, stop_button=True)
    script.say("!", Finished())
    assert script.shown() == Edit(GROUP, "m100", f"{long}!")
    assert script.reply.intent.done


def test_the_button_goes_although_the_text_is_complete() -> None:
    """A preview that is the whole answer is not its final as long as it carries the button."""
    script = Script(GROUP, stop_buttons=True)
    script.say("Hello")
    script.shown()
    script.say(Finished())
    assert not script.reply.intent.done
    assert script.shown() == Edit(GROUP, "m100", "Hello")
    assert script.reply.shown.is_whole


def test_a_full_message_loses_the_button_to_the_next() -> None:
    """Only the message that grows can be stopped."""
    script = Script(GROUP, limit=40, stop_buttons=True)
    script.say("A first line, long enough.\n")
    assert script.shown() == Post(GROUP, "A first line, long enough.", stop_button=True)
    script.say("Second-and-so-on, also long.")
    assert script.shown() == Edit(GROUP, "m100", "A first line, long enough.")
    assert script.shown() == Post(GROUP, "Second-and-so-on, also long.", stop_button=True)


def test_a_message_whose_text_was_taken_back_is_still_one_of_the_answer() -> None:
    """It stands there with its button until the next attempt needs it: a press must find it."""
    script = Script(GROUP, limit=40, stop_buttons=True)
    script.say("A first line, long enough.\nSecond-and-so-on, also long.")
    assert script.shown() == Post(GROUP, "A first line, long enough.")
    assert script.shown() == Post(GROUP, "Second-and-so-on, also long.", stop_button=True)
    script.say(Restarted(), "Again")
    messages = script.reply.shown.messages
    assert messages == ("m100", "m101")
    script.say(Finished())
    assert script.shown() == Edit(GROUP, "m100", "Again")
    assert script.shown() == Delete(GROUP, "m101")
    assert list(script.reply.shown.messages) == ["m100"]


def test_an_answer_knows_where_it_goes_and_which_messages_are_there() -> None:
    """In a chat that has another id, the ids of what stayed behind mean other messages."""
    script = Script(GROUP, stop_buttons=True)
    script.say("Let me look.", SegmentEnded())
    assert script.shown() == Post(GROUP, "Let me look.")
    assert (script.reply.shown.address, script.reply.shown.messages) == (GROUP, ("m100",))
    script.say("It is four.")
    script.act()
    script.settle(Refused(Reason.CHAT_MOVED, moved_to="moved"))
    moved = Address("chat", "moved", ChatKind.GROUP, GROUP.thread)
    assert (script.reply.shown.address, script.reply.shown.messages) == (moved, ())
    assert script.shown() == Post(moved, "It is four.", stop_button=True)
    assert script.reply.shown.messages == ("m101",)


def test_an_answer_whose_topic_is_gone_keeps_its_messages() -> None:
    """They are numbered by the chat, which is the same."""
    script = Script(GROUP, stop_buttons=True)
    script.say("Hello")
    script.shown()
    script.say(" and more than twenty characters")
    script.act()
    script.settle(Refused(Reason.THREAD_GONE))
    assert script.reply.shown.address == Address("chat", GROUP.chat, ChatKind.GROUP)
    assert script.reply.shown.messages == ("m100",)


def test_an_unheard_edit_may_have_left_the_button() -> None:
    """Whether the button is there is not known: the final is sent to be sure."""
    script = Script(GROUP, stop_buttons=True)
    script.say("Hello")
    script.shown()
    script.say(Finished())
    script.act()
    script.settle(Unknown("lost"))
    assert not script.reply.intent.done
    assert script.shown() == Edit(GROUP, "m100", "Hello")
    assert script.reply.shown.is_whole


def test_the_button_can_be_left_out() -> None:
    """By the setting, and where a surface has no buttons; drafts have one of their own."""
    quiet = Script(GROUP, stop_buttons=True, config=StreamingConfig(stop_button=False))
    bare = Script(GROUP)
    for script in (quiet, bare):
        script.say("Hello")
        assert script.shown() == Post(GROUP, "Hello")
        script.say(Finished())
        assert script.reply.intent.done
    drafts = Script(PRIVATE, stop_buttons=True)
    drafts.say("Hello")
    assert drafts.shown() == ShowDraft(PRIVATE, "d1", "Hello")
    drafts.say(Finished())
    assert drafts.shown() == Post(PRIVATE, "Hello")
    assert drafts.reply.intent.done


def test_a_stop_commits_what_was_said_without_the_button() -> None:
    """Pressed in any moment: the partial text stands there, marked, and cannot be stopped again."""
    script = Script(GROUP, stop_buttons=True)
    script.say("Hello")
    script.shown()
    script.reply.stop(StopReason.USER, script.now)
    assert script.shown() == Edit(GROUP, "m100", "Hello\n\n⏹ Stopped.")
    assert list(script.reply.shown.messages) == ["m100"]
    assert script.reply.intent.done


def test_a_line_of_progress_can_be_stopped_and_leaves_nothing() -> None:
    """A message that only told of a tool carries the button, and goes where nothing was said."""
    script = Script(GROUP, stop_buttons=True)
    script.say(ToolStarted("1", "clock"))
    assert script.shown() == Post(GROUP, "🔧 clock …", stop_button=True)
    script.say(Finished())
    assert script.shown() == Delete(GROUP, "m100")
    assert script.reply.intent.done


def test_silence_before_the_words_shows_the_sign_of_writing() -> None:
    """After a moment of silence, again before it fades, and never once words are there."""
    script = Script(typing=5.0)
    assert script.act() == Probe(PRIVATE)
    assert script.now == pytest.approx(0.3)
    script.accept(script.flying())
    assert script.shown() == Probe(PRIVATE)
    assert script.now == pytest.approx(0.3 + 4.5 + 0.08)
    script.say("Hello")
    assert script.shown() == ShowDraft(PRIVATE, "d1", "Hello")
    assert script.reply.poll(script.now + 10.0) is None


def test_quick_words_need_no_sign() -> None:
    """A model that speaks at once costs no call for the sign."""
    script = Script(GROUP, typing=5.0)
    script.now = 0.1
    script.say("Hello ")
    assert script.shown() == Post(GROUP, "Hello")
    assert script.reply.poll(script.now + 20.0) is None


def test_a_line_of_progress_takes_the_place_of_the_sign() -> None:
    """Once something stands there that tells what goes on, the sign is not shown again."""
    script = Script(GROUP, typing=5.0)
    script.say(ReasoningDelta("hm"))
    assert script.shown() == Probe(GROUP)
    assert isinstance(script.shown(), Post)
    assert script.reply.poll(script.now + 20.0) is None


def test_without_previews_the_sign_lasts_until_the_answer() -> None:
    """Where the whole answer comes at once the reader waits longest."""
    script = Script(GROUP, typing=5.0, config=StreamingConfig(transport="off"))
    script.say("Hello")
    assert script.shown() == Probe(GROUP)
    assert script.shown() == Probe(GROUP)
    script.say(Finished())
    assert script.shown() == Post(GROUP, "Hello")
    assert script.reply.intent.done


def test_a_sign_that_fails_delays_nothing() -> None:
    """Whatever became of it, the first words go at once."""
    for outcome in (Unknown("lost"), Refused(Reason.MALFORMED), Throttled(9.0, False)):
        script = Script(GROUP, typing=5.0)
        assert script.act() == Probe(GROUP)
        script.settle(outcome)
        script.say("Hello ")
        now = script.now
        assert script.act() == Post(GROUP, "Hello")
        assert script.now == now
        assert script.reply.shown.doubtful == ()


def test_a_sign_in_a_dead_chat_ends_the_reply() -> None:
    """A chat that may not be written to costs one call, and nothing is said into it."""
    script = Script(GROUP, typing=5.0)
    script.act()
    script.settle(Refused(Reason.CHAT_DEAD))
    assert script.reply.intent.done
    script.say("Hello", Finished())
    assert script.reply.poll(script.now + 100.0) is None
