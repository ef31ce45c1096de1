"""What must hold while a fault lasts, and when it is over: how often, how soon, and by which way.

What may stand in a chat after all is for `tickertape.simulation.verdict_screen`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tickertape.chat import ChatKind
from tickertape.emulator.faults import Fault, Held, PlannedFault, Unreached, name_of
from tickertape.emulator.settings import Floods
from tickertape.simulation.messages import readable
from tickertape.simulation.outages import FOR_EVER
from tickertape.simulation.record import Record, SimulatedCall, Told
from tickertape.simulation.script import chat_id_of, kind_of
from tickertape.simulation.verdict_copies import gist
from tickertape.simulation.violations import Rule, Violation

__all__ = ["calls_allowed", "can_be_found", "judge_lasting"]

_LONGEST_PAUSE: Final = 30.0
"""Seconds to which the pause after a failure grows (delivery.trouble)."""
_GROWING: Final = 8
"""Calls until the pause is that long: it doubles from 0.5 s, which takes six, and the call that
fails first and the one that is under way when the fault begins come on top."""
_SIGN_EVERY: Final = 4.0
"""Seconds from one sign of writing to the next at the least: it shows for five (Telegram)."""
_UNREACHED_EVERY: Final = 1.0
"""Seconds from one call that never leaves to the next at the least: it has no cost."""
_DEADLINE: Final = 15.0
"""Seconds for which a post's answer is waited for at the longest (the Telegram channel)."""
_LISTENING: Final = 60.0
"""Seconds after which a post that is still open is made again at the latest."""
_TRY: Final = _DEADLINE + _LISTENING + _LONGEST_PAUSE
"""Seconds that one attempt to post takes at the longest, with the pause behind it."""
_TRIES: Final = 2
"""How often one text is posted."""
_PROVEN_TRIES: Final = 20
"""How often one text is posted where each time nothing of it is found."""
_HANDFUL: Final = 6
"""How many messages are worth being asked about after one post."""
_CROWD: Final = 4
"""So many chats and more wait for each other: the bot has a limit of its own."""


def judge_lasting(record: Record, room: int) -> Iterator[Violation]:
    """Yield what is wrong in one room of a run in which faults last."""
    if not record.script.outages:
        return
    lasting = _Lasting.of(record, room)
    yield from _judge_counts(lasting)
    yield from _judge_drafts(lasting)
    yield from _judge_lateness(lasting)
    yield from _judge_ends(lasting)
    yield from _judge_found(lasting)


@dataclass(frozen=True, slots=True)
class _Lasting:
    """One room of a run, and the faults that last there."""

    record: Record
    room: int
    told: list[Told]
    calls: list[SimulatedCall]
    outages: list[PlannedFault]

    @classmethod
    def of(cls, record: Record, room: int) -> _Lasting:
        chat_ids = record.rooms[room].chat_ids
        return cls(
            record,
            room,
            [told for told in record.told if told.room == room],
            [call for call in record.calls if call.chat_id in chat_ids],
            [one for one in record.script.outages if one.chat_id in {None, chat_ids[0]}],
        )

    @property
    def where(self) -> str:
        return f"room {self.room}"

    @property
    def kind(self) -> ChatKind:
        return kind_of(self.record.script.rooms[self.room].kind)

    @property
    def messages(self) -> int:
        """How many messages its answers have, those included that have nothing to show."""
        return sum(max(1, len(told.finals)) for told in self.told)

    @property
    def has_usual_limits(self) -> bool:
        """Whether nothing but the faults that last and the documented limits hold it up."""
        settings, default = self.record.script.settings, Floods()
        floods = settings.floods
        is_free = floods.private == default.private and floods.group == default.group
        is_free = is_free and floods.bot == default.bot and floods.drafts == default.drafts
        chat_id = chat_id_of(self.room, self.record.script.rooms[self.room].kind)
        is_free = is_free and not floods.cooldown_chance and chat_id not in settings.chats
        is_alone = len(self.record.rooms) < _CROWD and not self.record.deeds
        was_let_in = all(call.status != 429 for call in self.calls)
        return is_free and is_alone and was_let_in and not self.record.script.restarts


def calls_allowed(seconds: float, things: int, fault: Fault, method: str) -> float:
    """Return how many calls of a method may fail while a fault lasts.

    Args:
        seconds: how long it lasts.
        things: how many things are tried, each with pauses of its own: the previews of a message,
            and its final.
        fault: which fault.
        method: which method.
    """
    every = _UNREACHED_EVERY if isinstance(fault, Unreached) else _LONGEST_PAUSE
    allowed = things * (_GROWING + seconds / every)
    return allowed + seconds / _SIGN_EVERY if method == "sendChatAction" else allowed


def _judge_counts(lasting: _Lasting) -> Iterator[Violation]:
    """Yield counts of failing calls that do not fall while a fault lasts."""
    over = max((call.heard_at for call in lasting.calls), default=0.0)
    for outage in lasting.outages:
        until = min(over, outage.until or 0.0)
        struck = [
            call.method
            for call in lasting.calls
            if call.fault == name_of(outage.fault)
            and outage.matches(call.method, outage.chat_id)
            and outage.since <= call.at < until
            and call.status is None
        ]
        for method in sorted(set(struck)):
            things = 2 * lasting.messages
            most = calls_allowed(until - outage.since, things, outage.fault, method)
            if struck.count(method) > most:
                text = f"{struck.count(method)} times {method} in {until - outage.since:.0f} s"
                yield Violation(Rule.CALLED_TOO_OFTEN, lasting.where, text)


