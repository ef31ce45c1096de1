"""Who is admitted, and how strangers are remembered."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.chat import Address, ChatKind, Person
from tickertape.gateway.access import Access, Strangers

ANNA = Person("1001", "Anna")
PRIVATE = Address("telegram", "1001", ChatKind.PRIVATE)
GROUP = Address("telegram", "-1007", ChatKind.GROUP, "3")
CHANNEL = Address("telegram", "-1009", ChatKind.CHANNEL)
MATRIX = Address("matrix", "!room:example.org", ChatKind.GROUP)


@pytest.mark.parametrize(
    ("allow", "address", "sender", "admitted"),
    [
        ({"1001"}, PRIVATE, ANNA, True),
        ({"1001"}, GROUP, ANNA, True),
        ({"1002"}, PRIVATE, ANNA, False),
        (set(), PRIVATE, ANNA, False),
        ({"-1007"}, GROUP, ANNA, False),
        ({"-1009"}, CHANNEL, None, True),
        ({"1001"}, CHANNEL, None, False),
        ({"-1007", "1001"}, CHANNEL, None, False),
        ({"telegram:1001"}, GROUP, ANNA, True),
        ({"telegram:1001"}, replace(GROUP, channel="other"), ANNA, False),
        ({"1001"}, replace(GROUP, channel="other"), ANNA, True),
        ({"telegram:-1009"}, CHANNEL, None, True),
        ({"telegram:-1009"}, replace(CHANNEL, channel="other"), None, False),
        ({"telegram:1001"}, MATRIX, Person("telegram:1001", "Eve"), False),
        ({"matrix:telegram:1001"}, MATRIX, Person("telegram:1001", "Ann"), True),
        ({"@ann:example.org"}, MATRIX, Person("@ann:example.org", "Ann"), True),
        ({"matrix:@ann:example.org"}, MATRIX, Person("@ann:example.org", "Ann"), True),
        ({"matrix:@ann:example.org"}, MATRIX, Person("@bob:example.org", "Bob"), False),
    ],
)
def test_who_is_admitted(
    allow: set[str], address: Address, sender: Person | None, admitted: bool
) -> None:
    """A person needs their own id, a post without a sender that of its chat; in their channel."""
    assert Access(frozenset(allow)).admits(address, sender) is admitted


@pytest.mark.parametrize("listed", ["-1009", "telegram:-1009"])
def test_a_chat_that_moves_stays_admitted(listed: str) -> None:
    """Under its new id, under the next one, and under the old one; nobody else is let in."""
    access = Access(frozenset({listed}))
    for old, new in (("-1009", "a"), ("a", "b"), ("b", "-1009")):
        access = access.moved("telegram", old, new)
    admitted = [access.admits(replace(CHANNEL, chat=chat), None) for chat in ("-1009", "a", "b")]
    assert admitted == [True, True, True]
    assert not access.admits(replace(CHANNEL, chat="c"), None)
    assert not access.moved("telegram", "c", "d").admits(replace(CHANNEL, chat="d"), None)


def test_a_stranger_is_first_once() -> None:
    """Only the first sight of an id counts as first."""
    strangers = Strangers()
    assert [strangers.is_first(n) for n in "565567"] == [
        True,
        True,
        False,
        False,
        False,
        True,
    ]


@given(st.lists(st.sampled_from("abcdefgh"), max_size=60))
def test_memory_is_bounded(ids: list[str]) -> None:
    """However many come, at most that many are remembered: an old one counts as first again."""
    strangers = Strangers(remembered=3)
    remembered: list[str] = []
    for id_ in ids:
        assert strangers.is_first(id_) is (id_ not in remembered)
        remembered = ([one for one in remembered if one != id_] + [id_])[-3:]
