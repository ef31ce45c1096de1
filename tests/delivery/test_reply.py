"""Replies by table: scripts of events, outcomes and times in; actions out."""

from __future__ import annotations

import itertools
from typing import get_args

import pytest
from reply_script import GROUP, PRIVATE, Script, draft_ids, shown_text

from tickertape.chat import Address, ChatKind
from tickertape.delivery.actions import (
    Accepted,
    Append,
    Delete,
    Edit,
    Outcome,
    Post,
    Probe,
    Reason,
    Refused,
    Seal,
    ShowDraft,
    Throttled,
    Unknown,
)
from tickertape.delivery.lane import Lane
from tickertape.delivery.limits.budget import Budget
from tickertape.delivery.marks import StopReason, mark_of_end, mark_of_stop
from tickertape.delivery.reply.preview_clock import PULSE
from tickertape.delivery.reply.reply import Reply
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.surface import Cadence, Surface, Window
from tickertape.delivery.ways import AppendWay, ExtendWay, Way
from tickertape.errors import FailureKind, ProviderError
from tickertape.events import (
    Failed,
    Finished,
    FinishReason,
    ReasoningDelta,
    Restarted,
    SegmentEnded,
    TextDelta,
    ToolFinished,
    ToolStarted,
)
from tickertape.markup.rulers import UTF16


def test_a_private_chat_sees_drafts_that_become_one_message() -> None:
    """First words at once as a draft, then a fuller draft, then one post in the same topic."""
    script = Script(Address("chat", "ada", ChatKind.PRIVATE, thread="t3"), reply_to="m77")
    script.say("Hello")
    assert script.act() == ShowDraft(Address("chat", "ada", ChatKind.PRIVATE, "t3"), "d1", "Hello")
    script.accept(script.flying())
    script.say(", this is a longer text.")
    assert script.shown() == ShowDraft(
        Address("chat", "ada", ChatKind.PRIVATE, "t3"), "d1", "Hello, this is a longer text."
    )
    script.say(Finished())
    assert script.shown() == Post(
        Address("chat", "ada", ChatKind.PRIVATE, "t3"), "Hello, this is a longer text.", "m77"
    )
    assert script.reply.intent.done
    assert script.reply.shown.is_whole


def test_a_group_sees_one_message_that_is_edited() -> None:
    """First words are posted, everything after is an edit of that message."""
    script = Script(GROUP)
    script.say("Hello")
    assert script.shown() == Post(GROUP, "Hello")
    script.say(" and more than twenty characters")
    assert script.shown() == Edit(GROUP, "m100", "Hello and more than twenty characters")
    script.say("!", Finished())
    assert script.shown() == Edit(GROUP, "m100", "Hello and more than twenty characters!")
    assert script.reply.intent.done


def test_a_final_that_is_on_screen_already_costs_no_call() -> None:
    """When the last preview is the whole answer, the end is recognised, not sent again."""
    script = Script(GROUP)
    script.say("Hello")
    script.shown()
    script.say(Finished())
    assert script.reply.intent.done
    assert script.reply.shown.is_whole


def test_the_cursor_is_taken_away_by_the_final() -> None:
    """With a cursor, previews end with it and the final does not."""
    script = Script(GROUP, config=StreamingConfig(cursor=" ▉"))
    script.say("Hello")
    assert shown_text(script) == "Hello ▉"
    script.say(Finished())
    assert script.shown() == Edit(GROUP, "m100", "Hello")
    assert script.reply.intent.done


@pytest.mark.parametrize(
    "config", [StreamingConfig(enabled=False), StreamingConfig(transport="off")]
)
def test_without_streaming_the_answer_comes_at_once_and_once(config: StreamingConfig) -> None:
    """`enabled: false` and `transport: off` post the whole answer, and nothing before."""
    script = Script(config=config)
    script.say("Hello", " world, ", "this is all")
    assert script.reply.poll(50.0) is None
    assert script.reply.intent.at is None
    script.say(Finished())
    assert script.shown() == Post(PRIVATE, "Hello world, this is all")
    assert script.reply.intent.done


def test_previews_keep_their_distance_and_wait_for_enough_text() -> None:
    """Not closer than `edit_interval`; few characters wait for `PATIENCE`."""
    script = Script()
    script.say("Hello,")
    script.shown()
    script.say(" this is a good deal more text")
    script.act()
    assert script.now == pytest.approx(0.3)
    script.accept(script.flying())
    script.now = 5.0
    script.say(" few")
    script.act()
    assert script.now == pytest.approx(6.0)


@pytest.mark.parametrize(
    ("said", "at"),
    [("A ship", 0.0), ("## A", 0.25), ("A", 0.25), ("## ", 1.0), ("你好", 0.25), ("👍", 1.0)],
)
def test_the_first_word_goes_at_once_and_a_piece_of_one_soon(said: str, at: float) -> None:
    """A whole word at once, a beginning after a quarter of a second, signs alone after a second."""
    script = Script()
    script.say(said)
    script.act()
    assert script.now == pytest.approx(at)


def test_blanks_are_held_back() -> None:
    """Text with nothing to show is neither previewed nor posted."""
    script = Script(GROUP)
    script.say("  \n", "\n\t" * 30)
    assert script.reply.poll(0.0) is None
    assert script.reply.poll(30.0) is None
    script.say(Finished())
    assert script.reply.intent.done
    assert script.reply.poll(31.0) is None


