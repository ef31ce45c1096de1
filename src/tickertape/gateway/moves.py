"""Chats that have another number by now, purely.

A group that becomes a supergroup gets another number and numbers its messages anew. What was on its
way under the old number is read as if it had come under the new one, for ever.
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
        self._to: dict[int, int] = {}

    def add(self, chat_id: int, to: int) -> bool:
        """Note that the chat `chat_id` is `to` by now; return whether that was not known.

        A move that would lead back to where it began is none.
        """
        if self.current(chat_id) == self.current(to):
            return False
        self._to[chat_id] = to
        return True

    @property
    def known(self) -> Mapping[int, int]:
        """Every chat that has another number by now, by its old one."""
        return dict(self._to)

    def current(self, chat_id: int) -> int:
        """Return the number that a chat has by now."""
        while chat_id in self._to:
            chat_id = self._to[chat_id]
        return chat_id

    def at(self, address: Address) -> Address:
        """Return where an address is by now."""
        chat_id = self.current(address.chat_id)
        return address if chat_id == address.chat_id else replace(address, chat=chat_id)

    def read(self, inbound: Inbound) -> Inbound:
        """Return what came in as it is to be read: a message stands where its chat is by now.

        Its own number means nothing there. The press of a button stays where it was: the message
        under which it stands has no number in the new chat.
        """
        return self.message(inbound) if isinstance(inbound, Message) else inbound

    def message(self, message: Message) -> Message:
        """Return a message where its chat is by now."""
        address = self.at(message.address)
        if address == message.address:
            return message
        return replace(message, address=address, message_id="0")
