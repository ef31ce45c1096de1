"""What was decided takes effect once: it is logged, told and looked after; a clock that is set."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from databases import Database as Place
from databases import database_in
from sqlalchemy import Engine, event, insert

from tickertape.chat import Address, ChatKind, Message, Person
from tickertape.delivery.actions import Accepted, Acknowledge, ClearButtons, Outcome, Post
from tickertape.gateway.access import Access, AccessRole, Admitted
from tickertape.gateway.admission import wording
from tickertape.gateway.admission.announcements import Announcements
from tickertape.gateway.admission.changes import Snapshot
from tickertape.gateway.admission.tasks import Tasks
from tickertape.gateway.admission.watch import AccessWatch
from tickertape.gateway.storage.access_book import AccessBook
from tickertape.gateway.storage.database import Database
from tickertape.gateway.storage.tables import AdminChatRow

pytestmark = pytest.mark.anyio
pytest_plugins = ["database_fixtures"]

BOB = Person("2002", "Bob")
AT_BOB = Address("telegram", "2002", ChatKind.PRIVATE)
ADMIN_CHAT = Address("telegram", "1001", ChatKind.PRIVATE)


@dataclass
class Scene:
    """A gateway of which only what it is asked for is there."""

    is_admitted: list[str] = field(default_factory=list)
    """The ids that are admitted besides the lists."""
    said: list[tuple[str, str]] = field(default_factory=list)
    """What was said, and in which chat."""
    posts: list[Post] = field(default_factory=list)
    cleared: list[ClearButtons] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def access(self) -> Access:
        return Access(frozenset(), admins=frozenset({"1001"}), pairing=True)

    def admit(self, entries: Iterable[Admitted]) -> None:
        self.is_admitted = [entry.id for entry in entries]

    def receive(self, message: Message) -> None:
        raise AssertionError("no message is taken")

    async def say(self, message: Message, text: str) -> None:
        async with self.changed:
            self.said.append((message.address.chat, text))
            self.changed.notify_all()

    async def post(self, post: Post) -> Outcome:
        self.posts.append(post)
        return Accepted(post.text, f"m{len(self.posts)}")

    def has_channel(self, name: str) -> bool:
        return name == "telegram"

    def has_buttons(self, at: Address) -> bool:
        return True

    def acknowledge(self, press: Acknowledge) -> None:
        raise AssertionError("nothing is pressed")

    def clear(self, clear: ClearButtons) -> None:
        self.cleared.append(clear)

    async def hears(self, *said: tuple[str, str]) -> None:
        """Wait until exactly this was said."""
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(lambda: self.said == list(said))


class Clock:
    """A clock that the test sets."""

    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Watching:
    """A watch over a real database."""

    scene: Scene
    clock: Clock
    book: AccessBook
    announcements: Announcements
    watch: AccessWatch


@asynccontextmanager
async def watching(path: Path) -> AsyncIterator[Watching]:
    """Open a database, and look at it."""
    database = await Database.open(database_in(path))
    scene, clock, tasks = Scene(), Clock(), Tasks()
    book, announcements = AccessBook(database, clock=clock), Announcements(scene)
    watch = AccessWatch(book, scene, announcements, tasks, clock=clock)
    await watch.restore()
    try:
        yield Watching(scene, clock, book, announcements, watch)
    finally:
        await tasks.aclose()
        await database.aclose()


async def test_a_request_expires(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """After its hour: its buttons go, it is logged by id, and no one is told or let in."""
    caplog.set_level(logging.INFO, "tickertape")
    async with watching(tmp_path) as here:
        asked = await here.book.ask(AT_BOB, BOB)
        assert asked is not None
        here.announcements.begin(asked.request)
        await here.announcements.post(asked.request, ADMIN_CHAT)
        assert [post.text for post in here.scene.posts] == [
            "Bob (telegram:2002) asks to be let in."
        ]
        here.clock.now += 3599
        await here.watch.look()
        assert here.scene.cleared == []
        here.clock.now += 1
        await here.watch.look()
        assert here.scene.cleared == [ClearButtons(ADMIN_CHAT, "m1")]
        assert (await here.book.read()).requests == ()
        assert (here.scene.said, here.scene.is_admitted) == ([], [])
        assert not here.watch.quiet.holds("telegram:2002", here.clock.now), "they may ask again"
    record = caplog.records[-1]
    assert record.getMessage() == "a request to be let in has expired"
    assert (vars(record)["channel"], vars(record)["id"]) == ("telegram", "2002")


async def test_an_announcement_that_comes_too_late_has_no_buttons(tmp_path: Path) -> None:
    """The request was decided while its message was on its way."""
    async with watching(tmp_path) as here:
        asked = await here.book.ask(AT_BOB, BOB)
        assert asked is not None
        here.announcements.begin(asked.request)
        here.announcements.end(asked.request.key)
        await here.announcements.post(asked.request, ADMIN_CHAT)
        assert here.scene.cleared == [ClearButtons(ADMIN_CHAT, "m1")]


async def test_each_change_is_logged_and_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """However often it is looked at; what belongs to another gateway is none of ours."""
    caplog.set_level(logging.INFO, "tickertape")
    async with watching(tmp_path) as here:
        asked = await here.book.ask(AT_BOB, BOB)
        assert asked is not None
        await here.watch.look()
        await here.book.approve(asked.request.key, "telegram:1001")
        await here.book.add(Admitted("work", "7", by="me", at=1.0, welcome="7"))
        for _ in range(3):
            await here.watch.look()
        await here.scene.hears(("2002", wording.WELCOME))
        await here.watch.look()
        assert sorted(here.scene.is_admitted) == ["2002", "7"]
        await here.book.add(Admitted("telegram", "2002", role=AccessRole.ADMIN, by="me", at=2.0))
        await here.watch.look()
        await here.book.remove("telegram", "2002")
        await here.book.remove("work", "7")
        await here.watch.look()
        assert here.watch.quiet.holds("telegram:2002", here.clock.now + 86_399)
        assert not here.watch.quiet.holds("telegram:2002", here.clock.now + 86_400)
    logged = [
        (one.getMessage(), vars(one)["id"], vars(one)["by"])
        for one in caplog.records
        if one.name == "tickertape.gateway.admission.watch"
    ]
    assert logged == [
        ("let in", "2002", "telegram:1001"),
        ("let in", "2002", "me"),
        ("no longer let in", "2002", "the command line"),
    ]


async def test_an_approval_in_the_midst_of_a_look_is_no_refusal(tmp_path: Path) -> None:
    """Another process commits between two queries of the same look."""
    async with watching(tmp_path) as here:
        asked = await here.book.ask(AT_BOB, BOB)
        assert asked is not None
        await here.watch.look()
        queries = 0

        def approve(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            nonlocal queries
            queries += statement.startswith("SELECT access_")
            if queries == 2:
                queries += 1
                with closing(sqlite3.connect(tmp_path / "t.db")) as other, other:
                    other.execute("DELETE FROM access_requests")
                    values = "'telegram', '2002', 'person', 'user', 'me', 1.0, 'Bob', '2002'"
                    other.execute(f"INSERT INTO access_entries VALUES ({values})")  # noqa: S608

        event.listen(Engine, "before_cursor_execute", approve)
        try:
            await here.watch.look()
        finally:
            event.remove(Engine, "before_cursor_execute", approve)
        await here.watch.look()
        await here.scene.hears(("2002", wording.WELCOME))
        assert here.scene.is_admitted == ["2002"]


class Failing(AccessBook):
    """A book whose database fails now and then."""

    failures = 0

    async def read(self) -> Snapshot:
        """Fail as often as the test wants."""
        if self.failures:
            self.failures -= 1
            raise OSError("the disk is gone")
        return await super().read()


async def test_a_database_that_fails_is_looked_at_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever was let in stays so; it is logged once; later changes are seen."""
    monkeypatch.setattr("tickertape.gateway.admission.watch._LOOK_EVERY", 0.001)
    database = await Database.open(database_in(tmp_path))
    scene, tasks, book = Scene(), Tasks(), Failing(database)
    await book.add(Admitted("telegram", "7", by="me", at=1.0))
    watch = AccessWatch(book, scene, Announcements(scene), tasks)
    await watch.restore()
    book.failures = 3
    await AccessBook(database).add(Admitted("telegram", "2002", by="me", at=1.0, welcome="2002"))
    tasks.start(watch.run())
    await scene.hears(("2002", wording.WELCOME))
    assert scene.is_admitted == ["7", "2002"]
    watch.stop()
    await tasks.aclose()
    await database.aclose()
    errors = [one.getMessage() for one in caplog.records if one.levelno == logging.ERROR]
    assert errors == ["who is let in cannot be read: it stays as it was"]


async def test_whether_anything_was_written_is_known(database: Place) -> None:
    """At first, and after another connection wrote; of a server it is always possible."""
    one, other = [await Database.open(database.url) for _ in range(2)]
    book = AccessBook(other)
    async with one.watching() as has_changed:
        assert await has_changed()
        is_always = database.kind != "sqlite"
        assert await has_changed() is is_always
        await book.add(Admitted("telegram", "7", by="me", at=1.0))
        assert await has_changed()
        await book.read()
        assert await has_changed() is is_always
        await AccessBook(one).remove("telegram", "7")
        assert await has_changed(), "by another connection of the same process"
    await one.aclose()
    await other.aclose()


async def test_a_watch_leaves_transactions_as_they_are() -> None:
    """Also in memory, where all that is done shares its connection."""
    database = await Database.open("sqlite+aiosqlite://")
    book = AccessBook(database)
    async with database.watching() as has_changed:
        await has_changed()
        with suppress(KeyError):
            async with database.write() as session:
                await session.execute(
                    insert(AdminChatRow).values(channel="telegram", id="1001", chat="1001")
                )
                raise KeyError
        assert await book.read() == Snapshot()
    await database.aclose()
