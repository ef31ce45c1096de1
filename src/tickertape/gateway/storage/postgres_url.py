"""Reads an address of Postgres as psycopg takes it, purely.

`postgresql://`, `postgres://`, `postgresql+psycopg://` and `postgresql+asyncpg://`, the driver of
earlier versions, mean the same. Parameters are libpq's (postgresql.org/docs/current, "Parameter Key
Words"); those of asyncpg are translated. A parameter may be a secret: errors repeat no value.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from sqlalchemy.engine import URL

from tickertape.errors import ConfigError, did_you_mean
from tickertape.gateway.config.refusals import Unshown, masked

__all__ = ["DRIVER", "libpq_address", "psycopg_url", "shown"]

DRIVER: Final = "postgresql+psycopg"
"""What SQLAlchemy calls Postgres through psycopg."""

_SAME: Final = frozenset(
    {
        "postgres",
        "postgres+asyncpg",
        "postgres+psycopg",
        "postgresql",
        "postgresql+asyncpg",
        "postgresql+psycopg",
        "postgresql+psycopg_async",
    }
)
# Of libpq 18. Left out: `replication`, whose connections know no SQL; `client_encoding`, which has
# to be UTF-8.
_LIBPQ: Final = frozenset(
    {
        "application_name",
        "channel_binding",
        "connect_timeout",
        "dbname",
        "fallback_application_name",
        "gssdelegation",
        "gssencmode",
        "gsslib",
        "host",
        "hostaddr",
        "keepalives",
        "keepalives_count",
        "keepalives_idle",
        "keepalives_interval",
        "krbsrvname",
        "load_balance_hosts",
        "max_protocol_version",
        "min_protocol_version",
        "oauth_client_id",
        "oauth_client_secret",
        "oauth_issuer",
        "oauth_scope",
        "options",
        "passfile",
        "password",
        "port",
        "require_auth",
        "requirepeer",
        "scram_client_key",
        "scram_server_key",
        "service",
        "ssl_max_protocol_version",
        "ssl_min_protocol_version",
        "sslcert",
        "sslcertmode",
        "sslcompression",
        "sslcrl",
        "sslcrldir",
        "sslkey",
        "sslkeylogfile",
        "sslmode",
        "sslnegotiation",
        "sslpassword",
        "sslrootcert",
        "sslsni",
        "target_session_attrs",
        "tcp_user_timeout",
        "user",
    }
)
# Of asyncpg and of SQLAlchemy's dialect for it: caches of statements, which psycopg keeps itself.
_CACHES: Final = frozenset(
    {
        "async_fallback",
        "max_cacheable_statement_size",
        "max_cached_statement_lifetime",
        "prepared_statement_cache_size",
        "statement_cache_size",
    }
)
_RENAMED: Final = {"database": "dbname", "ssl": "sslmode", "timeout": "connect_timeout"}
_OTHERS: Final = frozenset({"command_timeout", "direct_tls"})
_SECRETS: Final = frozenset(
    {"oauth_client_secret", "password", "scram_client_key", "scram_server_key", "sslpassword"}
)
_SSL_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_SEVERAL: Final = frozenset({"host", "port"})


def psycopg_url(address: URL) -> URL:
    """Return the address of the same database for psycopg; one of no Postgres as it is.

    An address with another driver for Postgres is returned as it is, too.

    Raises:
        ConfigError: when a parameter is unknown or cannot be read, or the host has an `@`, which is
            a piece of a password.
    """
    if address.drivername not in _SAME:
        return address
    if "@" in (address.host or ""):
        hidden = Unshown("not repeated here: it may be a secret")
        allowed = "an address in whose user and password @ is written %40, / %2F and : %3A"
        raise ConfigError("storage.url", hidden, allowed)
    unknown = sorted(address.query.keys() - _LIBPQ - _CACHES - _RENAMED.keys() - _OTHERS)
    if unknown:
        name = unknown[0]
        allowed = f"parameters that Postgres knows; {masked(name)!r} is not one of them"
        raise _refused(address, f"{allowed}{did_you_mean(name, _LIBPQ)}")
    given = {
        _RENAMED.get(name, name): _one(address, name, value)
        for name, value in sorted(address.query.items(), key=lambda item: item[0] not in _RENAMED)
        if name not in _CACHES | _OTHERS
    }
    query = {**given, **_translated(address)}
    if "sslmode" in query:
        query["sslmode"] = _ssl_mode(address, str(query["sslmode"]))
    return address.set(drivername=DRIVER, query=query)


def shown(address: URL) -> str:
    """Return an address as errors show it, without its password and its parameters."""
    return address.set(query={}).render_as_string(hide_password=True)


def libpq_address(address: URL) -> str:
    """Return an address as the programs of Postgres take it, without what is secret in it."""
    query = {name: value for name, value in address.query.items() if name not in _SECRETS}
    bare = URL.create(
        "postgresql", address.username, None, address.host, address.port, address.database, query
    )
    return bare.render_as_string()


def _translated(address: URL) -> Mapping[str, str]:
    """Return what libpq calls those parameters of asyncpg that mean something else than theirs."""
    query = address.query
    made: dict[str, str] = {}
    if "direct_tls" in query:
        made["sslnegotiation"] = "direct"
    if "timeout" in query:
        # libpq counts whole seconds, and takes 1 for 2.
        made["connect_timeout"] = str(math.ceil(_seconds(address, "timeout")))
    if "command_timeout" in query:
        limit = f"-c statement_timeout={_seconds(address, 'command_timeout') * 1000:.0f}"
        options = _one(address, "options", query["options"]) if "options" in query else ""
        made["options"] = f"{options} {limit}".strip()
    return made


def _one(address: URL, name: str, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
    """Return the value of a parameter; only hosts and ports may be several."""
    if isinstance(value, str) or name in _SEVERAL:
        return value
    raise _refused(address, f"an address that names the parameter {name} once")


def _seconds(address: URL, name: str) -> float:
    try:
        seconds = float(str(address.query[name]))
    except ValueError:
        seconds = 0.0
    if not 0.0 < seconds < math.inf:
        raise _refused(address, f"a number of seconds above 0 as the parameter {name}")
    return seconds


def _ssl_mode(address: URL, value: str) -> str:
    """Return libpq's name of a mode; as in its own addresses, `true` is `require`."""
    mode = "require" if value == "true" else value.replace("_", "-")
    if mode not in _SSL_MODES:
        raise _refused(address, f"{', '.join(_SSL_MODES)} as the parameter sslmode")
    return mode


def _refused(address: URL, allowed: str) -> ConfigError:
    return ConfigError("storage.url", shown(address), allowed)
