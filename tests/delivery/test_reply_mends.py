"""What outcomes say of one text, one place or one call, and of no other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reply_script import GROUP, PRIVATE, Script

from tickertape.chat import Address, ChatKind
from tickertape.delivery.actions import (
    Accepted,
    Cause,
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
from tickertape.delivery.streaming import StreamingConfig
from tickertape.events import Finished, ReasoningDelta, Restarted, SegmentEnded, ToolStarted

OFF = StreamingConfig(transport="off")


def test_a_text_with_nothing_to_show_says_nothing_of_the_next_attempts() -> None:
    """The same message of the answer, said anew, is posted."""
    script = Script(GROUP, config=OFF)
    script.say("\u2800", SegmentEnded())
    script.act()
    script.settle(Refused(Reason.EMPTY))
    script.say(Restarted(), "The real answer.", Finished())
    assert script.shown() == Post(GROUP, "The real answer.")
    assert script.reply.shown.is_whole


def test_a_refusal_of_a_text_that_was_taken_back_meanwhile_is_no_refusal_of_the_next() -> None:
    """It was on its way when the agent began anew."""
    script = Script(GROUP, config=OFF)
    script.say("\u2800", SegmentEnded())
    script.act()
    script.say(Restarted(), "The real answer.", Finished())
    script.settle(Refused(Reason.EMPTY))
    assert script.shown() == Post(GROUP, "The real answer.")
    assert script.reply.shown.is_whole


def test_words_that_came_during_an_empty_preview_are_shown() -> None:
    """Only what the preview showed is known to be nothing to see."""
    script = Script(GROUP)
    script.say("Hm, well. ")
    script.act()
    script.say("And here are many more words than twenty characters.")
    script.settle(Refused(Reason.EMPTY))
    assert isinstance(script.act(), Post)


def test_the_sign_of_writing_ends_no_pause() -> None:
    """A final that may go again in 30 s waits for that, whatever else was heard meanwhile."""
    script = Script(GROUP, config=OFF, typing=5.0, limit=40)
    script.say("A first line, long enough.\nSecond-and-so-on, also long.")
    action = script.act()
    while isinstance(action, Probe):
        script.accept(action)
        action = script.act()
    begun = script.now
    script.settle(Throttled(30.0, by_flood_control=False))
    action = script.act()
    while isinstance(action, Probe):
        script.accept(action)
        action = script.act()
    assert isinstance(action, Post)
    assert script.now >= begun + 30.0


def test_an_answer_in_a_moved_chat_points_at_nothing() -> None:
    """Numbers of messages mean others there."""
    script = Script(GROUP, reply_to="m777")
    script.say("Hello", Finished())
    assert script.act() == Post(GROUP, "Hello", "m777")
    script.settle(Refused(Reason.CHAT_MOVED, moved_to="moved"))
    moved = Address("chat", "moved", ChatKind.GROUP, "t9")
    assert script.shown() == Post(moved, "Hello")


@pytest.mark.parametrize("words", ["The answer.", "The **answer**."])
def test_thinking_is_folded_below_plain_words_too(words: str) -> None:
    """An answer without looks of its own is no text that cannot have any."""
    script = Script(GROUP, dialect="markdown", config=StreamingConfig(reasoning="keep"))
    script.say(ReasoningDelta("t " * 40), words, Finished())
    action = script.shown()
    assert isinstance(action, Post | Edit)
    assert "> " not in action.text


def test_a_text_with_nothing_to_show_ends_the_answer() -> None:
    """There is nothing to post, and nothing is tried again."""
    script = Script(GROUP, config=OFF)
    script.say("\u2800", Finished())
    script.act()
    script.settle(Refused(Reason.EMPTY))
    assert script.reply.intent.done
    assert script.reply.shown.is_silent


def test_a_message_whose_text_came_to_nothing_says_so() -> None:
    """What it showed was taken back, and what was said instead the channel cannot show."""
    script = Script(GROUP)
    script.say("Hello ")
    script.shown()
    script.say(Restarted(), "\u2800", Finished())
    script.act()
    script.settle(Refused(Reason.EMPTY))
    assert script.shown() == Edit(GROUP, "m100", "\u2800\n\n∅ The answer is empty.")
    assert script.reply.intent.done


def test_thinking_below_a_text_that_is_too_long_goes_first() -> None:
    """The channel's limit is below what it tells: the answer stays whole in its message."""
    script = Script(GROUP, dialect="markdown", config=replace(OFF, reasoning="keep"))
    script.say(ReasoningDelta("t " * 40), "The answer.", Finished())
    action = script.act()
    assert isinstance(action, Post)
    assert "t t" in action.text
    script.settle(Refused(Reason.TOO_LONG))
    assert script.shown() == Post(GROUP, "The answer.")
    assert script.reply.intent.done


