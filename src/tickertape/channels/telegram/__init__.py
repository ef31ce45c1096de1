"""Telegram: private chats, groups, forum topics and channels, through the Bot API.

Commonly used: `TelegramTransport`, and `address_of` inside an existing bot, aiogram's or
python-telegram-bot's. The rest is for those who build on the parts: `button_data` reads the press
of a button, `open_bot` makes the HTTP side, `surface_of` says what a chat can show, `Groups` names
the policies of reading, `STOP_DATA` is what the stop button under a message sends,
`TelegramWebhook` is where Telegram posts messages in place of polling.
"""

from __future__ import annotations

from tickertape.channels.telegram.addresses import address_of
from tickertape.channels.telegram.direct_client import open_bot
from tickertape.channels.telegram.inbound import Groups
from tickertape.channels.telegram.outbound import STOP_DATA, button_data
from tickertape.channels.telegram.surface import surface_of
from tickertape.channels.telegram.transport import TelegramTransport
from tickertape.channels.telegram.webhooks.hook import TelegramWebhook

__all__ = [
    "STOP_DATA",
    "Groups",
    "TelegramTransport",
    "TelegramWebhook",
    "address_of",
    "button_data",
    "open_bot",
    "surface_of",
]
