"""The engine that carries wake-ups from process to process: Procrastinate, in the same Postgres.

A wake-up is a job: "this chat has mail". It is part of the transaction that records the mail, one
process fetches it, and it ends as soon as that process has claimed the chat. Locks, retries and
results of the engine are not used; a wake-up that comes twice, late, or never is made good by the
claims (`Claims.remind`).

What the engine does where it is alone, and what is done about it here (Procrastinate 3.10):

- A database error ends its worker: it is begun again.
- The end of its listener goes unnoticed while there is no periodic task: there is one.
- A notification is lost while it fetches: it looks for jobs each 0.2 s.
- Its connections are asked whether they live before each use, in transactions of their own: they
  are not, and commit by themselves.
- Jobs that a dead process had fetched stay with it: they are deleted, as their chats are told of
  again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from tickertape.errors import ConfigError
from tickertape.gateway.fleet.engine_tables import OtherTablesError, make_tables
from tickertape.gateway.fleet.outages import Outages
from tickertape.gateway.reasons import reason_of, words_of
from tickertape.gateway.storage.database import Database
from tickertape.gateway.storage.postgres_failures import cure_for
from tickertape.gateway.storage.postgres_url import shown

if TYPE_CHECKING:
    from procrastinate import App
    from psycopg import AsyncConnection
    from psycopg_pool import AsyncConnectionPool

__all__ = ["WakeEngine"]

_LOG = logging.getLogger(__name__)

_WAKE: Final = "tickertape.wake"
_QUEUE: Final = "tickertape"
# Seconds: see the module's docstring. An idle process costs the server some 1 % of a core for it.
_LOOKS: Final = 0.2
# Seconds from an error of the database to the next attempt.
_PAUSE: Final = 0.3
# Seconds after which the engine's worker has begun: an error that comes later is a new one.
_WORKED: Final = 15.0
# Seconds that one waits for a connection, and so for the end of a process whose database is away.
_LONGEST: Final = 5.0
# Chats that a process claims at the same time: a choice. One takes some milliseconds.
_AT_ONCE: Final = 16
# Connections of the engine: one listens, the others fetch and end jobs.
_CONNECTIONS: Final = 4
# Seconds after which a process that was not heard has no jobs any more: longer than a lease.
_DEAD: Final = 10.0

_OTHER_TABLES: Final = (
    "a database without the tables of another version of Procrastinate: migrate them (procrastinate"
    ".readthedocs.io, Migrations), or give Tickertape a database or a schema of its own"
)


class WakeEngine:
    """Tells processes of chats that have mail, and is told of them."""

    def __init__(self, database: Database, address: str) -> None:
        """Begin without a connection; `open` comes first.

        Args:
            database: where the chats are.
            address: the same database, as its own programs read it.
        """
        self._database = database
        self._address = address
        self._claim: Callable[[str, str], Awaitable[None]] | None = None
        self._app: App | None = None

    async def open(self) -> None:
        """Connect, and make the engine's tables where they are missing.

        Raises:
            ConfigError: when the engine cannot use the database; its text holds no password.
        """
        from procrastinate import App, PsycopgConnector  # noqa: PLC0415 - only a fleet has it
        from procrastinate.exceptions import ConnectorException  # noqa: PLC0415
        from psycopg import Error  # noqa: PLC0415

        connector = PsycopgConnector(
            conninfo=self._address,
            min_size=1,
            max_size=_CONNECTIONS,
            timeout=_LONGEST,
            pool_factory=_pool,
        )
        app = self._app = App(connector=connector)
        app.task(name=_WAKE, queue=_QUEUE)(self._woken)
        app.periodic(cron="17 * * * *")(app.task(name="tickertape.tidy", queue=_QUEUE)(self._tidy))
        try:
            await app.open_async()
            await make_tables(self._database, app)
        except OtherTablesError:
            await self.aclose()
            raise self._unfit(_OTHER_TABLES) from None
        except (ConnectorException, SQLAlchemyError, Error) as error:
            await self.aclose()
            cause = error.__cause__ if isinstance(error.__cause__, Error) else error
            told = f"a database in which tables can be made ({reason_of(cause)}). {cure_for(cause)}"
            raise self._unfit(told) from None
        except BaseException:
            await self.aclose()
            raise

    async def aclose(self) -> None:
        """Disconnect. Calling this twice is harmless."""
        app, self._app = self._app, None
        if app is not None:
            await app.close_async()

    async def wake(self, session: AsyncSession, chats: Sequence[tuple[str, str]]) -> None:
        """Have one process told of each chat, once the transaction of `session` is committed."""
        connection = await session.connection()
        raw = (await connection.get_raw_connection()).driver_connection
        task = self._opened.configure_task(
            _WAKE, queue=_QUEUE, connection=cast("AsyncConnection", raw)
        )
        told: list[dict[str, Any]] = [{"channel": channel, "chat": chat} for channel, chat in chats]
        await task.batch_defer_async(*told)

    async def run(self, claim: Callable[[str, str], Awaitable[None]]) -> None:
        """Call `claim` for each chat of which this process is told, until this is cancelled.

        Args:
            claim: claims a chat, by its channel and id. While it waits, this process takes no more
                than a few others; what it raises is logged.
        """
        self._claim, outages = claim, Outages(_LOG)
        while True:
            started_at = asyncio.get_running_loop().time()
            try:
                await self._opened.run_worker_async(
                    queues=[_QUEUE],
                    concurrency=_AT_ONCE,
                    fetch_job_polling_interval=_LOOKS,
                    delete_jobs="always",
                    install_signal_handlers=False,
                    shutdown_graceful_timeout=0.0,
                    update_heartbeat_interval=1.0,
                    stalled_worker_timeout=_DEAD,
                )
            except Exception as error:
                # An error of its end hides the cancellation that it ends for.
                if (task := asyncio.current_task()) is not None and task.cancelling():
                    raise asyncio.CancelledError from error
                if asyncio.get_running_loop().time() - started_at > _WORKED:
                    outages.over()
                outages.failed("wake-ups are not heard: chats are told of again", error)
            await asyncio.sleep(_PAUSE)

    @property
    def _opened(self) -> App:
        if self._app is None:
            raise RuntimeError("the engine is not open")
        return self._app

    async def _woken(self, channel: str, chat: str) -> None:
        if self._claim is None:
            return
        try:
            await self._claim(channel, chat)
        except Exception as error:  # noqa: BLE001 - whatever a database raises
            fields = {"channel": channel, "chat": chat, "error": words_of(error)}
            _LOG.warning("a chat is not claimed: again in some seconds", extra=fields)

    async def _tidy(self, timestamp: int) -> None:  # noqa: ARG002 - the engine passes it
        """Delete what dead processes had fetched: its chats are told of by their claims."""
        from procrastinate.jobs import Status  # noqa: PLC0415 - only a fleet has it

        jobs = self._opened.job_manager
        try:
            for job in await jobs.get_stalled_jobs(queue=_QUEUE, seconds_since_heartbeat=_DEAD):
                if job.id is not None:
                    await jobs.finish_job_by_id_async(job.id, Status.FAILED, delete_job=True)
            await jobs.prune_stalled_workers(_DEAD)
        except Exception as error:  # noqa: BLE001 - whatever the engine raises: another did it
            _LOG.warning("dead wake-ups are not deleted", extra={"error": words_of(error)})

    def _unfit(self, allowed: str) -> ConfigError:
        return ConfigError("storage.url", shown(self._database.url), allowed)


async def _commit_by_itself(connection: AsyncConnection) -> None:
    await connection.set_autocommit(True)


def _pool(**settings: Any) -> AsyncConnectionPool:  # noqa: ANN401 - as the library passes them
    from psycopg_pool import AsyncConnectionPool  # noqa: PLC0415 - only a fleet has it

    return AsyncConnectionPool(**{**settings, "check": None, "configure": _commit_by_itself})
