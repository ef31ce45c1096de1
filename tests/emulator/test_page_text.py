"""How the emulator's page draws texts: exactly, with their formatting, and cheaply."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from page_stage import Bot, answers, pick, shows
from playwright.async_api import Page, expect

from tickertape.emulator.scene import YOU

pytest_plugins = ["page_fixtures"]
pytestmark = pytest.mark.anyio

SHOW_ALL = """async (frames) => {
  const { TextView } = await import("/static/text.js");
  const view = new TextView(document.createElement("div"));
  return frames.map(({ text, entities, fade }) => {
    view.update(text, entities, fade);
    return view.element.textContent;
  });
}"""

ENTITIES = st.fixed_dictionaries(
    {
        "type": st.sampled_from(
            [
                "bold",
                "code",
                "pre",
                "text_link",
                "url",
                "spoiler",
                "blockquote",
                "expandable_blockquote",
            ]
        ),
        "offset": st.integers(-3, 40),
        "length": st.integers(-1, 40),
        "url": st.sampled_from(["https://example.org", "javascript:1"]),
    }
)
GROWN = "one two\n🎈 three <b>four</b>   five\n\nsix, and the tail of it"
FRAMES = st.fixed_dictionaries(
    {
        "text": st.text(max_size=40) | st.integers(0, 55).map(lambda end: GROWN[:end]),
        "entities": st.lists(ENTITIES, max_size=5),
        "fade": st.booleans(),
    }
)


async def test_a_long_draft_is_appended_to(page: Page, bot: Bot) -> None:
    """A frame of 30,000 characters keeps the nodes that are there; only its tail is new."""
    await pick(page, "Tickertape")
    long = "All work and some play. " * 1250
    draft = page.locator("[data-draft-id='8']")
    for text in (long[:29_000], long[:29_500], long):
        await bot.call(
            "sendRichMessageDraft", chat_id=YOU, draft_id=8, rich_message={"markdown": text}
        )
        await shows(draft, text)
        was_seen = await draft.locator(".text").evaluate(
            "({ firstChild: node }) => { const was = !!node.seen; node.seen = true; return was; }"
        )
        assert was_seen is (len(text) > 29_000)
    await expect(draft.locator(".fresh")).to_have_js_property("textContent", long[29_500:])


async def test_entities_become_elements(page: Page, bot: Bot) -> None:
    """Entities are drawn at their UTF-16 offsets; addresses that run scripts are no links."""
    text = "🎈 bold code secret site mail script\nx = 1\nquoted"

    def entity(kind: str, word: str, **more: str) -> dict[str, object]:
        units = len(text[: text.index(word)].encode("utf-16-le")) // 2
        return {"type": kind, "offset": units, "length": len(word), **more}

    await pick(page, "Tickertape")
    await bot.call(
        "sendMessage",
        chat_id=YOU,
        text=text,
        entities=[
            entity("bold", "bold"),
            entity("code", "code"),
            entity("spoiler", "secret"),
            entity("text_link", "site", url="https://example.org/a"),
            entity("pre", "x = 1", language="python"),
            entity("blockquote", "quoted"),
        ],
    )
    body = answers(page).locator(".text")
    await shows(answers(page), text)
    expected = {"strong": "bold", "code": "code", "pre": "x = 1", "blockquote": "quoted"}
    for tag, word in expected.items():
        await expect(body.locator(tag)).to_have_text(word)
    await expect(body.locator("a")).to_have_attribute("href", "https://example.org/a")
    await expect(body.locator("a")).to_have_attribute("rel", "noopener noreferrer")
    await body.locator(".spoiler").press("Enter")
    await expect(body.locator(".spoiler.revealed")).to_have_text("secret")
    addresses = ["javascript:alert(1)", "data:text/html,x", " JavaScript:x", "vbscript:x"]
    refused = await page.evaluate(
        "async (all) => all.map((await import('/static/text.js')).safeAddress)", addresses
    )
    assert refused == [None] * len(addresses)


async def test_rich_messages_are_drawn(page: Page, bot: Bot) -> None:
    """Rich blocks become their elements, and a Markdown source stays exact text."""
    await pick(page, "Tickertape")
    cells = [[{"text": "a", "align": "left", "valign": "top", "is_header": True}]]
    blocks = [
        {"type": "heading", "size": 2, "text": "Title"},
        {"type": "paragraph", "text": ["One ", {"type": "bold", "text": "two"}]},
        {"type": "table", "cells": cells},
        {
            "type": "list",
            "items": [
                {
                    "blocks": [{"type": "paragraph", "text": "done"}],
                    "has_checkbox": True,
                    "is_checked": True,
                }
            ],
        },
    ]
    await bot.call("sendRichMessage", chat_id=YOU, rich_message={"blocks": blocks})
    rich = answers(page).locator(".rich")
    await expect(rich.locator("h2")).to_have_text("Title")
    await expect(rich.locator("strong")).to_have_text("two")
    await expect(rich.locator("th")).to_have_text("a")
    await expect(rich.get_by_role("checkbox")).to_be_checked()
    source = "# Title\n\n* <script>alert(1)</script>"
    await bot.call("sendRichMessage", chat_id=YOU, rich_message={"markdown": source})
    await expect(answers(page)).to_have_count(2)
    await shows(answers(page).last, source)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(frames=st.lists(FRAMES, min_size=1, max_size=6))
async def test_any_text_with_any_entities_is_shown_exactly(
    page: Page, frames: list[dict[str, Any]]
) -> None:
    """Whatever entities come, crossing or out of bounds, the shown text is the text."""
    shown = await page.evaluate(SHOW_ALL, frames)
    assert shown == [frame["text"] for frame in frames]
