"""An agent of the OpenAI Agents SDK with a tool. Without a key a script plays the model.

python examples/openai_agents_agent.py
MODEL=gpt-5.2 tickertape serve --agent examples.openai_agents_agent:agent
"""

import asyncio
import os

from agents import Agent, function_tool
from agents.testing import ScriptedModel, assistant_message, function_call

from tickertape import Address, ChatKind, Turn
from tickertape.adapters.openai_agents import OpenAIAgentsAgent


@function_tool
def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"It rains in {city}."


script = ScriptedModel(
    [
        [
            assistant_message("Let me look."),
            function_call("weather", {"city": "Rome"}, call_id="call_1"),
        ],
        [assistant_message("It rains in Rome: take an umbrella.")],
    ]
)
agent = Agent(
    name="Weather",
    instructions="Be brief.",
    model=os.environ.get("MODEL") or script,
    tools=[weather],
)


async def main() -> None:
    turn = Turn(Address("telegram", "1", ChatKind.PRIVATE), None, "What is the weather in Rome?")
    async for event in OpenAIAgentsAgent(agent).run(turn):
        print(event)


if __name__ == "__main__":
    asyncio.run(main())
