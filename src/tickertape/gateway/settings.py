"""The settings of a chat, and the bot's words about them, purely.

A chat's settings outlive `/new` and restarts. They are applied to the answers that begin after
they were changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias, assert_never, get_args

from tickertape.gateway.commands import (
    ModelCommand,
    QueueCommand,
    ReasoningCommand,
    SettingCommand,
    VoiceCommand,
)

__all__ = ["DEFAULT_MODEL", "ChatSettings", "Choices", "QueueMode", "Visibility", "change"]

DEFAULT_MODEL = "default"
"""The name of the model that answers in chats that chose none."""

Visibility: TypeAlias = Literal["hide", "status", "show", "keep"]
"""How much of a model's thinking readers see; see `tickertape.delivery.streaming`."""

QueueMode: TypeAlias = Literal["queue", "collect", "steer", "interrupt"]
"""What becomes of messages that come while an answer is written: they are answered one after
another (`queue`), or together (`collect`); or the agent reads them before its next step, where it
can, else they are answered together (`steer`); or the answer ends, and they are answered together
(`interrupt`)."""

_MODES: dict[QueueMode, str] = {
    "queue": "I answer one after another",
    "collect": "I answer all of them together, next",
    "steer": "I read them on the way, before my next step",
    "interrupt": "I stop, and answer them",
}

_MEANINGS: dict[Visibility, str] = {
    "hide": "my thinking is not shown",
    "status": "a short line while I think",
    "show": "my thinking is shown while I think",
    "keep": "my thinking stays below the answer, folded",
}


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """The settings that one chat has chosen."""

    reasoning: Visibility | None = None
    """How much of the model's thinking readers see; None: as the operator configured it."""
    model: str = ""
    """The name of the model that answers; empty: the default."""
    voice: bool | None = None
    """Whether a voice note follows each answer; None: as the operator configured it."""
    queue: QueueMode | None = None
    """What becomes of messages that come while an answer is written; None: as the operator
    configured it."""

    def over(self, older: ChatSettings) -> ChatSettings:
        """Return these settings, filled with those of `older` where nothing is chosen."""
        return ChatSettings(
            reasoning=self.reasoning or older.reasoning,
            model=self.model or older.model,
            voice=older.voice if self.voice is None else self.voice,
            queue=self.queue or older.queue,
        )


@dataclass(frozen=True, slots=True)
class Choices:
    """The choices of chats, and the defaults."""

    reasoning: Visibility = "status"
    """How much of a model's thinking readers see in chats that did not choose."""
    models: Mapping[str, str] = field(default_factory=dict)
    """The models by their names, the default first, each with its name at its server; empty if the
    agent has none to choose."""
    voice: bool | None = None
    """Whether voice notes follow answers in chats that did not choose; None: there is no voice."""
    queue: QueueMode = "queue"
    """What becomes of messages that come while an answer is written, in chats that did not
    choose."""

    def model_of(self, settings: ChatSettings) -> str:
        """Return the name of the model that answers a chat; empty if the agent decides.

        The default answers for a model that the operator has removed.
        """
        if settings.model in self.models:
            return settings.model
        return next(iter(self.models), "")

    def is_heard(self, settings: ChatSettings) -> bool:
        """Return whether voice notes follow a chat's answers."""
        if self.voice is None:
            return False
        return self.voice if settings.voice is None else settings.voice


def change(
    order: SettingCommand, settings: ChatSettings, choices: Choices
) -> tuple[ChatSettings, str]:
    """Return a chat's settings after a command, and the bot's reply."""
    match order:
        case ReasoningCommand(choice=choice):
            return _change_reasoning(choice, settings, choices)
        case ModelCommand(name=name):
            return _change_model(name, settings, choices)
        case VoiceCommand(choice=choice):
            return _change_voice(choice, settings, choices)
        case QueueCommand(choice=choice):
            return _change_queue(choice, settings, choices)
        case _:
            assert_never(order)


def _change_reasoning(
    choice: str, settings: ChatSettings, choices: Choices
) -> tuple[ChatSettings, str]:
    for visibility in get_args(Visibility):
        if choice == visibility:
            said = f"Starting with the next answer: {_MEANINGS[visibility]}."
            return replace(settings, reasoning=visibility), said
    present = settings.reasoning or choices.reasoning
    lines = [
        f"/reasoning {visibility} - {meaning}" + (" (chosen)" if visibility == present else "")
        for visibility, meaning in _MEANINGS.items()
    ]
    unknown = "I do not know that choice.\n\n" if choice else ""
    return settings, unknown + "\n".join(lines)


def _change_model(name: str, settings: ChatSettings, choices: Choices) -> tuple[ChatSettings, str]:
    if not choices.models:
        return settings, "This bot has one model; there is none to choose."
    if name in choices.models:
        said = f"Switched to `{name}`. It will answer your next message."
        return replace(settings, model=name), said
    chosen = choices.model_of(settings)
    lines = []
    for number, (known, at_server) in enumerate(choices.models.items()):
        marks = ["chosen"] * (known == chosen) + ["the default"] * (number == 0)
        noted = f" ({', '.join(marks)})" if marks else ""
        lines.append(f"/model {known} - {at_server}{noted}")
    unknown = "I do not know that model.\n\n" if name else ""
    return settings, unknown + "\n".join(lines)


def _change_queue(
    choice: str, settings: ChatSettings, choices: Choices
) -> tuple[ChatSettings, str]:
    for mode, meaning in _MODES.items():
        if choice == mode:
            said = f"From here on, when you send more while I answer: {meaning}."
            return replace(settings, queue=mode), said
    present = settings.queue or choices.queue
    lines = [
        f"/queue {mode} - {meaning}" + (" (chosen)" if mode == present else "")
        for mode, meaning in _MODES.items()
    ]
    head = "I do not know that choice." if choice else "When you send more while I answer:"
    return settings, "\n".join([head, "", *lines])


def _change_voice(
    choice: str, settings: ChatSettings, choices: Choices
) -> tuple[ChatSettings, str]:
    if choices.voice is None:
        return settings, "Voice replies aren't enabled."
    match choice:
        case "on":
            said = "Starting with the next answer, a voice note follows each answer."
            return replace(settings, voice=True), said
        case "off":
            return replace(settings, voice=False), "Starting with the next answer: text only."
        case _:
            unknown = "I do not know that choice.\n\n" if choice else ""
            is_heard = choices.is_heard(settings)
            on, off = (" (chosen)", "") if is_heard else ("", " (chosen)")
            listed = f"/voice on - a voice note below each answer{on}\n/voice off - text only{off}"
            return settings, unknown + listed
