"""Messages to which text can be added: the rules of Slack's streams and of Teams'."""

from __future__ import annotations

import pytest

from tickertape.delivery.actions import Reason, Refused
from tickertape.delivery.ways import AppendWay, ExtendWay
from tickertape.markup.rulers import UTF8, UTF16
from tickertape.testing.open_messages import OpenMessages

SLACK, TEAMS = AppendWay(300.0, 12_000), ExtendWay(120.0, 28_000)


def opened(way: AppendWay | ExtendWay) -> OpenMessages:
    """Give a platform with one message, which was opened at second 10."""
    messages = OpenMessages(way, UTF16 if isinstance(way, AppendWay) else UTF8)
    messages.begin("m1", 10.0)
    return messages


@pytest.mark.parametrize(("way", "over_at"), [(SLACK, 310.0), (TEAMS, 130.0)])
def test_a_message_is_open_for_as_long_as_it_lives(
    way: AppendWay | ExtendWay, over_at: float
) -> None:
    """Five minutes, and two; what was never opened, or was ended, is not."""
    messages = opened(way)
    assert messages.is_open("m1", over_at - 0.1)
    assert not messages.is_open("m1", over_at)
    assert messages.grown("m1", "a", "ab", "b", over_at) == Refused(Reason.STREAM_OVER)
    assert not messages.is_open("m2", 10.0)
    messages.end("m1", 20.0)
    messages.end("m1", 30.0)
    assert messages.until == {"m1": 20.0}
    assert not messages.is_open("m1", 20.0)


def test_an_addition_that_is_made_twice_is_there_twice() -> None:
    """It is no matter what the caller holds to be there."""
    messages = opened(SLACK)
    assert messages.grown("m1", "a", "ab", "b", 11.0) == "ab"
    assert messages.grown("m1", "ab", "ab", "b", 12.0) == "abb"


def test_a_frame_begins_with_the_one_before() -> None:
    """To show it twice changes nothing."""
    messages = opened(TEAMS)
    assert messages.grown("m1", "ab", "abc", "bc", 11.0) == "abc"
    assert messages.grown("m1", "abc", "abc", "bc", 12.0) == "abc"
    refused = messages.grown("m1", "abc", "abd", "d", 13.0)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.MALFORMED


@pytest.mark.parametrize(("way", "char", "most"), [(SLACK, "x", 12_000), (TEAMS, "é", 14_000)])
def test_a_message_has_a_size(way: AppendWay | ExtendWay, char: str, most: int) -> None:
    """12,000 characters, and some 28 kB, in all."""
    messages = opened(way)
    there, last = char * (most - 1), char
    assert messages.grown("m1", there, there + last, last, 11.0) == char * most
    much = messages.grown("m1", char * most, char * most + last, last, 12.0)
    assert much == Refused(Reason.TOO_LONG)
