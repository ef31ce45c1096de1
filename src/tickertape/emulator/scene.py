"""The world that everybody starts with: a bot, two persons, and a chat of every kind."""

from __future__ import annotations

from tickertape.emulator.chats import ChatType
from tickertape.emulator.places import EPOCH
from tickertape.emulator.settings import Settings
from tickertape.emulator.world import World

__all__ = [
    "BEN",
    "BOT_ID",
    "BOT_NAME",
    "CHANNEL",
    "FORUM",
    "GROUP",
    "IDEAS",
    "RELEASES",
    "SUPERGROUP",
    "TOKEN",
    "YOU",
    "furnished_world",
]

BOT_ID = 4_200_000_001
"""The bot's user id."""
TOKEN = "4200000001:EMULATOR"  # noqa: S105
"""The bot's token; it opens nothing but this emulator."""
BOT_NAME = "tickertape_bot"
"""The bot's public name."""
YOU = 1001
"""Your user id, and the id of your private chat with the bot."""
BEN = 1002
"""Another person; no private chat with the bot until he writes to it."""
GROUP = -5001
"""The basic group "The team"."""
SUPERGROUP = -1_001_000_000_001
"""The supergroup "Open house"."""
FORUM = -1_001_000_000_002
"""The forum "Workshop"."""
CHANNEL = -1_001_000_000_003
"""The channel "News"."""
IDEAS = 2
"""The topic "Ideas" of the forum."""
RELEASES = 3
"""The topic "Releases" of the forum."""


def furnished_world(settings: Settings | None = None, *, epoch: float = EPOCH) -> World:
    """Return a world with a bot, two persons and a chat of every kind.

    Args:
        settings: How it behaves; None: as documented for Telegram.
        epoch: Unix time at second 0 of its clock.
    """
    world = World(settings, epoch=epoch)
    world.add_bot(TOKEN, BOT_NAME, "Tickertape")
    world.add_person(YOU, "You", "you")
    world.add_person(BEN, "Ben", "ben_of_the_team")
    world.begin(YOU)
    world.add_chat(GROUP, ChatType.GROUP, "The team")
    world.add_chat(SUPERGROUP, ChatType.SUPERGROUP, "Open house", username="open_house_chat")
    forum = world.add_chat(FORUM, ChatType.SUPERGROUP, "Workshop", is_forum=True)
    forum.last_message_id = 1
    world.add_topic(FORUM, "Ideas", 0.0)
    world.add_topic(FORUM, "Releases", 0.0)
    world.add_chat(CHANNEL, ChatType.CHANNEL, "News", username="news_of_the_team")
    return world
