"""Draws what agents say: words and their timing, thinking, tools, restarts, endings and stops."""

from __future__ import annotations

from typing import Final

from tickertape.delivery.streaming import StreamingConfig
from tickertape.simulation.dice import Dice
from tickertape.simulation.script import CURSOR, Beat, Ending, Speech, Stop, StopBy
from tickertape.simulation.shapes import GLUE, MARKUP, PICTURES

__all__ = ["Speeches"]

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
# A speech that may be this long may be one of paragraphs, which has a beat for each word.
_LENGTHY: Final = 100
_SYLLABLES: Final = "anderlomi"
_PROSE: Final = (" ", " ", " ", " ", " ", " ", " ", ", ", ". ")
_ENDINGS: Final[tuple[Ending, ...]] = (
    "finish", "finish", "finish", "finish", "length", "fail", "never",
)  # fmt: skip
_STOPS: Final[tuple[StopBy, ...]] = (
    "command", "draft", "draft", "message", "message", "shutdown", "cancel",
)  # fmt: skip


class Speeches:
    """Draws answers, each of words that no other answer of the run has.

    Args:
        dice: the chance of the run.
        at_work: whether the agents think, run tools and start over.
    """

    def __init__(self, dice: Dice, *, at_work: bool) -> None:
        self._dice = dice
        self._at_work = at_work
        self._writes = False
        self._count = 0

    def speech(self, most: int) -> Speech:
        """Draw one answer of at most `most` beats."""
        dice = self._dice
        self._count += 1
        temper = dice.pick(_TEMPERS)
        self._writes = dice.chance(0.5)
        if most >= _LENGTHY and dice.chance(0.06):
            beats = self._paragraphs(dice.pick(_TEMPERS[:-1]))
        else:
            beats = self._beats(dice.integer(0, dice.pick((3, most, most))), temper)
        length = sum(beat.pause for beat in beats)
        ending = dice.pick(_ENDINGS)
        return Speech(
            pause=dice.pick((0.0, 0.0, 0.3, 2.0, 60.0)),
            beats=beats,
            ending=ending,
            stop=self._stop(length) if dice.chance(0.25) else None,
            config=self._config() if dice.chance(0.4) else StreamingConfig(),
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
            elif self._writes and self._dice.chance(0.3):
                beats += self._markup(number, pause)
            else:
                beats.append(Beat(pause, "text", self._text(number)))
        return tuple(beats)

    def _paragraphs(self, temper: tuple[float, ...]) -> tuple[Beat, ...]:
        """Return long paragraphs, word by word, as a model writes them."""
        dice = self._dice
        beats: list[Beat] = []
        for _ in range(dice.integer(2, 4)):
            left = dice.integer(200, 1500)
            while left > 0:
                word = f"q{self._count}w{len(beats)}{_SYLLABLES[: dice.integer(0, 9)]}"
                left -= len(word) + 1
                beats.append(Beat(dice.pick(temper), "text", word + dice.pick(_PROSE)))
            beats.append(Beat(dice.pick(temper), "text", ".\n\n"))
        return tuple(beats)

    def _work(self, pause: float) -> Beat:
        match self._dice.integer(0, 5):
            case 0 | 1:
                return Beat(pause, "think", "hm, let me see. " * self._dice.pick((1, 1, 9)))
            case 2:
                return Beat(pause, "tool", "clock")
            case 3:
                return Beat(pause, "segment")
            case _:
                return Beat(pause, "restart")

    def _markup(self, number: int, pause: float) -> list[Beat]:
        """Return formatted words, whole or in pieces."""
        dice = self._dice
        pattern = dice.pick(MARKUP)
        words = [f"q{self._count}w{number}{letter}" for letter in "abcdef"]
        text = pattern.format(*words)
        # A tag that is cut off may show or not: it comes whole, so that no one needs to say.
        pieces = 1 if "<" in pattern or "&" in pattern else dice.pick((1, 1, 2, 3, 5))
        ends = sorted({len(text), *(dice.integer(1, len(text)) for _ in range(pieces - 1))})
        starts = [0, *ends[:-1]]
        return [
            Beat(pause, "text", text[start:end]) for start, end in zip(starts, ends, strict=True)
        ]

    def _text(self, number: int) -> str:
        """Return words that name the answer they belong to, and their place in it."""
        dice = self._dice
        word = f"q{self._count}w{number}"
        if dice.chance(0.03):
            return f"{word} " + "x" * dice.pick((700, 3000, 4097, 9000)) + dice.pick(GLUE)
        if dice.chance(0.008):
            return f"{word} " + dice.pick(PICTURES) * dice.pick((9, 300, 1200)) + dice.pick(GLUE)
        if dice.chance(0.08) and number:
            return dice.pick(GLUE)
        if dice.chance(0.1):
            return f"{word} " * dice.integer(2, 60)
        return word + dice.pick(GLUE)

    def _stop(self, length: float) -> Stop:
        dice = self._dice
        by = dice.pick(_STOPS)
        if by != "cancel" and dice.chance(0.2):
            # Its news comes at the moment of the last word, or the press itself does. (A task that
            # is cancelled hears of it a turn of the loop later, and no one could say what counts.)
            after = max(0.0, length - dice.pick((0.0, 0.2)))
        else:
            # Off the beat: at the same moment no one could say what came first.
            after = dice.seconds(0.0, length * 1.1 + 0.5) + 0.0005
        return Stop(after, by, lost=dice.chance(0.15))

    def _config(self) -> StreamingConfig:
        dice = self._dice
        return StreamingConfig(
            enabled=not dice.chance(0.1),
            transport=dice.pick(("auto", "auto", "draft", "edit", "edit", "off")),
            edit_interval=dice.pick((0.05, 0.3, 1.0, 5.0)),
            buffer_threshold=dice.pick((1, 20, 200)),
            cursor=dice.pick(("", "", f" {CURSOR}")),
            reasoning=dice.pick(("hide", "status", "show", "keep")),
            rich=dice.pick(("off", "auto", "auto", "always")),
            stop_button=not dice.chance(0.2),
        )
