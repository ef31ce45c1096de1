"""Addresses of Postgres mean the same by each name, and parameters of asyncpg go on to work."""

from __future__ import annotations

import psycopg.conninfo
import psycopg.pq
import pytest
from sqlalchemy.engine import make_url

from tickertape.errors import ConfigError
from tickertape.gateway.storage.engines import connection_address
from tickertape.gateway.storage.postgres_url import libpq_address, psycopg_url

HOME = "postgresql+psycopg://me:hush@db/x"


@pytest.mark.parametrize(
    ("given", "read"),
    [
        # Names of the same.
        ("postgresql+psycopg://me:hush@db/x", HOME),
        ("postgresql+psycopg_async://me:hush@db/x", HOME),
        ("postgresql+asyncpg://me:hush@db/x", HOME),
        ("postgresql://me:hush@db/x", HOME),
        ("postgres://me:hush@db/x", HOME),
        ("postgresql+asyncpg:///x", "postgresql+psycopg:///x"),
        ("postgres://me:a%40b%2Fc@[::1]:6543/x", "postgresql+psycopg://me:a%40b%2Fc@[::1]:6543/x"),
        # TLS, as asyncpg writes it.
        ("postgresql+asyncpg://me:hush@db/x?ssl=require", f"{HOME}?sslmode=require"),
        ("postgresql+asyncpg://me:hush@db/x?ssl=prefer", f"{HOME}?sslmode=prefer"),
        ("postgresql+asyncpg://me:hush@db/x?ssl=verify_full", f"{HOME}?sslmode=verify-full"),
        ("postgresql://me:hush@db/x?ssl=true", f"{HOME}?sslmode=require"),
        ("postgresql://me:hush@db/x?ssl=allow&sslmode=verify-ca", f"{HOME}?sslmode=verify-ca"),
        ("postgresql+asyncpg://me:hush@db/x?direct_tls=true", f"{HOME}?sslnegotiation=direct"),
        # Places.
        ("postgresql+asyncpg:///x?host=/run/pg", "postgresql+psycopg:///x?host=%2Frun%2Fpg"),
        ("postgresql://me:hush@/x?host=a:1&host=b:2", "{}/x?host=a%3A1&host=b%3A2"),
        (
            "postgresql+asyncpg://db/?user=me&database=x",
            "postgresql+psycopg://db/?dbname=x&user=me",
        ),
        # Other parameters of asyncpg's: seconds, and caches that there are no more.
        ("postgresql+asyncpg://me:hush@db/x?timeout=2.5", f"{HOME}?connect_timeout=3"),
        (
            "postgresql+asyncpg://me:hush@db/x?command_timeout=1.5",
            f"{HOME}?options=-c+statement_timeout%3D1500",
        ),
        (
            "postgresql://me:hush@db/x?options=-c a=b&command_timeout=60",
            f"{HOME}?options=-c+a%3Db+-c+statement_timeout%3D60000",
        ),
        (
            (
                "postgresql+asyncpg://me:hush@db/x?statement_cache_size=0"
                "&prepared_statement_cache_size=0&max_cached_statement_lifetime=0"
            ),
            HOME,
        ),
        # libpq's.
        (
            "postgresql://me:hush@db/x?sslrootcert=/ca.crt&application_name=bot",
            f"{HOME}?application_name=bot&sslrootcert=%2Fca.crt",
        ),
        # No Postgres, or no driver of ours: as it was.
        ("sqlite+aiosqlite:////t.db?mode=ro", "sqlite+aiosqlite:////t.db?mode=ro"),
        ("postgresql+psycopg2://me:hush@db/x?a=b", "postgresql+psycopg2://me:hush@db/x?a=b"),
    ],
)
def test_an_address_is_read(given: str, read: str) -> None:
    """As psycopg takes it, with its password; reading it again changes nothing."""
    expected = make_url(read.format("postgresql+psycopg://me:hush@"))
    assert psycopg_url(make_url(given)) == expected
    assert psycopg_url(expected) == expected


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("?sslmod=hunter2", "'sslmod' is not one of them; did you mean sslmode?"),
        ("?server_settings=hunter2", "'server_settings' is not one of them"),
        ("?replication=hunter2", "'replication' is not one of them"),
        ("?ssl=hunter2", "disable, allow, prefer, require, verify-ca, verify-full"),
        ("?sslmode=hunter2", "as the parameter sslmode"),
        ("?sslmode=require&sslmode=hunter2", "names the parameter sslmode once"),
        ("?timeout=hunter2", "seconds above 0 as the parameter timeout"),
        (
            "?command_timeout=-1&password=hunter2",
            "seconds above 0 as the parameter command_timeout",
        ),
        ("?command_timeout=nan&password=hunter2", "seconds above 0"),
    ],
)
def test_a_parameter_that_cannot_be_used(given: str, words: str) -> None:
    """It is told by its name; no value and no password is repeated."""
    for scheme in ("postgresql", "postgresql+asyncpg"):
        with pytest.raises(ConfigError) as caught:
            psycopg_url(make_url(f"{scheme}://me:hush@db/x{given}"))
        line = str(caught.value)
        assert line.startswith(f"storage.url: '{scheme}://me:***@db/x' cannot be used")
        assert words in line
        assert "hunter2" not in line
        assert "hush" not in line


def test_a_password_that_is_not_escaped() -> None:
    """A piece of it would be the host, and stand in every error."""
    with pytest.raises(ConfigError) as caught:
        psycopg_url(make_url("postgresql://me:hun@ter2@db/x"))
    assert "@ is written %40" in str(caught.value)
    assert "ter2" not in str(caught.value)


def test_the_programs_of_postgres_get_no_secret() -> None:
    """What psql and pg_dump take names the same database, and everything that is no secret."""
    address = psycopg_url(make_url(f"{HOME}?ssl=require&sslpassword=hunter2&password=hunter2"))
    assert libpq_address(address) == "postgresql://me@db/x?sslmode=require"


def test_every_parameter_of_libpq_is_known() -> None:
    """But two that no gateway can use."""
    ours = {one.keyword.decode() for one in psycopg.pq.Conninfo.get_defaults()}
    for name in sorted(ours - {"client_encoding", "replication", "sslmode"}):
        psycopg_url(make_url(f"postgresql://db/x?{name}=1"))
    for name in ("client_encoding", "replication"):
        with pytest.raises(ConfigError, match=f"'{name}' is not one of them"):
            psycopg_url(make_url(f"postgresql://db/x?{name}=1"))


def test_what_listens_gives_a_server_up_as_our_connections_do() -> None:
    """What an address says stays as it is said; its password is there."""
    whole = connection_address(make_url(f"{HOME}?connect_timeout=3&sslmode=require"))
    read = psycopg.conninfo.conninfo_to_dict(whole)
    assert read == {
        "host": "db",
        "user": "me",
        "password": "hush",
        "dbname": "x",
        "sslmode": "require",
        "connect_timeout": "3",
        "fallback_application_name": "tickertape",
        "keepalives_count": "3",
        "keepalives_idle": "30",
        "keepalives_interval": "10",
        "tcp_user_timeout": "60000",
    }
