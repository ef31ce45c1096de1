"""What the side-by-side benchmark reads off a screen, and makes of it."""

from __future__ import annotations

import math

import pytest
from benchmarks.field.runs import Shot, run_of
from benchmarks.field.screen import is_whole, read, readable

from tickertape.emulator.content import Content, Rich
from tickertape.emulator.entities import Text

ANSWER = """## One 🚀

**Two** three:

```python
four = 4
```

| five | six |
|---|---|
| 7 | 8 |

End
"""


@pytest.mark.parametrize(
    "screen",
    [
        pytest.param([ANSWER], id="raw"),
        pytest.param(["📌 One 🚀\nTwo three:\nfour = 4\n7 8\nEnd"], id="without marks"),
        pytest.param(["One\nTwo three:\nfour = 4\n\n7\n• six: 8\n\nEnd"], id="table as a list"),
        pytest.param(
            ["One 🚀\n\nTwo three:\n\nfour = 4\n\nfive | six\n-----+----\n7    | 8\n\nEnd"],
            id="table drawn with lines",
        ),
        pytest.param(["## One 🚀\n\n**Tw", "o** three:\nfour = 4\n7 8\nEnd"], id="two messages"),
    ],
)
def test_an_answer_is_whole_however_it_is_formatted(screen: list[str]) -> None:
    """Marks, blanks and the names of columns do not count; all letters and digits do."""
    assert is_whole(screen, ANSWER)
    assert read(screen, ANSWER) == ANSWER


@pytest.mark.parametrize(
    "screen",
    [
        pytest.param([ANSWER[:-4]], id="cut"),
        pytest.param([ANSWER, ANSWER], id="twice"),
        pytest.param([ANSWER[:40], ANSWER], id="a rest above"),
        pytest.param([ANSWER[:20] + " ▉", ANSWER[20:]], id="a cursor that stayed"),
        pytest.param([], id="nothing"),
    ],
)
def test_what_is_more_or_less_than_the_answer_is_not_whole(screen: list[str]) -> None:
    """An answer is whole once, and alone."""
    assert not is_whole(screen, ANSWER)


def test_an_answer_that_begins_anew_is_read_where_it_goes_furthest() -> None:
    """A copy below a rest counts as what can be read, though the screen is not clean."""
    assert read(["One Two thr ▉", "One Two three: four = 4"], ANSWER) == ANSWER[: ANSWER.index("7")]


def test_nobody_reads_more_than_was_said() -> None:
    """Marks count as read with the word before them, as far as they were said."""
    assert read(["One"], "## One 🚀\n\n**Two") == "## One 🚀\n\n**"
    assert read(["One"], "## One") == "## One"
    assert read(["..."], "## One") == ""


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (Content(Text("plain (1/2)")), "plain"),
        (Content(rich=Rich((), "markdown", "**bold**")), "**bold**"),
        (Content(rich=Rich((), "html", "<b>a</b> &amp; b<tr><th>c</th></tr>")), "a  & b"),
        (Content(rich=Rich(({"type": "paragraph", "text": ["a", {"text": "b"}]},))), "a b"),
    ],
)
def test_every_form_of_content_is_read(content: Content, text: str) -> None:
    """Plain text without page numbers, Markdown as it was sent, HTML and blocks as they show."""
    assert readable(content).strip() == text


def test_a_run_is_measured_from_its_screens() -> None:
    """A placeholder is no text; a draft is not durable; the lag ends with the message."""
    run = run_of(
        entrant="e",
        scenario="s",
        tokens=[(0.0, "ab"), (2.0, "cd")],
        shots=[
            Shot(0.1, ("...",), ()),
            Shot(0.5, ("...",), ("ab",)),
            Shot(2.5, (), ("abcd",)),
            Shot(3.0, ("abcd",), ()),
        ],
        calls=4,
        refusals=1,
        ending="DONE",
    )
    assert run.curve == ((0.5, 2), (2.5, 4), (3.0, 4))
    assert run.measures is not None
    assert (run.measures.first_text, run.measures.freeze, run.measures.lag) == (0.5, 2.0, 1.0)
    assert (run.is_exact, run.shown, run.ending) == (True, 1.0, "")


def test_who_stops_showing_is_frozen_until_the_end() -> None:
    """An answer that never stands whole has no lag, and a freeze up to its last token at least."""
    run = run_of(
        entrant="e",
        scenario="s",
        tokens=[(0.0, "ab"), (9.0, "cd")],
        shots=[Shot(1.0, ("ab",), ())],
        calls=1,
        refusals=0,
        ending="FAILED it gave up",
    )
    assert run.measures is not None
    assert (run.measures.freeze, run.measures.lag) == (8.0, math.inf)
    assert (run.is_exact, run.shown, run.ending) == (False, 0.5, "it gave up")


def test_nothing_shown_is_not_measured() -> None:
    """A library that showed nothing of the answer has no measures at all."""
    run = run_of(
        entrant="e",
        scenario="s",
        tokens=[(0.0, "ab")],
        shots=[],
        calls=1,
        refusals=1,
        ending="FAILED refused",
    )
    assert run.measures is None
    assert (run.is_exact, run.shown) == (False, 0.0)
