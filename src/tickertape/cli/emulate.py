"""`tickertape emulate`: the Telegram emulator by itself."""

from __future__ import annotations

import asyncio

from tickertape.cli.signals import stopping
from tickertape.emulator.scene import TOKEN
from tickertape.emulator.server import AddressError, EmulatorServer
from tickertape.errors import TransportError

__all__ = ["emulate"]


def emulate(host: str, port: int) -> None:
    """Run the emulator until a signal ends it.

    Raises:
        TransportError: when the port is taken.
    """
    asyncio.run(_emulate(host, port))


async def _emulate(host: str, port: int) -> None:
    ended = asyncio.Event()
    try:
        async with EmulatorServer(host=host, port=port) as emulator:
            with stopping(ended.set):
                print(f"The bot's token: {TOKEN}", flush=True)
                print(f"Tickertape emulator: {emulator.url}  (Ctrl-C ends it)", flush=True)
                await ended.wait()
    except AddressError as error:
        raise TransportError(str(error)) from None
