"""What a server or model wants to be asked like, as data: no provider's name stands in any code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Profile"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The ways of one server or model. The defaults suit what speaks its protocol plainly."""

    key_header: Literal["bearer", "x-api-key"] = "bearer"
    """How the key travels."""
    version_header: str = ""
    """The value of `anthropic-version`; empty sends what the SDK sends."""
    max_tokens_name: Literal["max_tokens", "max_completion_tokens", "max_output_tokens", ""] = (
        "max_tokens"
    )
    """The name of the answer's limit; empty: the server takes none."""
    defaults: Mapping[str, object] = field(default_factory=dict)
    """More fields of the request, where neither the conversation nor the settings have them."""
    must_stream: bool = False
    """Whether the server answers nothing but streams."""
    usage_option: bool = True
    """Chat Completions: whether `stream_options.include_usage` is asked for."""
    returns_reasoning: Literal["never", "with_calls", "always"] = "never"
    """Chat Completions: on which of the model's messages its reasoning is sent back."""
    reasoning_field: Literal["reasoning_content", "reasoning"] = "reasoning_content"
    """Chat Completions: the field in which it is sent back."""
    encrypted_reasoning: bool = True
    """Responses: whether encrypted reasoning is asked for and sent back."""
    system_as_instructions: bool = True
    """Responses: whether the system's words go as `instructions` rather than as an input item."""
    call_id_size: int = 0
    """Of exactly how many letters and digits a call's id must be; 0: ids go as they are, as far as
    the protocol takes them."""
    begins_thinking: bool = False
    """Whether the template opens a thought before the model's first word."""
    is_local: bool = False
    """Whether the server computes on a machine of its user's: first tokens take their time."""
