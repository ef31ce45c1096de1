"""The emulated Telegram over HTTP: the Bot API, control, the viewer, and the page.

    async with EmulatorServer() as emulator:
        bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(emulator.url)))

All decisions are made by the pure `World`; here is only what a network adds: bodies, waiting, cut
connections, and streams of events. Nothing polls: every wait is for the next change of the
world or for its next deadline.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from tickertape.emulator import control, viewer
from tickertape.emulator.account import LongPoll
from tickertape.emulator.answers import Answer, BotApiError, Json, NoAnswer, Outcome, bad_request
from tickertape.emulator.calls import CallRecord
from tickertape.emulator.faults import Fault, arrives_at, is_applied, name_of, strike
from tickertape.emulator.fields import FieldError
from tickertape.emulator.guard import Guard
from tickertape.emulator.parameters import strict_json
from tickertape.emulator.people import MissingError, WorldError
from tickertape.emulator.requests import (
    LARGEST_BODY,
    media_type,
    parameters_of,
    query_parameters,
    range_of,
    too_large,
)
from tickertape.emulator.scene import furnished_world
from tickertape.emulator.settings import Settings
from tickertape.emulator.uploads import form_of
from tickertape.emulator.webhooks import Courier
from tickertape.emulator.world import World

__all__ = ["AddressError", "EmulatorServer"]

PAGE = Path(__file__).parent / "page"
"""Where the page's files are."""

_POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"
_KEEP_ALIVE = 75
"""Seconds that an idle connection is kept: longer than clients keep theirs, so that none is closed
while it is being used again."""
_LARGEST_HEAD = 256 * 1024
"""Bytes of a request before its body: a whole message fits into the query of a GET."""
_ANY_METHOD = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_Order: TypeAlias = Callable[[World, object, float], Json]


class AddressError(OSError):
    """The address cannot be listened on; the text is one clear line."""