@pytest.mark.parametrize("outcome", [Throttled(7.0), Unknown(), Refused(Reason.MALFORMED)])
def test_nothing_shown_means_unsent(outcome: Outcome) -> None:
    """After any failure the same text is due again, later: nothing counts as sent."""
    script = Script()
    script.say("Hello")
    script.act()
    script.settle(outcome)
    at = script.now
    assert script.shown() == ShowDraft(PRIVATE, "d1", "Hello")
    assert script.now > at + (6.9 if isinstance(outcome, Throttled) else 0.4)


def test_a_channel_that_was_not_reached_teaches_nothing_about_its_limits() -> None:
    """A refused connection is tried again after the pause, and the pace stays as it was."""
    script = Script(cadence=Cadence(drafts=(Window(10, 10.0),)))
    script.say("Hello")
    for _ in range(5):
        script.act()
        script.settle(Throttled(1.0, by_flood_control=False))
    assert script.now == pytest.approx(7.4, abs=1.0)  # 1 + 2 + 2 + 2 s, and five round trips
    script.shown()
    before = script.now
    script.say(" world, how are you doing?")
    script.act()
    assert script.now - before <= 3.0


def test_being_throttled_never_changes_the_transport() -> None:
    """Twenty refusals in a row delay drafts, and drafts they remain."""
    script = Script()
    script.say("Hello")
    for _ in range(20):
        assert isinstance(script.act(), ShowDraft)
        script.settle(Throttled(40.0))
    assert isinstance(script.shown(), ShowDraft)


def test_a_throttled_final_waits_as_long_as_asked_and_lands() -> None:
    """However long the wait is, nothing is sent within it, and the answer comes after it."""
    script = Script(GROUP)
    script.say("Hello", Finished())
    script.act()
    script.settle(Throttled(13_938.0))
    asked = script.now
    assert script.reply.poll(asked + 13_937.9) is None
    assert script.shown() == Post(GROUP, "Hello")
    assert script.now >= asked + 13_938.0
    assert script.reply.shown.is_whole


def test_falling_from_drafts_to_edits_in_mid_stream_loses_and_doubles_nothing() -> None:
    """A draft refused after others were shown is followed by one post of the whole text."""
    script = Script()
    script.say("Hello")
    script.shown()
    script.say(" world, how are you doing?")
    assert isinstance(script.act(), ShowDraft)
    script.settle(Refused(Reason.DRAFT_UNAVAILABLE))
    assert script.shown() == Post(PRIVATE, "Hello world, how are you doing?")
    script.say(" Fine, I hope, as ever.", Finished())
    assert isinstance(script.shown(), Edit)
    assert script.reply.intent.done


def test_three_refused_drafts_in_a_row_lead_to_edits() -> None:
    """Drafts that are refused for no reason we know are given up after the third."""
    script = Script()
    script.say("Hello")
    for _ in range(3):
        assert isinstance(script.act(), ShowDraft)
        script.settle(Refused(Reason.MALFORMED))
    assert script.shown() == Post(PRIVATE, "Hello")


def test_silence_is_no_reason_to_leave_drafts() -> None:
    """However many drafts are not heard of: nothing is posted before the text is complete."""
    script = Script()
    script.say("Hello")
    for _ in range(20):
        assert isinstance(script.act(), ShowDraft)
        script.settle(Unknown())
    script.say(" world, how are you doing?", Finished())
    assert script.shown() == Post(PRIVATE, "Hello world, how are you doing?")
    assert script.reply.intent.done


def test_a_call_that_never_left_counts_against_no_limit() -> None:
    """After a minute of refused connections the whole budget is there."""
    script = Script(GROUP, cadence=Cadence(messages=(Window(2, 60.0),)))
    script.say("Hello", Finished())
    for _ in range(30):
        script.act()
        script.settle(Throttled(1.0, by_flood_control=False))
    before = script.now
    script.shown()
    assert script.now - before <= 2.1  # the pause after a connection that was refused
    assert script.reply.shown.is_whole


def test_three_refused_previews_in_a_row_leave_only_the_final() -> None:
    """Edits that are refused stop; the final is still delivered."""
    script = Script(GROUP)
    script.say("Hello")
    script.shown()
    script.say(" world, how are you doing?")
    for _ in range(3):
        assert isinstance(script.act(), Edit)
        script.settle(Refused(Reason.MALFORMED))
    assert script.reply.poll(1000.0) is None
    script.say(Finished())
    assert script.shown() == Edit(GROUP, "m100", "Hello world, how are you doing?")


def test_a_final_refused_again_and_again_is_posted_anew_and_then_given_up() -> None:
    """Three refused edits lead to a post, which is listed as doubtful; three more end it."""
    script = Script(GROUP)
    script.say("Hello")
    script.shown()
    script.say(" world", Finished())
    for _ in range(3):
        assert isinstance(script.act(), Edit)
        script.settle(Refused(Reason.MALFORMED, "why not"))
    assert script.reply.shown.doubtful == ("Hello",)
    for _ in range(3):
        assert isinstance(script.act(), Post)
        script.settle(Refused(Reason.MALFORMED, "why not"))
    assert script.reply.intent.done
    assert not script.reply.shown.is_whole
    assert script.reply.shown.gave_up == Refused(Reason.MALFORMED, "why not")


