"""aiogram-stream-sender: a stream of its runtime, with its default options, as its README says."""

from __future__ import annotations

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram_stream_sender import SenderRuntime

from benchmarks.field.drivers.course import Course, drive


async def stream(course: Course) -> None:
    """Say with every token what the text looks like by then."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(course.url))
    sender = SenderRuntime().scoped(Bot(course.token, session=session), course.chat_id, None)
    text = ""
    await course.begin()
    async with sender.stream() as live:
        async for token in course.tokens():
            text += token
            live.update([{"text": text}])


if __name__ == "__main__":
    drive(stream)
