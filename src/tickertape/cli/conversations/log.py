"""The file of conversations: what the terminal's commands asked, and what they were answered.

It is an SQLite database in the user's state folder, which only its owner can read. It is not the
bot's database: nothing of a bot's chats is in it, and a bot reads nothing of it.

| table | a row is |
|---|---|
| `conversations` | a conversation: its id, its beginning, the model, and `-s` if that was given |
| `entries` | what was said in one, as `gateway.storage.entries` has it, in its order |

`tickertape logs off` leaves a file next to it, and from then on nothing is stored.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tickertape.cli.conversations.exchange import Stored
from tickertape.conversation import Entry, Utterance, begins_turn
from tickertape.errors import TickertapeError
from tickertape.events import Usage
from tickertape.gateway.storage.entries import Row, decode, encode

__all__ = ["ConversationLog", "LogError", "SavedConversation", "answered"]

_FILE: Final = "conversations.db"
_OFF: Final = "conversations.off"
_PATIENCE: Final = 5.0  # seconds for another program that writes at the moment
_VERSION: Final = 1

_TABLES: Final = f"""
CREATE TABLE IF NOT EXISTS conversations (
  id TEXT PRIMARY KEY, started TEXT NOT NULL, model TEXT NOT NULL, system TEXT);
CREATE TABLE IF NOT EXISTS entries (
  id INTEGER PRIMARY KEY, conversation TEXT NOT NULL REFERENCES conversations (id),
  at TEXT NOT NULL, model TEXT NOT NULL, role TEXT NOT NULL, text TEXT NOT NULL, parts TEXT,
  input_tokens INTEGER, output_tokens INTEGER);
CREATE INDEX IF NOT EXISTS entries_of ON entries (conversation, id);
PRAGMA user_version = {_VERSION};
"""


class LogError(TickertapeError):
    """The file of conversations cannot be read or written; the text says why in one line."""


@dataclass(frozen=True, slots=True)
class SavedConversation:
    """A conversation that can be continued."""

    id: str
    """Its id: twelve hexadecimal digits."""
    model: str = ""
    """The name of the model that was asked last; empty: the default, or an agent of one's own."""
    system: str | None = None
    """The system prompt that was given on the command line; None: as configured."""


