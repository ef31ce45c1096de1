"""What a chat chooses for itself, and what the bot says about it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.gateway.commands import ModelCommand, ReasoningCommand, VoiceCommand
from tickertape.gateway.settings import ChatSettings, Choices, change

CHOICES = Choices("status", {"default": "small-1", "clever": "large-9"})
NOTHING = ChatSettings()


def test_the_models_are_listed() -> None:
    """Without a name: every model, which one is chosen, and which is the default."""
    _, said = change(ModelCommand(), NOTHING, CHOICES)
    assert said == "/model default - small-1 (chosen, the default)\n/model clever - large-9"
    _, said = change(ModelCommand(), ChatSettings(model="clever"), CHOICES)
    assert said == "/model default - small-1 (the default)\n/model clever - large-9 (chosen)"


def test_a_model_is_chosen() -> None:
    """A known name is kept; an unknown one changes nothing, and gets the list."""
    chosen, said = change(ModelCommand("clever"), NOTHING, CHOICES)
    assert chosen == ChatSettings(model="clever")
    assert said == "Switched to `clever`. It will answer your next message."
    assert CHOICES.model_of(chosen) == "clever"
    same, said = change(ModelCommand("best"), chosen, CHOICES)
    assert same == chosen
    assert said.startswith("I do not know that model.\n\n/model default")
    back, _ = change(ModelCommand("default"), chosen, CHOICES)
    assert CHOICES.model_of(back) == "default"


def test_a_model_that_was_taken_away() -> None:
    """A chat whose model is not configured any more is answered by the default."""
    assert CHOICES.model_of(ChatSettings(model="gone")) == "default"


def test_an_agent_without_models() -> None:
    """Where the agent has none to choose, `/model` says so, and the agent decides."""
    assert Choices().model_of(ChatSettings(model="clever")) == ""
    for name in ("", "clever"):
        settings, said = change(ModelCommand(name), NOTHING, Choices())
        assert settings == NOTHING
        assert said == "This bot has one model; there is none to choose."


@pytest.mark.parametrize(
    ("everywhere", "chosen", "heard"),
    [
        (None, True, False),
        (False, None, False),
        (True, None, True),
        (False, True, True),
        (True, False, False),
    ],
)
def test_a_chats_own_choice_of_a_voice_counts(
    everywhere: bool | None, chosen: bool | None, heard: bool
) -> None:
    """The operator's holds where the chat did not choose; without a voice nothing is heard."""
    assert Choices(voice=everywhere).is_heard(ChatSettings(voice=chosen)) is heard


def test_a_voice_is_chosen() -> None:
    """`on` and `off` are kept beside what else was chosen; anything else lists the two."""
    choices = Choices(voice=False)
    on, _ = change(VoiceCommand("on"), ChatSettings("show", "clever"), choices)
    assert on == ChatSettings("show", "clever", voice=True)
    off, _ = change(VoiceCommand("off"), on, choices)
    assert off == ChatSettings("show", "clever", voice=False)
    same, said = change(VoiceCommand("loud"), on, choices)
    assert same == on
    assert said.startswith("I do not know that choice.\n\n/voice on - ")
    assert said.endswith("(chosen)\n/voice off - text only")


@pytest.mark.parametrize("choice", ["hide", "status", "show", "keep"])
def test_reasoning_is_chosen(choice: str) -> None:
    """Each of the four words is kept, and the model stays."""
    settings, said = change(ReasoningCommand(choice), ChatSettings(model="clever"), CHOICES)
    assert settings.reasoning == choice
    assert settings.model == "clever"
    assert said.startswith("Starting with the next answer: ")


def test_the_choices_of_reasoning_are_listed() -> None:
    """Without a word: the four choices, and the present one; an unknown word gets them too."""
    _, said = change(ReasoningCommand(), NOTHING, Choices("hide"))
    assert said.splitlines()[0] == "/reasoning hide - my thinking is not shown (chosen)"
    settings, said = change(ReasoningCommand("loud"), ChatSettings(reasoning="keep"), CHOICES)
    assert settings == ChatSettings(reasoning="keep")
    assert said.startswith("I do not know that choice.\n\n/reasoning hide")
    assert said.endswith("(chosen)")


@given(st.text(max_size=50))
def test_any_word_is_answered(word: str) -> None:
    """No word upsets the settings, and every answer fits a message."""
    for order in (ModelCommand(word), ReasoningCommand(word)):
        _, said = change(order, NOTHING, CHOICES)
        assert 0 < len(said) < 500
