"""Entries of a conversation become rows and come back, whatever is in them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.conversation import (
    CommandGiven,
    Entry,
    FinishReason,
    Opaque,
    Part,
    Step,
    TextPart,
    Thought,
    ToolCall,
    ToolResult,
    Utterance,
    sound,
)
from tickertape.gateway.storage.entries import Row, begin_whole, decode, encode
from tickertape.message import Author, AuthorKind

TEXTS = st.text(st.characters(codec=None), max_size=20)
RAWS = st.none() | TEXTS
ENDS: st.SearchStrategy[FinishReason] = st.sampled_from(get_args(FinishReason))
PARTS: st.SearchStrategy[Part] = st.one_of(
    st.builds(TextPart, TEXTS, RAWS, st.booleans()),
    st.builds(Thought, TEXTS, RAWS),
    st.builds(ToolCall, TEXTS, TEXTS, TEXTS, RAWS),
    st.builds(Opaque, TEXTS),
)
ENTRIES: st.SearchStrategy[Entry] = st.one_of(
    st.builds(
        Utterance,
        st.sampled_from(["system", "user", "assistant"]),
        TEXTS,
        st.none() | st.builds(Author, TEXTS, st.sampled_from(AuthorKind), TEXTS),
        st.booleans(),
        st.none() | st.builds(CommandGiven, TEXTS, TEXTS, TEXTS),
    ),
    st.builds(Step, st.lists(PARTS, max_size=4).map(tuple), TEXTS, ENDS),
    st.builds(ToolResult, TEXTS, TEXTS, TEXTS, st.booleans()),
)


@given(ENTRIES)
def test_every_entry_comes_back(entry: Entry) -> None:
    """A row holds the whole entry, and what is more than words is ASCII."""
    row = encode(entry)
    assert decode(row) == entry
    assert row.parts is None or row.parts.isascii()


def test_words_are_readable_by_other_programs() -> None:
    """What a reader saw stands in the row's text, without JSON."""
    step = Step(
        (Thought("hm"), TextPart("It is "), ToolCall("1", "clock", "{}"), TextPart("noon."))
    )
    assert encode(step)[:2] == ("assistant", "It is noon.")
    assert encode(Utterance("user", "hi")) == Row("user", "hi", None)


def test_a_step_says_why_it_ended_where_that_is_not_plain() -> None:
    """Rows of an earlier version, and ends of a later one, are read as well."""
    step = Step((TextPart("a"),))
    assert "ended" not in (encode(step).parts or "")
    row = encode(replace(step, ended="paused"))
    later = row._replace(parts=(row.parts or "").replace("paused", "tired"))
    assert decode(later) == replace(step, ended="other")


@pytest.mark.parametrize(
    "parts",
    [
        "no json",
        "[]",
        "7",
        "{}",
        json.dumps({"origin": "", "parts": [{"kind": "picture"}]}),
        json.dumps({"origin": "", "parts": [{"kind": "words"}]}),
        json.dumps({"origin": "", "parts": 5}),
    ],
)
def test_what_a_later_version_wrote_is_its_words(parts: str) -> None:
    """A row that cannot be understood is what was said; without a speaker it is nothing."""
    assert decode(Row("assistant", "words", parts)) == Utterance("assistant", "words")
    assert decode(Row("tool", "result", parts)) is None


ASKED, STEP = Utterance("user", "?"), Step((ToolCall("1", "clock", "{}"),))
RESULT, SAID = ToolResult("1", "clock", "noon"), Step((TextPart("Noon."),))


@pytest.mark.parametrize(
    ("entries", "kept"),
    [
        ((), 0),
        ((ASKED, STEP, RESULT, SAID), 4),
        ((STEP, RESULT, SAID, ASKED, SAID), 2),
        ((RESULT, SAID, ASKED), 1),
        ((RESULT, SAID), 1),
        ((STEP, RESULT, SAID), 3),
        ((RESULT, RESULT), 0),
    ],
)
def test_a_history_begins_with_a_turn(entries: tuple[Entry, ...], kept: int) -> None:
    """It begins with a question or, within one long turn, with a step: never with a result."""
    assert begin_whole(entries) == entries[len(entries) - kept :]


@given(st.lists(st.sampled_from([ASKED, STEP, RESULT, SAID]), max_size=12).map(tuple))
def test_a_history_can_be_mended(entries: tuple[Entry, ...]) -> None:
    """Wherever it was cut, no result stands before its call, so nothing of it is left out."""
    begun = begin_whole(entries)
    results = [entry for entry in sound(begun) if isinstance(entry, ToolResult)]
    steps = [entry for entry in begun if entry == STEP]
    assert len(results) == len(steps)
    assert begun == entries[len(entries) - len(begun) :]
