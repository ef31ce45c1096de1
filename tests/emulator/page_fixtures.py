"""The fixtures of the page's tests: Chromium, an emulator, its bot, and the page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from page_stage import Bot
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from tickertape.emulator.server import EmulatorServer

__all__ = ["bot", "browser", "emulator", "executable", "page", "window"]

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 10_000
"""Milliseconds after which something that was awaited on the page counts as missing."""


@pytest.fixture(scope="module")
def executable() -> Path:
    """Where Chromium is."""
    if not CHROMIUM.exists():
        pytest.fail(f"The tests of the page need Chromium at {CHROMIUM}: apt-get install chromium")
    return CHROMIUM


@pytest.fixture(scope="module")
async def browser(executable: Path) -> AsyncIterator[Browser]:
    """One Chromium for all tests of the page."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield chromium
        await chromium.close()


@pytest.fixture
async def emulator() -> AsyncIterator[EmulatorServer]:
    """An emulator with its default world."""
    async with EmulatorServer(port=0) as server:
        yield server


@pytest.fixture
async def bot(emulator: EmulatorServer) -> AsyncIterator[Bot]:
    """The default world's bot."""
    async with httpx.AsyncClient(base_url=emulator.url, timeout=20) as client:
        yield Bot(client)


@pytest.fixture
async def window(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A wide browser window without motion."""
    context = await browser.new_context(
        viewport={"width": 1280, "height": 800}, reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    yield context
    await context.close()


@pytest.fixture
async def page(window: BrowserContext, emulator: EmulatorServer) -> AsyncIterator[Page]:
    """The emulator's page, open; it must not complain in the console."""
    page = await window.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda line: complaints.append(line.text) if line.type in {"error", "warning"} else None,
    )
    await page.goto(emulator.url)
    yield page
    assert complaints == []
