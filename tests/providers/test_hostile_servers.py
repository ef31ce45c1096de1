"""The three decoders on valid answers in which a hostile server changed anything it liked.

However wrong: nothing is raised, there is exactly one end and nothing after it, all that is said
can be shown and kept, and a step that was recorded can be sent to every server.
"""

from __future__ import annotations

import json
from itertools import product

import chat_completions_answers
import messages_answers
import responses_answers
from hostile_json import assert_sayable, mutated
from hypothesis import given, settings
from hypothesis import strategies as st

from tickertape.conversation import Step, sound
from tickertape.events import Event, Failed, Finished, Recorded
from tickertape.ports import Prompt
from tickertape.providers import chat_completions, messages, responses
from tickertape.providers.quirks.profile import Profile

_BODIES = (chat_completions.body, responses.body, messages.body)
_CUTS = st.lists(st.integers(0, 5000), max_size=2)


def _pieces(stream: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted(min(cut, len(stream)) for cut in cuts)
    return [stream[a:b] for a, b in zip([0, *places], [*places, len(stream)], strict=True)]


def _check(events: list[Event]) -> None:
    ends = [event for event in events if isinstance(event, Finished | Failed)]
    steps = [event.entry for event in events if isinstance(event, Recorded)]
    assert events[-1:] == ends
    assert len(steps) == isinstance(ends[0], Finished)
    assert_sayable(events)
    profile = Profile(returns_reasoning="always")
    for step, body in product(steps, _BODIES):
        assert isinstance(step, Step)
        prompt = Prompt(sound([step]))
        asked = body(prompt, model="m", profile=profile, origin=step.origin)
        json.dumps(asked, ensure_ascii=False, allow_nan=False).encode()


@settings(max_examples=300)
@given(mutated("chat_completions"), _CUTS)
def test_chat_completions_survives_a_hostile_server(stream: bytes, cuts: list[int]) -> None:
    """Chat Completions with any value anywhere: one end, and nothing that cannot be said."""
    _check(chat_completions_answers.decode(*_pieces(stream, cuts)))


@settings(max_examples=300)
@given(mutated("responses"), _CUTS)
def test_responses_survives_a_hostile_server(stream: bytes, cuts: list[int]) -> None:
    """Responses with any value anywhere: one end, and nothing that cannot be said."""
    _check(responses_answers.decoded(*_pieces(stream, cuts)))


@settings(max_examples=300)
@given(mutated("messages"), _CUTS)
def test_messages_survives_a_hostile_server(stream: bytes, cuts: list[int]) -> None:
    """Messages with any value anywhere: one end, and nothing that cannot be said."""
    _check(messages_answers.decode(*_pieces(stream, cuts)))