def _judge_drafts(lasting: _Lasting) -> Iterator[Violation]:
    """Yield incomplete posts in places where drafts can be shown."""
    has_drafts = lasting.kind is ChatKind.PRIVATE and lasting.record.script.streams is None
    if not has_drafts or any(told.restarted for told in lasting.told):
        return
    speeches = [
        speech
        for line in lasting.record.script.rooms[lasting.room].lines
        for speech in line.speeches
    ]
    by_drafts = all(speech.config.transport in ("auto", "draft") for speech in speeches)
    if not by_drafts or any(_is_refused(call) for call in lasting.calls):
        return
    finals = {gist(text) for told in lasting.told for text in told.finals}
    for call in lasting.calls:
        if call.is_post and gist(call.text or "") not in finals:
            yield Violation(Rule.LEFT_DRAFTS, lasting.where, f"{call.method} at {call.at:.2f} s")


def _is_refused(call: SimulatedCall) -> bool:
    return call.status is not None and 400 <= call.status < 500 and call.status != 429


def _judge_lateness(lasting: _Lasting) -> Iterator[Violation]:
    """Yield answers that came late although only calls that never left were in their way.

    That is when the network is back, and the longest pause over, unless the server had so many
    calls that the chat's limit makes it wait. What never left is none of them.
    """
    faults = lasting.record.script.faults
    only_unreached = all(isinstance(planned.fault, Unreached) for planned in faults)
    if not only_unreached or not lasting.has_usual_limits:
        return
    back_at = max((one.until or 0.0 for one in lasting.outages), default=0.0)
    for told in lasting.told:
        if told.done_at is None or told.gave_up:
            continue
        since = max(told.ended_at, back_at)
        wait = _wait_for_limits(lasting, since)
        trips = 2 * lasting.record.script.settings.round_trip * (1 + len(told.finals))
        if told.done_at > since + _LONGEST_PAUSE + wait + trips:
            text = f"{told.where} at {told.done_at:.1f} s, {told.done_at - since:.1f} s after all"
            yield Violation(Rule.FINAL_LATE, lasting.where, text)


def _wait_for_limits(lasting: _Lasting, since: float) -> float:
    """Return the seconds for which the calls that the server had make those after them wait."""
    seen = [
        call.arrived_at for call in lasting.calls if not call.is_traceless and not call.never_left
    ]
    if lasting.kind is ChatKind.PRIVATE:
        return float(sum(at > since - 5.0 for at in seen))  # one a second
    return 60.0 * (sum(at > since - 60.0 for at in seen) // 20)  # 20 a minute


def _judge_ends(lasting: _Lasting) -> Iterator[Violation]:
    """Yield answers that did not end in time after the last fault that ends.

    Each of its messages is posted twice at the most, each time after a pause; and so are those of
    the answers that share its chat.
    """
    if not lasting.has_usual_limits or any(told.done_at is None for told in lasting.told):
        return
    ends = [
        one.until + _stretch(one.fault) * (one.until - one.since)
        for one in lasting.outages
        if one.until is not None and one.until < FOR_EVER
    ]
    over_at = max(ends, default=0.0)
    waiting = [told for told in lasting.told if (told.done_at or 0.0) > over_at]
    messages = sum(max(1, len(told.finals)) for told in waiting)
    tries = _PROVEN_TRIES if lasting.record.script.only_writer else _TRIES
    most = tries * _TRY * messages + 60.0 * len(lasting.calls) / 20
    for told in waiting:
        since = max(told.ended_at, over_at)
        took = (told.done_at or since) - since
        if took > most:
            text = f"{told.where}: {took:.0f} s, at most {most:.0f} s"
            yield Violation(Rule.ENDED_LATE, lasting.where, text)


def _stretch(fault: Fault) -> float:
    return fault.stretch if isinstance(fault, Held) else 0.0


def can_be_found(record: Record, room: int) -> bool:
    """Return whether a post that was not heard of could be found by edits with its content.

    No one else writes for the bot, and no one else in the chats that share its numbers; the only
    thing that fails is that posts are not answered: all edits are. Then the messages that it can be
    are few: those behind the question, known ones left out.
    """
    script = record.script
    rooms, lines = script.rooms, script.rooms[room].lines
    shared = [one for one in rooms if one.kind in ("private", "group")]
    is_alone = len(shared) <= 1 or rooms[room].kind not in ("private", "group")
    is_alone = is_alone and len(lines) == 1 and not record.deeds and not script.restarts
    edits_are_heard = all(
        planned.until is not None
        and planned.method in ("sendMessage", "sendRichMessage")
        and not isinstance(planned.fault, Held)
        for planned in script.faults
    )
    is_channel = rooms[room].kind == "channel"  # whose posts the bot may edit, ours or not
    return script.only_writer and is_alone and edits_are_heard and not is_channel


def _judge_found(lasting: _Lasting) -> Iterator[Violation]:
    if not can_be_found(lasting.record, lasting.room) or not lasting.has_usual_limits:
        return
    if any(told.stopped or told.restarted or not told.is_whole for told in lasting.told):
        return
    # What is not asked about: more posts in a row than a handful of questions can tell apart.
    if lasting.messages > _HANDFUL:
        return
    shown = [readable(item.text) for item in lasting.record.rooms[lasting.room].shown]
    due = [readable(text) for told in lasting.told for text in told.finals]
    for text in due:
        if text in shown:
            shown.remove(text)
    for text in shown:
        yield Violation(Rule.COPY_AVOIDABLE, lasting.where, repr(text[:60]))
