"""The token never leaves the channel as text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tickertape.channels.telegram.redaction import redact, redacted
from tickertape.delivery.actions import Accepted, Reason, Refused, Throttled, Unknown

TOKEN = "4200000001:AAF-abcdefghijklmnopqrstuvwxyz012345"


@given(st.text(), st.text())
def test_the_token_is_blotted_out(before: str, after: str) -> None:
    """Wherever the token or its secret half stands, it is gone."""
    secret = TOKEN.partition(":")[2]
    for part in (TOKEN, secret):
        assert secret not in redact(before + part + after, TOKEN)


def test_other_tokens_too() -> None:
    """A token of another bot, as part of an address or percent-encoded, is blotted out as well."""
    other = "9876543210:BBF-abcdefghijklmnopqrstuvwxyz012345"
    assert (
        redact(f"POST https://api/bot{other}/getMe", TOKEN) == "POST https://api/bot<token>/getMe"
    )
    assert redact(other.replace(":", "%3A"), TOKEN) == "<token>"


def test_a_short_secret_eats_no_words() -> None:
    """A token too short to be one does not blot out innocent letters."""
    assert redact("an apple", "1:a") == "an apple"


def test_outcomes_are_redacted() -> None:
    """The details of refusals and silences are redacted; what is on screen stays as it is."""
    assert redacted(Unknown(f"at {TOKEN}"), TOKEN) == Unknown("at <token>")
    refused = Refused(Reason.CHAT_MOVED, f"at {TOKEN}", moved_to="-5")
    assert redacted(refused, TOKEN) == Refused(Reason.CHAT_MOVED, "at <token>", moved_to="-5")
    for outcome in (Accepted(TOKEN, "1"), Throttled(2.0)):
        assert redacted(outcome, TOKEN) is outcome
