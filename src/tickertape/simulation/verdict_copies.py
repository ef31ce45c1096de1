"""Whether a message too many stands in a chat, and whether there is a reason for it that is told.

One too many may stand there for each message that is due, where its post was not heard of, and one
for each that is out of reach; and where the channel could have told, not even that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from tickertape.simulation.messages import letters, readable, without_progress
from tickertape.simulation.record import Record, RoomRecord, SimulatedCall, Told
from tickertape.simulation.script import CURSOR
from tickertape.simulation.violations import Rule, Violation

__all__ = [
    "casts_doubt",
    "counted",
    "cut",
    "gist",
    "judge_copies",
    "leaves_a_copy",
    "says_of",
    "was_given_up",
    "without_cursor",
]

_DELETE: Final = "deleteMessage"
_FIND: Final = "editMessageReplyMarkup"
_NO_ID: Final = "noid"
_MOST_POSTS: Final = 2  # a text is posted once, and once more where no answer came (delivery)


def judge_copies(
    record: Record, room: int, extra: list[str], due: Counter[str]
) -> Iterator[Violation]:
    """Yield what is wrong with superfluous messages of one room.

    Args:
        record: the run.
        room: which room.
        extra: the texts of these messages.
        due: the texts that must stand there.
    """
    where, left = f"room {room}", record.rooms[room]
    told = [item for item in record.told if item.room == room]
    calls = [call for call in record.calls if call.chat_id in left.chat_ids]
    # Whatever had been shown in a group stays behind when it is upgraded.
    behind = sum(item.chat_id != left.chat_ids[-1] for item in left.shown)
    allowed = sum(_explains_a_copy(call, calls, due) for call in calls) + behind
    doubtful = Counter(gist(text) for item in told for text in item.doubtful)
    untold = Counter(map(gist, extra)) - doubtful - _denied(left, calls)
    for text in untold.elements():
        rule = Rule.COPY_UNTOLD if len(extra) <= allowed else Rule.TEXT_DOUBLED
        yield Violation(rule, where, cut(text))
    if len(extra) > allowed and not untold:
        yield Violation(Rule.TEXT_DOUBLED, where, f"{len(extra)} copies, {allowed} explained")
    if record.script.outages:
        out_of_reach = behind + sum(map(_leaves_a_message, calls)) + _numberless(left, calls, due)
        yield from _judge_each(where, extra, told, out_of_reach)
        yield from _judge_buttons(where, left, told, calls)


def leaves_a_copy(call: SimulatedCall) -> bool:
    """Return whether a second message may stand after this call, by the documented cases."""
    unheard = call.status is None or call.is_late or call.fault == _NO_ID
    return (call.is_post and call.applied and unheard) or _leaves_a_message(call)


def _explains_a_copy(call: SimulatedCall, calls: list[SimulatedCall], due: Counter[str]) -> bool:
    """Return whether a second message may stand after this call, despite all later ones.

    An answer that came late is an answer, if nothing was posted in the meantime; and a final that
    is accepted without its number is on screen, where the same text was not posted more often than
    it is due.
    """
    if not leaves_a_copy(call) or _leaves_a_message(call) or call.status is None:
        return leaves_a_copy(call)
    if call.is_late:
        return any(
            other.is_post and call.waited_until <= other.at < call.heard_at for other in calls
        )
    text = readable(call.text or "")
    posts = sum(
        other.is_post and other.applied and readable(other.text or "") == text for other in calls
    )
    return posts > due[text]


def casts_doubt(call: SimulatedCall) -> bool:
    """Return whether an answer may report after this call that a text may stand twice.

    A post whose answer was lost cannot be told from one that never arrived.
    """
    unheard = call.status is None or call.status >= 500 or call.is_late or call.fault == _NO_ID
    return (
        (call.is_post and unheard and not call.never_left)
        or "upgraded" in call.description
        or _leaves_a_message(call)
    )


def _leaves_a_message(call: SimulatedCall) -> bool:
    """Return whether a message is out of reach after it: not editable, or in the old group."""
    refused = call.fault == "refuse" and call.status is not None
    return (call.is_edit or call.method == _DELETE) and (refused or "upgraded" in call.description)


def _denied(left: RoomRecord, calls: list[SimulatedCall]) -> Counter[str]:
    """Return the texts of messages of which the bot was told, by order, that it may not touch them.

    Who asks whether a message is its own takes that for the answer that it is another's.
    """
    asked = {
        (call.chat_id, call.message_id)
        for call in calls
        if call.method == _FIND and call.fault == "refuse" and "can't be" in call.description
    }
    return Counter(
        gist(item.text) for item in left.shown if (item.chat_id, item.message_id) in asked
    )


def _numberless(left: RoomRecord, calls: list[SimulatedCall], due: Counter[str]) -> int:
    """Return how many previews stand there that were accepted without a number.

    They cannot be edited or deleted, and they are no finals: these are posted as if they were not
    there, and made again where they are not heard of. Not to do that could lose a text.
    """
    posted = {(call.chat_id, call.message_id) for call in calls if call.fault == _NO_ID}
    return sum(
        (item.chat_id, item.message_id) in posted
        and (item.has_button or readable(item.text) not in due)
        for item in left.shown
    )


def was_given_up(text: str, told: list[Told], calls: list[SimulatedCall]) -> bool:
    """Return whether it was posted twice without an answer: it may be absent, and is reported.

    The first of the two may have been a preview of it, or of what was taken back; a preview may
    hold more than the page that was cut from it. A post that was on its way when its program was
    killed is one of them, also where it never left.
    """
    # Blanks decide what `letters` takes for an item's number: the text is compared as it was.
    wanted = next((one for item in told for one in item.finals if readable(one) == text), "")
    began_anew = any(item.restarted for item in told)
    unheard = [
        says_of(call.text or "", wanted) or _begins_with(call.text or "", wanted)
        for call in calls
        if call.is_post and (call.status is None or call.status >= 500) and not call.never_left
    ]
    telling = [item for item in told if gist(wanted) in map(gist, item.doubtful)]
    # The one of them that says it may be that which never left.
    says = any(unheard) or any(item.killed for item in telling)
    posts = len(unheard) if began_anew and says else sum(unheard)
    return any(posts + item.killed >= _MOST_POSTS for item in telling)


def _begins_with(preview: str, final: str) -> bool:
    """Return whether a preview holds all of a final, and more behind it."""
    return bool(letters(final)) and letters(preview).startswith(letters(final))


def says_of(preview: str, final: str) -> bool:
    """Return whether a preview says a part of a final.

    By its letters or, where it has none, or ends within an address, whose letters do not count in
    the final, by all that can be read.
    """
    text = without_cursor(preview)
    by_letters = bool(letters(text)) and letters(text) in letters(final)
    return by_letters or readable(text) in readable(final)


def _judge_each(where: str, extra: list[str], told: list[Told], others: int) -> Iterator[Violation]:
    """Yield segments with more than one superfluous message in the chat.

    Where a text was posted twice and then taken back, the next one is posted all the same, for
    it was not tried; both may begin alike.

    Args:
        where: the room's name.
        extra: the texts of the messages that are too many.
        told: the answers there.
        others: how many messages are out of reach for another reason.
    """
    finals = [letters(text) for item in told for text in item.finals]
    copies: Counter[int] = Counter()
    for text in extra:
        core = letters(without_cursor(text))
        meant = [number for number, final in enumerate(finals) if core in final]
        if len(meant) == 1:
            copies[meant[0]] += 1
    most = max(copies.values(), default=0)
    # What was taken back may have left previews of messages that are not due any more.
    due = sum(max(1, len(item.finals)) for item in told)
    began_anew = sum(item.restarted for item in told)
    too_many = len(extra) > due + others and not began_anew
    if most > 1 + _MOST_POSTS * began_anew + others or too_many:
        yield Violation(Rule.COPIED_TWICE, where, f"{len(extra)} copies, {most} of one message")


def _judge_buttons(
    where: str, left: RoomRecord, told: list[Told], calls: list[SimulatedCall]
) -> Iterator[Violation]:
    """Yield buttons that are left under anything but a possible copy."""
    if not all(item.is_whole for item in told):
        return  # what was given up or cut off may be out of reach
    doubtful = Counter(gist(text) for item in told for text in item.doubtful)
    pressed = Counter(gist(item.text) for item in left.shown if item.has_button)
    for text in (pressed - doubtful - _denied(left, calls)).elements():
        yield Violation(Rule.BUTTON_LEFT, where, cut(text))


def counted(texts: Iterable[str]) -> Counter[str]:
    """Return how often each text stands there, by what can be read of it."""
    return Counter(bare for text in texts if (bare := readable(text)))


def gist(text: str) -> str:
    """Return what two forms of one text have in common: a divider is a block, or dashes."""
    return letters(text) or readable(text).replace("—", "")


def without_cursor(text: str) -> str:
    """Drop what only previews have at their end."""
    return without_progress(text).rstrip(f" \n{CURSOR}…")


def cut(text: str) -> str:
    """Return a text as it can be read in one line of a report."""
    return repr(text if len(text) <= 60 else f"{text[:40]} … {text[-15:]}")
