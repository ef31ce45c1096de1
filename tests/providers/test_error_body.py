"""What servers say, found in every shape that they say it in."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.providers.refusals.error_body import ErrorBody, error_body, parsed

_ANTHROPIC = {"type": "error", "error": {"type": "overloaded_error", "message": "Busy"}}
_RAW = '{"error":{"message":"Verify.","code":"unsupported_value","param":"stream"}}'


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (
            {"error": {"message": "No.", "type": "T", "code": "C", "param": "stream"}},
            ErrorBody(("c", "t"), "No.", ("stream",)),
        ),
        (_ANTHROPIC, ErrorBody(("overloaded_error", "error"), "Busy")),
        ({"detail": "Store must be false"}, ErrorBody((), "Store must be false")),
        (
            {"detail": [{"type": "extra", "loc": ["body", "messages", 1, "x"], "msg": "No"}]},
            ErrorBody(("extra",), "No", ("messages.x",)),
        ),
        (
            {"message": {"detail": [{"type": "extra", "loc": ["body", "n"]}]}, "code": 3001},
            ErrorBody(("3001", "extra"), "", ("n",)),
        ),
        (
            {"error": {"message": "Provider error", "code": 400, "metadata": {"raw": _RAW}}},
            ErrorBody(("unsupported_value", "400"), "Verify.", ("stream",)),
        ),
        (
            {"error": {"code": 400, "message": json.dumps(_ANTHROPIC)}},
            ErrorBody(("400", "overloaded_error", "error"), "Busy"),
        ),
        (
            [
                {
                    "error": {
                        "status": "RESOURCE",
                        "message": "Q",
                        "details": [{"retryDelay": "17.5s"}],
                    }
                }
            ],
            ErrorBody(("resource",), "Q", (), 17.5),
        ),
        (
            {"error": {"type": "usage_limit_reached", "message": "U", "resets_in_seconds": 9}},
            ErrorBody(("usage_limit_reached",), "U", (), 9.0),
        ),
        ("Please try again in 7m12s.", ErrorBody((), "Please try again in 7m12s.", (), 432.0)),
        ("try again in 20ms", ErrorBody((), "try again in 20ms", (), 0.02)),
        ("{not json", ErrorBody((), "{not json")),
        (None, ErrorBody()),
        ([], ErrorBody()),
        (17, ErrorBody()),
    ],
)
def test_every_shape_is_read(said: object, found: ErrorBody) -> None:
    """Names, words, parameters and waits are found wherever servers put them."""
    assert error_body(said) == found


def test_bodies_are_json_or_text() -> None:
    """What is no JSON is text, whatever its bytes are."""
    assert parsed(b'{"a": 1}') == {"a": 1}
    assert parsed(b"\xff<html>") == "\ufffd<html>"
    assert parsed(b"[" * 100_000) == "[" * 65_536


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(
                ["error", "detail", "message", "metadata", "raw", "code", "loc", "param"]
            ),
            inner,
        )
    ),
)


@given(_JSON)
def test_anything_can_be_read(said: object) -> None:
    """No shape makes it fail."""
    found = error_body(said)
    assert isinstance(found.message, str)
    assert found.wait is None or found.wait >= 0
