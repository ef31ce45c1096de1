"""The decoder of Chat Completions on recorded streams, where they lie beside the project.

They are `transcripts/chat/*` and `transcripts/llamacpp/chat_*` of a folder `shared` next to the
repository. Each is decoded whole and cut everywhere, and says what is known of it.
"""

from __future__ import annotations

from pathlib import Path

from chat_completions_answers import (
    OWN,
    Answer,
    assert_cuts_change_nothing,
    decode,
    fold,
    read,
)

from tickertape.conversation import TextPart, Thought, ToolCall
from tickertape.events import Failed, Finished, Usage

_FOLDER = Path(__file__).parents[3] / "shared" / "transcripts"
_FOUND = {
    path.name: path.read_bytes()
    for pattern in ("chat/*.sse", "llamacpp/chat_*.sse")
    for path in sorted(_FOLDER.glob(pattern))
}

_TEXTS = {
    "azure_first_chunk_empty_choices.sse": ("Capital of Denmark.", Usage(15, 78)),
    "openai_text.sse": ("The capital of the UK is London.", Usage(78, 9)),
    "chat_text.sse": ("Hello, world!", Usage(35, 5, 24)),
}
_CALLS = {
    "openai_tool_call.sse": (
        ToolCall("call_ZR5UUuTt3pf61kjwAJIYdVMj", "get_capital", '{"country":"UK"}'),
        Usage(53, 15),
    ),
    "groq_tool_call_single_chunk.sse": (ToolCall("tk85n1k4m", "weather", "{}"), Usage(210, 15)),
    "mistral_tool_delta_empty_name.sse": (
        ToolCall(
            "chatcmpl-tool-9f149c74c42f265b",
            "webSearchTool",
            '{"query": "current Berlin weather"}',
        ),
        Usage(171, 14, 128),
    ),
    "chat_tool.sse": (
        ToolCall("D2jxrM2APu9uVrjM4qiTk46sYY8kx9Ao", "get_weather", '{"city": "Paris"}'),
        None,
    ),
}


def _facts(name: str, answer: Answer) -> None:
    """Assert what is known of a recorded stream; an unknown one only has to decode."""
    if name in _TEXTS:
        text, cost = _TEXTS[name]
        assert (answer.parts, answer.end) == ((TextPart(text),), Finished("stop", cost))
    elif name in _CALLS:
        call, usage = _CALLS[name]
        assert (answer.parts, answer.end) == ((call,), Finished("stop", usage))
    else:
        _facts_of_thinking(name, answer)


def _facts_of_thinking(name: str, answer: Answer) -> None:
    match name:
        case "deepseek_reasoning_text.sse":
            assert answer.text == "Hello there! 😊 How can I help you today?"
            assert answer.reasoning.startswith('Hmm, the user just said "Hello".')
            assert answer.reasoning.endswith("further - and that's okay too.")
            assert [type(part) for part in answer.parts] == [Thought, TextPart]
            assert answer.end == Finished("stop", Usage(6, 212))
        case "deepseek_reasoning_tool_call.sse":
            assert answer.reasoning.endswith('set to "San Francisco".')
            assert answer.parts[1:] == (
                ToolCall(
                    "call_00_ioIn7yN9p1ZOMNpDLwd4MgAF", "weather", '{"location": "San Francisco"}'
                ),
            )
            assert answer.end == Finished("stop", Usage(339, 83, 320))
        case "openrouter_reasoning_details.sse":
            assert answer.text == "2 + 2 = 4"
            assert answer.reasoning == "This is a simple arithmetic question. 2+2 equals 4."
            assert '"signature": "Et0B' in str(answer.parts[0])
            assert answer.end == Finished("stop", Usage(43, 36))
        case "openrouter_error_midstream.sse":
            assert answer.reasoning == "We need to respond to a greeting. The user"
            assert isinstance(answer.end, Failed)
            assert answer.end.error.detail == "Token limit reached"
        case "groq_error_event_midstream.sse":
            assert answer.reasoning.startswith("We need to call the tool with invalid parameters")
            assert isinstance(answer.end, Failed)
            assert answer.end.error.detail.startswith("Tool call validation failed")
        case "chat_reasoning.sse":
            assert answer.text == "3 + 5 = **8**."
            assert answer.reasoning.startswith("The user starts with 3 apples and buys 5 more.")
            assert answer.end == Finished("stop", Usage(90, 43))
        case _:
            assert answer.parts or isinstance(answer.end, Failed)


def test_recorded_streams_say_what_is_known_of_them() -> None:
    """Each recorded stream comes to its text, thinking, calls, reason, usage or failure."""
    for name, stream in _FOUND.items():
        _facts(name, fold(decode(stream)))
    assert read("plain.sse").end == Finished("stop", Usage(11, 4))


def test_recorded_streams_can_be_cut_anywhere() -> None:
    """Each byte of each recorded stream is a place where it can be cut."""
    for stream in [*_FOUND.values(), (OWN / "plain.sse").read_bytes()]:
        assert_cuts_change_nothing(stream)
