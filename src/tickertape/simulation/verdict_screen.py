"""Whether what stands in a chat is what was said there: all of it, once, in order, in its place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tickertape.simulation.messages import letters, readable, without_progress
from tickertape.simulation.record import Record, RoomRecord, ShownMessage, SimulatedCall, Told
from tickertape.simulation.shapes import ADDRESSES
from tickertape.simulation.verdict_copies import (
    casts_doubt,
    counted,
    cut,
    gist,
    judge_copies,
    says_of,
    was_given_up,
    without_cursor,
)
from tickertape.simulation.violations import Rule, Violation

__all__ = ["judge_screen"]

# A preview may end within what `letters` drops where it is whole: an address, an item's number.
_BEGUN = (address[:length] for address in ADDRESSES for length in range(len(address), 0, -1))
_HALF_HIDDEN = re.compile(rf"(?:{'|'.join(map(re.escape, _BEGUN))}|(?<![^\W_])\d{{1,3}}|\[x)\W*\Z")


def judge_screen(record: Record, room: int) -> Iterator[Violation]:
    """Yield what is wrong with the screen of one room."""
    left = record.rooms[room]
    told = [item for item in record.told if item.room == room]
    calls = [call for call in record.calls if call.chat_id in left.chat_ids]
    if any(item.done_at is None for item in told):
        return  # that is told already, and no one knows what shall stand there
    yield from _judge_texts(record, room, told, calls)
    yield from _judge_previews(room, told, calls)
    for item in told:
        if item.is_whole:
            yield from _judge_drafts(item, calls)
            yield from _judge_places(item, left, calls)
            yield from _judge_sealed(item, left, calls)
            yield from _judge_looks(item, left)
    if left.drafts:
        yield Violation(Rule.DRAFT_LEFT, f"room {room}", f"{left.drafts} long after the end")


def _judge_texts(
    record: Record, room: int, told: list[Told], calls: list[SimulatedCall]
) -> Iterator[Violation]:
    where, left = f"room {room}", record.rooms[room]
    shown = counted(item.text for item in left.shown)
    deleted = counted(item.text for item in left.deleted)
    due = counted(text for item in told if item.is_whole for text in item.finals)
    for text in (due - shown - deleted).elements():
        if not was_given_up(text, told, calls):
            rule = Rule.OVERWRITTEN if _is_overwritten(text, left, told) else Rule.TEXT_LOST
            yield Violation(rule, where, cut(text))
    # What an answer that was given up or cut off had shown may stand there.
    in_part = [item for item in told if not item.is_whole]
    whole = {readable(item.text): item.text for item in left.shown}
    extra = [
        whole[text]
        for text in (shown - due).elements()
        if not any(_is_of(whole[text], item, calls) for item in in_part)
    ]
    yield from judge_copies(record, room, extra, due)
    # A call that is cut off with its answer may never have left, and no one can tell.
    founded = any(map(casts_doubt, calls)) or any(item.cut_off or item.killed for item in told)
    doubtful = [gist(text) for item in told for text in item.doubtful]
    if doubtful and not founded:
        yield Violation(Rule.DOUBT_UNFOUNDED, where, cut(doubtful[0]))


def _is_overwritten(text: str, left: RoomRecord, told: list[Told]) -> bool:
    """Return whether a message says less than it must: an older change came after it."""
    shown = {item.message_id: readable(item.text) for item in left.shown}
    return any(
        number in shown and readable(final) == text
        for item in told
        for number, final in zip(item.message_ids, item.finals, strict=True)
        if number is not None
    )


def _is_of(text: str, told: Told, calls: list[SimulatedCall]) -> bool:
    """Return whether an answer that was given up or cut off had sent this text."""
    if not any(call.text is not None and readable(call.text) == readable(text) for call in calls):
        return False
    # What was taken back is not in the record, and may have been on screen when it gave up.
    return told.restarted or letters(without_progress(text)) in letters(told.said + told.mark)


def _judge_previews(room: int, told: list[Told], calls: list[SimulatedCall]) -> Iterator[Violation]:
    """Yield previews that render nothing that was said in the room."""
    if any(item.restarted for item in told):
        return  # what was taken back is not in the record
    said = [letters(item.said) for item in told] + [letters("".join(i.finals)) for i in told]
    for call in calls:
        if not call.applied or call.text is None:
            continue
        text = without_cursor(call.text)
        core = letters(text)
        if any(core in whole for whole in said):
            continue
        begun = letters(_HALF_HIDDEN.sub("", text))
        if not any(begun in whole for whole in said):
            yield Violation(Rule.FOREIGN_TEXT, f"room {room}", f"at {call.at:.2f} s {cut(core)}")


def _judge_drafts(told: Told, calls: list[SimulatedCall]) -> Iterator[Violation]:
    # What was taken back may leave a draft without a message to end it: nothing keeps it alive. So
    # does a topic that is gone, for its messages go elsewhere.
    stands = any(number is not None for number in told.message_ids)
    # And a frame that the network held comes when it likes.
    held = {call.draft_id for call in calls if call.was_held}
    kept = [number for number in told.drafts_left if number not in held]
    kept = [number for number in kept if not _is_of_a_lost_post(number, told, calls)]
    if kept and stands and not told.restarted and not _lost_topic(calls):
        yield Violation(Rule.DRAFT_LEFT, told.where, f"{kept}")


def _is_of_a_lost_post(draft_id: int, told: Told, calls: list[SimulatedCall]) -> bool:
    """Return whether a draft shows a message that was given up in doubt.

    Nothing takes a draft away but the post that it became, which may have been lost before it was
    applied; no one can know. The draft fades by itself.
    """
    frames = [call.text for call in calls if call.draft_id == draft_id and call.text]
    given_up = [
        final
        for final, number in zip(told.finals, told.message_ids, strict=True)
        if number is None and was_given_up(readable(final), [told], calls)
    ]
    return bool(frames) and any(says_of(frames[-1], final) for final in given_up)


def _judge_places(told: Told, left: RoomRecord, calls: list[SimulatedCall]) -> Iterator[Violation]:
    standing = {(item.chat_id, item.message_id): item for item in left.shown}
    found: list[ShownMessage] = [
        standing[chat_id, number]
        for number in told.message_ids
        for chat_id in left.chat_ids
        if number is not None and (chat_id, number) in standing
    ]
    for item in found:
        if item.thread_id != told.thread_id and not _lost_topic(calls):
            yield Violation(Rule.MISPLACED, told.where, f"topic {item.thread_id}: {cut(item.text)}")
    numbers = [item.message_id for item in found]
    if numbers != sorted(numbers) and not _was_posted_anew(left, calls):
        yield Violation(Rule.OUT_OF_ORDER, told.where, f"{numbers}")


def _lost_topic(calls: list[SimulatedCall]) -> bool:
    """Return whether the platform reported that a topic does not exist."""
    return any("thread not found" in call.description for call in calls)


def _was_posted_anew(left: RoomRecord, calls: list[SimulatedCall]) -> bool:
    """Return whether a newer message replaced it: its place is after the others."""
    return bool(left.deleted) or len(left.chat_ids) > 1 or any(map(casts_doubt, calls))


def _judge_looks(told: Told, left: RoomRecord) -> Iterator[Violation]:
    """Yield messages with the right words but a wrong look, or with a button."""
    for number, text, looks in zip(told.message_ids, told.finals, told.looks, strict=True):
        # An upgraded group counts from 1 again: one of two messages with this number is meant.
        found = [
            item
            for item in left.shown
            if item.message_id == number and readable(item.text) == readable(text)
        ]
        if found and all(item.looks != looks for item in found):
            difference = f"{cut(found[0].looks)} in place of {cut(looks)}"
            yield Violation(Rule.LOOKS_DIFFER, told.where, f"message {number}: {difference}")
        if found and all(item.has_button for item in found):
            yield Violation(Rule.BUTTON_LEFT, told.where, f"message {number}")


def _judge_sealed(told: Told, left: RoomRecord, calls: list[SimulatedCall]) -> Iterator[Violation]:
    if told.restarted or len(left.chat_ids) > 1:
        return  # what is taken back changes; and an upgraded group counts from 1 again
    posted_at = {call.message_id: call.at for call in calls if call.is_post and call.applied}
    following = zip(told.finals, told.message_ids, told.message_ids[1:], strict=False)
    for final, number, successor in following:
        since = posted_at.get(successor)
        for call in calls:
            is_edit = call.is_edit and call.message_id == number and call.applied
            # What is said once more, lest something older came after it, is no change.
            is_change = is_edit and readable(call.text or "") != readable(final)
            if is_change and since is not None and call.at > since:
                text = f"message {number} at {call.at:.2f} s, sealed at {since:.2f} s"
                yield Violation(Rule.SEALED_CHANGED, told.where, text)
