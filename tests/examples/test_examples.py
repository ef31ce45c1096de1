"""Every example runs as a reader would run it."""

from __future__ import annotations

import asyncio
import os
import runpy
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from aiogram.types import Chat, Message

from tickertape.channels.telegram import TelegramTransport, open_bot
from tickertape.emulator.scene import FORUM, GROUP, IDEAS, TOKEN, YOU
from tickertape.emulator.server import EmulatorServer
from tickertape.outbox import Outbox

EXAMPLES = Path(__file__).parents[2] / "examples"
BROKE_OFF = "\n\n⚠ The model's answer broke off."
ANSWER = "You wrote 'Hello there', which has 2 words."


@pytest.mark.anyio
async def test_the_aiogram_bot_streams() -> None:
    """Somebody's own aiogram bot answers live, in the chat and topic that was written in."""
    chats = {YOU: None, GROUP: None, FORUM: IDEAS}
    async with EmulatorServer() as emulator:
        bot = await asyncio.create_subprocess_exec(
            sys.executable,
            str(EXAMPLES / "aiogram_bot.py"),
            env={**os.environ, "TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_BASE": emulator.url},
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            for chat_id, thread_id in chats.items():
                emulator.world.person_writes(
                    chat_id, "Hello there", emulator.now(), thread_id=thread_id
                )
            async with asyncio.timeout(90):  # most of it is imports, on a busy machine
                while any(emulator.world.screen(chat).texts[-1] != ANSWER for chat in chats):
                    await emulator.changed()
        finally:
            bot.kill()
            await bot.wait()
        for chat_id, thread_id in chats.items():
            screen = emulator.world.screen(chat_id)
            assert [m.thread_id for m in screen.messages][-1] == thread_id
            assert not screen.drafts


@pytest.mark.anyio
async def test_the_ptb_bot_streams() -> None:
    """A bot of python-telegram-bot answers live, with buttons below the answer that it hears."""
    pytest.importorskip("telegram", reason="python-telegram-bot is one of the tools of development")
    async with EmulatorServer() as emulator:
        bot = await asyncio.create_subprocess_exec(
            sys.executable,
            str(EXAMPLES / "ptb_bot.py"),
            env={**os.environ, "TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_BASE": emulator.url},
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            for chat_id in (YOU, GROUP):
                emulator.world.person_writes(chat_id, "Hello there", emulator.now())
            async with asyncio.timeout(90):
                while not all(_has_buttons(emulator, chat) for chat in (YOU, GROUP)):
                    await emulator.changed()
                message = emulator.world.screen(YOU).messages[-1]
                async with httpx.AsyncClient(base_url=emulator.url) as page:
                    press = {"chat_id": YOU, "message_id": message.message_id}
                    pressed = page.post("/view/press", json={**press, "data": "tickertape=good"})
                    (await pressed).raise_for_status()
                while not any(
                    "found it good" in str(call) for _, call in emulator.world.calls.after(0)
                ):
                    await emulator.changed()
        finally:
            bot.terminate()
            assert await bot.wait() == 0
    assert emulator.world.screen(YOU).texts[-1] == ANSWER


def _has_buttons(emulator: EmulatorServer, chat_id: int) -> bool:
    last = emulator.world.screen(chat_id).messages[-1]
    return "tickertape=bad" in str(last.markup)


@pytest.mark.anyio
async def test_the_agent_of_the_aiogram_bot_may_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader is told at once, below what came; aiogram gets the exception."""
    example = runpy.run_path(str(EXAMPLES / "aiogram_bot.py"))
    handler = example["answer"]

    async def failing(question: str) -> AsyncIterator[str]:
        yield f"You wrote {question}"
        raise LookupError

    monkeypatch.setitem(handler.__globals__, "your_agent", failing)
    async with EmulatorServer() as emulator:
        bot = open_bot(TOKEN, api_base=emulator.url)
        chat = Chat(id=YOU, type="private")
        emulator.world.person_writes(YOU, "Hello there", emulator.now())
        [asked] = emulator.world.screen(YOU).messages
        message = Message(
            message_id=asked.message_id, date=datetime.now(UTC), chat=chat, text="Hello there"
        )
        with pytest.raises(LookupError):
            await handler(message, Outbox(TelegramTransport(bot)))
        await bot.session.close()
        assert emulator.world.screen(YOU).texts[-1] == f"You wrote Hello there{BROKE_OFF}"


@pytest.mark.anyio
async def test_the_threaded_agent_may_fail(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An exception in the thread is marked as one anywhere else."""
    main = runpy.run_path(str(EXAMPLES / "threaded_agent.py"))["main"]

    def failing(on_delta: Callable[[str], None]) -> None:
        on_delta("Deltas may")
        raise LookupError

    monkeypatch.setitem(main.__globals__, "blocking_agent", failing)
    with pytest.raises(LookupError):
        await main()
    assert repr(f"Deltas may{BROKE_OFF}") in capsys.readouterr().out.splitlines()[-1]


def test_the_threaded_agent_prints_its_message() -> None:
    """The smallest transport of one's own: states of one message, and the whole text at the end."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, str(EXAMPLES / "threaded_agent.py")],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    lines = done.stdout.splitlines()
    assert lines[0].startswith("Post  'Deltas")
    assert lines[-2] == "Edit  'Deltas may come from any thread.'"
    assert lines[-1] == "on screen: True"


def test_the_bot_example_fits_on_a_page() -> None:
    """At most 40 lines, as the README says."""
    assert len((EXAMPLES / "aiogram_bot.py").read_text("utf-8").splitlines()) <= 40
