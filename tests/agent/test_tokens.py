"""The estimate of tokens is on the high side, and learns from what providers count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.agent.tokens import FRAME, Gauge, cut, tokens, tokens_of_entries, tokens_of_tools
from tickertape.conversation import Opaque, Step, TextPart, Thought, ToolCall, ToolResult, Utterance
from tickertape.ports import ToolSpec

# Counted by the tokenizer of Qwen2.5-Coder-0.5B-Instruct (xllamacpp 2026.10.11549, `/tokenize`).
MEASURED = {
    "english": (
        "The quick brown fox jumps over the lazy dog. Live replies from any model, in any chat, "
        "are hard because every platform counts its calls differently and refuses those that come "
        "too early. " * 3,
        112,
    ),
    "german": (
        "Die Geschwindigkeitsbegrenzung auf der Bundesautobahn überrascht die ausländischen "
        "Gäste, während größere Fahrzeuge ohnehin langsamer fahren müssen. " * 2,
        83,
    ),
    "russian": (
        "Съешь же ещё этих мягких французских булок, да выпей чаю. "
        "Ответ приходит сразу и целиком. " * 2,
        50,
    ),
    "greek": ("Η γρήγορη καφέ αλεπού πηδάει πάνω από το τεμπέλικο σκυλί. " * 2, 98),
    "chinese": ("敏捷的棕色狐狸跳过了懒狗。模型的回答应该尽快到达读者手中,不能丢失。" * 2, 40),
    "korean": ("빠른 갈색 여우가 게으른 개를 뛰어넘습니다. 답장은 바로 도착해야 합니다. " * 2, 61),
    "hindi": ("तेज़ भूरी लोमड़ी आलसी कुत्ते के ऊपर कूदती है। " * 2, 94),
    "emoji": ("👋😀🎉🚀👨‍👩‍👧‍👦❤️🔥✨🇩🇪👍🏽" * 2, 44),
    "digits": ("3.14159265358979323846264338327950288419716939937510" * 2, 104),
    "hex": ("1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32" * 2, 116),
    "base64": (
        "gAAAAABm9xYzQ2Zt8kVhR0NlQzVqT3lXbU5kVGlGc0pQcUtMa0hBd0VYUnVCZ01sT2ZWc1RwSWpR" * 2,
        130,
    ),
    "table": ("| a | b | c |\n|---|---|---|\n" + "| 1 | 2 | 3 |\n" * 20, 214),
    "html": (
        '<div class="row"><a href="https://example.org/a?b=c&amp;d=e"><img src="/x.png" '
        'alt="y"/></a></div>' * 3,
        102,
    ),
}


@pytest.mark.parametrize("kind", MEASURED)
def test_the_estimate_is_near_and_seldom_low(kind: str) -> None:
    """Of what was measured nothing is estimated a quarter too low, or more than three times."""
    text, counted = MEASURED[kind]
    assert 0.75 * counted <= tokens(text) <= 3 * counted


@given(st.text(), st.text())
def test_more_text_is_more_tokens(one: str, other: str) -> None:
    """Adding text never lowers the estimate, and parts are not cheaper than the whole."""
    assert max(tokens(one), tokens(other)) <= tokens(one + other) <= tokens(one) + tokens(other)


def test_everything_in_a_prompt_is_counted() -> None:
    """Words, thoughts, calls, what only servers read, results and tools all take room."""
    whole = Step(
        (TextPart("a b"), Thought("", "x" * 400), ToolCall("1", "f", "{}"), Opaque("y" * 40))
    )
    costs = [tokens_of_entries([Step((part,))]) for part in whole.parts]
    assert tokens_of_entries([whole]) == sum(costs) - 3 * FRAME
    assert costs[1] == FRAME + 100
    assert tokens_of_entries([Utterance("user", "hi"), ToolResult("1", "f", "hi")]) == 2 * (
        FRAME + tokens("hi")
    )
    assert tokens_of_tools([]) == 0
    assert tokens_of_tools([ToolSpec("f", "does it")]) > 350


@given(st.text(max_size=400), st.integers(30, 200))
def test_a_cut_text_fits(text: str, limit: int) -> None:
    """A text that fits is left alone; of another, beginning and end stay, and a note says so."""
    short = cut(text, limit)
    assert tokens(short) <= limit
    if tokens(text) <= limit:
        assert short == text
    else:
        head, _, rest = short.partition("\n[... ")
        left_out, _, tail = rest.partition(" characters left out ...]\n")
        assert text.startswith(head)
        assert text.endswith(tail)
        assert int(left_out.replace(",", "")) == len(text) - len(head) - len(tail)


def test_a_very_long_text_is_cut_quickly() -> None:
    """Of many megabytes only the part that could stay is weighed, and what can stay does."""
    short = cut("word " * 4_000_000, 1_000)
    assert 900 <= tokens(short) <= 1_000
    assert cut("a" * 100, 0) == "\n[... 100 characters left out ...]\n"


def test_the_gauge_learns() -> None:
    """It rises quickly and falls slowly, within bounds, and nonsense teaches it nothing."""
    gauge = Gauge().learn(1000, 1400)
    assert gauge.ratio == pytest.approx(1.2)
    assert gauge.learn(1000, 1000).ratio == pytest.approx(1.18)
    assert gauge.room(1200) == pytest.approx(1000, abs=1)
    for estimated, counted in ((10, 300), (1000, 0), (1000, 200), (0, 0)):
        assert gauge.learn(estimated, counted) == gauge


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(-5, 10**7))))
def test_the_gauge_stays_in_bounds(seen: list[tuple[int, int]]) -> None:
    """Whatever a server counts, an estimate is never off by more than a factor of two."""
    gauge = Gauge()
    for estimated, counted in seen:
        gauge = gauge.learn(estimated, counted)
        assert 0.5 <= gauge.ratio <= 2.0
