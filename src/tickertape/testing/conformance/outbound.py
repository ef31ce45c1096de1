"""What every transport must do: what is shown where, and what each action comes to.

Each check opens a stage of its own and makes at most five calls.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final, TypeAlias

from tickertape.chat import Address
from tickertape.delivery.actions import (
    Accepted,
    Acknowledge,
    Action,
    Append,
    ClearButtons,
    Delete,
    Edit,
    Find,
    Outcome,
    Post,
    Probe,
    Reason,
    Refused,
    Seal,
    ShowDraft,
    Throttled,
)
from tickertape.delivery.ways import grows
from tickertape.markup.forms import PLAIN, Blocks, Form, Look, Span, Spans
from tickertape.markup.rulers import UTF16
from tickertape.markup.tree import Heading, Paragraph, Words
from tickertape.ports import Transport

__all__ = [
    "Stage",
    "StageMaker",
    "check_acknowledge",
    "check_blocks",
    "check_cancellation",
    "check_clear_buttons",
    "check_delete",
    "check_draft",
    "check_draft_of_blocks",
    "check_edit",
    "check_find",
    "check_missing_message",
    "check_post",
    "check_probe",
    "check_repeated_edit",
    "check_repeated_post",
    "check_ruler",
    "check_sealed_edit",
    "check_spans",
    "check_stop_button",
    "check_stream",
    "check_too_long",
    "check_transport",
    "check_unknown_chat",
]

TEXT: Final = "Plain *text*, _as_ [it](is): <b>& 𝔘nicode 👩‍👩‍👧</b>\n\nand `lines`."
"""What the checks show: marks that must stay marks, characters beyond the basic plane, lines."""

_BLOCKS: Final = Blocks((Heading(1, (Words("Plain"),)), Paragraph((Words("and"),))))
_BLOCKS_TEXT: Final = "Plain\n\nand"

_DRAFT_ID: Final = str(2**31 - 1)
_FAR: Final = 1000
# Characters that bytes, UTF-16 units and code points count differently.
_WIDE: Final = "é漢𝔘"
"""Messages that no stage has behind one that was just posted."""
_ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a check takes place."""

    transport: Transport
    """What is checked."""
    address: Address
    """A chat where the transport may write, by the configured name of its channel."""
    nowhere: Address | None = None
    """A chat of the same kind that does not exist; None where there is no such thing."""
    press: Callable[[str], Awaitable[str]] | None = None
    """Presses the stop button under a message, as a person would, and gives the press's id; None
    where a check cannot."""


StageMaker: TypeAlias = Callable[[], AbstractAsyncContextManager[Stage]]
"""Opens a fresh stage."""


async def check_transport(maker: StageMaker) -> None:
    """Run every check, each on a stage of its own.

    Raises:
        AssertionError: when a promise is broken; the text says which.
    """
    for check in (
        check_post,
        check_edit,
        check_repeated_edit,
        check_repeated_post,
        check_delete,
        check_draft,
        check_stream,
        check_sealed_edit,
        check_too_long,
        check_ruler,
        check_missing_message,
        check_unknown_chat,
        check_probe,
        check_find,
        check_spans,
        check_blocks,
        check_draft_of_blocks,
        check_stop_button,
        check_acknowledge,
        check_clear_buttons,
        check_cancellation,
    ):
        await check(maker)


async def check_post(maker: StageMaker) -> None:
    """Check that a post shows the exact text and has an id, another one each time."""
    async with maker() as stage:
        first = await _post(stage, TEXT)
        _demand(first.shown == TEXT, "a post must show its text to the letter", first)
        second = await _posted(stage, TEXT)
        _demand(second != _id_of(first), "two posts are two messages", second)


async def check_edit(maker: StageMaker) -> None:
    """Check that an edit replaces the text of that message."""
    async with maker() as stage:
        if not stage.transport.surface(stage.address).has_edits:
            return
        message_id = await _posted(stage, "first")
        outcome = await _perform(stage, Edit(stage.address, message_id, TEXT))
        _demand(
            outcome == Accepted(TEXT, message_id), "an edit must show the text it gives", outcome
        )


async def check_repeated_edit(maker: StageMaker) -> None:
    """Check that an edit to the text that is there is accepted: the text is on screen."""
    async with maker() as stage:
        if not stage.transport.surface(stage.address).has_edits:
            return
        message_id = await _posted(stage, TEXT)
        for _ in range(2):
            outcome = await _perform(stage, Edit(stage.address, message_id, TEXT))
            _demand(outcome == Accepted(TEXT, message_id), "an edit must be repeatable", outcome)


