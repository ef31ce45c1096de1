"""The decoder of OpenAI Responses on recorded streams, where they lie beside the project.

They are `transcripts/responses/*` and `transcripts/llamacpp/responses_*` of a folder `shared` next
to the repository. Each is decoded whole and cut everywhere, and says what is known of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cuts import each_cut
from responses_answers import comparable, decoded, ending, recorded

from tickertape.conversation import TextPart, Thought, ToolCall
from tickertape.errors import FailureKind
from tickertape.events import Event, Failed, Finished, ReasoningDelta, TextDelta, Usage

_FOLDER = Path(__file__).parents[3] / "shared" / "transcripts"
_FOUND = {
    path.name: path
    for pattern in ("responses/*.sse", "llamacpp/responses_*.sse")
    for path in sorted(_FOLDER.glob(pattern))
}


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is known of a recorded answer."""

    text: str = ""
    thought: str = ""
    calls: tuple[tuple[str, str, str], ...] = ()
    usage: Usage | None = None
    encrypted: str = ""
    phases: tuple[str, ...] = ()
    kinds: tuple[type, ...] = ()
    failure: FailureKind | None = None


_PARIS = "The capital of France is Paris."
_FINAL = _Facts(
    calls=(("call_CWXgs68YprAjp6t0371hiPOI", "final_result", '{"result":6666}'),),
    usage=Usage(53, 469),
    encrypted='"encrypted_content":"gAAAAABoyXvxI6jwG5j6rvTGC7PD6JN5758K-',
    kinds=(Thought, ToolCall),
)
_KNOWN: dict[str, _Facts] = {
    "deepseek_reasoning_function_call.sse": _Facts(
        thought="The user asks about temperature in Tokyo. I'll call the tool.",
        calls=(("call_00_xjY8Z2BvSlzgEmmw0DtH0464", "get_temperature", '{"city": "Tokyo"}'),),
        usage=Usage(366, 59, 256),
        kinds=(Thought, ToolCall),
    ),
    "derived_codex_empty_output.sse": _FINAL,
    "derived_codex_empty_output_text.sse": _Facts(_PARIS, usage=Usage(278, 9), kinds=(TextPart,)),
    "derived_cut_before_completed.sse": _Facts(
        "The capital of France", failure=FailureKind.ENDED_EARLY
    ),
    "openai_encrypted_reasoning_function_call.sse": _FINAL,
    "openai_error_quota_then_failed.sse": _Facts(failure=FailureKind.QUOTA),
    "openai_function_call.sse": _Facts(
        calls=(("call_kL0PCQV7M2WMoVX8V8OtYSAL", "get_capital", '{"country":"France"}'),),
        usage=Usage(255, 16),
        kinds=(ToolCall,),
    ),
    "openai_phase_text_then_tool.sse": _Facts(
        "I’ll check the capital lookup tool for “PotatoLand.”",
        calls=(("call_LabG58Uhrq9kZvR52BYKjToD", "get_capital", '{"country":"PotatoLand"}'),),
        usage=Usage(63, 69),
        encrypted='"encrypted_content":"gAAAAABqaR3-pGgSyJcPT3y2_26v61vCZmE9M2P6',
        phases=("commentary",),
        kinds=(Thought, TextPart, ToolCall),
    ),
    "openai_reasoning_summary_encrypted.sse": _Facts(
        thought="**Calculating step-by-step using calculator**\n\nI'll compute 12 plus 7, then "
        "multiply the result by 3, and finally multiply that by 10, reporting the final product.",
        calls=(("call_AB6AaRZ1FYZB2RwS6A5vbdqn", "calculator", '{"a":12,"b":7,"op":"add"}'),),
        usage=Usage(134, 28),
        encrypted='"encrypted_content":"gAAAAABpPDIVOKrsHNZ0GwsoEKA_IGfuJ5f8Ma_6-',
        kinds=(Thought, ToolCall),
    ),
    "openai_text.sse": _Facts(_PARIS, usage=Usage(278, 9), kinds=(TextPart,)),
    "openrouter_no_event_lines_done.sse": _Facts(
        "4",
        'The user asks: "What is 2+2?" They expect a straightforward answer: 4. Just answer 4.',
        usage=Usage(78, 37),
        kinds=(Thought, TextPart),
    ),
    "responses_reasoning.sse": _Facts(
        "3 + 5 = **8**.",
        "The user starts with 3 apples and buys 5 more. To find the total number of apples, we "
        "need to add these two quantities together. We will answer 8.\n",
        usage=Usage(90, 49, 89),
        kinds=(Thought, TextPart),
    ),
    "responses_text.sse": _Facts("Hello, World!", usage=Usage(35, 5, 34), kinds=(TextPart,)),
}


def _assert_facts(events: list[Event], facts: _Facts) -> None:
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == facts.text
    thought = "".join(event.text for event in events if isinstance(event, ReasoningDelta))
    assert thought == facts.thought
    end = ending(events)
    if facts.failure is not None:
        assert isinstance(end, Failed)
        assert end.error.kind == facts.failure
        return
    assert end == Finished("stop", facts.usage)
    step = recorded(events)
    assert tuple(type(part) for part in step.parts) == facts.kinds
    assert tuple((call.call_id, call.name, call.arguments) for call in step.calls) == facts.calls
    thoughts = [part.raw or "" for part in step.parts if isinstance(part, Thought)]
    assert all(facts.encrypted in raw for raw in thoughts)
    words = [part.raw for part in step.parts if isinstance(part, TextPart) and part.raw]
    assert len(words) == len(facts.phases)
    assert all(phase in raw for phase, raw in zip(facts.phases, words, strict=True))


def test_recorded_answers_are_read() -> None:
    """Each recorded stream comes to what is known of it; one that nobody knows only has to end."""
    for name, path in _FOUND.items():
        events = decoded(path.read_bytes())
        if name in _KNOWN:
            _assert_facts(events, _KNOWN[name])


def test_cuts_at_every_byte_change_nothing() -> None:
    """Recorded streams say the same wherever they are cut: each byte is the place of a cut."""
    for name, path in _FOUND.items():
        stream = path.read_bytes()
        whole = comparable(decoded(stream))
        assert all(comparable(decoded(*pieces)) == whole for pieces in each_cut(stream)), name
