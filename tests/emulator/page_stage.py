"""A bot that speaks plain HTTP, and what a reader does and sees on the emulator's page."""

from __future__ import annotations

from typing import Any

import httpx
from playwright.async_api import Locator, Page, expect

from tickertape.emulator.scene import TOKEN

__all__ = ["Bot", "answers", "pick", "pick_topic", "shows", "write"]


class Bot:
    """A bot that speaks plain HTTP."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._offset = 0

    async def call(self, method: str, **parameters: object) -> Any:
        """One Bot API call that must be accepted."""
        answer = (await self.ask(method, **parameters)).json()
        assert answer["ok"], answer
        return answer["result"]

    async def ask(self, method: str, **parameters: object) -> httpx.Response:
        """One Bot API call, whatever comes of it."""
        return await self._client.post(f"/bot{TOKEN}/{method}", json=parameters)

    async def update(self) -> dict[str, Any]:
        """The next update; it is confirmed with the next call."""
        updates = await self.call("getUpdates", offset=self._offset, limit=1, timeout=10)
        self._offset = updates[0]["update_id"] + 1
        return dict(updates[0])


async def pick(page: Page, title: str) -> None:
    """Opens a chat from the list, and waits until it is the one that is written to."""
    item = page.locator(".chat-item", has=page.get_by_text(title, exact=True))
    await item.click()
    await expect(item).to_have_attribute("aria-current", "true")
    await expect(page.locator("#open")).to_be_visible()


async def pick_topic(page: Page, name: str) -> None:
    """Turns to a topic of the open chat, and waits until it is the one that is written to.

    A browser tells of a new address after the click is over, and only then the page turns.
    """
    tab = page.get_by_role("tab", name=name)
    await tab.click()
    await expect(tab).to_have_attribute("aria-selected", "true")


async def write(page: Page, text: str) -> None:
    """Types a message and sends it with Enter."""
    await page.get_by_role("textbox", name="Message").fill(text)
    await page.keyboard.press("Enter")


async def shows(row: Locator, text: str) -> None:
    """Waits until the row's text is exactly `text`."""
    await expect(row.locator(".text")).to_have_js_property("textContent", text)


def answers(page: Page) -> Locator:
    """Messages that others wrote."""
    return page.locator("[data-message-id]:not(.own)")
