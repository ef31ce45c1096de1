"""An encrypted room, with a person's program that has keys of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from anyio import fail_after
from benchmarks.matrix.people import Account, Person, lift_limits, new_account
from benchmarks.matrix.reader import Screens
from benchmarks.matrix.synapse import Synapse

from tickertape.chat import ChatKind, Message
from tickertape.delivery.actions import Accepted, Edit, Post

pytest.importorskip("vodozemac")

import nio

from tickertape.channels.matrix import MatrixChannel
from tickertape.channels.matrix.source import NO_KEY

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.timeout(300),
    # nio gives aiohttp seconds where that wants a value of its own
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
pytest_plugins = ["matrix_fixtures"]


@asynccontextmanager
async def device(synapse: Synapse, account: Account, store: Path) -> AsyncIterator[Any]:
    """Open a person's program that encrypts."""
    config = nio.AsyncClientConfig(encryption_enabled=True, max_limit_exceeded=0)
    client = nio.AsyncClient(synapse.url, account.user_id, store_path=str(store), config=config)
    client.restore_login(account.user_id, account.device_id, account.token)
    await client.sync(full_state=True)
    await client.keys_upload()
    try:
        yield client
    finally:
        await client.close()


async def caught_up(client: Any) -> list[Any]:
    """Let a program read what is new; return the messages."""
    response = await client.sync(timeout=0)
    if client.should_query_keys:
        await client.keys_query()
    rooms = response.rooms.join.values()
    return [event for room in rooms for event in room.timeline.events]


def opened(synapse: Synapse, bot: Account, keys: Path) -> MatrixChannel:
    """Return the channel of a bot that has keys."""
    channel = MatrixChannel.open(
        synapse.url, bot.user_id, bot.token, name="home", messages_per_second=50, keys=str(keys)
    )
    channel.let_in_by(lambda _place, _who: True)
    return channel


async def heard(messages: Any) -> Message:
    """Return the next message."""
    with fail_after(60):
        inbound = await anext(messages)
    assert isinstance(inbound, Message)
    return inbound


async def test_an_encrypted_room(
    synapse: Synapse, admin: Account, free_bot: Account, tmp_path: Path
) -> None:
    """What is said there is read and answered, also by the next process with the same keys."""
    ann = await new_account(synapse, "ann")
    await lift_limits(synapse, admin, ann.user_id)
    keys = tmp_path / "keys" / "of the bot"
    async with device(synapse, ann, tmp_path) as program:
        made = await program.room_create(
            is_direct=True,
            invite=[free_bot.user_id],
            initial_state=[nio.EnableEncryptionBuilder().as_dict()],
        )
        room = made.room_id
        for number in range(2):
            channel = opened(synapse, free_bot, keys)
            async with aclosing(channel), aclosing(channel.messages()) as messages:
                with fail_after(60):
                    await _settled(channel)
                await caught_up(program)
                content = {"msgtype": "m.text", "body": f"question {number}"}
                await program.room_send(
                    room, "m.room.message", content, ignore_unverified_devices=True
                )
                message = await heard(messages)
                if number and message.text == "question 0":  # its reader went before the next
                    message = await heard(messages)
                assert (message.text, message.address.kind) == (
                    f"question {number}",
                    ChatKind.PRIVATE,
                )
                posted = await channel.perform(
                    Post(message.address, "so", stop_button=True, key=f"k.{number}")
                )
                assert isinstance(posted, Accepted)
                assert posted.message_id is not None
                whole = Edit(message.address, posted.message_id, "so it goes")
                assert await channel.perform(whole) == Accepted("so it goes", posted.message_id)
            heard_of = await caught_up(program)
            events = [one for one in heard_of if one.sender == free_bot.user_id]
            texts = [one.body for one in events if isinstance(one, nio.RoomMessageText)]
            assert texts == ["so", "* so it goes"]
            last = next(one for one in reversed(events) if isinstance(one, nio.RoomMessageText))
            assert last.decrypted
            assert last.source["content"]["m.new_content"]["body"] == "so it goes"
            assert not [one for one in events if isinstance(one, nio.MegolmEvent)]


async def test_a_lost_key_is_told_in_a_sentence(
    synapse: Synapse,
    admin: Account,
    free_bot: Account,
    ann: Person,
    screens: Screens,
    tmp_path: Path,
) -> None:
    """Once; the sentence is encrypted as everything else is there."""
    channel = opened(synapse, free_bot, tmp_path / "keys")
    async with aclosing(channel), aclosing(channel.messages()) as messages:
        await _settled(channel)
        chat = await ann.new_room(free_bot.user_id, is_direct=True, is_encrypted=True)
        sealed = {
            "algorithm": "m.megolm.v1.aes-sha2",
            "ciphertext": "AwgAEnACgAkLmt6qF84IK",
            "session_id": "lost",
            "sender_key": "k",
            "device_id": "D",
        }
        for _ in range(2):
            await ann.send(chat, sealed, "m.room.encrypted")
        await ann.write(chat, "in clear")
        assert (await heard(messages)).text == "in clear"
        told = await ann.get(f"rooms/{chat}/messages", dir="b", limit="50")
        theirs = [one for one in told["chunk"] if one["sender"] == free_bot.user_id]
        assert [one["type"] for one in theirs if "state_key" not in one] == ["m.room.encrypted"]
        assert NO_KEY not in str(told)


async def _settled(channel: MatrixChannel) -> None:
    """Let a channel learn its rooms, and accept what it is invited to."""
    await channel._source._begin()
    await channel._source._accept()
