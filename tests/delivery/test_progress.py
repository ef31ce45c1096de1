"""Progress: what is going on besides words, in one line, and since when it has not been told."""

from __future__ import annotations

import itertools
from typing import Literal

import pytest

from tickertape.delivery.reply.progress import (
    KEPT_LIMIT,
    THINKING,
    THOUGHT_LIMIT,
    Progress,
    ProgressLine,
    ProgressState,
    told,
)
from tickertape.events import (
    Event,
    ReasoningDelta,
    Restarted,
    SegmentEnded,
    TextDelta,
    ToolFinished,
    ToolStarted,
)
from tickertape.markup.forms import Blocks, Rendering
from tickertape.markup.tree import Thinking

Telling = Literal["hide", "status", "show", "keep"]


def after(*events: Event, telling: Telling = "status") -> Progress:
    """Return what is going on when all of it has happened."""
    *_, progress = itertools.accumulate(events, Progress.after, initial=Progress(telling))
    return progress


CLOCK = ToolStarted("1", "clock")
SEARCH = ToolStarted("2", "search")


@pytest.mark.parametrize(
    ("events", "line"),
    [
        ((CLOCK,), "🔧 clock …"),
        ((CLOCK, SEARCH), "🔧 clock …, search …"),
        ((CLOCK, SEARCH, ToolFinished("1", "clock", ok=True)), "🔧 clock ✓, search …"),
        ((CLOCK, SEARCH, ToolFinished("2", "search", ok=False)), "🔧 clock …, search ✗"),
        ((CLOCK, ToolFinished("1", "clock", ok=True), SEARCH), "🔧 search …"),
        ((CLOCK, TextDelta("Hm")), "🔧 clock …"),
        ((CLOCK, SEARCH, ToolFinished("1", "clock", ok=True), TextDelta("Hm")), "🔧 search …"),
        ((CLOCK, ToolFinished("1", "clock", ok=True), SegmentEnded()), ""),
        ((CLOCK, ReasoningDelta("hm")), "🔧 clock …"),
        ((CLOCK, ToolFinished("1", "clock", ok=True), ReasoningDelta("hm")), THINKING),
        ((ReasoningDelta("hm"), CLOCK), "🔧 clock …"),
        ((ReasoningDelta("hm"), TextDelta("Hm")), ""),
        ((ReasoningDelta("hm"), Restarted()), ""),
        ((ToolStarted("1", "x" * 40),), "🔧 " + "x" * 40 + " …"),
        ((ToolStarted("1", "x" * 41),), "🔧 " + "x" * 39 + "… …"),
    ],
)
def test_a_line_tells_the_newest_thing_that_goes_on(events: tuple[Event, ...], line: str) -> None:
    """Tools while one runs, and until something else happens; words take the place of the rest."""
    assert after(*events).line() == line


@pytest.mark.parametrize("telling", ["hide", "status", "show", "keep"])
def test_thinking_is_told_as_was_asked_for(telling: Telling) -> None:
    """Not at all, that it goes on, or in its own words, once there are some."""
    lines = {"hide": "", "status": THINKING, "show": "💭 I think", "keep": "💭 I think"}
    thought = (ReasoningDelta("\n I "), ReasoningDelta("think "))
    assert after(*thought, telling=telling).line() == lines[telling]
    blank = "" if telling == "hide" else THINKING
    assert after(ReasoningDelta(" \n"), telling=telling).line() == blank
    assert after(*thought, telling=telling).kept == ("\n I think " if telling == "keep" else "")


def test_a_new_thought_begins_where_words_or_a_tool_ended_the_last_one() -> None:
    """What was told of the last one is told no more."""
    tool = (CLOCK, ToolFinished("1", "clock", ok=True))
    for between in ((TextDelta("So."),), tool, (SegmentEnded(),), (Restarted(),)):
        events = (ReasoningDelta("one"), *between, ReasoningDelta("two"))
        assert after(*events, telling="show").line() == "💭 two"


def test_a_long_thought_is_told_from_the_beginning_of_a_word() -> None:
    """Its newest 600 characters, less the word that they begin within; a single word is cut."""
    words = "word " * 119 + "words"
    assert len(words) == THOUGHT_LIMIT
    assert after(ReasoningDelta(words), telling="show").line() == f"💭 {words}"
    longer = after(ReasoningDelta("long "), ReasoningDelta(words + "!"), telling="show").line()
    assert longer == "💭 … " + words.partition(" ")[2] + "!"
    one = after(ReasoningDelta("x" * (THOUGHT_LIMIT + 1)), telling="show").line()
    assert one == "💭 … " + "x" * THOUGHT_LIMIT


