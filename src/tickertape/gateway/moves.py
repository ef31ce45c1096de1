"""Chats that have another id by now, purely.

A group that becomes a supergroup of Telegram gets another id, and so do its messages. What comes in
under the old id later is read as if it had come under the new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tickertape.chat import Address, Inbound, Message

__all__ = ["Moves"]


class Moves:
    """Knows the present ids of chats."""

    def __init__(self) -> None:
        """Begin without a moved chat."""
        self._to: dict[tuple[str, str], str] = {}
        self._from: dict[tuple[str, str], list[str]] = {}

    def add(self, channel: str, chat: str, to: str) -> bool:
        """Record that the chat `chat` of a channel got the id `to`; return whether that is news.

        A move that would lead back to its beginning is ignored.
        """
        if self.current(channel, chat) == self.current(channel, to):
            return False
        self._to[channel, chat] = to
        self._from.setdefault((channel, to), []).append(chat)
        return True

    def known(self, channel: str) -> Mapping[str, str]:
        """Return the chats of a channel that moved: their next ids, by their old ones."""
        return {chat: to for (of, chat), to in self._to.items() if of == channel}

    def current(self, channel: str, chat: str) -> str:
        """Return the present id of a chat of a channel."""
        while (channel, chat) in self._to:
            chat = self._to[channel, chat]
        return chat

    def names(self, channel: str, chat: str) -> tuple[str, ...]:
        """Return all ids of a chat that are known, the present one first."""
        names = [self.current(channel, chat)]
        for name in names:
            names += self._from.get((channel, name), [])
        return tuple(names)

    def at(self, address: Address) -> Address:
        """Return the present address of the conversation that was at `address`."""
        chat = self.current(address.channel, address.chat)
        return address if chat == address.chat else replace(address, chat=chat)

    def read(self, inbound: Inbound) -> Inbound:
        """Return an event with the present address of its chat.

        A message loses its id, which means nothing there. The press of a button keeps its address:
        the message under the button is none of the new chat.
        """
        return self.message(inbound) if isinstance(inbound, Message) else inbound

    def message(self, message: Message) -> Message:
        """Return a message with the present address of its chat; without its id if that differs."""
        address = self.at(message.address)
        if address == message.address:
            return message
        return replace(message, address=address, message_id=None)