def test_a_final_shown_wrongly_is_not_taken_for_delivered() -> None:
    """A channel that cuts texts short and reports success is not believed."""
    script = Script(GROUP)
    script.say("Hello world", Finished())
    script.act()
    script.settle(Accepted("Hello", "m100"))
    assert not script.reply.intent.done
    assert script.shown() == Edit(GROUP, "m100", "Hello world")
    assert script.reply.shown.is_whole


def test_an_unheard_final_edit_is_made_again_for_ever() -> None:
    """Edits are idempotent: they are repeated with growing pauses until one is heard."""
    script = Script(GROUP)
    script.say("Hello")
    script.shown()
    script.say(" world", Finished())
    for _ in range(2000):
        assert isinstance(script.act(), Edit)
        script.settle(Unknown())
    assert script.now < 2000 * 31
    script.shown()
    assert script.reply.shown.is_whole
    assert script.reply.shown.doubtful == ()


def test_an_unheard_edit_leaves_nothing_for_certain() -> None:
    """A final is sent although it equals the text that was acknowledged before the lost edit.

    The lost edit may have been applied: then words that moved on to the next message would stand
    in both.
    """
    script = Script(GROUP, limit=40)
    script.say("A first line, long enough.\n")
    script.shown()
    script.say("Second")
    assert script.act() == Edit(GROUP, "m100", "A first line, long enough.\nSecond")
    script.settle(Unknown())
    script.say("-and-so-on", Finished())
    assert script.shown() == Edit(GROUP, "m100", "A first line, long enough.")
    assert script.shown() == Post(GROUP, "Second-and-so-on")
    assert script.reply.intent.done


def test_an_unheard_post_is_repeated_once_the_channel_is_heard() -> None:
    """A possible second copy is never silent."""
    script = Script(GROUP)
    script.say("Hello", Finished())
    script.act()
    script.settle(Unknown())
    assert script.shown() == Probe(GROUP)
    assert script.shown() == Post(GROUP, "Hello")
    assert script.now >= 10.0  # the last try waits until a server may have restarted
    assert script.reply.shown.doubtful == ("Hello",)
    assert script.reply.shown.is_whole


def test_while_nothing_can_be_heard_nothing_is_doubled() -> None:
    """An hour of lost answers costs probes, and not one more copy."""
    script = Script(GROUP)
    script.say("The whole answer", Finished())
    script.act()
    script.settle(Unknown())
    for _ in range(100):
        assert script.act() == Probe(GROUP)
        script.settle(Unknown())
    script.shown()
    assert script.shown() == Post(GROUP, "The whole answer")
    assert script.reply.shown.doubtful == ("The whole answer",)
    assert script.reply.shown.is_whole


def test_a_probe_that_is_refused_was_heard() -> None:
    """Any answer proves that the channel can be heard; a dead chat ends the reply all the same."""
    for reason, following in ((Reason.MALFORMED, Post(GROUP, "Hello")), (Reason.CHAT_DEAD, None)):
        script = Script(GROUP)
        script.say("Hello", Finished())
        script.act()
        script.settle(Unknown())
        script.act()
        script.settle(Refused(reason))
        if following is None:
            assert script.reply.intent.done
        else:
            assert script.act() == following


@pytest.mark.parametrize("way", [None, AppendWay(300.0, 4000), ExtendWay(300.0, 4000)])
def test_a_removed_message_is_posted_anew_once(way: Way | None) -> None:
    """The reader deleted the preview: the text comes back once, and then only as the final."""
    script = Script(GROUP, way=way)
    script.say("Hello ")
    script.shown()
    script.say("world, how are you doing?")
    script.act()
    script.settle(Refused(Reason.MESSAGE_GONE))
    assert shown_text(script) == "Hello world, how are you doing?"
    script.say(" And what do you do there, by the way?")
    script.act()
    script.settle(Refused(Reason.MESSAGE_GONE))
    assert script.reply.poll(script.now + 100.0) is None
    script.say(Finished())
    assert isinstance(script.shown(), Post)
    assert script.reply.intent.done


@pytest.mark.parametrize("way", [AppendWay(300.0, 4000), ExtendWay(300.0, 4000)])
def test_a_message_to_which_nothing_can_be_added_is_edited_while_it_grows(way: Way) -> None:
    """After three refusals in a row it is sealed as it stands; previews go on as edits."""
    script = Script(GROUP, way=way)
    script.say("Hello ")
    script.shown()
    script.say("world, how are you doing? ")
    for _ in range(3):
        assert isinstance(script.act(), Append)
        script.settle(Refused(Reason.MALFORMED))
    assert script.shown() == Seal(GROUP, "m100", "Hello", 5)
    script.say("And what do you do there? ")
    text = "Hello world, how are you doing? And what do you do there?"
    assert script.shown() == Edit(GROUP, "m100", text)


@pytest.mark.parametrize(("limit", "text"), [(10, "ten chars"), (11, "ten chars ▉")])
def test_a_cursor_that_does_not_fit_is_left_away(limit: int, text: str) -> None:
    """What was said goes before what only tells that more will be."""
    script = Script(GROUP, limit=limit, config=StreamingConfig(cursor=" ▉"))
    script.say("ten chars ")
    assert shown_text(script) == text


def test_a_message_that_cannot_be_edited_is_followed_by_another() -> None:
    """What stands frozen is listed: its beginning is on screen twice."""
    script = Script(GROUP)
    script.say("Hello")
    script.shown()
    script.say(" world", Finished())
    script.act()
    script.settle(Refused(Reason.NOT_EDITABLE))
    assert script.shown() == Post(GROUP, "Hello world")
    assert script.reply.shown.doubtful == ("Hello",)