class EmulatorServer:
    """An emulated Telegram on a local address; an asynchronous context manager.

    Args:
        settings: How the world behaves; None: as documented for Telegram.
        host: Where to listen; 127.0.0.1 keeps it to this machine.
        port: The port; 0 takes a free one.
        hosts: Further host names under which browsers may reach the page.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        hosts: tuple[str, ...] = (),
    ) -> None:
        self._started_at = time.monotonic()
        self.world: World = furnished_world(settings, epoch=time.time())
        """The emulated Telegram itself."""
        self._host = host
        self._port = port
        self._hosts = {"localhost", host, *hosts}
        self._pulse = asyncio.Event()
        self._closing = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._state = ServerState()
        self._listener: asyncio.Server | None = None
        self._courier: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """The address of the page and of the Bot API, without a slash at its end."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    def now(self) -> float:
        """Return the seconds on the world's clock."""
        return time.monotonic() - self._started_at

    async def changed(self) -> None:
        """Wait for the next change of the world.

        One call waits for one change.
        """
        await self._pulse.wait()

    async def __aenter__(self) -> Self:
        config = uvicorn.Config(
            self._app(),
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            timeout_keep_alive=_KEEP_ALIVE,
            h11_max_incomplete_event_size=_LARGEST_HEAD,
        )
        config.load()

        def protocol() -> _Protocol:
            return _Protocol(config=config, server_state=self._state, app_state={})

        listening = _listen(self._host, self._port)
        self._port = listening.getsockname()[1]
        self._loop = asyncio.get_running_loop()
        self._listener = await self._loop.create_server(protocol, sock=listening)
        self.world.listen(self._changed)
        self._courier = asyncio.create_task(Courier(self.world, self.now, self._next_change).run())
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._pulse.set()
        if self._timer is not None:
            self._timer.cancel()
        if self._courier is not None:
            self._courier.cancel()
            await asyncio.wait([self._courier])
        if self._listener is not None:
            self._listener.close()
        for connection in list(self._state.connections):
            connection.shutdown()
        if self._state.tasks:
            await asyncio.wait(self._state.tasks, timeout=1.0)
        for task in list(self._state.tasks):
            task.cancel()
        for connection in list(self._state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        if self._listener is not None:
            await self._listener.wait_closed()

    async def serve_until_cancelled(self) -> None:
        """Serve until the awaiting task is cancelled."""
        async with self:
            await asyncio.Event().wait()

    # Waiting.

    def _changed(self) -> None:
        """Wake all waiting requests, because the world changed."""
        self._pulse.set()
        self._pulse = asyncio.Event()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self.world.deadline
        if deadline is not None and self._loop is not None and not self._closing.is_set():
            wait = max(0.0, deadline - self.now())
            self._timer = self._loop.call_later(wait, self._advance, deadline)

    def _advance(self, deadline: float) -> None:
        self._timer = None
        self.world.advance(max(deadline, self.now()))

    def _next_change(self) -> asyncio.Event:
        return self._pulse

    async def _half_trip(self, extra: float = 0.0) -> None:
        await self._wait(self.world.settings.round_trip / 2 + extra)

    async def _until(self, moment: float) -> None:
        """Wait until a moment on the world's clock, or until the server closes."""
        await self._wait(moment - self.now())

    async def _wait(self, seconds: float) -> None:
        if seconds > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._closing.wait()

    # The Bot API.

    async def _bot_api(self, request: Request) -> Response:
        arrived_at = self.now()
        token = request.path_params["token"]
        method = request.path_params["method"]
        params: Mapping[str, object] = {}
        fault: Fault | None = None
        try:
            params = await _read_parameters(request)
        except BotApiError as error:
            outcome: Outcome = error.answer
            applied_at: float | None = self.now()
        else:
            await self._half_trip()
            at = self.now()
            fault = self.world.fault_for(token, method, params, at)
            await self._until(arrives_at(fault, at))
            applied_at = self.now() if is_applied(fault) else None
            if fault is None and method.lower() == "getupdates":
                outcome = await self._updates(token, params)
            else:
                at = self.now()
                outcome = strike(fault, lambda: self.world.apply(token, method, params, at))
            await self._half_trip(outcome.delay if isinstance(outcome, Answer) else 0.0)
        ms = round((self.now() - arrived_at) * 1000, 1)
        caller = self.world.caller(token)
        self.world.log(
            CallRecord(arrived_at, applied_at, caller, method, params, outcome, name_of(fault), ms)
        )
        return await _respond(request, outcome)

    async def _updates(self, token: str, params: Mapping[str, object]) -> Answer:
        """Handle `getUpdates`, and wait if it may."""
        result = self.world.poll(token, params, self.now())
        if not isinstance(result, LongPoll):
            return result
        while True:
            changed = self._pulse
            now = self.now()
            answer = self.world.resume(result, result.until if self._closing.is_set() else now)
            if answer is not None:
                return answer
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(result.until - now):
                    await changed.wait()

    # Control and viewer.

    def _orders(self, order: _Order) -> Callable[[Request], Awaitable[Response]]:
        """Return an endpoint that carries out one kind of order."""

        async def endpoint(request: Request) -> Response:
            try:
                body = strict_json(await _body(request) or b"{}")
                return _json(order(self.world, body, self.now()))
            except MissingError as error:
                return _error(404, str(error))
            except BotApiError as error:
                return _error(error.status, error.description)
            except (ValueError, FieldError, WorldError) as error:
                return _error(400, str(error) or "The body is not JSON.")

        return endpoint

    async def _overview(self, _request: Request) -> Response:
        return _json(viewer.overview(self.world, self.now()))

    async def _screen(self, request: Request) -> Response:
        try:
            chat_id = int(request.path_params["chat_id"])
            bot_id = _whole(request, "bot_id", None)
            return _json(viewer.chat_screen(self.world, chat_id, bot_id))
        except MissingError as error:
            return _error(404, str(error))
        except ValueError:
            return _error(400, "A chat id and a bot id are whole numbers.")

    async def _voice(self, request: Request) -> Response:
        """Return the sound of a voice note, for the page."""
        path = request.path_params
        try:
            chat_id, bot_id = int(path["chat_id"]), _whole(request, "bot_id", None)
            voice = self.world.voice(chat_id, int(path["message_id"]), bot_id=bot_id)
        except (MissingError, ValueError):
            voice = None
        if voice is None:
            return _error(404, "There is no such voice note.")
        headers = {"Cache-Control": "no-store", "Accept-Ranges": "bytes"}
        part = range_of(request.headers.get("range"), len(voice.raw))
        if part is None:
            return Response(voice.raw, media_type="audio/ogg", headers=headers)
        headers["Content-Range"] = f"bytes {part[0]}-{part[1] - 1}/{len(voice.raw)}"
        return Response(voice.raw[slice(*part)], 206, headers, "audio/ogg")

    async def _events(self, request: Request) -> Response:
        try:
            since = _whole(request, "since", self.world.journal.seq)
            if (last := request.headers.get("last-event-id", "")).isdigit():
                since = int(last)
        except ValueError:
            return _error(400, "since is a whole number.")
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        stream = self._event_stream(since or 0)
        return StreamingResponse(stream, media_type="text/event-stream", headers=headers)

    async def _event_stream(self, seq: int) -> AsyncIterator[str]:
        yield ": the emulator's changes\n\n"
        while not self._closing.is_set():
            changed = self._pulse
            changes = self.world.journal.after(seq)
            if changes is None:
                seq = self.world.journal.seq
                yield _event(seq, {"seq": seq, "type": "reset"})
            elif changes:
                seq = changes[-1].seq
                yield "".join(_event(change.seq, change.as_json()) for change in changes)
            else:
                await changed.wait()

    async def _calls(self, request: Request) -> Response:
        try:
            since = _whole(request, "since", 0)
        except ValueError:
            return _error(400, "since is a whole number.")
        return _json(control.calls(self.world, since or 0, self.now()))

    async def _faults(self, _request: Request) -> Response:
        return _json(control.faults(self.world))

    async def _clear_faults(self, _request: Request) -> Response:
        self.world.faults.clear()
        return _json(control.faults(self.world))

    async def _settings(self, _request: Request) -> Response:
        return _json(self.world.settings.as_json())

    def _app(self) -> ASGIApp:
        viewing = [
            Route("/state", self._overview),
            Route("/chats/{chat_id}", self._screen),
            Route("/voices/{chat_id}/{message_id}", self._voice),
            Route("/events", self._events),
            Route("/send", self._orders(viewer.send), methods=["POST"]),
            Route("/stop", self._orders(viewer.stop), methods=["POST"]),
            Route("/press", self._orders(viewer.press), methods=["POST"]),
            Route("/delete", self._orders(viewer.delete), methods=["POST"]),
        ]
        controlling = [
            Route("/calls", self._calls),
            Route("/faults", self._faults),
            Route("/faults", self._orders(control.add_fault), methods=["POST"]),
            Route("/faults", self._clear_faults, methods=["DELETE"]),
            Route("/settings", self._settings),
            Route("/settings", self._orders(control.change_settings), methods=["POST"]),
            Route("/bots", self._orders(control.add_bot), methods=["POST"]),
            Route("/persons", self._orders(control.add_person), methods=["POST"]),
            Route("/chats", self._orders(control.add_chat), methods=["POST"]),
            Route("/order", self._orders(control.order), methods=["POST"]),
        ]
        routes = [
            Route("/bot{token}/{method}", self._bot_api, methods=list(_ANY_METHOD)),
            Route("/", _page),
            Mount("/view", routes=viewing),
            Mount("/control", routes=controlling),
            Mount("/static", StaticFiles(directory=PAGE, check_dir=False)),
        ]
        app = Starlette(routes=routes, exception_handlers={HTTPException: _unrouted})
        return Guard(app, frozenset(self._hosts))


class _Protocol(H11Protocol):
    """HTTP/1.1 whose requests can reach their connection, in order to cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


async def _read_parameters(request: Request) -> Mapping[str, object]:
    if request.method not in {"GET", "POST"}:
        raise BotApiError(405, "Method Not Allowed")
    query = query_parameters(request.scope["query_string"])
    content_type = request.headers.get("content-type", "")
    media = media_type(content_type)
    body = await _body(request)
    if media == "multipart/form-data":
        return query | form_of(content_type, body)
    return {**query, **parameters_of(media, body)}


async def _body(request: Request) -> bytes:
    parts: list[bytes] = []
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size <= LARGEST_BODY:
                parts.append(chunk)
    except ClientDisconnect:
        raise bad_request("the connection was closed before the request was complete") from None
    if size > LARGEST_BODY:
        raise too_large()
    return b"".join(parts)


async def _respond(request: Request, outcome: Outcome) -> Response:
    if isinstance(outcome, NoAnswer):
        await _cut(request)
        return Response()
    if outcome.html is not None:
        media = "text/html" if outcome.html.startswith("<") else "application/json"
        return Response(outcome.html, outcome.status, media_type=media)
    headers = {} if outcome.retry_after is None else {"Retry-After": str(outcome.retry_after)}
    return _json(outcome.body, outcome.status, headers)


async def _cut(request: Request) -> None:
    """Cut the TCP connection with a reset, so that nothing can be mistaken for an answer."""
    transport: asyncio.Transport = request.scope["state"]["transport"]
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only where the protocol is named; without it answers lag 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(2048)
    except (OSError, OverflowError) as error:
        listening.close()
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise AddressError(
            f"cannot listen on {host}:{port}: {reason}; choose another port or stop what uses it"
        ) from None
    listening.setblocking(False)
    return listening


async def _page(_request: Request) -> Response:
    index = PAGE / "index.html"
    if not index.is_file():
        return _error(404, "The page is not installed.")
    headers = {"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff"}
    return FileResponse(index, headers=headers)


async def _unrouted(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if request.url.path.startswith(("/bot", "/file/bot")):
        return _json(BotApiError(404, "Not Found").answer.body, 404)
    return _error(status, "There is nothing at this address." if status == 404 else str(error))


def _whole(request: Request, name: str, default: int | None) -> int | None:
    value = request.query_params.get(name)
    return default if value is None else int(value)


def _event(seq: int, data: Json) -> str:
    return f"id: {seq}\ndata: {json.dumps(data)}\n\n"


def _json(body: Json, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    content = json.dumps(body).encode()
    return Response(content, status, headers=headers, media_type="application/json")


def _error(status: int, sentence: str) -> Response:
    return _json({"error": sentence}, status)
