"""One answer being put together: what is recorded is what the events said."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tickertape.conversation import Opaque, Step, TextPart, Thought, ToolCall
from tickertape.events import (
    Event,
    ReasoningDelta,
    Recorded,
    Restarted,
    SegmentEnded,
    TextDelta,
)
from tickertape.providers.assembly import Assembly


def _closed(assembly: Assembly, events: list[Event]) -> Step:
    assembly.close(events)
    recorded = events.pop()
    assert isinstance(recorded, Recorded)
    assert isinstance(recorded.entry, Step)
    return recorded.entry


def _standing(events: list[Event]) -> tuple[str, str]:
    """Give the text and the thinking that a reader has in the end."""
    text = thinking = ""
    for event in events:
        match event:
            case TextDelta(text=words):
                text += words
            case ReasoningDelta(text=words):
                thinking += words
            case SegmentEnded():
                text += "|"
            case Restarted():
                text = ""
            case _:
                raise AssertionError(event)
    return text, thinking


def test_pieces_are_recorded_in_the_order_in_which_they_begin() -> None:
    """Thoughts, words, calls and the server's own items keep their places, and their origin."""
    assembly, events = Assembly("here"), list[Event]()
    assembly.think("a", "Hm", events)
    assembly.say("b", "Let me ", events)
    assembly.call("c", call_id="call_1", name="clock", arguments='{"a"')
    assembly.keep("d", '{"type":"search"}')
    assembly.think("a", ".", events)
    assembly.say("b", "look.", events)
    assembly.call("c", call_id="other", name="other", arguments=":1}")
    assert _closed(assembly, events) == Step(
        (
            Thought("Hm."),
            TextPart("Let me look."),
            ToolCall("call_1", "clock", '{"a":1}'),
            Opaque('{"type":"search"}'),
        ),
        "here",
    )
    assert _standing(events) == ("Let me look.", "Hm.")


def test_arguments_can_be_given_as_a_whole() -> None:
    """The whole of the arguments takes the place of their pieces; a key without a call has none."""
    assembly = Assembly()
    assembly.call(0, name="clock", arguments='{"a"')
    assert assembly.arguments(0) == '{"a"'
    assembly.call(0, whole='{"a":1}')
    assert assembly.arguments(0) == '{"a":1}'
    assert assembly.arguments(1) == ""


def test_calls_without_an_id_or_with_a_used_one_get_their_own() -> None:
    """Each call of an answer has an id that no other call has."""
    assembly = Assembly()
    for key, call_id in enumerate(["", "x", "x", "", "x_2"]):
        assembly.call(key, call_id=call_id, name="clock")
    ids = [call.call_id for call in _closed(assembly, []).calls]
    assert ids == ["call_0", "x", "x_2", "call_3", "x_2_2"]


def test_items_of_the_server_are_kept() -> None:
    """The last item of a piece is its raw form; one without words is a thought or opaque."""
    assembly, events = Assembly(), list[Event]()
    assembly.say(0, "Yes.", events)
    assembly.keep(0, "1")
    assembly.keep(0, "2")
    assembly.keep(1, "3", thinking=True)
    assembly.think(1, "Hm.", events)
    assembly.keep(2, "4")
    assert _closed(assembly, events) == Step(
        (TextPart("Yes.", "2"), Thought("Hm.", "3"), Opaque("4"))
    )


def test_tagged_thoughts_are_recorded_as_thoughts() -> None:
    """What the filter parts is parted in the record too; the text of the piece is all of it."""
    assembly, events = Assembly(), list[Event]()
    for words in ("<thi", "nk>Hm.</th", "ink>\n\nYes", " <"):
        assembly.say(0, words, events)
    assert assembly.text(0) == "Hm.Yes "
    assert _closed(assembly, events) == Step((Thought("Hm."), TextPart("Yes <")))
    assert _standing(events) == ("Yes <", "Hm.")


def test_what_turns_out_to_be_thinking_is_taken_back_alone() -> None:
    """A restart voids every word of the answer, so those of other pieces are said again."""
    assembly, events = Assembly(), list[Event]()
    assembly.say(0, "First.", events)
    assembly.end_segment(events)
    assembly.say(1, "Hm. ", events)
    assembly.say(1, "So.</think>Second.", events)
    assert _standing(events) == ("First.|Second.", "Hm. So.")
    assert Restarted() in events
    assert _closed(assembly, events) == Step(
        (TextPart("First."), Thought("Hm. So."), TextPart("Second.", begins_segment=True)),
    )


def test_the_end_of_a_segment_comes_behind_all_its_words() -> None:
    """What was held back belongs to the segment that ends; an end alone is no answer."""
    assembly, events = Assembly(), list[Event]()
    assembly.say(0, "a <", events)
    assembly.end_segment(events)
    assembly.say(1, "b", events)
    assert events == [TextDelta("a "), TextDelta("<"), SegmentEnded(), TextDelta("b")]
    empty = Assembly()
    assert empty.empty
    empty.end_segment([])
    assert empty.empty
    assert _closed(empty, []) == Step(())


def test_a_template_that_opens_a_thought() -> None:
    """The first words are thinking, unless the server has told thinking apart by itself."""
    assembly, events = Assembly(thinking=True), list[Event]()
    assembly.say(0, "Hm.</think>Yes.", events)
    assert _closed(assembly, events) == Step((Thought("Hm."), TextPart("Yes.")))
    assembly, events = Assembly(thinking=True), []
    assembly.think(0, "Hm.", events)
    assembly.say(1, "Yes.", events)
    assert _closed(assembly, events) == Step((Thought("Hm."), TextPart("Yes.")))


def test_an_answer_that_breaks_off_keeps_its_words() -> None:
    """What was held back is given out, and nothing is recorded."""
    assembly, events = Assembly(), list[Event]()
    assembly.say(0, "a <thi", events)
    assembly.break_off(events)
    assert events == [TextDelta("a "), TextDelta("<thi")]


_WORDS = st.sampled_from(["a", "Hm. ", "<think>", "</think>", "\n", "`", "<", "b c"])


@given(st.lists(st.tuples(st.sampled_from(["say", "think", "end"]), st.integers(0, 2), _WORDS)))
def test_the_record_is_what_the_events_said(script: list[tuple[str, int, str]]) -> None:
    """Whatever comes in whatever order, the record has the words and thoughts that were told."""
    assembly, events = Assembly(), list[Event]()
    for verb, key, words in script:
        match verb:
            case "say":
                assembly.say(key, words, events)
            case "think":
                assembly.think(("thought", key), words, events)
            case _:
                assembly.end_segment(events)
    step = _closed(assembly, events)
    text, thinking = _standing(events)
    thought = "".join(part.text for part in step.parts if isinstance(part, Thought))
    assert sorted(step.text) == sorted(text.replace("|", ""))
    assert sorted(thought) == sorted(thinking)
