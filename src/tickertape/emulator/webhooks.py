"""Delivery of updates to webhooks, over HTTP as it is.

One lane for each bot: updates go out one by one in their order, each until the receiver answers
2xx. The first failure is tried again at once, then the delay doubles up to a minute, unless the
receiver names another with `Retry-After` (tdlib/telegram-bot-api WebhookActor.cpp
`on_update_error`). https addresses are verified against the system's certificates.
"""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import Callable
from urllib.parse import SplitResult, unquote, urlsplit

import h11

from tickertape.emulator.answers import Json
from tickertape.emulator.chats import Bot, Webhook
from tickertape.emulator.world import World

__all__ = ["Courier", "DeliveryError", "next_delay", "post"]

LONGEST_DELAY = 60.0
"""Seconds between two attempts at most (WebhookActor.cpp WEBHOOK_MAX_RESEND_TIMEOUT)."""
LONGEST_RETRY_AFTER = 3600.0
"""Seconds that a receiver may ask for (WebhookActor.cpp MAX_RETRY_AFTER)."""
PATIENCE = 60.0
"""Seconds for one delivery; not documented."""
LARGEST_ANSWER = 1024 * 1024
"""Bytes of an answer that are read."""


class DeliveryError(Exception):
    """An update was not taken; the text says why."""

    def __init__(self, reason: str, retry_after: float = 0.0) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        """Seconds that the receiver asked for; 0 where it did not."""


class Courier:
    """Carries updates to webhooks while it runs.

    Args:
        world: Where the updates come from.
        clock: Seconds on the world's clock.
        changed: The event that is set when the world changes next.
    """

    def __init__(
        self, world: World, clock: Callable[[], float], changed: Callable[[], asyncio.Event]
    ) -> None:
        self._world = world
        self._clock = clock
        self._changed = changed

    async def run(self) -> None:
        """Deliver updates until it is cancelled."""
        lanes: dict[int, asyncio.Task[None]] = {}
        async with asyncio.TaskGroup() as group:
            while True:
                changed = self._changed()
                for bot in self._world.bots:
                    lane = lanes.get(bot.id)
                    if self._has_work(bot) and (lane is None or lane.done()):
                        lanes[bot.id] = group.create_task(self._deliver(bot))
                await changed.wait()

    def _has_work(self, bot: Bot) -> bool:
        now = self._clock()
        return bot.webhook is not None and self._world.next_update(bot, now) is not None

    async def _deliver(self, bot: Bot) -> None:
        """Deliver the waiting updates of one bot."""
        failures = 0
        while (webhook := bot.webhook) is not None:
            update = self._world.next_update(bot, self._clock())
            if update is None:
                return
            try:
                async with asyncio.timeout(PATIENCE):
                    await post(webhook, update)
            except TimeoutError:
                failed = DeliveryError("Read timeout expired")
            except DeliveryError as error:
                failed = error
            else:
                failures = 0
                self._world.update_taken(bot, update)
                continue
            self._world.delivery_failed(bot, str(failed), self._clock())
            failures += 1
            await self._wait(bot, next_delay(failures, failed.retry_after))

    async def _wait(self, bot: Bot, seconds: float) -> None:
        """Wait, but no longer than the webhook stays where it is."""
        until = self._clock() + seconds
        url = None if bot.webhook is None else bot.webhook.url
        while bot.webhook is not None and bot.webhook.url == url:
            left = until - self._clock()
            if left <= 0:
                return
            changed = self._changed()
            try:
                async with asyncio.timeout(left):
                    await changed.wait()
            except TimeoutError:
                return


def next_delay(failures: int, retry_after: float) -> float:
    """Return the seconds until the next attempt.

    Args:
        failures: How often the update was not taken; at least 1.
        retry_after: Seconds that the receiver asked for; 0 where it did not.
    """
    if retry_after or failures == 1:
        return retry_after
    return min(LONGEST_DELAY, 2.0 ** min(failures - 1, 10))


async def post(webhook: Webhook, update: Json) -> None:
    """Deliver one update.

    Raises:
        DeliveryError: It was not taken.
    """
    address = urlsplit(webhook.url)
    secure = address.scheme == "https"
    port = address.port or (443 if secure else 80)
    try:
        reader, writer = await asyncio.open_connection(
            address.hostname, port, ssl=ssl.create_default_context() if secure else None
        )
    except OSError as error:
        raise DeliveryError(error.strerror or "Connection failed") from None
    except ValueError:
        raise DeliveryError("Failed to resolve host") from None
    try:
        connection = h11.Connection(h11.CLIENT)
        writer.write(_request(connection, address, webhook, json.dumps(update).encode()))
        await writer.drain()
        response = await _response(connection, reader)
    except (OSError, h11.ProtocolError):
        raise DeliveryError("Webhook connection closed") from None
    finally:
        writer.close()
    if not 200 <= response.status_code < 300:
        phrase = response.reason.decode("latin-1", "replace")
        reason = f"Wrong response from the webhook: {response.status_code} {phrase}"
        raise DeliveryError(reason.strip(), _retry_after(response))


def _request(
    connection: h11.Connection, address: SplitResult, webhook: Webhook, body: bytes
) -> bytes:
    headers = [
        ("Host", address.netloc.rpartition("@")[2]),
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Connection", "close"),
    ]
    if webhook.secret_token is not None:
        headers.append(("X-Telegram-Bot-Api-Secret-Token", webhook.secret_token))
    if address.username is not None:
        pair = f"{unquote(address.username)}:{unquote(address.password or '')}"
        headers.append(("Authorization", "Basic " + base64.b64encode(pair.encode()).decode()))
    target = (address.path or "/") + (f"?{address.query}" if address.query else "")
    head = connection.send(h11.Request(method="POST", target=target, headers=headers))
    data = connection.send(h11.Data(data=body))
    end = connection.send(h11.EndOfMessage())
    return b"".join(part for part in (head, data, end) if part)


async def _response(connection: h11.Connection, reader: asyncio.StreamReader) -> h11.Response:
    """Return the head of the answer; its body is read to its end and ignored."""
    response: h11.Response | None = None
    received = 0
    while received < LARGEST_ANSWER:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            data = await reader.read(65_536)
            received += len(data)
            connection.receive_data(data)
        elif isinstance(event, h11.Response):
            response = event
        elif isinstance(event, h11.EndOfMessage) and response is not None:
            return response
    if response is None:
        raise DeliveryError("The answer of the webhook is too long")
    return response


def _retry_after(response: h11.Response) -> float:
    for name, value in response.headers:
        if name == b"retry-after" and value.isdigit():
            return min(float(value[:9]), LONGEST_RETRY_AFTER)
    return 0.0
