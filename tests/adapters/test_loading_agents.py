"""Agents are found by name and recognised by form; everything else gets a clear error."""

from __future__ import annotations

import functools
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import agents
import pydantic_ai
import pytest
from langchain_core.language_models import FakeListChatModel
from langgraph.graph import START, MessagesState, StateGraph
from pydantic_ai.models.test import TestModel
from turns import text_of, turn

from tickertape.adapters import StringAgent, ThreadAgent, adapt, load
from tickertape.adapters.langchain import LangGraphAgent, RunnableAgent
from tickertape.adapters.openai_agents import OpenAIAgentsAgent
from tickertape.adapters.pydantic_ai import PydanticAIAgent
from tickertape.conversation import Entry, Utterance
from tickertape.errors import ConfigError
from tickertape.events import Event, Failed, TextDelta
from tickertape.ports import ResumableAgent, Turn
from tickertape.testing.agents import run_through

MODULE = """
from collections.abc import AsyncIterator

async def answer(turn) -> AsyncIterator[str]:
    yield f"You said {turn.text}."

class Bots:
    first = answer
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to work in; what is imported from it is forgotten."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    known = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - known:
        del sys.modules[name]


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["answer", "Bots.first"])
async def test_an_agent_is_found_in_the_current_folder(folder: Path, name: str) -> None:
    """`module:object` is imported from where one is; the object's name may be dotted."""
    (folder / "my_first_bot.py").write_text(MODULE, "utf-8")
    events = await run_through(load(f"my_first_bot:{name}"), turn("Hi"))
    assert text_of(events) == "You said Hi."


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("", "module:object"),
        ("my_bot", "module:object"),
        ("my_bot:", "module:object"),
        (":agent", "module:object"),
        ("my_bot.py:agent", "my_bot.py is not"),
        ("folder/my_bot:agent", "module:object"),
        ("no_such_bot:agent", "no_such_bot is not"),
        ("os.no_such:agent", "os.no_such is not"),
        ("os:no_such", "it has no no_such"),
        ("os:path.no_such", "it has no path.no_such"),
        ("os:sep", "an object with run(turn)"),
        ("broken_bot:agent", "importing broken_bot failed: NameError: name 'nothing' is not"),
        ("exiting_bot:agent", "importing exiting_bot failed: SystemExit: 3"),
        ("needing_bot:agent", "importing needing_bot failed: ModuleNotFoundError: No module"),
        ("unreadable_bot:agent", "importing unreadable_bot failed: SyntaxError"),
        ("failing_bot:agent", "making the agent failed: ValueError: two lines"),
    ],
)
def test_what_cannot_be_loaded_is_told_in_one_line(folder: Path, path: str, said: str) -> None:
    """Each wrong path says which part of it is wrong, and quotes the module's own error."""
    for name, text in {
        "broken_bot": "agent = nothing",
        "exiting_bot": "raise SystemExit(3)",
        "needing_bot": "import no_such_library",
        "unreadable_bot": "def",
        "failing_bot": "def agent():\n    raise ValueError('two\\nlines')",
    }.items():
        (folder / f"{name}.py").write_text(text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert str(caught.value).startswith("--agent: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


class Own:
    """An agent as the port has it."""

    async def run(self, asked: Turn) -> AsyncIterator[Event]:
        yield TextDelta("Own.")


class Needy(Own):
    """One that cannot be made without arguments."""

    def __init__(self, key: str) -> None:
        self.key = key


async def words(asked: Turn, *, warm: bool = True) -> AsyncIterator[str]:
    """Answer with a stream."""
    yield "Words."


async def whole(asked: Turn) -> str:
    """Answer at once."""
    return "Whole."


class Calling:
    """An object that is called like an asynchronous function."""

    async def __call__(self, asked: Turn) -> str:
        return "Called."


def blocking(asked: Turn, on_delta: Callable[[str], None]) -> str:
    """Answer from a thread."""
    return "Thread."


def looking(asked: Turn, on_delta: Callable[[str], None], stopped: Callable[[], bool]) -> str:
    """Answer from a thread that can be stopped."""
    return "Looking."


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("thing", "kind", "said"),
    [
        (Own(), StringAgent, "Own."),
        (Own, StringAgent, "Own."),
        (words, StringAgent, "Words."),
        (functools.partial(words, warm=False), StringAgent, "Words."),
        (whole, StringAgent, "Whole."),
        (Calling(), StringAgent, "Called."),
        (Calling, StringAgent, "Called."),
        (lambda: words, StringAgent, "Words."),
        (blocking, ThreadAgent, "Thread."),
        (looking, ThreadAgent, "Looking."),
        (lambda: blocking, ThreadAgent, "Thread."),
    ],
)
async def test_functions_and_objects_are_recognised(thing: object, kind: type, said: str) -> None:
    """Each form becomes the adapter for it, and answers."""
    agent = adapt(thing)
    assert type(agent) is kind
    assert text_of(await run_through(agent, turn())) == said


def test_objects_of_frameworks_are_recognised() -> None:
    """Also where a function without arguments makes them."""
    graph = StateGraph(MessagesState)
    graph.add_node("a", lambda state: {"messages": []})
    graph.add_edge(START, "a")
    theirs: list[tuple[Any, type]] = [
        (pydantic_ai.Agent(TestModel()), PydanticAIAgent),
        (agents.Agent(name="a"), OpenAIAgentsAgent),
        (graph.compile(), LangGraphAgent),
        (FakeListChatModel(responses=["a"]), RunnableAgent),
    ]
    for thing, kind in theirs:
        assert type(adapt(thing)) is kind
        assert type(adapt(lambda thing=thing: thing)) is kind


def test_an_agent_of_ours_is_itself() -> None:
    """It keeps the port's promises already."""
    agent = StringAgent(words)
    assert adapt(agent) is agent


@pytest.mark.anyio
async def test_an_agent_of_yours_is_held_to_the_promises() -> None:
    """An object whose `run` raises gives an end all the same."""

    class Breaking:
        async def run(self, asked: Turn) -> AsyncIterator[Event]:
            yield TextDelta("a")
            raise ValueError

    first, failed = await run_through(adapt(Breaking()), turn())
    assert first == TextDelta("a")
    assert isinstance(failed, Failed)


@pytest.mark.anyio
async def test_an_agent_of_yours_may_go_on() -> None:
    """Only an object with `resume(turn, so_far)` is an agent that can; it keeps the promises."""

    class Resumable(Own):
        async def resume(self, asked: Turn, so_far: tuple[Entry, ...]) -> AsyncIterator[Event]:
            yield TextDelta(f"{len(so_far)} on.")
            raise ValueError

    class Other(Own):
        def resume(self) -> None:
            """Resume something else."""

    agent = adapt(Resumable())
    assert isinstance(agent, ResumableAgent)
    events = [event async for event in agent.resume(turn(), (Utterance("assistant", "Own."),))]
    assert events[0] == TextDelta("1 on.")
    assert isinstance(events[1], Failed)
    assert text_of(await run_through(agent, turn())) == "Own."
    for thing in (Own(), Other(), words, blocking, pydantic_ai.Agent(TestModel())):
        assert not isinstance(adapt(thing), ResumableAgent)


@pytest.mark.parametrize(
    "thing",
    [None, 7, "agent", Needy, StringAgent, print, lambda a: a, lambda: 7, lambda: lambda: 7],
)
def test_anything_else_is_refused(thing: object) -> None:
    """The error lists what can be an agent."""
    with pytest.raises(ConfigError, match="an object with run"):
        adapt(thing)


def test_looking_imports_no_framework() -> None:
    """Without a framework's object, no framework is imported."""
    code = (
        "import sys, tickertape.adapters as a\n"
        "async def f(turn): yield 'x'\n"
        "a.adapt(f)\n"
        "print([m for m in ('pydantic_ai', 'agents', 'langchain_core') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"
