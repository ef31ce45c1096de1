"""Migrates a database: applies the revisions that it does not have yet, one by one.

Each revision is a file of alembic's in `tickertape.gateway.storage.revisions`. Which one a database
has is written in a table of its own, so that it can be shared with programs that use alembic, too.
A database without that table is new, or one of version 0.1: the first revision makes either the
same.
"""

from __future__ import annotations

import itertools
from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, text

__all__ = ["NewerDatabaseError", "lacks", "migrate"]

_VERSION_TABLE = "tickertape_revision"
_REVISIONS = Path(__file__).parent / "revisions"
# Any number, the same in all versions of Tickertape: it names the lock.
_LOCK = 4_417_243_108


class NewerDatabaseError(Exception):
    """Raised for a database with a revision that this version does not know."""


def migrate(connection: Connection) -> tuple[str, ...]:
    """Apply the revisions that a database does not have yet, in the transaction of `connection`.

    Of two programs that do so at once, the second waits and finds the work done: in Postgres by a
    lock that is taken here, in SQLite by the caller's `BEGIN IMMEDIATE`.

    Returns:
        The names of the applied revisions.

    Raises:
        NewerDatabaseError: when a later version made the database; nothing is changed.
    """
    if connection.dialect.name == "postgresql":
        # A machine that is busy may think for longer between two statements than `engines` allows.
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    script, context = _opened(connection)
    missing = _missing(script, context)
    for revision in missing:
        with Operations.context(context):
            revision.module.upgrade()
        context.stamp(script, revision.revision)
    return tuple(revision.revision for revision in missing)


def lacks(connection: Connection) -> tuple[str, ...]:
    """Return the names of the revisions that a database does not have yet; nothing is changed.

    Raises:
        NewerDatabaseError: when a later version made the database.
    """
    return tuple(revision.revision for revision in _missing(*_opened(connection)))


def _opened(connection: Connection) -> tuple[ScriptDirectory, MigrationContext]:
    script = ScriptDirectory(_REVISIONS.parent, version_locations=[_REVISIONS])
    context = MigrationContext.configure(connection, opts={"version_table": _VERSION_TABLE})
    return script, context


def _missing(script: ScriptDirectory, context: MigrationContext) -> list[Script]:
    """Return the revisions that a database does not have yet, in their order."""
    revisions = list(script.walk_revisions())
    had = set(context.get_current_heads())
    if not had <= {revision.revision for revision in revisions}:
        raise NewerDatabaseError
    return list(itertools.takewhile(lambda one: one.revision not in had, revisions))[::-1]
