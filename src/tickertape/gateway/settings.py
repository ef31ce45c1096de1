"""What a chat has chosen for itself, and the bot's words about it, purely.

A chat's settings outlive `/new` and restarts. They are applied to the answers that begin after
they were changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias, assert_never, get_args

from tickertape.gateway.commands import Model, Reasoning, Voice

__all__ = ["DEFAULT_MODEL", "ChatSettings", "Choices", "Visibility", "change"]

DEFAULT_MODEL = "default"
"""The name of the model that answers where nobody chose another one."""

Visibility: TypeAlias = Literal["hide", "status", "show", "keep"]
"""What readers see of a model's thinking; see `tickertape.delivery.streaming`."""

_MEANINGS: dict[Visibility, str] = {
    "hide": "my thinking is not shown",
    "status": "a short line while I think",
    "show": "my thinking is shown while I think",
    "keep": "my thinking stays below the answer, folded",
}


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """What one chat has chosen."""

    reasoning: Visibility | None = None
    """What readers see of the model's thinking; None: as the operator has it."""
    model: str = ""
    """The name of the model that answers; empty: the default."""
    voice: bool | None = None
    """Whether each answer is heard as well; None: as the operator has it."""

    def over(self, older: ChatSettings) -> ChatSettings:
        """Return these settings, with those of `older` where nothing is chosen."""
        return ChatSettings(
            reasoning=self.reasoning or older.reasoning,
            model=self.model or older.model,
            voice=older.voice if self.voice is None else self.voice,
        )


@dataclass(frozen=True, slots=True)
class Choices:
    """What chats may choose from, and what holds where they do not."""

    reasoning: Visibility = "status"
    """What readers see of a model's thinking where the chat did not choose."""
    models: Mapping[str, str] = field(default_factory=dict)
    """The models by their names, the default first, each with what its server calls it; empty
    where the agent has none to choose."""
    voice: bool | None = None
    """Whether answers are heard as well where the chat did not choose; None: there is no voice."""

    def model_of(self, settings: ChatSettings) -> str:
        """Return the name of the model that answers a chat; empty where the agent decides.

        A model that the operator has taken away since is answered for by the default.
        """
        if settings.model in self.models:
            return settings.model
        return next(iter(self.models), "")

    def is_heard(self, settings: ChatSettings) -> bool:
        """Return whether a chat's answers are heard as well."""
        if self.voice is None:
            return False
        return self.voice if settings.voice is None else settings.voice


def change(
    order: Model | Reasoning | Voice, settings: ChatSettings, choices: Choices
) -> tuple[ChatSettings, str]:
    """Return a chat's settings after an order, and what the bot says to it."""
    match order:
        case Reasoning(choice=choice):
            return _change_reasoning(choice, settings, choices)
        case Model(name=name):
            return _change_model(name, settings, choices)
        case Voice(choice=choice):
            return _change_voice(choice, settings, choices)
        case _:
            assert_never(order)


def _change_reasoning(
    choice: str, settings: ChatSettings, choices: Choices
) -> tuple[ChatSettings, str]:
    for visibility in get_args(Visibility):
        if choice == visibility:
            said = f"From the next answer on: {visibility} - {_MEANINGS[visibility]}."
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
        return settings, "There is one brain behind this bot: no model to choose."
    if name in choices.models:
        return replace(settings, model=name), f"From the next answer on, {name} answers."
    chosen = choices.model_of(settings)
    lines = []
    for number, (known, at_server) in enumerate(choices.models.items()):
        marks = ["chosen"] * (known == chosen) + ["the default"] * (number == 0)
        noted = f" ({', '.join(marks)})" if marks else ""
        lines.append(f"/model {known} - {at_server}{noted}")
    unknown = "I do not know that model.\n\n" if name else ""
    return settings, unknown + "\n".join(lines)


def _change_voice(
    choice: str, settings: ChatSettings, choices: Choices
) -> tuple[ChatSettings, str]:
    if choices.voice is None:
        return settings, "There is no voice behind this bot."
    match choice:
        case "on":
            said = "From the next answer on, a voice note follows each answer."
            return replace(settings, voice=True), said
        case "off":
            return replace(settings, voice=False), "From the next answer on, there is text only."
        case _:
            unknown = "I do not know that choice.\n\n" if choice else ""
            is_heard = choices.is_heard(settings)
            on, off = (" (chosen)", "") if is_heard else ("", " (chosen)")
            listed = f"/voice on - a voice note below each answer{on}\n/voice off - text only{off}"
            return settings, unknown + listed
