"""An answer that its server says again is read once; one that repeats itself keeps its words."""

from __future__ import annotations

import pytest
from answer_reading import ends, read, says, sse

from tickertape.events import Finished

_DONE = b"data: [DONE]\n\n"
_STOP = ends("stop")


def _chat(*deltas: str) -> bytes:
    """Return an answer whose last delta has the finish reason."""
    return sse(*map(says, deltas[:-1]), says(deltas[-1], "stop")) + _DONE


def _chat_apart(*deltas: str) -> bytes:
    """Return an answer whose finish reason stands alone."""
    return sse(*map(says, deltas), _STOP) + _DONE


def _messages(*deltas: str, begun: str = "", kind: str = "text") -> bytes:
    block = {"type": kind, kind: begun}
    more = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": f"{kind}_delta", kind: delta}}
        for delta in deltas
    ]
    return sse(
        {"type": "message_start", "message": {}},
        {"type": "content_block_start", "index": 0, "content_block": block},
        *more,
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
        {"type": "message_stop"},
    )


def _responses(*deltas: str) -> bytes:
    place = {"output_index": 0, "content_index": 0}
    said = [{"type": "response.output_text.delta", **place, "delta": delta} for delta in deltas]
    return sse(*said, {"type": "response.completed", "response": {"status": "completed"}})


_AGAIN: dict[str, tuple[list[str], str]] = {
    "in several": (["The capital ", "is Oslo.", "The capital is Oslo."], "The capital is Oslo."),
    "of one": (["The capital is Oslo."] * 2, "The capital is Oslo."),
    "short": (["Os", "lo.", "Oslo."], "Oslo."),
    "short, a word": (["Os", "lo", "Oslo"], "Oslo"),
    "wide": (["首都", "是奥斯陆。", "首都是奥斯陆。"], "首都是奥斯陆。"),
    "with other blanks": (
        ["The capital\n", "of Norway is Oslo.", "The capital of Norway is Oslo."],
        "The capital\nof Norway is Oslo.",
    ),
    "and more": (
        ["The capital ", "is Oslo.", "The capital is Oslo. It is big."],
        "The capital is Oslo. It is big.",
    ),
    "growing, wide": (["首都", "首都是", "首都是奥斯陆"], "首都是奥斯陆"),
    "growing, letter by letter": (["首", "首都", "首都是", "首都是奥斯陆。"], "首都是奥斯陆。"),
    "growing, two": (["The capital", "The capital is Oslo."], "The capital is Oslo."),
    "growing, Cyrillic": (["Да, столица", "Да, столица — Осло."], "Да, столица — Осло."),
}

_REPEATING: dict[str, list[str]] = {
    "a laugh": ["ha", "ha", "haha"],
    "two words": ["no ", "no "],
    "a refrain": ["no ", "way ", "no way "],
    "a number": ["1", "2", "12"],
    "digits": ["12", "12"],
    "a rule": ["-", "=", "-="],
    "long rules": ["-" * 24, "-" * 24],
    "a short reply, wide": ["好的。", "好的。"],
    "a laugh, wide": ["哈哈", "哈哈", "哈哈哈哈"],
    "a reply, wide": ["好的，我知道了。", "好的，我知道了。"],
    "a line of a poem": ["Row, row, row your boat,\n", "Row, row, row your boat,\n"],
    "a verse": ["Ha! ", "Ho! ", "Ha! Ho! Hum."],
    "a verse and more": [
        "Row your boat,\n",
        "down the stream.\n",
        "Row your boat,\ndown the stream.\nMerrily.",
    ],
    "growing, short": ["Ha", "Ha ha"],
}


@pytest.mark.parametrize("name", _AGAIN)
def test_what_a_server_says_again_is_read_once(name: str) -> None:
    """All of it behind its pieces, or all so far in each piece: in every protocol."""
    deltas, text = _AGAIN[name]
    for kind, stream in (
        *(("cc", _chat(*deltas)), ("cc", _chat_apart(*deltas))),
        *(("ms", _messages(*deltas)), ("rs", _responses(*deltas))),
    ):
        answer = read(kind, stream)
        assert (answer.text, answer.end) == (text, Finished())


@pytest.mark.parametrize("name", _REPEATING)
def test_an_answer_that_repeats_itself_keeps_its_words(name: str) -> None:
    """What its writer would say twice is said twice."""
    deltas = _REPEATING[name]
    for kind, stream in (
        *(("cc", _chat(*deltas)), ("cc", _chat_apart(*deltas))),
        *(("ms", _messages(*deltas)), ("rs", _responses(*deltas))),
    ):
        assert read(kind, stream).text == "".join(deltas)


def test_a_reason_makes_a_shorter_text_sure() -> None:
    """Behind a delta that says why the answer ends nothing comes: more of them are all of it."""
    deltas = ["It is ", "Oslo. ", "It is Oslo."]
    assert read("cc", _chat(*deltas)).text == "It is Oslo. "
    assert read("cc", _chat_apart(*deltas)).text == "".join(deltas)


def test_a_call_beside_what_is_said_again_is_kept() -> None:
    """Only the words of a delta are left out that says them again."""
    call = {"index": 0, "id": "c", "function": {"name": "clock", "arguments": "{}"}}
    last = {"delta": {"content": "It is long.", "tool_calls": [call]}, "finish_reason": "stop"}
    answer = read("cc", sse(says("It is "), says("long."), {"choices": [last]}) + _DONE)
    assert answer.text == "It is long."
    assert answer.step is not None
    assert [made.name for made in answer.step.calls] == ["clock"]


def test_the_servers_own_word_decides() -> None:
    """Where the whole text is told too, it says whether a word came twice."""
    for whole, text in (("Oslo.", "Oslo."), ("Oslo.Oslo.", "Oslo.Oslo.")):
        place = {"output_index": 0, "content_index": 0}
        said = [
            {"type": "response.output_text.delta", **place, "delta": delta}
            for delta in ("Os", "lo.", "Oslo.")
        ]
        done = {"type": "response.output_text.done", **place, "text": whole}
        end = {"type": "response.completed", "response": {"status": "completed"}}
        assert read("rs", sse(*said, done, end)).text == text


@pytest.mark.parametrize(
    ("begun", "deltas", "text"),
    [
        ("The capital is Oslo.", ["The capital ", "is Oslo."], "The capital is Oslo."),
        ("The capital is Oslo.", ["The capital is Oslo."], "The capital is Oslo."),
        (
            "The capital is Oslo.",
            ["The capital ", "is Oslo. Yes", "."],
            "The capital is Oslo. Yes.",
        ),
        ("首都是奥斯陆。", ["首都", "是奥斯陆。"], "首都是奥斯陆。"),
        ("Oslo.", ["Os", "lo."], "Oslo."),
        ("The capital ", ["is Oslo."], "The capital is Oslo."),
        ("The capital is Oslo.", ["The capital ", "is big."], None),
        ("ha", ["ha"], None),
        ("no no ", ["no ", "no "], None),
        ("Row, row your boat.\n", ["Row, row your boat.\n"], None),
        ("I", [" I", " I"], None),
    ],
)
def test_deltas_behind_a_beginning(begun: str, deltas: list[str], text: str | None) -> None:
    """A block that begins with all of its text, and is then streamed, is read once."""
    said = "".join((begun, *deltas)) if text is None else text
    assert read("ms", _messages(*deltas, begun=begun)).text == said
    thought = read("ms", _messages(*deltas, begun=begun, kind="thinking")).step
    assert thought is not None
    assert thought.parts
    assert getattr(thought.parts[0], "text", None) == said
