"""An agent with tools, in the terminal: a function of your own, and an MCP server if you have one.

OPENAI_API_KEY=... python examples/tools_agent.py "Is it warm in Rome?"
OPENAI_API_KEY=... python examples/tools_agent.py "Which files are here?" \
    npx -y @modelcontextprotocol/server-filesystem .
"""

import asyncio
import os
import sys
from contextlib import AsyncExitStack

from tickertape.agent.loop import ModelAgent
from tickertape.agent.models import Model
from tickertape.chat import Address, ChatKind
from tickertape.errors import ToolError
from tickertape.events import Failed, TextDelta, ToolStarted
from tickertape.ports import Turn
from tickertape.providers.model_provider import Endpoint, ModelProvider
from tickertape.tools.functions import tool
from tickertape.tools.mcp.servers import McpServer, McpStdio
from tickertape.tools.toolbox import toolbox

DEGREES = {"Rome": 24, "Oslo": 3}


@tool
def temperature(city: str) -> int:
    """Tell the temperature in a city, in degrees Celsius.

    Args:
        city: its English name
    """
    if city not in DEGREES:
        raise ToolError(f"Only {', '.join(DEGREES)} are known.")
    return DEGREES[city]


async def main(question: str, command: list[str]) -> None:
    endpoint = Endpoint(
        protocol="chat_completions",
        base_url=os.environ.get("OPENAI_BASE_URL", "https://api.openai.com/v1"),
        model=os.environ.get("MODEL", "gpt-5-mini"),
        api_key=os.environ["OPENAI_API_KEY"],
    )
    async with AsyncExitStack() as stack:
        provider = ModelProvider(endpoint)
        stack.push_async_callback(provider.aclose)
        servers = [McpServer("server", McpStdio(command[0], tuple(command[1:])))] if command else []
        for server in servers:
            await stack.enter_async_context(server)
        agent = ModelAgent(
            [Model("default", provider)],
            tools=lambda: toolbox({"": [temperature], **{s.name: s.tools() for s in servers}}),
        )
        turn = Turn(Address("telegram", "1", ChatKind.PRIVATE), None, question)
        async for event in agent.run(turn):
            match event:
                case TextDelta(text=text):
                    print(text, end="", flush=True)
                case ToolStarted(name=name):
                    print(f"[{name}]")
                case Failed(error=error):
                    print(error.sentence)
    print()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2:]))
