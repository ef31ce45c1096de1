"""A step that its server paused: it is returned to the server and goes on, a bounded number."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from reading import FakeTool, Reader, read

from tickertape.agent.attempts import Attempts
from tickertape.agent.loop import ModelAgent
from tickertape.agent.models import Model
from tickertape.conversation import Step, TextPart, ToolCall
from tickertape.errors import FailureKind, ProviderError
from tickertape.events import (
    Event,
    Failed,
    Finished,
    Recorded,
    Restarted,
    TextDelta,
    Usage,
)
from tickertape.ports import Prompt
from tickertape.providers.messages import MessagesDecoder, body
from tickertape.providers.quirks.profile import Profile
from tickertape.testing.clock import run_in_virtual_time
from tickertape.testing.providers import Script, ScriptedProvider

_PAUSED = Finished("paused", Usage(3, 2))
_BROKEN = Failed(ProviderError(FailureKind.NETWORK, "gone"))
_LOOK = ToolCall("c1", "look", '{"at": "it"}')
_SEARCH = Path(__file__).parent.parent / "providers/transcripts/reported/ms_pause_turn.sse"


def _play(*scripts: Script, max_steps: int = 8) -> tuple[Reader, ScriptedProvider]:
    provider = ScriptedProvider(*scripts)
    agent = ModelAgent([Model("one", provider)], tools=lambda: [FakeTool()], max_steps=max_steps)
    return run_in_virtual_time(read(agent)), provider


def test_a_paused_step_goes_on() -> None:
    """The model reads its own step at the end of the conversation; the reader sees one answer."""
    reader, provider = _play(
        [(0, "I search. "), (0, _PAUSED)], [(0, "It rains."), (0, Finished("stop", Usage(5, 1)))]
    )
    assert reader.screen == ["I search. It rains."]
    assert reader.end == Finished("stop", Usage(8, 3))
    paused = Step((TextPart("I search. "),), ended="paused")
    assert provider.prompts[1].entries[-1] == paused
    assert reader.kept == [paused, Step((TextPart("It rains."),))]


def test_pauses_are_bounded() -> None:
    """A server that pauses for ever is left, and the end says that the answer is not whole."""
    reader, provider = _play([(0, "More. "), (0, Finished("paused"))], max_steps=3)
    assert len(provider.prompts) == 3
    assert reader.screen == ["More. More. More. "]
    assert reader.end == Finished("paused")


def test_a_paused_step_with_calls_runs_them() -> None:
    """Calls beside a pause are answered, which goes on as well."""
    reader, provider = _play([(0, "I look."), (0, _LOOK), (0, _PAUSED)], [(0, "Seen.")])
    assert reader.screen == ["I look.", "Seen."]
    assert len(provider.prompts) == 2


def test_a_step_that_goes_on_is_not_taken_back() -> None:
    """Where the next attempt breaks off, its words alone are void."""
    reader, provider = _play(
        [(0, "I search. "), (0, _PAUSED)], [(0, "It is"), (0, _BROKEN)], [(0, "It rains.")]
    )
    assert reader.screen == ["I search. It rains."]
    assert reader.events.count(Restarted()) == 1
    assert len(provider.prompts) == 3


def test_an_explanation_reaches_the_reader() -> None:
    """What a server says about its end is the end of the turn."""
    reader, _ = _play([(0, "No."), (0, Finished("refusal", None, "Not allowed."))])
    assert reader.end == Finished("refusal", None, "Not allowed.")


def test_a_paused_step_is_returned_as_it_came() -> None:
    """Messages gets the call of its own tool back, at the end of the conversation."""
    decoder = MessagesDecoder(None, "here")
    events = [*decoder.decode(_SEARCH.read_bytes()), *decoder.flush()]
    (step,) = [event.entry for event in events if isinstance(event, Recorded)]
    asked = body(Prompt((step,)), model="m", profile=Profile(), origin="here")
    messages = asked["messages"]
    assert isinstance(messages, list)
    assert messages[-1] == {
        "role": "assistant",
        "content": [
            {"type": "text", "text": "Let me search. "},
            {
                "type": "server_tool_use",
                "id": "srvtoolu_1",
                "name": "web_search",
                "input": {"query": "oslo weather"},
            },
        ],
    }


@given(st.lists(st.sampled_from(["a", "b", "step", "broken", "back"]), max_size=12))
def test_kept_words_stand_once(course: list[str]) -> None:
    """Whatever breaks off behind a step that goes on, its words stay, once, in their place."""
    attempts, screen, kept, own = Attempts(), "", "", ""
    for said in course:
        events: dict[str, Event] = {"back": Restarted(), "step": Finished("paused")}
        if said == "broken":
            attempts.failed()
            own = ""
            continue
        for shown in attempts.show(events.get(said, TextDelta(said))):
            screen = "" if isinstance(shown, Restarted) else screen
            screen += shown.text if isinstance(shown, TextDelta) else ""
        if said == "step":
            attempts.keep(own)
            kept, own = kept + own, ""
        else:
            own = "" if said == "back" else own + said
    assert screen.startswith(kept + own)
