"""The names of actions, as logs and metrics have them, purely."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tickertape.delivery.actions import (
    Acknowledge,
    Action,
    Append,
    ClearButtons,
    Delete,
    Edit,
    Find,
    Post,
    PostVoice,
    Probe,
    Seal,
    ShowDraft,
)

__all__ = ["METHODS", "method_of"]

METHODS: Final[Mapping[type[Action], str]] = {
    ShowDraft: "show_draft",
    Post: "post",
    PostVoice: "post_voice",
    Edit: "edit",
    Append: "append",
    Seal: "seal",
    Delete: "delete",
    Probe: "probe",
    Find: "find",
    Acknowledge: "acknowledge",
    ClearButtons: "clear_buttons",
}
"""The name of each action."""


def method_of(action: Action) -> str:
    """Return the name of an action."""
    return METHODS[type(action)]
