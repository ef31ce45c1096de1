"""MCP servers that listen at an address, over real HTTP."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from forgetful_mcp_app import ForgetfulApp

from tickertape.errors import ToolError
from tickertape.ports import Tool
from tickertape.tools.mcp import servers as client
from tickertape.tools.mcp.servers import McpHttp, McpServer

if TYPE_CHECKING:
    from mcp_fixtures import HttpStage, Log

pytest_plugins = ["mcp_fixtures"]
pytestmark = pytest.mark.anyio


def named(server: McpServer, name: str) -> Tool:
    """Find one of a server's tools."""
    return {tool.spec.name: tool for tool in server.tools()}[name]


async def test_an_address_offers_its_tools(http_stage: HttpStage, log: Log) -> None:
    """Listed, called, refused, cancelled, and grown."""
    http_stage.token = "Bearer s3cret"
    where = McpHttp(http_stage.url, {"Authorization": "Bearer s3cret"})
    async with McpServer("web", where) as server:
        assert await named(server, "add").call({"first": 2, "second": 3}) == "5"
        with pytest.raises(ToolError, match="No such page"):
            await named(server, "fail").call({"words": "No such page"})
        call = asyncio.create_task(named(server, "slow").call({}))
        assert await named(server, "is_slow").call({}) == "begun"
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert await named(server, "was_cancelled").call({}) == "cancelled"
        assert await named(server, "grow").call({}) == "grown"
        await log.until("INFO MCP server web: 9 tools")
        assert await named(server, "grown").call({}) == "grown"


async def test_a_server_that_stops_comes_back(
    http_stage: HttpStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls fail while it is away, and its tools are there again when it is."""
    monkeypatch.setattr(client, "_FIRST_WAIT", 0.0)
    async with McpServer("web", McpHttp(http_stage.url)) as server:
        add, slow = named(server, "add"), named(server, "slow")
        call = asyncio.create_task(slow.call({}))
        assert await named(server, "is_slow").call({}) == "begun"
        await http_stage.stop()
        with pytest.raises(ToolError, match=r"not known|error response"):
            await call
        with pytest.raises(ToolError):
            await add.call({"first": 1, "second": 1})
        await http_stage.start()
        async with asyncio.timeout(60):
            while not await server.running():
                pass
            assert await add.call({"first": 1, "second": 1}) == "2"


async def test_a_server_that_forgot_us_is_met_anew(http_stage: HttpStage) -> None:
    """The call was refused and not made; the model is told so, and the next one works."""
    await http_stage.stop()
    app = ForgetfulApp()
    await http_stage.start(app)
    async with McpServer("web", McpHttp(http_stage.url)) as server:
        echo = named(server, "echo")
        assert await echo.call({"a": 1}) == '{"a": 1}'
        app.session += 1
        with pytest.raises(ToolError, match="the tool did nothing"):
            await echo.call({"a": 2})
        assert app.calls == 1
        assert await echo.call({"a": 3}) == '{"a": 3}'


async def test_an_old_refusal_is_not_why_a_server_ended(http_stage: HttpStage, log: Log) -> None:
    """A server of 2025 refuses to be listened to, and works; when it stops, that is the reason."""
    await http_stage.stop()
    await http_stage.start(ForgetfulApp())
    async with McpServer("web", McpHttp(http_stage.url)) as server:
        echo = named(server, "echo")
        assert await echo.call({"a": 1}) == '{"a": 1}'
        await http_stage.stop()
        with pytest.raises(ToolError):
            await echo.call({"a": 2})
        await server.running()
    assert log.warnings
    assert not any("HTTP 40" in line for line in log.warnings)


async def test_a_wrong_token_is_told_without_repeating_it(http_stage: HttpStage, log: Log) -> None:
    """The operator learns the status; the token is nowhere."""
    http_stage.token = "Bearer right"
    where = McpHttp(http_stage.url + "?key=q7ery", {"Authorization": "Bearer wr0ng"})
    async with McpServer("web", where) as server:
        assert server.tools() == ()
    assert log.lines == ["WARNING MCP server web: it cannot be started: HTTP 401 Unauthorized"]
    assert "wr0ng" not in repr(server)
    assert "q7ery" not in repr(server)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:1/mcp", "ConnectError"),
        ("no address", "UnsupportedProtocol"),
    ],
)
async def test_a_wrong_address_breaks_nothing(url: str, words: str, log: Log) -> None:
    """No tools, and one line in the log."""
    async with McpServer("web", McpHttp(url)) as server:
        assert server.tools() == ()
    (line,) = log.lines
    assert words in line


def test_secrets_are_hidden_wherever_they_stand() -> None:
    """Headers, their parts, and the address's query, user and password."""
    where = McpHttp("https://ann:passw0rd@host/mcp?key=q7ery", {"Authorization": "Bearer t0ken"})
    said = "Bearer t0ken, t0ken, q7ery, passw0rd, ann"
    assert where.without_secrets(said) == "***, ***, ***, ***, ann"
    assert McpHttp("http://[s3cret").without_secrets("bad http://[s3cret") == "bad ***"
