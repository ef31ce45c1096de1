"""The measures of a live reply, on small examples that can be counted by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.testing.measures import Measures, SeenFrame, measure, quantile, same, seen

TOKENS = [(1.0, "abcd"), (2.0, "efgh"), (3.0, "ij")]


def test_every_measure_of_one_answer() -> None:
    """Three tokens in two seconds, three frames, each half a second late."""
    frames = [SeenFrame(1.5, "abcd", False), SeenFrame(2.5, "abcdefgh", False)]
    frames.append(SeenFrame(3.5, "abcdefghij", True))
    assert measure(TOKENS, frames) == Measures(
        # Four characters wait for half a second, twice; the last two come with the end.
        staleness=(4 * 0.5 + 4 * 0.5) / 2,
        delay=0.5,
        first_text=1.5,
        freeze=1.0,
        lag=0.5,
    )


def test_an_answer_that_is_no_message_lags_for_ever() -> None:
    """A draft with the whole answer is not its end."""
    measured = measure(TOKENS, [SeenFrame(3.5, "abcdefghij", False)])
    assert measured.lag == math.inf
    assert measured.delay == pytest.approx((4 * 2.5 + 4 * 1.5 + 2 * 0.5) / 10)


def test_an_answer_of_one_token_is_never_stale() -> None:
    """What is said in no time has no time in which it could be stale."""
    assert measure([(1.0, "abc")], [SeenFrame(1.2, "abc", True)]).staleness == 0.0


def test_words_that_never_came_on_screen_count_from_the_last_frame() -> None:
    """An answer of which the end is missing is measured as far as it goes."""
    measured = measure(TOKENS, [SeenFrame(1.5, "abcd", True)])
    assert measured.lag == math.inf
    assert measured.first_text == 1.5


@pytest.mark.parametrize(
    ("screen", "whole", "visible"),
    [
        ("Hello wor", "Hello world", "Hello wor"),
        ("Hello ▌", "Hello world", "Hello"),
        ("Hello\n\n💭 Thinking …", "Hello world", "Hello"),
        ("💭 Thinking …", "Hello world", ""),
        ("Hello" + "world", "Hello\n\nworld", "Hello\n\nworld"),
        ("Hello world\n\n⏹ Stopped.", "Hello world", "Hello world"),
        ("", "Hello", ""),
        ("Title\n\nA bold wo", "## Title\n\nA **bold** word", "## Title\n\nA **bold** wo"),
        ("A bold", "A **bold** word", "A **bold**"),
        ("A **bold", "A **bold** word", "A **bold**"),
        ("• one\n• two", "- one\n- two", "- one\n- two"),
        ("x = 1", "```python\nx = 1\n```\nand", "```python\nx = 1\n```"),
        ("a link to", "a [link](https://x.example/y) to it", "a [link](https://x.example/y) to"),
        ("☑ done", "- [x] done", "- [x] done"),
        ("a  │ b\n───┼──\n12 │ 3", "|a|b|\n|:--|--:|\n|12|3|", "|a|b|\n|:--|--:|\n|12|3|"),
        (
            "a  | b\n---+--\n12 | 3\nend",
            "|a|b|\n|--|--|\n|12|3|\nend",
            "|a|b|\n|--|--|\n|12|3|\nend",
        ),
        (
            "Plan\nBasic – Storage: 5 GB · Support: by mail\nPro – Storage: 100 GB",
            (
                "| Plan | Storage | Support |\n|---|--:|---|\n| Basic | 5 GB | by mail |\n"
                "| **Pro** | 100 GB | by phone |\nend"
            ),
            (
                "| Plan | Storage | Support |\n|---|--:|---|\n| Basic | 5 GB | by mail |\n"
                "| **Pro** | 100 GB |"
            ),
        ),
        ("a - b", "a - b and", "a - b"),
        ("Hello ▌", "Hello **world**", "Hello"),
    ],
)
def test_what_of_an_answer_a_screen_shows(screen: str, whole: str, visible: str) -> None:
    """Cursors, lines about thoughts, marks and blanks at cuts are not mistaken for the answer."""
    assert seen(screen, whole) == visible


@given(st.text(alphabet="ab \n", max_size=30), st.integers(0, 30), st.integers(0, 30))
def test_a_screen_shows_what_was_cut_out_for_it(whole: str, end: int, cut: int) -> None:
    """Any beginning of any answer is recognised, also where it stands in two messages."""
    whole = whole.strip()
    beginning = whole[:end]
    screen = beginning[:cut].strip() + beginning[cut:].strip()
    visible = seen(screen, whole)
    assert whole.startswith(visible)
    assert same(visible, beginning)


def test_blanks_alone_make_no_difference() -> None:
    """Two texts are the same when their words are."""
    assert same("a\n\nb", "ab ")
    assert not same("ab", "abb")


@pytest.mark.parametrize(
    ("share", "value"), [(0.0, 1.0), (0.5, 2.5), (0.95, 3.85), (1.0, 4.0), (1 / 3, 2.0)]
)
def test_quantiles_are_interpolated(share: float, value: float) -> None:
    """Between two values lies what is between them."""
    assert quantile([4.0, 1.0, 3.0, 2.0], share) == pytest.approx(value)


def test_quantiles_of_what_never_ends() -> None:
    """Infinite values are sorted among the others."""
    assert quantile([math.inf, 1.0, math.inf], 1.0) == math.inf
    assert quantile([math.inf, 1.0, math.inf], 0.0) == 1.0
    assert quantile([7.0], 0.5) == 7.0
