"""Who is admitted, and how strangers are remembered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.chat import Address, ChatKind, Person
from tickertape.gateway.access import Access, Strangers

ANNA = Person("1001", "Anna")
PRIVATE = Address("telegram", "1001", ChatKind.PRIVATE)
GROUP = Address("telegram", "-1007", ChatKind.GROUP, "3")
CHANNEL = Address("telegram", "-1009", ChatKind.CHANNEL)


@pytest.mark.parametrize(
    ("allow", "address", "sender", "admitted"),
    [
        ({1001}, PRIVATE, ANNA, True),
        ({1001}, GROUP, ANNA, True),
        ({1002}, PRIVATE, ANNA, False),
        (set(), PRIVATE, ANNA, False),
        ({-1007}, GROUP, ANNA, False),
        ({-1009}, CHANNEL, None, True),
        ({1001}, CHANNEL, None, False),
        ({-1007, 1001}, CHANNEL, None, False),
    ],
    ids=["listed", "in a group", "other", "empty", "group", "channel", "post", "post elsewhere"],
)
def test_who_is_admitted(
    allow: set[int], address: Address, sender: Person | None, admitted: bool
) -> None:
    """A person needs their own number, a post without a sender that of its chat."""
    assert Access(frozenset(allow)).admits(address, sender) is admitted


def test_a_stranger_is_first_once() -> None:
    """Only the first sight of a number counts as first."""
    strangers = Strangers()
    assert [strangers.is_first(n) for n in (5, 6, 5, 5, 6, 7)] == [
        True,
        True,
        False,
        False,
        False,
        True,
    ]


@given(st.lists(st.integers(), max_size=60))
def test_memory_is_bounded(numbers: list[int]) -> None:
    """However many come, at most that many are remembered: an old one counts as first again."""
    strangers = Strangers(remembered=3)
    remembered: list[int] = []
    for number in numbers:
        assert strangers.is_first(number) is (number not in remembered)
        remembered = ([n for n in remembered if n != number] + [number])[-3:]
