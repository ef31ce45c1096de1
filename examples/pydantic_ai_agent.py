"""An agent of pydantic-ai with a tool. Without a key its own test model plays the model.

python examples/pydantic_ai_agent.py
MODEL=openai:gpt-5.2 tickertape serve --agent examples.pydantic_ai_agent:agent
"""

import asyncio
import os

from pydantic_ai import Agent
from pydantic_ai.models.test import TestModel

from tickertape import Address, ChatKind, Turn
from tickertape.adapters.pydantic_ai import PydanticAIAgent

agent = Agent(os.environ.get("MODEL") or TestModel(), instructions="Be brief.")


@agent.tool_plain
def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"It rains in {city}."


async def main() -> None:
    turn = Turn(Address("telegram", "1", ChatKind.PRIVATE), None, "What is the weather in Rome?")
    async for event in PydanticAIAgent(agent).run(turn):
        print(event)


if __name__ == "__main__":
    asyncio.run(main())
