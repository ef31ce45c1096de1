"""What was sent as one is read as one: a machine without a clock, by tables and at random."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.chat import Address, ChatKind, Inbound, Message, Person, StopPressed
from tickertape.gateway.albums import CUT_TEXT, LONGEST, LONGEST_TEXT, SETTLED, Albums
from tickertape.gateway.question import is_question, is_unreadable
from tickertape.message import (
    Attachment,
    AttachmentKind,
    Author,
    ForwardedMessage,
    MessagePart,
    QuotedMessage,
)

HERE = Address("telegram", "1001", ChatKind.PRIVATE)
ANNA = Person("1001", "Anna")
PHOTO = Attachment(AttachmentKind.PHOTO)
STICKER = Attachment(AttachmentKind.STICKER)


def sent(
    number: int, text: str = "", *more: MessagePart, album: str = "", sender: Person | None = ANNA
) -> Message:
    """Give a message with `more` in it."""
    parts = (*more, text) if text else more
    return Message(HERE, sender, text, str(number), to_us=True, parts=parts, album=album)


def test_words_alone_do_not_wait() -> None:
    """Neither do presses; what waits goes before words."""
    albums = Albums()
    press = StopPressed(HERE, ANNA, draft_id="1")
    assert albums.take(sent(1, "hi"), 0.0) == (sent(1, "hi"),)
    assert albums.take(sent(2, "", PHOTO), 0.0) == ()
    assert albums.take(press, 0.1) == (press,)
    assert albums.take(sent(3, "hi"), 0.2) == (sent(2, "", PHOTO), sent(3, "hi"))
    assert albums.due is None


@pytest.mark.parametrize("captioned", range(3))
def test_an_album_is_one_message(captioned: int) -> None:
    """Its caption may stand anywhere; it is answered where the caption is."""
    albums = Albums()
    for number in range(3):
        text = "what?" if number == captioned else ""
        assert albums.take(sent(number, text, PHOTO, album="a"), 0.1 * number) == ()
    assert albums.due == pytest.approx(0.2 + SETTLED)
    assert albums.ready(0.8) == ()
    [whole] = albums.ready(0.2 + SETTLED)
    assert whole.parts == (PHOTO, PHOTO, PHOTO, "what?")
    assert (whole.text, whole.message_id) == ("what?", str(captioned))


def test_what_has_no_words_is_one_message() -> None:
    """Albums and single pieces that come in one burst are told of once."""
    albums = Albums()
    for number in range(4):
        albums.take(sent(number, "", PHOTO, album="ab"[number % 2]), 0.0)
    albums.take(sent(9, "", STICKER), 0.1)
    [whole] = albums.ready(1.0)
    assert is_unreadable(whole)
    assert len(whole.parts) == 5


def test_a_burst_without_an_end_is_read() -> None:
    """Nothing waits longer than some seconds."""
    albums = Albums()
    for tick in range(60):
        albums.take(sent(tick, "", PHOTO), tick / 10)
        if albums.ready(tick / 10):
            assert tick / 10 == pytest.approx(LONGEST)
            return
    pytest.fail("it waits for ever")


def test_a_late_piece() -> None:
    """Of an album that was read, only a caption is read later."""
    albums = Albums()
    albums.take(sent(1, "", PHOTO, album="a"), 0.0)
    assert len(albums.ready(1.0)) == 1
    assert albums.take(sent(2, "", PHOTO, album="a"), 2.0) == ()
    assert albums.due is None
    albums.take(sent(3, "what?", PHOTO, album="a"), 2.0)
    assert [message.text for message in albums.ready(3.0)] == ["what?"]


def test_an_album_that_answers_and_one_that_is_passed_on() -> None:
    """What each piece repeats is told once."""
    quote, eve = QuotedMessage(("tea",)), Author("Eve")
    albums = Albums()
    albums.take(sent(1, "", quote, PHOTO, album="a"), 0.0)
    albums.take(sent(2, "what?", quote, PHOTO, album="a"), 0.0)
    albums.take(sent(3, "", ForwardedMessage((PHOTO, "hi"), eve), album="b"), 0.0)
    albums.take(sent(4, "", ForwardedMessage((PHOTO,), eve), album="b"), 0.0)
    first, second = albums.ready(1.0)
    assert first.parts == (quote, PHOTO, PHOTO, "what?")
    assert second.parts == (ForwardedMessage((PHOTO, PHOTO, "hi"), eve),)


def passed_on(number: int, words: str, *more: MessagePart) -> Message:
    """Give a message that another person wrote."""
    return sent(number, "", ForwardedMessage((*more, words) if words else more, Author("Eve")))


def test_a_question_behind_what_was_passed_on_is_about_it() -> None:
    """They are one, answered where the question stands; alone each is a question."""
    albums = Albums()
    assert albums.take(passed_on(1, "tea?"), 0.0) == ()
    assert albums.take(passed_on(2, "milk?"), 0.1) == ()
    [whole] = albums.take(sent(3, "what do you think?"), 0.4)
    assert isinstance(whole, Message)
    eve = ForwardedMessage(("tea?", "milk?"), Author("Eve"))
    assert whole.parts == (eve, "what do you think?")
    assert (whole.text, whole.message_id) == ("what do you think?", "3")
    assert albums.due is None
    albums.take(passed_on(4, "tea?"), 1.0)
    [alone] = albums.ready(1.0 + SETTLED)
    assert alone == passed_on(4, "tea?")
    assert albums.take(sent(5, "hm?"), 2.0) == (sent(5, "hm?"),)


def test_a_picture_that_was_passed_on_and_a_question_are_one() -> None:
    """Own pictures without a word are told of first, as ever."""
    albums = Albums()
    albums.take(passed_on(1, "", PHOTO), 0.0)
    albums.take(sent(2, "", STICKER), 0.1)
    first, second = albums.take(sent(3, "who is it?"), 0.2)
    assert isinstance(first, Message)
    assert isinstance(second, Message)
    assert first.parts == (STICKER,)
    assert second.parts == (ForwardedMessage((PHOTO,), Author("Eve")), "who is it?")


def test_a_command_is_about_nothing() -> None:
    """What waits goes before it; another person's words take nothing along either."""
    albums = Albums()
    albums.take(passed_on(1, "tea?"), 0.0)
    assert albums.take(sent(2, "/new"), 0.1) == (passed_on(1, "tea?"), sent(2, "/new"))
    albums.take(passed_on(3, "tea?"), 1.0)
    ben = sent(4, "hi", sender=Person("1002", "Ben"))
    assert albums.take(ben, 1.1) == (passed_on(3, "tea?"), ben)


