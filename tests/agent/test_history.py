"""What a model reads fits, keeps what belongs together, and always holds the question."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from tickertape.agent.history import compact, fit
from tickertape.agent.tokens import FRAME, tokens_of_entries
from tickertape.conversation import (
    Entry,
    Part,
    Step,
    TextPart,
    Thought,
    ToolCall,
    ToolResult,
    Utterance,
    sound,
)


def user(text: str) -> Utterance:
    """Make something that a person said."""
    return Utterance("user", text)


def said(text: str) -> Step:
    """Make an answer of words alone."""
    return Step((TextPart(text),), "m@host")


def called(number: int, result: str, words: str = "") -> list[Entry]:
    """Make a step with one call, and its result."""
    call = ToolCall(f"c{number}", "look", "{}", raw="{}")
    parts: list[Part] = [Thought("hm", raw="sig"), TextPart(words), call]
    step = Step(tuple(part for part in parts if part != TextPart("")), "m@host")
    return [step, ToolResult(call.call_id, "look", result)]


def flat(groups: Iterable[list[Entry]]) -> list[Entry]:
    """Put groups of entries one after the other."""
    return list(chain.from_iterable(groups))


SYSTEM = Utterance("system", "be kind")
LOREM = "Whatever is said at length takes room. " * 400
"""About 4,500 tokens."""

TEXTS = st.integers(0, 40).map(lambda n: "some words, " * n**2)
CALLED = st.builds(called, st.integers(0, 3), TEXTS, TEXTS)
ANSWER = st.lists(CALLED | st.builds(lambda text: [said(text)], TEXTS), max_size=4)
TURN = st.builds(lambda asked, answer: [user("q" + asked), *flat(answer)], TEXTS, ANSWER)
PAST = st.lists(TURN, max_size=5).map(flat)
HEAD = st.sampled_from([[], [SYSTEM]])


@given(HEAD, PAST, ANSWER, st.integers(0, 20_000), st.integers(0, 3))
def test_what_is_read_fits_and_is_sound(
    head: list[Entry], past: list[Entry], now: list[list[Entry]], room: int, times: int
) -> None:
    """It fits or is the least that can be asked; pairs stay together; head and question stay."""
    question = user("And what about this?")
    present: list[Entry] = [question, *flat(now)]
    told = compact([*head, *past, *present], room, times)
    assert told == sound(told)
    assert list(told[: len(head)]) == head
    last = [entry for entry in told if isinstance(entry, Utterance) and entry.role == "user"][-1]
    assert last.text.endswith(question.text)
    assert not told[len(head) :] or told[len(head)].text.strip()
    least = len(told) <= len(head) + 1 + (2 if now else 0)
    assert tokens_of_entries(told) <= max(room, 0) or least
    calls = [call.call_id for entry in told if isinstance(entry, Step) for call in entry.calls]
    results = [entry.call_id for entry in told if isinstance(entry, ToolResult)]
    assert calls == results


@given(HEAD, PAST)
def test_what_fits_is_told_as_it_was(head: list[Entry], past: list[Entry]) -> None:
    """Within the room nothing changes, the items of servers included."""
    entries = [*head, *past, user("now")]
    assert fit(entries, tokens_of_entries(entries)) == sound(entries)


def test_what_was_added_to_a_turn_belongs_to_it() -> None:
    """It is no question of its own: the turn before it is the present one, and its steps stay."""
    added = Utterance("user", "In one word.", is_added=True)
    told = [SYSTEM, user("one"), said("1"), user("two"), *called(1, "seen"), added, added]
    whole = fit(told, 10_000)
    assert whole == sound(told)
    assert isinstance(whole[-1], Utterance)
    assert whole[-1].is_added
    short = fit(told, tokens_of_entries(told) - tokens_of_entries(told[1:3]))
    assert short == sound([SYSTEM, *told[3:]])


def test_the_oldest_turns_go_first_and_whole() -> None:
    """A past that does not fit loses its beginning, at the beginning of a turn."""
    turns = [flat([[user(f"q {n}")], called(n, "found"), [said("x " * 40)]]) for n in range(9)]
    past = [entry for turn in turns for entry in turn]
    one = tokens_of_entries(turns[0])
    told = fit([SYSTEM, *past, user("now")], 4 * one)
    first = next(n for n, turn in enumerate(turns) if turn[0] in told)
    assert first in (6, 7)
    assert told == (SYSTEM, *(entry for turn in turns[first:] for entry in turn), user("now"))


def test_a_long_past_begins_at_the_same_turn_for_several_questions() -> None:
    """What a server has read before is mostly the beginning of what it reads next."""
    turns = [(user(f"question {n}"), said("x " * 40)) for n in range(100)]
    one = tokens_of_entries(turns[0])
    beginnings = []
    for n in range(20, 100):
        past = [entry for turn in turns[:n] for entry in turn]
        told = fit([SYSTEM, *past, user(f"question {n}")], 12 * one)
        beginnings.append(told[1])
        assert tokens_of_entries(told) >= 6 * one
    assert 2 <= len(set(beginnings)) <= len(beginnings) // 2


def test_one_long_answer_does_not_wipe_out_the_memory() -> None:
    """Of a long answer beginning and end are told again, and what was said before it, too."""
    past: list[Entry] = [
        user("I am Anna."),
        said("Hello, Anna!"),
        user("All of it?"),
        said(LOREM + "The end."),
    ]
    told = fit([*past, user("Who am I?")], 2_000)
    assert told[:3] == (user("I am Anna."), said("Hello, Anna!"), user("All of it?"))
    assert told[3].text.startswith("Whatever is said")
    assert " characters left out ...]" in told[3].text
    assert told[3].text.endswith("The end.")
    assert told[4:] == (user("Who am I?"),)


def test_a_long_call_leaves_its_words() -> None:
    """A turn whose calls alone are too long is told as question and answer."""
    call = ToolCall("c", "write", '{"text": "' + LOREM + '"}')
    past: list[Entry] = [
        user("Write it."),
        Step((call,)),
        ToolResult("c", "write", "ok"),
        said("It is written."),
    ]
    told = fit([user("I am Anna."), said("Hello!"), *past, user("Well?")], 2_000)
    assert told == (
        user("I am Anna."),
        said("Hello!"),
        user("Write it."),
        Utterance("assistant", "It is written."),
        user("Well?"),
    )


def test_the_thoughts_of_a_shortened_turn_go() -> None:
    """What only its server understands is told as a whole or not at all."""
    past: list[Entry] = [user("Look."), *called(1, LOREM, "I look."), said("Found.")]
    told = fit([*past, user("Where?")], 2_000)
    assert told[1] == Step((TextPart("I look."), ToolCall("c1", "look", "{}")))
    assert isinstance(told[2], ToolResult)
    assert 500 < tokens_of_entries(told[2:3]) < 1_000


def test_long_results_are_cut_before_anything_of_the_present_goes() -> None:
    """In the present turn the steps stay as their server made them, and short results whole."""
    first, short, second, long = [*called(1, "short"), *called(2, LOREM)]
    told = fit([user("old"), said(LOREM), user("now?"), first, short, second, long], 2_000)
    assert told[-5:-1] == (user("now?"), first, short, second)
    assert " characters left out ...]" in told[-1].text
    assert tokens_of_entries(told) <= 2_000


def test_the_oldest_steps_of_the_present_go_with_their_results() -> None:
    """Where even cut results do not fit, the first steps go; question and last step stay."""
    steps = [entry for n in range(40) for entry in called(n, LOREM)]
    told = fit([user("now?"), *steps], 1_500)
    assert told[0] == user("now?")
    assert told[-2] == steps[-2]
    assert 5 < len(told) < 41
    assert len(told) % 2 == 1
    assert tokens_of_entries(told) <= 1_500


def test_a_question_beyond_the_room_is_cut() -> None:
    """Even a question that is longer than the window is asked, with its beginning and its end."""
    told = fit([user("old"), user("Sum this up: " + LOREM + "In one word?")], 1_000)
    assert len(told) == 1
    assert told[0].text.startswith("Sum this up: ")
    assert told[0].text.endswith("In one word?")
    assert tokens_of_entries(told) <= 1_000
    half = fit([user("x " * 2_000), *called(1, LOREM)], 1_000)
    assert 400 < tokens_of_entries(half[:1]) <= 500


def test_a_past_without_questions_is_not_told() -> None:
    """Answers whose question is gone go with it; an unanswered question is joined to the next."""
    assert fit([SYSTEM, said("so"), user("a"), user(""), user("b")], 500) == (
        SYSTEM,
        user("a\n\nb"),
    )
    assert fit([SYSTEM], 500) == (SYSTEM,)
    assert fit([said("so")], 500) == ()


def test_compacting_halves_what_was_sent() -> None:
    """Each time a quarter to a half of it remains, however large the window is said to be."""
    past = [entry for n in range(20) for entry in (user(f"q{n}"), said("x " * 40))]
    entries = [*past, user("now")]
    size = tokens_of_entries(entries)
    assert compact(entries, 10**6, 0) == tuple(entries)
    for times in (1, 2, 3):
        told = compact(entries, 10**6, times)
        most = size / 2**times
        assert most / 2 - 4 * FRAME - 60 <= tokens_of_entries(told) <= most
