"""MCP servers that are programs of ours, each a real process."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tickertape.errors import ToolError
from tickertape.ports import Tool
from tickertape.tools.mcp import servers as client
from tickertape.tools.mcp.servers import McpServer, McpStdio

if TYPE_CHECKING:
    from mcp_fixtures import Log

pytest_plugins = ["mcp_fixtures"]
pytestmark = pytest.mark.anyio

HERE = Path(__file__).parent


def modern(**env: str) -> McpStdio:
    """Name the server that is written with the mcp package."""
    return McpStdio(sys.executable, (str(HERE / "modern_mcp_server.py"),), env)


def old(*wrongs: str) -> McpStdio:
    """Name the server that knows the old handshake only."""
    return McpStdio(sys.executable, (str(HERE / "old_mcp_server.py"), *wrongs))


def named(server: McpServer, name: str) -> Tool:
    """Find one of a server's tools."""
    return {tool.spec.name: tool for tool in server.tools()}[name]


def is_alive(pid: int) -> bool:
    """Tell whether a process runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_program_offers_its_tools_and_ends_with_us(log: Log) -> None:
    """All of a life: listed, called, refused, cancelled, grown, and closed without an orphan."""
    async with McpServer("modern", modern(TOKEN="s3cret")) as server:
        add = named(server, "add")
        assert add.spec.description == "Add two numbers."
        assert add.spec.parameters["required"] == ["first", "second"]
        assert await add.call({"first": 2, "second": 3}) == "5"
        sums = await asyncio.gather(*(add.call({"first": n, "second": n}) for n in range(20)))
        assert sums == [str(n * 2) for n in range(20)]
        seen = await named(server, "look_at_it").call({})
        assert (
            seen
            == "a tree\n[image, image/png]\n[audio, audio/ogg]\n[resource tree.txt, file:///tree.txt]"
        )
        with pytest.raises(ToolError, match="No such file"):
            await named(server, "fail").call({"words": "No such file"})
        with pytest.raises(ToolError, match=r"\*\*\*!!!") as caught:
            await named(server, "fail").call({"words": "s3cret" + "!" * 5000})
        assert len(str(caught.value)) == 2000
        with pytest.raises(ToolError, match="first"):
            await add.call({"first": "x"})

        call = asyncio.create_task(named(server, "slow").call({}))
        assert await named(server, "is_slow").call({}) == "begun"
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert await named(server, "was_cancelled").call({}) == "cancelled"

        assert await named(server, "grow").call({}) == "grown"
        await log.until("INFO MCP server modern: 9 tools")
        assert await named(server, "grown").call({}) == "grown"
        process = json.loads(await named(server, "process").call({}))
        assert is_alive(process["pid"])
        assert "TOKEN" in process["variables"]
        assert "VIRTUAL_ENV_SECRET" not in process["variables"]
    assert not is_alive(process["pid"])
    assert server.tools() == ()
    with pytest.raises(ToolError, match="does not run at the moment"):
        await add.call({"first": 2, "second": 3})
    assert "DEBUG MCP server modern: a line with *** in it" in log.lines
    assert "s3cret" not in "".join(log.lines)


async def test_a_server_of_the_old_kind_is_understood(log: Log) -> None:
    """The handshake, pages, titles, structured results, and a list that changes."""
    async with McpServer("old", old()) as server:
        (echo,) = server.tools()
        assert echo.spec.description == "Say it again"
        assert echo.spec.parameters == {"type": "object", "properties": {}}
        assert await echo.call({"word": "é"}) == '{"word": "é"}'
        await log.until("INFO MCP server old: 2 tools")
        assert [tool.spec.name for tool in server.tools()] == ["echo", "more"]


async def test_what_is_no_utf_8_does_not_end_a_server() -> None:
    """Neither a stray byte of its own, nor half a character in what a model wants of it."""
    async with McpServer("old", old("latin")) as server, asyncio.timeout(30):
        (echo,) = server.tools()
        assert await echo.call({"a": 1}) == '{"a": 1}'
        assert "\ud83d" not in await echo.call({"a": "half \ud83d"})
        assert await echo.call({"a": 2}) == '{"a": 2}'


async def test_a_server_that_dies_comes_back(log: Log) -> None:
    """The call in which it died is an error, the log tells once, and it is there again."""
    async with McpServer("old", old("dies")) as server:
        (echo,) = server.tools()
        assert await echo.call({}) == "{}"
        with pytest.raises(ToolError, match="whether the tool did its work is not known"):
            await echo.call({})
        assert await server.running()
        assert await echo.call({}) == "{}"
    assert log.warnings == ["WARNING MCP server old: the server ended the connection"]


async def test_a_server_that_keeps_dying_is_given_time(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is started again at once, then when wanted; a call meanwhile is an error at once."""
    monkeypatch.setattr(client, "_FIRST_WAIT", 60.0)
    async with McpServer("old", old("dies")) as server:
        (echo,) = server.tools()
        for _ in range(2):
            assert await echo.call({}) == "{}"
            with pytest.raises(ToolError, match="not known"):
                await echo.call({})
        assert not await server.running()
        assert server.tools() == ()
        with pytest.raises(ToolError, match="does not run at the moment"):
            await echo.call({})
    assert len(log.warnings) == 2


