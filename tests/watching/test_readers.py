"""What readers of some speed wait for, on answers that can be counted by hand, and in general."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.testing.measures import READERS, SeenFrame, Token, read_through, speed_name

TOKENS = [(1.0, "x" * 24), (2.0, "x" * 24), (3.0, "x" * 24)]
WHOLE = 72
SPEEDS = st.sampled_from([5.0, *READERS])
ANSWERS = st.lists(st.tuples(st.floats(0.01, 3.0), st.integers(1, 60)), min_size=1, max_size=9)
LATE = st.lists(st.floats(0.0, 4.0), min_size=9, max_size=9)


def frames_at(*shown: tuple[float, int]) -> list[SeenFrame]:
    """Make frames of so many characters each."""
    return [SeenFrame(at, "x" * size, durable=size == WHOLE) for at, size in shown]


def tokens_of(answer: list[tuple[float, int]]) -> list[Token]:
    """Make tokens with these gaps and sizes."""
    moments = itertools.accumulate(gap for gap, _ in answer)
    return [(at, "x" * size) for at, (_, size) in zip(moments, answer, strict=True)]


def late_frames(tokens: list[Token], lateness: list[float]) -> list[SeenFrame]:
    """Show each token some time after it was said, in order."""
    totals = itertools.accumulate(len(text) for _, text in tokens)
    moments = itertools.accumulate(
        (at + late for (at, _), late in zip(tokens, lateness, strict=False)), max
    )
    return [SeenFrame(at, "x" * n, durable=True) for at, n in zip(moments, totals, strict=True)]


@pytest.mark.parametrize(
    ("frames", "speed", "delay", "stall"),
    [
        # As it was said: nobody waits for us.
        (frames_at((1.0, 24), (2.0, 48), (3.0, 72)), 24.0, 0.0, 0.0),
        (frames_at((1.0, 24), (2.0, 48), (3.0, 72)), 60.0, 0.0, 0.0),
        (frames_at((1.0, 24), (2.0, 48), (3.0, 72)), math.inf, 0.0, 0.0),
        # The first text is late, and a reader has always something to read from there.
        (frames_at((1.5, 24), (2.5, 48), (3.5, 72)), 24.0, 0.5, 0.0),
        (frames_at((1.5, 24), (2.5, 48), (3.5, 72)), math.inf, 0.5, 0.0),
        # The second frame is late: 24 characters are read in a second, or in 0.4.
        (frames_at((1.0, 24), (2.5, 48), (3.0, 72)), 24.0, 0.5, 0.5),
        # A skimmer waits for raw tokens as long.
        (frames_at((1.0, 24), (2.5, 48), (3.0, 72)), 60.0, 0.0, 0.0),
        (frames_at((1.0, 24), (3.5, 72)), 60.0, 0.9, 0.9),
        (frames_at((1.0, 24), (2.5, 48), (3.0, 72)), math.inf, 0.0, 0.0),
        # One frame shows all: who reads slowly has lost only what it came too late.
        (frames_at((3.0, 72)), 24.0, 2.0, 0.0),
        (frames_at((3.0, 72)), 60.0, 0.8, 0.0),
        (frames_at((3.0, 72)), math.inf, 0.0, 0.0),
        # The same text in another place, or less of it, is nothing to read on.
        (frames_at((1.0, 24), (1.5, 24), (1.7, 3), (2.5, 72), (9.0, 72)), 24.0, 0.5, 0.5),
        # The rest never comes.
        (frames_at((1.0, 24), (2.0, 48)), 24.0, math.inf, 0.0),
    ],
)
def test_what_a_reader_waits_for(
    frames: list[SeenFrame], speed: float, delay: float, stall: float
) -> None:
    """By how much later than with raw tokens all is read, and the waiting that is ours."""
    reading = read_through(TOKENS, frames, speed)
    assert reading.speed == speed
    assert reading.delay == pytest.approx(delay)
    assert reading.stall == pytest.approx(stall)


def test_blanks_around_an_answer_are_not_read() -> None:
    """What is said and never shown keeps no reader waiting."""
    tokens = [(1.0, "ab"), (2.0, "c"), (9.0, "\n")]
    frames = [SeenFrame(1.0, "ab", durable=True), SeenFrame(2.5, "abc", durable=True)]
    assert read_through(tokens, frames, 24.0).delay == pytest.approx(0.5)


@given(answer=ANSWERS, lateness=LATE, speed=SPEEDS)
def test_a_delay_is_a_late_beginning_and_what_is_waited_more_than_for_the_tokens(
    answer: list[tuple[float, int]], lateness: list[float], speed: float
) -> None:
    """Where readers wait less than for raw tokens, that is no stall, and shortens the delay."""
    tokens = tokens_of(answer)
    frames = late_frames(tokens, lateness)
    reading = read_through(tokens, frames, speed)
    begins_late = frames[0].at - tokens[0][0]
    assert reading.stall >= 0.0
    assert -1e-9 <= reading.delay <= begins_late + reading.stall + 1e-9
    if reading.stall > 1e-9:
        assert reading.delay == pytest.approx(begins_late + reading.stall)


@given(answer=ANSWERS, lateness=LATE, speed=SPEEDS, which=st.integers(0, 8), more=st.floats(0, 3))
def test_a_frame_that_comes_later_makes_no_reader_faster(
    answer: list[tuple[float, int]],
    lateness: list[float],
    speed: float,
    which: int,
    more: float,
) -> None:
    """And by no more than it is later."""
    tokens = tokens_of(answer)
    later = [late + (more if number == which else 0.0) for number, late in enumerate(lateness)]
    before = read_through(tokens, late_frames(tokens, lateness), speed).delay
    after = read_through(tokens, late_frames(tokens, later), speed).delay
    assert before - 1e-9 <= after <= before + more + 1e-9


@given(answer=ANSWERS, lateness=LATE)
def test_who_reads_at_once_has_read_all_when_the_last_frame_came(
    answer: list[tuple[float, int]], lateness: list[float]
) -> None:
    """That is the reader of staleness: nothing but the end counts."""
    tokens = tokens_of(answer)
    frames = late_frames(tokens, lateness)
    assert read_through(tokens, frames, math.inf).delay == pytest.approx(
        frames[-1].at - tokens[-1][0]
    )


def test_speeds_have_names_for_tables() -> None:
    """A reader, one who skims, and one who needs no time."""
    assert [speed_name(speed) for speed in READERS] == ["24/s", "60/s", "at once"]
