"""What can be shown where."""

from __future__ import annotations

import pytest

from tickertape.channels.telegram.surface import surface_of
from tickertape.chat import Address, ChatKind
from tickertape.delivery.surface import Bucket, Window
from tickertape.markup.pages import BlockLimits, Limits
from tickertape.markup.rulers import UTF16


@pytest.mark.parametrize("kind", list(ChatKind))
def test_every_chat_replaces_messages(kind: ChatKind) -> None:
    """In every kind of chat a message of 4096 UTF-16 units can be replaced."""
    surface = surface_of(Address("telegram", "1", kind))
    assert (surface.limit, surface.ruler) == (4096, UTF16)


@pytest.mark.parametrize("kind", list(ChatKind))
def test_every_chat_shows_markdown(kind: ChatKind) -> None:
    """Everywhere answers are read as Markdown; the documented bounds of its forms are told."""
    surface = surface_of(Address("telegram", "1", kind))
    assert surface.dialect == "markdown"
    assert surface.limits(with_blocks=True) == Limits(4096, UTF16, 95, BlockLimits(500, 16, 20))


@pytest.mark.parametrize("kind", list(ChatKind))
def test_every_chat_can_be_stopped_and_shows_typing(kind: ChatKind) -> None:
    """A message can carry a stop button, and "typing" is shown for five seconds."""
    surface = surface_of(Address("telegram", "1", kind))
    assert (surface.stop_buttons, surface.typing_lifetime) == (True, 5.0)


def test_drafts_are_private() -> None:
    """Drafts exist in private chats, topics included, and nowhere else."""
    assert surface_of(Address("telegram", "1", ChatKind.PRIVATE)).has_drafts
    assert surface_of(Address("telegram", "1", ChatKind.PRIVATE, "7")).has_drafts
    assert not surface_of(Address("telegram", "-1", ChatKind.GROUP)).has_drafts
    assert not surface_of(Address("telegram", "-1", ChatKind.GROUP, "7")).has_drafts
    assert not surface_of(Address("telegram", "-1", ChatKind.CHANNEL)).has_drafts


def test_how_messages_are_counted() -> None:
    """Supergroups count their own, the account all others; in channels nothing is looked for."""
    rows = [
        surface_of(Address("telegram", chat, kind)).row
        for chat, kind in (
            ("1", ChatKind.PRIVATE),
            ("-5", ChatKind.GROUP),
            ("-1001234567890", ChatKind.GROUP),
            ("-1001234567890", ChatKind.CHANNEL),
        )
    ]
    assert [row and row.name for row in rows] == ["account", "account", "", None]
    for row in rows[:3]:
        assert row is not None
        assert row.id(row.number("99") + 1) == "100"


def test_the_documented_cadence() -> None:
    """The limits are those that Telegram documents."""
    private = surface_of(Address("telegram", "1", ChatKind.PRIVATE)).cadence
    assert private.messages == (Bucket(rate=1.0, burst=5),)
    assert private.drafts == (Window(20, 5.0), Window(40, 30.0))
    for kind in (ChatKind.GROUP, ChatKind.CHANNEL):
        shared = surface_of(Address("telegram", "-1", kind)).cadence
        assert shared.messages == (Window(20, 60.0),)
        assert shared.drafts == private.drafts  # chat actions
