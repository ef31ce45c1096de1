"""Any asynchronous stream of strings, shown live in a chat that exists only in memory.

python examples/strings_agent.py
tickertape serve --agent examples.strings_agent:answer
"""

import asyncio
from collections.abc import AsyncIterator

from tickertape import Address, ChatKind, Turn, stream
from tickertape.adapters import StringAgent
from tickertape.testing.transports import FakeTransport


async def answer(turn: Turn) -> AsyncIterator[str]:
    for word in f"You wrote {turn.text!r}, and I read {len(turn.history)} messages before.".split():
        await asyncio.sleep(0.02)
        yield word + " "


async def main() -> None:
    chat = Address("telegram", "1", ChatKind.PRIVATE)
    transport = FakeTransport()
    turn = Turn(chat, None, "Hello there")
    await stream(StringAgent(answer).run(turn), transport, to=chat)
    print(*transport.texts(chat), sep="\n")


if __name__ == "__main__":
    asyncio.run(main())
