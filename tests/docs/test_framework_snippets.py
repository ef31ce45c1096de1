"""The Python on the page about agents that is for agents of frameworks."""

from __future__ import annotations

import agents
import pydantic_ai
import pytest
from langchain_core.language_models import FakeListChatModel
from langchain_core.prompts import PromptTemplate
from langgraph.graph import START, MessagesState, StateGraph
from running import run

from tickertape import TextDelta, ports
from tickertape.adapters.langchain import LangGraphAgent, RunnableAgent
from tickertape.adapters.openai_agents import OpenAIAgentsAgent
from tickertape.adapters.pydantic_ai import PydanticAIAgent
from tickertape.testing.agents import TURN

pytestmark = pytest.mark.anyio


def weather(city: str) -> str:
    """Tell the weather."""
    return f"It rains in {city}."


async def said_by(agent: ports.Agent) -> str:
    """Return the text that an agent says."""
    return "".join([one.text async for one in agent.run(TURN) if isinstance(one, TextDelta)])


async def test_agents_of_frameworks_are_wrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line makes an agent of the framework's object; nothing is asked yet."""
    monkeypatch.setenv("OPENAI_API_KEY", "unused")
    wrapped = {"PydanticAIAgent": PydanticAIAgent, "pydantic_ai": pydantic_ai}
    names = await run("agents", 7, weather=weather, database=object(), **wrapped)
    assert isinstance(names["agent"], PydanticAIAgent)
    given = {"OpenAIAgentsAgent": OpenAIAgentsAgent, "agents": agents}
    names = await run("agents", 8, weather=agents.function_tool(weather), **given)
    assert isinstance(names["agent"], OpenAIAgentsAgent)


async def test_graphs_and_chains_are_wrapped() -> None:
    """They answer, and the thread that the page names is that of the chat."""
    model = FakeListChatModel(responses=["Rain."])
    builder = StateGraph(MessagesState)
    builder.add_node("answer", lambda state: {"messages": [model.invoke(state["messages"])]})
    builder.add_edge(START, "answer")
    graph, prompt = builder.compile(), PromptTemplate.from_template("{question}")
    adapters = {"LangGraphAgent": LangGraphAgent, "RunnableAgent": RunnableAgent}
    names = await run("agents", 9, graph=graph, prompt=prompt, model=model, **adapters)
    assert await said_by(names["agent"]) == "Rain."
    names = await run("agents", 10, graph=graph, **adapters)
    assert await said_by(names["agent"]) == "Rain."
    told = names["thread_of"](TURN)
    assert told == {"configurable": {"thread_id": "memory/@home/"}}
