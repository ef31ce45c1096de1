"""The decoder of Anthropic Messages on recorded streams, where they lie beside the project.

Each is decoded whole and cut everywhere, and says what is known of it. Where there are none, there
is nothing to read, and the tests say nothing.
"""

from __future__ import annotations

from pathlib import Path

from cuts import each_cut
from messages_answers import Answer, comparable, decode, fold

from tickertape.conversation import Opaque, TextPart, Thought, ToolCall
from tickertape.errors import FailureKind
from tickertape.events import Failed, Finished, Restarted, Usage

_FOLDER = Path(__file__).parents[3] / "shared" / "transcripts"
_FOUND = {
    path.name: path
    for pattern in ("messages/*.sse", "llamacpp/messages_*.sse")
    for path in sorted(_FOLDER.glob(pattern))
}


def _facts(name: str, answer: Answer) -> None:
    """Assert what is known of a recorded stream; an unknown one only has to decode."""
    kinds = [type(part) for part in answer.parts]
    match name:
        case "anthropic_thinking_text.sse":
            assert kinds == [Thought, TextPart]
            assert answer.reasoning.startswith("This is a straightforward question about")
            assert answer.text.endswith("prioritize safety over speed when crossing streets.")
            assert '"signature":"EvMCCkYICxgCKkCHP2cSuEdcJK/' in str(answer.parts[0].raw)
            assert answer.end == Finished("stop", Usage(43, 282))
        case "anthropic_server_tool_mcp.sse":
            assert kinds == [Thought, Opaque, Opaque, TextPart]
            assert '"name":"ask_question","input":{"repoName":' in str(answer.parts[1].raw)
            assert '"type":"mcp_tool_result"' in str(answer.parts[2].raw)
            assert isinstance(answer.end, Finished)
            assert answer.end.reason == "stop"
        case "anthropic_tiny_ping.sse":
            assert (answer.text, answer.end) == ("2", Finished("stop", Usage(20, 5)))
        case "anthropic_text_then_tool_no_args.sse":
            update = ToolCall("toolu_01QE1WLsSVp5hy5Q3GmGTmjP", "updateIssueList", "{}")
            assert answer.parts == (TextPart("I'll update the issue list for you."), update)
            assert answer.end == Finished("stop", Usage(565, 48))
        case "anthropic_tool_use.sse":
            arguments = '{"location": "San Francisco"}'
            weather = ToolCall("toolu_019Zvehfe1XQWweT1pm7okyt", "weather", arguments)
            assert answer.parts == (weather,)
            assert answer.end == Finished("stop", Usage(843, 28))
        case "anthropic_refusal.sse":
            assert answer.parts == ()
            assert isinstance(answer.end, Finished)
            assert answer.end.detail.startswith("This request triggered restrictions on violative")
            assert answer.end == Finished("refusal", Usage(18, 5), answer.end.detail)
        case "proxy_duplicate_message_start.sse":
            assert answer.parts == (TextPart("Hello, World!"),)
            assert answer.end == Finished("stop", Usage(17, 227))
        case "sdk_tool_use.sse":
            words, call = answer.parts
            assert words == TextPart("I'll check the current weather in Paris for you.")
            assert isinstance(call, ToolCall)
            assert (call.name, call.arguments) == ("get_weather", '{"location": "Paris"}')
            assert '"caller":{"type":"direct"}' in str(call.raw)
            assert answer.end == Finished("stop", Usage(377, 65))
        case "derived_overloaded_midstream.sse":
            assert answer.text.endswith("Here are the basic steps for safely")
            assert isinstance(answer.end, Failed)
            assert answer.end.error.kind == FailureKind.OVERLOADED
        case "messages_text.sse":
            assert answer.parts == (TextPart("Hello, World!"),)
            assert answer.end == Finished("stop", Usage(35, 5, 34))
        case _:
            pass


def test_recorded_answers_are_read() -> None:
    """Each recorded stream comes to what its recorder knew of it."""
    for name, path in _FOUND.items():
        events = decode(path.read_bytes())
        assert Restarted() not in events, name
        _facts(name, fold(events))


def test_recorded_answers_may_be_cut_anywhere() -> None:
    """Each recorded stream gives the same events when cut, at each of its bytes."""
    for name, path in _FOUND.items():
        stream = path.read_bytes()
        whole = comparable(decode(stream))
        assert all(comparable(decode(*pieces)) == whole for pieces in each_cut(stream)), name
