"""Makes what connects to a database. Nothing is connected yet.

A connection of Postgres that was idle may have died with its server: it is looked at before it is
used, so that the first call after a restart does not fail. The system knows whether the server has
closed it; asking the server would cost each transaction a round trip. A call during which the
connection breaks fails: whether it was carried out is not known.
"""

from __future__ import annotations

import select
from importlib.util import find_spec
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from tickertape.gateway.storage.postgres_url import DRIVER

__all__ = ["DRIVERS", "DriverMissingError", "DriverUnfitError", "connection_address", "make_engine"]

DRIVERS: Final = ("sqlite+aiosqlite", DRIVER)
"""How the addresses of databases begin that the gateway is tested with."""

# For libpq, of what the address does not say. A server that cannot be reached is an error after
# 10 s; one that vanished without a word, after a minute at the most: Linux alone waits for hours.
_POSTGRES: Final = {
    "connect_timeout": "10",  # seconds
    "fallback_application_name": "tickertape",
    "keepalives_count": "3",
    "keepalives_idle": "30",  # seconds
    "keepalives_interval": "10",  # seconds
    "tcp_user_timeout": "60000",  # milliseconds
}
# Connections that are kept, and those that are opened on top of them while all are in use: a new
# one is a process of the server, and costs as much as some turns. SQLAlchemy keeps five.
_KEPT: Final = 10
_MORE: Final = 5
# Milliseconds after which the server ends a transaction in which nothing is asked. A process that
# is suspended in one would keep its rows from those that are to go on with its chats: it loses them
# after as long (`claims.LEASE`).
_SUSPENDED: Final = 3_000

_EXTRA: Final = "pip install 'tickertape[postgres]'"
# What the processes on one Postgres need besides the driver; it comes with the same extra.
_FLEET: Final = ("procrastinate", "psycopg_pool")


class DriverMissingError(Exception):
    """Raised for a driver that is not installed."""

    def __init__(self, driver: str, cure: str) -> None:
        super().__init__(driver, cure)
        self.driver = driver
        """Its name."""
        self.cure = cure
        """The command that installs it."""


class DriverUnfitError(Exception):
    """Raised for an address that names no driver which the gateway can use."""


def connection_address(address: URL) -> str:
    """Return the address of a Postgres database as its own library reads it, with its password.

    What is connected by it gives a server up as early as our own connections do.

    Args:
        address: where it is, as `read_url` returns it.
    """
    whole = address.update_query_dict(_left_open(address))
    return whole.set(drivername="postgresql").render_as_string(hide_password=False)


def make_engine(address: URL) -> AsyncEngine:
    """Return what connects to a database.

    Args:
        address: where it is, as `read_url` returns it.

    Raises:
        DriverMissingError: when the driver is not installed.
        DriverUnfitError: when the address names none, or none that is asynchronous.
    """
    is_postgres = address.drivername == DRIVER
    if address.get_backend_name() == "postgresql" and not is_postgres:
        raise DriverUnfitError
    options: dict[str, Any] = {}
    if is_postgres:
        for package in _FLEET:
            if find_spec(package) is None:
                raise DriverMissingError(package, _EXTRA)
        left = _left_open(address)
        options = {"connect_args": left, "pool_size": _KEPT, "max_overflow": _MORE}
    try:
        # Parameters are texts of conversations: they stay out of every error.
        engine = create_async_engine(address, hide_parameters=True, **options)
    except ImportError as error:
        # psycopg without libpq cannot be imported either.
        if is_postgres:
            raise DriverMissingError("psycopg", _EXTRA) from None
        if not isinstance(error, ModuleNotFoundError):
            raise
        driver = error.name or address.drivername
        raise DriverMissingError(driver, f"pip install {driver}") from None
    except (SQLAlchemyError, TypeError, ValueError):
        raise DriverUnfitError from None
    if is_postgres:
        event.listen(engine.sync_engine, "connect", _limit_suspension)
        event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def _left_open(address: URL) -> dict[str, str]:
    """Return the parameters of a connection that an address does not say."""
    return {name: value for name, value in _POSTGRES.items() if name not in address.query}


def _limit_suspension(connection: Any, _record: ConnectionPoolEntry) -> None:  # noqa: ANN401
    """Have the server free what a suspended process keeps. The connection's types name no more."""
    connection.autocommit = True  # a setting that is made in a transaction may be rolled back
    cursor = connection.cursor()
    cursor.execute(f"SET idle_in_transaction_session_timeout = {_SUSPENDED}")
    cursor.close()
    connection.autocommit = False


def _refuse_closed(
    connection: DBAPIConnection, _record: ConnectionPoolEntry, _proxy: PoolProxiedConnection
) -> None:
    """Refuse a connection on which something came while nothing was asked: the server's farewell.

    Raises:
        InvalidatePoolError: then all that are as old are given up, and a new one is opened.
    """
    driver: Any = connection.driver_connection
    if driver.closed or _is_readable(driver.fileno()):
        raise InvalidatePoolError


def _is_readable(file: int) -> bool:
    if not hasattr(select, "poll"):  # Windows
        return bool(select.select([file], [], [], 0)[0])
    look = select.poll()
    look.register(file, select.POLLIN)
    return bool(look.poll(0))
