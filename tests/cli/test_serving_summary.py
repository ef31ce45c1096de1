"""The one line that says what runs: complete, and never late because of one part."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import cast

import pytest

from tickertape.cli.serving.plan import plan_of
from tickertape.cli.serving.summary import tell_when_running
from tickertape.gateway.agent import ToolSet
from tickertape.gateway.app import GatewayParts
from tickertape.gateway.config.loading import parse
from tickertape.gateway.loop import Gateway
from tickertape.gateway.reloading import Reloader
from tickertape.ports import Channel, Tool
from tickertape.testing.clock import run_in_virtual_time

CONFIG = parse(
    "channels:\n"
    "  home: {type: telegram, webhook: {url: 'https://bot.example/x'}}\n"
    "  work: {type: telegram}\n"
    "  lost: {type: telegram}\n"
    "models: {clever: {model: big}}\n"
    "access: {allow: [1, 2]}\n"
    "storage: {url: 'postgresql+asyncpg://me:hush@db.example/talks'}\n"
)


class Known:
    """A channel whose bot has a name."""

    async def known_as(self) -> str:
        """Return the name."""
        return "@home_bot"


class Silent:
    """A channel whose server does not answer."""

    async def known_as(self) -> str:
        """Wait without end."""
        await asyncio.Event().wait()
        return ""


class Collecting(logging.Handler):
    """Collects records."""

    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__()
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        """Collect a record."""
        self._records.append(record)


def told(channels: dict[str, object], tools: ToolSet | None, agent: str = "") -> dict[str, object]:
    """Return the fields of the line about these channels and tools."""
    records: list[logging.LogRecord] = []
    log = logging.getLogger("tickertape.cli.serving.summary")
    handler = Collecting(records)
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    parts = GatewayParts(
        cast("Gateway", None),
        cast("dict[str, Channel]", channels),
        tools,
        cast("Reloader", None),
        None,
    )
    try:
        run_in_virtual_time(tell_when_running(parts, CONFIG, agent))
    finally:
        log.removeHandler(handler)
        log.setLevel(logging.NOTSET)
    [record] = records
    assert record.getMessage() == "running"
    assert "hush" not in str(record.__dict__)
    names = ("channels", "webhooks", "models", "agent", "tools", "database", "people", "not_opened")
    return {name: getattr(record, name) for name in names if hasattr(record, name)}


def no_tools() -> Sequence[Tool]:
    """Return no tool."""
    return ()


def test_what_runs_and_what_does_not() -> None:
    """A channel that was not reached is named as such, and one that was not opened is, too."""
    channels = {"home": Known(), "work": Silent()}
    assert told(channels, ToolSet(no_tools)) == {
        "channels": "home (@home_bot), work (not reached yet)",
        "webhooks": "home at 127.0.0.1:8443",
        "models": "default (gpt-5-mini), clever (big)",
        "tools": 0,
        "database": "postgresql at db.example",
        "people": 2,
        "not_opened": "lost",
    }


def test_an_agent_in_place_of_models() -> None:
    """An agent of the operator's is named; channels that tell no name are told by their own."""
    channels = {"home": object(), "work": object(), "lost": object()}
    fields = told(channels, None, "my_bot:agent")
    assert fields == {
        "channels": "home, work, lost",
        "webhooks": "home at 127.0.0.1:8443",
        "agent": "my_bot:agent",
        "database": "postgresql at db.example",
        "people": 2,
    }


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("sqlite+aiosqlite:////srv/t.db?timeout=5", "/srv/t.db"),
        ("sqlite+aiosqlite://", ":memory:"),
        ("postgresql+asyncpg:///talks", "postgresql at localhost"),
    ],
)
def test_where_the_database_is(url: str, told: str) -> None:
    """A file is told by its path, a server by its kind and host."""
    assert plan_of(parse(f"storage: {{url: '{url}'}}"), "")["database"] == told
