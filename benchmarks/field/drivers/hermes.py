"""hermes-agent: its `GatewayStreamConsumer` over its own Telegram adapter, as its gateway does it.

The gateway's defaults with streaming switched on (`streaming.enabled: true`): transport `auto`,
drafts in private chats. Where the consumer says that the answer was not delivered, the gateway
sends it whole; so does this. The gateway's "typing" is left out: it would take calls from the same
limits.
"""

from __future__ import annotations

import asyncio
import os
import tempfile

from benchmarks.field.drivers.course import Course, drive

# Its data, its lock on the token, and that it shall look for no other addresses of Telegram: read
# when it is imported or connects.
_HOME = tempfile.mkdtemp(prefix="field-hermes-")
os.environ |= {
    "HERMES_HOME": _HOME,
    "HERMES_GATEWAY_LOCK_DIR": _HOME,
    "HERMES_TELEGRAM_DISABLE_FALLBACK_IPS": "1",
}

from gateway.config import PlatformConfig, StreamingConfig  # noqa: E402
from gateway.stream_consumer import GatewayStreamConsumer, StreamConsumerConfig  # noqa: E402
from plugins.platforms.telegram.adapter import TelegramAdapter  # noqa: E402


async def stream(course: Course) -> None:
    """Connect the adapter, run the consumer, and send what it did not deliver."""
    adapter = TelegramAdapter(
        PlatformConfig(
            enabled=True,
            token=course.token,
            extra={"base_url": f"{course.url}/bot", "fallback_ips": ["149.154.167.220"]},
        )
    )
    if not await adapter.connect():
        raise RuntimeError(f"no connection: {adapter.fatal_error_message}")
    # It sends nothing until its first poll was answered; a gateway that has heard a question is
    # past that. Nothing tells of it but this flag.
    while adapter._send_path_degraded:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    streaming = StreamingConfig(enabled=True)
    consumer = GatewayStreamConsumer(
        adapter=adapter,
        chat_id=str(course.chat_id),
        config=StreamConsumerConfig(
            edit_interval=streaming.edit_interval,
            buffer_threshold=streaming.buffer_threshold,
            cursor=streaming.cursor,
            fresh_final_after_seconds=streaming.fresh_final_after_seconds,
            transport=streaming.transport,
            chat_type="dm" if course.kind == "private" else "group",
        ),
    )
    await course.begin()
    run = asyncio.create_task(consumer.run())
    async for token in course.tokens():
        consumer.on_delta(token)
    consumer.finish()
    await run
    if not (consumer.final_response_sent or consumer.final_content_delivered):
        await adapter._send_with_retry(
            chat_id=str(course.chat_id), content=course.text, metadata={"notify": True}
        )


if __name__ == "__main__":
    drive(stream)
