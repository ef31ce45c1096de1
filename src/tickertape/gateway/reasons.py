"""Errors as log fields, without anything that a person wrote.

SQLAlchemy and psycopg are not imported to recognise their errors: as long as they are not imported,
there are none.
"""

from __future__ import annotations

import sys
import traceback
from typing import Final

from tickertape.chat import Address
from tickertape.errors import TickertapeError

__all__ = ["crash_of", "failure_of", "reason_of", "where", "words_of"]

# The modules whose errors are those of databases, and the name of their root there.
_ERRORS_OF_DATABASES: Final = (("sqlalchemy.exc", "DBAPIError"), ("psycopg", "Error"))
# The class of the codes of Postgres, "Data Exception" (postgresql.org/docs/current, Appendix A).
_UNREADABLE_VALUE: Final = "22"


def where(address: Address) -> dict[str, object]:
    """Return the fields of the log that name a place."""
    return {"channel": address.channel, "chat": address.chat, "topic": address.thread}


def crash_of(error: Exception) -> dict[str, object]:
    """Return the log fields of an error: its words and its frames.

    A foreign error's text may quote a message: it stays out.
    """
    words = str(error) if isinstance(error, TickertapeError) else words_of(error)
    frames = [
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    return {"error": words, "frames": frames}


def failure_of(error: Exception) -> dict[str, object]:
    """Return the log fields of an error, without frames if we raised it on purpose."""
    fields = crash_of(error)
    if isinstance(error, TickertapeError):
        del fields["frames"]
    return fields


def words_of(error: Exception) -> str:
    """Return the words of an error that can quote no message.

    A database's own ("database is locked") cannot, because parameters are kept out of them; of any
    other exception only the type is told.
    """
    return reason_of(error) if _is_of_a_database(error) else type(error).__qualname__


def reason_of(error: Exception) -> str:
    """Return the first line of the error of a database, or of the connection to it.

    In the lines below it Postgres quotes rows ("DETAIL: Key (text)=(...) already exists."), and
    already in the first a value that it cannot read: of those the code is told.
    """
    cause = getattr(error, "orig", None) if _is_of_a_database(error) else None
    told = cause or error
    code = getattr(told, "sqlstate", None)
    if isinstance(code, str) and code.startswith(_UNREADABLE_VALUE):
        return f"{type(told).__name__} ({code})"
    return (str(told) or type(told).__name__).splitlines()[0]


def _is_of_a_database(error: Exception) -> bool:
    return any(
        (module := sys.modules.get(name)) is not None and isinstance(error, getattr(module, kind))
        for name, kind in _ERRORS_OF_DATABASES
    )