def test_a_lost_topic_is_left() -> None:
    """The topic is gone: the reply goes on in the chat, without it."""
    script = Script(GROUP)
    script.say("Hello")
    script.act()
    script.settle(Refused(Reason.THREAD_GONE))
    assert script.shown() == Post(Address("chat", "crew", ChatKind.GROUP), "Hello")
    script.say(" w", Finished())
    script.act()
    script.settle(Refused(Reason.THREAD_GONE))
    assert script.reply.shown.gave_up == Refused(Reason.THREAD_GONE)


def test_a_chat_that_moved_is_followed() -> None:
    """A group that became a supergroup gets the reply under its other number."""
    script = Script(GROUP)
    script.say("Hello")
    script.act()
    script.settle(Refused(Reason.CHAT_MOVED, moved_to="moved"))
    assert script.shown() == Post(Address("chat", "moved", ChatKind.GROUP, "t9"), "Hello")


@pytest.mark.parametrize("reason", [Reason.CHAT_DEAD, Reason.UNAUTHORIZED, Reason.CHAT_MOVED])
def test_a_dead_chat_costs_no_further_call(reason: Reason) -> None:
    """Blocked, kicked, unknown, moved nowhere: the reply is over at once."""
    script = Script(GROUP)
    script.say("Hello")
    script.act()
    script.settle(Refused(reason))
    script.say(" world", Finished())
    assert script.reply.intent.done
    assert not script.reply.shown.is_whole
    assert script.reply.poll(1000.0) is None


def test_a_text_that_is_too_long_after_all_is_cut_again() -> None:
    """The channel's limit is lower than the surface said: halves, in order, nothing lost."""
    script = Script(GROUP, limit=100)
    script.say("word " * 18, Finished())
    texts = []
    while not script.reply.intent.done:
        action = script.act()
        assert isinstance(action, Post)
        if len(action.text) > 30:
            script.settle(Refused(Reason.TOO_LONG))
        else:
            script.accept(action)
            texts.append(action.text)
    assert " ".join(texts) == ("word " * 18).strip()


def test_a_preview_that_is_too_long_goes_on_in_pieces() -> None:
    """After a cut the rest is previewed without waiting for more text."""
    script = Script(GROUP, limit=100)
    script.say("word " * 18)
    script.act()
    script.settle(Refused(Reason.TOO_LONG))
    assert isinstance(script.shown(), Post)
    assert isinstance(script.shown(), Post)


def test_too_long_says_nothing_about_a_text_that_was_voided_meanwhile() -> None:
    """The refusal of a text that does not count any more does not end the reply."""
    script = Script(GROUP)
    script.say("Hello")
    script.act()
    script.say(Restarted())
    script.settle(Refused(Reason.TOO_LONG))
    script.say("Right", Finished())
    assert script.shown() == Post(GROUP, "Right")


def test_beyond_the_limit_the_reply_goes_on_in_the_next_message() -> None:
    """The first message is completed, the next one streams; each within the limit."""
    script = Script(limit=50)
    script.say("A first line that is long enough.\n")
    script.shown()
    script.say("And a second line that is too long.")
    first = script.shown()
    assert first == Post(PRIVATE, "A first line that is long enough.")
    second = script.shown()
    assert second == ShowDraft(PRIVATE, "d2", "And a second line that is too long.")
    script.say(Finished())
    assert script.shown() == Post(PRIVATE, "And a second line that is too long.")
    assert script.reply.intent.done


def test_a_tool_call_ends_a_segment() -> None:
    """What was said before a tool ran is a message of its own."""
    script = Script()
    script.say("Let me look.", ToolStarted("1", "clock"))
    assert script.shown() == Post(PRIVATE, "Let me look.")
    script.say("It is noon.", Finished())
    assert script.shown() == Post(PRIVATE, "It is noon.")
    assert script.reply.intent.done


def test_a_restart_replaces_the_preview() -> None:
    """The second attempt's text takes the place of the first's, in the same message."""
    script = Script(GROUP)
    script.say("Wrong")
    script.shown()
    script.say(Restarted(), "Right")
    assert script.shown() == Edit(GROUP, "m100", "Right")
    script.say(Finished())
    assert script.reply.intent.done
    assert script.reply.shown.said == "Right"


def test_a_restart_with_nothing_after_it_does_not_leave_a_void_text() -> None:
    """The message of a text that does not count any more is deleted."""
    script = Script(GROUP)
    script.say("Wrong")
    script.shown()
    script.say(Restarted(), Finished())
    assert script.shown() == Delete(GROUP, "m100")
    assert script.reply.intent.done
    assert script.reply.shown.is_silent


@pytest.mark.parametrize("reason", [Reason.NOT_EDITABLE, Reason.MALFORMED])
def test_a_message_that_cannot_be_deleted_says_that_it_is_empty(reason: Reason) -> None:
    """When the channel insists on keeping a void message, it is marked, and never posted anew."""
    script = Script(GROUP)
    script.say("Wrong")
    script.shown()
    script.say(Restarted(), Finished())
    while isinstance(script.act(), Delete):
        script.settle(Refused(reason))
    assert isinstance(edit := script.flying(), Edit)
    assert edit.text.startswith("∅")
    script.settle(Refused(Reason.NOT_EDITABLE))
    assert script.reply.intent.done
    assert script.reply.shown.doubtful == ("Wrong",)


