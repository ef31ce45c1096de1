"""The machine that shows an answer on a terminal, by the numbers of its promises."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from terminal_screens import (
    DOCUMENT,
    SCREEN,
    bare,
    cut,
    lines_of,
    markdown,
    play,
    whole,
)

from tickertape.channels.terminal.asides import Reasoning
from tickertape.channels.terminal.frame_clock import INTERVAL, MOST_FRAMES
from tickertape.channels.terminal.frames import Frame, TerminalScreen
from tickertape.channels.terminal.terminal_reply import MOST_ROWS, TerminalReply
from tickertape.conversation import ToolResult
from tickertape.delivery.marks import StopReason
from tickertape.errors import FailureKind, ProviderError
from tickertape.events import (
    Event,
    Failed,
    Finished,
    ReasoningDelta,
    Recorded,
    Restarted,
    SegmentEnded,
    TextDelta,
    ToolFinished,
    ToolStarted,
)

PLAIN = TerminalScreen(60, 24, is_plain=True)
LONG = "however long its line is on a screen of sixty columns."


def scrollback(
    events: Sequence[Event], *, reasoning: Reasoning = "status", gap: float = 0.02
) -> list[str]:
    """Give what stands there in the end, without colours."""
    frames, _ = play(events, reasoning=reasoning, gap=gap)
    return [bare(line) for line in lines_of(frames)]


def regions(events: Sequence[Event], *, reasoning: Reasoning = "status") -> list[list[str]]:
    """Give the regions one after another, without colours."""
    frames, _ = play(events, gap=0.15, reasoning=reasoning)
    return [[bare(row) for row in frame.region] for _, frame in frames]


def frame_of(reply: TerminalReply, now: float) -> Frame:
    """Show the frame that is due."""
    frame = reply.poll(now)
    assert frame is not None
    reply.settle(True, now)
    return frame


# 1, 2: the scrollback


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_the_lines_are_the_painting_of_the_whole(data: st.DataObject) -> None:
    """Whatever the text, its pieces and their times: the lines are those of one piece (1, 2)."""
    text = data.draw(markdown)
    screen = data.draw(st.sampled_from([SCREEN, TerminalScreen(20, 10), PLAIN]))
    places = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=25)))
    events: list[Event] = [
        TextDelta(text[begin:end])
        for begin, end in zip([0, *places], [*places, len(text)], strict=True)
        if text[begin:end]
    ]
    gap = data.draw(st.sampled_from([0.0, 0.03, 0.2]))
    frames, reply = play([*events, Finished()], screen=screen, gap=gap)
    assert lines_of(frames) == whole(text, screen=screen)
    assert reply.shown().said == text


@pytest.mark.parametrize("size", [1, 2, 5, 17, 400])
def test_a_document_is_painted_once(size: int) -> None:
    """A long text with everything in it comes out the same in pieces of any size (1, 2)."""
    frames, _ = play([*cut(DOCUMENT, size), Finished()], gap=0.011)
    assert lines_of(frames) == whole(DOCUMENT)


def test_segments_stand_apart() -> None:
    """Segments, thoughts that are kept, tools and marks are parted by one empty row (1)."""
    events: list[Event] = [
        ReasoningDelta("First I think.\nThen I speak."),
        TextDelta("A comment."),
        SegmentEnded(),
        TextDelta("Another."),
        ToolStarted("1", "search"),
        Recorded(ToolResult("1", "search", "found")),
        ToolFinished("1", "search", ok=True),
        ToolStarted("2", "fetch"),
        ToolFinished("2", "fetch", ok=False),
        TextDelta("The answer."),
        Finished("length"),
    ]
    assert scrollback(events, reasoning="keep") == [
        "First I think.",
        "Then I speak.",
        "",
        "A comment.",
        "",
        "Another.",
        "",
        "✓ search",
        "✗ fetch",
        "",
        "The answer.",
        "",
        "✂ The model reached its length limit.",
    ]


# Answers that begin anew


def test_what_nobody_saw_in_the_scrollback_vanishes() -> None:
    """A text that stood in the region only leaves no trace when the agent takes it back."""
    events: list[Event] = [*cut("Hello wor", 3), Restarted(), *cut("Good morning.", 3), Finished()]
    assert scrollback(events) == ["Good morning."]
    assert ["Hello"] in [rows[:1] for rows in regions(events)] or ["Hello wor"] in regions(events)


@pytest.mark.parametrize(
    ("again", "rows"),
    [
        (
            "Else.\n\nTwo.",
            ["One.", "", "⟲ The answer starts over.", "", "Else.", "", "Two."],
        ),
        ("One.\n\nTwo.\n\nThree.", ["One.", "", "Two.", "", "Three."]),
        ("One.\n\nOther.", ["One.", "", "Other."]),
        ("One.", ["One."]),
        ("", ["One.", "", "⟲ The answer starts over."]),
        ("O", ["One.", "", "⟲ The answer starts over.", "", "O"]),
    ],
)
def test_an_answer_that_begins_anew(again: str, rows: list[str]) -> None:
    """What was printed stays; what is said anew follows, but for what stands there already."""
    printed: list[Event] = [*cut("One.\n\nTwo.", 3), Restarted(), *cut(again, 3), Finished()]
    assert scrollback(printed, gap=0.15) == rows


def test_a_longer_beginning_is_not_printed_again() -> None:
    """Also a long text that is said anew word by word stands there once."""
    events: list[Event] = [*cut(DOCUMENT[:900], 8), Restarted(), *cut(DOCUMENT, 8), Finished()]
    frames, reply = play(events)
    assert lines_of(frames) == whole(DOCUMENT)
    assert reply.shown().said == DOCUMENT


def test_a_second_restart_is_compared_with_what_was_said_last() -> None:
    """Each attempt is compared with the one before it."""
    begun = "Else.\n\nMore.\n\nAnd"
    events: list[Event] = [
        *cut("One.\n\nTwo.", 4),
        Restarted(),
        *cut(begun, 4),
        Restarted(),
        *cut(begun, 4),
    ]
    assert scrollback([*events, Finished()], gap=0.15) == [
        "One.",
        "",
        "⟲ The answer starts over.",
        "",
        *["Else.", "", "More.", "", "And"],
    ]


def test_a_restart_spares_what_was_said_before_a_tool() -> None:
    """What led to a tool is never taken back."""
    events: list[Event] = [
        TextDelta("I look."),
        ToolStarted("1", "search"),
        ToolFinished("1", "search", ok=True),
        *cut("Wrong words", 4),
        Restarted(),
        *cut("Right words", 4),
        Finished(),
    ]
    frames, reply = play(events)
    assert [bare(line) for line in lines_of(frames)] == [
        *["I look.", "", "✓ search", "", "Right words"]
    ]
    assert reply.shown().said == "I look.Right words"


def test_the_region_says_at_once_that_it_begins_anew() -> None:
    """As soon as the first word differs from what stands there, a row says so."""
    events: list[Event] = [
        *cut("One.\n\nTwo.\n\nThree", 5),
        Restarted(),
        TextDelta("One."),
        TextDelta("\n\nElse"),
    ]
    shown = regions([*events, Finished()])
    assert any(len(rows) == 1 and rows[0] in "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏" for rows in shown[3:])
    assert ["", "⟲ The answer starts over.", "", "One.", "", "Else"] in shown


def test_the_region_shows_what_goes_beyond_what_stands_there() -> None:
    """Words that follow what was printed are in the region, without what stands above it."""
    events = [*cut("One.\n\nTw", 4), Restarted(), TextDelta("One.\nmore wo")]
    assert ["more wo"] in regions([*events, Finished()])
    assert scrollback([*events, Finished()], gap=0.15) == ["One.", "more wo"]


# 3: the region


@settings(max_examples=80, deadline=None)
@given(
    markdown,
    st.sampled_from([TerminalScreen(20, 3), TerminalScreen(40, 8), TerminalScreen(100, 40)]),
)
def test_the_region_is_small(text: str, screen: TerminalScreen) -> None:
    """It has at most twelve rows, fewer than the screen, none too wide, and ends empty (3)."""
    frames, _ = play([ReasoningDelta(text), *cut(text, 13), Finished()], screen=screen)
    for _, frame in frames:
        assert len(frame.region) <= min(MOST_ROWS, screen.rows - 1)
    for _, frame in frames:
        for row in (*frame.lines, *frame.region):
            assert width(bare(row)) <= screen.columns
    assert not frames or frames[-1][1].region == ()


def width(row: str) -> int:
    """Count columns as the painting does."""
    from rich.cells import cell_len  # noqa: PLC0415 - only here

    return cell_len(row)


def test_a_block_that_outgrows_the_region_is_flushed() -> None:
    """Code, a list, a table, a long paragraph: what is complete is printed while it goes on."""
    code = "```py\n" + "".join(f"line = {n}\n" for n in range(40))
    points = "".join(f"- point {n}\n" for n in range(40))
    table = "| a | b |\n|---|---|\n" + "".join(f"| {n} | {n} |\n" for n in range(40))
    prose = "words and more of them " * 100
    for text in (code, points, table, prose):
        reply = TerminalReply(SCREEN)
        reply.feed(TextDelta(text), 0.0)
        frame = frame_of(reply, 0.0)
        assert len(frame.lines) > 24
        assert len(frame.region) < MOST_ROWS


def test_the_spinner_is_gone_with_the_first_delta() -> None:
    """It turns while nothing comes, and again after the words that a tool ended."""
    reply = TerminalReply(SCREEN)
    assert [bare(row) for row in frame_of(reply, 0.0).region] == ["⠋"]
    assert reply.deadline == pytest.approx(0.2)
    assert [bare(row) for row in frame_of(reply, 0.2).region] == ["⠙"]
    reply.feed(TextDelta("Hi"), 0.21)
    assert frame_of(reply, 0.21).region == ("Hi",)
    assert reply.deadline is None


def test_tools_complete_in_place() -> None:
    """Each has one row, in the order in which they began, whichever ends first."""
    tools: list[Event] = [
        ToolStarted("1", "search"),
        ToolStarted("2", "fetch"),
        ToolFinished("2", "fetch", ok=True),
        ToolFinished("1", "search", ok=False),
    ]
    shown = [[re.sub("[⠋-⠿]", "…", row) for row in rows] for rows in regions([*tools, Finished()])]
    assert shown[:3] == [["… search"], ["… search", "… fetch"], ["… search", "✓ fetch"]]
    assert scrollback([*tools, Finished()]) == ["✗ search", "✓ fetch"]


def test_words_that_come_while_a_tool_runs_stand_above_it() -> None:
    """A tool that ends later has its row below the words that came in between."""
    events: list[Event] = [
        ToolStarted("1", "search"),
        TextDelta("Meanwhile"),
        ToolFinished("1", "search", ok=True),
        TextDelta(" I speak."),
        Finished(),
    ]
    assert ["Meanwhile", "", "✓ search"] in regions(events)
    assert scrollback(events) == ["Meanwhile I speak.", "", "✓ search"]


@pytest.mark.parametrize(
    ("reasoning", "region", "lines"),
    [
        ("hide", ["⠋"], ["Answer"]),
        ("status", ["⠋ Thinking …"], ["Answer"]),
        ("show", ["I think."], ["Answer"]),
        ("keep", ["I think."], ["I think.", "", "Answer"]),
    ],
)
def test_thinking(reasoning: Reasoning, region: list[str], lines: list[str]) -> None:
    """It is hidden, told in a row, shown until the answer comes, or kept above the answer."""
    events: list[Event] = [ReasoningDelta("I think."), TextDelta("Answer"), Finished()]
    assert regions(events, reasoning=reasoning)[0] == region
    assert scrollback(events, reasoning=reasoning) == lines


# 4: the tempo


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["text", "tool", "think", "anew"]), min_size=30, max_size=80))
def test_ten_frames_in_any_second(what: list[str]) -> None:
    """However fast and however mixed events come, no second has more than ten frames (4)."""
    made: dict[str, list[Event]] = {
        "text": [TextDelta("word ")],
        "tool": [ToolStarted("1", "t"), ToolFinished("1", "t", ok=True)],
        "think": [ReasoningDelta("hm")],
        "anew": [Restarted()],
    }
    frames, _ = play([*(event for name in what for event in made[name]), Finished()], gap=0.037)
    moments = [now for now, _ in frames]
    late = moments[MOST_FRAMES:]
    assert all(b - a >= 1.0 - 1e-9 for a, b in zip(moments, late, strict=False))


def test_the_first_words_wait_for_nothing() -> None:
    """The first delta is due at once, right after a frame of the spinner too; later ones gather."""
    reply = TerminalReply(SCREEN)
    frame_of(reply, 0.0)
    reply.feed(TextDelta("a"), 0.001)
    assert reply.deadline is not None
    assert reply.deadline <= 0.001
    assert frame_of(reply, 0.001).region == ("a",)
    reply.feed(TextDelta("b"), 0.002)
    assert reply.deadline == pytest.approx(0.001 + INTERVAL)
    assert reply.poll(0.05) is None
    reply.feed(TextDelta("c"), 0.06)
    assert frame_of(reply, 0.102).region == ("abc",)


def test_one_frame_in_flight() -> None:
    """Nothing is due until it is known whether the frame before stands there."""
    reply = TerminalReply(SCREEN)
    reply.feed(TextDelta("a"), 0.0)
    assert reply.poll(0.0) is not None
    reply.feed(Finished(), 0.1)
    assert reply.deadline is None
    assert reply.poll(5.0) is None
    reply.settle(True, 5.0)
    assert [bare(line) for line in frame_of(reply, 5.0).lines] == ["a"]
    assert reply.done


def test_nothing_is_shown_that_did_not_change() -> None:
    """A blank that changes no row costs no frame."""
    reply = TerminalReply(SCREEN)
    reply.feed(TextDelta("a"), 0.0)
    frame_of(reply, 0.0)
    reply.feed(TextDelta(" "), 1.0)
    assert reply.poll(1.0) is None
    assert reply.deadline is None


# 5: nothing is an order


@settings(max_examples=150, deadline=None)
@given(st.text(), st.sampled_from(["", "```\n", "- ", "> ", "# ", "`", "[x](", "|a|\n|-|\n|"]))
def test_no_text_is_an_order(text: str, before: str) -> None:
    """No character of a model, a tool or a thought reaches the terminal as a control (5)."""
    events: list[Event] = [
        ReasoningDelta(text),
        ToolStarted("1", text),
        ToolFinished("1", text, ok=True),
        TextDelta(before + text),
        Finished(),
    ]
    for screen in (SCREEN, PLAIN):
        frames, _ = play(events, screen=screen, reasoning="keep")
        for row in (row for _, frame in frames for row in (*frame.lines, *frame.region)):
            assert not re.search(
                "[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", bare(row)
            )


@pytest.mark.parametrize(
    "text",
    [
        "\x1b]52;c;cm0gLXJm\x07",
        "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
        "\x9b2J\x9d0;title\x9c",
        "&#27;[2J &#x9b;31m",
        "```\n\x1b[2J\x1b[H\n```",
    ],
)
def test_known_attacks_are_words(text: str) -> None:
    """Writing the clipboard, hidden links, wiping the screen: what is left of them is letters."""
    assert not re.search("[\x1b\x9b\x9d\x07]", "".join(scrollback([TextDelta(text), Finished()])))


# 6: the end


def test_a_stop_keeps_what_came() -> None:
    """What was said stays, complete as it stands, with a mark below it; nothing counts after it."""
    reply = TerminalReply(SCREEN)
    reply.feed(TextDelta("Some **bold** wor"), 0.0)
    frame_of(reply, 0.0)
    reply.stop(StopReason.USER, 0.3)
    reply.feed(TextDelta("more"), 0.3)
    frame = frame_of(reply, 0.3)
    assert [bare(line) for line in frame.lines] == ["Some bold wor", "", "⏹ Stopped."]
    assert reply.done
    assert reply.shown().said == "Some **bold** wor"
    assert reply.shown().is_whole


def test_a_stop_ends_tools_that_run() -> None:
    """A tool that was interrupted gave no result."""
    reply = TerminalReply(SCREEN)
    reply.feed(ToolStarted("1", "search"), 0.0)
    reply.stop(StopReason.USER, 0.1)
    frame = frame_of(reply, 0.1)
    assert [bare(line) for line in frame.lines] == ["✗ search", "", "⏹ Stopped."]
    assert reply.shown().is_silent


def test_a_failure_is_one_clear_line() -> None:
    """The sentence for the reader stands below what came; the server's words do not."""
    error = ProviderError(FailureKind.OVERLOADED, "upstream\x1b[2J said no", status=529)
    assert scrollback([TextDelta("Half an ans"), Failed(error)]) == [
        "Half an ans",
        "",
        "⚠ The model's server is overloaded. Please try again in a",
        "while.",
    ]


