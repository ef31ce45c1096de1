"""Segments whose text is taken back, committed, cut again or closed: which message says what."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tickertape.delivery.formats import Formats
from tickertape.delivery.marks import EMPTY
from tickertape.delivery.reply.screen import Blank, Doubtful, Posted, Screen
from tickertape.delivery.reply.segments import Segments
from tickertape.markup.forms import Rendering
from tickertape.markup.pages import Limits
from tickertape.markup.rulers import UTF16

PIECES = ("one-one ", "two-two ", "three-3 ", "four-44 ")
"""Each fits a message of eight alone."""
NOTHING = Rendering("")


def said(*pieces: str, limit: int = 8) -> Segments:
    """Begin an answer whose messages hold `limit` characters, and say these."""
    segments = Segments("raw", Limits(limit, UTF16), Formats("off", has_blocks=False))
    say(segments, *pieces)
    return segments


def say(segments: Segments, *pieces: str, now: float = 0.0) -> None:
    """Add all of it, one by one."""
    for piece in pieces:
        segments.add(piece, now)


def numbered(segments: Segments) -> list[tuple[int, str]]:
    """Return the number and the text of each segment, in reading order."""
    return [(segment.number, segment.text) for segment in segments.all]


def test_what_is_said_instead_goes_into_the_same_messages_in_their_order() -> None:
    """However often it is taken back, and however little of it was said again."""
    segments = said(*PIECES)
    segments.rollback()
    assert numbered(segments) == [(1, "")]
    assert [part.number for part in segments.every()] == [1, 2, 3, 4]
    say(segments, *PIECES[:2])
    assert [part.number for part in segments.every()] == [1, 2, 3, 4]
    segments.rollback()
    say(segments, *PIECES, "five")
    assert numbered(segments) == list(enumerate((*PIECES, "five"), 1))


@pytest.mark.parametrize("committed", ["", "\n"])
def test_what_gets_a_message_of_its_own_stands_below_those_that_are_there(committed: str) -> None:
    """A piece whose posts are over has none: the others are filled first, whichever came first."""
    texts = ("one-1 ", *PIECES[1:])
    segments = said(committed)
    segments.commit()
    say(segments, *texts[:3])
    screens: tuple[Screen, ...] = (Doubtful(), Posted("m5", NOTHING), Blank())
    for segment, screen in zip(segments.all, screens, strict=True):
        segment.show(screen)
    segments.rollback()
    say(segments, *texts)
    assert [part.screen for part in segments.all] == [Posted("m5", NOTHING), *[Blank()] * 3]
    assert segments.said == committed + "".join(texts)


def test_messages_of_what_is_told_again_are_kept_behind_a_tool() -> None:
    """What stood there before the process was killed goes into them; at the end the rest goes."""
    before = said(*PIECES)
    for number, segment in enumerate(before.all):
        segment.show(Posted(f"m{number}", NOTHING))
    state = replace(before.state, is_retold=True)
    segments = Segments.resumed(state, said())
    segments.rollback()
    say(segments, PIECES[0])
    segments.commit()
    say(segments, PIECES[1])
    segments.commit()
    segments.close("")
    shown = [(part.text, getattr(part.screen, "message_id", None)) for part in segments.all]
    assert shown == [(PIECES[0], "m0"), (PIECES[1], "m1"), ("", "m2"), ("", "m3")]


@pytest.mark.parametrize("how", ["commit", "close"])
def test_messages_that_nothing_goes_into_are_sealed_and_empty(how: str) -> None:
    """They are deleted: behind what was said, and before what is said next."""
    segments = said(*PIECES)
    segments.rollback()
    say(segments, "one")
    if how == "close":
        segments.close("")
        assert numbered(segments) == [(1, "one"), (2, ""), (3, ""), (4, "")]
    else:
        segments.commit()
        assert numbered(segments) == [(1, "one"), (3, ""), (4, ""), (2, "")]
        assert not segments.live.sealed
    empty = [part for part in segments.all if not part.text and part is not segments.live]
    assert all(part.sealed and not part.final() for part in empty)
    assert segments.said == "one"


def test_a_rollback_takes_back_what_was_said_since_the_commit() -> None:
    """What was committed stays as it is, and what follows begins behind it."""
    segments = said("one")
    segments.commit()
    say(segments, *PIECES[1:3])
    segments.rollback()
    assert numbered(segments) == [(1, "one"), (2, "")]
    say(segments, "again")
    assert numbered(segments) == [(1, "one"), (2, "again")]
    assert segments.all[0].sealed
    assert not segments.live.sealed


def test_blanks_that_were_committed_are_not_taken_back() -> None:
    """They are nobody's message yet, and no byte of what was said is lost."""
    segments = said("\n")
    segments.commit()
    say(segments, "word", now=3.0)
    segments.rollback()
    assert segments.said == "\n"
    assert segments.live.unsent == 0
    say(segments, "two", now=5.0)
    assert segments.said == "\ntwo"
    assert segments.live.unsent_since == 5.0


