"""Makes docs/moving.gif: an answer grows in a chat, and another one in a terminal next to it.

Both are the real thing: our pump and our Telegram channel against the emulator, shown by its page
in Debian's Chromium; `tickertape ask` in a terminal. Only what the agents say is scripted. All is
recorded slower than it is shown, so that a slow machine makes the same picture: `make pictures`.
"""

from __future__ import annotations

import asyncio
import io
import os
import sys
from itertools import pairwise
from pathlib import Path
from time import monotonic

import httpx
from PIL import Image
from playwright.async_api import Page, ViewportSize, async_playwright
from speaker import pieces
from still import CHROMIUM, Stage, set_scene
from terminal import CommandScreen

from tickertape.channels.telegram import TelegramTransport
from tickertape.chat import Address, ChatKind
from tickertape.consumer import StreamConsumer
from tickertape.emulator.scene import TOKEN, YOU
from tickertape.emulator.server import EmulatorServer
from tickertape.emulator.settings import Settings

__all__ = ["make_moving_picture"]

PICTURE = Path(__file__).parents[2] / "docs" / "moving.gif"
CHAT: ViewportSize = {"width": 420, "height": 510}
WINDOW: ViewportSize = {"width": 540, "height": 510}
COLUMNS, ROWS = 58, 22
SLOWER = 8.0
"""How much longer the recording takes than the picture."""
PAUSE = 0.11
"""Seconds between words, in the picture."""
FRAMES = 7.0
"""Pictures a second, in the picture."""
LAST = 3.5
"""Seconds for which the last frame stays."""
COLOURS = 128

QUESTION = "Why does a bicycle stay upright?"
ASKED = "How does git rebase work?"
SHELL = """
<body style="margin:0;background:#e9edf2;height:100vh;display:flex">
<div style="margin:14px 14px 14px 6px;flex:1;background:#1e2430;border-radius:10px;overflow:hidden">
<div style="background:#2b3240;padding:9px 12px"><span style="color:#e5737b">●</span>
<span style="color:#e6c07b">●</span> <span style="color:#8fce8b">●</span></div>
<pre id="screen" style="margin:12px;font:13.2px/1.42 'DejaVu Sans Mono',monospace"></pre></div>
"""


class Recording:
    """The frames so far, each with the moment at which it was taken."""

    def __init__(self, chat: Page, window: Page, terminal: CommandScreen) -> None:
        self._pages = (chat, window)
        self._terminal = terminal
        self.frames: list[tuple[float, Image.Image]] = []

    async def run(self) -> None:
        """Take frames until cancelled."""
        while True:
            due = monotonic() + SLOWER / FRAMES
            await self.take()
            await asyncio.sleep(max(0.0, due - monotonic()))

    async def take(self) -> None:
        """Take a frame of both pages, side by side."""
        chat, window = self._pages
        await window.evaluate(
            "rows => document.getElementById('screen').innerHTML = rows", self._terminal.as_html()
        )
        taken = monotonic()
        shots = [Image.open(io.BytesIO(await page.screenshot())) for page in (chat, window)]
        frame = Image.new("RGB", (sum(shot.width for shot in shots), CHAT["height"]))
        frame.paste(shots[0], (0, 0))
        frame.paste(shots[1], (shots[0].width, 0))
        self.frames.append((taken, frame))

    def write(self, target: Path) -> None:
        """Write the frames as a GIF that begins again; frames that do not differ are one."""
        palette = self.frames[-1][1].quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE)
        moments = [taken for taken, _ in self.frames]
        lengths = [(later - one) / SLOWER for one, later in pairwise(moments)]
        images = [
            frame.quantize(palette=palette, dither=Image.Dither.NONE) for _, frame in self.frames
        ]
        images[0].save(
            target, save_all=True, append_images=images[1:], loop=0, optimize=True,
            duration=[round(1000 * length) for length in [*lengths, LAST]],
        )  # fmt: skip


async def speak(transport: TelegramTransport) -> None:
    """Stream the answer into the private chat."""
    to = Address("telegram", str(YOU), ChatKind.PRIVATE)
    async with StreamConsumer(transport, to=to) as answer:
        for piece in pieces(QUESTION):
            answer.on_delta(piece)
            await asyncio.sleep(PAUSE * SLOWER)


async def ask(terminal: CommandScreen) -> None:
    """Type the question at a prompt, and run the command."""
    terminal.show("\033[32m$\033[0m ")
    for letter in f'tickertape ask "{ASKED}"':
        terminal.show(letter)
        await asyncio.sleep(0.03 * SLOWER)
    terminal.show("\r\n")
    command = ("-m", "tickertape", "ask", "--agent", "speaker:answer", ASKED)
    environment = {**os.environ, "SPEAKER_PAUSE": str(PAUSE * SLOWER)}
    folder = Path(__file__).parent
    await terminal.run(sys.executable, *command, cwd=folder, environment=environment)
    terminal.show("\033[32m$\033[0m ")


async def make_moving_picture(target: Path = PICTURE) -> None:
    """Record both, and write the picture to `target`."""
    async with (
        EmulatorServer(Settings(round_trip=0.08)) as emulator,
        httpx.AsyncClient(base_url=emulator.url) as client,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        chat = await browser.new_page(viewport=CHAT, color_scheme="light", reduced_motion="reduce")
        window = await browser.new_page(viewport=WINDOW)
        await window.set_content(SHELL)
        stage = Stage(client)
        await set_scene(stage)
        await chat.goto(emulator.url)
        await chat.locator(f"[data-chat-id='{YOU}']").click()
        terminal = CommandScreen(COLUMNS, ROWS)
        recording = Recording(chat, window, terminal)
        transport = TelegramTransport.open(TOKEN, api_base=emulator.url)
        taking = asyncio.create_task(recording.run())
        await stage.say(YOU, QUESTION)
        await asyncio.gather(speak(transport), ask(terminal))
        taking.cancel()
        await asyncio.wait({taking})
        await recording.take()
        recording.write(target)
        await transport.aclose()
        await browser.close()


if __name__ == "__main__":
    asyncio.run(make_moving_picture())
