"""Who is let in is kept in a database that several programs share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from databases import Database as Place
from databases import database_in
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tickertape.chat import Address, ChatKind, Person
from tickertape.errors import ConfigError
from tickertape.gateway.access import Access, AccessRole, Admitted, Kind
from tickertape.gateway.admission.requests import ALPHABET, VALID_FOR
from tickertape.gateway.storage.access_book import AccessBook, GivenCode, current_id
from tickertape.gateway.storage.database import Database
from tickertape.gateway.storage.store import ConversationStore

pytest_plugins = ["database_fixtures"]

PEOPLE = [Person(str(number), f"Person {number}") for number in range(5)]
CREW = Admitted("telegram", "-5", Kind.GROUP, by="telegram:1001", at=5.0)


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make hashes of codes cheap: what they cost is no matter here."""
    monkeypatch.setattr("tickertape.gateway.admission.requests._COST", 2)


@dataclass
class Clock:
    """A clock that the test sets."""

    now: float = 1_000_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def home(person: Person) -> Address:
    """Return the private chat of a person."""
    return Address("telegram", f"chat of {person.id}", ChatKind.PRIVATE)


@asynccontextmanager
async def book_at(url: str, clock: Clock) -> AsyncIterator[AccessBook]:
    """Open the book of a database."""
    database = await Database.open(url)
    try:
        yield AccessBook(database, clock=clock)
    finally:
        await database.aclose()


async def given_to(book: AccessBook, person: Person) -> GivenCode:
    """Give a person a code."""
    asked = await book.ask(home(person), person)
    assert asked is not None
    return asked


@pytest.mark.anyio
async def test_a_code_lets_one_in_once(database: Place) -> None:
    """The one who got it, with where they are told; the second time it is wrong."""
    clock = Clock()
    async with book_at(database.url, clock) as book:
        asked = await given_to(book, PEOPLE[0])
        assert (len(asked.code), set(asked.code) <= set(ALPHABET)) == (8, True)
        assert (await book.read()).requests == (asked.request,)
        assert await book.approve_code("AAAAAAAA", "me") is None
        entry = await book.approve_code(asked.code, "me")
        assert entry == Admitted(
            "telegram", "0", by="me", at=clock.now, name="Person 0", welcome="chat of 0"
        )
        seen = await book.read()
        assert (seen.entries, seen.requests) == ((entry,), ())
        assert await book.approve_code(asked.code, "me") is None
        assert await book.approve(asked.request.key, "me") is None
        await book.welcomed(entry)
        assert [one.welcome for one in (await book.read()).entries] == [""]


@pytest.mark.anyio
async def test_two_programs_approve_at_once(database: Place) -> None:
    """One of them does; and a refusal at the same time never leaves both."""
    clock = Clock()
    async with book_at(database.url, clock) as one, book_at(database.url, clock) as other:
        first = await given_to(one, PEOPLE[0])
        both = [one.approve_code(first.code, "one"), other.approve_code(first.code, "other")]
        done = await asyncio.gather(*both)
        assert len([entry for entry in done if entry is not None]) == 1
        second = await given_to(one, PEOPLE[1])
        key = second.request.key
        let_in, refused = await asyncio.gather(one.approve(key, "one"), other.refuse(key))
        assert (let_in is None) != (refused is None)
        ids = {entry.id for entry in (await one.read()).entries}
        assert ids == ({"0"} if let_in is None else {"0", "1"})


@pytest.mark.anyio
async def test_three_have_a_code_at_a_time(database: Place) -> None:
    """A fourth gets none until a place is free; whoever asks again keeps their place."""
    clock = Clock()
    async with book_at(database.url, clock) as book:
        first, second, _ = [await given_to(book, person) for person in PEOPLE[:3]]
        assert await book.ask(home(PEOPLE[3]), PEOPLE[3]) is None
        again = await given_to(book, PEOPLE[0])
        assert again.request.slot == first.request.slot
        assert await book.approve_code(first.code, "me") is None, "the newer one counts"
        assert await book.find(second.code) == second.request
        assert await book.refuse(second.request.key) == second.request
        await given_to(book, PEOPLE[3])
        assert await book.ask(home(PEOPLE[4]), PEOPLE[4]) is None
        clock.now += VALID_FOR
        assert await book.approve_code(again.code, "me") is None
        assert await book.refuse(again.request.key) is None
        await given_to(book, PEOPLE[4])
        assert [one.id for one in (await book.read()).requests] == ["4"]
        clock.now += VALID_FOR
        await book.expire()
        assert (await book.read()).requests == ()


@pytest.mark.anyio
async def test_roles(database: Place) -> None:
    """A command changes them; a code takes none away."""
    async with book_at(database.url, Clock()) as book:
        asked = await given_to(book, PEOPLE[0])
        assert await book.add(Admitted("telegram", "0", role=AccessRole.ADMIN, by="me", at=1.0))
        assert not await book.add(
            Admitted("telegram", "0", role=AccessRole.ADMIN, by="you", at=2.0)
        )
        [entry] = (await book.read()).entries
        assert (entry.role, entry.by, entry.name) == (AccessRole.ADMIN, "me", "Person 0")
        assert entry.welcome == "chat of 0", "they had asked, and are told"
        assert await book.approve_code(asked.code, "me") is None, "their code is used up"
        later = await given_to(book, PEOPLE[0])
        still = await book.approve_code(later.code, "me")
        assert still is not None
        assert still.role is AccessRole.ADMIN
        assert await book.add(Admitted("telegram", "0", role=AccessRole.USER, by="me", at=3.0))
        assert [one.role for one in (await book.read()).entries] == [AccessRole.USER]


