"""Thinking that stays below the answer (`reasoning: keep`): which of it, and where."""

from __future__ import annotations

from reply_script import GROUP, Script

from tickertape.delivery.actions import Edit, Post
from tickertape.delivery.marks import StopReason
from tickertape.delivery.streaming import StreamingConfig
from tickertape.events import (
    Event,
    Finished,
    ReasoningDelta,
    Restarted,
    SegmentEnded,
    ToolFinished,
    ToolStarted,
)
from tickertape.markup.forms import Look, Spans

KEEP = StreamingConfig(reasoning="keep", transport="off")
FIRST = "First I think of this, and then of that, and so on."
THEN = "Then I think of something else, which also takes me long."
TOOL: tuple[Event, ...] = (ToolStarted("1", "clock"), ToolFinished("1", "clock", ok=True))


def kept(*said: str | Event, stop: StopReason | None = None) -> list[str]:
    """Let a reply say all of it, and end; give the texts of its messages, each once."""
    script = Script(GROUP, dialect="markdown", config=KEEP)
    script.say(*said)
    if stop is None:
        script.say(Finished())
    else:
        script.reply.stop(stop, script.now)
    messages: dict[str, str] = {}
    while not script.reply.intent.done:
        action = script.shown()
        assert isinstance(action, Post | Edit)
        new = f"m{100 + len(messages)}"
        messages[action.message_id if isinstance(action, Edit) else new] = action.text
        if "think" in action.text:
            assert isinstance(action.form, Spans)
            assert action.form.spans[-1].look is Look.FOLDED_QUOTE
    return list(messages.values())


def test_a_restart_takes_back_only_what_was_thought_since_the_last_tool() -> None:
    """What was thought before the tool led to it, and stays; without a tool nothing does."""
    again = (ReasoningDelta(THEN), Restarted(), "Hello")
    assert kept(ReasoningDelta(FIRST), *TOOL, *again) == [f"Hello\n\n{FIRST}"]
    assert kept(ReasoningDelta(FIRST), *again) == ["Hello"]


def test_what_is_thought_after_a_restart_stays_beside_what_was_before_the_tool() -> None:
    """Twice taken back, once thought: the thinking of the attempt that counts, in its place."""
    void = (ReasoningDelta("Nothing will come of what I think here. "), Restarted())
    said = (ReasoningDelta(FIRST), *TOOL, *void, *void, ReasoningDelta(THEN), "Hello")
    assert kept(*said) == [f"Hello\n\n{FIRST}\n\n{THEN}"]


def test_what_is_thought_while_a_tool_runs_is_one_thought() -> None:
    """Its pieces are joined as they came; what happened between two thoughts tells them apart."""
    first, *_, last = THEN.partition(" which ")
    run = (ToolStarted("1", "clock"), ReasoningDelta(first), ReasoningDelta(f" which {last}"))
    ended = (ToolFinished("1", "clock", ok=True), ReasoningDelta(FIRST))
    assert kept(*run, *ended, "Hello") == [f"Hello\n\n{THEN}\n\n{FIRST}"]


def test_thinking_stays_below_an_answer_whose_segment_ended_before_its_end() -> None:
    """A message that ends just before the answer does is the one that the thinking is folded in."""
    assert kept(ReasoningDelta(FIRST), "Hello", SegmentEnded()) == [f"Hello\n\n{FIRST}"]
    more = (ReasoningDelta(FIRST), "Hello", SegmentEnded(), ReasoningDelta(THEN))
    assert kept(*more) == [f"Hello\n\n{FIRST}\n\n{THEN}"]
    stopped = kept(ReasoningDelta(FIRST), "Hello", SegmentEnded(), stop=StopReason.USER)
    assert stopped == [f"Hello\n\n{FIRST}\n\n⏹ Stopped."]


def test_what_follows_an_ended_segment_is_a_message_of_its_own_beside_thinking_too() -> None:
    """The first message is complete as soon as more is said; the thinking goes below the last."""
    said = (ReasoningDelta(FIRST), "Let me look.", SegmentEnded(), "It is four.")
    assert kept(*said) == ["Let me look.", f"It is four.\n\n{FIRST}"]
    assert kept(*said, Restarted(), "Five.") == ["Five."]
    script = Script(GROUP, config=StreamingConfig(reasoning="keep"), stop_buttons=True)
    script.say(ReasoningDelta(FIRST), "Let me look.", SegmentEnded())
    assert script.shown() == Post(GROUP, "Let me look.", stop_button=True)
    script.say("It is four.")
    assert script.shown() == Edit(GROUP, "m100", "Let me look.")


def test_thinking_stays_below_the_mark_of_an_answer_that_was_stopped_in_a_tool() -> None:
    """The words before the tool are for good: the message that tells of the stop takes it in."""
    said = (ReasoningDelta(FIRST), "Let me look.", TOOL[0])
    assert kept(*said, stop=StopReason.USER) == ["Let me look.", f"⏹ Stopped.\n\n{FIRST}"]
    assert kept(*said) == ["Let me look."]
    assert kept(ReasoningDelta(FIRST), stop=StopReason.TIMEOUT) == [
        f"⏱ Cut short: it took too long.\n\n{FIRST}"
    ]


def test_a_tool_that_ends_is_told_after_a_thought_that_changed_no_line() -> None:
    """What was told already waits for nothing: the next change has a moment of its own."""
    script = Script(GROUP, config=StreamingConfig(reasoning="keep"))
    script.say(ToolStarted("1", "clock"))
    assert script.shown() == Post(GROUP, "🔧 clock …")
    script.say(ReasoningDelta("hm "))
    assert (script.reply.poll(script.now), script.reply.intent.at) == (None, None)
    script.say(ToolFinished("1", "clock", ok=True))
    assert script.shown() == Edit(GROUP, "m100", "🔧 clock ✓")
