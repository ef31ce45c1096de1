"""The line of input by itself: what is asked is asked, whatever becomes of the history."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from tickertape.cli.chat.keyboard import KeyActions, history_at, keyboard

pytestmark = pytest.mark.anyio


class Full(InMemoryHistory):
    """A history on a disk that is full."""

    def store_string(self, string: str) -> None:
        raise OSError("No space left on device")


async def test_a_history_that_cannot_be_written_ends_nothing() -> None:
    """The question is asked, and the next one as well."""
    asked: list[str] = []
    output = DummyOutput()
    with create_pipe_input() as typed, create_app_session(input=typed, output=output):
        session = keyboard(
            output,
            Full(),
            KeyActions(
                ask=asked.append,
                interrupt=lambda: False,
                leave=lambda: session.app.exit(),  # noqa: PLW0108 - it is not there yet
                suspend=lambda: None,
                complete=lambda _: "",
            ),
            room=lambda: 5,
        )
        typed.send_text("one\rtwo\r\x04")
        async with asyncio.timeout(10):
            await session.prompt_async()
    assert asked == ["one", "two"]


def test_a_history_that_cannot_be_opened_is_kept_in_memory(tmp_path: Path) -> None:
    """A folder stands where the file would: the talk goes on without it."""
    path = tmp_path / "history"
    path.mkdir()
    assert isinstance(history_at(path), InMemoryHistory)
