"""Draws what agents say: words and their timing, thinking, tools, restarts, endings and stops."""

from __future__ import annotations

from typing import Final

from tickertape.delivery.streaming import StreamingConfig
from tickertape.simulation.dice import Dice
from tickertape.simulation.script import CURSOR, Beat, Ending, Speech, Stop, StopBy

__all__ = ["Speeches"]

# What may stand between the words; Markdown, blanks and characters that platforms drop or count
# differently. None of it puts letters anywhere that formatting would hide.
_GLUE: Final = (
    " ", " ", " ", " ", ", ", ". ", "\n", "\n\n", "🚀 ", "a\u030a ", "\t\u202e ", "\x07", " **",
    "** ", " _", "_ ", "\n# ", "\n```\n", "\n- ", " | ", " 日本語 ", "👩‍👩‍👧 ", "`",
)  # fmt: skip
# Seconds between tokens: a fast model, a slow one, a local one, one that speaks in bursts, one that
# says all at once, and one that falls silent for longer than a draft lives.
_TEMPERS: Final[tuple[tuple[float, ...], ...]] = (
    (0.02,),
    (0.02, 0.02, 0.1, 0.5),
    (0.25,),
    (0.0, 0.0, 0.0, 0.0, 2.5),
    (0.0,),
    (0.1, 0.1, 0.5, 3.0, 40.0),
)
_ENDINGS: Final[tuple[Ending, ...]] = (
    "finish", "finish", "finish", "finish", "length", "fail", "never",
)  # fmt: skip
_STOPS: Final[tuple[StopBy, ...]] = (
    "command", "draft", "draft", "message", "shutdown", "cancel",
)  # fmt: skip


class Speeches:
    """Draws answers, each of words that no other answer of the run has.

    Args:
        dice: the chance of the run.
        at_work: whether the agents think, run tools and begin anew.
    """

    def __init__(self, dice: Dice, *, at_work: bool) -> None:
        self._dice = dice
        self._at_work = at_work
        self._count = 0

    def speech(self, most: int) -> Speech:
        """Draw one answer of at most `most` beats."""
        dice = self._dice
        self._count += 1
        temper = dice.pick(_TEMPERS)
        beats = self._beats(dice.integer(0, dice.pick((3, most, most))), temper)
        length = sum(beat.pause for beat in beats)
        ending = dice.pick(_ENDINGS)
        return Speech(
            pause=dice.pick((0.0, 0.0, 0.3, 2.0, 60.0)),
            beats=beats,
            ending=ending,
            stop=self._stop(length) if dice.chance(0.25) else None,
            config=self._config() if dice.chance(0.3) else StreamingConfig(),
            points_back=dice.chance(0.3),
            # Never at the moment of a beat: which of the two is first would be left to the loop.
            timeout=length + 5.0137 if ending == "never" else 10_000.0137,
        )

    def _beats(self, count: int, temper: tuple[float, ...]) -> tuple[Beat, ...]:
        beats: list[Beat] = []
        running = False
        for number in range(count):
            pause = self._dice.pick(temper)
            if running and self._dice.chance(0.5):
                beats.append(Beat(pause, "result", "clock"))
                running = False
            elif self._at_work and self._dice.chance(0.2):
                beat = self._work(pause)
                running = running or beat.kind == "tool"
                beats.append(beat)
            else:
                beats.append(Beat(pause, "text", self._text(number)))
        return tuple(beats)

    def _work(self, pause: float) -> Beat:
        match self._dice.integer(0, 5):
            case 0 | 1:
                return Beat(pause, "think", "hm, let me see. ")
            case 2:
                return Beat(pause, "tool", "clock")
            case 3:
                return Beat(pause, "segment")
            case _:
                return Beat(pause, "restart")

    def _text(self, number: int) -> str:
        """Give words that say which answer they belong to, and where."""
        dice = self._dice
        word = f"q{self._count}w{number}"
        if dice.chance(0.03):
            return f"{word} " + "x" * dice.pick((700, 3000, 4097, 9000)) + dice.pick(_GLUE)
        if dice.chance(0.08) and number:
            return dice.pick(_GLUE)
        if dice.chance(0.1):
            return f"{word} " * dice.integer(2, 60)
        return word + dice.pick(_GLUE)

    def _stop(self, length: float) -> Stop:
        dice = self._dice
        # Off the beat by half a millisecond: at the same moment nobody could say what came first.
        after = dice.seconds(0.0, length * 1.1 + 0.5) + 0.0005
        return Stop(after, dice.pick(_STOPS), lost=dice.chance(0.15))

    def _config(self) -> StreamingConfig:
        dice = self._dice
        return StreamingConfig(
            enabled=not dice.chance(0.1),
            transport=dice.pick(("auto", "auto", "draft", "edit", "edit", "off")),
            edit_interval=dice.pick((0.05, 0.3, 1.0, 5.0)),
            buffer_threshold=dice.pick((1, 20, 200)),
            cursor=dice.pick(("", "", f" {CURSOR}")),
            reasoning=dice.pick(("hide", "status", "show")),
        )
