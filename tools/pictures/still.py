"""Makes docs/streaming.png: the emulator's page while an answer streams into the private chat.

It runs our pump and our Telegram channel against the emulator, and Debian's Chromium:
`make pictures`.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Page, async_playwright, expect

from tickertape.channels.telegram import TelegramTransport
from tickertape.chat import Address, ChatKind
from tickertape.consumer import StreamConsumer
from tickertape.emulator.scene import BEN, TOKEN, YOU
from tickertape.emulator.server import EmulatorServer
from tickertape.emulator.settings import Settings

__all__ = ["make_picture"]

PICTURE = Path(__file__).parents[2] / "docs" / "streaming.png"
CHROMIUM = "/usr/bin/chromium"
WORDS_PER_SECOND = 9.0
"""How fast the agent of the picture speaks."""

GREETING = "Hello! Ask me anything. My answers appear while I write them."
QUESTION = "Why does my bot stall when it streams into a group?"
ANSWER = (
    "Because it edits too often. A group takes about 20 messages a minute, and every edit counts "
    "as one.\n\n"
    "**What helps:**\n"
    "- send the *first words* at once\n"
    "- spread the edits over the whole answer\n"
    "- keep one call for the final text\n\n"
    "The words you see here are a draft: it was shown as often as the budget of this chat "
    "allows, and when the answer is complete one message takes its place. Nothing is lost on "
    "the way, and nothing stands"
)


class Stage:
    """The emulator's people and its bot, moved by plain HTTP."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def bot(self, method: str, **parameters: object) -> dict[str, Any]:
        """One Bot API call."""
        return await self._post(f"/bot{TOKEN}/{method}", parameters)

    async def say(self, chat_id: int, text: str, **more: object) -> dict[str, Any]:
        """A person writes."""
        return await self._post("/view/send", {"chat_id": chat_id, "text": text, **more})

    async def chat_ids(self) -> dict[str, int]:
        """The ids of the chats by their titles."""
        state = (await self._client.get("/view/state")).json()
        return {chat["title"]: chat["id"] for chat in state["chats"]}

    async def _post(self, path: str, body: dict[str, object]) -> dict[str, Any]:
        response = await self._client.post(path, json=body)
        return dict(response.raise_for_status().json())


async def set_scene(stage: Stage) -> None:
    """Gives every chat a last line."""
    ids = await stage.chat_ids()
    await stage.say(ids["The team"], "@tickertape_bot when is the demo?", **{"as": BEN})
    await stage.bot("sendMessage", chat_id=ids["The team"], text="Thursday at ten.")
    await stage.say(ids["Open house"], "Thanks, that was quick!", **{"as": BEN})
    await stage.say(ids["Workshop"], "Notes are in the Ideas topic.")
    await stage.say(ids["News"], "Version 0.1 is out.")
    await stage.say(YOU, "/start")
    await stage.bot("sendMessage", chat_id=YOU, text=GREETING)


async def play(page: Page, consumer: StreamConsumer) -> None:
    """Asks the question and streams the answer, which is not finished yet."""
    await page.locator(f"[data-chat-id='{YOU}']").click()
    await page.get_by_role("button", name="API calls").click()
    await page.get_by_role("textbox", name="Message").fill(QUESTION)
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-message-id]")).to_have_count(3)
    for word in ANSWER.split(" "):
        consumer.on_delta(f"{word} ")
        await asyncio.sleep(1.0 / WORDS_PER_SECOND)
    shown = page.locator("[data-draft-id] .text")
    await expect(shown).to_have_js_property("textContent", ANSWER)


async def make_picture(target: Path = PICTURE) -> None:
    """Runs the emulator and the browser, and writes the picture to `target`."""
    async with (
        EmulatorServer(Settings(round_trip=0.08)) as emulator,
        httpx.AsyncClient(base_url=emulator.url) as client,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        page = await browser.new_page(
            viewport={"width": 1200, "height": 720}, color_scheme="light", reduced_motion="reduce"
        )
        stage = Stage(client)
        await set_scene(stage)
        await page.goto(emulator.url)
        transport = TelegramTransport.open(TOKEN, api_base=emulator.url)
        consumer = StreamConsumer(transport, to=Address("telegram", str(YOU), ChatKind.PRIVATE))
        run = asyncio.create_task(consumer.run())
        await play(page, consumer)
        await page.screenshot(path=target)
        consumer.finish()
        await run
        await transport.aclose()
        await browser.close()


if __name__ == "__main__":
    asyncio.run(make_picture())
