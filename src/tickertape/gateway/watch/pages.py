"""`/healthz`, `/readyz` and `/metrics`, served by aiohttp.

| path | answer |
|---|---|
| `/healthz` | 200 as long as the event loop turns |
| `/readyz` | 200 if work is taken; else 503, with the reasons as JSON |
| `/metrics` | all metrics, in Prometheus' text format |

`GET` and `HEAD` are answered. Where a token is asked for, all else is 401, whatever its path.
"""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Middleware

from tickertape.gateway.watch.readiness import Check, reasons_of
from tickertape.listening import Listen, not_listening

__all__ = ["Metrics", "serve_pages"]

_LOG = logging.getLogger(__name__)
_KEY: Final = "http.listen"
# Seconds that open requests get at the end: none of them takes longer.
_CLOSING: Final = 2.0


@dataclass(frozen=True, slots=True)
class Metrics:
    """What `/metrics` answers."""

    content_type: str
    """The whole header, parameters included."""
    read: Callable[[], bytes]
    """Returns the body."""


@asynccontextmanager
async def serve_pages(
    listen: Listen, checks: Mapping[str, Check], metrics: Metrics, *, token: str = ""
) -> AsyncIterator[int]:
    """Serve the pages until the block ends; yield the port.

    Args:
        listen: where; with port 0 the system chooses one.
        checks: the reasons for which no work is taken, by their names.
        metrics: the metrics.
        token: what a request must bring as `Authorization: Bearer`; empty: nothing is asked for.

    Raises:
        ConfigError: when nothing can be served there.
    """
    runner = web.AppRunner(_app(checks, metrics, token), access_log=None, shutdown_timeout=_CLOSING)
    await runner.setup()
    try:
        site = web.TCPSite(runner, listen.host, listen.port)
        try:
            await site.start()
        except OSError as error:
            raise not_listening(_KEY, listen, error) from None
        port = _port_of(runner)
        _LOG.info(
            "serving /healthz, /readyz and /metrics", extra={"host": listen.host, "port": port}
        )
        yield port
    finally:
        await runner.cleanup()


def _port_of(runner: web.AppRunner) -> int:
    return int(runner.addresses[0][1])


def _app(checks: Mapping[str, Check], metrics: Metrics, token: str) -> web.Application:
    async def healthz(_: web.Request) -> web.StreamResponse:
        return web.Response(text="ok\n")

    async def readyz(_: web.Request) -> web.StreamResponse:
        reasons = await reasons_of(checks)
        told = json.dumps({"ready": not reasons, "reasons": reasons}, ensure_ascii=False) + "\n"
        status = 503 if reasons else 200
        return web.Response(text=told, status=status, content_type="application/json")

    async def exposition(_: web.Request) -> web.StreamResponse:
        headers = {"Content-Type": metrics.content_type}
        return web.Response(body=metrics.read(), headers=headers)

    app = web.Application(middlewares=[_guarded(token)] if token else [])
    app.add_routes(
        [
            web.get("/healthz", healthz),
            web.get("/readyz", readyz),
            web.get("/metrics", exposition),
        ]
    )
    return app


_Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _guarded(token: str) -> Middleware:
    """Return the middleware that answers only those who bring the token."""
    wanted = f"Bearer {token}".encode()

    @web.middleware
    async def guarded(request: web.Request, handler: _Answer) -> web.StreamResponse:
        brought = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(brought, wanted):
            headers = {"WWW-Authenticate": "Bearer"}
            return web.Response(status=401, text="a token is needed\n", headers=headers)
        return await handler(request)

    return guarded
