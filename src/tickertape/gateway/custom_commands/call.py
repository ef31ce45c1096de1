"""What a person asked of a command: a value."""

from __future__ import annotations

from dataclasses import dataclass

from tickertape.chat import Address, Message, Person
from tickertape.conversation import CommandGiven
from tickertape.gateway.custom_commands.words import split
from tickertape.message import MessagePart, QuotedMessage, text_for_model

__all__ = ["CommandCall", "call_of", "quoted_in"]


@dataclass(frozen=True, slots=True)
class CommandCall:
    """A command that a person gave. A function that has a parameter of this type gets it."""

    command: str
    """The command's name, without the slash."""
    text: str
    """All that stands behind it, as it was typed."""
    words: tuple[str, ...]
    """The same in words; quoted words are one."""
    quoted: str
    """The message that it replies to; empty if there is none."""
    person: Person | None
    """Who gave it; None where the platform does not say."""
    address: Address
    """The chat, or the topic of it."""

    @property
    def name(self) -> str:
        """The person's name in one line, as they chose it; empty where it is not known."""
        return " ".join(self.person.name.split()) if self.person is not None else ""


def call_of(given: CommandGiven, message: Message) -> CommandCall:
    """Return the call of a command.

    Args:
        given: the command, and what it was given.
        message: who asks for it, and where: the command itself, or the order to repeat it.
    """
    words = split(given.text)
    return CommandCall(given.name, given.text, words, given.quoted, message.sender, message.address)


def quoted_in(parts: tuple[MessagePart, ...]) -> str:
    """Return the text of the messages that `parts` reply to; empty if there are none."""
    quotes = [part for part in parts if isinstance(part, QuotedMessage)]
    return "\n\n".join(text for quote in quotes if (text := text_for_model(quote.parts).strip()))
