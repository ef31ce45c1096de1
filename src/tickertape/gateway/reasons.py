"""What went wrong, told without anything that a person wrote.

The library of the databases is not imported to recognise its errors: where nobody imported it,
none of them can be one of its.
"""

from __future__ import annotations

import sys

__all__ = ["reason_of", "words_of"]


def words_of(error: Exception) -> str:
    """Say what went wrong, without anything that a person wrote.

    A database's own words ("database is locked") say no more than that, because parameters are
    kept out of them; of any other exception only the kind is told.
    """
    return reason_of(error) if _is_of_a_database(error) else type(error).__qualname__


def reason_of(error: Exception) -> str:
    """Give the first line of what a database, or the way to it, says."""
    cause = getattr(error, "orig", None) if _is_of_a_database(error) else None
    told = cause or error
    return (str(told) or type(told).__name__).splitlines()[0]


def _is_of_a_database(error: Exception) -> bool:
    exceptions = sys.modules.get("sqlalchemy.exc")
    return exceptions is not None and isinstance(error, exceptions.DBAPIError)