async def check_repeated_post(maker: StageMaker) -> None:
    """Check that a post with the key of another makes no second message, where keys are known."""
    async with maker() as stage:
        if not stage.transport.surface(stage.address).has_keys:
            return
        outcomes = [
            await _perform(stage, Post(stage.address, TEXT, key=key)) for key in ("a", "a", "b")
        ]
        ids = [one.message_id for one in outcomes if isinstance(one, Accepted)]
        _demand(len(ids) == 3, "a post with a key must be accepted, also again", outcomes)
        _demand(ids[0] == ids[1] != ids[2], "one key must make one message", ids)


async def check_delete(maker: StageMaker) -> None:
    """Check that a deleted message is gone: it can be neither edited nor deleted again."""
    async with maker() as stage:
        if not stage.transport.surface(stage.address).has_edits:
            return
        message_id = await _posted(stage, TEXT)
        outcome = await _perform(stage, Delete(stage.address, message_id))
        _demand(outcome == Accepted(""), "a deletion must be accepted, and show nothing", outcome)
        for action in (
            Edit(stage.address, message_id, "second"),
            Delete(stage.address, message_id),
        ):
            outcome = await _perform(stage, action)
            _demand_refusal(outcome, Reason.MESSAGE_GONE, "what is done to a deleted message")


async def check_draft(maker: StageMaker) -> None:
    """Check that a draft is shown where the surface has drafts, and refused where it has none."""
    async with maker() as stage:
        draft = ShowDraft(stage.address, _DRAFT_ID, TEXT)
        outcome = await _perform(stage, draft)
        if not stage.transport.surface(stage.address).has_drafts:
            _demand_refusal(outcome, Reason.DRAFT_UNAVAILABLE, "a draft where there are none")
            return
        _demand(outcome == Accepted(TEXT), "a draft must be shown, and has no id", outcome)
        outcome = await _perform(stage, draft)
        _demand(outcome == Accepted(TEXT), "a draft must be repeatable", outcome)


async def check_stream(maker: StageMaker) -> None:
    """Check that text is added to open messages until they are sealed, where they can be opened."""
    async with maker() as stage:
        if not any(grows(way) for way in stage.transport.surface(stage.address).ways):
            return
        to, opened = stage.address, await _perform(stage, Post(stage.address, "one", is_open=True))
        message_id = _id_of(opened) if isinstance(opened, Accepted) else ""
        _demand(bool(message_id), "a message must be opened, and have an id", opened)
        outcome = await _perform(stage, Append(to, message_id, "one two", 3))
        promise = "text must be added, and the whole text told"
        _demand(outcome == Accepted("one two", message_id), promise, outcome)
        outcome = await _perform(stage, Seal(to, message_id, "one two three", 7))
        promise = "a message must be sealed with the rest of its text"
        _demand(outcome == Accepted("one two three", message_id), promise, outcome)
        for action in (Append, Seal):
            outcome = await _perform(stage, action(to, message_id, "one two three four", 13))
            _demand_refusal(outcome, Reason.STREAM_OVER, "what is added to a sealed message")


async def check_sealed_edit(maker: StageMaker) -> None:
    """Check that an open message can be edited and deleted once it was sealed."""
    async with maker() as stage:
        if not any(grows(way) for way in stage.transport.surface(stage.address).ways):
            return
        to, opened = stage.address, await _perform(stage, Post(stage.address, "one", is_open=True))
        message_id = _id_of(opened) if isinstance(opened, Accepted) else ""
        await _perform(stage, Seal(to, message_id, "one", 3))
        outcome = await _perform(stage, Edit(to, message_id, TEXT))
        _demand(outcome == Accepted(TEXT, message_id), "a sealed message can be edited", outcome)
        outcome = await _perform(stage, Delete(to, message_id))
        _demand(outcome == Accepted(""), "a sealed message can be deleted", outcome)


async def check_too_long(maker: StageMaker) -> None:
    """Check that a text of the surface's limit is shown, and one more refused as too long."""
    async with maker() as stage:
        surface = stage.transport.surface(stage.address)
        whole = "x" * surface.limit
        accepted = await _post(stage, whole)
        _demand(
            accepted.shown == whole,
            "a text of the limit's length must be shown whole",
            accepted,
        )
        outcome = await _perform(stage, Post(stage.address, whole + "x"))
        _demand_refusal(outcome, Reason.TOO_LONG, "a text over the limit")


