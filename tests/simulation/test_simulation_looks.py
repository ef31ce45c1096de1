"""How messages look: one form for what is due and for what stands in the emulated Telegram."""

from __future__ import annotations

import pytest

from tickertape.channels.telegram.rich import rich_blocks
from tickertape.emulator.content import Content
from tickertape.emulator.entities import format_text
from tickertape.emulator.rich import read_rich_message
from tickertape.emulator.spans import EntitySpan
from tickertape.markup.forms import Blocks, Look, Rendering, Span, Spans
from tickertape.markup.parse import parse
from tickertape.simulation.looks import seen_of, to_be_seen
from tickertape.simulation.messages import letters

BOLD = Rendering("one two", Spans((Span(Look.BOLD, 0, 7),)))


def test_styles_may_be_split_and_addresses_found() -> None:
    """A server splits a style as it likes, and finds names and addresses by itself."""
    halves = [EntitySpan("bold", 0, 3), EntitySpan("bold", 3, 7)]
    assert seen_of(Content(format_text("one two", halves))) == to_be_seen(BOLD)
    named = format_text("@someone")
    assert named.spans
    assert seen_of(Content(named)) == to_be_seen(Rendering("@someone"))


@pytest.mark.parametrize(
    "entities",
    [[], [EntitySpan("italic", 0, 7)], [EntitySpan("bold", 0, 3)], [EntitySpan("code", 0, 7)]],
)
def test_another_look_is_another(entities: list[EntitySpan]) -> None:
    """The kind counts, and the place."""
    assert seen_of(Content(format_text("one two", entities))) != to_be_seen(BOLD)


def test_an_address_and_a_language_count() -> None:
    """Links with the same words that lead elsewhere are not alike."""
    here, there = (
        to_be_seen(Rendering("here", Spans((Span(Look.LINK, 0, 4, url),))))
        for url in ("https://example.org", "https://example.net")
    )
    assert here.text == there.text
    assert here.looks != there.looks


def test_blocks_are_alike_but_for_their_labels() -> None:
    """The server numbers the items; all else comes back as it was sent."""
    blocks = parse("1. one\n2. two\n\n| a | b |\n|---|---|\n| c | *d* |\n")
    sent = {"blocks": rich_blocks(blocks, is_draft=False)}
    kept = seen_of(Content(rich=read_rich_message(sent, is_draft=False)))
    assert kept == to_be_seen(Rendering("any", Blocks(blocks)))
    assert kept.text.split() == ["one", "two", "a", "b", "c", "d"]


def test_what_rendering_hides_is_no_letter() -> None:
    """Of a source and of what is shown of it the same letters are left."""
    assert (
        letters("[here](https://z.zz/z) <b>x</b>\n7. &amp; [x] y")
        == letters("here x\n☑ y")
        == "herexy"
    )
    assert letters("q1w2. w12) 1.5") == "q1w2w125"
    source = '[a](http://localhost:8080/z "z") [b](tel:+49305550100) <mailto:z@zz.zz> c'
    assert letters(source) == letters("a (http://localhost:8080/z) b mailto:z@zz.zz c") == "abc"
