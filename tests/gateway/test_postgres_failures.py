"""Errors of Postgres say what to do, and quote nothing that a person wrote."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from psycopg import errors
from sqlalchemy.exc import DBAPIError, OperationalError

from tickertape.gateway.fleet import engine
from tickertape.gateway.reasons import reason_of, words_of
from tickertape.gateway.storage import engines
from tickertape.gateway.storage.postgres_failures import cure_for

TCP = 'connection failed: connection to server at "10.0.0.5", port 5432 failed: '
DOCS = Path(__file__).parents[2] / "docs"
SOCKET = 'connection is bad: connection to server on socket "/run/.s.PGSQL.5432" failed: '


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        (f'{TCP}FATAL:  password authentication failed for user "me"', "Correct the user or the"),
        (f"{TCP}fe_sendauth: no password supplied", "Correct the user or the password"),
        (f'{TCP}FATAL:  role "me" does not exist', "Create the user"),
        (f'{TCP}FATAL:  database "x" does not exist', "Create it (createdb)"),
        (f"{TCP}FATAL:  sorry, too many clients already", "max_connections"),
        (f'{TCP}FATAL:  too many connections for role "me"', "CONNECTION LIMIT"),
        (f'{TCP}FATAL:  too many connections for database "x"', "CONNECTION LIMIT"),
        (f"{TCP}FATAL:  remaining connection slots are reserved", "max_connections"),
        ("no schema has been selected to create in", "Make the user the owner"),
        (f"{TCP}Connection refused\n\tIs the server running on that host?", "Start the server"),
        (f"{SOCKET}No such file or directory", "Start the server"),
        ("failed to resolve host 'db': [Errno -2] Name or service not known", "Correct the host"),
        ("connection timeout expired", "firewall"),
        (f"{TCP}No route to host", "firewall"),
        (
            (
                f'{TCP}FATAL:  no pg_hba.conf entry for host "10.0.0.9", user "me", database "x", '
                "no encryption"
            ),
            "?sslmode=require",
        ),
        (
            (
                f'{TCP}FATAL:  no pg_hba.conf entry for host "10.0.0.9", user "me", database "x", '
                "SSL encryption"
            ),
            "pg_hba.conf",
        ),
        (f'{SOCKET}FATAL:  Peer authentication failed for user "me"', "pg_hba.conf"),
        (f'{TCP}FATAL:  role "me" is not permitted to log in', "Let the user log in"),
        (f"{TCP}server does not support SSL, but SSL was required", "ssl = on"),
        (f"{TCP}SSL error: certificate verify failed", "sslrootcert="),
        (
            f'{TCP}root certificate file "/home/me/.postgresql/root.crt" does not exist',
            "sslrootcert=",
        ),
        (f"{TCP}FATAL:  the database system is starting up", "Wait until"),
        ("terminating connection due to administrator command", "Wait until"),
        ("cannot execute CREATE TABLE in a read-only transaction", "primary"),
        ("permission denied for schema public\nLINE 1: CREATE TABLE", "Make the user the owner"),
        (f'{TCP}FATAL:  permission denied for database "x"', "Make the user the owner"),
        (f"{TCP}FATAL:  Passwort-Authentifizierung fehlgeschlagen", "Check user, password, host"),
    ],
)
def test_each_has_its_cure(text: str, cure: str) -> None:
    """Found in psycopg's text, bare or wrapped; the statement around it means nothing."""
    error = psycopg.OperationalError(text)
    assert cure in cure_for(error)
    wrapped = OperationalError("INSERT INTO password_authentication_failed", None, error)
    assert cure_for(wrapped) == cure_for(error)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            errors.UniqueViolation('duplicate key "k"\nDETAIL:  Key (a)=(hunter2)'),
            'duplicate key "k"',
        ),
        (
            errors.InvalidTextRepresentation('invalid input syntax for type bigint: "hunter2"'),
            "InvalidTextRepresentation (22P02)",
        ),
        (
            errors.AdminShutdown("terminating connection due to administrator command\nmore"),
            "terminating connection due to administrator command",
        ),
        (psycopg.OperationalError(""), "OperationalError"),
    ],
)
def test_what_is_told_of_an_error(error: psycopg.Error, told: str) -> None:
    """One line, without the values in it; the same through SQLAlchemy's wrapper."""
    wrapped = DBAPIError("INSERT INTO t VALUES ('hunter2')", None, error)
    for each in (error, wrapped):
        assert reason_of(each) == told
        assert words_of(each) == told


def test_the_connections_of_a_process_are_counted() -> None:
    """Those of both pools, and two that listen: the docs and the error tell the same number."""
    count = engines._KEPT + engines._MORE + engine._CONNECTIONS + 2
    told = f"process holds up to {count}"
    assert told in cure_for(Exception("too many connections"))
    assert all(told in (DOCS / name).read_text() for name in ("gateway.md", "scale.md"))
