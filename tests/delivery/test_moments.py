"""Moments: how long is paused after failures, what refusals teach, when a preview is worth it."""

from __future__ import annotations

import pytest

from tickertape.delivery.formats import FORGET_CHANNEL, FORGET_CHAT, Abilities, Formats
from tickertape.delivery.limits.limit_estimate import Family, LimitEstimate
from tickertape.delivery.reply.backoff import NO_FAILURE
from tickertape.delivery.reply.preview_clock import (
    NEVER,
    PreviewClock,
)
from tickertape.delivery.reply.schedule import alive_until, telling_at, worth_at
from tickertape.delivery.reply.screen import Blank, Drafted
from tickertape.delivery.reply.segment import Segment
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.ways import DraftWay
from tickertape.markup.forms import Rendering
from tickertape.markup.pages import Limits
from tickertape.markup.paper import page
from tickertape.markup.rulers import UTF16


def test_pauses_double_from_half_a_second_to_thirty() -> None:
    """However often it fails; what never left is counted apart, and begins anew after an answer."""
    trouble = NO_FAILURE
    pauses: list[float] = []
    for _ in range(20):
        trouble = trouble.worse(1, 100.0, is_final=True, refused=len(pauses) % 2 == 0)
        pauses.append(trouble.until - 100.0)
    assert pauses[:8] == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    assert set(pauses[8:]) == {30.0}
    assert (trouble.failures, trouble.refusals, trouble.unreached) == (20, 10, 0)


@pytest.mark.parametrize(
    ("wait", "pauses"),
    [
        (0.25, [0.25, 0.5, 1.0, 2.0, 2.0]),
        (1.5, [1.5, 2.0, 2.0, 2.0, 2.0]),
        (5.0, [5.0, 5.0, 5.0, 5.0, 5.0]),
    ],
)
def test_a_channel_that_nothing_reaches_is_tried_soon(wait: float, pauses: list[float]) -> None:
    """At least as late as it asks for, and else within two seconds; an answer ends the count."""
    trouble = NO_FAILURE
    made: list[float] = []
    for _ in range(5):
        trouble = trouble.unreaching(1, 100.0, wait, is_final=False)
        made.append(trouble.until - 100.0)
    assert made == pauses
    assert (trouble.unreached, trouble.failures) == (5, 0)
    assert trouble.worse(1, 100.0, is_final=False, refused=False).unreached == 0
    for _ in range(2_000):
        trouble = trouble.unreaching(1, 100.0, 0.25, is_final=False)
    assert trouble.until == 102.0


def test_a_failure_says_nothing_of_other_segments_nor_of_the_final() -> None:
    """Each begins with nothing that went wrong."""
    trouble = NO_FAILURE
    for _ in range(3):
        trouble = trouble.worse(1, 100.0, is_final=False, refused=True)
    assert trouble.until_for(1, is_final=False) == 102.0
    assert trouble.until_for(1, is_final=True) == -NEVER
    assert trouble.until_for(2, is_final=False) == -NEVER
    for segment, is_final in ((1, True), (2, False)):
        other = trouble.worse(segment, 100.0, is_final=is_final, refused=False)
        assert (other.failures, other.refusals, other.until) == (1, 0, 100.5)
        assert other.until_for(segment, is_final=is_final) == 100.5
        away = trouble.unreaching(segment, 100.0, 0.25, is_final=is_final)
        assert (away.failures, away.unreached, away.until) == (0, 1, 100.25)


def test_a_lesson_fades_by_half_in_a_quarter_of_an_hour_once_its_wait_is_over() -> None:
    """To nothing; refusals multiply it up to sixteen, and the longest wait counts."""
    lesson = LimitEstimate(Family.MESSAGES).refused(100.0)
    assert (lesson.slowness, lesson.closed_for) == (2.5, 100.0)
    again = lesson.refused(30.0)
    assert (again.slowness, again.closed_for) == (6.25, 100.0)
    assert again.refused(200.0) == LimitEstimate(Family.MESSAGES, 15.625, 200.0)
    assert again.refused(1.0).refused(1.0).slowness == 16.0
    assert lesson.after(60.0) == LimitEstimate(Family.MESSAGES, 2.5, 40.0)
    assert lesson.after(1_000.0) == LimitEstimate(Family.MESSAGES, 1.75, 0.0)
    assert lesson.after(1_900.0).slowness == pytest.approx(1.375)
    assert not lesson.after(1_000.0).is_nothing
    assert not LimitEstimate(Family.DRAFTS, 1.0, 0.5).is_nothing
    assert not LimitEstimate(Family.DRAFTS, 1.05).is_nothing
    assert LimitEstimate(Family.DRAFTS, 1.04).is_nothing


