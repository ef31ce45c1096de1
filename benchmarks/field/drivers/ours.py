"""Tickertape: a `StreamConsumer` with its defaults, over the Telegram transport."""

from __future__ import annotations

import asyncio

from benchmarks.field.drivers.course import Course, drive
from tickertape.channels.telegram import TelegramTransport
from tickertape.chat import Address, ChatKind
from tickertape.consumer import StreamConsumer


async def stream(course: Course) -> None:
    """Feed the tokens to a consumer that runs beside them."""
    transport = TelegramTransport.open(course.token, api_base=course.url)
    kind = ChatKind.PRIVATE if course.kind == "private" else ChatKind.GROUP
    consumer = StreamConsumer(transport, to=Address("telegram", str(course.chat_id), kind))
    async with asyncio.TaskGroup() as group:
        group.create_task(consumer.run())
        await course.begin()
        async for token in course.tokens():
            consumer.on_delta(token)
        consumer.finish()
    await transport.aclose()


if __name__ == "__main__":
    drive(stream)