@pytest.mark.parametrize("outcome", [Refused(Reason.MESSAGE_GONE), Unknown()])
def test_deleting_is_repeated_until_the_message_is_gone(outcome: Outcome) -> None:
    """A lost answer is no harm: the second attempt finds the message gone."""
    script = Script(GROUP)
    script.say("Wrong")
    script.shown()
    script.say(Restarted(), Finished())
    assert isinstance(script.act(), Delete)
    script.settle(outcome)
    if isinstance(outcome, Unknown):
        assert isinstance(script.act(), Delete)
        script.settle(Refused(Reason.MESSAGE_GONE))
    assert script.reply.shown.is_whole


def test_a_restart_reuses_the_pages_of_the_void_attempt_in_their_order() -> None:
    """The new text goes into the messages of the old one; the one too many goes at the end."""
    script = Script(GROUP, limit=20)
    script.say("one one one one one two two two two two three")
    pages = [script.shown() for _ in range(3)]
    assert [type(page) for page in pages] == [Post, Post, Post]
    script.say(Restarted(), "uno uno uno uno uno due due", Finished())
    assert script.shown() == Edit(GROUP, "m100", "uno uno uno uno uno")
    assert script.shown() == Edit(GROUP, "m101", "due due")
    assert script.shown() == Delete(GROUP, "m102")
    assert script.reply.shown.is_whole
    assert script.reply.shown.said == "uno uno uno uno uno due due"


def test_a_restart_takes_nothing_back_from_before_a_tool() -> None:
    """What was said before a tool ran stays, whatever becomes of the step after it."""
    script = Script(GROUP, limit=20)
    script.say("one one one one one two two", ToolStarted("1", "clock"))
    script.shown()
    script.shown()
    script.say("three", Restarted(), "four", Finished())
    assert script.reply.shown.said == "one one one one one two twofour"
    assert script.shown() == Post(GROUP, "four")
    assert script.reply.intent.done


def test_a_void_page_in_a_private_chat_is_edited_not_drafted() -> None:
    """A page that was posted keeps its message: the next attempt is previewed in it."""
    script = Script(limit=20)
    script.say("one one one one one two")
    assert isinstance(script.shown(), Post)
    script.shown()
    script.say(Restarted(), "uno uno ")
    assert script.shown() == Edit(PRIVATE, "m100", "uno uno")
    script.say("uno", Finished())
    assert script.shown() == Edit(PRIVATE, "m100", "uno uno uno")
    assert script.reply.intent.done


def test_a_blank_before_a_tool_is_not_taken_back() -> None:
    """Blanks that no message could show before a tool are still part of what was said."""
    script = Script(GROUP)
    script.say(" \n", ToolStarted("1", "clock"), "three", Restarted(), "four", Finished())
    assert script.reply.shown.said == " \nfour"
    assert script.shown() == Post(GROUP, "four")


def test_pages_left_over_before_a_tool_are_used_after_it_or_deleted() -> None:
    """A shorter second attempt that calls a tool does not leave pages of the first one."""
    script = Script(GROUP, limit=20)
    script.say("one one one one one two two two two two three")
    for _ in range(3):
        script.shown()
    script.say(Restarted(), "uno", ToolStarted("1", "clock"), ToolFinished("1", "clock", ok=True))
    assert script.shown() == Edit(GROUP, "m100", "uno")
    assert script.shown() == Delete(GROUP, "m102")
    script.say("due", Finished())
    assert script.shown() == Edit(GROUP, "m101", "due")
    assert script.reply.intent.done


def test_a_post_in_flight_while_its_page_becomes_void_is_not_forgotten() -> None:
    """Its message is known once it is acknowledged, and is deleted when nothing goes into it."""
    script = Script(GROUP, limit=20)
    script.say("one one one one one two two")
    script.shown()
    flying = script.act()
    assert flying == Post(GROUP, "two two")
    script.say(Restarted(), "uno", Finished())
    script.accept(flying)
    assert script.shown() == Edit(GROUP, "m100", "uno")
    assert script.shown() == Delete(GROUP, "m101")
    assert script.reply.intent.done


def test_a_comment_of_the_model_is_a_message_of_its_own() -> None:
    """`SegmentEnded` ends a message; the answer begins the next one."""
    script = Script(GROUP)
    script.say("Let me look.", SegmentEnded(), "It is four.", Finished())
    assert script.shown() == Post(GROUP, "Let me look.")
    assert script.shown() == Post(GROUP, "It is four.")
    assert script.reply.intent.done


def test_thinking_is_told_in_a_line_that_the_answer_replaces() -> None:
    """A draft tells of thinking after half a second; the first words go at once, in its place."""
    script = Script()
    script.say(ReasoningDelta("hm, "))
    first = script.shown()
    assert first == ShowDraft(PRIVATE, "d1", "💭 Thinking …")
    assert script.now == pytest.approx(0.58)
    script.say(ReasoningDelta("well "))
    assert script.reply.poll(script.now) is None
    script.say("Four, of course.")
    assert script.reply.poll(script.now) == ShowDraft(PRIVATE, "d1", "Four, of course.")