def test_a_draft_of_a_void_attempt_vanishes_although_blanks_were_said_since() -> None:
    """Nobody keeps it alive for words that cannot be seen; the next words are a draft again."""
    script = Script()
    script.say("Hello ")
    assert script.shown() == ShowDraft(PRIVATE, "d1", "Hello")
    script.say(Restarted(), "\n")
    for _ in range(3):
        script.now += 30.0
        assert script.reply.poll(script.now) is None
    script.say("Again ")
    assert script.shown() == ShowDraft(PRIVATE, "d1", "Again")
    assert script.reply.shown.drafts == ("d1",)


def test_an_answer_that_is_given_up_beforehand_costs_no_call() -> None:
    """It is known that its chat is dead: it is done, whatever is said."""
    script = Script(GROUP)
    script.reply.give_up(Refused(Reason.CHAT_DEAD))
    script.say("Hello", Finished())
    assert script.reply.intent.done
    assert not script.reply.shown.is_whole
    assert script.reply.poll(script.now) is None


def test_a_sign_of_life_that_is_not_heard_leaves_the_post_as_doubtful_as_it_was() -> None:
    """It is asked for again, and only after an answer is the text posted anew."""
    script = Script(GROUP, config=OFF)
    script.say("Hello", Finished())
    assert script.act() == Post(GROUP, "Hello")
    script.settle(Unknown("lost"))
    for _ in range(4):
        assert script.act() == Probe(GROUP)
        script.settle(Unknown("lost"))
    assert script.shown() == Probe(GROUP)
    assert script.shown() == Post(GROUP, "Hello")
    assert script.reply.shown.doubtful == ("Hello",)
    assert script.reply.shown.is_whole


def test_a_short_text_that_is_called_too_long_is_given_up_in_the_end() -> None:
    """Its length is not the reason, and cutting it would be no answer: it is tried three times."""
    script = Script(GROUP, config=OFF)
    script.say("Hello", Finished())
    for _ in range(3):
        assert script.act() == Post(GROUP, "Hello")
        script.settle(Refused(Reason.TOO_LONG))
    assert script.reply.shown.gave_up == Refused(Reason.TOO_LONG)


def test_what_leaves_no_second_trace_is_simply_done_again_when_it_was_not_heard_of() -> None:
    """Any frame of a draft, and the deletion of a message with nothing to say: none is doubtful."""
    draft = Script()
    for text in ("Hello", "Hello and more than twenty characters"):
        draft.say(text.removeprefix("Hello") or "Hello")
        assert draft.act() == ShowDraft(PRIVATE, "d1", text)
        draft.settle(Unknown("lost"))
        assert draft.shown() == ShowDraft(PRIVATE, "d1", text)
    script = Script(GROUP)
    script.say("Hello ")
    script.shown()
    script.say(Restarted(), Finished())
    assert script.act() == Delete(GROUP, "m100")
    script.settle(Unknown("lost"))
    assert script.shown() == Delete(GROUP, "m100")
    assert (draft.reply.shown.doubtful, script.reply.shown.doubtful) == ((), ())
    assert script.reply.intent.done


