"""Databases of all versions open, and keep what is in them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from databases import Database
from sqlalchemy import Connection, Engine, event, select
from sqlalchemy.ext.asyncio import create_async_engine

from tickertape.chat import Address, ChatKind, Message
from tickertape.conversation import Step, TextPart, Thought, ToolCall, ToolResult, Utterance
from tickertape.delivery.limits.limit_estimate import Family
from tickertape.errors import ConfigError
from tickertape.gateway.settings import ChatSettings
from tickertape.gateway.storage import revisions
from tickertape.gateway.storage.database_journal import DatabaseJournal
from tickertape.gateway.storage.store import ConversationStore
from tickertape.gateway.storage.tables import TABLES, ClaimRow
from tickertape.message import Author, AuthorKind

pytestmark = pytest.mark.anyio
pytest_plugins = ["database_fixtures"]

PRIVATE = Address("telegram", "1001", ChatKind.PRIVATE)
GROUP = Address("telegram", "-1007", ChatKind.GROUP)
TOPIC = Address("telegram", "-1007", ChatKind.GROUP, thread="5")
OLD = Address("telegram", "-2002", ChatKind.GROUP)
NEW = Address("telegram", "-1002002", ChatKind.GROUP)


@pytest.fixture
def database(empty_database: Database) -> Database:
    """A database without a table."""
    return empty_database


async def differences(database: Database) -> list[object]:
    """List what the tables in a database have that this version's have not, and the reverse."""

    def compare(connection: Connection) -> list[object]:
        options = {"version_table": "tickertape_revision", "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, TABLES[0].metadata))

    engine = create_async_engine(database.url)
    async with engine.connect() as connection:
        found = await connection.run_sync(compare)
    await engine.dispose()
    return found


def _newest() -> str:
    """Return the newest revision that this version knows."""
    folder = Path(revisions.__file__).parent
    newest = ScriptDirectory(folder.parent, version_locations=[folder]).get_current_head()
    assert newest is not None
    return newest


async def test_an_empty_database(database: Database) -> None:
    """It gets the tables that this version reads and writes, once."""
    for _ in range(2):
        store = await ConversationStore.open(database.url)
        await store.append(TOPIC, [Utterance("user", "hello")])
        await store.aclose()
    assert await differences(database) == []


async def test_a_database_of_version_0_1(database: Database) -> None:
    """Conversations, choices, limits and moves are found under the ids that chats have."""
    await database.become_version_0_1()
    for late in range(2):
        store = await ConversationStore.open(database.url)
        assert await store.history(PRIVATE, limit=9) == (
            Utterance("user", "what time?"),
            Step(
                (TextPart("Wait."), Thought("Hm."), ToolCall("1", "clock", "{}", raw='{"x": 1}')),
                origin="m@host",
            ),
            ToolResult("1", "clock", "noon"),
            Step((TextPart("Noon."),)),
        )
        assert await store.history(GROUP, limit=9) == (
            Utterance("user", '[from "Anna"]\nhello', speaker=Author("Anna", id="1001")),
            Utterance("assistant", "hi"),
            Utterance(
                "user",
                '[from "the chat"]\nwho?',
                speaker=Author("Team", AuthorKind.HIDDEN),
            ),
        )
        assert [entry.text for entry in await store.history(TOPIC, limit=9)] == [
            "in a topic",
            "there",
            *["late"] * late,
        ]
        moved = await store.history(NEW, limit=9)
        texts = ["before the move", "still here", "after the move"]
        assert [entry.text for entry in moved] == texts
        assert await store.history(OLD, limit=9) == moved
        assert await store.settings(PRIVATE) == ChatSettings("show", "clever", voice=True)
        assert await store.settings(TOPIC) == ChatSettings("hide")
        assert await store.settings(GROUP) == ChatSettings()
        assert await store.settings(OLD) == ChatSettings(model="clever")
        assert await store.moves("telegram") == {"-2002": "-1002002"}
        limits = await store.limits("telegram")
        families = {chat: {lesson.family for lesson in limits[chat]} for chat in limits}
        assert families == {
            "-1007": {Family.MESSAGES, Family.DRAFTS},
            "-1002002": {Family.MESSAGES},
        }
        await store.append(TOPIC, [Utterance("assistant", "late")])
        await store.aclose()
    assert await differences(database) == []


async def test_a_database_from_before_the_journal(database: Database) -> None:
    """It keeps what is in it, and owes nothing."""
    store = await ConversationStore.open(database.url)
    await store.append(TOPIC, [Utterance("user", "hello")])
    await store.aclose()
    later = ["inbox", "turns", "access_entries", "access_requests", "admin_chats", "usage"]
    later += ["workers", "claims", "bot_shares"]
    await database.run("".join(f"DROP TABLE {table}; " for table in later))
    await database.run("ALTER TABLE chat_settings DROP COLUMN queue")
    await database.run("UPDATE tickertape_revision SET version_num = '0002'")
    store = await ConversationStore.open(database.url)
    assert await store.history(TOPIC, limit=9) == (Utterance("user", "hello"),)
    assert await DatabaseJournal(store.database).unsettled({"telegram"}) == ()
    await store.aclose()
    assert await differences(database) == []


async def test_programs_that_begin_at_once(database: Database) -> None:
    """Each finds what the first has made, or waits for it."""
    await database.become_version_0_1()
    stores = await asyncio.gather(*(ConversationStore.open(database.url) for _ in range(4)))
    for store in stores:
        assert len(await store.history(PRIVATE, limit=9)) == 4
        await store.aclose()
    assert await differences(database) == []


async def test_a_database_of_a_newer_version(database: Database) -> None:
    """It is left as it is, and the operator is told what to do."""
    store = await ConversationStore.open(database.url)
    await store.aclose()
    await database.run("UPDATE tickertape_revision SET version_num = 'f00'")
    with pytest.raises(ConfigError, match=r"^storage\.url: .* a newer one made it: upgrade Ticke"):
        await ConversationStore.open(database.url)
    await database.run(
        "UPDATE tickertape_revision SET version_num = 'NEWEST'".replace("NEWEST", _newest())
    )
    store = await ConversationStore.open(database.url)
    await store.aclose()


async def test_what_one_process_left_is_mail_of_many(database: Database) -> None:
    """The first of several processes is told of chats in which something is owed, of no others.

    A file is one process's: it reads what is owed by itself.
    """
    store = await ConversationStore.open(database.url)
    journal = DatabaseJournal(store.database)
    for key, chat in enumerate(("1", "1", "2", "3")):
        at = Address("telegram", chat, ChatKind.PRIVATE)
        message = Message(at, None, "hello", None, to_us=True, key=str(key))
        taken = await journal.take(message)
        assert taken is not None
        if chat == "3":
            await journal.settle([taken])
    await store.aclose()
    await database.run(
        "DROP TABLE workers; DROP TABLE claims; DROP TABLE bot_shares; DROP INDEX inbox_owed;"
        'ALTER TABLE turns DROP COLUMN "left"; ALTER TABLE turns DROP COLUMN written;'
        "UPDATE tickertape_revision SET version_num = '0006';"
    )
    store = await ConversationStore.open(database.url)
    async with store.database.read() as session:
        rows = await session.scalars(select(ClaimRow).order_by(ClaimRow.chat))
        claims = [(row.chat, row.mail, row.is_awake, row.owner) for row in rows]
    await store.aclose()
    is_shared = database.kind == "postgres"
    assert claims == ([("1", 2, True, None), ("2", 1, True, None)] if is_shared else [])


async def test_a_migration_that_breaks_off(database: Database) -> None:
    """It leaves everything as it was; the next one does it all."""
    await database.become_version_0_1()

    def broken(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("CREATE INDEX conversation"):
            raise OSError("the disk is full")

    event.listen(Engine, "before_cursor_execute", broken)
    try:
        with pytest.raises(ConfigError, match="is full"):
            await ConversationStore.open(database.url)
    finally:
        event.remove(Engine, "before_cursor_execute", broken)
    await database.run("UPDATE chat_moves SET moved_to = -2002 WHERE chat_id = 5")
    store = await ConversationStore.open(database.url)
    assert len(await store.history(PRIVATE, limit=9)) == 4
    await store.aclose()


async def test_a_database_that_another_program_migrates_too(database: Database) -> None:
    """What alembic has noted for that program is not ours."""
    await database.run(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY);"
        "INSERT INTO alembic_version VALUES ('another');"
    )
    for _ in range(2):
        store = await ConversationStore.open(database.url)
        await store.aclose()
    await database.run("UPDATE alembic_version SET version_num = 'another one'")
