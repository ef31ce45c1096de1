"""What is said of a text: its sentences, whatever it is written in, and nothing of its marks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.speech.text.boundaries import LONGEST
from tickertape.speech.text.phrases import GERMAN, phrases_for
from tickertape.speech.text.sentence_splitter import SentenceSplitter, sentences

PROSE = [
    ("One. Two! Three?", ["One.", "Two!", "Three?"]),
    ("Dr. Smith lives in Washington, D.C. now.", ["Dr. Smith lives in Washington, D.C. now."]),
    ("It was 5 p.m. Then he came.", ["It was 5 p.m.", "Then he came."]),
    ("It was 5 p.m. and dark.", ["It was 5 p.m. and dark."]),
    ("Fruit, nuts, etc. are fine. Yes.", ["Fruit, nuts, etc. are fine.", "Yes."]),
    ("Take one, e.g. this one. Or two.", ["Take one, e.g. this one.", "Or two."]),
    ("Pi is 3.14. It goes on.", ["Pi is 3.14.", "It goes on."]),
    ("See no. 5 and p. 7. No. He said no.", ["See no. 5 and p. 7.", "No.", "He said no."]),
    ("It cost $3.50. Cheap.", ["It cost $3.50.", "Cheap."]),
    ("J. R. R. Tolkien wrote it.", ["J. R. R. Tolkien wrote it."]),
    ("It was I. He knew.", ["It was I.", "He knew."]),
    ("Well... maybe. Wait... What?", ["Well... maybe.", "Wait...", "What?"]),
    ("Hm… ja. Ah… Doch!", ["Hm… ja.", "Ah…", "Doch!"]),
    ('"Really?" he asked. "Yes." She left.', ['"Really?" he asked.', '"Yes."', "She left."]),
    ("(It rains. Hard.) Come in.", ["(It rains.", "Hard.)", "Come in."]),
    ("See https://www.a-b.org/c.d?e=f. Then go.", ["See a-b.org.", "Then go."]),
    ("Version 1.2.3 is out. Get it.", ["Version 1.2.3 is out.", "Get it."]),
    (
        "Das gilt z. B. am 3. Mai, vgl. S. 4. Gut.",
        ["Das gilt z. B. am 3. Mai, vgl. S. 4.", "Gut."],
    ),
    ("M. Dupont est là. Il attend.", ["M. Dupont est là.", "Il attend."]),
    ("¿Qué tal? ¡Bien! Vale.", ["¿Qué tal?", "¡Bien!", "Vale."]),
    ("Это, т. е. всё. Конец.", ["Это, т. е. всё.", "Конец."]),
    ("今天很好。我们走吧！好吗？", ["今天很好。", "我们走吧！", "好吗？"]),
    ("他说“你好。”然后走了。再见。", ["他说“你好。”然后走了。", "再见。"]),
    ("「はい。」と言った。終わり。", ["「はい。」と言った。", "終わり。"]),
    ("هل أنت بخير؟ نعم. شكرا.", ["هل أنت بخير؟", "نعم.", "شكرا."]),
    ("یہ اچھا ہے۔ ہاں۔", ["یہ اچھا ہے۔", "ہاں۔"]),
    ("यह अच्छा है। हाँ।", ["यह अच्छा है।", "हाँ।"]),
    ("no capitals here. never again. fine.", ["no capitals here.", "never again.", "fine."]),
]


@pytest.mark.parametrize(("text", "said"), PROSE)
def test_sentences_end_where_people_end_them(text: str, said: list[str]) -> None:
    """Stops end sentences, abbreviations, numbers, initials and addresses do not."""
    assert sentences(text) == said


MARKED = [
    ("**Bold.** And *this. Too.* End.", ["Bold.", "And this.", "Too.", "End."]),
    ("~~Old~~ __init__ and 5 * 3 and snake_case", ["Old init and 5 * 3 and snake_case"]),
    ("# The **title**\nText.", ["The title", "Text."]),
    ("Title\n\nText", ["Title", "Text"]),
    ("- one\n- two. Three\n- [x] four\n- [ ] five",
     ["one", "two.", "Three", "Done: four", "To do: five"]),
    ("3. c\n7. d\n   - inner", ["3. c", "7. d", "inner"]),
    ("> Quoted. *Twice.*", ["Quoted.", "Twice."]),
    ("Use `os.path_of(x)` or `a/b`.", ["Use os dot path of x or a slash b."]),
    ("Type `git commit -m`. Done.", ["Type git commit dash m.", "Done."]),
    ("See [the docs. All](https://a.b/c.d). Yes.", ["See the docs. All.", "Yes."]),
    ("![A cat](https://a.b/c.png) sits.", ["A cat sits."]),
    ("Look:\n```py\nx = 'a. B'\n```\nSo.", ["Look:", "A block of Python code.", "So."]),
    ("~~~\na\n~~~\n", ["A block of code."]),
    ("- item\n  ```sh\n  ls\n  ```\n- next", ["item", "A block of shell code.", "next"]),
    ("Before.\n\n| **A** | B |\n|---|---|\n| x. | y |\n\nAfter.",
     ["Before.", "A table with the columns A, B.", "After."]),
    ("| | |\n|-|-|\n| 1 | 2 |", ["A table with 2 columns."]),
    ("The sum:\n$$\nx^2\n$$\nis right.", ["The sum:", "A formula.", "is right."]),
    ("$$x$$\n", ["A formula."]),
    ("With $x$ and $y^2$ it holds.", ["With x and a formula it holds."]),
    ("<details><summary>More</summary>\n\nInner. *Text*.\n</details>\nEnd.",
     ["More", "Inner.", "Text.", "End."]),
    ("Done ✅ and 🎉!", ["Done and!"]),
    ("A[^1] b", ["A b"]),
    ("---\n\n***\n", []),
    ("😀 ... !", []),
    ("Say [[h@l'oU]] now", ["Say h@l'oU now"]),
    ("See https://bob:pw@example.com/a?k=1 now", ["See example.com now"]),
    ("See www.example.com/a?k=1. Then", ["See example.com.", "Then"]),
    ("<div align='center'>\nHello <span class='x'>there</span>.\n</div>", ["Hello there."]),
    ("<!-- for the editor -->\nHello.", ["Hello."]),
    ("Write <name> and <i>this</i>; 1 <b and c> 2", ["Write <name> and this; 1 <b and c> 2"]),
    ("**Name:** Bob\n**Age:** 5", ["Name: Bob", "Age: 5"]),
    ("A line that is wrapped early\nand goes on small.",
     ["A line that is wrapped early and goes on small."]),
    ("a | b\n---|---\n1 | 2\n", ["A table with the columns a, b."]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), MARKED)
def test_marks_are_never_said(text: str, said: list[str]) -> None:
    """Looks are left out, code is read as words, what is no text is announced."""
    assert sentences(text) == said


PIECES = [
    "Hello", "world", "e.g.", "Dr.", "J.", "5", "3.14", "no. ", "etc. ", "p.m. ", "am 3. Mai ",
    " ", "  ", "\n", "\n\n", ". ", ".", "! ", "?", "...", "… ", "。", "！", "”", "」", "(", ")",
    "**", "*", "_", "~~", "`", "```", "```py\n", "\n```\n", "|", "| a. | b |\n", "|---|---|\n",
    "- ", "1. ", "2) ", "> ", "# ", "[", "]", "](http://a.b)", "[ ] ", "---\n", "* * *\n", "$",
    "$$", "\\[", "\\]", "<details>", "<summary>", "</summary>", "</details>\n", "<b>", "</b>",
    "\t", "    ", "\r\n", "\r", "\x00", "😀", "\ud83d", "\\", "&amp;", "http://x.y/z?a. ",
    "many words without any stop that fill a line and go on " * 3,
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=50).map("".join)


def cut(text: str, places: list[int]) -> list[str]:
    """Cut a text at some places."""
    at = sorted({place % (len(text) + 1) for place in places})
    return [text[a:b] for a, b in zip([0, *at], [*at, len(text)], strict=True)]


@given(TEXTS, st.lists(st.integers(0, 10_000), max_size=30))
def test_sentences_do_not_depend_on_how_the_text_is_cut(text: str, places: list[int]) -> None:
    """Whatever the deltas are, the sentences are those of the whole text."""
    splitter = SentenceSplitter()
    said = [sentence for piece in cut(text, places) for sentence in splitter.feed(piece)]
    assert said + splitter.end() == sentences(text)


@given(TEXTS)
def test_one_character_at_a_time_says_the_same(text: str) -> None:
    """The smallest deltas give the sentences of the whole text, too."""
    splitter = SentenceSplitter()
    said = [sentence for char in text for sentence in splitter.feed(char)]
    assert said + splitter.end() == sentences(text)


WORDS = st.lists(st.text("abcdefgäöß汉", min_size=1, max_size=12), min_size=1, max_size=200)


@given(WORDS, st.data())
def test_no_word_is_lost_or_said_twice(words: list[str], data: st.DataObject) -> None:
    """Of a text without marks every word is said, once and in its order."""
    stops = st.sampled_from([" ", " ", ", ", ". ", "! ", "\n", "\n\n", "... "])
    text = "".join(word + data.draw(stops) for word in words)
    said = " ".join(sentences(text))
    assert [word.strip(".,!") for word in said.split()] == words


@given(st.text("ab ,", max_size=3000))
def test_sentences_are_never_too_long(text: str) -> None:
    """A text without a stop is parted all the same."""
    assert all(len(sentence) <= LONGEST for sentence in sentences(text))


def first_given(text: str) -> int:
    """Say with how many characters the first sentence was given."""
    splitter = SentenceSplitter()
    return next(at for at, char in enumerate(text, 1) if splitter.feed(char))


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("Hello there. The rest", len("Hello there. T")),
        ("Hello there.\nThe rest", len("Hello there.\n")),
        ("**Hello there.** The rest", len("**Hello there.** T")),
        ("- one item\n- the next", len("- one item\n- t")),
        ("# Title\nText", len("# Title\n")),
        ("你好。我们", len("你好。我")),
        ("```python\nx = 1\n", len("```python\n")),
        ("| a | b |\n|---|---|\n| 1 |", len("| a | b |\n|---|---|\n")),
    ],
)
def test_a_sentence_is_given_as_soon_as_it_is_sure(text: str, characters: int) -> None:
    """A full stop waits for one visible character more, the end of a line and a fence for none."""
    assert first_given(text) == characters


@pytest.mark.parametrize(
    ("behind", "language"),
    [
        ("python:src/foo/bar.py", "Python "),
        ("{.js .numbers}", "JavaScript "),
        ("c++", "C plus plus "),
        ("src/foo/bar.py", ""),
        ("https://example.com/a.py", ""),
        ("[[h@'loU]]", ""),
    ],
)
def test_of_what_stands_behind_a_fence_the_language_alone_is_said(
    behind: str, language: str
) -> None:
    """Names of files, addresses, and what espeak-ng takes for phonemes, are no language."""
    assert sentences(f"```{behind}\nx\n```") == [f"A block of {language}code."]


def test_what_is_announced_speaks_the_voices_language() -> None:
    """A German voice announces in German; one whose language has no words here, in English."""
    assert sentences("```py\nx\n```", phrases_for("de_DE-thorsten")) == [
        "Ein Abschnitt Code in Python."
    ]
    assert phrases_for("de") is GERMAN
    assert phrases_for("alloy").code == "A block of code."