def test_an_empty_answer_is_silent() -> None:
    """Nothing is printed, and the reply says so."""
    frames, reply = play([Finished()])
    assert lines_of(frames) == []
    assert reply.shown().is_silent
    assert not reply.shown().is_whole


def test_a_terminal_that_is_gone_ends_the_roll() -> None:
    """When nobody reads any more the reply is done, and says that it gave up."""
    reply = TerminalReply(SCREEN)
    reply.feed(TextDelta("Hello"), 0.0)
    reply.poll(0.0)
    reply.settle(False, 0.0)
    assert reply.done
    assert reply.shown().gave_up is not None
    assert not reply.shown().is_whole
    assert reply.deadline is None


# Other screens


def test_a_plain_screen_gets_the_text_as_it_stands() -> None:
    """Whole lines of Markdown, tools when they ended, thoughts if they are kept; no region."""
    events: list[Event] = [
        ReasoningDelta("I\nthink"),
        *cut("# Title\n\nSome **bold**\ttext that is not wr", 4),
        TextDelta(f"apped, {LONG}\n"),
        ToolStarted("1", "search"),
        ToolFinished("1", "search", ok=True),
        TextDelta("End"),
        Finished("length"),
    ]
    frames, _ = play(events, screen=PLAIN, reasoning="keep")
    assert all(frame.region == () for _, frame in frames)
    assert lines_of(frames) == [
        "I",
        "think",
        "",
        "# Title",
        "",
        f"Some **bold**   text that is not wrapped, {LONG}",
        "",
        "✓ search",
        "",
        "End",
        "",
        "✂ The model reached its length limit.",
    ]


