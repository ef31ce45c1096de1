"""The three builders of requests on any sound conversation, with whatever servers made of it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hostile_json import JSON_TEXT, TEXT
from hypothesis import given
from hypothesis import strategies as st

from tickertape.conversation import (
    Entry,
    Opaque,
    Step,
    TextPart,
    Thought,
    ToolCall,
    ToolResult,
    Utterance,
    sound,
)
from tickertape.ports import Prompt
from tickertape.providers import chat_completions, messages, responses
from tickertape.providers.quirks.profile import Profile

_ORIGIN = "model at server"
_RAW = st.one_of(
    JSON_TEXT,
    TEXT,
    st.builds(
        lambda kind, name, value: f'{{"type":"{kind}","{name}":{value}}}',
        st.sampled_from(["text", "thinking", "reasoning", "tool_use", "server_tool_use", "x"]),
        st.sampled_from(["id", "text", "function", "encrypted_content", "phase", "tool_use_id"]),
        JSON_TEXT,
    ),
)
_ID = TEXT | st.sampled_from(["call_0", "functions.add:0", "D681PevKs", "x" * 300])
_PART = st.one_of(
    st.builds(TextPart, TEXT.filter(bool), st.none() | _RAW),
    st.builds(Thought, TEXT, st.none() | _RAW),
    st.builds(ToolCall, _ID, TEXT, TEXT | JSON_TEXT, st.none() | _RAW),
    st.builds(Opaque, _RAW),
)
_ENTRY = st.one_of(
    st.builds(Utterance, st.sampled_from(["system", "user", "assistant"]), TEXT),
    st.builds(Step, st.lists(_PART, max_size=4).map(tuple), st.sampled_from([_ORIGIN, "else"])),
    st.builds(ToolResult, _ID, TEXT, TEXT, st.booleans()),
)
_PROFILE = st.builds(
    Profile,
    returns_reasoning=st.sampled_from(["never", "with_calls", "always"]),
    encrypted_reasoning=st.booleans(),
    system_as_instructions=st.booleans(),
    call_id_size=st.sampled_from([0, 9]),
)


@pytest.mark.parametrize("body", [chat_completions.body, responses.body, messages.body])
@given(entries=st.lists(_ENTRY, max_size=6), profile=_PROFILE)
def test_any_sound_conversation_is_json(
    body: Callable[..., dict[str, object]], entries: list[Entry], profile: Profile
) -> None:
    """Whatever was said and kept, a request of it is made, and is JSON in UTF-8."""
    asked = body(Prompt(sound(entries)), model="m", profile=profile, origin=_ORIGIN)
    json.dumps(asked, ensure_ascii=False, allow_nan=False).encode()
