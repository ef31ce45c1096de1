"""What a message says to the agent, beside what it has read already."""

from __future__ import annotations

from tickertape.chat import Address, ChatKind, Message, Person
from tickertape.conversation import Entry, Step, TextPart, Utterance
from tickertape.gateway.question import question_of
from tickertape.message import Author, AuthorKind, MessagePart, QuotedMessage

GROUP = Address("telegram", "-7", ChatKind.GROUP)
PRIVATE = Address("telegram", "1", ChatKind.PRIVATE)
ANNA, BEN = Person("1", "Anna"), Person("2", "Ben")
US = Author("Tape", AuthorKind.SELF, "42")
PAST: tuple[Entry, ...] = (
    Utterance("user", "what is tea?"),
    Step((TextPart("A **drink**, made of [leaves](https://a.example)."),)),
    Utterance("user", "and coffee?"),
    Step((TextPart("Another *drink*."),)),
)


def said(*parts: MessagePart, sender: Person | None = ANNA, at: Address = PRIVATE) -> Message:
    """Give a message that holds `parts`."""
    text = "".join(part for part in parts if isinstance(part, str))
    return Message(at, sender, text, "9", to_us=True, parts=parts)


def test_in_private_nobody_is_named() -> None:
    """There is one person."""
    assert question_of(said("hi"), ()) == Utterance("user", "hi")


def test_in_a_group_everybody_is_named() -> None:
    """In the text, and as a value; what has no sender has no name."""
    asked = question_of(said("hi", sender=BEN, at=GROUP), ())
    assert asked == Utterance("user", '[from "Ben"]\nhi', Author("Ben", id="2"))
    assert question_of(said("hi", sender=None, at=GROUP), ()) == Utterance("user", "hi")


def test_the_answer_just_before_is_not_told_again() -> None:
    """In other looks than its source neither; what is older is."""
    shown = QuotedMessage(("Another drink.",), US)
    assert question_of(said(shown, "why?"), PAST).text == "why?"
    assert question_of(said(QuotedMessage(("and coffee?",), Author("Anna")), "?"), PAST).text == "?"
    older = QuotedMessage(("A drink, made of leaves.",), US)
    assert question_of(said(older, "why?"), PAST).text.startswith(
        "[in reply to a message from you]"
    )
    assert question_of(said(shown, "why?"), ()).text.startswith("[in reply to a message from you]")


def test_a_message_that_only_resembles_what_was_said_is_told() -> None:
    """Somebody's short words may occur in any answer; a piece of a long answer is told already."""
    for author in (Author("Ben"), US):
        told = question_of(said(QuotedMessage(("drink",), author), "why?"), PAST).text
        assert told.endswith("> drink\n\nwhy?")
    pages = [f"page {number} " + "word " * 400 for number in range(3)]
    past = (Utterance("user", "tell me"), Utterance("assistant", "\n".join(pages)))
    assert question_of(said(QuotedMessage((pages[1],), US), "why?"), past).text == "why?"


def test_ones_own_question_just_before_is_not_told_again() -> None:
    """In a group neither."""
    asked = question_of(said("and coffee?", at=GROUP), ())
    reply = said(QuotedMessage(("and coffee?",), Author("Anna", id="1")), "hello?", at=GROUP)
    assert question_of(reply, [asked]).text == '[from "Anna"]\nhello?'


def test_picked_words_and_an_answered_message_that_is_the_question_are_told() -> None:
    """They say what is meant."""
    picked = QuotedMessage(("drink",), US, is_excerpt=True)
    assert question_of(said(picked, "why?"), PAST).text.startswith("[in reply to these words")
    alone = QuotedMessage(("Another drink.",), US)
    assert "Another drink." in question_of(said(alone), PAST).text


def test_people_with_one_name_are_told_apart() -> None:
    """Whoever takes a name that somebody has is told with their number, whatever they add to it."""
    past = [question_of(said("hi", sender=ANNA, at=GROUP), ())]
    for name in ("Anna", "anna ", "ᴬnna", "A\u200bnna", "Anna (1)"):
        text = question_of(said("hi", sender=Person("2", name), at=GROUP), past).text
        assert text.splitlines()[0].endswith(' (2)"]')
    assert question_of(said("hi", sender=ANNA, at=GROUP), past).text == past[0].text
