"""Ids and names as servers take them."""

from __future__ import annotations

import re
from typing import TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.conversation import Entry, Step, ToolCall, ToolResult
from tickertape.ports import Prompt
from tickertape.providers import chat_completions, messages, responses
from tickertape.providers.call_ids import CallIds, tool_name
from tickertape.providers.quirks.profile import Profile


class _Rules(TypedDict, total=False):
    limit: int
    exactly: int
    plain: bool
    unique: bool


_RULES: list[tuple[_Rules, str]] = [
    ({"limit": 40}, r"[^\ud800-\udfff]{1,40}"),
    ({"limit": 64, "exactly": 9}, "[a-zA-Z0-9]{9}"),
    ({"plain": True, "unique": True}, "[a-zA-Z0-9_-]+"),
    ({"plain": True, "unique": True, "exactly": 9}, "[a-zA-Z0-9]{9}"),
]
_ID = st.one_of(
    st.text("ab:_-9é\ud83d?", max_size=3),
    st.sampled_from(["call_0", "call_0_2", "call_0_3", "D681PevKs", "D681PevKé", "x" * 41]),
    st.text("xy", min_size=38, max_size=70),
)


@pytest.mark.parametrize(("rules", "form"), _RULES)
@given(ids=st.lists(_ID, max_size=12))
def test_any_ids_become_ids_that_are_taken(rules: _Rules, form: str, ids: list[str]) -> None:
    """Each id has the form that is asked for; ids that differ still do; results go with calls."""
    spelt = CallIds(**rules)
    sent = [spelt.asked(call_id) for call_id in ids]
    assert all(re.fullmatch(form, name, re.DOTALL) for name in sent)
    assert len(set(sent)) == len(ids if rules.get("unique") else set(ids))
    assert [spelt.answered(call_id) for call_id in ids] == sent


@pytest.mark.parametrize(("rules", "form"), _RULES)
@given(ids=st.lists(_ID, max_size=12), end=st.integers(0, 12))
def test_a_longer_conversation_begins_alike(
    rules: _Rules, form: str, ids: list[str], end: int
) -> None:
    """What comes later changes no id that was sent earlier: servers find the beginning cached."""
    spelt, shorter = CallIds(**rules), CallIds(**rules)
    whole = [spelt.asked(call_id) for call_id in ids]
    assert [shorter.asked(call_id) for call_id in ids[:end]] == whole[:end]


def test_ids_that_may_stand_stay() -> None:
    """A server gets its own ids back, and those of others if it takes them."""
    assert CallIds(limit=40).asked("functions.add:0") == "functions.add:0"
    assert CallIds(limit=40, exactly=9).asked("D681PevKs") == "D681PevKs"
    assert CallIds(plain=True).asked("toolu_01-A" * 30) == "toolu_01-A" * 30


def test_derived_ids_never_meet_real_ones() -> None:
    """An id that looks like another one's spelling is told apart from it."""
    first = CallIds(exactly=9).asked("call_1")
    spelt = CallIds(exactly=9)
    assert spelt.asked("call_1") == first
    other = spelt.asked(first)
    assert other != first
    assert (spelt.answered("call_1"), spelt.answered(first)) == (first, other)


def test_a_result_without_a_call_has_an_id_too() -> None:
    """Even in a conversation that is not sound, an id has the form that is asked for."""
    assert re.fullmatch("[a-zA-Z0-9]{9}", CallIds(exactly=9).answered("call_1"))


def test_a_conversation_moves_to_a_model_with_ids_of_its_own_form() -> None:
    """By the profile, calls and results of another model go with ids of nine letters and digits."""
    entries: list[Entry] = []
    for call_id in ("call_8f2a", "toolu_01A", "D681PevKs"):
        entries += [Step((ToolCall(call_id, "add", "{}"),)), ToolResult(call_id, "add", "3")]
    for body in (chat_completions.body, responses.body, messages.body):
        profile = Profile(call_id_size=9)
        asked = body(Prompt(tuple(entries)), model="m", profile=profile, origin="")
        ids = re.findall(r"'(?:id|call_id|tool_call_id|tool_use_id)': '([^']*)'", str(asked))
        assert ids[0::2] == ids[1::2]
        assert len(set(ids)) == 3
        assert all(re.fullmatch("[a-zA-Z0-9]{9}", name) for name in ids)
        assert ids[4] == "D681PevKs"


def test_names_that_a_model_made_up() -> None:
    """A name has only letters, digits, `_` and `-`, and at most 64 of them."""
    assert tool_name("my clock!") == "my_clock_"
    assert tool_name("a\ud83d" + "x" * 99) == "a_" + "x" * 62
    assert tool_name("") == ""