class ConversationLog:
    """Keeps conversations in a file."""

    def __init__(self, folder: Path | None = None) -> None:
        """Choose the folder; nothing is opened or made before something is stored.

        Args:
            folder: where the file is; None: the user's state folder.
        """
        if folder is None:
            import platformdirs  # noqa: PLC0415

            folder = platformdirs.user_state_path("tickertape", appauthor=False)
        self.path = folder / _FILE
        """The file."""
        self._off = folder / _OFF

    @property
    def is_on(self) -> bool:
        """Whether conversations are stored."""
        return not self._off.exists()

    def switch(self, *, on: bool) -> None:
        """Store conversations from here on, or do not.

        Raises:
            LogError: when the folder cannot be written.
        """
        with _mapped(self.path):
            if on:
                self._off.unlink(missing_ok=True)
            else:
                self._off.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._off.touch()

    def newest(self) -> SavedConversation | None:
        """Return the conversation in which something was said last; None if there is none.

        Raises:
            LogError: when the file cannot be read.
        """
        return self._find("ORDER BY entries.id DESC LIMIT 1", ())

    def find(self, id_: str) -> SavedConversation | None:
        """Return the conversation with an id, or with an id that begins so; None: there is none.

        Raises:
            LogError: when the file cannot be read.
        """
        begins = "WHERE substr(conversations.id, 1, ?) = ? ORDER BY entries.id DESC LIMIT 1"
        return self._find(begins, (len(id_), id_)) if id_ else None

    def begin(self, model: str = "", system: str | None = None) -> SavedConversation:
        """Return another conversation; it is stored with the first that is said in it."""
        return SavedConversation(secrets.token_hex(6), model, system)

    def append(
        self,
        conversation: SavedConversation,
        entries: Sequence[Entry],
        *,
        model: str = "",
        usage: Usage | None = None,
    ) -> None:
        """Add entries to a conversation: all of them or, when this raises, none.

        Args:
            conversation: the one in which they were said.
            entries: what was said.
            model: the name of the model that answers.
            usage: what the answer cost; it is stored with the last entry.

        Raises:
            LogError: when the file cannot be written.
        """
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        counted = (usage.input_tokens, usage.output_tokens) if usage else (None, None)
        with self._written() as database:
            database.execute(
                "INSERT INTO conversations VALUES (?, ?, ?, ?) "
                "ON CONFLICT (id) DO UPDATE SET model = excluded.model, system = excluded.system",
                (conversation.id, now, model, conversation.system),
            )
            for at, entry in enumerate(entries, 1):
                tokens = counted if at == len(entries) else (None, None)
                database.execute(
                    "INSERT INTO entries (conversation, at, model, role, text, parts, "
                    "input_tokens, output_tokens) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (conversation.id, now, model, *encode(entry), *tokens),
                )

    def take_back_answer(self, conversation: SavedConversation) -> None:
        """Delete the answer to the last question; the question, with what was added, stays.

        Raises:
            LogError: when the file cannot be written.
        """
        with self._written() as database:
            rows = database.execute(
                "SELECT id, role, text, parts FROM entries WHERE conversation = ? ORDER BY id DESC",
                (conversation.id,),
            ).fetchall()
            for id_, *row in rows:
                entry = decode(Row(*row))
                if entry is not None and begins_turn(entry):
                    return
                if not (isinstance(entry, Utterance) and entry.role == "user"):
                    database.execute("DELETE FROM entries WHERE id = ?", (id_,))

    def entries(self, conversation: SavedConversation) -> tuple[Entry, ...]:
        """Return what was said in a conversation, oldest first.

        Raises:
            LogError: when the file cannot be read.
        """
        return tuple(one.entry for one in self.newest_first(conversation.id))[::-1]

    def newest_first(self, conversation: str = "") -> Iterator[Stored]:
        """Yield what was said, the newest first; an entry that cannot be read is left out.

        Args:
            conversation: the id of one conversation; empty: all of them.

        Raises:
            LogError: when the file cannot be read.
        """
        where, named = ("WHERE conversation = ? ", (conversation,)) if conversation else ("", ())
        with self._read() as database:
            if database is None:
                return
            for conversation_, at, model, role, text, parts, *tokens in database.execute(
                "SELECT conversation, at, model, role, text, parts, input_tokens, output_tokens "  # noqa: S608
                f"FROM entries {where}ORDER BY id DESC",
                named,
            ):
                entry = decode(Row(role, text, parts))
                if entry is not None:
                    when = datetime.fromisoformat(at)
                    yield Stored(conversation_, when, model, entry, *tokens)

    def count(self) -> tuple[int, int]:
        """Return how many conversations and how many entries are stored.

        Raises:
            LogError: when the file cannot be read.
        """
        with self._read() as database:
            if database is None:
                return 0, 0
            tables = ("conversations", "entries")
            found = [database.execute(f"SELECT count(*) FROM {one}").fetchone() for one in tables]  # noqa: S608
            return found[0][0], found[1][0]

    def _find(self, rest: str, named: tuple[object, ...]) -> SavedConversation | None:
        with self._read() as database:
            if database is None:
                return None
            row = database.execute(
                "SELECT conversations.id, conversations.model, system FROM conversations "  # noqa: S608
                f"JOIN entries ON conversation = conversations.id {rest}",
                named,
            ).fetchone()
            return SavedConversation(*row) if row else None

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection | None]:
        """Open the file to read it; None if there is none."""
        with _mapped(self.path):
            if not self.path.exists():
                yield None
                return
            with closing(sqlite3.connect(self.path, timeout=_PATIENCE)) as database:
                self._check(database)
                yield database

    @contextmanager
    def _written(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one transaction; it is made if it is not there."""
        with _mapped(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with suppress(FileExistsError):
                os.close(os.open(self.path, os.O_CREAT | os.O_EXCL, 0o600))
            with closing(sqlite3.connect(self.path, timeout=_PATIENCE)) as database:
                if self._check(database) < _VERSION:
                    database.executescript(_TABLES)
                with database:
                    database.execute("BEGIN IMMEDIATE")
                    yield database

    def _check(self, database: sqlite3.Connection) -> int:
        version = int(database.execute("PRAGMA user_version").fetchone()[0])
        if version > _VERSION:
            raise LogError(f"{self.path} was written by a later version of Tickertape")
        return version


@contextmanager
def _mapped(path: Path) -> Iterator[None]:
    """Map what goes wrong with the file to `LogError`."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise LogError(f"{path}: {reason}") from None


def answered(entries: Sequence[Entry], unrecorded: str) -> tuple[Entry, ...]:
    """Return what is to be stored of an answer.

    Args:
        entries: what the agent recorded.
        unrecorded: what it said beyond that.
    """
    return (*entries, Utterance("assistant", unrecorded)) if unrecorded else tuple(entries)
