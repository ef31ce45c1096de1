"""The channel in memory keeps what it was asked for, and is as strict as its surface."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tickertape.chat import Address, ChatKind
from tickertape.delivery.actions import (
    Accepted,
    Acknowledge,
    Button,
    Delete,
    Edit,
    Post,
    Reason,
    Refused,
    ShowDraft,
)
from tickertape.markup.forms import PLAIN, Blocks, Look, Span, Spans
from tickertape.markup.pages import BlockLimits
from tickertape.markup.tree import Alignment, Block, Divider, Item, Listing, Quote, Table, Words
from tickertape.testing.conformance import Stage, check_transport
from tickertape.testing.transports import FakeTransport
from tickertape.testing.trees import count, depth

pytestmark = pytest.mark.anyio

HOME = Address("memory", "@home", ChatKind.PRIVATE)
GROUP = Address("memory", "#group", ChatKind.GROUP)
LIMITS = BlockLimits(count=6, depth=3, columns=2)
BOLD = Span(Look.BOLD, 0, 1)
RULE = Blocks((Divider(),))


def _rich() -> FakeTransport:
    return FakeTransport(
        dialect="markdown",
        spans=2,
        blocks=LIMITS,
        typing_lifetime=5.0,
        stop_buttons=True,
        finds=6,
    )


@pytest.mark.parametrize("address", [HOME, GROUP])
@pytest.mark.parametrize("is_rich", [True, False])
async def test_it_is_a_transport(address: Address, *, is_rich: bool) -> None:
    """With and without blocks and buttons it keeps the promises of a transport."""

    @asynccontextmanager
    async def open_stage() -> AsyncIterator[Stage]:
        async def press(message_id: str) -> str:
            return f"press of {message_id}"

        yield Stage(_rich() if is_rich else FakeTransport(), address, press=press)

    await check_transport(open_stage)


def test_it_says_what_it_is() -> None:
    """The surface is what it was made with; by default it is a plain chat."""
    surface = _rich().surface(GROUP)
    assert (surface.dialect, surface.spans, surface.blocks) == ("markdown", 2, LIMITS)
    assert (surface.typing_lifetime, surface.stop_buttons, surface.has_drafts) == (5.0, True, False)
    plain = FakeTransport().surface(HOME)
    assert (plain.dialect, plain.spans, plain.blocks) == ("raw", None, None)
    assert (plain.typing_lifetime, plain.stop_buttons, plain.has_drafts) == (0.0, False, True)


async def test_the_screen_shows_forms_and_buttons() -> None:
    """What stands there has its look and its button, until an edit or a deletion takes them."""
    transport = _rich()
    screen = transport.screen(HOME)
    await transport.perform(ShowDraft(HOME, "5", "a", RULE))
    assert (screen.draft, screen.draft_form) == ("a", RULE)
    form = Spans((BOLD, Span(Look.ITALIC, 0, 1), Span(Look.CODE, 0, 1)))
    await transport.perform(Post(HOME, "a", form=form, stop_button=True))
    assert (screen.draft, screen.draft_form) == (None, PLAIN)
    assert (screen.forms, screen.buttons) == ({"m1": Spans(form.spans[:2])}, {"m1"})
    await transport.perform(Edit(HOME, "m1", "a", RULE))
    assert (screen.forms, screen.buttons) == ({"m1": RULE}, set())
    await transport.perform(Delete(HOME, "m1"))
    assert (screen.messages, screen.forms) == ({}, {})


async def test_its_messages_are_counted_though_their_ids_are_no_numbers() -> None:
    """Only its row reads an id, and no other channel's."""
    transport = _rich()
    row = transport.surface(HOME).row
    assert row is not None
    for at in range(1, 12):
        posted = await transport.perform(Post(HOME, "a"))
        assert isinstance(posted, Accepted)
        assert row.number(posted.message_id or "") == at
    assert not any(one.isdecimal() for one in transport.screen(HOME).messages)
    for foreign in ("7", "", "m", "mm7", "$event"):
        with pytest.raises(ValueError, match=r"message|literal"):
            row.number(foreign)
    assert FakeTransport().surface(HOME).row is None


async def test_it_remembers_what_people_were_told() -> None:
    """Each press that was acknowledged is there with its words."""
    transport = _rich()
    assert await transport.perform(Acknowledge(HOME, "7", "Stopping.")) == Accepted("")
    assert transport.acknowledged == {"7": "Stopping."}


async def test_what_the_surface_does_not_have_is_refused() -> None:
    """Blocks and buttons that were not told of, and a missing message, whatever its form."""
    plain = FakeTransport()
    assert await plain.perform(Post(HOME, "a", form=RULE)) == Refused(Reason.BLOCKS_UNKNOWN)
    for post in (
        Post(HOME, "a", stop_button=True),
        Post(HOME, "a", buttons=(Button("Yes", "y"),)),
    ):
        button = await plain.perform(post)
        assert isinstance(button, Refused)
        assert button.reason is Reason.MALFORMED
    assert await _rich().perform(Edit(HOME, "m9", "a", RULE)) == Refused(Reason.MESSAGE_GONE)
    assert plain.texts(HOME) == []


def _nested(levels: int) -> Block:
    block: Block = Divider()
    for _ in range(levels - 1):
        block = Quote((block,))
    return block


def _table(columns: int, rows: int = 0) -> Table:
    row = ((Words("x"),),) * columns
    left: Alignment = "left"
    return Table((left,) * columns, row, (row,) * rows)


@pytest.mark.parametrize(
    ("blocks", "fit"),
    [
        ((Divider(),) * 6, True),
        ((Divider(),) * 7, False),
        ((_nested(3),), True),
        ((_nested(4),), False),
        ((_table(2, rows=4),), True),
        ((_table(2, rows=5),), False),
        ((_table(3),), False),
        ((Quote((_table(3),)),), False),
        ((Listing((Item((Divider(),)), Item(()))),), True),
        ((Listing((Item((Divider(),)),) * 3),), False),
    ],
)
async def test_blocks_are_counted(blocks: tuple[Block, ...], *, fit: bool) -> None:
    """Nested blocks, items and rows count; a level too many, or a column, is refused."""
    outcome = await _rich().perform(Post(HOME, "a", form=Blocks(blocks)))
    assert outcome == (Accepted("a", "m1") if fit else Refused(Reason.FORMAT_REJECTED))


def test_nothing_has_no_depth() -> None:
    """Where there are no blocks there is nothing to count."""
    assert (count(()), depth(())) == (0, 0)
    assert depth((Listing((Item(()),)),)) == 1
