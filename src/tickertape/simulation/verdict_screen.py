"""Whether what stands in a chat is what was said there: all of it, once, in order, in its place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from tickertape.simulation.messages import letters, readable, without_progress
from tickertape.simulation.record import Call, Record, RoomRecord, Shown, Told
from tickertape.simulation.script import CURSOR
from tickertape.simulation.shapes import ADDRESSES
from tickertape.simulation.violations import Rule, Violation

__all__ = ["judge_screen", "leaves_a_copy"]

_DELETE = "deleteMessage"
# A preview may end within what `letters` drops where it is whole: an address, an item's number.
_BEGUN = (address[:length] for address in ADDRESSES for length in range(len(address), 0, -1))
_HALF_HIDDEN = re.compile(rf"(?:{'|'.join(map(re.escape, _BEGUN))}|(?<![^\W_])\d{{1,3}}|\[x)\W*\Z")


def judge_screen(record: Record, room: int) -> Iterator[Violation]:
    """Give what is wrong with the screen of one room."""
    left = record.rooms[room]
    told = [item for item in record.told if item.room == room]
    calls = [call for call in record.calls if call.chat_id in left.chat_ids]
    if any(item.done_at is None for item in told):
        return  # that is told already, and nobody knows what shall stand there
    yield from _judge_texts(room, left, told, calls)
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
    room: int, left: RoomRecord, told: list[Told], calls: list[Call]
) -> Iterator[Violation]:
    where = f"room {room}"
    shown = _counted(item.text for item in left.shown)
    deleted = _counted(item.text for item in left.deleted)
    due = _counted(text for item in told if item.is_whole for text in item.finals)
    for text in (due - shown - deleted).elements():
        yield Violation(Rule.TEXT_LOST, where, _cut(text))
    # What an answer that was given up or cut off had shown may stand there.
    in_part = [item for item in told if not item.is_whole]
    whole = {readable(item.text): item.text for item in left.shown}
    extra = [
        text
        for text in (shown - due).elements()
        if not any(_is_of(whole[text], item, calls) for item in in_part)
    ]
    doubtful = Counter(_gist(text) for item in told for text in item.doubtful)
    # Whatever had been shown in a group stays behind when it is upgraded.
    behind = sum(item.chat_id != left.chat_ids[-1] for item in left.shown)
    allowed = sum(map(leaves_a_copy, calls)) + behind
    untold = Counter(_gist(whole[text]) for text in extra) - doubtful
    for text in untold.elements():
        rule = Rule.COPY_UNTOLD if len(extra) <= allowed else Rule.TEXT_DOUBLED
        yield Violation(rule, where, _cut(text))
    if len(extra) > allowed and not untold:
        yield Violation(Rule.TEXT_DOUBLED, where, f"{len(extra)} copies, {allowed} explained")
    # A call that is cut off with its answer may never have left, and nobody can tell.
    founded = any(map(_casts_doubt, calls)) or any(item.cut_off for item in told)
    if doubtful and not founded:
        yield Violation(Rule.DOUBT_UNFOUNDED, where, _cut(next(iter(doubtful))))


def leaves_a_copy(call: Call) -> bool:
    """Whether a second message may stand after this call: the documented cases, and no others."""
    unheard = call.is_post and call.applied and call.status is None
    return unheard or _leaves_a_message(call)


def _casts_doubt(call: Call) -> bool:
    """Whether an answer may say after this call that a text may stand twice.

    Nobody can tell a post that arrived and was not heard of from one that never arrived.
    """
    lost = call.is_post and (call.status is None or call.status >= 500)
    return lost or "upgraded" in call.description or _leaves_a_message(call)


def _leaves_a_message(call: Call) -> bool:
    """Whether a message is out of reach from here on: not to be edited, or in the old group."""
    refused = call.fault == "refuse" and call.status is not None
    return (call.is_edit or call.method == _DELETE) and (refused or "upgraded" in call.description)


def _is_of(text: str, told: Told, calls: list[Call]) -> bool:
    """Whether an answer that was given up or cut off had sent this text."""
    if not any(call.text is not None and readable(call.text) == readable(text) for call in calls):
        return False
    # What was taken back is not in the record, and may have been on screen when it gave up.
    return told.restarted or letters(without_progress(text)) in letters(told.said + told.mark)


def _judge_previews(room: int, told: list[Told], calls: list[Call]) -> Iterator[Violation]:
    """Whatever was shown is a rendering of something that was said in the room."""
    if any(item.restarted for item in told):
        return  # what was taken back is not in the record
    said = [letters(item.said) for item in told] + [letters("".join(i.finals)) for i in told]
    for call in calls:
        if not call.applied or call.text is None:
            continue
        text = without_progress(call.text).rstrip(f" \n{CURSOR}…")
        core = letters(text)
        if any(core in whole for whole in said):
            continue
        begun = letters(_HALF_HIDDEN.sub("", text))
        if not any(begun in whole for whole in said):
            yield Violation(Rule.FOREIGN_TEXT, f"room {room}", f"at {call.at:.2f} s {_cut(core)}")


def _judge_drafts(told: Told, calls: list[Call]) -> Iterator[Violation]:
    # What was taken back may leave a draft without a message to end it: nobody keeps it alive. So
    # does a topic that is gone, for its messages go elsewhere.
    stands = any(number is not None for number in told.message_ids)
    if told.drafts_left and stands and not told.restarted and not _lost_topic(calls):
        yield Violation(Rule.DRAFT_LEFT, told.where, f"{list(told.drafts_left)}")


def _judge_places(told: Told, left: RoomRecord, calls: list[Call]) -> Iterator[Violation]:
    standing = {(item.chat_id, item.message_id): item for item in left.shown}
    found: list[Shown] = [
        standing[chat_id, number]
        for number in told.message_ids
        for chat_id in left.chat_ids
        if number is not None and (chat_id, number) in standing
    ]
    for item in found:
        if item.thread_id != told.thread_id and not _lost_topic(calls):
            yield Violation(
                Rule.MISPLACED, told.where, f"topic {item.thread_id}: {_cut(item.text)}"
            )
    numbers = [item.message_id for item in found]
    if numbers != sorted(numbers) and not _was_posted_anew(left, calls):
        yield Violation(Rule.OUT_OF_ORDER, told.where, f"{numbers}")


def _lost_topic(calls: list[Call]) -> bool:
    """Whether the platform said that a topic is not there."""
    return any("thread not found" in call.description for call in calls)


def _was_posted_anew(left: RoomRecord, calls: list[Call]) -> bool:
    """Whether a message had to be replaced by a newer one: then its place is behind the others."""
    return bool(left.deleted) or len(left.chat_ids) > 1 or any(map(_casts_doubt, calls))


def _judge_looks(told: Told, left: RoomRecord) -> Iterator[Violation]:
    """A message that says what it must looks as it must, and nobody can press anything there."""
    for number, text, looks in zip(told.message_ids, told.finals, told.looks, strict=True):
        # A group that was upgraded counts anew: one of two messages with this number is meant.
        found = [
            item
            for item in left.shown
            if item.message_id == number and readable(item.text) == readable(text)
        ]
        if found and all(item.looks != looks for item in found):
            difference = f"{_cut(found[0].looks)} in place of {_cut(looks)}"
            yield Violation(Rule.LOOKS_DIFFER, told.where, f"message {number}: {difference}")
        if found and all(item.has_button for item in found):
            yield Violation(Rule.BUTTON_LEFT, told.where, f"message {number}")


def _judge_sealed(told: Told, left: RoomRecord, calls: list[Call]) -> Iterator[Violation]:
    if told.restarted or len(left.chat_ids) > 1:
        return  # what is taken back changes; and an upgraded group counts its messages anew
    posted_at = {call.message_id: call.at for call in calls if call.is_post and call.applied}
    following = zip(told.message_ids, told.message_ids[1:], strict=False)
    for number, successor in following:
        since = posted_at.get(successor)
        for call in calls:
            is_edit = call.is_edit and call.message_id == number and call.applied
            if is_edit and since is not None and call.at > since:
                text = f"message {number} at {call.at:.2f} s, sealed at {since:.2f} s"
                yield Violation(Rule.SEALED_CHANGED, told.where, text)


def _counted(texts: Iterator[str]) -> Counter[str]:
    return Counter(bare for text in texts if (bare := readable(text)))


def _gist(text: str) -> str:
    """Give what two forms of one text have in common."""
    return letters(text) or readable(text)


def _cut(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:40]} … {text[-15:]}")
