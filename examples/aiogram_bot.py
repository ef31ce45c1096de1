"""In an aiogram bot of your own: TELEGRAM_BOT_TOKEN=... python examples/aiogram_bot.py"""

import asyncio
import os
from collections.abc import AsyncIterator

from aiogram import Dispatcher
from aiogram.types import Message

from tickertape import Outbox, stream
from tickertape.channels.telegram import TelegramTransport, address_of, open_bot

dispatcher = Dispatcher()


async def your_agent(question: str) -> AsyncIterator[str]:
    for word in f"You wrote {question!r}, which has {len(question.split())} words.".split(" "):
        yield word + " "
        await asyncio.sleep(0.1)


@dispatcher.message()
async def answer(message: Message, outbox: Outbox) -> None:
    # If the agent raises, its half answer is marked as broken off, and aiogram logs the exception.
    events = your_agent(message.text or "")
    await stream(events, outbox, to=address_of(message), reply_to=str(message.message_id))


async def main() -> None:
    api_base = os.environ.get("TELEGRAM_API_BASE", "https://api.telegram.org")
    bot = open_bot(os.environ["TELEGRAM_BOT_TOKEN"], api_base=api_base)
    await dispatcher.start_polling(bot, outbox=Outbox(TelegramTransport(bot)))


if __name__ == "__main__":
    asyncio.run(main())