def test_what_a_chat_lacks_is_asked_again_after_an_hour_and_a_channel_after_six() -> None:
    """A channel's lack is that of all its chats, a chat's is its own."""
    lacking = Abilities()
    assert lacking.has_blocks("a", 0.0)
    lacking.lacks_blocks("a", 10.0)
    assert not lacking.has_blocks("a", 10.0)
    assert lacking.has_blocks("b", 10.0)
    assert not lacking.has_blocks("a", 9.0 + FORGET_CHAT)
    assert lacking.has_blocks("a", 10.0 + FORGET_CHAT)
    lacking.lacks_blocks(None, 20.0)
    assert not lacking.has_blocks("b", 20.0)
    lacking.lacks_blocks("b", 30.0)
    assert not lacking.has_blocks("c", 19.0 + FORGET_CHANNEL)
    assert lacking.has_blocks("b", 20.0 + FORGET_CHANNEL)


def said(text: str, *, at: float | None = 10.0, covered: int = 0) -> Segment:
    """Return a segment with a text that came at one moment, and what of it was shown."""
    paper = page("raw", Limits(4_096, UTF16))
    segment = Segment(paper, Formats("off", has_blocks=False), 1)
    segment.add(text)
    segment.cover_to(covered)
    segment.wait_since(at)
    return segment


BEGUN = PreviewClock(start=1.0, last=5.0)


@pytest.mark.parametrize(
    ("segment", "clock", "moment"),
    [
        (said("Hello"), PreviewClock(), 10.25),
        (said("Hello "), PreviewClock(), 10.0),
        (said("…"), PreviewClock(), 11.0),
        (said("Hello "), BEGUN, 11.0),
        (said("x" * 39), BEGUN, 11.0),
        (said("x" * 40), BEGUN, 10.0),
        (said("x" * 40), PreviewClock(), 10.0),
        (said("x" * 79, covered=40), BEGUN, 11.0),
        (said("Hello", covered=5), BEGUN, NEVER),
        (said("Hello", at=None), BEGUN, NEVER),
    ],
)
def test_text_is_worth_a_preview(segment: Segment, clock: PreviewClock, moment: float) -> None:
    """A first word when it is whole, or soon; then so many characters, or a second's wait."""
    assert worth_at(segment, clock, StreamingConfig(buffer_threshold=40)) == moment


def test_a_line_of_progress_is_worth_a_preview_sooner_where_nothing_is_on_screen() -> None:
    """One that the last preview told is not, nor one that went away."""
    segment = said("Hello")
    assert telling_at(segment, "🔧 clock …", 10.0, BEGUN) == 10.5
    segment.show(Drafted(Rendering("Hello"), 5.0))
    assert telling_at(segment, "🔧 clock …", 10.0, BEGUN) == 11.0
    assert telling_at(segment, "", 10.0, BEGUN) == NEVER
    assert telling_at(segment, "🔧 clock …", None, BEGUN) == NEVER
    assert telling_at(segment, "💭", 10.0, PreviewClock(1.0, 5.0, "💭")) == NEVER


def test_a_draft_is_shown_again_after_three_quarters_of_its_life() -> None:
    """Unless nothing is left to show in it."""
    segment, empty = said("Hello"), said("")
    assert alive_until(segment, DraftWay(30.0), "💭") == NEVER
    for one in (segment, empty):
        one.show(Drafted(Rendering("Hello"), 8.0))
    assert alive_until(segment, DraftWay(30.0), "") == 30.5
    assert alive_until(empty, DraftWay(30.0), "💭") == 30.5
    assert alive_until(empty, DraftWay(30.0), "") == NEVER
    segment.show(Blank())
    assert alive_until(segment, DraftWay(30.0), "") == NEVER
