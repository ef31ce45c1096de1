"""`tickertape chat`: a conversation in the terminal, with the agent that the bot has.

It is the bot's gateway with another channel: commands, the line of waiting questions, the memory
and stops are the same. What was said is forgotten at the end.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from tickertape.cli.by_line import ByLine
from tickertape.cli.desk import HERE, YOU, Desk
from tickertape.cli.echo import unechoed
from tickertape.cli.imports import kept_for_good
from tickertape.cli.quiet import warn_on_stderr
from tickertape.cli.signals import telling
from tickertape.cli.who import Present, Who, embedded_alone, present, ready, who
from tickertape.errors import TransportError
from tickertape.gateway.access import Access
from tickertape.gateway.loop import Gateway, ShowingFor
from tickertape.gateway.memory import PassingMemory
from tickertape.gateway.settings import ChatSettings, Visibility

__all__ = ["chat"]

_SIGNALLED = 128
_CLOSED_PIPE = _SIGNALLED + int(getattr(signal, "SIGPIPE", 13))


def chat(*, config: Path | None, agent: str, model: str, reasoning: Visibility | None) -> int:
    """Talk until the person leaves; give the exit code.

    Args:
        config: the configuration file; None for `tickertape.yaml`, where that exists.
        agent: an agent of one's own as `module:object`; empty: the configured models.
        model: the model's name; empty for the default.
        reasoning: what is seen of the model's thinking; None: as configured.

    Raises:
        ConfigError: when an argument or the configuration cannot be used.
        ModelUnavailableError: when the embedded model is needed and cannot be had.
    """
    if sys.stdin is None or sys.stdout is None:
        raise TransportError("there is no standard input or output")
    on_screen = sys.stdin.isatty() and sys.stdout.isatty() and not _is_dumb()
    with kept_for_good():
        answering = who(config=config, agent=agent, environ=os.environ) or embedded_alone()
        chosen = ChatSettings(reasoning, answering.named(model))
        ready(answering)
    # What fails is told in the answer's place, on either side.
    warn_on_stderr(answering.secrets.values, enabled=False)
    talk = _on_screen if on_screen else _by_line
    return asyncio.run(talk(answering, chosen))


async def _on_screen(answering: Who, chosen: ChatSettings) -> int:
    with kept_for_good():
        from tickertape.cli.window import Window  # noqa: PLC0415 - not between pipes

    ended = 0
    desk = Desk()
    window = Window(desk)

    def signalled(number: int) -> None:
        nonlocal ended
        ended = _SIGNALLED + number
        desk.leave()

    async with AsyncExitStack() as stack:
        # What is typed before there is a line of input is shown in it, and nowhere else.
        stack.enter_context(unechoed(sys.stdin.fileno()))
        found = await stack.enter_async_context(present(answering))
        window.say(_greeting(answering, chosen))
        async with window.typing():
            stack.enter_context(telling(signalled))
            await _talk(desk, answering, found, chosen, window.showing)
    return ended


async def _by_line(answering: Who, chosen: ChatSettings) -> int:
    ended = 0
    desk = Desk()

    def signalled(number: int) -> None:
        nonlocal ended
        ended = _SIGNALLED + number
        desk.leave()

    def unread() -> None:
        nonlocal ended
        ended = _CLOSED_PIPE
        desk.leave()

    lines = ByLine(desk, unread)
    async with present(answering) as found:
        reading = asyncio.create_task(lines.read())
        with telling(signalled):
            await _talk(desk, answering, found, chosen, lines.showing)
        reading.cancel()
        await asyncio.wait({reading})
        await lines.aclose()
    return ended


async def _talk(
    desk: Desk, answering: Who, found: Present, chosen: ChatSettings, showing: ShowingFor
) -> None:
    """Answer what is asked until the person leaves."""
    memory = PassingMemory()
    await memory.change(HERE, chosen)
    gateway = Gateway(
        desk,
        found.agent,
        memory,
        Access(frozenset({YOU.id})),
        streaming=answering.config.streaming,
        models=answering.models,
        showing=showing,
    )
    await gateway.run()


def _is_dumb() -> bool:
    """Whether the terminal can do nothing but show lines of text."""
    return os.environ.get("TERM", "dumb") in {"", "dumb"}


def _greeting(answering: Who, chosen: ChatSettings) -> str:
    name = answering.agent or answering.models.get(chosen.model, "")
    return f"{name} - /help lists the commands, Ctrl-D leaves"
