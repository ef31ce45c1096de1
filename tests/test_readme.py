"""What the README shows is true: its example runs, its commands and files exist."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiogram.types import Chat, Message

from tickertape.channels.telegram import open_bot
from tickertape.emulator.scene import TOKEN, YOU
from tickertape.emulator.server import EmulatorServer

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


class Dispatcher:
    """Collects the handler that the example registers."""

    def __init__(self) -> None:
        self.handler: Callable[[Message], Awaitable[None]] | None = None

    def message(self) -> Callable[[Any], Any]:
        def register(handler: Any) -> Any:
            self.handler = handler
            return handler

        return register


async def your_agent(question: str, say: Callable[[str], None]) -> None:
    """Echo, word by word."""
    for word in question.split():
        say(f"{word} ")
        await asyncio.sleep(0)


@pytest.mark.anyio
async def test_the_example_streams_an_answer() -> None:
    """The Python block, run as it stands, brings the agent's whole answer to the screen."""
    found = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert found is not None
    async with EmulatorServer() as emulator:
        bot = open_bot(TOKEN, api_base=emulator.url)
        dispatcher = Dispatcher()
        names = {
            "asyncio": asyncio,
            "bot": bot,
            "dispatcher": dispatcher,
            "your_agent": your_agent,
        }
        exec(found[1], names)  # noqa: S102 - our own README
        chat = Chat(id=YOU, type="private")
        message = Message(message_id=1, date=datetime.now(UTC), chat=chat, text="Say it back")
        assert dispatcher.handler is not None
        await dispatcher.handler(message)
        await bot.session.close()
        assert emulator.world.screen(YOU).texts == ("Say it back",)


def test_the_example_has_twelve_lines() -> None:
    """Short enough to be read at a glance."""
    found = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert found is not None
    assert len([line for line in found[1].splitlines() if line.strip()]) <= 12


def test_every_file_that_is_named_exists() -> None:
    """Links and pictures lead somewhere."""
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name} names {target}"


def test_every_make_command_that_is_named_exists() -> None:
    """`make X` in the README is a target of the Makefile."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for command in re.findall(r"^make (\w+)|`make (\w+)", README, re.MULTILINE):
        assert re.search(rf"^{command[0] or command[1]}:", makefile, re.MULTILINE)
