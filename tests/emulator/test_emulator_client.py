"""An unmodified Bot API client takes the emulator for Telegram."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.types import (
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputRichBlockParagraph,
    InputRichMessage,
    MessageEntity,
    RichBlockParagraph,
)

from tickertape.emulator import (
    BOT_NAME,
    CHANNEL,
    FORUM,
    GROUP,
    IDEAS,
    TOKEN,
    YOU,
    PlannedFault,
    Reset,
    Status,
    Throttle,
)
from tickertape.emulator.server import EmulatorServer

pytestmark = pytest.mark.anyio


@pytest.fixture
async def emulator() -> AsyncIterator[EmulatorServer]:
    """A running emulator."""
    async with EmulatorServer() as emulator:
        yield emulator


@pytest.fixture
async def bot(emulator: EmulatorServer) -> AsyncIterator[Bot]:
    """A bot of aiogram that talks to it."""
    api = TelegramAPIServer.from_base(emulator.url)
    async with Bot(TOKEN, session=AiohttpSession(api=api)).context() as bot:
        yield bot


async def test_messages_are_sent_edited_and_deleted(emulator: EmulatorServer, bot: Bot) -> None:
    """The life of a message, with entities and a keyboard, through typed methods."""
    assert (await bot.get_me()).username == BOT_NAME
    entities = [MessageEntity(type="bold", offset=0, length=2)]
    button = InlineKeyboardButton(text="Stop", callback_data="stop")
    keyboard = InlineKeyboardMarkup(inline_keyboard=[[button]])
    message = await bot.send_message(YOU, "hi", entities=entities, reply_markup=keyboard)
    assert message.text == "hi"
    assert message.entities is not None
    assert [entity.model_dump() for entity in message.entities] == [entities[0].model_dump()]
    assert message.reply_markup is not None
    assert message.reply_markup.model_dump() == keyboard.model_dump()
    edited = await bot.edit_message_text("hi there", chat_id=YOU, message_id=message.message_id)
    assert not isinstance(edited, bool)
    assert (edited.text, edited.reply_markup) == ("hi there", None)
    assert edited.edit_date is not None
    assert emulator.world.screen(YOU).texts == ("hi there",)
    assert await bot.delete_message(YOU, message.message_id)
    assert emulator.world.screen(YOU).messages == ()


async def test_drafts_become_messages(emulator: EmulatorServer, bot: Bot) -> None:
    """Frames are shown and replaced by the message; the stop button comes back as an update."""
    assert await bot.send_chat_action(YOU, "typing")
    assert await bot.send_message_draft(YOU, 7, text="He", can_stop=True)
    assert await bot.send_message_draft(YOU, 7, text="Hello", can_stop=True)
    emulator.world.press_stop(YOU, 7, emulator.now())
    (update,) = await bot.get_updates()
    stopped = update.stopped_message_generation
    assert stopped is not None
    assert (stopped.chat.id, int(stopped.draft_id)) == (YOU, 7)
    await bot.send_message_draft(YOU, 8, text="Again")
    assert [draft.draft_id for draft in emulator.world.screen(YOU).drafts] == [8]
    await bot.send_message(YOU, "Again.")
    assert emulator.world.screen(YOU).drafts == ()


async def test_rich_messages_pass_both_ways(bot: Bot) -> None:
    """Blocks are sent, drafted, and read back as aiogram's own types."""
    rich = InputRichMessage(blocks=[InputRichBlockParagraph(text="a")])
    assert await bot.send_rich_message_draft(YOU, 3, rich_message=rich)
    message = await bot.send_rich_message(YOU, rich)
    assert message.rich_message is not None
    (block,) = message.rich_message.blocks
    assert isinstance(block, RichBlockParagraph)
    assert block.text == "a"
    edited = await bot.edit_message_text(
        rich_message=InputRichMessage(markdown="**b**"),
        chat_id=YOU,
        message_id=message.message_id,
    )
    assert not isinstance(edited, bool)
    assert edited.rich_message is not None


