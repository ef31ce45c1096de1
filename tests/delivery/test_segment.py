"""One segment: its text, what stands below it, its form, and when it is complete on screen."""

from __future__ import annotations

import pytest

from tickertape.chat import Address, ChatKind
from tickertape.delivery.actions import Post
from tickertape.delivery.formats import Formats
from tickertape.delivery.lost.missed_posts import MOST_LOST, without
from tickertape.delivery.reply.screen import (
    Blank,
    Doubtful,
    Drafted,
    Posted,
    Screen,
    Unheard,
    Unshowable,
)
from tickertape.delivery.reply.segment import Segment
from tickertape.markup.forms import PLAIN, Blocks, Format, Look, Plain, Rendering, Spans
from tickertape.markup.pages import BlockLimits, Cut, Dialect, Limits, Page
from tickertape.markup.paper import page
from tickertape.markup.rulers import UTF16

CHAT = Address("chat", "ada", ChatKind.PRIVATE)
LIMITS = Limits(100, UTF16, blocks=BlockLimits(50, 5, 5))
TABLE = "| a | b |\n|---|---|\n| c | d |\n"


def blank_page(dialect: Dialect = "markdown") -> Page:
    """Return a page without a text."""
    return page(dialect, LIMITS)


def said(text: str = "", *, dialect: Dialect = "markdown") -> Segment:
    """Begin a segment, in blocks where they are possible, and say its text."""
    segment = Segment(blank_page(dialect), Formats("auto", has_blocks=True), 7)
    if text:
        segment.add(text)
    return segment


def post(text: str = "Hello", *, stop_button: bool = False) -> Post:
    """Return a post of a text."""
    return Post(CHAT, text, stop_button=stop_button)


def test_a_form_that_was_refused_is_not_tried_again_for_this_text() -> None:
    """Only stepped down; another text begins at the top."""
    segment = said(TABLE)
    assert isinstance(segment.final().form, Blocks)
    segment.step_down(Format.PLAIN)
    segment.step_down(Format.SPANS)
    assert isinstance(segment.final().form, Plain)
    segment.void(blank_page())
    segment.add(TABLE)
    assert isinstance(segment.final().form, Blocks)


def test_another_text_begins_with_nothing_of_the_last_one() -> None:
    """Neither covered nor waiting, not sealed, and nothing below it or around it."""
    segment = said("Some **bold words")
    segment.cover_to(5)
    segment.wait_since(3.0)
    segment.annotate("⏹")
    segment.fold("a thought")
    assert segment.end(Cut(11, "**", "**")) == " words"
    assert segment.final().text == "Some bold\n\na thought\n\n⏹"
    version = segment.version
    segment.void(blank_page(), "**")
    assert (segment.text, segment.opening, segment.closing) == ("", "**", "")
    assert (segment.covered, segment.unsent, segment.unsent_since) == (0, 0, None)
    assert (segment.sealed, segment.mark, segment.thought) == (False, "", "")
    assert segment.version > version
    assert segment.number == 7
    segment.add("New")
    assert segment.final().text == "New"


@pytest.mark.parametrize(
    ("screen", "left"),
    [
        (Posted("m1", Rendering("Hello")), Posted("m1", Rendering("Hello"))),
        (Drafted(Rendering("Hello"), 1.0), Drafted(Rendering("Hello"), 1.0)),
        (Unheard(post(), 1.0), Unheard(post(), 1.0)),
        (Unshowable(), Blank()),
        (Doubtful(), Blank()),
    ],
)
def test_what_is_on_screen_stays_until_another_text_replaces_it(
    screen: Screen, left: Screen
) -> None:
    """That a text could not be shown, or not be found, was said of that text alone."""
    segment = said("Hello")
    segment.show(screen)
    segment.void(blank_page())
    assert segment.screen == left


def test_posts_that_were_lost_bar_the_next_text_only_while_it_can_be_tried() -> None:
    """One leaves a try; as many as may be lost are of the old text, and still told of."""
    segment = said("Hello")
    segment.miss(post("one"))
    segment.void(blank_page())
    assert (segment.lost, segment.uncounted, segment.unheard_posts) == ((post("one"),), (), 1)
    assert MOST_LOST == 2
    segment.miss(post("two"))
    assert segment.unheard_posts == 2
    segment.void(blank_page())
    assert (segment.lost, segment.unheard_posts) == ((), 0)
    assert list(segment.missing) == [post("one"), post("two")]
    segment.miss(post("three"))
    assert list(segment.missing) == [post("one"), post("two"), post("three")]