def test_what_was_complete_on_screen_is_looked_at_again_after_a_rollback() -> None:
    """A message that shows what was taken back is not done."""
    segments = said(*PIECES[:2])
    first = segments.all[0]
    first.show(Posted("m1", first.final()))
    assert segments.pending() is segments.all[1]
    segments.rollback()
    assert segments.pending() is first
    segments.close("")
    assert segments.pending() is first


def test_a_segment_ends_as_soon_as_more_is_said_or_at_once_if_it_says_something() -> None:
    """A segment without words goes on instead; a rollback forgets that it was to end."""
    segments = said("one", limit=40)
    segments.end()
    assert [part.sealed for part in segments.all] == [False]
    say(segments, "two")
    assert numbered(segments) == [(1, "one"), (2, "two")]
    segments.seal()
    segments.seal()
    assert numbered(segments) == [(1, "one"), (2, "two"), (3, "")]
    say(segments, "\n")
    segments.end()
    say(segments, "three")
    say(segments, " four")
    assert numbered(segments)[2:] == [(3, "\nthree four")]
    segments.end()
    segments.rollback()
    say(segments, "five", " six")
    assert numbered(segments)[0] == (1, "five six")


def test_text_waits_since_its_first_character_came_in_whichever_segment_that_is() -> None:
    """Not since the segment's beginning, nor since the newest words; what is covered waits not."""
    segments = said(limit=8)
    say(segments, "one", now=1.0)
    say(segments, "-one ", now=2.0)
    assert [part.unsent_since for part in segments.all] == [1.0]
    segments.live.cover()
    assert [part.unsent_since for part in segments.all] == [None]
    say(segments, "two-two ", now=3.0)
    assert [part.unsent_since for part in segments.all] == [None, 3.0]
    say(segments, "", now=4.0)
    assert [part.unsent_since for part in segments.all] == [None, 3.0]


def test_a_copy_goes_when_all_that_was_said_is_on_screen() -> None:
    """It is a message without a text, behind all others, also where the answer has ended."""
    shown = Posted("m9", Rendering("one"))
    segments = said("one")
    segments.remove_copy(shown)
    assert [part.screen for part in segments.shown()] == [shown]
    assert segments.live.text == "one"
    say(segments, *PIECES[1:])
    segments.rollback()
    say(segments, "end")
    segments.close("")
    assert segments.all[-1].screen == shown
    segments.remove_copy(Posted("m10", Rendering("one")))
    *_, first, second = segments.all
    assert [part.screen for part in (first, second)] == [shown, Posted("m10", Rendering("one"))]
    assert all(part.sealed and not part.final() and not part.settled() for part in (first, second))
    assert len({part.number for part in segments.all}) == len(segments.all)


def test_a_mark_stands_below_the_words_or_has_a_message_where_there_is_no_room() -> None:
    """Alone it needs no words; with the room of just itself it stays."""
    fitting = said("one", limit=7)
    fitting.close("⏹⏹")
    assert [part.final().text for part in fitting.all] == ["one\n\n⏹⏹"]
    crowded = said("one", limit=6)
    crowded.close("⏹⏹")
    assert [part.final().text for part in crowded.all] == ["one", "⏹⏹"]
    alone = said(limit=1)
    alone.close("⏹⏹")
    assert [part.final().text for part in alone.all] == ["⏹⏹"]
    assert all(part.sealed for one in (fitting, crowded, alone) for part in one.all)
    assert all(one.closed for one in (fitting, crowded, alone))


def test_a_thought_that_is_too_long_loses_its_beginning_or_is_left_out() -> None:
    """Halved until it fits; less than forty characters say nothing."""
    thought = "a" * 40 + "b" * 40
    whole = said("one", limit=85)
    whole.close("", thought)
    assert whole.live.thought == thought
    halved = said("one", limit=84)
    halved.close("", thought)
    assert halved.live.thought == "…" + "b" * 40
    none = said("one", limit=45)
    none.close("", thought)
    assert none.live.thought == ""
    least = said("one", limit=100)
    least.close("", "a" * 40)
    assert least.live.thought == "a" * 40
    less = said("one", limit=100)
    less.close("", "a" * 39)
    assert less.live.thought == ""
    wordless = said(limit=100)
    wordless.close("", thought)
    assert wordless.live.final().text == ""


