"""The conformance suite lets an honest transport pass, and finds every kind of broken promise."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from functools import partial

import pytest

from tickertape.chat import Address, ChatKind
from tickertape.delivery.actions import (
    Accepted,
    Acknowledge,
    Action,
    ClearButtons,
    Delete,
    Edit,
    Find,
    Outcome,
    Post,
    Probe,
    Reason,
    Refused,
    ShowDraft,
    Throttled,
    Unknown,
)
from tickertape.delivery.surface import MessageRow, Surface
from tickertape.delivery.ways import EDITS, DraftWay, WholeWay
from tickertape.markup.forms import PLAIN
from tickertape.markup.pages import BlockLimits
from tickertape.markup.rulers import CODE_POINTS, UTF8, UTF16, Ruler
from tickertape.testing.conformance import Stage, check_transport, outbound

pytestmark = pytest.mark.anyio

HOME = Address("memory", "@home", ChatKind.PRIVATE)
NOWHERE = Address("memory", "@nowhere", ChatKind.PRIVATE)


class Honest:
    """A transport in memory that keeps every promise."""

    def __init__(self, surface: Surface, ruler: Ruler | None = None) -> None:
        self._surface = surface
        self._ruler = ruler or surface.ruler
        self._messages: dict[str, str] = {}
        self._count = 0

    def surface(self, address: Address) -> Surface:
        """Say what can be shown."""
        return self._surface

    async def perform(self, action: Action) -> Outcome:
        """Apply an action, after a turn of the loop."""
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if action.address == NOWHERE:
            return Refused(Reason.CHAT_DEAD)
        if isinstance(action, Probe | Acknowledge | ClearButtons):
            return Accepted("")
        if isinstance(action, Find):
            is_there = action.message_id in self._messages
            return Accepted("", action.message_id) if is_there else Refused(Reason.MESSAGE_GONE)
        if isinstance(action, Delete):
            gone = self._messages.pop(action.message_id, None) is None
            return Refused(Reason.MESSAGE_GONE) if gone else Accepted("")
        if self._ruler.measure(action.text) > self._surface.limit:
            return Refused(Reason.TOO_LONG)
        if isinstance(action, ShowDraft):
            shown = Accepted(action.text)
            return shown if self._surface.has_drafts else Refused(Reason.DRAFT_UNAVAILABLE)
        if isinstance(action, Edit) and action.message_id not in self._messages:
            return Refused(Reason.MESSAGE_GONE)
        self._count += isinstance(action, Post)
        message_id = action.message_id if isinstance(action, Edit) else f"<{self._count}>"
        self._messages[message_id] = action.text
        return Accepted(action.text, message_id)


class Bent(Honest):
    """The same, with one promise broken."""

    def __init__(self, surface: Surface, bend: Callable[[Action, Outcome], Outcome]) -> None:
        super().__init__(surface)
        self._bend = bend

    async def perform(self, action: Action) -> Outcome:
        """Apply an action, and tell something else."""
        return self._bend(action, await super().perform(action))


class Deaf(Honest):
    """A transport that swallows cancellation."""

    async def perform(self, action: Action) -> Outcome:
        """Apply an action, cancelled or not."""
        try:
            return await super().perform(action)
        except asyncio.CancelledError:
            return Unknown()


CHAT = Surface(limit=200, ruler=CODE_POINTS, ways=(DraftWay(), *EDITS))
ROW = MessageRow(6, number=lambda id_: int(id_.strip("<>")), id="<{}>".format)
RICH = replace(CHAT, blocks=BlockLimits(500, 16, 20), stop_buttons=True, row=ROW)
PAPER = Surface(limit=200, ruler=CODE_POINTS, ways=(WholeWay(),))


def _stage(
    make: Callable[[], Honest], nowhere: Address | None = NOWHERE
) -> Callable[[], AbstractAsyncContextManager[Stage]]:
    @asynccontextmanager
    async def open_stage() -> AsyncIterator[Stage]:
        async def press(message_id: str) -> str:
            return f"press of {message_id}"

        yield Stage(make(), HOME, nowhere, press)

    return open_stage


@pytest.mark.parametrize("surface", [CHAT, RICH, replace(RICH, ways=EDITS), PAPER])
@pytest.mark.parametrize("nowhere", [NOWHERE, None])
async def test_an_honest_transport_passes(surface: Surface, nowhere: Address | None) -> None:
    """Whoever keeps the promises passes, on every kind of surface."""
    await check_transport(_stage(lambda: Honest(surface), nowhere))


def _accepted_as(text: str) -> Callable[[Action, Outcome], Outcome]:
    return lambda _, outcome: (
        replace(outcome, shown=text) if isinstance(outcome, Accepted) else outcome
    )


def _one_number(_: Action, outcome: Outcome) -> Outcome:
    return replace(outcome, message_id="<1>") if isinstance(outcome, Accepted) else outcome


def _found_elsewhere(action: Action, outcome: Outcome) -> Outcome:
    is_found = isinstance(action, Find) and isinstance(outcome, Accepted)
    return Accepted("", "<9>") if is_found else outcome


def _numbered_drafts(action: Action, outcome: Outcome) -> Outcome:
    return Accepted(action.text, "7") if isinstance(action, ShowDraft) else outcome


def _refused_edits(action: Action, outcome: Outcome) -> Outcome:
    return Refused(Reason.MALFORMED) if isinstance(action, Edit) else outcome


def _dropped_forms(action: Action, outcome: Outcome) -> Outcome:
    if isinstance(action, ShowDraft | Post | Edit) and action.form != PLAIN:
        return Refused(Reason.FORMAT_REJECTED)
    return outcome


def _lost_words(action: Action, outcome: Outcome) -> Outcome:
    if isinstance(action, ShowDraft | Post | Edit) and action.form != PLAIN:
        return replace(outcome, shown="") if isinstance(outcome, Accepted) else outcome
    return outcome


def _ignored_presses(action: Action, outcome: Outcome) -> Outcome:
    return Refused(Reason.MALFORMED) if isinstance(action, Acknowledge) else outcome


def _lasting_buttons(action: Action, outcome: Outcome) -> Outcome:
    return Refused(Reason.MALFORMED) if isinstance(action, ClearButtons) else outcome


def _one_reason(_: Action, outcome: Outcome) -> Outcome:
    return Refused(Reason.MALFORMED) if isinstance(outcome, Refused) else outcome


def _unsure(_: Action, outcome: Outcome) -> Outcome:
    return Unknown() if isinstance(outcome, Accepted) else outcome


def _endless_waits(_: Action, outcome: Outcome) -> Outcome:
    return Throttled(0.0)


@pytest.mark.parametrize(
    ("bend", "check", "sentence"),
    [
        (_accepted_as("x"), outbound.check_post, "a post must show its text"),
        (_one_number, outbound.check_post, "two posts are two messages"),
        (_unsure, outbound.check_post, "a post to a living chat must be accepted"),
        (_endless_waits, outbound.check_post, "throttled 5 times in a row"),
        (_refused_edits, outbound.check_edit, "an edit must show"),
        (_refused_edits, outbound.check_repeated_edit, "an edit must be repeatable"),
        (_numbered_drafts, outbound.check_draft, "a draft must be shown, and has no id"),
        (_accepted_as("x"), outbound.check_too_long, "must be shown whole"),
        (_one_reason, outbound.check_too_long, "must be refused with TOO_LONG"),
        (_one_reason, outbound.check_missing_message, "must be refused with MESSAGE_GONE"),
        (_one_reason, outbound.check_unknown_chat, "must be refused with CHAT_DEAD"),
        (_one_number, outbound.check_find, "a later message must have a greater number"),
        (_found_elsewhere, outbound.check_find, "must be found, with its id"),
        (_one_reason, outbound.check_find, "must be told as gone"),
        (_unsure, outbound.check_probe, "a probe must be heard"),
        (_dropped_forms, outbound.check_spans, "a post to a living chat must be accepted"),
        (_lost_words, outbound.check_spans, "a post with spans must show its text"),
        (_refused_edits, outbound.check_spans, "must be able to change the look"),
        (_numbered_drafts, outbound.check_spans, "a draft with spans must be shown"),
        (_lost_words, outbound.check_blocks, "a post of blocks must report its text"),
        (_refused_edits, outbound.check_blocks, "between a text and blocks"),
        (_lost_words, outbound.check_draft_of_blocks, "a draft of blocks must be shown"),
        (_refused_edits, outbound.check_stop_button, "must be able to keep the stop button"),
        (_ignored_presses, outbound.check_acknowledge, "a press must be acknowledged"),
        (_lasting_buttons, outbound.check_clear_buttons, "buttons must be taken away"),
    ],
)
async def test_broken_promises_are_found(
    bend: Callable[[Action, Outcome], Outcome],
    check: Callable[[outbound.StageMaker], Awaitable[None]],
    sentence: str,
) -> None:
    """Each broken promise is found by the check that is about it, and named in a sentence."""
    with pytest.raises(AssertionError, match=sentence):
        await check(_stage(lambda: Bent(RICH, bend)))


async def test_a_missing_refusal_of_drafts_is_found() -> None:
    """A surface without drafts must refuse them for the right reason."""
    surface = replace(CHAT, ways=EDITS)
    with pytest.raises(AssertionError, match="must be refused with DRAFT_UNAVAILABLE"):
        await outbound.check_draft(_stage(lambda: Bent(surface, _one_reason)))


ESCAPED = Ruler("utf8", (("&", 4), ("<", 3), ("\n", 1)))


@pytest.mark.parametrize("ruler", [UTF16, UTF8, ESCAPED])
async def test_a_ruler_that_measures_too_little_is_found(ruler: Ruler) -> None:
    """What fits by the ruler fits into a message of the platform, which may take more."""
    surface = replace(CHAT, ruler=ruler)
    for platform in (ruler, CODE_POINTS):
        await outbound.check_ruler(_stage(partial(Honest, surface, platform)))
    with pytest.raises(AssertionError, match="a post to a living chat must be accepted"):
        await outbound.check_ruler(_stage(lambda: Honest(CHAT, ruler)))


async def test_swallowed_cancellation_is_found() -> None:
    """A transport that answers though it was cancelled is found."""
    with pytest.raises(AssertionError, match="cancellation must pass through"):
        await outbound.check_cancellation(_stage(lambda: Deaf(CHAT)))
