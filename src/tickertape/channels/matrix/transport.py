"""The Matrix channel: actions go out, messages come in.

    channel = MatrixChannel.open("https://example.org", "@bot:example.org", token)
    outcome = await channel.perform(action)          # one event, one value
    async for inbound in channel.messages(): ...     # by /sync
    await channel.aclose()

What an action becomes is `outbound`'s, what an answer means is `outcomes`', what an event says is
`inbound`'s, how an account is read is `source`'s. A post and the event that it makes have one
transaction, which is derived from the post's key: made again, also by another process, it makes no
second message. No message's text and no token is ever logged.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final
from uuid import uuid4

from tickertape.channels.matrix import calls
from tickertape.channels.matrix.body import ROOM
from tickertape.channels.matrix.calls import Answer, CallGranted, Json, NotEncryptedError
from tickertape.channels.matrix.client import CALL_SECONDS, MatrixClient
from tickertape.channels.matrix.inbound import Groups
from tickertape.channels.matrix.outbound import edited, posted, transaction
from tickertape.channels.matrix.outcomes import outcome_of
from tickertape.channels.matrix.posts import OwnPosts, StopReactions
from tickertape.channels.matrix.source import MatrixSource
from tickertape.channels.matrix.surface import (
    BURST_COUNT,
    MESSAGES_PER_SECOND,
    ROOM_ENCRYPTED,
    TYPING_SECONDS,
    surface_with,
)
from tickertape.chat import Address, Inbound, Person
from tickertape.delivery.actions import (
    Accepted,
    Acknowledge,
    Action,
    ClearButtons,
    Delete,
    Edit,
    Outcome,
    Post,
    Probe,
    Reason,
    Refused,
    ShowDraft,
    Throttled,
)
from tickertape.delivery.surface import Surface

__all__ = ["MatrixChannel"]

_MESSAGE: Final = "m.room.message"
# A call that leaves a trace is not cut off: its caller goes on, and is told when the answer comes.
_TRACE_SECONDS: Final = 180.0
_UNHEARD: Final = 1_000
# Seconds until keys are exchanged again, where they were not there.
_AGAIN: Final = 5.0


class MatrixChannel:
    """Matrix as a channel (`tickertape.ports.Channel`).

    Args:
        client: makes the calls of the bot's account.
        name: the channel's name in addresses.
        groups: the messages that are read where several people write.
        messages_per_second: events that the account may send in the long run.
        burst_count: events that it may send at once.
        encrypts: whether rooms with encryption are read and written in.
        pause: waits between attempts to reach the homeserver, for a number of seconds.
    """

    def __init__(
        self,
        client: MatrixClient,
        *,
        name: str = "matrix",
        groups: Groups = "mention",
        messages_per_second: float = MESSAGES_PER_SECOND,
        burst_count: int = BURST_COUNT,
        encrypts: bool = False,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._client, self._name = client, name
        self._posts, self._buttons = OwnPosts(), StopReactions(client)
        self._encryption = None
        if encrypts:
            from tickertape.channels.matrix.encryption import Encryption  # noqa: PLC0415

            self._encryption = Encryption(client.nio)
        self._source = MatrixSource(client, name, groups, self._posts, self._encryption, pause)
        limits = messages_per_second, burst_count
        self._surface = surface_with(*limits)
        self._surface_encrypted = surface_with(*limits, is_encrypted=True)
        self._typing: set[str] = set()
        self._tasks: set[asyncio.Task[Answer]] = set()
        self._unheard: OrderedDict[str, tuple[Edit, str]] = OrderedDict()

    @classmethod
    def open(  # noqa: PLR0913 - the settings of a configuration, by name
        cls,
        homeserver: str,
        user: str,
        token: str,
        *,
        name: str = "matrix",
        groups: Groups = "mention",
        messages_per_second: float = MESSAGES_PER_SECOND,
        burst_count: int = BURST_COUNT,
        keys: str = "",
    ) -> MatrixChannel:
        """Return the channel of an account; nothing is sent yet.

        Args:
            homeserver: the address of its homeserver.
            user: its id.
            token: its access token.
            name: the channel's name in addresses.
            groups: the messages that are read where several people write.
            messages_per_second: events that the account may send in the long run.
            burst_count: events that it may send at once.
            keys: the folder of the keys of encrypted rooms; empty: such rooms are not read.
        """
        client = MatrixClient(homeserver, user, token, keys=keys, name=name)
        return cls(
            client,
            name=name,
            groups=groups,
            messages_per_second=messages_per_second,
            burst_count=burst_count,
            encrypts=bool(keys),
        )

    def __repr__(self) -> str:
        return f"MatrixChannel(user={self._client.user!r}, name={self._name!r})"

    @property
    def heard_at(self) -> float | None:
        """When the homeserver answered the reading last, in seconds since 1970; None: never."""
        return self._client.heard_at

    def surface(self, address: Address) -> Surface:
        """Return the surface of a room."""
        is_encrypted = self._source.is_encrypted(address.chat)
        return self._surface_encrypted if is_encrypted else self._surface

    def messages(self) -> AsyncGenerator[Inbound, None]:
        """Yield messages and stops for as long as the iterator is read.

        What is read for the first time begins with the present. Faults of the network are waited
        out without end.

        Raises:
            TransportError: when the homeserver does not accept the token.
        """
        return self._source.messages()

    def let_in_by(self, admits: Callable[[Address, Person], bool]) -> None:
        """Accept invitations by this rule: whether what a person writes at an address is answered.

        Without one no invitation is accepted.
        """
        self._source.admits = admits

    async def known_as(self) -> str:
        """Return the account's id."""
        return self._client.user

    async def set_commands(self, commands: Sequence[tuple[str, str]]) -> None:
        """Take these words, pairs with a description, for commands behind a `!`.

        Matrix has no menu.
        """
        self._source.commands = frozenset({"stop", *(word for word, _ in commands)})

    async def perform(self, action: Action) -> Outcome:
        """Perform one action. Raises nothing but cancellation."""
        room = action.address.chat
        match action:
            case Post():
                return await self._post(action)
            case Edit():
                return await self._edit(action)
            case Delete():
                return await self._delete(action)
            case Probe():
                self._typing.add(room)
                call = calls.typing(room, self._client.user, TYPING_SECONDS)
                answer = await self._client.ask(call)
                return outcome_of(
                    CallGranted({}) if isinstance(answer, CallGranted) else answer, ""
                )
            case ClearButtons():
                await self._buttons.removed(room, action.message_id)
                return Accepted("", action.message_id)
            case Acknowledge():  # nothing in Matrix shows that a reaction was noticed
                return Accepted("")
            case ShowDraft():
                return Refused(Reason.DRAFT_UNAVAILABLE)
            case _:
                return Refused(Reason.MALFORMED, f"Matrix has no {type(action).__name__}")

    async def aclose(self) -> None:
        """Keep how far messages were read, take away buttons, and close all connections."""
        await self._source.save()
        await self._buttons.aclose()
        for task in self._tasks:
            task.cancel()
        await self._client.aclose()

    async def _post(self, post: Post) -> Outcome:
        room, asker = post.address.chat, self._posts.asker(post.reply_to)
        key = post.key or uuid4().hex
        outcome = await self._send(
            post, posted(post, asker, self._room_for(room)), transaction("post", key)
        )
        if isinstance(outcome, Accepted) and outcome.message_id is not None:
            self._posts.posted(outcome.message_id, post.address)
            if post.stop_button:
                self._buttons.put(room, outcome.message_id)
            if room in self._typing:
                self._typing.discard(room)
                self._start(calls.leave_typing(room, self._client.user))
        return outcome

    async def _edit(self, edit: Edit) -> Outcome:
        message_id = edit.message_id
        if self._posts.is_withdrawn(message_id):
            return Accepted(edit.text, message_id)  # a person took it away: it is not shown again
        if message_id not in self._posts and not await self._is_there(edit):
            return Refused(Reason.MESSAGE_GONE)
        if self._posts.is_deleted(message_id):
            return Refused(Reason.MESSAGE_GONE)
        before, key = self._unheard.pop(message_id, (None, ""))
        if before != edit:  # what was not heard of is made again under its own transaction
            key = uuid4().hex
        self._unheard[message_id] = edit, key
        if len(self._unheard) > _UNHEARD:
            self._unheard.popitem(last=False)
        outcome = await self._send(edit, edited(edit, self._room_for(edit.address.chat)), key)
        if isinstance(outcome, Accepted):
            self._unheard.pop(message_id, None)
            outcome = replace(outcome, message_id=message_id)
            if not edit.stop_button:
                self._buttons.remove(edit.address.chat, message_id)
        return outcome

    async def _delete(self, delete: Delete) -> Outcome:
        if self._posts.is_deleted(delete.message_id):
            return Refused(Reason.MESSAGE_GONE)
        room, message_id = delete.address.chat, delete.message_id
        call = calls.redact(room, message_id, transaction("delete", message_id))
        outcome = outcome_of(await self._client.ask(call, _TRACE_SECONDS), "")
        if not isinstance(outcome, Accepted):
            return outcome
        self._posts.delete(message_id)
        return Accepted("")

    async def _send(self, action: Post | Edit, content: Json, key: str) -> Outcome:
        surface, room = self.surface(action.address), action.address.chat
        if surface.ruler.measure(action.text) > surface.limit:
            return Refused(Reason.TOO_LONG)
        kind = _MESSAGE
        if self._source.is_encrypted(room):
            if self._encryption is None:
                return Refused(Reason.CHAT_DEAD, "the room is encrypted, and there are no keys")
            try:
                kind, content = await self._encryption.seal(room, kind, content)
            except NotEncryptedError:
                return Throttled(_AGAIN, by_flood_control=False)
        call = calls.send(room, kind, content, key)
        return outcome_of(await self._client.ask(call, _TRACE_SECONDS), action.text)

    def _room_for(self, chat: str) -> int:
        """Return how many bytes the bodies of a message may take in a room."""
        return ROOM_ENCRYPTED if self._source.is_encrypted(chat) else ROOM

    async def _is_there(self, edit: Edit) -> bool:
        """Return whether a message of another process's is still there; asked once."""
        answer = await self._client.ask(calls.event(edit.address.chat, edit.message_id))
        if isinstance(answer, CallGranted) and "redacted_because" in answer.body.get(
            "unsigned", {}
        ):
            self._posts.delete(edit.message_id)
            return False
        if isinstance(answer, CallGranted):
            self._posts.posted(edit.message_id, edit.address)
            self._buttons.inherit(edit.message_id)
        return not (isinstance(answer, calls.CallDenied) and answer.status == 404)

    def _start(self, call: calls.MatrixCall) -> None:
        """Start a call whose answer changes nothing."""
        task = asyncio.create_task(self._client.ask(call, CALL_SECONDS))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