@pytest.mark.anyio
async def test_who_is_removed(database: Place) -> None:
    """A person with their request and chat, a group; whoever is not there was not removed."""
    async with book_at(database.url, Clock()) as book:
        await book.add(CREW)
        await book.remember_chat("telegram", "0", "chat of 0")
        await book.remember_chat("telegram", "0", "another chat of 0")
        assert (await book.read()).admin_chats == (("telegram", "0", "another chat of 0"),)
        await given_to(book, PEOPLE[0])
        assert await book.remove("telegram", "0")
        seen = await book.read()
        assert (seen.entries, seen.requests, seen.admin_chats) == ((CREW,), (), ())
        assert not await book.remove("work", "-5")
        assert await book.remove("telegram", "-5")
        assert not await book.remove("telegram", "-5")
        assert (await book.read()).entries == ()


@pytest.mark.anyio
async def test_a_group_keeps_its_admission_when_it_moves(database: Place) -> None:
    """Under the new id alone, also if it was admitted under the old one later; people stay."""
    store = await ConversationStore.open(database.url)
    book = AccessBook(store.database)
    await book.add(CREW)
    await book.add(Admitted("telegram", "-5", by="me", at=1.0))
    await store.move("telegram", "-5", "-1005")
    entries = {(one.kind, one.id) for one in (await book.read()).entries}
    assert entries == {(Kind.GROUP, "-1005"), (Kind.PERSON, "-5")}
    await book.add(CREW)
    await store.aclose()
    store = await ConversationStore.open(database.url)
    book = AccessBook(store.database)
    groups = [one.id for one in (await book.read()).entries if one.kind is Kind.GROUP]
    assert groups == ["-1005"]
    await store.aclose()
    other = await Database.open_beside(database.url)
    ids = [await current_id(other, "telegram", id_) for id_ in ("-5", "-1005", "7")]
    assert ids == ["-1005", "-1005", "7"]
    await other.aclose()


@pytest.mark.anyio
async def test_a_database_of_another_version_is_not_touched(empty_database: Place) -> None:
    """A command says what to do, and migrates nothing under a program that runs."""
    await empty_database.become_version_0_1()
    with pytest.raises(ConfigError, match="`tickertape serve` brings an older one up to date"):
        await Database.open_beside(empty_database.url)
    await (await Database.open(empty_database.url)).aclose()
    await (await Database.open_beside(empty_database.url)).aclose()
    await empty_database.run("UPDATE tickertape_revision SET version_num = '9999'")
    with pytest.raises(ConfigError, match="a newer one made it"):
        await Database.open_beside(empty_database.url)


@dataclass
class Model:
    """What must be true, whatever happened."""

    admitted: set[str] = field(default_factory=set)
    codes: list[tuple[str, str, float]] = field(default_factory=list)
    """All codes that were ever given: the code, to whom, and when."""
    counting: dict[str, str] = field(default_factory=dict)
    """The code of each person that counts, if its hour is not over."""


_PERSON = st.sampled_from(range(5))
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), _PERSON),
        st.tuples(st.sampled_from(["approve", "refuse"]), st.integers(0, 9)),
        st.tuples(st.sampled_from(["add", "remove"]), _PERSON),
        st.tuples(st.just("wait"), st.sampled_from([1, 1200, 3599, 3600])),
        st.tuples(st.sampled_from(["restart", "expire", "guess"]), st.just(0)),
    ),
    max_size=14,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(_STEPS)
def test_no_one_is_let_in_who_was_not_named(tmp_path: Path, steps: list[tuple[str, int]]) -> None:
    """In any order of requests, approvals, refusals, removals, hours and restarts.

    Only approved ids are admitted. A code admits no one else than the person who got it, never
    twice, and never after its hour.
    """
    for file in tmp_path.iterdir():
        file.unlink()
    asyncio.run(_play(database_in(tmp_path), steps))


async def _play(url: str, steps: list[tuple[str, int]]) -> None:
    clock, model, at = Clock(), Model(), 0
    while at < len(steps):
        async with book_at(url, clock) as book:  # each restart opens another one
            while at < len(steps):
                step, number = steps[at]
                at += 1
                if step == "restart":
                    break
                await _step(book, clock, model, step, number)
                seen = await book.read()
                access = Access(frozenset()).with_admitted(seen.entries)
                admitted = {one.id for one in PEOPLE if access.admits(home(one), one)}
                assert admitted == model.admitted
                assert len(seen.requests) <= 3


async def _step(book: AccessBook, clock: Clock, model: Model, step: str, number: int) -> None:
    match step:
        case "ask":
            person = PEOPLE[number]
            asked = await book.ask(home(person), person)
            model.counting = {who: code for who, code in model.counting.items() if who != person.id}
            if asked is not None:
                model.codes.append((asked.code, person.id, clock.now))
                model.counting[person.id] = asked.code
        case "approve" | "refuse" if model.codes:
            code, who, at = model.codes[number % len(model.codes)]
            counts = model.counting.get(who) == code and clock.now - at < VALID_FOR
            if step == "approve":
                entry = await book.approve_code(code, "me")
                assert (entry.id if entry else None) == (who if counts else None)
                model.admitted |= {who} if counts else set()
            else:
                request = await book.find(code)
                assert (request.id if request else None) == (who if counts else None)
                assert request is None or await book.refuse(request.key) == request
            if counts:
                del model.counting[who]
        case "guess":
            assert await book.approve_code("AAAAAAAA", "me") is None
        case "add":
            who = PEOPLE[number].id
            await book.add(Admitted("telegram", who, by="me", at=clock.now))
            model.admitted.add(who)
            model.counting.pop(who, None)
        case "remove":
            who = PEOPLE[number].id
            await book.remove("telegram", who)
            model.admitted.discard(who)
            model.counting.pop(who, None)
        case "wait":
            clock.now += number
        case "expire":
            await book.expire()
        case _:
            pass
