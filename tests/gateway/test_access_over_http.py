"""People are let in over HTTP: an emulated Telegram, and `tickertape access` as a process."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

import pytest
from gateway_http import NO_MODEL, Reader, configured, said_by_bot, served
from gateway_stage import Parrot

from tickertape.emulator.scene import BEN, GROUP, YOU
from tickertape.emulator.server import EmulatorServer
from tickertape.gateway.admission import wording
from tickertape.gateway.config.sections import AccessConfig

pytestmark = pytest.mark.anyio
pytest_plugins = ["gateway_fixtures"]

PAIRING = AccessConfig(admins=(str(YOU),), pairing=True)


async def command(folder: Path, *arguments: str) -> tuple[int | None, str]:
    """Run `tickertape access` as a process of its own; give its code and all that it said."""
    config = folder / "tickertape.yaml"
    config.write_text(
        "storage: {url: 'sqlite+aiosqlite:///t.db'}\naccess: {pairing: true}\n", "utf-8"
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tickertape", "access", *arguments, "--config", str(config)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()


async def test_a_process_lets_a_stranger_in_while_the_bot_runs(
    emulator: EmulatorServer, reader: Reader, tmp_path: Path
) -> None:
    """On the file of SQLite that the bot has open: the bot tells the stranger, and answers."""
    config = configured(emulator, tmp_path, NO_MODEL, access=PAIRING)
    async with served(config, Parrot("Hello, Ben.")):
        await reader.write(BEN, "hi")
        shown = await reader.until(BEN, lambda screen: bool(said_by_bot(screen)))
        [asks] = said_by_bot(shown)
        found = re.search("[A-Z0-9]{8}$", asks)
        assert found is not None
        code, said = await command(tmp_path, "approve", found[0])
        assert (code, "Let in: Ben (telegram:1002), as user." in said) == (0, True)
        await reader.answers(BEN, asks, wording.WELCOME)
        await reader.write(BEN, "hi again")
        await reader.answers(BEN, asks, wording.WELCOME, "Hello, Ben.")


async def test_an_admin_decides_at_the_page(
    emulator: EmulatorServer, reader: Reader, tmp_path: Path
) -> None:
    """A real button with real data; and a group, by a command in it."""
    config = configured(emulator, tmp_path, NO_MODEL, access=PAIRING)
    async with served(config, Parrot("yes")):
        await reader.write(YOU, "hello")
        await reader.answers(YOU, "yes")
        await reader.write(BEN, "hi")
        asked = "Ben (telegram:1002) asks to be let in."
        message = (await reader.answers(YOU, "yes", asked))[-1]
        [[let_in, refuse]] = message["buttons"]
        assert (let_in["text"], refuse["text"]) == ("✅ Let in", "🚫 Refuse")
        await reader.press_button(YOU, message["message_id"], let_in["callback_data"])
        shown = await reader.until(BEN, lambda screen: wording.WELCOME in said_by_bot(screen))
        assert len(said_by_bot(shown)) == 2
        await reader.until(YOU, lambda screen: screen["messages"][-1]["buttons"] == [])
        await reader.write(GROUP, "/admit", **{"as": YOU})
        await reader.answers(GROUP, wording.ADMITTED_GROUP)
