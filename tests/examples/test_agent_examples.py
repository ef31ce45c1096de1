"""The examples of own agents run as a reader would run them, and as `--agent` would load them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tickertape.adapters import load
from tickertape.chat import Address, ChatKind
from tickertape.events import Finished, TextDelta
from tickertape.ports import Turn
from tickertape.testing.agents import run_through

ROOT = Path(__file__).parents[2]

EXAMPLES = {
    "strings_agent": ("answer", "You wrote 'Hello there', and I read 0 messages before."),
    "callback_agent": ("answer", "TextDelta(text='You')"),
    "pydantic_ai_agent": ("agent", "ToolFinished(call_id="),
    "openai_agents_agent": (
        "agent",
        "ToolFinished(call_id='call_1', name='weather', ok=True)",
    ),
    "langgraph_agent": ("graph", "SegmentEnded()"),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_prints_its_answer(name: str) -> None:
    """Without a key and without a network, each agent answers to its end."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, str(ROOT / "examples" / f"{name}.py")],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert EXAMPLES[name][1] in done.stdout
    assert done.stderr == ""
    if name != "strings_agent":
        assert done.stdout.splitlines()[-1].startswith("Finished(reason='stop'")


@pytest.mark.anyio
@pytest.mark.parametrize("name", EXAMPLES)
async def test_the_example_can_be_served(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name that its first lines give to `--agent` finds an agent that answers."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "path", list(sys.path))
    path = f"examples.{name}:{EXAMPLES[name][0]}"
    assert path in (ROOT / "examples" / f"{name}.py").read_text("utf-8")
    turn = Turn(Address("telegram", "1", ChatKind.PRIVATE), None, "Hello")
    events = await run_through(load(path), turn)
    assert [event for event in events if isinstance(event, TextDelta)]
    assert isinstance(events[-1], Finished)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_fits_on_a_page(name: str) -> None:
    """Fewer than 60 lines."""
    text = (ROOT / "examples" / f"{name}.py").read_text("utf-8")
    assert len(text.splitlines()) < 60
