"""Draws scripts: a seed in, a run out, the same on every machine.

What can be random in a run is drawn here and in `speeches`, and nowhere else. Most runs are hard in
one respect and easy in the others, so that each hardship meets the core in its normal state too;
one in eight is hard in all.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tickertape.emulator.faults import (
    Fault,
    Lost,
    PlannedFault,
    Refuse,
    Reset,
    Slow,
    Status,
    Throttle,
)
from tickertape.emulator.settings import (
    ChatLimits,
    Floods,
    Limit,
    Settings,
    SlidingWindow,
    TokenBucket,
)
from tickertape.simulation.dice import Dice
from tickertape.simulation.draw_streams import with_streams
from tickertape.simulation.outages import outages
from tickertape.simulation.script import (
    Deed,
    DeedKind,
    Line,
    Restart,
    Room,
    RoomKind,
    Script,
    chat_id_of,
)
from tickertape.simulation.speeches import Speeches

__all__ = ["LASTING", "REFUSALS", "draw"]

LASTING: Final = 0.25
"""In which share of the runs faults last, where nothing else is asked for. They are drawn apart
from all else: whatever the share, a seed keeps the rest of its run."""

REFUSALS: Final = (
    (400, "Bad Request: TEXTDRAFT_PEER_INVALID"),
    (400, "Bad Request: message can't be edited"),
    (400, "Bad Request: message thread not found"),
    (400, "Bad Request: message is too long"),
    (400, "Bad Request: MESSAGE_TOO_LONG"),
    (400, "Bad Request: can't parse entities: nobody knows why"),
    (400, "Bad Request: not enough rights to send the rich message to the chat"),
    (400, "Bad Request: RICH_MESSAGE_CONTENT_REQUIRED"),
    (400, "Bad Request: RICH_MESSAGE_TEXT_TOO_LONG"),
    (400, "Bad Request: something that nobody has seen before"),
    (400, "Bad Request: CHAT_WRITE_FORBIDDEN"),
    (400, "Bad Request: message can't be deleted"),
    (401, "Unauthorized"),
    (403, "Forbidden: bot was blocked by the user"),
    (404, "Not Found: method not found"),
    (409, "Conflict: terminated by other getUpdates request"),
    (413, "Request Entity Too Large"),
)
"""The refusals that are ordered: their status and their words. None of them lies about what stands
in the chat: a platform that says that a message is gone which is there could not be answered
rightly by anybody."""

_AIOGRAM: Final = 0.2
"""In which share of the runs the bot is aiogram's: operators run the gateway, which has its own."""
_APART: Final = 0x6A09E667F3BCC908  # any number: other chance from the same seed
_ALONE: Final = 0x3C6EF372FE94F82B
_KILLED: Final = 0x510E527FADE682D1
_BOT: Final = 0x9B05688C2B3E6C1F
_HARDSHIPS: Final = ("none", "faults", "faults", "limits", "people", "crowd", "work", "all")
_KINDS: Final[tuple[RoomKind, ...]] = (
    "private", "private", "private", "group", "supergroup", "forum", "channel",
)  # fmt: skip
_METHODS: Final = (
    None, None, "sendMessage", "sendMessage", "editMessageText", "editMessageText",
    "sendMessageDraft", "sendRichMessage", "sendRichMessageDraft", "sendChatAction",
    "deleteMessage",
)  # fmt: skip
_DEEDS_ANYWHERE: Final[tuple[DeedKind, ...]] = ("write", "delete", "delete", "delete_question")
_DEEDS: Final[dict[RoomKind, tuple[DeedKind, ...]]] = {
    "private": ("block", "unblock", "deactivate"),
    "group": ("kick", "demote", "admit", "upgrade", "upgrade"),
    "supergroup": ("kick", "demote", "admit"),
    "forum": ("kick", "demote", "admit", "close_topic", "delete_topic"),
    "channel": ("kick", "demote", "admit"),
}


def draw(seed: int, lasting: float = LASTING, *, streams: bool = False) -> Script:
    """Draw the run that belongs to `seed`.

    Args:
        seed: which run.
        lasting: in which share of the runs faults last; 0 to 1.
        streams: whether it goes on where text is added to messages, in place of Telegram.
    """
    script = _with_more(_draw(seed), seed, lasting)
    return with_streams(script) if streams else script


