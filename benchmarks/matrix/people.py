"""People on a homeserver: accounts, and what their programs send."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any, Final
from urllib.parse import quote

import httpx

from benchmarks.matrix.synapse import SECRET, Synapse

__all__ = ["Account", "Person", "lift_limits", "limit", "new_account", "person"]

_CLIENT: Final = "/_matrix/client/v3"
_ADMIN: Final = "/_synapse/admin"
_TIMEOUT: Final = 60.0
_TRANSACTIONS = count()


@dataclass(frozen=True, slots=True)
class Account:
    """One account, with a device that is logged in."""

    user_id: str
    """`@name:server`."""
    token: str
    """Its access token."""
    device_id: str
    """The device that the token belongs to."""
    password: str
    """Its password."""


async def new_account(synapse: Synapse, name: str, *, is_admin: bool = False) -> Account:
    """Make an account with a name that no other has: some letters are put behind it.

    Its limits are the server's (`limit` changes them); the account of
    an admin has none.
    """
    name, password = f"{name}-{secrets.token_hex(4)}", secrets.token_hex(8)
    async with _client(synapse) as http:
        nonce = _told(await http.get(f"{_ADMIN}/v1/register"))["nonce"]
        words = (nonce, name, password, "admin" if is_admin else "notadmin")
        proof = hmac.new(SECRET.encode(), "\0".join(words).encode(), hashlib.sha1)
        wanted = {
            "nonce": nonce,
            "username": name,
            "password": password,
            "admin": is_admin,
            "mac": proof.hexdigest(),
        }
        made = _told(await http.post(f"{_ADMIN}/v1/register", json=wanted))
    return Account(made["user_id"], made["access_token"], made["device_id"], password)


async def lift_limits(synapse: Synapse, admin: Account, user_id: str) -> None:
    """Take the limits from an account, as `docs/matrix.md` tells operators to."""
    await limit(synapse, admin, user_id, per_second=0, burst=0)


async def limit(
    synapse: Synapse, admin: Account, user_id: str, *, per_second: int, burst: int
) -> None:
    """Give an account limits of its own.

    Args:
        synapse: where it is.
        admin: an account that may do that.
        user_id: whose limits they are.
        per_second: messages a second in the long run; 0: as many as it likes.
        burst: messages at once.
    """
    async with _client(synapse, admin) as http:
        at = f"{_ADMIN}/v1/users/{quote(user_id)}/override_ratelimit"
        told = {"messages_per_second": per_second, "burst_count": burst}
        _told(await http.post(at, json=told))


class Person:
    """The program of somebody who writes: it sends, and never reads."""

    def __init__(self, account: Account, http: httpx.AsyncClient) -> None:
        """Begin with nothing sent. `person` opens one."""
        self.account = account
        """Whose program it is."""
        self.http = http
        """Requests to the homeserver, as this person."""

    @property
    def user_id(self) -> str:
        """Who it is."""
        return self.account.user_id

    async def new_room(
        self,
        *invited: str,
        is_direct: bool = False,
        is_encrypted: bool = False,
        name: str = "",
    ) -> str:
        """Make a private room, and return its id.

        Args:
            invited: who is asked to come in.
            is_direct: whether it is a chat of two.
            is_encrypted: whether what is said there is encrypted.
            name: what it is called.
        """
        wanted: dict[str, Any] = {
            "preset": "trusted_private_chat" if is_direct else "private_chat",
            "invite": list(invited),
            "is_direct": is_direct,
            "initial_state": [_ENCRYPTION] if is_encrypted else [],
        }
        if name:
            wanted["name"] = name
        made: str = (await self.post("createRoom", wanted))["room_id"]
        return made

    async def invite(self, room: str, user_id: str) -> None:
        """Ask somebody to come in."""
        await self.post(f"rooms/{quote(room)}/invite", {"user_id": user_id})

    async def join(self, room: str) -> None:
        """Come in."""
        await self.post(f"rooms/{quote(room)}/join", {})

    async def leave(self, room: str) -> None:
        """Go."""
        await self.post(f"rooms/{quote(room)}/leave", {})

    async def kick(self, room: str, user_id: str) -> None:
        """Throw somebody out."""
        await self.post(f"rooms/{quote(room)}/kick", {"user_id": user_id})

    async def write(
        self,
        room: str,
        text: str,
        *,
        mentions: Sequence[str] = (),
        answers: str = "",
        thread: str = "",
        more: Mapping[str, object] | None = None,
    ) -> str:
        """Send a text, and return its id.

        Args:
            room: where.
            text: what is said.
            mentions: the people who are named.
            answers: the message that it answers.
            thread: the first message of the thread that it stands in.
            more: other fields of its content.
        """
        relates: dict[str, Any] = {}
        if thread:
            relates |= {"rel_type": "m.thread", "event_id": thread, "is_falling_back": not answers}
        if answers or thread:
            relates["m.in_reply_to"] = {"event_id": answers or thread}
        content = {
            "msgtype": "m.text",
            "body": text,
            "m.mentions": {"user_ids": list(mentions)} if mentions else {},
            **({"m.relates_to": relates} if relates else {}),
            **(more or {}),
        }
        return await self.send(room, content)

    async def edit(self, room: str, message: str, text: str) -> str:
        """Put another text in the place of a message's, and return the id of the change."""
        content = {
            "msgtype": "m.text",
            "body": f"* {text}",
            "m.new_content": {"msgtype": "m.text", "body": text},
            "m.relates_to": {"rel_type": "m.replace", "event_id": message},
        }
        return await self.send(room, content)

    async def react(self, room: str, message: str, key: str) -> str:
        """Put a reaction below a message, and return its id."""
        relates = {"rel_type": "m.annotation", "event_id": message, "key": key}
        return await self.send(room, {"m.relates_to": relates}, "m.reaction")

    async def redact(self, room: str, message: str) -> None:
        """Take a message away."""
        await self.put(f"rooms/{quote(room)}/redact/{quote(message)}/{_transaction()}", {})

    async def send(
        self, room: str, content: Mapping[str, object], kind: str = "m.room.message"
    ) -> str:
        """Send any event, and return its id."""
        at = f"rooms/{quote(room)}/send/{kind}/{_transaction()}"
        made: str = (await self.put(at, content))["event_id"]
        return made

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        """Return what the client API answers at a path.

        Raises:
            httpx.HTTPStatusError: when it refuses.
        """
        return _told(await self.http.get(f"{_CLIENT}/{path}", params=query))

    async def post(self, path: str, told: Mapping[str, object]) -> dict[str, Any]:
        """Return the answer to what is posted; raise as `get` does."""
        return _told(await self.http.post(f"{_CLIENT}/{path}", json=told))

    async def put(self, path: str, told: Mapping[str, object]) -> dict[str, Any]:
        """Return the answer to what is put there; raise as `get` does."""
        return _told(await self.http.put(f"{_CLIENT}/{path}", json=told))


@asynccontextmanager
async def person(synapse: Synapse, account: Account) -> AsyncIterator[Person]:
    """Open the program of one person."""
    async with _client(synapse, account) as http:
        yield Person(account, http)


_ENCRYPTION: Final = {
    "type": "m.room.encryption",
    "state_key": "",
    "content": {"algorithm": "m.megolm.v1.aes-sha2"},
}


def _client(synapse: Synapse, account: Account | None = None) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {account.token}"} if account else {}
    return httpx.AsyncClient(
        base_url=synapse.url, headers=headers, timeout=_TIMEOUT, trust_env=False
    )


def _told(answer: httpx.Response) -> dict[str, Any]:
    if answer.is_error:
        request = answer.request
        msg = f"{request.method} {request.url.path}: {answer.status_code} {answer.text}"
        raise httpx.HTTPStatusError(msg, request=request, response=answer)
    told: dict[str, Any] = answer.json()
    return told


def _transaction() -> str:
    return f"t{next(_TRANSACTIONS)}"
