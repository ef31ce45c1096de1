"""The Matrix channel against a real homeserver."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest
from benchmarks.matrix.people import Account, Person, lift_limits, new_account, person
from benchmarks.matrix.synapse import Synapse

from tickertape.chat import Address, ChatKind
from tickertape.testing.conformance import ChannelStage, check_channel

pytest.importorskip("nio")

from tickertape.channels.matrix import MatrixChannel

pytestmark = pytest.mark.anyio
pytest_plugins = ["matrix_fixtures"]


def opened(synapse: Synapse, bot: Account, *, keys: str = "") -> MatrixChannel:
    """Return the channel of the bot, as a configuration opens it; it comes to whoever asks."""
    channel = MatrixChannel.open(
        synapse.url, bot.user_id, bot.token, name="home", messages_per_second=100, keys=keys
    )
    channel.let_in_by(lambda _place, _who: True)
    return channel


async def settled(channel: MatrixChannel) -> None:
    """Let a channel learn where it is, so that what is written from here on is heard."""
    async with aclosing(channel):
        await channel._source._begin()


@pytest.mark.timeout(300)
async def test_it_is_a_channel(synapse: Synapse, admin: Account, ann: Person) -> None:
    """It keeps every promise of the suite, both sides."""

    @asynccontextmanager
    async def open_stage() -> AsyncIterator[ChannelStage]:
        # An account of its own: what one check leaves unread is not the next one's.
        bot = await new_account(synapse, "bot")
        await lift_limits(synapse, admin, bot.user_id)
        room = await ann.new_room(bot.user_id, is_direct=True)
        async with person(synapse, bot) as program:
            await program.join(room)
            await settled(opened(synapse, bot))

            @asynccontextmanager
            async def open_channel() -> AsyncIterator[MatrixChannel]:
                channel = opened(synapse, bot)
                async with aclosing(channel):
                    yield channel

            yield ChannelStage(
                open_channel,
                address=Address("home", room, ChatKind.PRIVATE),
                write=lambda text: ann.write(room, text),
                nowhere=Address("home", "!nowhere:localhost", ChatKind.PRIVATE),
                press=lambda message: ann.react(room, message, "🛑"),
            )

    await check_channel(open_stage)
