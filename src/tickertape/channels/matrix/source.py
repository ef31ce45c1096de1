"""Reads an account: syncs, accepts invitations, and keeps how far it was read.

A message is dealt with when the reader comes back for the next one. How far that is stands in the
account itself, as account data: so nothing is lost or asked twice, whichever machine goes on. What
is read for the first time begins with the present: older messages are no questions to the bot.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from tickertape.channels.matrix import calls
from tickertape.channels.matrix.calls import CallDenied, CallGranted, Json, NotEncryptedError
from tickertape.channels.matrix.client import MatrixClient
from tickertape.channels.matrix.inbound import (
    BotIdentity,
    Groups,
    is_stop,
    message_of,
    relation_of,
    sender_of,
)
from tickertape.channels.matrix.outbound import notice, transaction
from tickertape.channels.matrix.position import (
    Invitation,
    Position,
    filter_for,
    history_filter,
    invitations_in,
    since_invited,
)
from tickertape.channels.matrix.posts import OwnPosts
from tickertape.channels.matrix.rooms import MatrixRoom, room_of
from tickertape.chat import Address, ChatKind, Inbound, Person, StopPressed
from tickertape.errors import TransportError

if TYPE_CHECKING:
    from tickertape.channels.matrix.encryption import Encryption

__all__ = ["NOT_ENCRYPTED", "NO_KEY", "MatrixSource"]

_log = logging.getLogger(__name__)

NO_KEY: Final = (
    "I can't decrypt your message: I don't have its key. Please send it again; if that doesn't "
    "help, open a new chat with me."
)
"""Said once in a private chat to messages whose keys are not there."""

NOT_ENCRYPTED: Final = (
    "I can't read encrypted messages here. Please write to me in a chat without encryption."
)
"""Said once in a private chat where the channel has no keys at all."""

_KIND: Final = "io.tickertape.position"
_SYNC_WAIT: Final = 30_000
"""Milliseconds: proxies and routers often cut silent connections at 60 s."""
_SLACK: Final = 15.0
_PAGE: Final = 100
_PAGES: Final = 10
_OLDEST: Final = 24 * 3600.0
"""Seconds after which no one waits for an answer any more; Telegram keeps messages as long."""
_SAVE_EVERY: Final = 600.0
_SAVE_SECONDS: Final = 3.0  # the program's end waits for it


class MatrixSource:
    """Reads one account.

    Args:
        client: makes the calls.
        name: the channel's name in addresses.
        groups: the messages that are read where several people write.
        posts: what the channel posted.
        encryption: decrypts; None: encrypted messages are not read.
        pause: waits, for a number of seconds.
    """

    def __init__(
        self,
        client: MatrixClient,
        name: str,
        groups: Groups,
        posts: OwnPosts,
        encryption: Encryption | None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._client, self._name, self._groups = client, name, groups
        self._posts, self._encryption, self._pause = posts, encryption, pause
        self._log = logging.LoggerAdapter(_log, {"channel": name})
        self.commands: frozenset[str] = frozenset({"stop"})
        self.admits: Callable[[Address, Person], bool] = lambda _place, _who: False
        self.encrypted: set[str] = set()
        self._me = BotIdentity(client.user, "", name)
        self._position: Position | None = None
        self._saved: Position | None = None
        self._saved_at = 0.0
        self._direct: frozenset[str] = frozenset()
        self._joined: set[str] = set()
        self._rooms: dict[str, MatrixRoom] = {}
        self._invited: dict[str, Invitation] = {}
        self._told: set[str] = set()
        self._orders: dict[str, int] = {}

    async def messages(self) -> AsyncGenerator[Inbound, None]:
        """Yield messages and stops; see `MatrixChannel.messages`.

        Raises:
            TransportError: when the homeserver does not accept the token.
        """
        position = self._position or await self._begin()
        wanted = filter_for(self._client.user, is_encrypting=self._encryption is not None)
        while True:
            await self._accept()
            batch = await self._sync(position.since, _SYNC_WAIT, wanted)
            async for room_id, event in self._events(batch, position):
                if (event_id := str(event.get("event_id"))) in position.done:
                    continue
                if (inbound := await self._inbound(room_id, event)) is not None:
                    yield inbound  # a reader that leaves here has not dealt with it
                    position = Position(position.since, (*position.done, event_id))
                    self._position = position
            had_some = bool(position.done)
            position = self._position = Position(str(batch["next_batch"]))
            if had_some or time.monotonic() - self._saved_at > _SAVE_EVERY:
                await self.save()

    async def save(self) -> None:
        """Keep how far the account was read. Where that fails, messages come again."""
        position = self._position
        if position is None or position == self._saved:
            return
        call = calls.put_account_data(self._client.user, _KIND, position.as_json)
        if isinstance(await self._client.ask(call, _SAVE_SECONDS), CallGranted):
            self._saved, self._saved_at = position, time.monotonic()
        else:
            self._log.warning("how far messages were read is not kept; they may come again")

    def is_encrypted(self, room_id: str) -> bool:
        """Return whether messages of a room are encrypted."""
        return room_id in self.encrypted

    async def _begin(self) -> Position:
        """Learn who we are, which rooms there are, and where the reading goes on.

        Raises:
            TransportError: when the token is not accepted, or another account's.
        """
        client = self._client
        told = await client.granted(calls.whoami())
        if (user := told.get("user_id")) != client.user:
            raise TransportError(f"The token belongs to {user}, not to {client.user}: set its own.")
        client.log_in(str(told.get("device_id", "")))
        named = await self._optional(calls.display_name(client.user))
        self._me = BotIdentity(client.user, str(named.get("displayname") or ""), self._name)
        kept = Position.of(await self._optional(calls.account_data(client.user, _KIND)))
        is_encrypting = self._encryption is not None
        wanted = filter_for(client.user, is_encrypting=is_encrypting, limit=1)
        # Synapse answers the same question of the last two minutes as it did then. No one waits
        # for this answer: the wait makes the question another one.
        now = await self._sync(None, time.time_ns() // 1_000_000 % _SYNC_WAIT, wanted)
        self._joined = set(_rooms_in(now))
        self._position = self._saved = kept or Position(str(now["next_batch"]))
        if kept is None:
            self._saved = None
            await self.save()
        self._log.info("listening as %s", client.user)
        return self._position

    async def _optional(self, call: calls.MatrixCall) -> Json:
        """Return what the homeserver grants; nothing where it has none."""
        try:
            return await self._client.granted(call)
        except PermissionError:
            return {}

    async def _sync(self, since: str | None, wait: int, wanted: Json) -> Json:
        """Return the next news, with what they tell of rooms taken in.

        Raises:
            TransportError: when the homeserver does not go on from `since`.
        """
        call = calls.sync(since, wait, wanted)
        try:
            batch = await self._client.granted(call, wait / 1000 + _SLACK)
        except PermissionError as error:
            raise TransportError(f"The homeserver refuses to sync: {error}") from None
        if self._encryption is not None:
            await self._encryption.take(batch)
        for event in batch.get("account_data", {}).get("events", ()):
            if event.get("type") == "m.direct":
                rooms = event.get("content", {}).values()
                self._direct = frozenset(one for some in rooms for one in some)
                self._rooms.clear()
        for room_id in batch.get("rooms", {}).get("leave", {}):
            self._joined.discard(room_id)
            self._rooms.pop(room_id, None)
        for room_id, room in _rooms_in(batch).items():
            for part in ("state", "timeline"):
                for event in room.get(part, {}).get("events", ()):
                    self._learn(room_id, event)
        for one in invitations_in(batch, self._client.user):
            self._invited[one.room] = one
        return batch

    def _learn(self, room_id: str, event: Json) -> None:
        match event.get("type"):
            case "m.room.encryption":
                self.encrypted.add(room_id)
            case "m.room.member":
                self._rooms.pop(room_id, None)
            case _:
                pass

    async def _accept(self) -> None:
        """Accept the invitations of people who are let in; others wait until they are."""
        for one in list(self._invited.values()):
            kind = ChatKind.PRIVATE if one.is_direct else ChatKind.GROUP
            who = Person(one.inviter, one.inviter)
            if not self.admits(Address(self._name, one.room, kind), who):
                continue
            answer = await self._client.ask(calls.join(one.room))
            if isinstance(answer, CallGranted) or (
                isinstance(answer, CallDenied)
                and answer.retry_after is None
                and answer.status < 500
            ):
                del self._invited[one.room]
            told = "joined" if isinstance(answer, CallGranted) else "a room was not joined"
            self._log.info(told, extra={"chat": one.room})

    async def _events(
        self, batch: Json, position: Position
    ) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Yield the events of an answer, each room's in their order, with what it left out."""
        for room_id, room in _rooms_in(batch).items():
            timeline = room.get("timeline", {})
            events = list(timeline.get("events", ()))
            if room_id not in self._joined:
                self._joined.add(room_id)
                self._invited.pop(room_id, None)
                events = list(since_invited(events, self._client.user))
            elif timeline.get("limited") and (start := timeline.get("prev_batch")):
                events = [*await self._missed(room_id, start, position.since), *events]
            for event in events:
                yield room_id, event

    async def _missed(self, room_id: str, start: str, since: str) -> list[Json]:
        """Return what was said in a room between two answers, where one answer did not hold it."""
        missed: list[Json] = []
        wanted = history_filter(self._client.user)
        for _ in range(_PAGES):
            told = await self._optional(calls.history(room_id, start, since, wanted, _PAGE))
            missed[:0] = reversed(told.get("chunk", ()))
            if not told.get("chunk") or not (start := told.get("end", "")):
                break
        return missed

    async def _inbound(self, room_id: str, event: Json) -> Inbound | None:
        """Return what an event says to a gateway; None if it says nothing."""
        sent = event.get("origin_server_ts", 0) / 1000
        if "state_key" in event or sent < time.time() - _OLDEST:
            return None
        if event.get("sender") == self._client.user:
            return None
        match event.get("type"):
            case "m.room.encrypted":
                return await self._encrypted(room_id, event)
            case "m.room.message" | "m.sticker":
                return await self._message(room_id, event)
            case "m.reaction" if is_stop(relation := relation_of(event)):
                return await self._stop(room_id, event, relation.target or "")
            case "m.room.redaction":
                target = str(event.get("redacts") or event.get("content", {}).get("redacts"))
                if target not in self._posts:
                    return None
                self._posts.withdraw(target)
                return await self._stop(room_id, event, target)
            case _:
                return None

    async def _encrypted(self, room_id: str, event: Json) -> Inbound | None:
        read = self._encryption.read(room_id, event) if self._encryption is not None else None
        if read is not None:
            return await self._inbound(room_id, read)
        room = await self._room(room_id)
        is_ours = room.kind is ChatKind.PRIVATE and self.admits(
            room.address(self._name), sender_of(event, room)
        )
        if is_ours and room_id not in self._told:
            self._told.add(room_id)
            content = notice(NO_KEY if self._encryption else NOT_ENCRYPTED, None)
            key = transaction("no key", str(event.get("event_id")))
            kind = "m.room.message"
            with suppress(NotEncryptedError):
                if self._encryption is not None:
                    kind, content = await self._encryption.seal(room_id, kind, content)
                await self._client.ask(calls.send(room_id, kind, content, key))
        return None

    async def _message(self, room_id: str, event: Json) -> Inbound | None:
        room, relation = await self._room(room_id), relation_of(event)
        answered: Json | None = None
        if relation.answers is not None and relation.kind != "m.replace":
            answered = await self._optional(calls.event(room_id, relation.answers))
            if self._encryption is not None and answered.get("type") == "m.room.encrypted":
                answered = self._encryption.read(room_id, answered) or {}
        me = BotIdentity(self._me.user, self._me.name, self._name, self.commands)
        message = message_of(event, room, me, self._groups, answered)
        if message is None:
            return None
        order = max(message.order, self._orders.get(room_id, 0) + 1)
        self._orders[room_id] = order
        self._posts.asked(message)
        return replace(message, order=order)

    async def _stop(self, room_id: str, event: Json, target: str) -> StopPressed | None:
        room = await self._room(room_id)
        if target not in self._posts and room.kind is not ChatKind.PRIVATE:
            return None  # a sign under another's message
        place = self._posts.place(target) or room.address(self._name)
        key = str(event.get("event_id"))
        return StopPressed(place, sender_of(event, room), message_id=target, press_id=key, key=key)

    async def _room(self, room_id: str) -> MatrixRoom:
        """Return what is known of a room; asked once, until a member comes or goes."""
        if (room := self._rooms.get(room_id)) is None:
            told = await self._optional(calls.members(room_id))
            room = room_of(room_id, told, is_direct=room_id in self._direct)
            self._rooms[room_id] = room
        return room


def _rooms_in(batch: Json) -> Mapping[str, Any]:
    joined = batch.get("rooms", {}).get("join", {})
    return joined if isinstance(joined, Mapping) else {}
