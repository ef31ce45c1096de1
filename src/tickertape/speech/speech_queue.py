"""What of an answer is said aloud, purely: events in, what to synthesise and to play out.

    feed(event), finish(), stop()      the agent speaks, is done, is to be silent
    to_synthesise() -> Sentence        the next that wants a sound; at most `AHEAD` have one
    synthesised(number, audio)         ... and here it is (None: there is none to be had)
    to_play() -> Sound                 the next to be heard; one at a time, in the text's order
    played()                           it was heard to its end

Nothing is said twice: what is still to be said is derived from what was heard, and never from what
was handed out. `Restarted` voids what was said since the last tool; where the text that follows
begins with sentences that were heard already, it is taken up behind them. The sentence that is in
the air is let come to its end.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from tickertape.events import (
    Event,
    Failed,
    Finished,
    ReasoningDelta,
    Recorded,
    Restarted,
    SegmentEnded,
    TextDelta,
    ToolFinished,
    ToolStarted,
)
from tickertape.speech.audio import Audio
from tickertape.speech.text.phrases import ENGLISH, Phrases
from tickertape.speech.text.sentence_splitter import SentenceSplitter

__all__ = ["AHEAD", "Sentence", "Sound", "SpeechQueue"]

AHEAD: Final = 3
"""Sentences that are synthesised, or have a sound, before they are due: enough that a server which
takes a second for each leaves no gap between short ones; more would be thrown away by a stop."""

# How much of a text is read at a time: some tenths of a millisecond, in which a screen waits.
_SLICE: Final = 256


@dataclass(frozen=True, slots=True)
class Sentence:
    """Something to be said."""

    number: int
    """Its number, unique within the queue."""
    text: str
    """The words."""
    step: int = 0
    """How many tools had begun before it: a restart voids the sentences of the last step only."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A sentence that can be played."""

    sentence: Sentence
    """What it says."""
    audio: Audio
    """How it sounds."""


class SpeechQueue:
    """One answer, said aloud."""

    def __init__(self, phrases: Phrases = ENGLISH) -> None:
        """Begin with nothing to say.

        Args:
            phrases: What is said instead of what is not read out.
        """
        self._phrases = phrases
        self._inbox: deque[Event] = deque()
        self._splitter = SentenceSplitter(phrases)
        self._number = 0
        self._waiting: deque[Sentence] = deque()
        self._making: dict[int, Sentence] = {}
        self._made: dict[int, Audio | None] = {}
        self._playing: Sentence | None = None
        self._spoken: list[str] = []
        self._step = 0
        # What was heard of this attempt, and what of the voided one may be repeated by it.
        self._heard: list[Sentence] = []
        self._old: deque[Sentence] = deque()
        self._is_over = False
        self._is_silent = False

    @property
    def spoken(self) -> tuple[str, ...]:
        """The sentences that were heard to their end, in their order."""
        return tuple(self._spoken)

    @property
    def done(self) -> bool:
        """Whether nothing will be said any more."""
        if self._is_silent:
            return True
        is_empty = not (self._inbox or self._waiting or self._making or self._playing)
        return self._is_over and is_empty

    def feed(self, event: Event) -> None:
        """Take anything an agent says; what is not text or its end says nothing."""
        if self._is_over or self._is_silent:
            return
        match event:
            case ReasoningDelta() | Recorded() | ToolFinished():
                return
            case Finished() | Failed():
                self._is_over = True
            case Restarted() | TextDelta() | SegmentEnded() | ToolStarted():
                pass
        self._inbox.append(event)
        if isinstance(event, Restarted):
            self._read_all()

    def finish(self) -> None:
        """Mark the answer as complete."""
        self.feed(Finished())

    def stop(self) -> None:
        """Drop everything that was not heard yet."""
        self._is_silent = True
        self._inbox.clear()
        self._drop(0)

    def is_wanted(self, number: int) -> bool:
        """Return whether a sentence in synthesis is still wanted."""
        return number in self._making

    def to_synthesise(self) -> Sentence | None:
        """Return the next sentence to synthesise; None if there is none at present."""
        if len(self._making) >= AHEAD:
            return None
        while not self._waiting and self._inbox:
            self._read(self._inbox.popleft())
        if not self._waiting:
            return None
        sentence = self._waiting.popleft()
        self._making[sentence.number] = sentence
        return sentence

    def synthesised(self, number: int, audio: Audio | None) -> None:
        """Take the sound of a sentence; None: it is left out."""
        if number in self._making:
            self._made[number] = audio

    def to_play(self) -> Sound | None:
        """Return the next sound; None while one is playing, or until the next is synthesised."""
        while self._playing is None and self._making:
            number = min(self._making)
            if number not in self._made:
                return None
            sentence, audio = self._making.pop(number), self._made.pop(number)
            if audio is not None and audio.samples:
                self._playing = sentence
                self._heard.append(sentence)
                return Sound(sentence, audio)
        return None

    def played(self) -> None:
        """Record that the sound was heard to its end."""
        if self._playing is not None:
            self._spoken.append(self._playing.text)
            self._playing = None

    def _read_all(self) -> None:
        while self._inbox:
            self._read(self._inbox.popleft())

    def _read(self, event: Event) -> None:
        """Take in an event that waits: a piece of it, where it is a long text."""
        match event:
            case TextDelta(text):
                if len(text) > _SLICE:
                    self._inbox.appendleft(TextDelta(text[_SLICE:]))
                self._line_up(self._splitter.feed(text[:_SLICE]))
            case SegmentEnded() | Finished():
                self._end_script()
            case ToolStarted():
                self._end_script()
                self._step += 1
                self._old.clear()
            case Failed(error):
                self._end_script()
                self._line_up([error.sentence])
            case Restarted():
                self._restart()

    def _end_script(self) -> None:
        self._line_up(self._splitter.end())
        self._splitter = SentenceSplitter(self._phrases)

    def _restart(self) -> None:
        """Take back what was not heard since the last tool, and remember what was."""
        self._splitter = SentenceSplitter(self._phrases)
        self._drop(self._step)
        heard = [sentence for sentence in self._heard if sentence.step == self._step]
        self._old = deque([*heard, *self._old])  # an attempt that differed has none left there
        self._heard.clear()

    def _line_up(self, sentences: list[str]) -> None:
        for text in sentences:
            if self._old and self._old[0].text == text:
                self._heard.append(self._old.popleft())
                continue
            self._old.clear()
            self._number += 1
            self._waiting.append(Sentence(self._number, text, self._step))

    def _drop(self, step: int) -> None:
        """Drop what was not heard from a step on; what is in the air is let come to its end."""
        self._waiting = deque(kept for kept in self._waiting if kept.step < step)
        self._making = {n: kept for n, kept in self._making.items() if kept.step < step}
        self._made = {n: audio for n, audio in self._made.items() if n in self._making}
