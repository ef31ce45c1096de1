"""Whether the calls to a chat kept to its limits, took turns, and ended with its answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from tickertape.emulator.settings import Floods
from tickertape.simulation.messages import letters, readable
from tickertape.simulation.record import Record, SimulatedCall, Told
from tickertape.simulation.streams import CONFLICT
from tickertape.simulation.violations import Rule, Violation

__all__ = ["judge_calls"]

_EPSILON = 1e-6
# A refusal doubles the spacing of previews, up to sixteen times: four of them learn the tightest
# limit that is drawn, and what is learned fades by half in five minutes. Finals take what there is:
# each of them may be refused once, and is then let in.
_LESSONS = 8
# Words of refusals that blame what a call says, not where it goes or who makes it.
_BLAMES = re.compile(
    r"too[ _]long|is empty|non-empty|can't parse|entity|bounds|rich_message_|specified|begin with|"
    + CONFLICT,
    re.IGNORECASE,
)
_REFUSALS = 3
"""So many refusals in a row lead on (delivery.reply.ladders)."""
_OTHERS = frozenset({"post", "type"})
_SHARE = 1.0


def judge_calls(record: Record, room: int) -> Iterator[Violation]:
    """Yield what is wrong with the calls to one room."""
    left = record.rooms[room]
    for chat_id in left.chat_ids:
        calls = [call for call in record.calls if call.chat_id == chat_id]
        where = f"room {room}"
        yield from _judge_turns(where, calls)
        yield from _judge_waits(where, calls)
        yield from _judge_refusals(record, room, calls)
        yield from _judge_silence(record, room, calls)
        yield from _judge_fitness(where, calls, has_rich=record.script.has_rich)
        yield from _judge_repeats(where, calls, [t for t in record.told if t.room == room])


def _judge_turns(where: str, calls: list[SimulatedCall]) -> Iterator[Violation]:
    for before, after in pairwise(calls):
        if after.at < before.waited_until - _EPSILON:
            until = before.waited_until
            text = f"{after.method} at {after.at:.3f} s, {before.method} until {until:.3f}"
            yield Violation(Rule.TWO_IN_FLIGHT, where, text)


def _judge_waits(where: str, calls: list[SimulatedCall]) -> Iterator[Violation]:
    calls = [call for call in calls if call.method != "deleteMessage"]
    waits = [
        # What is heard late may be heard at the moment of a call, and after it.
        (
            number,
            call.is_traceless,
            call.heard_at + (2 * _EPSILON if call.is_late else 0.0),
            call.heard_at + call.retry_after,
        )
        for number, call in enumerate(calls)
        if call.status == 429 and call.retry_after is not None
    ]
    for number, call in enumerate(calls) if waits else ():
        # A refusal that comes late is heard after calls that were made in the meantime.
        known = (
            until
            for earlier, family, since, until in waits
            if earlier < number and family is call.is_traceless and since <= call.at + _EPSILON
        )
        closed = max(known, default=float("-inf"))
        if call.at < closed - _EPSILON:
            text = f"{call.method} at {call.at:.3f} s, asked to wait until {closed:.3f} s"
            yield Violation(Rule.CALLED_DURING_WAIT, where, text)


def _judge_refusals(record: Record, room: int, calls: list[SimulatedCall]) -> Iterator[Violation]:
    refused = [call for call in calls if call.status == 429 and call.fault is None]
    if not refused:
        return
    where = f"room {room}"
    if _has_known_limits(record, room) and not any(call.was_held for call in calls):
        told = ", ".join(f"{call.method} at {call.at:.2f} s" for call in refused[:3])
        yield Violation(Rule.ABOVE_LIMITS, where, f"{len(refused)} refused: {told}")
        return
    # Who knocks while another program's calls have shut the gate is refused for their sake.
    others = sum(done.deed.room == room and done.deed.kind in _OTHERS for done in record.deeds)
    if len(refused) > _LESSONS + others + _SHARE * (len(calls) - len(refused)):
        yield Violation(
            Rule.REFUSED_TOO_OFTEN, where, f"{len(refused)} of {len(calls)} calls were refused"
        )


def _has_known_limits(record: Record, room: int) -> bool:
    """Return whether the room has the documented limits, and the program knows their state."""
    settings, default = record.script.settings, Floods()
    floods = settings.floods
    documented = (floods.private, floods.group, floods.bot, floods.drafts) == (
        default.private,
        default.group,
        default.bot,
        default.drafts,
    )
    own = any(chat_id in settings.chats for chat_id in record.rooms[room].chat_ids)
    alone = not any(done.deed.kind in _OTHERS for done in record.deeds)
    alone = alone and not record.script.restarts
    return documented and not own and alone and not floods.cooldown_chance


def _judge_repeats(where: str, calls: list[SimulatedCall], told: list[Told]) -> Iterator[Violation]:
    """Yield posts that were repeated although no answer came in between.

    Args:
        where: the room's name.
        calls: the calls to one chat.
        told: the answers there.
    """
    marks = {readable(item.mark) for item in told}
    posts = [(i, readable(c.text or "")) for i, c in enumerate(calls) if c.is_post]
    for place, (number, text) in enumerate(posts):
        known = _is_heard(calls[number]) or calls[number].never_left
        if known or not text or text in marks or _is_of_several(text, told):
            continue
        again = next((i for i, later in posts[place + 1 :] if later.startswith(text)), None)
        between = calls[number + 1 : again]
        if again is not None and not any(map(_is_heard, between)):
            times = f"at {calls[again].at:.2f} s, first made at {calls[number].at:.2f} s"
            yield Violation(Rule.REPEATED_BLINDLY, where, times)


def _is_of_several(text: str, told: list[Told]) -> bool:
    """Return whether more than one message may have this text: a page of only x, say."""
    if any(item.restarted for item in told) and _repeats_itself(text):
        return True  # what was taken back is not in the record, and may have filled several
    bare = letters(text)
    answers = sum(item.restarted or bare in letters(item.said) for item in told)
    return answers > 1 or sum(bare in letters(page) for item in told for page in item.finals) > 1


def _repeats_itself(text: str) -> bool:
    """Return whether a text repeats itself, so that its pages are alike."""
    return any(text.startswith(text[size:]) for size in range(1, len(text) // 2 + 1))


def _is_heard(call: SimulatedCall) -> bool:
    """Return whether the platform itself answered."""
    return call.status is not None and call.status < 500


def _judge_silence(record: Record, room: int, calls: list[SimulatedCall]) -> Iterator[Violation]:
    ends = [told.done_at for told in record.told if told.room == room]
    times = [end for end in ends if end is not None]
    if not calls or len(times) < len(ends):
        return
    over = max(times, default=0.0)
    for call in calls:
        if call.at > over + _EPSILON and not _settles(record, room, call):
            yield Violation(
                Rule.CALL_AFTER_END, f"room {room}", f"{call.method} at {call.at:.2f} s"
            )


def _settles(record: Record, room: int, call: SimulatedCall) -> bool:
    """Return whether a call settles a late answer: it takes back a copy or a change.

    An edit that was not heard of in time, or was on its way when its program was killed, may
    replace a final that came after it; and a post that was given up in doubt, and turns out to be
    refused, is made again once the platform is heard. A copy that is open is sealed before it is
    deleted.
    """
    chat_ids = record.rooms[room].chat_ids
    was_killed = any(told.killed for told in record.told if told.room == room)
    may_follow = was_killed or any(
        earlier.heard_at > earlier.waited_until or earlier.status is None
        for earlier in record.calls
        if earlier.chat_id in chat_ids and earlier.at < call.at and not earlier.is_traceless
    )
    # By its letters: the form in which it was tried first may be one that is refused.
    finals = {letters(text) for told in record.told if told.room == room for text in told.finals}
    affirms = (call.is_edit or call.is_post) and letters(call.text or "") in finals
    settling = {"deleteMessage", "sendChatAction", "sealText"}
    return may_follow and (affirms or call.method in settling)


def _judge_fitness(
    where: str, calls: list[SimulatedCall], *, has_rich: bool
) -> Iterator[Violation]:
    """Yield calls that the platform must refuse: a call is measured before it is made."""
    for call in calls:
        if call.fault is not None or call.status is None or "not modified" in call.description:
            continue
        # A server that overlooks rich messages finds nothing in an edit to one.
        overlooked = call.is_edit and not has_rich and "text is empty" in call.description
        overlooked = overlooked or _cannot_be_sealed(call, calls)
        if _BLAMES.search(call.description) and not overlooked:
            told = f"{call.method} at {call.at:.2f} s: {call.description}"
            yield Violation(Rule.UNFIT, where, told)


def _cannot_be_sealed(call: SimulatedCall, calls: list[SimulatedCall]) -> bool:
    """Return whether it edits what is open because that was refused again and again: to seal it."""
    refused = [
        other
        for other in calls
        if other.method == "sealText" and other.message_id == call.message_id
        if other.at < call.at and other.fault == "refuse"
    ]
    return CONFLICT in call.description and len(refused) >= _REFUSALS