def test_what_stands_below_goes_before_the_words_are_cut() -> None:
    """The thought is left out, the mark gets a message of its own; then the text is halved."""
    segments = said("one two three four", limit=120)
    segments.close("⏹", "I thought of many things, and of some more.")
    live = segments.live
    assert segments.shrink(live, 0.0)
    assert [part.final().text for part in segments.all] == ["one two three four\n\n⏹"]
    assert segments.shrink(live, 0.0)
    assert [part.final().text for part in segments.all] == ["one two three four", "⏹"]
    assert segments.all[1].sealed
    assert not segments.shrink(live, 0.0)


def test_what_is_cut_again_goes_into_messages_between_and_nothing_behind_it_moves() -> None:
    """The first piece keeps the message, what its preview covers is covered; the rest waits."""
    segments = said("one two three four", " and on", limit=20)
    first, second = segments.all
    first.show(Posted("m1", Rendering("one two th")))
    first.cover_to(10)
    assert segments.shrink(first, 7.0)
    assert segments.said == "one two three four and on"
    assert segments.all[0] is first
    assert segments.all[-1] is not first
    assert second in segments.all
    assert first.screen == Posted("m1", Rendering("one two th"))
    assert all(len(part.text) <= 9 for part in segments.all)
    assert first.covered == len(first.text)
    waiting = [part.unsent_since for part in segments.all]
    assert waiting[0] is None
    assert set(waiting[1:]) == {7.0}
    assert segments.live.unsent > 0
    assert [part.sealed for part in segments.all[:-1]] == [True] * (len(segments.all) - 1)


def test_a_mark_that_does_not_fit_is_all_that_its_message_says() -> None:
    """It goes on with nothing."""
    segments = Segments("markdown", Limits(20, UTF16), Formats("off", has_blocks=False))
    say(segments, "one **two** three")
    segments.close("⏹ Stopped.", "")
    assert [part.final().text for part in segments.all] == ["one two three", "⏹ Stopped."]
    assert [part.opening for part in segments.all] == ["", ""]


def test_what_stands_below_the_last_piece_stays_there() -> None:
    """Where it is cut with the pieces before it: what was thought, and why it ended."""
    segments = said("one two three four", " and on", limit=20)
    first, second = segments.all
    second.fold("I thought.")
    second.annotate("⏹")
    assert segments.shrink(first, 7.0)
    *before, last = segments.all
    assert (last.thought, last.mark) == ("I thought.", "⏹")
    assert all((part.thought, part.mark) == ("", "") for part in before)


@pytest.mark.parametrize("ends", [False, True])
def test_the_pieces_of_a_text_that_is_cut_again_go_into_the_messages_that_are_there(
    *, ends: bool
) -> None:
    """What is posted stands below all of them, also where the next text had one of them."""
    segments = said("one-one two-two", "three-3 four-44", "five", limit=16)
    for segment in segments.all:
        segment.show(Posted(f"m{segment.number}", NOTHING, nth=segment.number))
    segments.rollback()
    say(segments, "one-one two-two", "three-3 four-44", "more")
    if ends:
        segments.close("⏹")
    assert segments.shrink(segments.all[0], 0.0)
    assert segments.said == "one-one two-two" + "three-3 four-44" + "more"
    ids = [getattr(part.screen, "message_id", None) for part in segments.all]
    assert ids[:3] == ["m1", "m2", "m3"]
    assert set(ids[3:]) == {None}
    assert len(ids) > 4
    assert [part.sealed for part in segments.all] == [*[True] * (len(ids) - 1), ends]
    assert segments.live.mark == ("⏹" if ends else "")
    segments.closed = False
    segments.rollback()
    assert segments.said == ""


def test_messages_that_no_piece_of_a_text_is_left_for_have_to_go() -> None:
    """They stand behind all that was said when it is cut again, and are deleted as before."""
    segments = said(*["one-one two-two "] * 6, limit=16)
    for segment in segments.all:
        segment.show(Posted(f"m{segment.number}", NOTHING, nth=segment.number))
    segments.rollback()
    say(segments, "one-one two-two ")
    segments.close("")
    assert segments.shrink(segments.all[0], 0.0)
    texts = [part.text for part in segments.all]
    assert len(texts) == 6
    empty = texts.index("")
    assert set(texts[empty:]) == {""}
    assert "".join(texts[:empty]) == "one-one two-two "
    assert all(part.sealed for part in segments.all)
    assert [part.number for part in segments.all] == [1, 2, 3, 4, 5, 6]


