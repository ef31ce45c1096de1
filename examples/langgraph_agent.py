"""A graph of LangGraph with two nodes that speak, played by LangChain's own fake models.

python examples/langgraph_agent.py
tickertape serve --agent examples.langgraph_agent:graph
"""

import asyncio
from itertools import cycle
from typing import Any

from langchain_core.language_models import GenericFakeChatModel
from langgraph.graph import START, MessagesState, StateGraph

from tickertape import Address, ChatKind, Turn
from tickertape.adapters.langchain import LangGraphAgent

# In earnest: ChatOpenAI(...), ChatAnthropic(...), or any other chat model of LangChain.
plan_model = GenericFakeChatModel(messages=cycle(["I will look it up."]))
answer_model = GenericFakeChatModel(messages=cycle(["It rains in Rome: take an umbrella."]))


async def plan(state: MessagesState) -> dict[str, Any]:
    return {"messages": [await plan_model.ainvoke(state["messages"])]}


async def answer(state: MessagesState) -> dict[str, Any]:
    return {"messages": [await answer_model.ainvoke(state["messages"])]}


builder = StateGraph(MessagesState)
builder.add_node("plan", plan)
builder.add_node("answer", answer)
builder.add_edge(START, "plan")
builder.add_edge("plan", "answer")
graph = builder.compile()


async def main() -> None:
    turn = Turn(Address("telegram", "1", ChatKind.PRIVATE), None, "What is the weather in Rome?")
    async for event in LangGraphAgent(graph).run(turn):
        print(event)


if __name__ == "__main__":
    asyncio.run(main())