def test_the_first_words_beside_a_tool_that_runs_go_at_once() -> None:
    """The line that tells of the tool was told already, and stays below them."""
    script = Script(GROUP)
    script.say(ToolStarted("1", "clock"))
    assert script.shown() == Post(GROUP, "🔧 clock …")
    script.now = 30.0
    script.say("Hi there")
    assert script.shown() == Edit(GROUP, "m100", "Hi there\n\n🔧 clock …")
    assert script.now == pytest.approx(30.08)


def test_a_text_is_not_given_up_for_posts_of_one_that_was_taken_back() -> None:
    """Those were lost, both; nobody has tried this one."""
    script = Script(PRIVATE)
    script.say("One", SegmentEnded())
    for _ in range(2):
        while not isinstance(script.act(), Post):
            script.settle(Accepted(""))
        script.settle(Unknown())
    assert script.reply.poll(script.now + 100.0) is None
    script.say(Restarted(), "Two", Finished())
    assert script.act() == Post(PRIVATE, "Two")
    script.settle(Accepted("Two", "m42"))
    assert script.reply.shown.is_whole
    assert script.reply.shown.doubtful == ("One", "One")


def test_a_text_is_not_given_up_for_a_post_that_was_on_its_way_when_it_was_taken_back() -> None:
    """The second was lost after the restart, and had the text of before."""
    script = Script(GROUP)
    script.say("One")
    assert isinstance(script.act(), Post)
    script.settle(Unknown())
    script.say(SegmentEnded())
    while not isinstance(script.act(), Post):
        script.settle(Accepted(""))
    script.say(Restarted(), "Two", Finished())
    script.settle(Unknown())
    while not isinstance(action := script.act(), Post):
        script.settle(Accepted(""))
    assert action.text == "Two"
    script.accept(action)
    assert script.reply.shown.is_whole


def test_posts_without_an_id_bar_no_text_that_comes_after_them() -> None:
    """Each attempt's message stands there, and can neither be edited nor deleted."""
    script = Script(PRIVATE)
    for text in ("One", "Two"):
        script.say(text, SegmentEnded())
        assert script.act() == Post(PRIVATE, text)
        script.settle(Accepted(text))
        script.say(Restarted())
    script.say("Three")
    assert script.reply.poll(script.now + 100.0) is None
    script.say(Finished())
    assert script.shown() == Post(PRIVATE, "Three")
    assert script.reply.shown.is_whole
    assert script.reply.shown.doubtful == ("One", "Two")


def test_no_draft_hides_a_post_whose_answer_may_come() -> None:
    """Its text was taken back: the next attempt's goes into its message."""
    script = Script(PRIVATE)
    script.say("One", SegmentEnded())
    post = script.act()
    assert isinstance(post, Post)
    script.settle(Unknown("no answer in time", Cause.LATE))
    script.say(Restarted(), "Two and more")
    assert script.reply.poll(script.now + 10.0) is None
    script.say(Finished())
    assert script.reply.poll(script.now + 10.0) is None
    script.reply.settle_late(post, Accepted("One", "m42"), script.now)
    assert script.shown() == Edit(PRIVATE, "m42", "Two and more")
    assert script.reply.shown.is_whole
    assert script.reply.shown.doubtful == ()


@pytest.mark.parametrize("end", [(), (Finished(),)], ids=["preview", "final"])
def test_where_nothing_reaches_the_channel_pauses_grow_to_two_seconds(
    end: tuple[Finished, ...],
) -> None:
    """What never left costs nothing: its reader waits for the moment when the channel is back."""
    script = Script(GROUP)
    script.say("Hello ", *end)
    script.act()
    for pause in (0.25, 0.5, 1.0, 2.0, 2.0):
        script.settle(Throttled(0.25, by_flood_control=False))
        failed = script.now
        assert isinstance(script.act(), Post)
        assert script.now - failed == pytest.approx(pause)
