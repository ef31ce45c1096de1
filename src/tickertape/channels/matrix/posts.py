"""What a channel posted and who asked for it, and the stop buttons under it."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Coroutine
from typing import Any, Final

from tickertape.channels.matrix import calls
from tickertape.channels.matrix.calls import CallDenied, CallGranted
from tickertape.channels.matrix.client import MatrixClient
from tickertape.channels.matrix.outbound import STOP, reaction, transaction
from tickertape.chat import Address, ChatKind, Message

__all__ = ["OwnPosts", "StopReactions"]

_log = logging.getLogger(__name__)

_REMEMBERED: Final = 5_000
"""Messages of each kind that are remembered: more than are written at the same time."""
_TRIES: Final = 8
_GOODBYE_SECONDS: Final = 2.0


class OwnPosts:
    """Remembers the latest messages of the bot, and those of people that it may answer."""

    def __init__(self) -> None:
        self._places: OrderedDict[str, Address] = OrderedDict()
        self._gone: OrderedDict[str, None] = OrderedDict()
        self._withdrawn: OrderedDict[str, None] = OrderedDict()
        self._askers: OrderedDict[str, str] = OrderedDict()

    def __contains__(self, message_id: object) -> bool:
        """Return whether a message is the bot's."""
        return message_id in self._places

    def place(self, message_id: str) -> Address | None:
        """Return where a message of the bot's is."""
        return self._places.get(message_id)

    def posted(self, message_id: str, address: Address) -> None:
        """Record a message of the bot's."""
        _keep(self._places, message_id, address)

    def delete(self, message_id: str) -> None:
        """Record that the bot removed a message."""
        _keep(self._gone, message_id, None)

    def withdraw(self, message_id: str) -> None:
        """Record that a person removed a message: nothing of it is shown any more."""
        _keep(self._withdrawn, message_id, None)

    def is_deleted(self, message_id: str) -> bool:
        """Return whether the bot removed a message."""
        return message_id in self._gone

    def is_withdrawn(self, message_id: str) -> bool:
        """Return whether a person removed a message."""
        return message_id in self._withdrawn

    def asked(self, message: Message) -> None:
        """Record who wrote a message in a group."""
        if message.message_id and message.sender and message.address.kind is ChatKind.GROUP:
            _keep(self._askers, message.message_id, message.sender.id)

    def asker(self, message_id: str | None) -> str:
        """Return who wrote a message; empty: no one is notified by name."""
        return self._askers.get(message_id or "", "")


def _keep(kept: OrderedDict[str, Any], key: str, value: object) -> None:
    kept[key] = value
    if len(kept) > _REMEMBERED:
        kept.popitem(last=False)


class StopReactions:
    """Puts stop buttons under messages, and takes them away: reactions of the bot's.

    In tasks of their own: a button holds up no text. One that cannot be put is left out, as people
    can react by themselves, or write `stop`.
    """

    def __init__(self, client: MatrixClient) -> None:
        self._client = client
        self._made: dict[str, str] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def put(self, room: str, message_id: str) -> None:
        """Start putting a button under a message."""
        self._start(message_id, self._put(room, message_id))

    def inherit(self, message_id: str) -> None:
        """Record a message of another process's, which may have left a button there."""
        self._made.setdefault(message_id, "")

    def remove(self, room: str, message_id: str) -> None:
        """Start taking the button of a message away, once it is there; nothing if it has none."""
        if message_id not in self._made and message_id not in self._tasks:
            return
        self._start(message_id, self._remove(room, message_id, self._tasks.get(message_id)))

    async def removed(self, room: str, message_id: str) -> None:
        """Return when the button of a message is taken away, or cannot be."""
        await self._remove(room, message_id, self._tasks.get(message_id))

    async def aclose(self) -> None:
        """Wait a moment for what is on its way."""
        if tasks := set(self._tasks.values()):
            _, late = await asyncio.wait(tasks, timeout=_GOODBYE_SECONDS)
            for task in late:
                task.cancel()

    def _start(self, message_id: str, work: Coroutine[Any, Any, None]) -> None:
        task = self._tasks[message_id] = asyncio.create_task(work)
        task.add_done_callback(lambda done: self._forget(message_id, done))

    def _forget(self, message_id: str, task: asyncio.Task[None]) -> None:
        if self._tasks.get(message_id) is task:
            del self._tasks[message_id]

    async def _put(self, room: str, message_id: str) -> None:
        call = calls.send(room, "m.reaction", reaction(message_id), transaction("stop", message_id))
        answer = await self._client.ask(call)
        if isinstance(answer, CallGranted):
            self._made[message_id] = str(answer.body.get("event_id"))
        elif not isinstance(answer, CallDenied):
            self._made[message_id] = ""  # it may be there

    async def _remove(self, room: str, message_id: str, putting: asyncio.Task[None] | None) -> None:
        if putting is not None:
            await asyncio.wait({putting})
        made = self._made.pop(message_id, "")
        for event_id in [made] if made else await self._found(room, message_id):
            call = calls.redact(room, event_id, transaction("stop", event_id))
            for attempt in range(_TRIES):
                match await self._client.ask(call):
                    case CallDenied(retry_after=float() as wait):
                        await asyncio.sleep(wait)
                    case CallGranted() | CallDenied():
                        break
                    case _:
                        await asyncio.sleep(2.0**attempt)

    async def _found(self, room: str, message_id: str) -> list[str]:
        """Return the buttons of the bot's under a message that another process made."""
        answer = await self._client.ask(calls.relations(room, message_id, "m.annotation"))
        if not isinstance(answer, CallGranted):
            return []
        found = []
        for event in answer.body.get("chunk", ()):
            relation = event.get("content", {}).get("m.relates_to", {})
            if event.get("sender") == self._client.user and relation.get("key") == STOP:
                found.append(str(event.get("event_id")))
        return found
