"""The rules of letting people in, without a database: codes, rates, orders, what has changed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.chat import Person
from tickertape.gateway.access import Access, AccessRole, Admitted, Kind
from tickertape.gateway.admission import orders, wording
from tickertape.gateway.admission.changes import (
    LetIn,
    Removed,
    RequestEnd,
    RequestEnded,
    Snapshot,
    changes,
)
from tickertape.gateway.admission.rates import Guesses, Quiet, Replies
from tickertape.gateway.admission.requests import (
    ALPHABET,
    LENGTH,
    Request,
    digest_of,
    free_slot,
    matching,
    read_code,
    request_of,
    shown_name,
)

SALT = "00" * 16
ASKED = Request(1, "k1", "telegram", "7", "Bob", "7", SALT, digest_of("AB12CD34", SALT), 1000.0)
OTHER = replace(ASKED, slot=2, key="k2", id="8", digest=digest_of("ZZZZ0000", SALT))
BOB = Admitted("telegram", "7", by="telegram:1001", at=2000.0)
CREW = Admitted("telegram", "-5", Kind.GROUP, by="telegram:1001", at=2000.0)


@pytest.mark.parametrize(
    ("now", "is_open"),
    [(999.0, False), (1000.0, True), (4599.9, True), (4600.0, False), (9e9, False)],
)
def test_a_code_counts_for_an_hour(now: float, is_open: bool) -> None:
    """Neither before it was given nor when its hour is over."""
    assert ASKED.is_open(now) is is_open


def test_a_code_is_that_of_one_stranger() -> None:
    """It is found however it is typed; another one is no one's."""
    for typed in ("AB12CD34", " ab12 cd34\n", "ab12-CD34"):
        assert matching([OTHER, ASKED], read_code(typed)) == ASKED
    for wrong in ("AB12CD35", "", "K" * 1000, "ÀB12CD34"):
        assert matching([OTHER, ASKED], read_code(wrong)) is None
    assert "AB12CD34" not in repr(ASKED), "only a hash is kept"
    assert digest_of("AB12CD34", "01" * 16) != ASKED.digest
    assert (LENGTH, len(set(ALPHABET))) == (8, 36)


def test_places_and_people() -> None:
    """The first free place of three; the request of a person in their channel."""
    third = replace(OTHER, slot=3)
    assert [free_slot(one) for one in ([], [OTHER], [ASKED, OTHER], [ASKED, OTHER, third])] == [
        1,
        1,
        3,
        None,
    ]
    assert request_of([ASKED, OTHER], "telegram", "8") == OTHER
    assert request_of([ASKED, OTHER], "work", "8") is None


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Bob", "Bob"),
        ("  Bob \n\t Lee ", "Bob Lee"),
        ("Bob\u202egnp\u200b", "Bob gnp"),
        ("[admin](http://x) *b* `c` <i>", "admin (http://x) b c i"),
        ("x" * 60, "x" * 39 + "…"),
        ("\0\ud800", ""),
    ],
)
def test_names_are_shown_on_one_line(name: str, shown: str) -> None:
    """Without what could be taken for anything but a name."""
    assert shown_name(Person("7", name)) == shown


def test_a_stranger_is_answered_once_a_minute() -> None:
    """And later again, if the bot says so."""
    replies = Replies()
    assert replies.allows("a", 0.0, 60.0)
    assert not replies.allows("a", 59.9, 60.0)
    assert replies.allows("b", 59.9, 60.0)
    assert replies.allows("a", 60.0, 60.0)
    replies.pause("a", 1000.0)
    assert not replies.allows("a", 999.0, 60.0)
    assert replies.allows("a", 1000.0, 60.0)


@given(st.lists(st.tuples(st.integers(0, 40), st.floats(0, 50)), max_size=80))
def test_a_crowd_cannot_make_the_bot_write_without_end(asked: list[tuple[int, float]]) -> None:
    """In any stretch of time at most five messages, and one more for each half minute of it."""
    replies, now, told = Replies(), 0.0, []
    for who, pause in asked:
        now += pause
        if replies.allows(str(who), now, 60.0):
            told.append(now)
    for first, begin in enumerate(told):
        for last in range(first, len(told)):
            assert last - first + 1 <= 5 + (told[last] - begin) / 30 + 1e-6


def test_guesses_are_counted_for_an_hour() -> None:
    """Five wrong codes of an admin; those of another are their own."""
    guesses = Guesses()
    for at in range(5):
        assert guesses.allows("a", float(at))
        guesses.missed("a", float(at))
    assert not guesses.allows("a", 3599.0)
    assert guesses.allows("b", 5.0)
    assert guesses.allows("a", 3600.0)


