"""What the README shows is true: its example runs, its commands and files exist."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
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


class NoMoreError(Exception):
    """What an agent raises that fails."""


async def yielding(question: str) -> AsyncIterator[str]:
    """Echo, word by word; fail where the question asks for it."""
    for word in question.split():
        yield f"{word} "
    if "fail" in question:
        raise NoMoreError


async def calling_back(question: str, say: Callable[[str], None]) -> None:
    """Echo as `yielding` does."""
    async for word in yielding(question):
        say(word)


def snippets() -> list[str]:
    """Find the Python blocks, in their order."""
    return re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.mark.anyio
@pytest.mark.parametrize("agent", [yielding, calling_back])
async def test_the_examples_stream_an_answer(agent: Callable[..., object]) -> None:
    """The Python blocks, run as they stand, bring the whole answer to the screen, or mark it."""
    blocks = snippets()[: 1 if agent is yielding else 2]
    async with EmulatorServer() as emulator:
        bot = open_bot(TOKEN, api_base=emulator.url)
        dispatcher = Dispatcher()
        names = {"bot": bot, "dispatcher": dispatcher, "your_agent": agent}
        for block in blocks:
            exec(block, names)  # noqa: S102 - our own README
        handler = dispatcher.handler
        assert handler is not None
        await handler(message("Say it back"))
        with pytest.raises(NoMoreError):
            await handler(message("Say half and fail"))
        await bot.session.close()
        assert emulator.world.screen(YOU).texts == (
            "Say it back",
            "Say half and fail\n\n⚠ The model's answer broke off.",
        )


def message(text: str) -> Message:
    """Make a message as aiogram hands it to a handler."""
    chat = Chat(id=YOU, type="private")
    return Message(message_id=1, date=datetime.now(UTC), chat=chat, text=text)


def test_the_examples_have_twelve_lines() -> None:
    """Short enough to be read at a glance; the first shows the form that is the shortest."""
    for block in snippets():
        assert len([line for line in block.splitlines() if line.strip()]) <= 12
    assert "await stream(" in snippets()[0]


def test_every_file_that_is_named_exists() -> None:
    """Links and pictures lead somewhere, and modules that are named by their path are there."""
    package = ROOT / "src" / "tickertape"
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        text = page.read_text("utf-8")
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (page.parent / target).exists(), f"{page.name} names {target}"
        for folder, file in re.findall(r"`(\w+)/([\w/]+\.py)`", text):
            is_ours = (package / folder).is_dir()
            assert not is_ours or (package / folder / file).exists(), f"{page.name} names {file}"


def test_every_make_command_that_is_named_exists() -> None:
    """`make X` in the README is a target of the Makefile."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for command in re.findall(r"^make (\w+)|`make (\w+)", README, re.MULTILINE):
        assert re.search(rf"^{command[0] or command[1]}:", makefile, re.MULTILINE)
