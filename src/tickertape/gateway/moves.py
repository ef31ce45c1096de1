"""Chats that have another id by now, purely.

A group that becomes a supergroup of Telegram gets another id, and its messages do. What was on its
way under the old id is read as if it had come under the new one, for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tickertape.chat import Address, Inbound, Message

__all__ = ["Moves"]


class Moves:
    """Knows where chats went."""

    def __init__(self) -> None:
        """Begin with chats that have stayed where they were."""
        self._to: dict[tuple[str, str], str] = {}

    def add(self, channel: str, chat: str, to: str) -> bool:
        """Note that the chat `chat` of a channel is `to` by now; return whether that was not known.

        A move that would lead back to where it began is none.
        """
        if self.current(channel, chat) == self.current(channel, to):
            return False
        self._to[channel, chat] = to
        return True

    def known(self, channel: str) -> Mapping[str, str]:
        """Return every chat of a channel that has another id by now, by its old one."""
        return {chat: to for (of, chat), to in self._to.items() if of == channel}

    def current(self, channel: str, chat: str) -> str:
        """Return the id that a chat of a channel has by now."""
        while (channel, chat) in self._to:
            chat = self._to[channel, chat]
        return chat

    def at(self, address: Address) -> Address:
        """Return where an address is by now."""
        chat = self.current(address.channel, address.chat)
        return address if chat == address.chat else replace(address, chat=chat)

    def read(self, inbound: Inbound) -> Inbound:
        """Return what came in as it is to be read: a message stands where its chat is by now.

        Its own id means nothing there. The press of a button stays where it was: the message under
        which it stands is none of the new chat.
        """
        return self.message(inbound) if isinstance(inbound, Message) else inbound

    def message(self, message: Message) -> Message:
        """Return a message where its chat is by now."""
        address = self.at(message.address)
        if address == message.address:
            return message
        return replace(message, address=address, message_id=None)