async def check_ruler(maker: StageMaker) -> None:
    """Check that the platform takes as much text as the surface's ruler says."""
    async with maker() as stage:
        surface = stage.transport.surface(stage.address)
        ruler = surface.ruler
        signs = _WIDE + "".join(char for char, _ in ruler.escapes if char.isprintable())
        many = signs * (surface.limit // len(signs))
        many = many[: ruler.take(many, surface.limit - 1)]
        whole = many + "x" * (surface.limit - ruler.measure(many))
        accepted = await _post(stage, whole)
        _demand(accepted.shown == whole, "what fits by the ruler must be shown whole", accepted)


async def check_missing_message(maker: StageMaker) -> None:
    """Check that an edit of a message that is not there is refused for good."""
    async with maker() as stage:
        row = stage.transport.surface(stage.address).row
        if row is None:
            return  # only the channel can name a message that is not there
        missing = row.id(row.number(await _posted(stage, TEXT)) + _FAR)
        outcome = await _perform(stage, Edit(stage.address, missing, TEXT))
        _demand_refusal(outcome, Reason.MESSAGE_GONE, "an edit of a message that is not there")


async def check_unknown_chat(maker: StageMaker) -> None:
    """Check that a post to a chat that does not exist is refused for good."""
    async with maker() as stage:
        if stage.nowhere is None:
            return
        outcome = await _perform(stage, Post(stage.nowhere, TEXT))
        _demand_refusal(outcome, Reason.CHAT_DEAD, "a post to a chat that does not exist")


async def check_probe(maker: StageMaker) -> None:
    """Check that a probe is heard as often as it is made, and shows nothing."""
    async with maker() as stage:
        for _ in range(2):
            outcome = await _perform(stage, Probe(stage.address))
            _demand(outcome == Accepted(""), "a probe must be heard, and show nothing", outcome)


async def check_find(maker: StageMaker) -> None:
    """Check that ours is found by its id, and one not there is gone, where they are counted."""
    async with maker() as stage:
        row = stage.transport.surface(stage.address).row
        if row is None:
            return
        first, second = [await _posted(stage, TEXT) for _ in range(2)]
        for message_id in (first, second):
            seen = row.id(row.number(message_id))
            _demand(seen == message_id, "the id of a message's number must be its own", seen)
        rises = row.number(first) < row.number(second)
        _demand(rises, "a later message must have a greater number", (first, second))
        found = await _perform(stage, Find(stage.address, second))
        told = isinstance(found, Accepted) and found.message_id == second
        _demand(told, "a message of ours must be found, with its id", found)
        gone = await _perform(stage, Find(stage.address, row.id(row.number(second) + 5)))
        refused = isinstance(gone, Refused) and gone.reason is Reason.MESSAGE_GONE
        _demand(refused, "a message that is not there must be told as gone", gone)


async def check_spans(maker: StageMaker) -> None:
    """Check that spans of every look are taken, and the text under them is shown as it is."""
    async with maker() as stage:
        form = _every_look(TEXT)
        posted = await _post(stage, TEXT, form)
        _demand(posted.shown == TEXT, "a post with spans must show its text to the letter", posted)
        surface = stage.transport.surface(stage.address)
        if surface.has_edits:
            message_id = _id_of(posted)
            for edited in (PLAIN, form):
                outcome = await _perform(stage, Edit(stage.address, message_id, TEXT, edited))
                promise = "an edit must be able to change the look of a text"
                _demand(outcome == Accepted(TEXT, message_id), promise, outcome)
        if surface.has_drafts:
            outcome = await _perform(stage, ShowDraft(stage.address, _DRAFT_ID, TEXT, form))
            _demand(outcome == Accepted(TEXT), "a draft with spans must be shown", outcome)


async def check_blocks(maker: StageMaker) -> None:
    """Check that a text becomes blocks, and blocks a text, where the surface has blocks."""
    async with maker() as stage:
        if stage.transport.surface(stage.address).blocks is None:
            return
        posted = await _post(stage, _BLOCKS_TEXT, _BLOCKS)
        _demand(posted.shown == _BLOCKS_TEXT, "a post of blocks must report its text", posted)
        message_id = _id_of(posted)
        for text, form in ((TEXT, PLAIN), (_BLOCKS_TEXT, _BLOCKS), (_BLOCKS_TEXT, _BLOCKS)):
            outcome = await _perform(stage, Edit(stage.address, message_id, text, form))
            promise = "an edit between a text and blocks must report the text it gives"
            _demand(outcome == Accepted(text, message_id), promise, outcome)


async def check_draft_of_blocks(maker: StageMaker) -> None:
    """Check that a draft of blocks is shown, and repeatable, where there are both."""
    async with maker() as stage:
        surface = stage.transport.surface(stage.address)
        if surface.blocks is None or not surface.has_drafts:
            return
        draft = ShowDraft(stage.address, _DRAFT_ID, _BLOCKS_TEXT, _BLOCKS)
        for _ in range(2):
            outcome = await _perform(stage, draft)
            promise = "a draft of blocks must be shown, and has no id"
            _demand(outcome == Accepted(_BLOCKS_TEXT), promise, outcome)


async def check_stop_button(maker: StageMaker) -> None:
    """Check that edits keep a stop button, and the last one takes it away, where there are any."""
    async with maker() as stage:
        if not stage.transport.surface(stage.address).stop_buttons:
            return
        message_id = await _posted(stage, "first", stop_button=True)
        for text, stop_button in (("first", True), ("second", True), ("second", False)):
            edit = Edit(stage.address, message_id, text, stop_button=stop_button)
            outcome = await _perform(stage, edit)
            promise = "an edit must be able to keep the stop button, and to take it away"
            _demand(outcome == Accepted(text, message_id), promise, outcome)


async def check_acknowledge(maker: StageMaker) -> None:
    """Check that a press can be acknowledged, and that this shows nothing in the chat."""
    async with maker() as stage:
        if stage.press is None or not stage.transport.surface(stage.address).stop_buttons:
            return
        message_id = await _posted(stage, "first", stop_button=True)
        press_id = await stage.press(message_id)
        outcome = await _perform(stage, Acknowledge(stage.address, press_id, "Stopping."))
        _demand(outcome == Accepted(""), "a press must be acknowledged, and show nothing", outcome)


async def check_clear_buttons(maker: StageMaker) -> None:
    """Check that a stop button can be taken away, twice, without a word about the text."""
    async with maker() as stage:
        if not stage.transport.surface(stage.address).stop_buttons:
            return
        message_id = await _posted(stage, "first", stop_button=True)
        for _ in range(2):
            outcome = await _perform(stage, ClearButtons(stage.address, message_id))
            promise = "buttons must be taken away, and twice is as good as once"
            _demand(isinstance(outcome, Accepted), promise, outcome)
        outcome = await _perform(stage, Edit(stage.address, message_id, "first"))
        promise = "a message without its buttons must stay one that can be edited"
        _demand(outcome == Accepted("first", message_id), promise, outcome)


async def check_cancellation(maker: StageMaker) -> None:
    """Check that cancelling a call ends it with nothing else, and the next call works."""
    async with maker() as stage:
        call = asyncio.create_task(stage.transport.perform(Post(stage.address, TEXT)))
        # One turn of the loop: the call is on its way, or it never waits and is done already.
        await asyncio.sleep(0)
        was_waiting = call.cancel()
        await asyncio.wait([call])
        _demand(call.cancelled() == was_waiting, "cancellation must pass through a call", call)
        await _post(stage, TEXT)


async def _perform(stage: Stage, action: Action) -> Outcome:
    """Perform an action, with the patience that the transport asks for."""
    for _ in range(_ATTEMPTS):
        outcome = await stage.transport.perform(action)
        if not isinstance(outcome, Throttled):
            return outcome
        await asyncio.sleep(outcome.retry_after)
    raise AssertionError(f"throttled {_ATTEMPTS} times in a row, each time past the asked wait")


async def _post(
    stage: Stage, text: str, form: Form = PLAIN, *, stop_button: bool = False
) -> Accepted:
    post = Post(stage.address, text, form=form, stop_button=stop_button)
    outcome = await _perform(stage, post)
    if not isinstance(outcome, Accepted):
        raise AssertionError(f"a post to a living chat must be accepted; it came to {outcome!r}")
    return outcome


async def _posted(stage: Stage, text: str, *, stop_button: bool = False) -> str:
    """Post, and return the message's id."""
    return _id_of(await _post(stage, text, stop_button=stop_button))


def _id_of(posted: Accepted) -> str:
    if posted.message_id is None:
        raise AssertionError(f"a post must give the message's id; it came to {posted!r}")
    return posted.message_id


def _demand(is_kept: bool, promise: str, seen: object) -> None:
    if not is_kept:
        raise AssertionError(f"{promise}; it came to {seen!r}")


def _demand_refusal(outcome: Outcome, reason: Reason, what: str) -> None:
    is_kept = isinstance(outcome, Refused) and outcome.reason is reason
    _demand(is_kept, f"{what} must be refused with {reason.name}", outcome)


def _every_look(text: str) -> Spans:
    """Put a bold span over the first word, and one of every look behind the empty line."""
    start = UTF16.measure(text.partition("\n\n")[0]) + 2
    details = {Look.LINK: "https://example.org"}
    spans = (Span(look, start + at, 1, details.get(look, "")) for at, look in enumerate(Look))
    return Spans((Span(Look.BOLD, 0, 5), *spans))