@pytest.mark.parametrize(
    ("told", "tries"),
    [
        ("The first page, and more", 2),
        ("The first page", 2),
        ("The first", 2),
        ("The other page", 0),
        ("", 0),
        ("🔥", 0),
    ],
)
def test_lost_posts_bar_a_text_that_is_told_again(told: str, tries: int) -> None:
    """A text is posted as often as may be, whether or not it was taken back in between."""
    segment = said("The first page")
    for text in ("The first ▌", "The first page"):
        segment.miss(post(text))
    segment.void(blank_page())
    assert segment.tries_of(told) == tries
    segment.miss(post("another"))
    assert segment.tries_of(told) == tries + 1
    segment.clear_up(post("The first page"))
    assert segment.tries_of(told) == (tries // 2) + 1
    assert list(segment.missing) == [post("The first ▌"), post("another")]


def test_a_lost_post_is_missed_until_it_is_known_what_became_of_it() -> None:
    """Of equal ones one is cleared up; who is on screen for certain bars no other."""
    segment = said("Hello")
    for text in ("one", "one", "two"):
        segment.miss(post(text))
    segment.clear_up(post("one"))
    assert list(segment.lost) == [post("one"), post("two")]
    segment.uncount(post("two"))
    assert (list(segment.lost), list(segment.uncounted)) == ([post("one")], [post("two")])
    for known_by_then in ("two", "nobody's"):
        segment.uncount(post(known_by_then))
        assert list(segment.missing) == [post("two"), post("one")]
    segment.clear_up(post("two"))
    segment.clear_up(post("nobody's"))
    assert list(segment.missing) == [post("one")]
    assert without((post("a"), post("b"), post("a")), post("a")) == (post("b"), post("a"))


def test_what_is_covered_is_never_more_than_there_is() -> None:
    """Also where the text is cut behind that; what is wiped off the screen waits again."""
    segment = said("Hello world", dialect="raw")
    segment.wait_since(1.0)
    segment.cover()
    assert (segment.covered, segment.unsent, segment.unsent_since) == (11, 0, None)
    segment.cover_to(50)
    assert segment.covered == 11
    segment.cover_to(4)
    assert segment.unsent == 7
    segment.show(Posted("m1", Rendering("Hell")))
    segment.wipe(5.0)
    assert (segment.screen, segment.covered, segment.unsent_since) == (Blank(), 0, 5.0)
    empty = said()
    empty.wipe(5.0)
    assert empty.unsent_since is None


def test_a_segment_that_ends_where_it_is_cut_gives_the_rest_back() -> None:
    """It is complete then, and renders anew; what its preview covered is on it."""
    segment = Segment(page("raw", Limits(8, UTF16)), Formats("off", has_blocks=False))
    cut = segment.add("one-one two")
    assert cut is not None
    segment.cover_to(10)
    version = segment.version
    assert segment.final().text != "one-one"
    assert segment.end(cut) == "two"
    assert (segment.text, segment.covered, segment.sealed) == ("one-one ", 8, True)
    assert segment.version > version
    assert segment.final().text == "one-one"


def test_a_final_holds_the_words_and_below_them_the_thought_and_the_mark() -> None:
    """Folded in a text that has looks, quoted in one that has none; nothing stands for no words."""
    segment = said("Hello")
    assert segment.final() == Rendering("Hello", segment.final().form)
    segment.annotate("⏹ Stopped.")
    assert segment.final().text == "Hello\n\n⏹ Stopped."
    segment.fold("I think.")
    assert segment.final().text == "Hello\n\nI think.\n\n⏹ Stopped."
    form = segment.final().form
    assert isinstance(form, Spans)
    assert [span.look for span in form.spans] == [Look.FOLDED_QUOTE]
    segment.step_down(Format.PLAIN)
    assert segment.final() == Rendering("Hello\n\n> I think.\n\n⏹ Stopped.", PLAIN)


def test_a_mark_takes_the_place_of_words_that_are_missing() -> None:
    """A thought stands below it then, and alone nothing of it is shown."""
    segment = said()
    segment.fold("I think.")
    assert segment.final() == Rendering("")
    segment.annotate("⏹ Stopped.")
    assert segment.final().text == "⏹ Stopped.\n\nI think."
    blanks = said("\n \n")
    assert not blanks.has_words()
    assert said("Hello").has_words()
    blanks.annotate("⏹ Stopped.")
    assert blanks.final().text == "⏹ Stopped."


HELLO = Rendering("Hello")


@pytest.mark.parametrize(
    ("screen", "settled"),
    [
        (Blank(), False),
        (Drafted(HELLO, 1.0), False),
        (Posted("m1", HELLO), True),
        (Posted("m1", Rendering("Hell")), False),
        (Posted("m1", Rendering("Hello", Spans(()))), False),
        (Posted("m1", HELLO, stop_button=True), False),
        (Posted("m1", HELLO, unheard=(Rendering("Hell"),)), False),
        (Posted("m1", HELLO, open_since=2.0), False),
        (Unheard(post(), 1.0, certain=True), True),
        (Unheard(post(), 1.0), False),
        (Unheard(post(stop_button=True), 1.0, certain=True), False),
        (Unshowable(), True),
        (Doubtful(), True),
    ],
)
def test_a_segment_is_settled_when_its_final_is_on_screen_for_certain(
    screen: Screen, settled: bool
) -> None:
    """Without a button, complete, and known; or when no more can be done. Never before its end."""
    segment = said("Hello")
    segment.show(screen)
    assert not segment.settled()
    segment.seal()
    assert segment.final() == HELLO
    assert segment.settled() == settled


def test_a_segment_with_nothing_to_show_is_settled_without_a_message() -> None:
    """A message that it has must go, and a draft fades away by itself."""
    for screen, settled in (
        (Blank(), True),
        (Drafted(HELLO, 1.0), True),
        (Posted("m1", HELLO), False),
    ):
        segment = said()
        segment.show(screen)
        segment.seal()
        assert segment.settled() == settled


def test_a_segment_goes_on_where_its_state_was_taken() -> None:
    """With all that is known of it, and the closing that renders its end."""
    segment = said("Some **bold")
    segment.annotate("⏹")
    segment.fold("I think.")
    segment.show(Posted("m1", Rendering("Some")))
    for text in ("one", "two"):
        segment.miss(post(text))
    segment.uncount(post("two"))
    segment.draft_as("d1")
    segment.step_down(Format.SPANS)
    segment.cover_to(4)
    segment.wait_since(3.0)
    segment.end(Cut(11, "**"))
    again = Segment.resumed(segment.state, blank_page(), Formats("auto", has_blocks=True))
    assert again.state == segment.state
    assert (again.final(), again.text) == (segment.final(), "Some **bold")
    assert again.final().text.startswith("Some bold\n")
    assert segment.state.length == 100