def test_without_a_region_rows_come_when_they_are_complete() -> None:
    """Whoever wants no previews gets formatted rows, and nothing that changes."""
    reply = TerminalReply(SCREEN, is_live=False)
    assert reply.poll(0.0) is None
    reply.feed(TextDelta("One.\n\nTwo"), 0.1)
    reply.feed(TextDelta("\n\nThree"), 0.2)
    frame = frame_of(reply, 0.2)
    assert [bare(line) for line in frame.lines] == ["One.", "", "Two"]
    assert frame.region == ()


def test_a_resize_repaints_the_region() -> None:
    """At the new width, and although no word came."""
    reply = TerminalReply(TerminalScreen(40, 24))
    reply.feed(TextDelta("words and more of them and even more"), 0.0)
    assert len(frame_of(reply, 0.0).region) == 1
    reply.resize(TerminalScreen(20, 24))
    assert frame_of(reply, 1.0).region == ("words and more of", "them and even more")
    reply.resize(TerminalScreen(20, 24))
    assert reply.deadline is None


def test_letters_are_shown_whole() -> None:
    """Half of a surrogate pair or of a flag, and a joiner, wait for what follows."""
    reply = TerminalReply(SCREEN)
    shown: list[str] = []
    pieces = ["👩", "\u200d", "👧 ", "\ud83d", "\ude00", " 🇩", "🇪"]
    for now, piece in enumerate(pieces):
        reply.feed(TextDelta(piece), float(now))
        frame = reply.poll(float(now))
        if frame is not None:
            reply.settle(True, float(now))
            shown += frame.region
    family = "👩\u200d👧"
    assert shown == ["👩", family, f"{family} 😀", f"{family} 😀 🇩🇪"]