@pytest.mark.parametrize(
    ("where", "words"),
    [
        (McpStdio("tickertape-no-such-program"), "No such file or directory: tickertape-no-such"),
        (McpStdio(sys.executable, cwd="/nowhere/at/all"), "No such file or directory: /nowhere"),
        (McpStdio(str(HERE / "old_mcp_server.py")), "Permission denied"),
        (McpStdio("a\0b"), "ValueError"),
        (old("leaves"), "Connection closed"),
        (McpStdio("echo", ("no JSON",)), "Connection closed"),
        (McpStdio("false"), "Connection closed"),
    ],
    ids=lambda value: None,
)
async def test_a_program_that_cannot_be_started_breaks_nothing(
    where: McpStdio, words: str, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No tools, one line in the log; it is tried again when wanted, and then left alone."""
    monkeypatch.setattr(client, "_FIRST_WAIT", 60.0)
    async with McpServer("broken", where) as server:
        (line,) = log.warnings
        assert line.startswith("WARNING MCP server broken: it cannot be started: ")
        assert words in line
        assert server.tools() == ()
        assert not await server.running()
        assert not await server.running()
    assert len(log.warnings) == 2


async def test_a_program_that_never_answers_is_given_up(log: Log) -> None:
    """Opening takes as long as was agreed, and no process stays."""
    async with McpServer("mute", old("mute"), timeout=0.05) as server:
        assert server.tools() == ()
    line = "WARNING MCP server mute: it cannot be started: it did not answer within 0.05 s"
    assert log.lines[0] == line


async def test_closing_does_not_wait_for_a_start() -> None:
    """Whoever opens may be cancelled; closing then ends the start, and may be repeated."""
    server = McpServer("mute", old("mute"))
    opening = asyncio.create_task(server.open())
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    await server.aclose()
    await server.aclose()
    assert server.tools() == ()


async def test_a_server_can_be_opened_again_by_another_task() -> None:
    """Opening, calling and closing have no task in common; both can be repeated."""
    server = McpServer("old", old())
    for _ in range(2):
        await asyncio.create_task(server.open())
        await asyncio.create_task(server.open())
        assert await asyncio.create_task(server.tools()[0].call({"a": 1})) == '{"a": 1}'
        await asyncio.create_task(server.aclose())


def test_nothing_secret_is_shown() -> None:
    """Neither arguments nor variables are in what Python shows."""
    where = McpStdio("npx", ("--token", "s3cret"), {"TOKEN": "s3cret"})
    assert repr(McpServer("files", where)) == (
        "McpServer('files', McpStdio(command='npx', cwd=None))"
    )
