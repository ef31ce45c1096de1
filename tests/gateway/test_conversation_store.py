"""The store remembers, keeps conversations apart, and refuses what it cannot open."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from databases import Database
from sqlalchemy import Engine, event
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import dialect
from sqlalchemy.schema import CreateTable

from tickertape.chat import Address, ChatKind
from tickertape.conversation import Entry, Step, TextPart, ToolCall, ToolResult, Utterance
from tickertape.delivery.limits.limit_estimate import Family, LimitEstimate
from tickertape.errors import ConfigError
from tickertape.gateway.settings import ChatSettings
from tickertape.gateway.storage.store import ConversationStore
from tickertape.gateway.storage.tables import TABLES

pytestmark = pytest.mark.anyio
pytest_plugins = ["database_fixtures"]

PRIVATE = Address("telegram", "1001", ChatKind.PRIVATE)
GROUP = Address("telegram", "-1007", ChatKind.GROUP)
TOPIC = Address("telegram", "-1007", ChatKind.GROUP, thread="5")


def said(*texts: str) -> list[Utterance]:
    """Make entries of alternating roles, the person first."""
    return [
        Utterance("user" if number % 2 == 0 else "assistant", text)
        for number, text in enumerate(texts)
    ]


def url_of(path: Path) -> str:
    """Name the SQLite file at `path` as a database's address."""
    return f"sqlite+aiosqlite:///{path}"


async def test_a_restart_remembers(database: Database) -> None:
    """What was appended is there after the database was closed and opened again."""
    store = await ConversationStore.open(database.url)
    await store.append(PRIVATE, said("hello", "hi"))
    await store.aclose()

    again = await ConversationStore.open(database.url)
    assert await again.history(PRIVATE, limit=10) == tuple(said("hello", "hi"))
    await again.aclose()


async def test_conversations_are_apart(database: Database) -> None:
    """A chat, a group, a topic in that group and another channel do not share entries."""
    store = await ConversationStore.open(database.url)
    other = replace(PRIVATE, channel="terminal")
    places = ((PRIVATE, "a"), (GROUP, "b"), (TOPIC, "c"), (other, "d"))
    for place, text in places:
        await store.append(place, said(text))

    for place, text in places:
        assert await store.history(place, limit=10) == tuple(said(text))
    await store.forget(GROUP)
    assert await store.history(GROUP, limit=10) == ()
    assert await store.history(TOPIC, limit=10) == tuple(said("c"))
    await store.aclose()


async def test_history_gives_the_newest_in_order(database: Database) -> None:
    """A limit keeps the newest whole turns and still gives them oldest first."""
    store = await ConversationStore.open(database.url)
    await store.append(PRIVATE, said("1", "2", "3"))
    await store.append(PRIVATE, said("4", "5"))
    assert [entry.text for entry in await store.history(PRIVATE, limit=4)] == ["3", "4", "5"]
    await store.aclose()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", ""),
        ("a'; DROP TABLE utterances; --", "a'; DROP TABLE utterances; --"),
        ("\U0001f600 Grüße\r\n\t", "\U0001f600 Grüße\r\n\t"),
        ("nul\0inside", "nul�inside"),
        ("half \ud83d pair", "half � pair"),
        ("x" * 200_000, "x" * 200_000),
    ],
    ids=["empty", "sql", "unicode", "nul", "surrogate", "long"],
)
async def test_any_text_can_be_remembered(database: Database, text: str, kept: str) -> None:
    """Texts come back as they were; only what databases refuse is replaced by U+FFFD."""
    store = await ConversationStore.open(database.url)
    await store.append(PRIVATE, said(text))
    assert await store.history(PRIVATE, limit=1) == (Utterance("user", kept),)
    await store.aclose()


