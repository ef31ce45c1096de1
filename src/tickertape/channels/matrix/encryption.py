"""The keys of encrypted rooms: matrix-nio's machine, which keeps them in a folder.

Every device of a room's members is given the keys of what the bot says, verified or not: so a
person reads it on all of them.
"""

from __future__ import annotations

import logging
from copy import deepcopy
from typing import Any

from nio import (
    AsyncClient,
    Event,
    LocalProtocolError,
    MegolmEvent,
    SyncResponse,
)
from nio.exceptions import EncryptionError

from tickertape.channels.matrix.calls import Json, NotEncryptedError

__all__ = ["Encryption"]

_log = logging.getLogger(__name__)


class Encryption:
    """Encrypts what the bot says, and decrypts what it hears.

    Args:
        client: holds the keys; it knows its device by the time that anything is asked.
    """

    def __init__(self, client: AsyncClient) -> None:
        self._nio = client

    async def take(self, batch: Json) -> None:
        """Take in the keys and the members that one answer to a sync tells, and answer others."""
        response = SyncResponse.from_dict(deepcopy(dict(batch)))  # it changes what it reads
        if not isinstance(response, SyncResponse):
            return
        await self._nio.receive_response(response)
        try:
            await self._exchange()
        except Exception as error:  # noqa: BLE001 - whatever nio raises: the next sync tries again
            _log.warning("keys were not exchanged (%s)", type(error).__name__)

    async def _exchange(self) -> None:
        if self._nio.should_upload_keys:
            await self._nio.keys_upload()
        if self._nio.should_query_keys:
            await self._nio.keys_query()
        if self._nio.should_claim_keys:
            await self._nio.keys_claim(self._nio.get_users_for_key_claiming())
        await self._nio.send_to_device_messages()

    def read(self, room_id: str, event: Json) -> dict[str, Any] | None:
        """Return an event decrypted; None where its key is not there."""
        parsed = Event.parse_encrypted_event({**event, "room_id": room_id})
        if not isinstance(parsed, MegolmEvent):
            return None
        parsed.room_id = room_id
        try:
            told = self._nio.decrypt_event(parsed)
        except (EncryptionError, LocalProtocolError):
            return None
        unsigned = {"unsigned": event["unsigned"]} if "unsigned" in event else {}
        return {**told.source, **unsigned}

    async def seal(self, room_id: str, kind: str, content: Json) -> tuple[str, Json]:
        """Return the type and the content of an event as they are sent to a room.

        Raises:
            NotEncryptedError: when it cannot be encrypted.
        """
        room = self._nio.rooms.get(room_id)
        if room is None:
            raise NotEncryptedError(f"the members of {room_id} are not known")
        if not room.encrypted:
            return kind, content
        try:
            if not room.members_synced:
                await self._nio.joined_members(room_id)
            if self._nio.should_query_keys:
                await self._nio.keys_query()
            if self._nio.olm is not None and self._nio.olm.should_share_group_session(room_id):
                await self._nio.share_group_session(room_id, ignore_unverified_devices=True)
            sealed: tuple[str, Json] = self._nio.encrypt(room_id, kind, dict(content))
        except Exception as error:  # the rest of what nio raises has no common type
            raise NotEncryptedError(type(error).__name__) from error
        return sealed