def test_in_a_group_the_line_becomes_the_answers_message() -> None:
    """The line is posted once and edited into the answer: no message of its own is left."""
    script = Script(GROUP)
    script.say(ReasoningDelta("hm, "))
    assert script.shown() == Post(GROUP, "💭 Thinking …")
    script.say("Four.", Finished())
    assert script.shown() == Edit(GROUP, "m100", "Four.")
    assert script.reply.intent.done


def test_a_line_that_no_words_follow_is_taken_away() -> None:
    """Thinking that leads to nothing leaves no message."""
    script = Script(GROUP)
    script.say(ReasoningDelta("hm, "))
    script.shown()
    script.say(Finished())
    assert script.shown() == Delete(GROUP, "m100")
    assert script.reply.intent.done
    assert script.reply.shown.is_silent


def test_thinking_can_be_hidden() -> None:
    """With `hide` nothing is shown before the first words."""
    script = Script(config=StreamingConfig(reasoning="hide"))
    script.say(ReasoningDelta("hm, "))
    assert script.reply.poll(5.0) is None
    assert script.reply.intent.at is None


def test_thinking_can_be_shown() -> None:
    """With `show` the newest words of the thinking are told, and none of them in the final."""
    script = Script(config=StreamingConfig(reasoning="show"))
    script.say(ReasoningDelta("word " * 300))
    text = shown_text(script)
    assert text.startswith("💭 … word")
    assert len(text) < 620
    script.say(ReasoningDelta("at last"))
    assert shown_text(script).endswith("at last")
    script.say("Four.", Finished())
    assert script.shown() == Post(PRIVATE, "Four.")


def test_tools_are_told_while_they_run_and_until_words_come() -> None:
    """The line names the tools that run, marks those that ended, and goes with the next words."""
    script = Script()
    script.say("Let me look.", ToolStarted("1", "clock"), ToolStarted("2", "calendar"))
    assert script.shown() == Post(PRIVATE, "Let me look.")
    assert shown_text(script) == "🔧 clock …, calendar …"
    script.say(ToolFinished("1", "clock", ok=True))
    assert shown_text(script) == "🔧 clock ✓, calendar …"
    script.say(ToolFinished("2", "calendar", ok=False))
    assert shown_text(script) == "🔧 clock ✓, calendar ✗"
    script.say("It is four.", Finished())
    assert script.shown() == Post(PRIVATE, "It is four.")
    assert script.reply.intent.done


def test_thinking_does_not_hide_a_tool_that_runs() -> None:
    """The line goes on naming the tool, and tells of thinking once none runs."""
    script = Script()
    script.say(ToolStarted("1", "clock"), ReasoningDelta("hm, "))
    assert shown_text(script) == "🔧 clock …"
    script.say(ToolFinished("1", "clock", ok=True), ReasoningDelta("well "))
    assert shown_text(script) == "💭 Thinking …"


def test_a_tool_that_is_quick_is_not_told() -> None:
    """What is over within half a second costs no call."""
    script = Script(GROUP)
    script.say(ToolStarted("1", "clock"), ToolFinished("1", "clock", ok=True))
    script.now = 0.4
    assert script.reply.poll(script.now) is None
    script.say("It is four.", Finished())
    assert script.shown() == Post(GROUP, "It is four.")
    assert script.reply.intent.done


def test_the_line_keeps_a_draft_alive_through_a_long_tool() -> None:
    """A silent tool never leaves a blank screen: the line is shown again before it vanishes."""
    script = Script()
    script.say(ToolStarted("1", "clock"))
    script.shown()
    again = shown_text(script)
    assert again.startswith("🔧 clock …")
    assert script.now < 30


def test_a_line_that_was_not_heard_is_told_again() -> None:
    """A lost or throttled line of progress is not taken for shown."""
    for outcome in (Unknown(), Throttled(2.0), Throttled(1.0, by_flood_control=False)):
        script = Script()
        script.say(ReasoningDelta("hm"))
        script.act()
        script.settle(outcome)
        assert shown_text(script) == "💭 Thinking …"


def test_a_draft_is_kept_alive_by_frames_that_differ() -> None:
    """During a long silence the draft is shown again before it would vanish, each time changed."""
    script = Script()
    script.say("Let me think")
    script.shown()
    texts = []
    for _ in range(4):
        before = script.now
        texts.append(shown_text(script))
        assert 20.0 < script.now - before < 25.0
    assert texts == ["Let me think" + PULSE, "Let me think"] * 2


def test_a_draft_lives_on_while_its_final_must_wait() -> None:
    """A long wait before the post does not leave the reader with a blank screen."""
    script = Script()
    script.say("Hello")
    script.shown()
    script.say(Finished())
    script.act()
    script.settle(Throttled(60.0))
    assert isinstance(script.shown(), ShowDraft)
    assert isinstance(script.shown(), ShowDraft)
    assert script.shown() == Post(PRIVATE, "Hello")


@pytest.mark.parametrize("reason", [one for one in StopReason if mark_of_stop(one)])
def test_a_stop_commits_what_was_said_and_marks_it(reason: StopReason) -> None:
    """Whoever stops: the text is posted whole, with a mark below."""
    script = Script()
    script.say("Hello, this is what")
    script.shown()
    script.reply.stop(reason, script.now)
    script.say(" nobody hears")
    text = shown_text(script)
    assert text.startswith("Hello, this is what\n\n")
    assert script.reply.intent.done
    assert script.reply.shown.said == "Hello, this is what"