async def test_sqlite_runs_with_a_write_ahead_log(tmp_path: Path) -> None:
    """A reader and a writer do not lock each other out; a commit outlasts a power failure."""
    store = await ConversationStore.open(url_of(tmp_path / "t.db"))
    async with store.database.read() as session:
        assert (await session.execute(sql("PRAGMA synchronous"))).scalar_one() == 2
    with sqlite3.connect(tmp_path / "t.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
    await store.aclose()
    await store.aclose()


async def test_what_cannot_be_opened_is_one_line(tmp_path: Path) -> None:
    """Each kind of unusable database ends in one line that names the key and hides passwords."""
    (tmp_path / "broken.db").write_bytes(b"this is no database" * 100)
    cases = [
        (url_of(tmp_path / "missing" / "t.db"), "does not exist. Make it (mkdir -p "),
        (url_of(tmp_path / "broken.db"), "is no SQLite database. Name another file"),
        (url_of(tmp_path), "is a folder. Name a file in storage.url"),
        ("sqlite:///t.db", "async driver"),
        ("nothing://x", "async driver"),
        ("postgresql+psycopg2://me:hunter2@127.0.0.1:1/x", "or postgresql+psycopg"),
        ("mysql+asyncmy://me:hunter2@127.0.0.1:1/x", "pip install asyncmy"),
        ("://", "<unreadable>"),
    ]
    for url, words in cases:
        with pytest.raises(ConfigError) as caught:
            await ConversationStore.open(url)
        line = str(caught.value)
        assert line.startswith("storage.url: ")
        assert words in line
        assert "\n" not in line
        assert "hunter2" not in line


async def test_what_cannot_be_opened_leaves_no_thread(tmp_path: Path) -> None:
    """No thread of the driver's is left that would find its loop closed."""
    before = set(threading.enumerate())
    for url in (url_of(tmp_path / "missing" / "t.db"), url_of(tmp_path)):
        with pytest.raises(ConfigError):
            await ConversationStore.open(url)
    assert set(threading.enumerate()) <= before


CALL = Step((TextPart("Wait."), ToolCall("1", "clock", "{}", raw='{"x": 1}')), origin="m@host")
TURN: list[Entry] = [
    Utterance("user", "what time?"),
    CALL,
    ToolResult("1", "clock", "noon"),
    Step((TextPart("Noon."),)),
]


async def test_steps_and_results_are_remembered(database: Database) -> None:
    """A turn with a tool comes back whole after a restart, in its order."""
    store = await ConversationStore.open(database.url)
    for entry in TURN:
        await store.append(PRIVATE, [entry])
    await store.aclose()
    again = await ConversationStore.open(database.url)
    assert await again.history(PRIVATE, limit=10) == tuple(TURN)
    await again.aclose()


async def test_a_short_history_begins_with_a_turn(database: Database) -> None:
    """A turn that the limit cuts is left out; of one longer than the limit the end is given."""
    store = await ConversationStore.open(database.url)
    await store.append(PRIVATE, [*TURN, *said("thanks", "welcome")])
    assert await store.history(PRIVATE, limit=4) == tuple(said("thanks", "welcome"))
    await store.forget(PRIVATE)
    await store.append(PRIVATE, TURN)
    assert await store.history(PRIVATE, limit=2) == (TURN[3],)
    assert await store.history(PRIVATE, limit=0) == ()
    await store.aclose()


async def test_an_answer_is_taken_back(database: Database) -> None:
    """All that followed the last question goes, in this conversation alone; the question stays."""
    store = await ConversationStore.open(database.url)
    await store.append(PRIVATE, said("hello", "hi"))
    await store.append(TOPIC, said("kept"))
    await store.append(PRIVATE, TURN)
    left = (*said("hello", "hi"), Utterance("user", "what time?"))
    for _ in range(2):
        assert await store.take_back_answer(PRIVATE) == "what time?"
        assert await store.history(PRIVATE, limit=10) == left
    assert await store.history(TOPIC, limit=10) == tuple(said("kept"))
    await store.forget(PRIVATE)
    assert await store.take_back_answer(PRIVATE) is None
    await store.append(PRIVATE, [Utterance("assistant", "by myself")])
    assert await store.take_back_answer(PRIVATE) is None
    assert len(await store.history(PRIVATE, limit=10)) == 1
    await store.aclose()


async def test_settings_are_remembered(database: Database) -> None:
    """What a chat chose outlives `forget` and a restart, and is the chat's own, topic by topic."""
    store = await ConversationStore.open(database.url)
    assert await store.settings(PRIVATE) == ChatSettings()
    await store.change(PRIVATE, ChatSettings(model="clever"))
    await store.change(PRIVATE, ChatSettings("show", "clever"))
    await store.change(TOPIC, ChatSettings("hide"))
    await store.forget(PRIVATE)
    await store.aclose()
    again = await ConversationStore.open(database.url)
    assert await again.settings(PRIVATE) == ChatSettings("show", "clever")
    assert await again.settings(TOPIC) == ChatSettings("hide")
    assert await again.settings(GROUP) == ChatSettings()
    await again.aclose()


async def test_a_choice_of_a_later_version(database: Database) -> None:
    """A stored word that this version does not know means that nothing was chosen."""
    store = await ConversationStore.open(database.url)
    await store.change(PRIVATE, ChatSettings("show", "clever"))
    await database.run("UPDATE chat_settings SET reasoning = 'sing'")
    assert await store.settings(PRIVATE) == ChatSettings(None, "clever")
    await store.aclose()


# What version 0.1.0 made, as SQLite keeps it.
FIRST_SCHEMA = """
CREATE TABLE utterances (
    id INTEGER NOT NULL,
    channel VARCHAR(32) NOT NULL,
    chat_id BIGINT NOT NULL,
    thread_id BIGINT NOT NULL,
    role VARCHAR(16) NOT NULL,
    text TEXT NOT NULL,
    created_at DATETIME NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX conversation ON utterances (channel, chat_id, thread_id, id);
INSERT INTO utterances VALUES
    (1, 'telegram', 1001, 0, 'user', 'hello', '2026-11-01 10:00:00.000000'),
    (2, 'telegram', 1001, 0, 'assistant', 'hi', '2026-11-01 10:00:01.000000');
"""


async def test_a_database_of_the_first_version(tmp_path: Path) -> None:
    """It opens, keeps its conversations, and takes what it could not hold before; once or twice.

    It had no speakers, no choices, no limits and no moves.
    """
    with sqlite3.connect(tmp_path / "t.db") as connection:
        connection.executescript(FIRST_SCHEMA)
    connection.close()
    for round_number in range(2):
        store = await ConversationStore.open(url_of(tmp_path / "t.db"))
        assert (await store.limits("telegram"), await store.moves("telegram")) == ({}, {})
        before = (*said("hello", "hi"), *TURN * round_number)
        assert await store.history(PRIVATE, limit=20) == before
        await store.append(PRIVATE, TURN)
        await store.change(PRIVATE, ChatSettings("show"))
        await store.aclose()


# The table of choices before answers could be heard.
SILENT_SCHEMA = """
CREATE TABLE chat_settings (
    channel VARCHAR(32) NOT NULL,
    chat_id BIGINT NOT NULL,
    thread_id BIGINT NOT NULL,
    reasoning VARCHAR(16),
    model VARCHAR(64) NOT NULL,
    PRIMARY KEY (channel, chat_id, thread_id)
);
INSERT INTO chat_settings VALUES ('telegram', 1001, 0, 'show', 'clever');
"""


async def test_a_database_from_before_voices(tmp_path: Path) -> None:
    """It keeps what was chosen, and takes the choice of a voice; once or twice."""
    with sqlite3.connect(tmp_path / "t.db") as connection:
        connection.executescript(SILENT_SCHEMA)
    connection.close()
    before = None
    for voice in (True, False):
        store = await ConversationStore.open(url_of(tmp_path / "t.db"))
        assert await store.settings(PRIVATE) == ChatSettings("show", "clever", before)
        await store.change(PRIVATE, ChatSettings("show", "clever", voice))
        assert await store.settings(PRIVATE) == ChatSettings("show", "clever", voice)
        await store.aclose()
        before = voice


async def test_two_programs_may_bring_a_database_up_to_date_at_once(tmp_path: Path) -> None:
    """The other one has made the column and is about to commit: ours finds it, and makes none."""
    with sqlite3.connect(tmp_path / "t.db") as before:
        before.executescript(SILENT_SCHEMA)
    before.close()
    other = sqlite3.connect(tmp_path / "t.db", isolation_level=None)
    other.execute("PRAGMA journal_mode=WAL")
    other.execute("BEGIN IMMEDIATE")
    other.execute("ALTER TABLE chat_settings ADD COLUMN voice BOOLEAN")

    def commit(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(("BEGIN", "ALTER")) and other.in_transaction:
            other.execute("COMMIT")

    event.listen(Engine, "before_cursor_execute", commit)
    try:
        store = await ConversationStore.open(url_of(tmp_path / "t.db"))
    finally:
        event.remove(Engine, "before_cursor_execute", commit)
        other.close()
    assert await store.settings(PRIVATE) == ChatSettings("show", "clever")
    await store.aclose()


def test_the_statements_are_postgres_too() -> None:
    """The tables, as Postgres would make them, count by themselves and know no SQLite."""
    postgres = dialect()  # type: ignore[no-untyped-call]
    made = {table.name: str(CreateTable(table).compile(dialect=postgres)) for table in TABLES}
    assert "id BIGSERIAL NOT NULL" in made["utterances"]
    assert "parts TEXT" in made["utterances"]
    assert "PRIMARY KEY (channel, chat, thread)" in made["chat_settings"]


async def test_writers_take_turns(tmp_path: Path) -> None:
    """Of many that write at once none is overtaken, so that none waits for the lock in vain."""
    store = await ConversationStore.open(url_of(tmp_path / "t.db"))
    written: list[int] = []

    async def write(number: int) -> None:
        await store.append(Address("telegram", str(number), ChatKind.PRIVATE), said("hello"))
        written.append(number)

    await asyncio.gather(*(write(number) for number in range(1, 41)))
    assert written == list(range(1, 41))
    await store.aclose()


async def test_what_limits_taught_is_remembered(database: Database) -> None:
    """After a restart the waits go on and the slowness fades; the newest lesson counts."""
    store = await ConversationStore.open(database.url)
    both = [LimitEstimate(Family.MESSAGES, 2.5, 10.0), LimitEstimate(Family.DRAFTS, 4.0)]
    await store.learn("telegram", "7", both)
    await store.learn("telegram", "7", [LimitEstimate(Family.MESSAGES, 6.25, 20_000.0)])
    await store.learn("terminal", "7", [LimitEstimate(Family.MESSAGES, 16.0)])
    await store.aclose()
    again = await ConversationStore.open(database.url)
    learned = {lesson.family: lesson for lesson in (await again.limits("telegram"))["7"]}
    await again.aclose()
    assert learned[Family.MESSAGES].slowness == pytest.approx(6.25)
    assert learned[Family.MESSAGES].closed_for == pytest.approx(20_000.0, abs=60.0)
    assert learned[Family.DRAFTS].slowness == pytest.approx(4.0, rel=0.05)


async def test_what_limits_taught_long_ago_is_forgotten(database: Database) -> None:
    """Of an old lesson, of a kind that nobody knows and of a clock that was set back: no harm."""
    store = await ConversationStore.open(database.url)
    for chat in "123":
        await store.learn("telegram", chat, [LimitEstimate(Family.MESSAGES, 16.0, 100.0)])
    for chat, days in (("1", -2), ("3", 1)):
        at = (datetime.now(UTC) + timedelta(days=days)).replace(tzinfo=None).isoformat(" ")
        change = f"UPDATE chat_limits SET learned_at = '{at}' WHERE chat = '{chat}'"  # noqa: S608
        await database.run(change)
    await database.run("UPDATE chat_limits SET family = 'stories' WHERE chat = '2'")
    assert await store.limits("telegram") == {"3": (LimitEstimate(Family.MESSAGES, 16.0, 100.0),)}
    await store.aclose()
