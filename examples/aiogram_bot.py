"""In an aiogram bot of your own: TELEGRAM_BOT_TOKEN=... python examples/aiogram_bot.py"""

import asyncio
import os
from collections.abc import Callable

from aiogram import Dispatcher
from aiogram.types import Message

from tickertape import Outbox, StreamConsumer
from tickertape.channels.telegram import TelegramTransport, address_of, open_bot

dispatcher = Dispatcher()


async def your_agent(question: str, say: Callable[[str], None]) -> None:
    for word in f"You wrote {question!r}, which has {len(question.split())} words.".split(" "):
        say(word + " ")
        await asyncio.sleep(0.1)


@dispatcher.message()
async def answer(message: Message, outbox: Outbox) -> None:
    consumer = StreamConsumer(outbox, to=address_of(message), reply_to=message.message_id)
    run = asyncio.create_task(consumer.run())
    await your_agent(message.text or "", consumer.on_delta)
    consumer.finish()
    await run


async def main() -> None:
    api_base = os.environ.get("TELEGRAM_API_BASE", "https://api.telegram.org")
    bot = open_bot(os.environ["TELEGRAM_BOT_TOKEN"], api_base=api_base)
    await dispatcher.start_polling(bot, outbox=Outbox(TelegramTransport(bot)))


if __name__ == "__main__":
    asyncio.run(main())