def test_a_stop_before_the_first_word_says_so() -> None:
    """Who presses stop at once gets an answer to that."""
    script = Script()
    script.reply.stop(StopReason.USER, 0.0)
    assert script.shown() == Post(PRIVATE, "⏹ Stopped.")


def test_a_stop_in_the_instant_of_the_end_changes_nothing() -> None:
    """A complete answer is not marked as stopped."""
    script = Script()
    script.say("Hello", Finished())
    script.reply.stop(StopReason.USER, 0.0)
    assert script.shown() == Post(PRIVATE, "Hello")


@pytest.mark.parametrize("reason", [r for r in get_args(FinishReason) if r != "stop"])
def test_an_answer_that_is_not_whole_never_looks_whole(reason: FinishReason) -> None:
    """Every end but a whole answer's has a mark, with the server's explanation, words or none."""
    mark = mark_of_end(Finished(reason, None, "Because."))
    if reason == "out_of_steps":
        assert mark == "", "the last words of the answer say it"
        return
    assert mark.endswith(": Because.")
    script = Script()
    script.say("Half", Finished(reason, None, "Because."))
    assert script.shown() == Post(PRIVATE, f"Half\n\n{mark}")
    silent = Script()
    silent.say(Finished(reason))
    assert silent.shown() == Post(PRIVATE, mark_of_end(Finished(reason)))


def test_a_failure_keeps_the_text_and_says_why() -> None:
    """The model died in mid-answer: what came stays, one clear sentence is added."""
    script = Script(GROUP)
    script.say("Half an ans")
    script.shown()
    script.say(Failed(ProviderError(FailureKind.NETWORK, "secret details")))
    assert shown_text(script) == "Half an ans\n\n⚠ The model's server could not be reached."


def test_a_mark_that_does_not_fit_gets_a_message_of_its_own() -> None:
    """A full message is not cut to make room for the mark."""
    script = Script(limit=20)
    script.say("exactly twenty chars")
    script.reply.stop(StopReason.USER, 0.0)
    assert [shown_text(script), shown_text(script)] == ["exactly twenty chars", "⏹ Stopped."]


def test_the_final_does_not_wait_for_what_previews_stumbled_over() -> None:
    """Pauses after unheard previews do not delay the end."""
    script = Script(GROUP)
    script.say("Hello")
    script.shown()
    script.say(" world, how are you doing?")
    for _ in range(6):
        script.act()
        script.settle(Unknown())
    script.say(Finished())
    at = script.now
    script.shown()
    assert script.now < at + 0.1


def test_one_call_of_the_budget_is_always_kept_for_the_final() -> None:
    """Previews stop one short of the window; the final goes at once."""
    cadence = Cadence(messages=(Window(5, 60.0),))
    surface = Surface(limit=4096, ruler=UTF16, cadence=cadence)
    budget = Budget().chat(GROUP.chat, cadence)
    reply = Reply(GROUP, surface, budget, StreamingConfig(), draft_ids=draft_ids())
    lane = Lane(budget)
    lane.join(reply)
    now, calls = 0.0, 0
    while now < 59.0:
        reply.feed(TextDelta("some more words for the reader "), now)
        if action := lane.poll(now):
            assert not isinstance(action, Probe | Delete)
            message_id = action.message_id if isinstance(action, Edit) else "m1"
            lane.settle(Accepted(action.text, message_id), now)
            calls += 1
        now += 0.5
    assert calls == 4
    assert lane.poll(now) is None
    reply.feed(Finished(), now)
    assert isinstance(lane.poll(now), Edit)


def test_asking_in_flight_changes_nothing() -> None:
    """What is on its way can still change the segment that looks complete."""
    script = Script(GROUP, limit=40)
    script.say("A first line, long enough.\n")
    script.shown()
    script.say("Second and so")
    action = script.act()
    script.say("-on-and-on", Finished())
    assert not script.reply.shown.is_whole
    script.accept(action)
    assert script.shown() == Edit(GROUP, "m100", "A first line, long enough.")
    assert script.shown() == Post(GROUP, "Second and so-on-and-on")


def test_short_text_after_a_tool_call_is_previewed() -> None:
    """A few characters of the next segment do not wait for the threshold."""
    script = Script(GROUP)
    script.say("Let me see. ")
    script.shown()
    script.say("ok", ToolStarted("1", "clock"))
    assert script.shown() == Edit(GROUP, "m100", "Let me see. ok")
    script.say(ToolFinished("1", "clock", ok=True), "It is noon.")
    assert script.shown() == Post(GROUP, "It is noon.")


def test_refused_previews_do_not_count_against_the_final() -> None:
    """Two refused drafts and one refused post are not three refusals of the final."""
    script = Script()
    script.say("Let me see. ")
    for _ in range(2):
        script.act()
        script.settle(Refused(Reason.MALFORMED))
    script.say(ToolStarted("1", "clock"))
    assert isinstance(script.act(), Post)
    script.settle(Refused(Reason.MALFORMED))
    assert not script.reply.intent.done
    assert script.shown() == Post(PRIVATE, "Let me see.")


def test_a_draft_that_cannot_be_kept_alive_is_posted() -> None:
    """What was shown as a draft does not vanish from the screen when drafts are refused."""
    script = Script()
    script.say("Let me think")
    script.shown()
    assert isinstance(script.act(), ShowDraft)
    script.settle(Refused(Reason.DRAFT_UNAVAILABLE))
    assert script.shown() == Post(PRIVATE, "Let me think")


