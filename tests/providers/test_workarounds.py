"""What refusals teach: which words call for which change, and for how long it is kept."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.errors import FailureKind
from tickertape.providers.quirks.known import QUIRKS, SentRequest, workaround_for
from tickertape.providers.quirks.profile import Profile
from tickertape.providers.quirks.workarounds import (
    EXPIRY,
    Fixed,
    KnownWorkarounds,
    Renamed,
    ReturnsReasoning,
    WithoutParameter,
    WithoutStreaming,
    Workaround,
    adapted,
    returned_to,
    streams,
    worked_around,
)
from tickertape.providers.refusals.error_body import error_body

_REQUIRED = frozenset({"model", "messages", "stream"})
_BODY: dict[str, object] = {
    "model": "m",
    "messages": [],
    "stream": True,
    "stream_options": {"include_usage": True},
    "temperature": 0,
    "top_p": 1,
    "max_tokens": 9,
    "max_output_tokens": 9,
    "stop": ["x"],
    "user": "u",
    "store": True,
    "tools": [{}],
    "reasoning": {"summary": "auto"},
    "reasoning_effort": "minimal",
    "presence_penalty": 0.1,
    "seed": 7,
    "top_k": 5,
    "tool_choice": "auto",
}
_FASTAPI = {"detail": [{"type": "extra_forbidden", "loc": ["body", "user"], "msg": "Extra"}]}
_INNER = '{"error":{"message":"Your organization must be verified to stream this model."}}'


def _workaround(said: object, profile: Profile | None = None, **more: Any) -> Workaround | None:
    asked = SentRequest(_BODY, profile or Profile(), _REQUIRED)
    kind = more.pop("kind", FailureKind.REFUSED_PARAMETER)
    return workaround_for(kind, error_body(said), asked, **more)


@pytest.mark.parametrize(
    ("said", "workaround"),
    [
        ("Your organization must be verified to stream this model.", WithoutStreaming()),
        (
            {"error": {"message": "Provider returned error", "metadata": {"raw": _INNER}}},
            WithoutStreaming(),
        ),
        (
            (
                "Unsupported value: 'stream' does not support true with this model."
                " Only the default (false) value is supported."
            ),
            WithoutStreaming(),
        ),
        (
            "This model doesn't support tool use in streaming mode.",
            WithoutStreaming(with_tools_only=True),
        ),
        ("Streaming is not supported for this model", WithoutStreaming()),
        ("Store must be set to false", Fixed("store", value=False)),
        ("Stream must be set to true", None),
        ("Unsupported parameter: max_output_tokens", WithoutParameter("max_output_tokens")),
        (
            (
                "Unsupported parameter: 'max_tokens' is not supported with this model."
                " Use 'max_completion_tokens' instead."
            ),
            Renamed("max_tokens", "max_completion_tokens"),
        ),
        (
            "`temperature` and `top_p` cannot both be specified for this model.",
            WithoutParameter("top_p"),
        ),
        ("`temperature` is deprecated for this model.", WithoutParameter("temperature")),
        ("temperature: Extra inputs are not permitted", WithoutParameter("temperature")),
        ("registry.ollama.ai/library/x:1b does not support tools", WithoutParameter("tools")),
        (
            {"code": "unsupported_value", "message": "No", "param": "reasoning.summary"},
            WithoutParameter("reasoning"),
        ),
        (_FASTAPI, WithoutParameter("user")),
        ({"message": _FASTAPI, "code": None}, WithoutParameter("user")),
        (
            "Unrecognized request argument supplied: stream_options",
            WithoutParameter("stream_options"),
        ),
        ("property 'store' is unsupported, did you mean 'stop'?", WithoutParameter("store")),
        ("messages.1.reasoning: reasoning is not supported", ReturnsReasoning("never")),
        ("Item with id 'rs_68' not found. `store` is false", ReturnsReasoning("never")),
        ({"error": {"code": "invalid_encrypted_content"}}, ReturnsReasoning("never")),
        (
            "The `reasoning_content` in the thinking mode must be passed back to the API.",
            ReturnsReasoning("with_calls"),
        ),
        (
            "thinking is enabled but reasoning_content is missing in assistant tool call message",
            ReturnsReasoning("with_calls"),
        ),
        ("invalid temperature: only 1 is allowed for this model", WithoutParameter("temperature")),
        ("invalid top_p: only 0.95 is allowed for this model", WithoutParameter("top_p")),
        ("invalid seed: only 0 is allowed", WithoutParameter("seed")),
        ("invalid stop: only 4 are allowed", WithoutParameter("stop")),
        ("Model x does not support parameter stop.", WithoutParameter("stop")),
        (
            "Argument not supported on this model: presencePenalty",
            WithoutParameter("presence_penalty"),
        ),
        (
            "`temperature` may only be set to 1 when thinking is enabled.",
            WithoutParameter("temperature"),
        ),
        (
            "`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled",
            WithoutParameter("top_p"),
        ),
        ("`top_k` must be unset when thinking is enabled.", WithoutParameter("top_k")),
        (
            "`reasoning_effort` must be one of `none`, `default`",
            WithoutParameter("reasoning_effort"),
        ),
        (
            {
                "error": {
                    "message": "Invalid value: 'minimal'. Supported values are: 'low', 'high'.",
                    "param": "reasoning.effort",
                    "code": "invalid_value",
                }
            },
            WithoutParameter("reasoning"),
        ),
        (
            "Only the default (1) value is supported for 'temperature'.",
            WithoutParameter("temperature"),
        ),
        ("This model only supports temperature=1", WithoutParameter("temperature")),
        ("Temperature is fixed for this model.", WithoutParameter("temperature")),
        ("seed is not supported", WithoutParameter("seed")),
        ("No endpoints found that support tool use.", WithoutParameter("tools")),
        (
            "No endpoints found that support the provided 'tool_choice' value.",
            WithoutParameter("tool_choice"),
        ),
        ("temperature must be between 0 and 2", None),
        ("Invalid model configuration.", None),
        ("Your request exceeded model token limit: 262144 (requested: 291351)", None),
        ("the user may not stop here: unsupported", None),
        ("Unknown model 'messages'", None),
        ("temperature must be at most 2", None),
        ({"error": {"message": "Unknown type", "param": "tools[0].type"}}, None),
        ("", None),
    ],
)
def test_words_call_for_a_workaround(said: object, workaround: Workaround | None) -> None:
    """Each refusal that was seen in the wild has its change, and prose has none."""
    assert _workaround(said) == workaround


@pytest.mark.parametrize(
    "kind", [kind for kind in FailureKind if kind != FailureKind.REFUSED_PARAMETER]
)
def test_other_kinds_are_not_worked_around(kind: FailureKind) -> None:
    """A wrong key, an empty account or a full window is told, whatever the words are."""
    assert _workaround("'temperature' is unsupported", kind=kind) is None


def test_streaming_that_an_account_may_not_use() -> None:
    """A 403 that is about streaming alone is worked around, as the one refusal of rights."""
    said = "User is not authorized to perform: bedrock:InvokeModelWithResponseStream"
    assert _workaround(said, kind=FailureKind.AUTH) == WithoutStreaming()
    assert _workaround(said, Profile(must_stream=True), kind=FailureKind.AUTH) is None


def test_no_workaround_is_proposed_twice() -> None:
    """A limit that is refused is renamed, then left out, and then nothing is left to try."""
    tried: list[Workaround] = []
    for name in ("max_tokens", "max_completion_tokens", "max_completion_tokens"):
        asked = SentRequest(worked_around(_BODY, tried), Profile(), _REQUIRED)
        said = error_body(f"Unsupported parameter: {name}")
        workaround = workaround_for(FailureKind.REFUSED_PARAMETER, said, asked, tried)
        tried += [] if workaround is None else [workaround]
    assert tried == [
        Renamed("max_tokens", "max_completion_tokens"),
        WithoutParameter("max_completion_tokens"),
    ]


def test_workarounds_change_the_body() -> None:
    """Fields go, move and are fixed; what depends on tools goes with them."""
    body = {"a": 1, "b": 2, "store": True, "tools": [], "tool_choice": "auto"}
    changes = (
        WithoutParameter("a"),
        Renamed("b", "c"),
        Renamed("absent", "d"),
        Fixed("store", value=False),
        WithoutParameter("tools"),
        WithoutStreaming(),
    )
    assert worked_around(body, changes) == {"c": 2, "store": False}
    assert body["a"] == 1


def test_workarounds_change_the_ways() -> None:
    """Returning thoughts is a matter of the profile, and of whose items go back."""
    never = (ReturnsReasoning("always"), ReturnsReasoning("never"))
    assert adapted(Profile(), never[:1]).returns_reasoning == "always"
    assert not adapted(Profile(), never).encrypted_reasoning
    assert (returned_to("x", never[:1]), returned_to("x", never)) == ("x", "")


def test_whether_a_stream_is_asked_for() -> None:
    """Streaming is given up as far as it must be."""
    with_tools = (WithoutStreaming(with_tools_only=True),)
    assert streams((), with_tools=True)
    assert streams(with_tools, with_tools=False)
    assert not streams(with_tools, with_tools=True)
    assert not streams((WithoutStreaming(),), with_tools=False)


def test_what_was_learned_expires() -> None:
    """A workaround is kept for its time from when it first helped, and can be learned again."""
    workarounds = KnownWorkarounds()
    workarounds.learn(WithoutStreaming(), 0.0)
    workarounds.learn(WithoutParameter("a"), 10.0)
    workarounds.learn(WithoutStreaming(), 20.0)
    assert workarounds.known(20.0) == (WithoutStreaming(), WithoutParameter("a"))
    assert workarounds.known(EXPIRY) == (WithoutParameter("a"),)
    workarounds.learn(WithoutStreaming(), EXPIRY)
    assert workarounds.known(EXPIRY + 10.0) == (WithoutStreaming(),)


@given(st.text() | st.recursive(st.none() | st.text(), st.lists), st.lists(st.sampled_from(QUIRKS)))
def test_any_error_body_can_be_read(said: object, quirks: list[Any]) -> None:
    """No words can make the table fail, nor take away what a request needs."""
    words = " ".join(quirk.words.pattern for quirk in quirks)
    workaround = _workaround([said, words])
    assert not (isinstance(workaround, WithoutParameter) and workaround.name in _REQUIRED)


def test_every_row_has_a_source() -> None:
    """Each row names where its words were seen."""
    assert all("#" in quirk.source for quirk in QUIRKS)
