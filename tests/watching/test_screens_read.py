"""Reading screens that grow, and the measures, against the plain definitions."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.watching.measures import SeenFrame, Token, delays, measure
from tickertape.watching.readers import reader_stall
from tickertape.watching.reading import Reading, common_prefix

ALPHABET = "ab |*#-\n:`x [](•–+~"
TABLE = "|a|b|c|\n|--|--|--|\n|x|1 2|**y**|\n|b|x|1|\n"

wholes = st.builds(
    lambda table, text: (TABLE if table else "") + text,
    st.booleans(),
    st.text(alphabet=ALPHABET, max_size=40),
)


class PlainReading(Reading):
    """Reads one character after the other."""

    def _hop(self, screen: str, at: int, number: int) -> tuple[int, int]:
        return at, number

    def _run(self, screen: str, at: int, number: int) -> int:
        return 1


@given(wholes, st.lists(st.tuples(st.integers(0, 80), st.text(ALPHABET, max_size=6)), max_size=6))
def test_a_screen_that_changes_is_read_as_if_it_were_the_first(
    whole: str, changes: list[tuple[int, str]]
) -> None:
    """Whatever was read before, a screen reads as to a slow reader who sees only it."""
    reading = Reading(whole)
    for end, more in changes:
        screen = whole[:end].replace("*", "").replace("#", "") + more
        assert reading.read(screen) == PlainReading(whole).read(screen)


@given(st.text("ab", max_size=9), st.text("ab", max_size=9))
def test_what_two_texts_have_in_common(one: str, other: str) -> None:
    """It is the longest text with which both begin."""
    length = common_prefix(one, other)
    assert one[:length] == other[:length]
    assert one[: length + 1] != other[: length + 1] or length == min(len(one), len(other))


def plain_delay(tokens: Sequence[Token], frames: Sequence[SeenFrame]) -> float:
    """Average the delays of the characters, one token after the other."""
    remaining = iter(frames)
    frame, total, said = next(remaining), 0.0, 0
    longest = max(len(frame.text) for frame in frames)
    for at, text in tokens:
        said += len(text)
        while len(frame.text) < min(said, longest):
            frame = next(remaining)
        total += len(text) * (max(frame.at, at) - at)
    return total / said


moments = st.floats(0, 20).map(lambda at: round(at, 3))


@st.composite
def answers(draw: st.DrawFn) -> tuple[list[Token], list[SeenFrame]]:
    """Draw what an agent said, and what its reader saw of it."""
    texts = draw(st.lists(st.text("ab ", min_size=1, max_size=5), min_size=1, max_size=9))
    times = sorted(draw(st.lists(moments, min_size=len(texts), max_size=len(texts))))
    whole = "".join(texts)
    seen = draw(st.lists(st.tuples(moments, st.integers(0, len(whole)), st.booleans()), min_size=1))
    frames = [SeenFrame(at, whole[:end], durable) for at, end, durable in sorted(seen)]
    return list(zip(times, texts, strict=True)), frames


@given(answers())
def test_the_mean_delay_is_that_of_its_characters(
    answer: tuple[list[Token], list[SeenFrame]],
) -> None:
    """What is summed by frames is what is summed by tokens; the short measure is the long one's."""
    tokens, frames = answer
    times, texts = zip(*tokens, strict=True)
    short = delays(times, [len(text) for text in texts], "".join(texts), frames)
    long = measure(tokens, frames)
    assert short.delay == pytest.approx(plain_delay(tokens, frames), abs=1e-6)
    assert (short.delay, short.first_text) == (long.delay, long.first_text)
    assert (short.freeze, short.lag) == (long.freeze, long.lag)


def frames_at(*seen: tuple[float, int]) -> list[SeenFrame]:
    """Return frames of so many characters at these moments."""
    return [SeenFrame(at, "x" * length, durable=False) for at, length in seen]


@pytest.mark.parametrize(
    ("frames", "speed", "stall"),
    [
        (frames_at((1.0, 24)), 24.0, 0.0),
        (frames_at((1.0, 24), (2.0, 48)), 24.0, 0.0),
        (frames_at((1.0, 24), (3.0, 48)), 24.0, 1.0),
        (frames_at((1.0, 24), (3.0, 48)), 60.0, 1.6),
        (frames_at((1.0, 48), (2.0, 72), (5.0, 73)), 24.0, 1.0),
        (frames_at((1.0, 24), (3.0, 24), (4.0, 48), (9.0, 48)), 24.0, 2.0),
        (frames_at((1.0, 24), (3.0, 2), (4.0, 48)), 24.0, 2.0),
    ],
)
def test_how_long_a_reader_waits(frames: list[SeenFrame], speed: float, stall: float) -> None:
    """Waiting begins when all that is visible was read, and ends with more; the end is no wait."""
    assert reader_stall(frames, speed) == pytest.approx(stall)