def test_no_message_is_told_to_be_empty_in_the_place_of_another() -> None:
    """One that could not be deleted says so until a text takes it; the next one is deleted."""
    segments = said(*PIECES[:3])
    for segment in segments.all:
        segment.show(Posted(f"m{segment.number}", NOTHING, nth=segment.number))
    segments.rollback()
    say(segments, PIECES[0])
    segments.close("")
    first, second, third = segments.all
    second.annotate(EMPTY)
    first.show(Blank())
    segments.move_up(first, 0.0)
    assert numbered(segments) == [(2, PIECES[0]), (1, ""), (3, "")]
    assert [part.mark for part in segments.all] == ["", "", ""]
    assert segments.pending() is second
    segments.move_up(third, 0.0)
    assert numbered(segments) == [(2, PIECES[0]), (1, ""), (3, "")]


@pytest.mark.parametrize("is_retold", [False, True])
def test_spare_messages_are_taken_in_the_order_in_which_they_were_posted(
    *, is_retold: bool
) -> None:
    """Also where they waited to be deleted, before a text that went into an earlier one."""
    before = said(*PIECES[:3])
    for segment in before.all:
        segment.show(Posted(f"m{segment.number}", NOTHING, nth=segment.number))
    before.rollback()
    say(before, PIECES[0])
    before.commit()
    assert [part.number for part in before.all] == [1, 3, 2]
    first = before.all[0].number
    state = replace(before.state, first_void=first, committed="", is_retold=is_retold)
    segments = Segments.resumed(state, said())
    segments.rollback()
    say(segments, *PIECES)
    assert [part.number for part in segments.all] == [1, 2, 3, 4]
    assert segments.said == "".join(PIECES)


@pytest.mark.parametrize(("length", "is_cut"), [(19, False), (20, True), (21, True)])
def test_a_text_is_cut_again_down_to_a_tenth_of_the_limit(length: int, is_cut: bool) -> None:
    """No platform's true limit is lower: its halves would be shorter than that."""
    segments = said("x" * length, limit=100)
    assert segments.shrink(segments.live, 0.0) == is_cut


def test_a_segment_that_shows_what_it_can_ends_there_and_the_rest_follows() -> None:
    """Only the live one ends like this; what follows waits from that moment."""
    segments = Segments("source", Limits(100, UTF16), Formats("off", has_blocks=False))
    say(segments, "Done.\n\nAnd **bo", now=1.0)
    segments.part(segments.live, 4.0)
    assert numbered(segments) == [(1, "Done.\n\n"), (2, "And **bo")]
    assert segments.all[0].sealed
    assert segments.live.unsent_since == 4.0
    segments.part(segments.all[0], 5.0)
    assert numbered(segments) == [(1, "Done.\n\n"), (2, "And **bo")]
    whole = said("all of it", limit=100)
    whole.part(whole.live, 5.0)
    assert numbered(whole) == [(1, "all of it"), (2, "")]
    assert whole.live.unsent_since is None


def test_a_spare_message_that_goes_on_with_code_is_opened_as_code_again() -> None:
    """Also where it goes on from its state."""
    begun = Segments("markdown", Limits(16, UTF16), Formats("off", has_blocks=False))
    say(begun, "one one one one two two two")
    begun.rollback()
    say(begun, "```\nx = 1\n", "y = 2\n", "z = 3\n")
    assert [part.number for part in begun.all] == [1, 2]
    assert begun.live.opening == "```\n"
    again = Segments.resumed(begun.state, begun)
    assert again.live.final() == begun.live.final()
    assert again.state == begun.state


def test_segments_go_on_where_their_state_was_taken() -> None:
    """With spare messages, copies, what was committed, and a limit that was found lower."""
    segments = said("kept", limit=16)
    segments.commit()
    say(segments, *PIECES, "more")
    assert segments.shrink(segments.all[1], 2.0)
    segments.rollback()
    segments.remove_copy(Posted("m9", Rendering("kept")))
    say(segments, "one")
    segments.end()
    again = Segments.resumed(segments.state, said(limit=16))
    assert again.state == segments.state
    for part in (segments, again):
        say(part, "two-two-two-two")
        part.rollback()
        say(part, "three-three-three")
        part.close("⏹")
    assert again.state == segments.state
    assert numbered(again) == numbered(segments)
