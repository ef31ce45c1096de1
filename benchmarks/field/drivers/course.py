"""What a driver is told, and what it says: the standard library alone, for any environment.

    argv     url, token, chat id, `private` or `group`, path of the trace
    stdout   READY   set up; the library was not yet told of the answer
    stdin    GO t    the token clock begins at Unix time t: then the library is told
    stdout   DONE    the library says that it is done
    stdout   FAILED why   the library gave up

Whatever else a driver prints is not listened to.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Course", "drive"]


@dataclass(slots=True)
class Course:
    """One answer that is to be streamed."""

    url: str
    """The Bot API, without a slash at its end."""
    token: str
    """The bot's token."""
    chat_id: int
    """Where the answer goes."""
    kind: str
    """`private` or `group`."""
    trace: list[tuple[float, str]]
    """The tokens and their seconds."""
    begun_at: float = 0.0
    """When the token clock began, in Unix time."""

    @property
    def text(self) -> str:
        """The whole answer."""
        return "".join(text for _, text in self.trace)

    async def begin(self) -> None:
        """Say that all is set up, and wait until the token clock begins."""
        print("READY", flush=True)
        word, at = (await asyncio.to_thread(sys.stdin.readline)).split()
        assert word == "GO", word
        self.begun_at = float(at)
        await asyncio.sleep(self.begun_at - time.time())

    async def tokens(self) -> AsyncGenerator[str, None]:
        """Give each token at its time."""
        for seconds, text in self.trace:
            await asyncio.sleep(self.begun_at + seconds - time.time())
            yield text


def drive(stream: Callable[[Course], Awaitable[None]]) -> None:
    """Run a driver to its end, say how it ended, and leave at once."""
    url, token, chat_id, kind, path = sys.argv[1:]
    trace = [(float(at), str(text)) for at, text in json.loads(Path(path).read_text("utf-8"))]
    course = Course(url, token, int(chat_id), kind, trace)

    async def streamed() -> None:
        await stream(course)

    try:
        asyncio.run(streamed())
    except Exception as error:  # noqa: BLE001 - whatever a library raises is its result
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        print(f"FAILED {reason[:200]}", flush=True)
    else:
        print("DONE", flush=True)
    # What a library leaves running in the background is of no interest any more.
    os._exit(0)
