"""Channels are opened by what their types name: with their settings, and each on its own risk."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from gateway_stage import ANNA, PRIVATE, FakeChannel, Parrot

from tickertape import plugins
from tickertape.errors import ConfigError, TransportError
from tickertape.gateway import commands
from tickertape.gateway.app import build
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.loading import parse, secrets
from tickertape.plugins import Group, Plugin

pytestmark = pytest.mark.anyio

EAST = replace(PRIVATE, channel="east")
LOFTS: dict[str, Pigeons] = {}


class Pigeons(FakeChannel):
    """A channel of another package, with all that a gateway asks for and may do without."""

    def __init__(self, *, name: str, loft: str, key: str, towers: int = 1) -> None:
        super().__init__()
        self.opened = (name, loft, key, towers)
        self.menu = asyncio.Event()
        self.closed = asyncio.Event()
        LOFTS[name] = self

    async def set_commands(self, offered: Sequence[tuple[str, str]]) -> None:
        """Take the menu of commands, and fail."""
        assert offered == (*commands.COMMANDS, ("coo", "a message for a pigeon"))
        self.menu.set()
        raise ValueError("my secret plan")

    async def aclose(self) -> None:
        """Fly home."""
        self.closed.set()


def lost(*, name: str, error: str = "") -> FakeChannel:
    """Open no channel."""
    raise TransportError(error) if error else ValueError("my secret plan")


def quiet(*, name: str) -> FakeChannel:
    """Open a channel that has neither a menu nor an end."""
    return FakeChannel()


@pytest.fixture(autouse=True)
def types(monkeypatch: pytest.MonkeyPatch) -> Mapping[Group, Mapping[str, Plugin]]:
    """Install the channels of this file as types."""
    LOFTS.clear()
    names = {"pigeon": "Pigeons", "lost": "lost", "quiet": "quiet", "missing": "Nothing"}
    found = {
        type_: Plugin(Group.CHANNELS, type_, f"{__name__}:{name}", "pigeons 1.0")
        for type_, name in names.items()
    }
    channels = {**plugins.OWN[Group.CHANNELS], **found}
    everything = {**plugins.OWN, Group.CHANNELS: channels}
    monkeypatch.setattr(plugins, "OWN", everything)
    return everything


def configured(channels: str, folder: Path) -> GatewayConfig:
    """Read a file with these channels."""
    return parse(f"""
channels: {{{channels}}}
access: {{allow: [{ANNA.id}]}}
commands: {{coo: {{description: a message for a pigeon, prompt: "Coo: {{text}}"}}}}
storage: {{url: "sqlite+aiosqlite:///{folder / "t.db"}"}}
""")


ENVIRON = {"EAST_KEY": "coo-coo-coo"}
PIGEON = "east: {type: pigeon, loft: roof, key_env: EAST_KEY, towers: 3}"


async def test_a_type_of_another_package(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is called with its name, its settings and its secrets; its menu's failure is no matter."""
    config = configured(f"{PIGEON}, west: {{type: quiet}}", tmp_path)
    found = secrets(config, ENVIRON, own_agent=True)
    async with build(config, found, agent=Parrot("hello")) as gateway:
        loft = LOFTS["east"]
        assert loft.opened == ("east", "roof", "coo-coo-coo", 3)
        run = asyncio.create_task(gateway.run())
        loft.write("hi", EAST)
        await loft.shows("hello", at=EAST)
        async with asyncio.timeout(10):
            await loft.menu.wait()
        assert not loft.closed.is_set()
        gateway.stop()
        await run
    assert loft.closed.is_set()
    [told] = [r for r in caplog.records if r.message == "the menu of commands was not set"]
    assert (vars(told)["channel"], vars(told)["error"]) == ("east", "ValueError")
    assert "secret" not in str([vars(record) for record in caplog.records])


@pytest.mark.parametrize(
    ("broken", "words"),
    [("error: no such loft, ", "no such loft"), ("", "ValueError")],
)
async def test_one_that_cannot_be_opened_stops_no_other(
    broken: str, words: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged by its name, without what a stranger's error quotes; the other one answers."""
    config = configured(f"west: {{{broken}type: lost}}, {PIGEON}", tmp_path)
    found = secrets(config, ENVIRON, own_agent=True)
    async with build(config, found, agent=Parrot("hello")) as gateway:
        run = asyncio.create_task(gateway.run())
        LOFTS["east"].write("hi", EAST)
        await LOFTS["east"].shows("hello", at=EAST)
        gateway.stop()
        await run
    [told] = [r for r in caplog.records if r.message.startswith("a channel cannot be opened")]
    assert (vars(told)["channel"], vars(told)["error"]) == ("west", words)
    assert "secret" not in str([vars(record) for record in caplog.records])


async def test_none_that_can_be_opened(tmp_path: Path) -> None:
    """Then there is nothing to run: what the last one raised is raised."""
    config = configured("a: {type: lost}, b: {type: lost, error: no such loft}", tmp_path)
    with pytest.raises(TransportError, match="no such loft"):
        async with build(config, secrets(config, {}, own_agent=True), agent=Parrot("")):
            pass


@pytest.mark.parametrize(
    ("channels", "words"),
    [
        (
            "east: {type: pigeon, loft: roof, key_env: EAST_KEY, speed: 3}",
            (
                "channels.east: <a mapping> cannot be used; allowed: settings that the type pigeon "
                "takes (got an unexpected keyword argument 'speed')"
            ),
        ),
        (
            "east: {type: pigeon, key_env: EAST_KEY}",
            (
                "channels.east: <a mapping> cannot be used; allowed: settings that the type pigeon "
                "takes (missing a required argument: 'loft')"
            ),
        ),
        (
            "east: {type: missing}",
            "channels.east.type: 'missing' cannot be used; allowed: a channel that can be imported",
        ),
    ],
)
async def test_settings_that_a_type_does_not_take(
    channels: str, words: str, tmp_path: Path
) -> None:
    """The start ends with one line that names the channel, and no value."""
    config = configured(channels, tmp_path)
    with pytest.raises(ConfigError) as caught:
        async with build(config, secrets(config, ENVIRON, own_agent=True), agent=Parrot("")):
            pass
    line = str(caught.value)
    assert line.startswith(words)
    assert "coo" not in line
    assert "\n" not in line
