"""The operator's commands in the emulated Telegram, from the configuration to the screen."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from gateway_http import NO_MODEL, QUICK, Reader, asked, configured, served, serving
from gateway_stage import Parrot

from tickertape.emulator.scene import GROUP, TOKEN, YOU
from tickertape.emulator.server import EmulatorServer
from tickertape.gateway import commands
from tickertape.gateway.config.command_config import CommandConfig
from tickertape.gateway.custom_commands import sentences
from tickertape.testing.model_server import ModelServer

pytest_plugins = ["gateway_fixtures"]
pytestmark = pytest.mark.anyio

COMMANDS = {
    "sum": CommandConfig(description="a summary", prompt="Sum up: {text}"),
    "echo": CommandConfig(description="an echo", program=("echo", "*{text}*"), allow=(str(YOU),)),
    "shout": CommandConfig(description="a cry", function="command_stage:shout"),
}


async def test_a_prompt_over_http(emulator: EmulatorServer, reader: Reader, tmp_path: Path) -> None:
    """The model is asked what the prompt says, and reads it in the next turn, too."""
    async with (
        ModelServer(QUICK) as model,
        serving(emulator, tmp_path, model, commands=COMMANDS),
    ):
        await reader.write(YOU, "/sum a long text")
        answer = "An answer in two pieces."
        await reader.answers(YOU, answer)
        await reader.write(YOU, "Shorter!")
        await reader.answers(YOU, answer, answer)
    first = ["be kind", "Sum up: a long text"]
    assert asked(model) == [first, [*first, answer, "Shorter!"]]


async def test_commands_with_an_agent_of_ones_own(
    emulator: EmulatorServer, reader: Reader, tmp_path: Path
) -> None:
    """A program's output is a block of code; a command that names another bot is left alone."""
    config = configured(emulator, tmp_path, NO_MODEL, commands=COMMANDS)
    async with served(config, Parrot("Hello")):
        await reader.write(GROUP, "/echo@another_bot x")
        await reader.write(GROUP, "/echo@tickertape_bot a; b")
        [answer] = await reader.answers(GROUP, "*a; b*")
        assert [entity["type"] for entity in answer["entities"]] == ["pre"]
        await reader.write(GROUP, "/shout hey")
        await reader.answers(GROUP, "*a; b*", "HEY")
        await reader.write(GROUP, "/shout")
        usage = sentences.usage("/shout WORD", "a cry")
        await reader.answers(GROUP, "*a; b*", "HEY", usage)


async def test_the_menu_has_what_everybody_may_use(
    emulator: EmulatorServer, tmp_path: Path
) -> None:
    """Ours first, then the operator's; a command that is for some people stands in their help."""
    config = configured(emulator, tmp_path, NO_MODEL, commands=COMMANDS)
    async with served(config, Parrot("Hello")), httpx.AsyncClient(base_url=emulator.url) as http:
        while not (menu := (await http.get(f"/bot{TOKEN}/getMyCommands")).json()["result"]):
            await emulator.changed()
    offered = [(command["command"], command["description"]) for command in menu]
    assert offered == [*commands.COMMANDS, ("sum", "a summary"), ("shout", "a cry")]
