"""Who is admitted, and how strangers are remembered."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.chat import Address, ChatKind, Person
from tickertape.gateway.access import Access, AccessRole, Admitted, Kind, Strangers

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


ADMIN = Admitted("telegram", "1001", role=AccessRole.ADMIN)
CREW = Admitted("telegram", "-1007", Kind.GROUP)
BOB = Person("2002", "Bob")


@pytest.mark.parametrize("access", [
    Access(frozenset(), groups=frozenset({"-1007", "-1009"})),
    Access(frozenset(), groups=frozenset({"telegram:-1007", "telegram:-1009"})),
    Access(frozenset()).with_admitted([CREW, replace(CREW, id="-1009")]),
])  # fmt: skip
def test_a_group_that_is_admitted_as_such(access: Access) -> None:
    """Everyone who writes there is, there alone, whatever chat has the same id elsewhere."""
    assert access.admits(GROUP, BOB)
    assert access.admits(CHANNEL, None)
    assert not access.admits(PRIVATE, BOB)
    assert not access.admits(replace(PRIVATE, chat="-1007"), BOB)
    assert not access.admits(replace(GROUP, chat="-1008"), BOB)
    assert not access.is_admin("telegram", BOB)
    moved = access.moved("telegram", "-1007", "-1001007")
    assert moved.admits(replace(GROUP, chat="-1001007"), BOB)
    if not access.groups:
        assert not access.admits(replace(GROUP, channel="work"), BOB)


def test_people_who_were_let_in() -> None:
    """They are, in their channel, wherever they write; exactly those who are listed at the time."""
    user = Admitted("telegram", "2002")
    access = Access(frozenset({"5"})).with_admitted([user, CREW])
    assert access.admits(PRIVATE, BOB)
    assert access.admits(replace(GROUP, chat="-8"), BOB)
    assert not access.admits(replace(PRIVATE, channel="work"), BOB)
    assert not access.admits(replace(CHANNEL, chat="2002"), None), "the id of a person"
    gone = access.with_admitted([CREW])
    assert not gone.admits(PRIVATE, BOB)
    assert gone.admits(PRIVATE, Person("5", "Five")), "the configuration lists them"


def test_who_is_an_admin() -> None:
    """Those whom the configuration names as such, and those who were given the role."""
    listed = Access(frozenset({"2002"}), admins=frozenset({"1001", "work:7"}))
    assert listed.admits(PRIVATE, ANNA)
    assert listed.is_admin("telegram", ANNA)
    assert not listed.is_admin("telegram", BOB)
    assert [listed.is_admin(at, Person("7", "")) for at in ("work", "telegram")] == [True, False]
    assert not listed.is_admin("telegram", None)
    given = Access(frozenset()).with_admitted([ADMIN, Admitted("telegram", "2002")])
    assert given.is_admin("telegram", ANNA)
    assert not given.is_admin("work", ANNA)
    assert not given.is_admin("telegram", BOB)


def test_what_an_admin_sees_of_the_lists() -> None:
    """What is about other channels alone is none of theirs."""
    lists = Access(
        frozenset({"5", "work:6", "telegram:7"}),
        admins=frozenset({"work:1001", "8"}),
        groups=frozenset({"telegram:-9"}),
    )
    seen = lists.seen_by(ANNA)
    assert (seen.allow, seen.admins, seen.groups) == (
        frozenset({"5", "work:6"}),
        frozenset({"work:1001", "8"}),
        frozenset(),
    )


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
