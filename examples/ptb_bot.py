"""In a python-telegram-bot of your own: TELEGRAM_BOT_TOKEN=... python examples/ptb_bot.py"""

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any

from telegram import Update
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from tickertape import Button, Outbox, stream
from tickertape.channels.telegram import TelegramTransport, address_of, button_data

TOKEN = os.environ.get("TELEGRAM_BOT_TOKEN", "")
API_BASE = os.environ.get("TELEGRAM_API_BASE", "https://api.telegram.org")
RATING = (Button("👍", "good"), Button("👎", "bad"))


async def your_agent(question: str) -> AsyncIterator[str]:
    for word in f"You wrote {question!r}, which has {len(question.split())} words.".split(" "):
        yield word + " "
        await asyncio.sleep(0.1)


def sorry(error: Exception) -> str:
    # Your own words below an answer that broke off. Count or log the error here.
    return f"That went wrong ({type(error).__name__}). Please ask again."


async def answer(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    message = update.effective_message
    if message is None:
        return
    await stream(
        your_agent(message.text or ""),
        context.bot_data["outbox"],
        to=address_of(message),
        reply_to=str(message.message_id),
        buttons=RATING,
        on_error=sorry,
    )


async def rate(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    query = update.callback_query
    if query is not None and (rating := button_data(query.data)) is not None:
        await query.answer(f"You found it {rating}. Thank you!")


async def begin(application: Application[Any, Any, Any, Any, Any, Any]) -> None:
    # Once for each bot: it owns the rate limits. python-telegram-bot reads, Tickertape writes.
    transport = TelegramTransport.open(TOKEN, api_base=API_BASE)
    application.bot_data |= {"transport": transport, "outbox": Outbox(transport)}


async def end(application: Application[Any, Any, Any, Any, Any, Any]) -> None:
    await application.bot_data["outbox"].drain()
    await application.bot_data["transport"].aclose()


def main() -> None:
    # Without concurrent updates the second chat would wait for the answer in the first.
    builder = ApplicationBuilder().token(TOKEN).base_url(f"{API_BASE}/bot")
    application = builder.concurrent_updates(True).post_init(begin).post_shutdown(end).build()
    application.add_handler(MessageHandler(filters.TEXT, answer))
    application.add_handler(CallbackQueryHandler(rate))
    application.run_polling()


if __name__ == "__main__":
    main()
