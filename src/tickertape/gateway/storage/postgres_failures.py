"""What to do about an error of Postgres, purely.

While a connection is made, the server's errors reach a program as texts without their codes: they
are recognised by their words, which Postgres has kept since version 13 at least. A server that
speaks another language than English is not understood; then all that is asked is to look.
"""

from __future__ import annotations

import re
from typing import Final

from sqlalchemy.exc import DBAPIError

__all__ = ["cure_for", "is_passing"]

# What a process holds at most: those of `engines`, those of `fleet.engine`, and one each that
# listens for jobs and for mail.
_CONNECTIONS: Final = (10 + 5) + 4 + 1 + 1

_GENERAL: Final = (
    "Check user, password, host, port and name in storage.url, and that the server runs."
)

_CROWDED: Final = (
    "Close connections of other programs, or raise max_connections of the server, or the CONNECTION"
    f" LIMIT of the user or the database: a process holds up to {_CONNECTIONS}."
)
_CERTIFICATE: Final = (
    "Name the file of the authority's certificate in storage.url (sslrootcert=), and the host by "
    "the name that is in the server's certificate."
)
_RIGHTS: Final = (
    "Make the user the owner of the database (ALTER DATABASE ... OWNER TO ...), or GRANT it what "
    "docs/gateway.md lists (Postgres)."
)

# The first that is found in the text counts.
_BY_WORDS: Final = {
    "too many clients|too many connections|remaining connection slots": _CROWDED,
    "password authentication failed|no password supplied|password file": (
        "Correct the user or the password in storage.url (@ is written %40, / %2F, : %3A)."
    ),
    "role .* does not exist": "Create the user (createuser), or correct it in storage.url.",
    "database .* does not exist": "Create it (createdb), or correct its name in storage.url.",
    "no pg_hba.conf entry.*no encryption": (
        "Add ?sslmode=require to storage.url: the server wants TLS."
    ),
    "no pg_hba.conf entry|authentication failed for user": (
        "Let the user in from this machine, in the server's pg_hba.conf."
    ),
    "not permitted to log in": (
        "Let the user log in (ALTER ROLE ... LOGIN), or name another one in storage.url."
    ),
    "does not support ssl": (
        "Turn TLS on in the server (ssl = on), or take sslmode out of storage.url."
    ),
    "certificate|ssl error": _CERTIFICATE,
    "failed to resolve|could not translate host name": (
        "Correct the host in storage.url, or the DNS of this machine."
    ),
    "starting up|shutting down|not yet accepting|recovery mode|terminating connection": (
        "Wait until the server has started."
    ),
    "connection refused|no such file or directory|server closed the connection": (
        "Start the server, or correct host and port in storage.url."
    ),
    "timeout expired|timed out|no route to host|network is unreachable": (
        "Correct host and port in storage.url, or let the connection through the firewall."
    ),
    "read-only transaction": (
        "Name the primary server in storage.url: this one is a standby, or read-only."
    ),
    "permission denied|must be owner|no schema has been selected": _RIGHTS,
}
# Of a server that is away for a moment. What it says of two transactions that are in each other's
# way is an answer, but says to try again (postgresql.org/docs/current/errcodes-appendix.html).
_PASSING: Final = re.compile(
    "starting up|shutting down|not yet accepting|recovery mode|terminating connection"
    "|connection refused|server closed the connection|timeout expired|timed out"
    "|too many clients|remaining connection slots"
)
_IN_THE_WAY: Final = frozenset({"40001", "40P01"})
_CURES: Final = tuple((re.compile(pattern), cure) for pattern, cure in _BY_WORDS.items())


def cure_for(error: Exception) -> str:
    """Return what to do about an error, as a sentence.

    Args:
        error: an error of psycopg's, or SQLAlchemy's around one.
    """
    words = _words(error)
    return next((cure for pattern, cure in _CURES if pattern.search(words)), _GENERAL)


def is_passing(error: DBAPIError) -> bool:
    """Return whether the same call may do in a moment: the server was not heard, or is busy.

    Args:
        error: SQLAlchemy's error.
    """
    code = getattr(error.orig, "sqlstate", None)
    return (
        error.connection_invalidated
        or code in _IN_THE_WAY
        or _PASSING.search(_words(error)) is not None
    )


def _words(error: Exception) -> str:
    """Return what was said. SQLAlchemy's own text has the statement in it, too."""
    return str(getattr(error, "orig", None) or error).lower()
