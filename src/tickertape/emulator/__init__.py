"""A Telegram of our own: a local Bot API that an unmodified client takes for the real one.

It is an independent witness: it imports nothing else of this package, so that a misreading of
Telegram in the channel and one in here cannot agree by construction.

It refuses to be more than that: no media, no business accounts, no inline mode, no payments.
"""

from __future__ import annotations

from tickertape.emulator.answers import Answer, NoAnswer, Outcome
from tickertape.emulator.faults import (
    Fault,
    FaultPlan,
    Garbled,
    Held,
    Lost,
    NoId,
    PlannedFault,
    Refuse,
    Reset,
    Slow,
    Status,
    Throttle,
    Unreached,
)
from tickertape.emulator.people import WorldError
from tickertape.emulator.scene import (
    BEN,
    BOT_ID,
    BOT_NAME,
    CHANNEL,
    FORUM,
    GROUP,
    IDEAS,
    RELEASES,
    SUPERGROUP,
    TOKEN,
    YOU,
    furnished_world,
)
from tickertape.emulator.settings import ChatLimits, Floods, Settings, SlidingWindow, TokenBucket
from tickertape.emulator.world import ChatScreen, World

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
    "Answer",
    "ChatLimits",
    "ChatScreen",
    "Fault",
    "FaultPlan",
    "Floods",
    "Garbled",
    "Held",
    "Lost",
    "NoAnswer",
    "NoId",
    "Outcome",
    "PlannedFault",
    "Refuse",
    "Reset",
    "Settings",
    "SlidingWindow",
    "Slow",
    "Status",
    "Throttle",
    "TokenBucket",
    "Unreached",
    "World",
    "WorldError",
    "furnished_world",
]
