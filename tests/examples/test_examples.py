"""Every example runs as a reader would run it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tickertape.emulator.scene import FORUM, GROUP, IDEAS, TOKEN, YOU
from tickertape.emulator.server import EmulatorServer

EXAMPLES = Path(__file__).parents[2] / "examples"
ANSWER = "You wrote 'Hello there', which has 2 words."


@pytest.mark.anyio
@pytest.mark.parametrize(("chat_id", "thread_id"), [(YOU, None), (GROUP, None), (FORUM, IDEAS)])
async def test_the_aiogram_bot_streams(chat_id: int, thread_id: int | None) -> None:
    """Somebody's own aiogram bot answers live, in the chat and topic that was written in."""
    async with EmulatorServer() as emulator:
        bot = await asyncio.create_subprocess_exec(
            sys.executable,
            str(EXAMPLES / "aiogram_bot.py"),
            env={**os.environ, "TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_BASE": emulator.url},
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            emulator.world.person_writes(
                chat_id, "Hello there", emulator.now(), thread_id=thread_id
            )
            async with asyncio.timeout(30):
                while emulator.world.screen(chat_id).texts[-1] != ANSWER:
                    await emulator.changed()
        finally:
            bot.kill()
            await bot.wait()
        screen = emulator.world.screen(chat_id)
        assert [m.thread_id for m in screen.messages][-1] == thread_id
        assert not screen.drafts


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