def _with_more(script: Script, seed: int, lasting: float) -> Script:
    """Return a life with what is drawn apart."""
    others_write = any(deed.kind == "post" for deed in script.deeds)
    is_alone = Dice(seed ^ _ALONE).chance(0.5) and not others_write
    script = replace(
        script,
        only_writer=is_alone,
        restarts=_with_kills(script.restarts, seed),
        has_aiogram=Dice(seed ^ _BOT).chance(_AIOGRAM),
    )
    dice = Dice(seed ^ _APART)
    if not dice.chance(lasting):
        return script
    # What arrives long after it was made would find another program there.
    faults = outages(dice, script.rooms, may_hold=not script.restarts)
    return replace(script, faults=script.faults + faults)


def _with_kills(restarts: tuple[Restart, ...], seed: int) -> tuple[Restart, ...]:
    """Return the restarts with some made kills, and with more kills; none within another."""
    dice = Dice(seed ^ _KILLED)
    restarts = tuple(replace(one, is_kill=dice.chance(0.5)) for one in restarts)
    if restarts or not dice.chance(0.35):
        return restarts
    kills, at = [], 0.0
    for _ in range(dice.pick((1, 2, 4))):
        at += dice.seconds(0.0, dice.pick((3.0, 20.0, 60.0))) + 0.0007
        down_for = dice.pick((0.5, 2.0, 60.0))
        kills.append(Restart(at, 0.0, down_for, is_kill=True))
        at += down_for
    return tuple(kills)


def _draw(seed: int) -> Script:
    dice = Dice(seed)
    hardship = dice.pick(_HARDSHIPS)
    rooms = _rooms(dice, hardship)
    deeds: list[Deed] = []
    if hardship in ("people", "all"):
        deeds += _deeds(dice, rooms)
    if hardship in ("limits", "all") and dice.chance(0.5):
        deeds += _other_program(dice, rooms)
    restarts = _restarts(dice, often=hardship in ("limits", "all"))
    faults = _waits(dice) if restarts else ()
    if hardship in ("faults", "all"):
        faults += _faults(dice, rooms)
    return Script(
        seed=seed,
        rooms=rooms,
        deeds=tuple(sorted(deeds, key=lambda deed: deed.at)),
        faults=faults,
        settings=_settings(dice, rooms, limited=hardship in ("limits", "all")),
        restarts=restarts,
        has_rich=not dice.chance(0.1),
    )


# Who answers where.


def _rooms(dice: Dice, hardship: str) -> tuple[Room, ...]:
    speeches = Speeches(dice, at_work=hardship in ("work", "all") or dice.chance(0.2))
    if hardship == "crowd":
        # More chats than the bot's own limit lets speak at once (30 calls a second).
        return tuple(_room(dice, speeches, 1, 1, 12) for _ in range(dice.integer(12, 45)))
    return tuple(
        _room(dice, speeches, dice.pick((1, 1, 2, 3)), dice.pick((1, 1, 2, 3)), 100)
        for _ in range(dice.pick((1, 1, 1, 2, 3)))
    )


def _room(dice: Dice, speeches: Speeches, lines: int, answers: int, beats: int) -> Room:
    kind = dice.pick(_KINDS)
    has_topics = kind == "forum" or (kind == "private" and dice.chance(0.2))
    topics: list[int | None] = [0, 1, None] if has_topics else [None]
    if not dice.chance(0.15):
        lines = min(lines, len(topics))  # two answers in one place at once are rare, but allowed
    return Room(
        kind,
        tuple(
            Line(
                topics[number % len(topics)], tuple(speeches.speech(beats) for _ in range(answers))
            )
            for number in range(lines)
        ),
    )


# What goes wrong.


def _deeds(dice: Dice, rooms: tuple[Room, ...]) -> list[Deed]:
    deeds = []
    for _ in range(dice.integer(1, 5)):
        room = dice.integer(0, len(rooms) - 1)
        kinds = _DEEDS_ANYWHERE + (_DEEDS[rooms[room].kind] if dice.chance(0.5) else ())
        at = dice.seconds(0.0, dice.pick((2.0, 15.0, 100.0)))
        deeds.append(Deed(at, dice.pick(kinds), room, dice.pick((0, 0, 0, 1))))
    return deeds


