"""The operator's commands, purely: what follows from one that was given, and what menus say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tickertape.chat import Address, Message, Person
from tickertape.conversation import CommandGiven
from tickertape.gateway.access import Access
from tickertape.gateway.commands import OperatorCommand
from tickertape.gateway.custom_commands import sentences
from tickertape.gateway.custom_commands.call import call_of, quoted_in
from tickertape.gateway.custom_commands.custom_command import (
    CustomCommand,
    FunctionAction,
    OptionError,
    ProgramAction,
    PromptAction,
    argv,
    form,
    may_use,
)
from tickertape.gateway.custom_commands.parameters import UnfitWordError, arguments
from tickertape.gateway.custom_commands.templates import MissingWordsError
from tickertape.gateway.decisions import AskAgent, RunCommand, Say
from tickertape.message import MessagePart, QuotedMessage

__all__ = ["Catalog"]


@dataclass(frozen=True, slots=True)
class Catalog:
    """The operator's commands."""

    commands: Mapping[str, CustomCommand] = field(default_factory=dict)
    """The commands by their names, in the order of the configuration."""

    def work(
        self, given: OperatorCommand, message: Message, access: Access
    ) -> AskAgent | RunCommand | Say:
        """Return the work that follows from a command.

        Args:
            given: the command, which is one of `commands`.
            message: the message that gave it.
            access: the people who are answered.
        """
        command = self.commands[given.name]
        if not may_use(command, access, message.address, message.sender):
            return Say(message, sentences.not_for_you(given.name))
        order = CommandGiven(given.name, given.text, quoted_in(message.content))
        call = call_of(order, message)
        try:
            match command.action:
                case PromptAction(template=template):
                    prompt, _ = template.filled(call)
                    parts = _asked(message.content, prompt, quotes=not template.uses_quote(call))
                    # Not the text: where it is read again, it must not be taken for a command.
                    return AskAgent(replace(message, text="", parts=parts))
                case FunctionAction(parameters=wanted):
                    arguments(wanted, call)
                case ProgramAction():
                    argv(command.action, call)
        except (MissingWordsError, UnfitWordError):
            return Say(message, sentences.usage(form(command), command.description))
        except OptionError:
            return Say(message, sentences.OPTION)
        return RunCommand(message, order)

    def refusal(self, given: CommandGiven, message: Message, access: Access) -> str:
        """Return why a command is not repeated; empty if it is.

        Args:
            given: the command, as it was given the first time.
            message: the order to repeat it.
            access: the people who are answered.
        """
        command = self.commands.get(given.name)
        if command is None or isinstance(command.action, PromptAction):
            return sentences.gone(given.name)
        order = OperatorCommand(given.name, given.text)
        quote = () if not given.quoted else (QuotedMessage((given.quoted,)),)
        work = self.work(order, replace(message, parts=quote), access)
        return work.text if isinstance(work, Say) else ""

    def listed(
        self, access: Access, address: Address, sender: Person | None
    ) -> tuple[tuple[str, str], ...]:
        """Return the names and descriptions of the commands that a person may use."""
        return tuple(
            (name, command.description)
            for name, command in self.commands.items()
            if may_use(command, access, address, sender)
        )

    @property
    def menu(self) -> tuple[tuple[str, str], ...]:
        """The names and descriptions of the commands that everybody may use.

        A platform shows its menu to all people alike.
        """
        return tuple(
            (name, command.description)
            for name, command in self.commands.items()
            if not command.allow
        )


def _asked(parts: tuple[MessagePart, ...], prompt: str, *, quotes: bool) -> tuple[MessagePart, ...]:
    """Return what a message asks with a prompt in the place of its words.

    Args:
        parts: what the message holds.
        prompt: the prompt, filled.
        quotes: whether the messages that it replies to stand before the prompt.
    """
    kept = tuple(
        part
        for part in parts
        if not isinstance(part, str) and (quotes or not isinstance(part, QuotedMessage))
    )
    return (*kept, prompt)
