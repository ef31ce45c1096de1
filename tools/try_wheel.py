"""Try an installed wheel without extras, at the end of `make package`, by its own Python.

A bot's own code runs with the base install, the commands name what they need besides, and the
files that are no modules are there.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import tickertape
from tickertape import Address, ChatKind, Outbox, stream
from tickertape.testing.transports import FakeTransport

COMMAND = Path(sys.executable).with_name("tickertape")
DATA = ("py.typed", "gateway/config/template.yaml", "emulator/page/index.html")


async def words() -> AsyncIterator[str]:
    """Yield an answer in two pieces."""
    yield "Hello "
    yield "world"


async def streamed() -> str:
    """Return what stands in a chat after an answer was streamed to it."""
    transport, to = FakeTransport(), Address("fake", "1", ChatKind.PRIVATE)
    await stream(words(), Outbox(transport), to=to)
    return "".join(transport.texts(to))


def output(*arguments: str) -> str:
    """Return what the installed command prints."""
    done = subprocess.run([COMMAND, *arguments], capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout + done.stderr


def main() -> None:
    """Fail by the first thing that is not right."""
    assert "site-packages" in tickertape.__file__, "not the wheel, but the sources were tried"
    assert version("tickertape") == tickertape.__version__
    missing = [name for name in tickertape.__all__ if not hasattr(tickertape, name)]
    assert not missing, missing
    assert asyncio.run(streamed()) == "Hello world"
    for name in DATA:
        assert files("tickertape").joinpath(name).is_file(), name
    assert output("--version") == f"tickertape {tickertape.__version__}\n"
    assert "serve" in output("--help")
    assert "pip install" in output("serve")
    print(f"tickertape {tickertape.__version__}: the wheel works")


if __name__ == "__main__":
    main()