async def test_updates_of_every_kind_are_understood(emulator: EmulatorServer, bot: Bot) -> None:
    """Messages, posts, presses and changes of membership are parsed by aiogram."""
    world, now = emulator.world, emulator.now()
    world.person_writes(FORUM, "@tickertape_bot hi", now, thread_id=IDEAS)
    world.person_writes(CHANNEL, "news", now)
    button = InlineKeyboardButton(text="Go", callback_data="go")
    keyboard = InlineKeyboardMarkup(inline_keyboard=[[button]])
    message = await bot.send_message(GROUP, "x", reply_markup=keyboard)
    world.press_button(GROUP, message.message_id, "go", now)
    world.demote(GROUP, now)
    world.kick(GROUP, now)
    asked, post, press, _, member = await bot.get_updates(timeout=5)
    assert asked.message is not None
    assert (asked.message.message_thread_id, asked.message.is_topic_message) == (IDEAS, True)
    assert asked.message.reply_to_message is not None
    assert asked.message.reply_to_message.forum_topic_created is not None
    assert post.channel_post is not None
    assert press.callback_query is not None
    assert await bot.answer_callback_query(press.callback_query.id, text="done")
    assert member.my_chat_member is not None
    assert await bot.get_updates(offset=member.update_id + 1) == []


async def test_a_long_poll_wakes(emulator: EmulatorServer, bot: Bot) -> None:
    """GetUpdates with a timeout returns when the person writes."""
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    (account,) = emulator.world.bots
    async with asyncio.timeout(10):
        while not account.poll:
            await emulator.changed()
        emulator.world.person_writes(YOU, "now", emulator.now())
        (update,) = await poll
    assert update.message is not None
    assert update.message.text == "now"


async def test_the_bots_own_matters(emulator: EmulatorServer, bot: Bot) -> None:
    """Commands, webhooks and chats are set and read as aiogram's types."""
    commands = [BotCommand(command="help", description="Helps")]
    assert await bot.set_my_commands(commands)
    assert [command.command for command in await bot.get_my_commands()] == ["help"]
    assert await bot.delete_my_commands()
    assert await bot.set_webhook("https://127.0.0.1:9/hook", secret_token="s")
    assert (await bot.get_webhook_info()).url == "https://127.0.0.1:9/hook"
    assert await bot.delete_webhook(drop_pending_updates=True)
    assert (await bot.get_chat(FORUM)).is_forum is True
    assert (await bot.get_chat_member(CHANNEL, bot.id)).status == "administrator"
    assert (await bot.get_chat_member(GROUP, YOU)).status == "member"
    emulator.world.demote(GROUP, emulator.now())
    assert (await bot.get_chat_member(GROUP, bot.id)).status == "restricted"


async def test_errors_have_their_types(emulator: EmulatorServer, bot: Bot) -> None:
    """Each family of errors is recognised as what it is."""
    world = emulator.world
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(5, "x")
    world.block(YOU, emulator.now())
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await bot.send_message(YOU, "x")
    new = world.upgrade_to_supergroup(GROUP, emulator.now())
    with pytest.raises(TelegramMigrateToChat) as moved:
        await bot.send_message(GROUP, "x")
    assert moved.value.migrate_to_chat_id == new.id
    for fault in (Throttle(9), Status(502), Reset()):
        world.faults.add(PlannedFault(fault))
    with pytest.raises(TelegramRetryAfter) as throttled:
        await bot.get_me()
    assert throttled.value.retry_after == 9
    with pytest.raises(TelegramServerError):
        await bot.get_me()
    with pytest.raises(TelegramNetworkError):
        await bot.get_me()
    stranger = Bot("1:stranger", session=bot.session)
    with pytest.raises(TelegramUnauthorizedError):
        await stranger.get_me()
