"""MCP servers, each a source of tools that may come, change, go, and come back.

A server is spoken with in a task of its own, so that it can be opened, called and closed from any
task, and no call that is cancelled harms the session. Whatever goes wrong with a server stays
with it: it has no tools then, one line of the log says why, and it is started again:

    it ended, having worked    at once
    it could not be started    when its tools are next wanted
    it keeps failing           likewise, but not before a wait that grows to a minute
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import anyio
import httpx2
from mcp import Client, MCPError
from mcp.client.session import IncomingMessage
from mcp.client.subscriptions import ListenNotSupportedError, SubscriptionLost
from mcp.types import CONNECTION_CLOSED, CallToolResult, ToolListChangedNotification
from mcp.types import Tool as ListedTool
from pydantic import ValidationError

from tickertape.errors import ToolError
from tickertape.ports import Tool, ToolSpec
from tickertape.tools.mcp.connection import Connection, connection
from tickertape.tools.mcp.contents import sayable, specs_of, text_of_result
from tickertape.tools.mcp.endpoints import McpEndpoint, McpHttp, McpStdio
from tickertape.tools.results import clipped

__all__ = ["McpHttp", "McpServer", "McpStdio", "McpTool"]

_log = logging.getLogger(__name__)

# A session that stood for so many seconds was sound: what fails after it is the first failure.
_SOUND = 60.0
# Seconds before a server that has failed twice in a row is tried again; they double from there.
_FIRST_WAIT = 1.0
_LONGEST_WAIT = 60.0
# Pages of a list of tools: one that never ends cannot hang us. The mcp package has the same bound
# (modelcontextprotocol/python-sdk, mcp/client/client.py, _RELIST_PAGE_CAP, 2.3.0).
_MOST_PAGES = 100


@dataclass(frozen=True, slots=True)
class _Asleep:
    """Nothing runs, and nothing is under way."""

    until: float
    """The moment before which the server is not tried again; infinity: never again."""


@dataclass(frozen=True, slots=True)
class _Starting:
    """The server is being started."""


@dataclass(frozen=True, slots=True)
class _Running:
    """The server answers."""

    client: Client
    known: Connection
    tools: tuple[McpTool, ...]


@dataclass(frozen=True, slots=True)
class McpTool:
    """A tool of an MCP server. It stays callable across restarts of the server."""

    server: McpServer
    """Whose it is."""
    name: str
    """What the server calls it."""
    spec: ToolSpec
    """What the model is told of it."""

    async def call(self, arguments: Mapping[str, object]) -> str:
        """Call it, once; a deadline is up to the caller.

        Cancelling the waiting task cancels the call at the server.

        Raises:
            ToolError: when the tool says that it failed, or the server cannot be reached.
        """
        return await self.server.call(self.name, arguments)


class McpServer:
    """A server and the tools it has at present.

    Nothing here ever raises because of the server, but for calls, which raise `ToolError`.
    Variables, headers and the address's query are in no log line and no error.
    """

    def __init__(self, name: str, endpoint: McpEndpoint, *, timeout: float = 30.0) -> None:
        """Describe a server; `open`, or the block of `async with`, starts it.

        Args:
            name: what the log calls it.
            endpoint: the program or the address of the server.
            timeout: seconds that it may take until its tools are known.
        """
        self.name = name
        self._endpoint = endpoint
        self._timeout = timeout
        self._state: _Asleep | _Starting | _Running = _Asleep(math.inf)
        self._settled = asyncio.Event()
        self._wanted = asyncio.Event()
        self._life: tuple[asyncio.Task[None], anyio.CancelScope] | None = None

    def __repr__(self) -> str:
        return f"McpServer({self.name!r}, {self._endpoint!r})"

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def open(self) -> None:
        """Start the server, and wait until it runs or could not be started.

        The waiting task may be cancelled; the server starts nevertheless.
        """
        if self._life is None:
            self._begin()
            scope = anyio.CancelScope()
            task = asyncio.create_task(self._live(scope), name=f"mcp-{self.name}")
            self._life = (task, scope)
        await self._settled.wait()

    async def aclose(self) -> None:
        """End the connection; a program of ours has ended when this returns. May be repeated."""
        if self._life is None:
            return
        task, scope = self._life
        scope.cancel()
        await asyncio.wait({task})
        self._life = None

    def tools(self) -> tuple[Tool, ...]:
        """Return the tools that can be called at present; none while the server does not run.

        To ask for them starts a server that had failed, when its time has come.
        """
        match self._state:
            case _Running(tools=tools):
                return tools
            case _Asleep() | _Starting():
                self._wake()
                return ()

    async def running(self) -> bool:
        """Return whether the server runs; start it first if its restart is due."""
        self._wake()
        await self._settled.wait()
        return isinstance(self._state, _Running)

    async def call(self, name: str, arguments: Mapping[str, object]) -> str:
        """Call a tool by the server's own name for it; `McpTool.call` tells the promise.

        A server that is being started, or can be, is waited for; nothing is ever called twice.

        Raises:
            ToolError: when the tool says that it failed, or the server cannot be reached.
        """
        if self._life is not None:
            await self.running()
        if not isinstance(self._state, _Running):
            raise ToolError(f"The server of this tool, {self.name}, does not run at the moment.")
        client, known = self._state.client, self._state.known
        try:
            # The caller's deadline is the only one: some tools take their time.
            result = await client.call_tool(name, sayable(arguments), read_timeout_seconds=math.inf)
        except MCPError as error:
            if _is_forgotten(error):
                known.end()
            raise ToolError(self._shown(_failure(error))) from error
        except (RuntimeError, ValidationError) as error:
            words = f"The server of this tool, {self.name}, answered against its own description."
            raise ToolError(words) from error
        return self._said(result)

    def _said(self, result: CallToolResult) -> str:
        text = text_of_result(result)
        if result.is_error:
            raise ToolError(self._shown(text))
        return text

    def _shown(self, text: str) -> str:
        return clipped(self._endpoint.without_secrets(text))

    def _begin(self) -> None:
        self._state = _Starting()
        self._settled.clear()

    def _wake(self) -> None:
        """Start a server whose restart is due."""
        match self._state:
            case _Asleep(until=until) if until < math.inf and self._now() >= until:
                self._begin()
                self._wanted.set()
            case _:
                pass

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    async def _live(self, scope: anyio.CancelScope) -> None:
        """Keep the server, from its first start until `aclose`."""
        failures = 0
        try:
            with scope:
                while True:
                    began = self._now()
                    has_worked, reason = await self._session()
                    is_sound = has_worked and self._now() - began >= _SOUND
                    failures = 1 if is_sound else failures + 1
                    _log.warning("MCP server %s: %s", self.name, self._shown(reason))
                    if has_worked and failures == 1:
                        continue
                    self._wanted.clear()
                    wait = _wait(failures)
                    self._settle(_Asleep(self._now() + wait))
                    await self._wanted.wait()
        finally:
            self._settle(_Asleep(math.inf))

    def _settle(self, state: _Asleep | _Running) -> None:
        self._state = state
        self._settled.set()

    async def _session(self) -> tuple[bool, str]:
        """Serve one session until it ends; return whether it had worked, and why it ended."""
        known = Connection(self._heard, self._begin)
        changed = asyncio.Event()

        async def notified(message: IncomingMessage) -> None:
            if isinstance(message, ToolListChangedNotification):
                changed.set()

        client = Client(
            connection(self._endpoint, known),
            read_timeout_seconds=self._timeout,
            message_handler=notified,
            cache=None,
        )
        start = anyio.CancelScope(deadline=self._now() + self._timeout)
        has_worked = False
        reason = "the server ended the connection"
        try:
            with start:
                async with client:
                    self._publish(client, known, await _listed(client))
                    has_worked, start.deadline = True, math.inf
                    await self._follow(client, known, changed)
        except Exception as error:  # noqa: BLE001 - whatever a server causes ends with its session
            reason = known.refusal or _reason(error)
        if has_worked:
            return True, reason
        if start.cancelled_caught:
            reason = f"it did not answer within {self._timeout:g} s"
        return False, f"it cannot be started: {reason}"

    def _publish(self, client: Client, known: Connection, listed: list[ListedTool]) -> None:
        tools = tuple(McpTool(self, name, spec) for name, spec in specs_of(listed).items())
        self._settle(_Running(client, known, tools))
        _log.info("MCP server %s: %d tools", self.name, len(tools))

    async def _follow(self, client: Client, known: Connection, changed: asyncio.Event) -> None:
        """Keep up with the tools that the server has, until the connection ends."""
        try:
            async with anyio.create_task_group() as following:
                following.start_soon(self._relist, client, known, changed)
                following.start_soon(_subscribe, client, changed)
                await known.ended.wait()
                following.cancel_scope.cancel()
        finally:
            self._begin()  # nothing can be called while the connection is taken down

    async def _relist(self, client: Client, known: Connection, changed: asyncio.Event) -> None:
        """List the tools again whenever they have changed."""
        while True:
            await changed.wait()
            changed.clear()
            try:
                self._publish(client, known, await _listed(client))
            except MCPError as error:
                if known.ended.is_set():
                    return
                reason = self._shown(str(error))
                _log.warning("MCP server %s: its tools cannot be listed: %s", self.name, reason)

    def _heard(self, line: str) -> None:
        _log.debug("MCP server %s: %s", self.name, self._endpoint.without_secrets(line))


async def _listed(client: Client) -> list[ListedTool]:
    """Ask for all pages of the list of tools."""
    if client.server_capabilities.tools is None:
        return []
    listed: list[ListedTool] = []
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        page = await client.list_tools(cursor=cursor)
        listed += page.tools
        cursor = page.next_cursor
        if cursor is None:
            break
    return listed


async def _subscribe(client: Client, changed: asyncio.Event) -> None:
    """Keep asking to be told of changes, where the server tells only those who ask.

    It does from protocol 2026-07-28 on (modelcontextprotocol/python-sdk, mcp/client/client.py,
    `listen`, 2.3.0). Changes that were missed are found by listing again.
    """
    wait = 1.0
    while True:
        try:
            async with client.listen(tools_list_changed=True) as changes:
                async for _ in changes:
                    wait = 1.0
        except (ListenNotSupportedError, MCPError):
            return
        except (SubscriptionLost, TimeoutError):
            _log.debug("a subscription was lost")
        await asyncio.sleep(wait)
        wait = min(wait * 2, _LONGEST_WAIT)
        changed.set()


def _wait(failures: int) -> float:
    """Return the seconds before a restart, after that many failures in a row."""
    if failures == 1:
        return 0.0
    # The exponent is bounded because a float is: a server may fail for years.
    return min(_FIRST_WAIT * 2.0 ** min(failures - 2, 32), _LONGEST_WAIT)


def _is_forgotten(error: MCPError) -> bool:
    """Return whether the server has forgotten our session (HTTP 404).

    The mcp package says it in these words (modelcontextprotocol/python-sdk,
    mcp/client/streamable_http.py, `_handle_post_request`, 2.3.0).
    """
    return error.message == "Session terminated"


def _failure(error: MCPError) -> str:
    if error.code == CONNECTION_CLOSED:
        return "The connection broke off: whether the tool did its work is not known."
    if _is_forgotten(error):
        return "The server had been restarted; the tool did nothing. Call it again."
    return error.message


def _reason(error: BaseException) -> str:
    """Find what a session failed of, in one line and without what we sent."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    match error:
        case FileNotFoundError() | PermissionError():
            return f"{error.strerror}: {error.filename}"
        case MCPError() | OSError() | httpx2.HTTPError() | httpx2.InvalidURL():
            return f"{type(error).__name__}: {error}".partition("\n")[0]
        case _:
            return type(error).__name__
