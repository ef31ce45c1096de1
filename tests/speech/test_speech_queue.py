"""The queue's promises: in order, once, few ahead, and what was heard is not said again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.errors import FailureKind, ProviderError
from tickertape.events import (
    Event,
    Failed,
    Finished,
    ReasoningDelta,
    Restarted,
    SegmentEnded,
    TextDelta,
    ToolFinished,
    ToolStarted,
)
from tickertape.speech.audio import Audio
from tickertape.speech.speech_queue import AHEAD, Sentence, SpeechQueue

SOUND = Audio(22_050, b"\1\0")


def said(*texts: str) -> list[TextDelta]:
    """Say some texts."""
    return [TextDelta(text) for text in texts]


def fed(*events: Event) -> SpeechQueue:
    """Return a queue that was fed some events."""
    queue = SpeechQueue()
    tell(queue, *events)
    return queue


def tell(queue: SpeechQueue, *events: Event) -> None:
    """Feed some events to a queue."""
    for event in events:
        queue.feed(event)


def wanted(queue: SpeechQueue) -> list[Sentence]:
    """Take all sentences that want a sound."""
    taken = []
    while sentence := queue.to_synthesise():
        taken.append(sentence)
    return taken


def hear(queue: SpeechQueue, count: int = 10_000) -> list[str]:
    """Hear up to so many sentences, each to its end; give what was heard."""
    heard: list[str] = []
    while len(heard) < count:
        for sentence in wanted(queue):
            queue.synthesised(sentence.number, SOUND)
        sound = queue.to_play()
        if sound is None:
            break
        heard.append(sound.sentence.text)
        queue.played()
    return heard


def test_sentences_are_played_in_their_order_whenever_their_sounds_come() -> None:
    """A sound that comes early waits for the one before it."""
    queue = fed(*said("One. Two. "), Finished())
    one, two = wanted(queue)
    queue.synthesised(two.number, SOUND)
    assert queue.to_play() is None
    queue.synthesised(one.number, SOUND)
    first = queue.to_play()
    assert first is not None
    assert first.sentence == one
    assert queue.to_play() is None, "one at a time"
    queue.played()
    second = queue.to_play()
    assert second is not None
    assert second.sentence == two
    assert list(queue.spoken) == ["One."], "what is in the air was not heard to its end"
    queue.played()
    assert queue.done
    assert list(queue.spoken) == ["One.", "Two."]


def test_few_sentences_are_synthesised_ahead() -> None:
    """A long answer does not become sound before it is due."""
    queue = fed(*said("One. " * 50))
    assert len(wanted(queue)) == AHEAD
    assert queue.to_synthesise() is None


def test_a_sentence_without_a_sound_is_left_out() -> None:
    """The next one follows, and what was not heard is not taken for heard."""
    queue = fed(*said("One. Two. "), Finished())
    one, two = wanted(queue)
    queue.synthesised(one.number, None)
    queue.synthesised(two.number, SOUND)
    sound = queue.to_play()
    assert sound is not None
    queue.played()
    assert queue.spoken == ("Two.",)
    assert queue.done


def test_a_stop_silences_and_drops_everything() -> None:
    """Nothing is wanted, played or read behind it."""
    queue = fed(*said("One. Two. Three. "))
    one = wanted(queue)[0]
    queue.stop()
    assert queue.done
    queue.feed(TextDelta("Four. "))
    queue.synthesised(one.number, SOUND)
    assert queue.to_play() is None
    assert queue.to_synthesise() is None


def test_thinking_and_tools_are_not_said() -> None:
    """Only the answer is; a tool ends the sentence before it."""
    events: list[Event] = [
        ReasoningDelta("Hm. "),
        TextDelta("I look"),
        ToolStarted("1", "look"),
        ToolFinished("1", "look", ok=True),
        TextDelta("Found"),
        SegmentEnded(),
        TextDelta("it."),
        Finished(),
    ]
    assert hear(fed(*events)) == ["I look", "Found", "it."]


def test_a_failure_is_told_behind_what_came() -> None:
    """Who only listens learns why there is no more."""
    error = ProviderError(FailureKind.NETWORK, "secret words of a server")
    assert hear(fed(*said("It is"), Failed(error))) == ["It is", error.sentence]


def test_a_restart_voids_what_was_not_heard() -> None:
    """What waited or was synthesised is dropped; the new attempt is said."""
    queue = fed(*said("One. Two. Three. Four. Five. "))
    making = wanted(queue)
    queue.feed(Restarted())
    assert not any(queue.is_wanted(sentence.number) for sentence in making)
    tell(queue, *said("Else. "), Finished())
    assert hear(queue) == ["Else."]


def test_what_was_heard_is_not_said_again_where_the_new_attempt_begins_alike() -> None:
    """The new attempt is taken up behind the sentences that it repeats."""
    queue = fed(*said("One. Two. Three. Four. "))
    assert hear(queue, 2) == ["One.", "Two."]
    tell(queue, Restarted(), *said("One. Two. Drei. Vier."), Finished())
    assert hear(queue) == ["Drei.", "Vier."]


def test_what_is_in_the_air_counts_as_heard() -> None:
    """A restart lets the sentence end, and does not repeat it."""
    queue = fed(*said("One. Two. Three. "))
    for sentence in wanted(queue):
        queue.synthesised(sentence.number, SOUND)
    assert queue.to_play() is not None
    tell(queue, Restarted(), *said("One. Zwei."), Finished())
    queue.played()
    assert hear(queue) == ["Zwei."]
    assert queue.spoken == ("One.", "Zwei.")


def test_an_attempt_that_begins_otherwise_is_said_from_there() -> None:
    """Sentences behind the first difference are said, though they were heard before it."""
    queue = fed(*said("One. Two. Three. "))
    assert hear(queue, 2) == ["One.", "Two."]
    tell(queue, Restarted(), *said("Eins. Two. Three."), Finished())
    assert hear(queue) == ["Eins.", "Two.", "Three."]


def test_several_restarts_repeat_nothing() -> None:
    """What two attempts were heard to say alike is not said by a third."""
    queue = fed(*said("One. Two. "))
    assert hear(queue, 1) == ["One."]
    tell(queue, Restarted(), *said("One. Two. Three. "))
    assert hear(queue, 1) == ["Two."]
    tell(queue, Restarted(), *said("One. Two. Three."), Finished())
    assert hear(queue) == ["Three."]


def test_a_restart_leaves_what_was_said_before_a_tool() -> None:
    """That stays said, though it was not heard yet."""
    queue = fed(*said("Before. "), ToolStarted("1", "look"), *said("Void. "))
    wanted(queue)
    tell(queue, Restarted(), *said("After."), Finished())
    for number in range(1, 10):
        queue.synthesised(number, SOUND)
    assert hear(queue) == ["Before.", "After."]


@pytest.mark.parametrize("text", ["", "  \n", "---\n", "😀"])
def test_an_answer_without_words_is_over_at_once(text: str) -> None:
    """There is nothing to wait for."""
    queue = fed(*said(text), Finished())
    assert wanted(queue) == []
    assert queue.done


@given(st.data())
def test_random_schedules_keep_order_and_repeat_nothing(data: st.DataObject) -> None:
    """However events, sounds and ends come about: in order, once, few ahead, and all in the end."""
    answer = [f"Sentence {word} number {n}." for n, word in enumerate("abcdefgh")]
    attempts = data.draw(st.lists(st.integers(0, len(answer)), max_size=3))
    events: list[Event] = []
    for length in attempts:
        events += [*said(*(f"{text} " for text in answer[:length])), Restarted()]
    events += [*said(*(f"{text} " for text in answer)), Finished()]
    queue, making, heard = SpeechQueue(), list[Sentence](), list[str]()
    while events or not queue.done:
        choice = data.draw(st.sampled_from(["feed", "make", "sound", "play"]))
        if choice == "feed" and events:
            queue.feed(events.pop(0))
        elif choice == "make" and (sentence := queue.to_synthesise()):
            making.append(sentence)
        elif choice == "sound" and making:
            made = making.pop(data.draw(st.integers(0, len(making) - 1)))
            queue.synthesised(made.number, SOUND)
        elif choice == "play" and (sound := queue.to_play()):
            heard.append(sound.sentence.text)
            queue.played()
        elif not events:
            making += wanted(queue)
            while making:
                queue.synthesised(making.pop().number, SOUND)
            while sound := queue.to_play():
                heard.append(sound.sentence.text)
                queue.played()
        assert sum(queue.is_wanted(sentence.number) for sentence in making) <= AHEAD
    assert heard == answer
    assert queue.spoken == tuple(answer)