@pytest.mark.parametrize("calling", range(3))
def test_an_album_is_read_where_any_piece_calls(calling: int) -> None:
    """Its other pieces come along; an album of which none calls is nobody's business."""
    albums = Albums()
    for number in range(3):
        text = "what?" if number == calling else ""
        piece = sent(number, text, PHOTO, album="a")
        albums.take(replace(piece, to_us=bool(text), is_piece=not text), 0.0)
        albums.take(replace(sent(9, "mine", PHOTO, album="b"), to_us=False, is_piece=True), 0.0)
    [whole] = albums.ready(1.0)
    assert whole.parts == (PHOTO, PHOTO, PHOTO, "what?")
    assert whole.to_us
    assert not whole.is_piece
    assert albums.due is None


def test_people_are_kept_apart() -> None:
    """What two people send at once is two messages."""
    albums = Albums()
    albums.take(sent(1, "", PHOTO), 0.0)
    albums.take(sent(2, "", PHOTO, sender=Person("1002", "Ben")), 0.0)
    assert len(albums.rest()) == 2


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["", "", "a", "b"]),
        st.booleans(),
        st.booleans(),
        st.sampled_from([0.0, 0.1, 0.5, 0.8, 4.0]),
    ),
    max_size=30,
)


@given(STEPS)
def test_no_word_is_lost_and_nobody_meets_silence(
    steps: list[tuple[str, bool, bool, float]],
) -> None:
    """Every text is read once, in any case; whatever has no words is read with something."""
    albums, now, read = Albums(), 0.0, []
    texts = []
    for number, (album, has_photo, speaks, pause) in enumerate(steps):
        now += pause
        text = f"t{number}" if speaks or not has_photo else ""
        texts += [text] if text else []
        message = sent(number, text, *([PHOTO] if has_photo else []), album=album)
        taken: tuple[Inbound, ...] = (*albums.ready(now), *albums.take(message, now))
        read += [one for one in taken if isinstance(one, Message)]
    read += albums.rest()
    told = [word for one in read for word in one.text.split()]
    assert sorted(told) == sorted(texts)
    assert all(is_question(one) or is_unreadable(one) for one in read)
    assert read or not steps
    assert albums.due is None