def test_only_so_much_of_a_thought_is_held() -> None:
    """However long it takes: what is told, twice over; and what a message holds, where it stays."""
    progress = after(*[ReasoningDelta("0123456789")] * 600, telling="keep")
    assert progress.thought == "0123456789" * (2 * THOUGHT_LIMIT // 10)
    assert progress.kept == ("0123456789" * 600)[-KEPT_LIMIT:]
    assert len(progress.kept) == KEPT_LIMIT


@pytest.mark.parametrize(
    "between",
    [
        (TextDelta("So."),),
        (SegmentEnded(),),
        (CLOCK,),
        (CLOCK, ToolFinished("1", "clock", ok=True)),
        (CLOCK, ReasoningDelta("two"), ToolFinished("1", "clock", ok=True)),
    ],
)
def test_thoughts_that_stay_are_told_apart_by_what_happened_between(
    between: tuple[Event, ...],
) -> None:
    """Pieces of one thought are joined as they came; nothing stands before the first one."""
    thought = (ReasoningDelta("o"), ReasoningDelta("ne"))
    two = [event for event in between if isinstance(event, ReasoningDelta)]
    end = after(*thought, *between, ReasoningDelta("last"), telling="keep")
    assert end.kept == "one\n\ntwo\n\nlast" if two else "one\n\nlast"
    assert after(*between, ReasoningDelta("last"), telling="keep").kept.startswith(("two", "last"))


def test_a_thought_that_stays_is_kept_while_a_tool_runs_and_told_behind_it() -> None:
    """The tool stays on the line; what is thought next goes on with what was kept."""
    running = after(ReasoningDelta("one"), CLOCK, ReasoningDelta("two"), telling="keep")
    tool = after(CLOCK, telling="keep").runs
    assert running == Progress("keep", runs=tool, kept="one\n\ntwo", committed="one")


def test_a_restart_takes_back_what_was_thought_since_the_last_tool_began() -> None:
    """Also while the tool runs: what led to it stays."""
    before = (ReasoningDelta("one"), CLOCK)
    ended = ToolFinished("1", "clock", ok=True)
    assert after(*before, ReasoningDelta("two"), Restarted(), telling="keep").kept == "one"
    end = after(*before, ended, ReasoningDelta("two"), Restarted(), telling="keep")
    assert (end.kept, end.line()) == ("one", "")
    assert after(ReasoningDelta("one"), Restarted(), telling="keep").kept == ""


@pytest.mark.parametrize(
    "event", [ReasoningDelta("hm"), TextDelta("Hm"), SegmentEnded(), Restarted()]
)
def test_what_changes_nothing_is_the_same_value(event: Event) -> None:
    """A stream of the same makes no work: no words while words came, no second thought."""
    once = after(event)
    assert once.after(event) is once


def waits_since(line: ProgressLine) -> float | None:
    """Return since when nobody was told the line."""
    return line.state.changed_at


def test_a_change_is_told_once_and_waits_from_its_own_moment() -> None:
    """The first change that nobody was told counts; where there is nothing to tell, nothing waits.

    What `note` returns is whether a preview shall be planned for it.
    """
    line = ProgressLine("status")
    assert (line.is_busy, line.note(CLOCK, 1.0), line.is_busy) == (False, True, True)
    assert not line.note(SEARCH, 2.0)
    assert (waits_since(line), line.untold_since("")) == (1.0, 1.0)
    line.is_told()
    assert waits_since(line) is None
    assert line.note(ToolFinished("1", "clock", ok=True), 3.0)
    assert line.untold_since("🔧 clock …, search …") == 3.0
    assert line.untold_since("🔧 clock ✓, search …") is None
    assert waits_since(line) is None
    line.tell_again(4.0)
    line.tell_again(5.0)
    assert waits_since(line) == 4.0
    assert not line.note(ToolFinished("2", "search", ok=True), 6.0)
    assert not line.note(TextDelta("So."), 7.0)
    assert (line.state, line.line) == (ProgressState(Progress(is_apart=True)), "")
    line.tell_again(8.0)
    assert waits_since(line) is None
    assert line.note(ReasoningDelta("hm"), 9.0)
    assert line.is_busy
    assert not line.note(ReasoningDelta("hm"), 10.0)


def test_a_line_goes_on_where_its_state_was_taken() -> None:
    """With what goes on, what stays, and since when nobody was told."""
    line = ProgressLine("keep")
    line.note(ReasoningDelta("one"), 1.0)
    line.note(CLOCK, 2.0)
    again = ProgressLine.resumed(line.state)
    assert again.state == line.state
    assert (again.line, again.kept, again.changed_at) == ("🔧 clock …", "one", 1.0)
    again.note(ToolFinished("1", "clock", ok=True), 3.0)
    again.note(ReasoningDelta("two"), 4.0)
    assert again.kept == "one\n\ntwo"


def test_a_line_stands_below_the_words_and_where_blocks_have_a_place_for_it_there() -> None:
    """In a message it is text; in a draft that shows blocks, a block, alone as well."""
    words = Rendering("Hello")
    assert told(words, "🔧 clock …", in_draft=False, has_blocks=True).text == "Hello\n\n🔧 clock …"
    in_draft = told(words, "🔧 clock …", in_draft=True, has_blocks=False)
    assert in_draft.text == "Hello\n\n🔧 clock …"
    alone = told(Rendering(""), "🔧 clock …", in_draft=True, has_blocks=True)
    assert alone == Rendering("🔧 clock …", Blocks((Thinking("🔧 clock …"),)))
    assert told(Rendering(""), "🔧 clock …", in_draft=False, has_blocks=True).text == "🔧 clock …"
    bare = told(Rendering(""), "🔧 clock …", in_draft=True, has_blocks=False)
    assert not isinstance(bare.form, Blocks)
