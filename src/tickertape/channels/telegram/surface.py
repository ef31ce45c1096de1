"""The surfaces of Telegram, by kind of chat: pure values, each number with its source.

A message is a text with entities, or a rich message made of blocks, that can be replaced, the one
by the other too, as often as the flood control allows. Drafts exist in private chats only, topics
of a private chat included ("Currently, live drafts can only be sent to users":
core.telegram.org/api/bots/ai, 2026-11; every other peer answers TEXTDRAFT_PEER_INVALID).

The limits below are the documented ones. Telegram publishes no promise: "You shouldn't assume any
particular limits, you just need to properly handle 429" (tdlib/td#1236), and "limits can be
different for different chats" (tdlib/telegram-bot-api#318). What a chat really takes is learned
from its refusals, above this module.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, assert_never

from tickertape.channels.telegram.addresses import ForeignIdError, chat_of, number_of
from tickertape.chat import Address, ChatKind
from tickertape.delivery.surface import Bucket, Cadence, MessageRow, Surface, Window
from tickertape.delivery.ways import EDITS, DraftWay
from tickertape.markup.pages import BlockLimits
from tickertape.markup.rulers import UTF16

__all__ = ["MESSAGE_LIMIT", "surface_of"]

MESSAGE_LIMIT: Final = 4096
"""The longest message, in UTF-16 units. The server counts code points after entity parsing
(tdlib/td MessageContent.cpp, `utf8_length`; core.telegram.org/constructor/config, 2026-11), of
which there are never more than UTF-16 units: a text that fits by our count always fits."""

# "Avoid sending more than one message per second. We may allow short bursts that go over this
# limit" (core.telegram.org/bots/faq, 2026-11). Edits share the budget of sends (tdlib/td#2592).
_PRIVATE_MESSAGES: Final = (Bucket(rate=1.0, burst=5),)

# "Your bot will not be able to send more than 20 messages per minute to the same group"
# (core.telegram.org/bots/faq, 2026-11); edits count as sends: "about 20 times per minute in a
# specific chat" (tdlib/td#2592). All topics of a forum share the budget of their chat.
_SHARED_MESSAGES: Final = (Window(calls=20, seconds=60.0),)

# At most 20 calls in 5 s and 40 calls in 30 s per peer, chat actions included
# (core.telegram.org/api/bots/ai, 2026-11).
_DRAFTS: Final = (Window(calls=20, seconds=5.0), Window(calls=40, seconds=30.0))

# All calls of one bot: "about 30 messages per second" (core.telegram.org/bots/faq, November 2026),
# with room for calls that are not ours. A window, for 30 a second allow no burst on top.
_BOT: Final = Window(calls=28, seconds=1.0)

# A draft lives 30 s after its last update (core.telegram.org/bots/api#sendmessagedraft, 2026-11;
# tdlib/td OptionManager.cpp, `pending_text_message_period`).
_DRAFT_LIFETIME: Final = 30.0

# A text keeps 100 entities, and what is more is dropped without a word (tdlib/td
# MessageEntity.cpp). The server adds some of its own: addresses and names that it finds in the
# text come first, and a style is cut in two where it crosses another. Five are left for these.
_SPANS: Final = 95

# At most 500 blocks, nested ones, items of lists and rows of tables included, 16 levels, 20 columns
# (core.telegram.org/bots/api#inputrichmessage, 2026-11; tdlib/td OptionManager.cpp 219-223).
# Details that hold a formula crash Telegram Desktop 6.9 whenever their chat is opened
# (telegramdesktop/tdesktop#30808, 2026-06): such a text is shown as text.
_BLOCKS: Final = BlockLimits(count=500, depth=16, columns=20, folds_formulas=False)

# "The status is set for 5 seconds or less" (core.telegram.org/bots/api#sendchataction, 2026-11).
_TYPING_LIFETIME: Final = 5.0

# "Bots can currently send voice messages of up to 50 MB" (core.telegram.org/bots/api#sendvoice,
# 2026-11); the request around it is left a tenth of a megabyte.
_VOICE_LIMIT: Final = 49_900_000

# An edit counts as a message: a handful of the 20 of a minute. What came between a question and its
# answer is little in a chat; in private chats all chats of the bot share one row of numbers.
_FINDS: Final = 6
# A message's id is its number (core.telegram.org/bots/api#message, 2026-11).
_OWN_ROW: Final = MessageRow(_FINDS, number=number_of, id=str)

# The smallest number of a basic group; supergroups and channels begin below it (the Bot API puts
# -100 before their own numbers). They number their messages themselves; the messages of private
# chats and basic groups are numbered in one row for each account of the bot.
_LAST_BASIC_GROUP: Final = -1_000_000_000_000
_ACCOUNT_ROW: Final = replace(_OWN_ROW, name="account")

_SHARED: Final = Surface(
    limit=MESSAGE_LIMIT,
    ruler=UTF16,
    dialect="markdown",
    spans=_SPANS,
    blocks=_BLOCKS,
    typing_lifetime=_TYPING_LIFETIME,
    stop_buttons=True,
    buttons=True,
    voice_limit=_VOICE_LIMIT,
    row=_OWN_ROW,
    cadence=Cadence(_SHARED_MESSAGES, _DRAFTS, _BOT),  # chat actions count there too
)
_PRIVATE: Final = replace(
    _SHARED,
    ways=(DraftWay(_DRAFT_LIFETIME), *EDITS),
    row=_ACCOUNT_ROW,
    cadence=Cadence(_PRIVATE_MESSAGES, _DRAFTS, _BOT),
)
_BASIC_GROUP: Final = replace(_SHARED, row=_ACCOUNT_ROW)
# In a channel a bot may have the right to edit what people post there
# (core.telegram.org/bots/api#chatadministratorrights, `can_edit_messages`): what can be edited need
# not be its own.
_CHANNEL: Final = replace(_SHARED, row=None)


def surface_of(address: Address) -> Surface:
    """Return the surface of `address`; equal kinds of chat get the same value."""
    match address.kind:
        case ChatKind.PRIVATE:
            return _PRIVATE
        case ChatKind.GROUP:
            return _BASIC_GROUP if _is_basic(address) else _SHARED
        case ChatKind.CHANNEL:
            return _CHANNEL
        case _ as unreachable:
            assert_never(unreachable)


def _is_basic(group: Address) -> bool:
    """Return whether it is a basic group; where no group has such an id, calls are refused."""
    try:
        return chat_of(group) > _LAST_BASIC_GROUP
    except ForeignIdError:
        return False
