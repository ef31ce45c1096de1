"""The emulator's page in real Chromium: a person sees exactly what the bot sent."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from page_stage import Bot, answers, pick, pick_topic, shows, write
from playwright.async_api import Browser, BrowserContext, Page, expect

from tickertape.emulator.scene import GROUP, TOKEN, YOU
from tickertape.emulator.server import EmulatorServer

pytest_plugins = ["page_fixtures"]
pytestmark = pytest.mark.anyio

ANSWER = (
    "Streaming shows an answer while it is written. 🎈\n\n"
    "  1. a draft grows\n"
    "  2. a message takes its place\n\n"
    "<img src=x onerror=alert(1)> stays text, & so does &amp;."
)

COUNT_COLOURS = """async (png) => {
  const bytes = Uint8Array.from(atob(png), (character) => character.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const pen = canvas.getContext("2d");
  pen.drawImage(bitmap, 0, 0);
  const { data } = pen.getImageData(0, 0, bitmap.width, bitmap.height);
  return new Set(new Uint32Array(data.buffer)).size;
}"""


def prefixes(text: str, count: int) -> list[str]:
    """`count` growing beginnings of the text, the last one shorter than all of it."""
    return [text[: len(text) * part // (count + 1)].rstrip() for part in range(1, count + 1)]


async def test_a_draft_grows_and_becomes_one_message(page: Page, bot: Bot) -> None:
    """In the private chat the draft's text grows, and the final message takes its place."""
    await expect(page).to_have_title("Tickertape emulator")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Tickertape emulator")
    await pick(page, "Tickertape")
    await write(page, "What is streaming?")
    update = await bot.update()
    assert update["message"]["text"] == "What is streaming?"
    assert update["message"]["chat"]["id"] == YOU
    await shows(page.locator(".own[data-message-id]"), "What is streaming?")

    await bot.call("sendChatAction", chat_id=YOU, action="typing")
    await expect(page.locator("#title .status")).to_have_text("typing…")
    draft = page.locator("[data-draft-id='7']")
    await bot.call("sendMessageDraft", chat_id=YOU, draft_id=7, text="")
    await expect(draft.get_by_text("Thinking…")).to_be_visible()
    for text in [*prefixes(ANSWER, 6), ANSWER]:
        await bot.call("sendMessageDraft", chat_id=YOU, draft_id=7, text=text)
        await shows(draft, text)
    await expect(draft.locator(".meta")).to_have_text("draft")
    row = await draft.element_handle()
    place = await draft.locator(".bubble").bounding_box()

    await bot.call("sendMessage", chat_id=YOU, text=ANSWER)
    await shows(answers(page), ANSWER)
    await expect(page.locator("[data-draft-id]")).to_have_count(0)
    await expect(answers(page)).to_have_count(1)
    assert await row.get_attribute("data-message-id") is not None
    assert await answers(page).locator(".bubble").bounding_box() == place


async def test_a_draft_that_is_not_continued_goes_before_the_message(page: Page, bot: Bot) -> None:
    """A message with another beginning does not take over the draft's bubble, but ends it."""
    await pick(page, "Tickertape")
    await bot.call("sendMessageDraft", chat_id=YOU, draft_id=3, text="Looking it up")
    await shows(page.locator("[data-draft-id='3']"), "Looking it up")
    await bot.call("sendMessage", chat_id=YOU, text="It is 42.")
    await expect(page.locator("[data-draft-id]")).to_have_count(0)
    await shows(answers(page), "It is 42.")
    await bot.call("sendMessageDraft", chat_id=YOU, draft_id=3, text="Looking it up late")
    await expect(page.locator(".ghost[data-draft-id='3'] .meta")).to_have_text("ghost draft")


async def test_a_group_message_grows_by_edits(page: Page, bot: Bot) -> None:
    """In a group the reader writes as somebody, mentions the bot, and sees one edited message."""
    await pick(page, "The team")
    await page.get_by_role("radio", name="Ben").check()
    await write(page, "Hello all")
    await page.get_by_role("radio", name="You").check()
    await page.get_by_role("textbox", name="Message").fill("what is new?")
    await page.get_by_role("button", name="@tickertape_bot").click()
    await page.keyboard.press("Enter")
    await shows(page.locator(".own[data-message-id]"), "@tickertape_bot what is new?")
    first, second = (await bot.update())["message"], (await bot.update())["message"]
    assert (first["from"]["first_name"], first["text"]) == ("Ben", "Hello all")
    assert second["entities"][0]["type"] == "mention"

    chat_id = second["chat"]["id"]
    parts = [*prefixes(ANSWER, 4), ANSWER]
    posted = await bot.call(
        "sendMessage",
        chat_id=chat_id,
        text=parts[0],
        reply_parameters={"message_id": second["message_id"]},
    )
    answer = page.locator(f"[data-message-id='{posted['message_id']}']")
    await shows(answer, parts[0])
    await expect(answer.locator(".quote")).to_contain_text("what is new?")
    await expect(answer.locator(".edited")).to_have_count(0)
    for text in parts[1:]:
        await bot.call(
            "editMessageText", chat_id=chat_id, message_id=posted["message_id"], text=text
        )
        await shows(answer, text)
    await expect(answer.locator(".edited")).to_be_visible()
    await expect(answers(page)).to_have_count(2)
    await expect(answer.locator(".name")).to_have_text("Tickertape")


async def test_a_topic_keeps_to_itself(page: Page, bot: Bot) -> None:
    """What is written in a forum topic is shown there only, and marks other topics as unread."""
    await pick(page, "Workshop")
    await pick_topic(page, "Ideas")
    await write(page, "@tickertape_bot an idea")
    message = (await bot.update())["message"]
    assert message["is_topic_message"] is True
    where = {"chat_id": message["chat"]["id"], "message_thread_id": message["message_thread_id"]}
    await bot.call("sendMessage", **where, text="A fine idea.")
    await shows(answers(page), "A fine idea.")
    await bot.call("sendMessage", chat_id=message["chat"]["id"], text="To everybody.")
    await expect(page.get_by_role("tab", name="General").locator(".dot")).to_be_visible()
    await expect(answers(page)).to_have_count(1)
    await pick_topic(page, "General")
    await shows(answers(page), "To everybody.")
    await expect(page.get_by_role("tab", name="General").locator(".dot")).to_have_count(0)


async def test_the_stop_button_reaches_the_bot(page: Page, bot: Bot) -> None:
    """The stop button of a draft gives the bot its update once."""
    await pick(page, "Tickertape")
    await bot.call("sendMessageDraft", chat_id=YOU, draft_id=77, text="A long", can_stop=True)
    stop = page.get_by_role("button", name="Stop", exact=True)
    await stop.click()
    stopped = (await bot.update())["stopped_message_generation"]
    assert stopped["draft_id"] == "77"
    await expect(stop).to_have_count(0)


async def test_the_drawer_lists_the_calls(page: Page, bot: Bot) -> None:
    """The drawer counts the calls, shows refusals, filters, pauses and clears."""
    await pick(page, "Tickertape")
    await page.get_by_role("button", name="API calls").click()
    calls = page.locator(".call")
    await bot.call("sendMessageDraft", chat_id=YOU, draft_id=5, text="One")
    await bot.call("sendMessage", chat_id=YOU, text="One two")
    refused = await bot.ask("sendMessage", chat_id=YOU, text="")
    assert refused.status_code == 400
    await expect(calls).to_have_count(3)
    await expect(calls.first).to_contain_text("400")
    await expect(calls.first.locator(".reason")).to_contain_text("message text is empty")
    await expect(page.locator("[data-count='drafts']")).to_have_text("1")
    await expect(page.locator("[data-count='sends']")).to_have_text("2")

    await calls.nth(1).locator("summary").click()
    await expect(calls.nth(1).locator(".parameters")).to_contain_text("One two")
    await expect(calls.nth(1).locator(".place")).to_have_text("Tickertape \u00b7 7 characters")
    await page.get_by_label("only errors").check()
    await expect(page.locator(".call:visible")).to_have_count(1)
    await page.get_by_label("only errors").uncheck()
    await page.get_by_label("Method").select_option("sendMessageDraft")
    await expect(page.locator(".call:visible")).to_have_count(1)
    await page.get_by_role("button", name="Pause").click()
    await bot.call("sendMessageDraft", chat_id=YOU, draft_id=6, text="Two")
    await page.get_by_role("button", name="Resume (1)").click()
    await expect(page.locator(".call:visible")).to_have_count(2)
    await expect(page.locator(".chart figcaption")).to_have_text(
        "2 of 40 drafts in 30 s \u00b7 Tickertape"
    )
    await page.get_by_role("button", name="Clear").click()
    await expect(calls).to_have_count(0)
    assert TOKEN not in await page.content()


async def test_a_narrow_window_shows_one_pane(window: BrowserContext, page: Page, bot: Bot) -> None:
    """At 360 pixels the list and the chat take turns, and nothing overflows."""
    await page.set_viewport_size({"width": 360, "height": 740})
    await page.get_by_role("button", name="Back to the chats").click()
    await expect(page.locator("#chat")).to_be_hidden()
    await pick(page, "Tickertape")
    await expect(page.locator("#chats")).to_be_hidden()
    text = "A rather long answer. " * 12 + "w" * 200
    await bot.call("sendMessageDraft", chat_id=YOU, draft_id=9, text=text, can_stop=True)
    draft = page.locator("[data-draft-id='9']")
    await shows(draft, text)
    for part in (draft.locator(".bubble"), draft.locator(".stop"), page.locator(".send")):
        await expect(part).to_be_in_viewport()
        box = await part.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    await page.get_by_role("button", name="API calls").click()
    await expect(page.locator("#drawer")).to_be_visible()
    await page.keyboard.press("Tab")
    await page.get_by_role("button", name="Close the API calls").click()
    await page.get_by_role("button", name="Back to the chats").click()
    await expect(page.locator("#chats")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_picture_is_whole(
    browser: Browser, emulator: EmulatorServer, bot: Bot, scheme: Any
) -> None:
    """In both colour schemes the bubbles are drawn with readable text, inside the window."""
    context = await browser.new_context(
        viewport={"width": 1280, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = await context.new_page()
    await page.goto(emulator.url)
    await pick(page, "Tickertape")
    await write(page, "A question")
    await bot.call("sendMessageDraft", chat_id=YOU, draft_id=4, text="An answer", can_stop=True)
    draft = page.locator("[data-draft-id='4']")
    await shows(draft, "An answer")
    canvas = await context.new_page()
    for part in (draft.locator(".bubble"), page.locator(".own .bubble")):
        await expect(part).to_be_in_viewport(ratio=1)
        picture = base64.b64encode(await part.screenshot(animations="disabled")).decode()
        assert await canvas.evaluate(COUNT_COLOURS, picture) > 8
    assert await page.evaluate("document.documentElement.scrollWidth") == 1280
    await context.close()


async def test_a_button_press_and_a_deletion(page: Page, bot: Bot) -> None:
    """A press of an inline button reaches the bot; the message menu works by keyboard."""
    await pick(page, "Tickertape")
    keyboard = {"inline_keyboard": [[{"text": "More", "callback_data": "more"}]]}
    await bot.call("sendMessage", chat_id=YOU, text="There is more.", reply_markup=keyboard)
    await page.get_by_role("button", name="More", exact=True).click()
    assert (await bot.update())["callback_query"]["data"] == "more"
    await page.get_by_role("button", name="Message menu").press("Enter")
    await page.keyboard.press("ArrowUp")
    await expect(page.get_by_role("menuitem", name="Delete")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(answers(page)).to_have_count(0)


async def test_what_is_refused_is_given_back(
    window: BrowserContext, emulator: EmulatorServer
) -> None:
    """A text that the emulator refuses comes back to the composer with a reason."""
    page = await window.new_page()
    await page.goto(emulator.url)
    await pick(page, "Tickertape")
    text = "long " * 1000
    await write(page, text)
    await expect(page.get_by_role("alert")).not_to_be_empty()
    await expect(page.get_by_role("textbox", name="Message")).to_have_value(text)


async def test_the_end_is_followed_only_from_the_end(page: Page, bot: Bot) -> None:
    """The column follows new text for a reader at the end, and stays put for others."""
    await pick(page, "Tickertape")
    gap = "(e) => Math.round(e.scrollHeight - e.scrollTop - e.clientHeight)"
    column = page.locator("#scroll")
    lines = "\n".join(f"line {number}" for number in range(80))
    await bot.call("sendMessage", chat_id=YOU, text=lines)
    await shows(answers(page), lines)
    await expect(page.locator("#latest")).to_be_hidden()
    assert await column.evaluate(gap) == 0
    await column.evaluate("(e) => { e.scrollTop = 0; }")
    await expect(page.locator("#latest")).to_be_visible()
    await bot.call("sendMessage", chat_id=YOU, text="the latest")
    await expect(page.locator("#latest .count")).to_have_text("1")
    assert await column.evaluate("(e) => e.scrollTop") == 0
    await page.get_by_role("button", name="Jump to the latest message").click()
    await expect(page.locator("#latest")).to_be_hidden()
    assert await column.evaluate(gap) == 0


async def test_the_first_thing_to_do_is_at_hand(page: Page, bot: Bot) -> None:
    """The private chat is open, its field has the cursor, and a click asks an example."""
    await expect(page.get_by_role("textbox", name="Message")).to_be_focused()
    examples = page.locator(".example")
    await expect(examples).to_have_count(3)
    await examples.first.click()
    await expect(page.locator("#examples")).to_be_hidden()
    message = (await bot.update())["message"]
    assert message["chat"]["id"] == YOU
    assert message["text"] == "Explain how tides work, with a list"


async def test_what_a_call_changed_is_told(page: Page, bot: Bot) -> None:
    """Each row says how much text came or went; the chart counts against the chat's limit."""
    await page.get_by_role("button", name="API calls").click()
    sent = await bot.call("sendMessage", chat_id=GROUP, text="One")
    place = {"chat_id": GROUP, "message_id": sent["message_id"]}
    await bot.call("editMessageText", **place, text="One two" + " and more" * 50)
    await bot.call("editMessageText", **place, text="Two")
    places = page.locator(".call .place")
    told = ["The team \u00b7 \u2212454 characters", "The team \u00b7 +454 characters"]
    await expect(places).to_have_text([*told, "The team \u00b7 3 characters"])
    await expect(page.locator(".chart figcaption")).to_have_text(
        "3 of 20 messages and edits in 60 s \u00b7 The team"
    )


async def test_a_double_tap_opens_the_calls_and_no_more(page: Page, bot: Bot) -> None:
    """On a phone the drawer lies over its button: the second tap must not press what is there."""
    await page.set_viewport_size({"width": 390, "height": 740})
    await page.get_by_role("button", name="API calls").dblclick()
    await expect(page.locator("#drawer")).to_be_visible()
    await expect(page.get_by_role("button", name="Pause")).to_be_visible()


async def test_a_message_for_no_bot_gets_a_hint(page: Page) -> None:
    """In a group a message without a mention says why nothing comes."""
    await pick(page, "The team")
    await write(page, "Hello all")
    await expect(page.locator(".notice")).to_contain_text("mention @tickertape_bot")
    await write(page, "@tickertape_bot hello")
    await expect(page.locator(".notice")).to_be_hidden()


async def test_commands_are_offered(page: Page, bot: Bot) -> None:
    """A slash offers the bot's own commands; in a group the chosen one is addressed to it."""
    commands = [{"command": name, "description": f"to {name}"} for name in ("new", "retry", "stop")]
    await bot.call("setMyCommands", commands=commands)
    await pick(page, "Open house")
    field = page.get_by_role("textbox", name="Message")
    await field.press("/")
    await expect(page.get_by_role("option")).to_have_text(
        [
            "/newto new",
            "/retryto retry",
            "/stopto stop",
        ]
    )
    await field.press("ArrowUp")
    await field.press("Enter")
    await expect(field).to_have_value("")
    assert (await bot.update())["message"]["text"] == "/stop@tickertape_bot"


async def test_the_page_comes_back_after_a_restart(window: BrowserContext) -> None:
    """When the emulator goes, the page says so; when another comes, the page shows its world."""
    page = await window.new_page()
    async with EmulatorServer(port=0) as first:
        port = int(first.url.rsplit(":", 1)[1].rstrip("/"))
        await page.goto(first.url)
        await pick(page, "Tickertape")
        await write(page, "Before")
        await shows(page.locator(".own[data-message-id]"), "Before")
    await expect(page.locator("#offline")).to_be_visible()
    async with EmulatorServer(port=port):
        await expect(page.locator("#offline")).to_be_hidden()
        await expect(page.locator("[data-message-id]")).to_have_count(0)
        await write(page, "After")
        await shows(page.locator(".own[data-message-id]"), "After")
        await page.close()
