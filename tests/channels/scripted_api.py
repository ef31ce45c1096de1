"""A Bot API that answers what a test wrote down: for answers that no well-behaved server gives."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Self

from aiohttp import web

__all__ = ["TOKEN", "Call", "Reply", "ScriptedApi", "granted", "refused"]

TOKEN = "4200000001:SCRIPTED-scripted-SCRIPTED-scripted"

ME = {"id": 4200000001, "is_bot": True, "first_name": "Tape", "username": "tickertape_bot"}


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server does with one call."""

    status: int = 200
    """The HTTP status."""
    body: str = ""
    """The body, as it is."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """The headers."""
    fault: Literal["cut", "silent"] | None = None
    """Cut the connection, or never answer, in place of all that."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call that came in."""

    method: str
    """The method, as the path names it."""
    params: Mapping[str, str]
    """The parameters, as a form carries them; those that come as JSON are written alike."""


def granted(result: object) -> Reply:
    """A success."""
    return Reply(body=json.dumps({"ok": True, "result": result}))


def refused(status: int, description: str, **parameters: int) -> Reply:
    """A refusal in the Bot API's form."""
    answer: dict[str, object] = {"ok": False, "error_code": status, "description": description}
    if parameters:
        answer["parameters"] = parameters
    return Reply(status=status, body=json.dumps(answer))


class ScriptedApi:
    """The server: `will` writes down the next answer to a method, `calls` tells what came."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.url = ""
        self._script: defaultdict[str, deque[Reply]] = defaultdict(deque)
        self._runner: web.AppRunner | None = None
        self._came = asyncio.Condition()
        self.will("getMe", granted(ME))
        self.will("deleteWebhook", granted(True))

    def will(self, method: str, *replies: Reply) -> None:
        """Append answers to the script of `method`; after the last one it never answers."""
        self._script[method].extend(replies)

    def instead(self, method: str, *replies: Reply) -> None:
        """Write the script of `method` anew."""
        self._script[method] = deque(replies)

    def of(self, method: str) -> list[Mapping[str, str]]:
        """Give the parameters of every call of `method`, in order."""
        return [call.params for call in self.calls if call.method == method]

    async def until(self, method: str, times: int) -> None:
        """Wait until `method` was called so many times."""
        async with self._came:
            await self._came.wait_for(lambda: len(self.of(method)) >= times)

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        method = request.path.rpartition("/")[2]
        given = await _parameters(request)
        async with self._came:
            self.calls.append(Call(method, given))
            self._came.notify_all()
        script = self._script[method]
        reply = script.popleft() if script else Reply(fault="silent")
        if reply.fault == "silent":
            await asyncio.Event().wait()
        if reply.fault == "cut" and request.transport is not None:
            request.transport.abort()
        return web.Response(
            status=reply.status,
            text=reply.body,
            headers={"Content-Type": "application/json", **reply.headers},
        )


async def _parameters(request: web.Request) -> dict[str, str]:
    if request.content_type != "application/json":
        return {key: str(value) for key, value in (await request.post()).items()}
    given = await request.json()
    return {
        key: value if isinstance(value, str) else json.dumps(value) for key, value in given.items()
    }