def test_who_was_refused_is_told_nothing_for_a_time() -> None:
    """Unless they are let in after all."""
    quiet = Quiet()
    quiet.add("a", 10.0)
    quiet.add("b", 10.0)
    quiet.remove("b")
    assert [quiet.holds(who, 9.9) for who in "abc"] == [True, False, False]
    assert not quiet.holds("a", 10.0)
    for number in range(1001):
        quiet.add(str(number), 99.0)
    assert [quiet.holds(who, 1.0) for who in ("0", "1", "1000")] == [False, True, True]


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("/approve AB12CD34", orders.ApproveCode("AB12CD34")),
        ("/Approve  ab12 cd34 ", orders.ApproveCode("ab12 cd34")),
        ("/approve", orders.ApproveCode("")),
        ("/refuse AB12CD34", orders.RefuseCode("AB12CD34")),
        ("/admit", orders.AdmitGroup(on=True)),
        ("/admit Off", orders.AdmitGroup(on=False)),
        ("/access", orders.ListAccess()),
        ("/accessed", None),
        ("/approve_all", None),
        ("approve AB12CD34", None),
        ("please /approve", None),
    ],
)
def test_orders_of_admins(text: str, order: object) -> None:
    """Each has a word of its own; anything else is for others to read."""
    assert orders.parse(text) == order


def test_buttons_say_what_they_decide() -> None:
    """The data of each comes back as its decision; any other is none."""
    let_in, refuse = orders.buttons_of("f" * 24)
    assert orders.decision_of(let_in.data) == orders.Decide("f" * 24, let_in=True)
    assert orders.decision_of(refuse.data) == orders.Decide("f" * 24, let_in=False)
    assert orders.decision_of("something else") is None


def test_what_has_changed() -> None:
    """Each change once; whose request ended is told why."""
    before = Snapshot((CREW,), (ASKED, OTHER))
    assert changes(before, before, 1500.0) == ()
    let_in = changes(before, Snapshot((CREW, BOB), (OTHER,)), 1500.0)
    assert let_in == (RequestEnded(ASKED, RequestEnd.APPROVED), LetIn(BOB))
    refused = changes(before, Snapshot((CREW,), (OTHER,)), 1500.0)
    assert refused == (RequestEnded(ASKED, RequestEnd.REFUSED),)
    expired = changes(before, Snapshot((CREW,), (OTHER,)), 4600.0)
    assert expired == (RequestEnded(ASKED, RequestEnd.EXPIRED),)
    newer = replace(ASKED, key="k3")
    replaced = changes(before, Snapshot((CREW,), (newer, OTHER)), 1500.0)
    assert replaced == (RequestEnded(ASKED, RequestEnd.REPLACED),)
    gone = changes(Snapshot((CREW, BOB)), Snapshot((BOB,)), 1500.0)
    assert gone == (Removed(CREW),)
    admin = replace(BOB, role=AccessRole.ADMIN)
    assert changes(Snapshot((BOB,)), Snapshot((admin,)), 0.0) == (LetIn(admin),)
    told = replace(BOB, welcome="")
    assert changes(Snapshot((replace(BOB, welcome="7"),)), Snapshot((told,)), 0.0) == ()


def test_a_group_with_another_id_is_the_same_group() -> None:
    """It neither came nor went; one that goes while another stays has gone."""
    moved = replace(CREW, id="-1005")
    assert changes(Snapshot((CREW,)), Snapshot((moved,)), 0.0) == ()
    assert changes(Snapshot((CREW, moved)), Snapshot((moved,)), 0.0) == (Removed(CREW),)
    person = replace(BOB, id="9")
    assert changes(Snapshot((BOB,)), Snapshot((person,)), 0.0) == (Removed(BOB), LetIn(person))


def test_how_much_of_the_hour_is_left() -> None:
    """A stranger who asks again is told the time that is left, and the same code."""
    ends = [wording.code_for(ASKED, "AB12CD34", now) for now in (1000.0, 2200.0, 4590.0)]
    assert [end.partition("within ")[2] for end in ends] == [
        "an hour: AB12CD34",
        "40 minutes: AB12CD34",
        "a minute: AB12CD34",
    ]


def test_admins_read_who_it_is() -> None:
    """By name and id; the words say how to decide where there are no buttons."""
    assert wording.announcement(ASKED, buttons=True) == "Bob (telegram:7) asks to be let in."
    assert "/approve" in wording.announcement(ASKED, buttons=False)
    nameless = wording.announcement(replace(ASKED, name=""), buttons=True)
    assert nameless == "A person without a name (telegram:7) asks to be let in."
    access = Access(frozenset({"2"}), admins=frozenset({"1"}), groups=frozenset({"-3"}))
    assert wording.listing(access, [CREW, replace(BOB, name="Bob")], [OTHER]).splitlines() == [
        "These are let in:",
        "",
        "- `1`: admin, by the configuration",
        "- `2`: user, by the configuration",
        "- `-3`: group, by the configuration",
        "- `telegram:-5`: group, by `telegram:1001`",
        "- Bob (`telegram:7`): user, by `telegram:1001`",
        "",
        "They ask to be let in:",
        "",
        "- Bob (`telegram:8`)",
    ]