def piece(number: int, text: str, *, goes_on: bool = True, sender: Person | None = ANNA) -> Message:
    """Give a piece of a long text."""
    message = Message(HERE, sender, text, str(number), to_us=True, taken=(number,))
    return replace(message, may_go_on=goes_on)


@pytest.mark.parametrize("pieces", [1, 2, 3, 12])
def test_a_text_that_was_cut_into_several_is_one(pieces: int) -> None:
    """Its last piece is short, or nothing follows for a while."""
    albums = Albums()
    for number in range(pieces):
        assert albums.take(piece(number, f"line {number}"), 1.0 * number) == ()
    text = "\n".join(f"line {number}" for number in range(pieces))
    silent, ended = Albums(), albums
    for number in range(pieces):
        silent.take(piece(number, f"line {number}"), 1.0 * number)
    assert silent.due == pytest.approx(pieces - 1 + CUT_TEXT)
    [alone] = silent.ready(pieces - 1 + CUT_TEXT)
    assert (alone.text, alone.message_id, alone.parts) == (text, "0", ())
    [whole] = ended.take(piece(99, "the end", goes_on=False), pieces - 0.5)
    assert isinstance(whole, Message)
    assert (whole.text, whole.taken) == (f"{text}\nthe end", (*range(pieces), 99))
    assert ended.due is None


def test_a_long_text_behind_a_command_of_the_operator() -> None:
    """The command gets all of it."""
    albums = Albums()
    assert albums.take(piece(1, "/sum one"), 0.0) == ()
    [whole] = albums.take(piece(2, "two", goes_on=False), 1.0)
    assert isinstance(whole, Message)
    assert (whole.text, whole.taken) == ("/sum one\ntwo", (1, 2))


def test_a_long_text_is_not_waited_for_without_end() -> None:
    """Nor is a command its beginning; another person's words come behind it."""
    albums = Albums()
    whole: list[Message] = []
    for number in range(20):
        albums.take(piece(number, "line"), 1.0 * number)
        whole += albums.ready(1.0 * number)
    assert [one.taken for one in whole] == [tuple(range(int(LONGEST_TEXT) + 1))]
    order = piece(30, "/stop " + "x" * 3_000)
    assert albums.take(order, 20.0)[-1] == order
    albums.take(piece(31, "mine"), 21.0)
    ben = piece(32, "his", goes_on=False, sender=Person("1002", "Ben"))
    assert [one.message_id for one in albums.take(ben, 21.5) if isinstance(one, Message)] == [
        *("31", "32")
    ]


def test_a_long_text_with_a_quote_and_one_behind_what_was_passed_on() -> None:
    """The quote stands once; the text is about the message that was passed on."""
    albums = Albums()
    quote = QuotedMessage(("what?",), Author("Ben"))
    begun = replace(piece(1, "one"), parts=(quote, "**one**"))
    albums.take(begun, 0.0)
    [whole] = albums.take(replace(piece(2, "two", goes_on=False), parts=(quote, "two")), 1.0)
    assert isinstance(whole, Message)
    assert whole.parts == (quote, "**one**", quote, "two")
    passed_on = ForwardedMessage(("news",), Author("Ben"))
    albums.take(sent(3, "", passed_on), 5.0)
    albums.take(piece(4, "three"), 5.1)
    [whole] = albums.take(piece(5, "four", goes_on=False), 5.2)
    assert isinstance(whole, Message)
    assert whole.parts == (passed_on, "three\nfour")


def test_what_is_passed_on_right_behind_words_does_not_wait() -> None:
    """Programs send the comment first, or the message that it is about: the one or the other."""
    albums = Albums()
    passed_on = ForwardedMessage(("news",), Author("Ben"))
    assert albums.take(sent(1, "what is that?"), 0.0) == (sent(1, "what is that?"),)
    behind = sent(2, "", passed_on)
    assert albums.take(behind, 0.2) == (behind,)
    assert albums.take(replace(sent(3, "", passed_on), came_at=1.0), 1.0) == ()
    [asked] = albums.take(replace(sent(4, "what is that?"), came_at=1.5), 1.5)
    assert isinstance(asked, Message)
    assert asked.came_at == 1.0  # what is made of several came with the first of them