def _other_program(dice: Dice, rooms: tuple[Room, ...]) -> list[Deed]:
    """Return deeds of another program of the same bot, which spend the limits of a chat."""
    room = dice.integer(0, len(rooms) - 1)
    kind = dice.pick(("post", "type"))
    start, gap = dice.seconds(0.0, 20.0), dice.pick((0.0, 0.5, 3.0))
    kinds: dict[str, DeedKind] = {"post": "post", "type": "type"}
    return [Deed(start + gap * n, kinds[kind], room) for n in range(dice.integer(1, 25))]


def _restarts(dice: Dice, *, often: bool) -> tuple[Restart, ...]:
    """Draw restarts; where limits are tight there is more to be carried over."""
    if not dice.chance(0.3 if often else 0.06):
        return ()
    restarts, at = [], 0.0
    for _ in range(dice.pick((1, 1, 2))):
        # Off the beat: at the same moment no one could say whether a word was said.
        at += dice.seconds(0.0, dice.pick((3.0, 20.0, 120.0))) + 0.0007
        # At once, in the time that a gateway gives, and as long as anything takes.
        grace = dice.pick((0.0, 1.0, 10.0, 600.0))
        restarts.append(Restart(at, grace, dice.pick((0.5, 2.0, 60.0, 3000.0))))
    return tuple(restarts)


def _waits(dice: Dice) -> tuple[PlannedFault, ...]:
    """Return waits that the platform asks for, which may outlast the program."""
    return tuple(
        PlannedFault(
            Throttle(dice.pick((17, 60, 300))),
            method=dice.pick(_METHODS),
            skip=dice.integer(0, 6),
        )
        for _ in range(dice.integer(0, 3))
    )


def _faults(dice: Dice, rooms: tuple[Room, ...]) -> tuple[PlannedFault, ...]:
    ids = [chat_id_of(index, room.kind) for index, room in enumerate(rooms)]
    return tuple(
        PlannedFault(
            _fault(dice),
            method=dice.pick(_METHODS),
            chat_id=dice.pick(ids) if dice.chance(0.5) else None,
            times=dice.pick((1, 1, 1, 2, 4, 9)),
            skip=dice.integer(0, dice.pick((0, 2, 12, 40))),
        )
        for _ in range(dice.integer(1, 6))
    )


def _fault(dice: Dice) -> Fault:
    match dice.integer(0, 8):
        case 0 | 1:
            return Throttle(dice.pick((1, 1, 3, 17, 60)))
        case 2:
            return Status(dice.pick((500, 502, 503, 504)), html=dice.chance(0.5))
        case 3:
            return Reset()
        case 4 | 5:
            return Lost()
        case 6 | 7:
            # The transport waits for 4 s to 15 s: answers come just within, and far beyond.
            return Slow(dice.pick((0.1, 1.0, 3.9, 9.0, 14.0, 30.0)))
        case _:
            status, words = dice.pick(REFUSALS)
            return Refuse(words, status)


def _settings(dice: Dice, rooms: tuple[Room, ...], *, limited: bool) -> Settings:
    round_trip = dice.pick((0.08, 0.08, 0.08, 0.0, 0.3, 2.0))
    if not limited:
        return Settings(round_trip=round_trip)
    chats = {
        chat_id_of(index, room.kind): _limits(dice)
        for index, room in enumerate(rooms)
        if dice.chance(0.6)
    }
    floods = Floods(
        prolong=not dice.chance(0.2),
        cooldown_chance=dice.pick((0.0, 0.0, 0.02, 0.2)),
        seed=dice.integer(0, 10**6),
    )
    return Settings(floods=floods, chats=chats, round_trip=round_trip)


def _limits(dice: Dice) -> ChatLimits:
    """Draw limits that are tighter than those that are documented."""
    messages: tuple[Limit, ...] = (
        TokenBucket(0.2, 1),
        TokenBucket(0.5, 2),
        SlidingWindow(5, 60.0),
        SlidingWindow(2, 20.0),
        SlidingWindow(10, 60.0),
    )
    drafts: tuple[Limit, ...] = (
        SlidingWindow(3, 5.0),
        SlidingWindow(10, 30.0),
        TokenBucket(0.3, 1),
    )
    return ChatLimits(
        messages=(dice.pick(messages),) if dice.chance(0.7) else None,
        drafts=(dice.pick(drafts),) if dice.chance(0.5) else None,
    )
