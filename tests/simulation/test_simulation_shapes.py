"""Texts of every shape: what their rendering hides, whole or in part, is nobody's loss."""

from __future__ import annotations

import pytest

from tickertape.simulation.loop import play
from tickertape.simulation.script import Beat, Line, Room, Script, Speech
from tickertape.simulation.shapes import ADDRESSES, MARKUP, PICTURES
from tickertape.simulation.verdict import judge

pytest_plugins = ["simulation_fixtures"]
pytestmark = pytest.mark.usefixtures("quiet")


def script(*words: str) -> Script:
    """Let an agent say the words in a group, two seconds apart."""
    beats = tuple(Beat(2.0, "text", word) for word in words)
    return Script(1, (Room("group", (Line(None, (Speech(0.0, beats),)),)),))


@pytest.mark.parametrize("shape", MARKUP)
def test_each_shape_by_itself_breaks_no_promise(shape: str) -> None:
    """Between words, and as the first and last thing that is said."""
    words = [f"q1w2{letter}" for letter in "abcdef"]
    assert judge(play(script("q1w1 ", shape.format(*words), "q1w3"))) == ()
    assert judge(play(script(shape.format(*words)))) == ()


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_preview_may_end_within_an_address(address: str) -> None:
    """The part of it that is shown is not what a final drops, and yet was said."""
    for end in range(1, len(address) + 1):
        assert judge(play(script(f"q1w1 {address[:end]}", f"{address[end:]}z q1w2"))) == ()
        # What was opened is closed behind it, for as long as the preview stands.
        half, rest = f"q1w1 `q\n> [q1w2]({address[:end]}", f"{address[end:]}z)\n"
        assert judge(play(script(half, rest))) == ()


@pytest.mark.parametrize("picture", PICTURES)
def test_long_runs_of_pictures_stand_there_whole(picture: str) -> None:
    """Over several messages, each of which takes the most that fits."""
    record = play(script(picture * 2000))
    assert judge(record) == ()
    shown = record.rooms[0].shown
    assert len(shown) > 1
    assert "".join(item.text for item in shown) == picture * 2000