def test_a_channel_that_always_shows_another_text_comes_to_an_end() -> None:
    """Three finals shown wrongly, edited and posted, and the reply gives up."""
    script = Script(GROUP)
    script.say("Hello world", Finished())
    for number in range(20):
        if script.reply.intent.done:
            break
        script.act()
        script.settle(Accepted("Hello", f"m{number}"))
    assert script.reply.shown.gave_up is not None
    assert not script.reply.shown.is_whole


def test_a_final_sealed_by_a_tool_does_not_wait_for_troubled_previews() -> None:
    """Pauses of previews are theirs alone."""
    script = Script(GROUP)
    script.say("Hello there")
    script.shown()
    script.say(" and how are you doing today?")
    for _ in range(7):
        script.act()
        script.settle(Unknown())
    script.say(ToolStarted("1", "clock"))
    at = script.now
    script.shown()
    assert script.now < at + 0.1


def test_a_cut_far_back_makes_the_final_due_at_once() -> None:
    """However early the cut falls, the sealed message does not wait for the next preview."""
    script = Script(GROUP, limit=100, config=StreamingConfig(edit_interval=8.0))
    script.say("A first ")
    script.shown()
    at = script.now
    script.say("paragraph that is quite long, and ends here, at last.\n\nword word word ")
    assert script.reply.poll(script.now) is None
    script.say("word " * 8)
    assert shown_text(script).endswith("at last.")
    assert script.now < at + 0.1


def test_a_text_that_ends_like_the_pulse_is_kept_alive_all_the_same() -> None:
    """Every kept-alive frame differs from the one before, whatever the text ends with."""
    script = Script()
    script.say("Let me think" + PULSE)
    texts = [shown_text(script) for _ in range(5)]
    assert all(one != other for one, other in itertools.pairwise(texts))


def test_a_void_text_that_lands_late_is_deleted() -> None:
    """The post was in flight when its text became void, and nothing came to replace it."""
    script = Script(GROUP)
    script.say("Wrong one")
    action = script.act()
    script.say(Restarted(), Finished())
    script.accept(action)
    assert script.shown() == Delete(GROUP, "m100")
    assert script.reply.intent.done


def test_a_chat_that_moves_in_mid_answer_gets_the_whole_text() -> None:
    """Messages stay behind in the old chat; the new one gets the answer from its beginning."""
    script = Script(GROUP)
    script.say("Hello there")
    script.shown()
    script.say(" friend", Finished())
    script.act()
    script.settle(Refused(Reason.CHAT_MOVED, moved_to="moved"))
    assert script.shown() == Post(
        Address("chat", "moved", ChatKind.GROUP, "t9"), "Hello there friend"
    )
    assert script.reply.shown.doubtful == ("Hello there",)


def test_a_chat_that_moves_is_no_refusal_of_the_text() -> None:
    """Two refusals and a move do not give an answer up: it is posted where the chat is."""
    script = Script(GROUP)
    script.say("Hello", Finished())
    for refusal in (Refused(Reason.MALFORMED), Refused(Reason.MALFORMED)):
        script.act()
        script.settle(refusal)
    script.act()
    script.settle(Refused(Reason.CHAT_MOVED, moved_to="moved"))
    post = script.shown()
    assert isinstance(post, Post)
    assert post.address.chat == "moved"
    assert script.reply.shown.is_whole


def test_no_message_is_touched_by_an_id_from_the_old_chat() -> None:
    """An id means another message where the chat is now: what was taken back is left behind."""
    script = Script(GROUP)
    script.say("One.", SegmentEnded(), "Two", SegmentEnded())
    script.shown()
    script.shown()
    script.say(Restarted())
    script.say("Three")
    script.act()
    script.settle(Refused(Reason.CHAT_MOVED, moved_to="moved"))
    script.say(Finished())
    assert script.shown() == Post(Address("chat", "moved", ChatKind.GROUP, "t9"), "Three")
    assert script.reply.intent.done
    assert script.reply.shown.doubtful == ("One.", "Two")


def test_a_page_from_the_old_chat_that_becomes_void_is_left_behind() -> None:
    """It was complete when the chat moved; what is said instead goes into the next page."""
    script = Script(GROUP)
    script.say("One.", SegmentEnded())
    script.shown()
    script.say("Two")
    script.act()
    script.settle(Refused(Reason.CHAT_MOVED, moved_to="moved"))
    there = Address("chat", "moved", ChatKind.GROUP, "t9")
    assert script.shown() == Post(there, "Two")
    script.say(Restarted(), "Three", Finished())
    assert script.shown() == Edit(there, "m101", "Three")
    assert script.reply.intent.done
    assert script.reply.shown.doubtful == ("One.",)


def test_drafts_refused_after_edits_do_not_lead_back_up() -> None:
    """The ladder is only stepped down, also by an answer that makes no sense."""
    script = Script(GROUP, config=StreamingConfig(enabled=False))
    script.say("Hello", Finished())
    script.act()
    script.settle(Refused(Reason.DRAFT_UNAVAILABLE))
    assert script.shown() == Post(GROUP, "Hello")


def test_settling_nothing_is_refused() -> None:
    """An outcome without an action is a mistake of the caller, and is said."""
    with pytest.raises(ValueError, match="no action is in flight"):
        Script().reply.settle(Accepted("x", "m1"), 0.0)
