"""`tickertape chat` in a terminal: typing ahead, stops, commands, sizes, and how it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from terminal_stage import Pty, configured, in_terminal

from tickertape.cli.conversations.exchange import exchanges_of
from tickertape.cli.conversations.log import ConversationLog
from tickertape.testing.model_script import ScriptedAnswer, Silence, Stall, refusal
from tickertape.testing.model_server import ModelServer

pytestmark = pytest.mark.anyio

HELD = ScriptedAnswer(pieces=("The first paragraph.\n\n", "The second is op"), fault=Stall(after=2))
SILENT = ScriptedAnswer(fault=Silence())
LONG = "\n\n".join(f"Paragraph {n} has so many words that it needs two rows." for n in range(20))
GREETING = "/help for commands and keys, Ctrl-D to quit"


@asynccontextmanager
async def talking(
    folder: Path, server: ModelServer, *more: str, **options: Any
) -> AsyncIterator[Pty]:
    """Open a chat, and wait until it can be typed in."""
    configured(folder, server)
    async with (
        asyncio.timeout(60),
        in_terminal("chat", *more, cwd=folder, **options) as terminal,
    ):
        await terminal.until(
            lambda: GREETING in terminal.text and b"\x1b[?2004h" in terminal.written
        )
        yield terminal


def asked(server: ModelServer) -> list[str]:
    """List what the model was asked, the newest words of each request."""
    return [request.body["messages"][-1]["content"] for request in server.requests]  # type: ignore[index]


def spoken(terminal: Pty) -> list[str]:
    """Give the lines that stand there, without the greeting and blank ones."""
    return [line for line in terminal.lines if line and GREETING not in line]


async def test_a_conversation(tmp_path: Path) -> None:
    """Questions and answers stand there once, in their order; what was said is remembered."""
    async with (
        ModelServer(
            ScriptedAnswer(pieces=("It is **four**",)), ScriptedAnswer(pieces=("Sure",))
        ) as server,
        talking(tmp_path, server, is_forked=False) as terminal,
    ):
        terminal.type("What is 2+2?\r")
        await terminal.shows("four")
        terminal.type("Sure?\r")
        await terminal.shows("Sure\n")
        terminal.type("\x04")
        assert await terminal.ended() == 0
        assert spoken(terminal) == ["> What is 2+2?", "It is four", "> Sure?", "Sure"]
        assert terminal.echoes
        assert not terminal.cursor_is_hidden
    told = server.requests[1].body["messages"]
    assert [message["content"] for message in told] == [  # type: ignore[attr-defined]
        "Be brief.",
        "What is 2+2?",
        "It is **four**",
        "Sure?",
    ]
    assert not (tmp_path / "tickertape.db").exists()


async def test_typing_ahead_is_kept(tmp_path: Path) -> None:
    """What is typed while an answer grows stays in the line of input, and is edited there."""
    pieces = tuple(LONG[at : at + 20] for at in range(0, len(LONG), 20))
    async with (
        ModelServer(ScriptedAnswer(pieces=pieces, pause=0.01), ScriptedAnswer()) as server,
        talking(tmp_path, server, columns=60) as terminal,
    ):
        terminal.type("Tell me\r")
        await terminal.shows("Paragraph 3")
        for key in "and mote\x7f\x7fre":
            terminal.type(key)
        await terminal.shows("> and more")
        await terminal.shows("Paragraph 19 has so many words that it needs two rows.")
        assert spoken(terminal)[-1] == "> and more"
        terminal.type("\r")
        await terminal.shows("Hello")
        terminal.type("\x04")
        await terminal.ended()
        words = " ".join(" ".join(spoken(terminal)).split())
        assert words == f"> Tell me {' '.join(LONG.split())} > and more Hello"
    assert asked(server) == ["Tell me", "and more"]


async def test_a_question_waits_its_turn(tmp_path: Path) -> None:
    """Asked while an answer grows, it stands below that answer, with its own below it."""
    first = ScriptedAnswer(pieces=("one ", "two ", "three"), pause=0.1)
    async with (
        ModelServer(first, ScriptedAnswer(pieces=("four",))) as server,
        talking(tmp_path, server) as terminal,
    ):
        terminal.type("Count\r")
        await terminal.shows("one")
        terminal.type("Go on\r")
        await terminal.shows("four")
        terminal.type("\x04")
        await terminal.ended()
        assert spoken(terminal) == ["> Count", "one two three", "> Go on", "four"]


async def test_ctrl_c_stops_and_a_second_one_leaves(tmp_path: Path) -> None:
    """What came is kept and marked, the model is left; then the terminal is as it was."""
    async with ModelServer(HELD) as server, talking(tmp_path, server) as terminal:
        terminal.type("Hi\r")
        await terminal.shows("The second is op")
        terminal.type("\x03")
        await server.left()
        await terminal.shows("Stopped")
        assert spoken(terminal)[:3] == ["> Hi", "The first paragraph.", "The second is op"]
        terminal.type("\x03")
        assert await terminal.ended() == 0
        assert terminal.echoes
        assert not terminal.cursor_is_hidden


async def test_ctrl_c_before_the_first_word(tmp_path: Path) -> None:
    """A model that says nothing is stopped as well; nothing is said of it but that."""
    async with ModelServer(SILENT) as server, talking(tmp_path, server) as terminal:
        terminal.type("Hi\r")
        await server.asked()
        terminal.type("\x03")
        await terminal.shows("Stopped")
        terminal.type("x\x03")
        await terminal.until(lambda: spoken(terminal)[-1] == ">")
        terminal.type("\x03")
        assert await terminal.ended() == 0
        assert [line.strip("⏹ ") for line in spoken(terminal)] == ["> Hi", "Stopped."]


@pytest.mark.parametrize(
    ("orders", "told"), [("/stop\r", "Stopped."), ("Wait\r/new\r", "A fresh start")]
)
async def test_after_an_order_to_stop_nothing_is_answered(
    tmp_path: Path, orders: str, told: str
) -> None:
    """Typed instead of Ctrl-C it is the same: the next Ctrl-C wipes what is typed, then leaves."""
    async with ModelServer(HELD) as server, talking(tmp_path, server) as terminal:
        terminal.type("Hi\r")
        await terminal.shows("The second is op")
        terminal.type(orders)
        await terminal.shows(told)
        await terminal.until(lambda: spoken(terminal)[-1] == ">")
        terminal.type("draft")
        await terminal.shows("> draft")
        shown = spoken(terminal)[:-1]
        terminal.type("\x03")
        await terminal.until(lambda: spoken(terminal)[-1] == ">")
        assert spoken(terminal)[:-1] == shown
        terminal.type("\x03")
        assert await terminal.ended() == 0
        assert spoken(terminal) == shown


async def test_ctrl_c_wipes_what_is_typed(tmp_path: Path) -> None:
    """At an idle prompt it is the words that go first, then the person."""
    async with ModelServer() as server, talking(tmp_path, server) as terminal:
        terminal.type("never asked")
        await terminal.shows("never asked")
        terminal.type("\x04\x03")
        await terminal.until(lambda: "never asked" not in terminal.text)
        terminal.type("\x03")
        assert await terminal.ended() == 0
    assert server.requests == []


@pytest.mark.parametrize(
    "keys",
    ["one\x1b\rtwo\r", "one\\\rtwo\r", "\x1b[200~one\ntwo\x1b[201~\r"],
    ids=["alt-enter", "backslash", "pasted"],
)
async def test_several_lines(tmp_path: Path, keys: str) -> None:
    """Three ways to a second line; only Enter asks."""
    async with ModelServer() as server, talking(tmp_path, server) as terminal:
        terminal.type(keys)
        await terminal.shows("Hello")
        assert asked(server) == ["one\ntwo"]
        assert spoken(terminal)[:3] == ["> one", "  two", "Hello"]


async def test_what_was_asked_before_can_be_asked_again(tmp_path: Path) -> None:
    """The history outlives the program, and nobody else may read it."""
    async with ModelServer() as server:
        async with talking(tmp_path, server) as terminal:
            terminal.type("A good question\r")
            await terminal.shows("Hello")
            terminal.type("\x04")
            await terminal.ended()
        async with talking(tmp_path, server) as terminal:
            terminal.type("\x1b[A")
            await terminal.shows("> A good question")
            terminal.type("\r")
            await terminal.shows("Hello")
    assert asked(server) == ["A good question"] * 2
    [history] = (tmp_path / "state").rglob("history")
    assert history.stat().st_mode & 0o077 == 0


async def test_commands_are_those_of_the_chats(tmp_path: Path) -> None:
    """`/new` forgets, `/retry` asks again, `/model` and `/reasoning` change, `/help` lists."""
    async with ModelServer() as server:
        other = {"base_url": server.base_url, "api_key_env": "", "model": "large-9"}
        configured(tmp_path, server, models={"clever": other})
        async with in_terminal("chat", cwd=tmp_path, rows=60) as terminal:
            await terminal.shows(GREETING)
            for typed, told in (
                ("One\r", "Hello"),
                ("/retry\r", "> One\nHello\n\n> One\nHello"),
                ("/new\r", "A fresh start"),
                ("/model clever\r", "Switched to clever"),
                ("/reasoning hide\r", "my thinking is not shown"),
                ("/help\r", "Ctrl-Z"),
                ("Two\r", "> Two\nHello"),
            ):
                terminal.type(typed)
                await terminal.shows(told)
            terminal.type("\x04")
            assert await terminal.ended() == 0
    assert asked(server) == ["One", "One", "Two"]
    assert [request.body["model"] for request in server.requests][2] == "large-9"
    assert len(server.requests[2].body["messages"]) == 2  # type: ignore[arg-type]


async def test_a_resize_in_the_middle_of_an_answer(tmp_path: Path) -> None:
    """Narrower and wider again: nothing is lost, nothing stands twice, the input is below."""
    pieces = tuple(LONG[at : at + 20] for at in range(0, len(LONG), 20))
    async with (
        ModelServer(ScriptedAnswer(pieces=pieces, pause=0.01)) as server,
        talking(tmp_path, server, columns=70) as terminal,
    ):
        terminal.type("Tell me\r")
        await terminal.shows("Paragraph 3")
        terminal.resize(56, 24)
        await terminal.shows("Paragraph 8")
        terminal.resize(80, 24)
        await terminal.shows("Paragraph 19 has so many words that it needs two rows.")
        terminal.type("\x04")
        await terminal.ended()
        words = " ".join(" ".join(spoken(terminal)).split())
        assert words == f"> Tell me {' '.join(LONG.split())}"


@pytest.mark.parametrize(
    ("columns", "rows", "keys"),
    [
        (80, 24, "\x1b[200~" + "\r".join("many lines" * 4) + "\x1b[201~"),
        (60, 8, "so many words that they are wrapped " * 9),
        (80, 2, ""),
        (80, 1, ""),
    ],
    ids=["pasted", "wrapped", "two rows", "one row"],
)
async def test_what_is_typed_never_pushes_the_region_out(
    tmp_path: Path, columns: int, rows: int, keys: str
) -> None:
    """However high the input, or low the window, no row of the answer stands there twice."""
    text = "\n".join(f"- the item {n}" for n in range(40))
    pieces = tuple(text[at : at + 9] for at in range(0, len(text), 9))
    async with (
        ModelServer(ScriptedAnswer(pieces=pieces, pause=0.02)) as server,
        talking(tmp_path, server, columns=columns, rows=rows) as terminal,
    ):
        terminal.type("Hi\r")
        await terminal.shows("the item 1")
        terminal.type(keys)
        items = [f"• the item {n}" for n in range(40)]
        await terminal.until(lambda: [line for line in spoken(terminal) if "item" in line] == items)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_ends_it_in_order(tmp_path: Path, number: signal.Signals) -> None:
    """The answer is cut and kept, the model is left, the terminal is as it was."""
    async with ModelServer(HELD) as server, talking(tmp_path, server) as terminal:
        terminal.type("Hi\r")
        await terminal.shows("The second is op")
        terminal.process.send_signal(number)
        assert await terminal.ended() == 128 + number
        await server.left()
        assert "The second is op" in terminal.text
        assert "Stopped" in terminal.text
        assert terminal.echoes
        assert not terminal.cursor_is_hidden


async def test_a_signal_while_it_starts(tmp_path: Path) -> None:
    """Whoever answers takes long to come: the terminal shows what is typed again."""
    agent = (
        "import os, signal\n"
        "os.kill(os.getpid(), signal.SIGTERM)\n"
        "async def late(turn):\n"
        "    yield 'Never asked'\n"
    )
    (tmp_path / "late_agent.py").write_text(agent, "utf-8")
    async with in_terminal("chat", "--agent", "late_agent:late", cwd=tmp_path) as terminal:
        assert await terminal.ended() == 128 + signal.SIGTERM
        assert terminal.echoes
        assert not terminal.cursor_is_hidden


async def test_a_failure_is_told_and_the_talk_goes_on(tmp_path: Path) -> None:
    """One sentence in place of the answer; the next question is answered."""
    failing = refusal(401, "No.", name="invalid_api_key")
    async with (
        ModelServer(failing, ScriptedAnswer()) as server,
        talking(tmp_path, server) as terminal,
    ):
        terminal.type("Hi\r")
        await terminal.shows("did not accept our key")
        terminal.type("Hi\r")
        await terminal.shows("Hello")


async def test_without_colours(tmp_path: Path) -> None:
    """With NO_COLOR the text stands as it was written, and no colour is sent."""
    async with ModelServer(ScriptedAnswer(pieces=("**bo", "ld**"))) as server:
        environ = {"NO_COLOR": "1"}
        async with talking(tmp_path, server, environ=environ) as terminal:
            terminal.type("Hi\r")
            await terminal.shows("**bold**")
            terminal.type("\x04")
            assert await terminal.ended() == 0
            assert spoken(terminal) == ["> Hi", "**bold**"]
            assert b"\x1b[3" not in terminal.written


async def test_a_dumb_terminal(tmp_path: Path) -> None:
    """No order is sent to it at all; Ctrl-C stops, and a second one leaves."""
    async with ModelServer(ScriptedAnswer(pieces=("**bo", "ld**")), HELD) as server:
        configured(tmp_path, server)
        async with in_terminal("chat", cwd=tmp_path, environ={"TERM": "dumb"}) as terminal:
            await terminal.until(lambda: terminal.text == ">")
            terminal.type("Hi\r")
            await terminal.shows("**bold**\n>")
            terminal.type("Again\r")
            await terminal.shows("The second is op")
            terminal.type("\x03")
            await server.left()
            await terminal.until(lambda: terminal.lines[-1] == ">")
            terminal.type("\x03")
            assert await terminal.ended() == 130
            assert b"\x1b" not in terminal.written


async def test_what_an_agent_prints_stands_above_the_input(tmp_path: Path) -> None:
    """A line that somebody's own code prints breaks neither the answer nor what is typed."""
    agent = (
        "import asyncio\n"
        "async def noisy(turn):\n"
        "    yield 'The begin'\n"
        "    await asyncio.sleep(0.3)\n"
        "    print('a stray line')\n"
        "    await asyncio.sleep(0.3)\n"
        "    yield 'ning'\n"
    )
    (tmp_path / "noisy_agent.py").write_text(agent, "utf-8")
    arguments = ("chat", "--agent", "noisy_agent:noisy")
    async with in_terminal(*arguments, cwd=tmp_path) as terminal:
        await terminal.shows(GREETING)
        terminal.type("Hi\rahead")
        shown = ["> Hi", "a stray line", "The beginning", "> ahead"]
        await terminal.until(lambda: spoken(terminal) == shown)


async def test_the_embedded_model_is_offered_to_talk_to(tmp_path: Path) -> None:
    """Without any configuration it says what would be fetched, and takes no for an answer."""
    async with in_terminal("chat", cwd=tmp_path) as terminal:
        await terminal.shows("[Y/n]")
        assert "491 MB" in terminal.text
        terminal.type("no\r")
        assert await terminal.ended() == 2


async def test_ctrl_c_silences_the_voice_first(tmp_path: Path) -> None:
    """While an answer is heard, nobody leaves by mistake: the next Ctrl-C does it."""
    player = tmp_path / "bin" / "pw-cat"
    player.parent.mkdir()
    player.write_text("#!/bin/sh\necho '[playing]' >/proc/$PPID/fd/1\nexec sleep 600\n", "utf-8")
    player.chmod(0o755)
    environ = {"PATH": f"{player.parent}:{os.environ['PATH']}"}
    async with (
        ModelServer(ScriptedAnswer(pieces=("It is said.",))) as server,
        talking(tmp_path, server, "--speak", environ=environ) as terminal,
    ):
        terminal.type("Hi\r")
        await terminal.shows("It is said.")
        await terminal.shows("[playing]")
        terminal.type("\x03")
        terminal.type("still here")
        await terminal.shows("still here")
        terminal.type("\x15\x04")
        assert await terminal.ended() == 0


@pytest.mark.parametrize("word", ["/exit", "quit"])
async def test_leaving_by_a_word(tmp_path: Path, word: str) -> None:
    """What people type to leave leaves, and is not asked."""
    async with ModelServer() as server, talking(tmp_path, server) as terminal:
        terminal.type(f"{word}\r")
        assert await terminal.ended() == 0
        assert terminal.echoes
    assert server.requests == []


async def test_tab_completes_commands(tmp_path: Path) -> None:
    """One that fits is completed; several are listed; a word of a question stays as it is."""
    async with ModelServer() as server, talking(tmp_path, server) as terminal:
        terminal.type("/rea\t")
        await terminal.shows("> /reasoning")
        terminal.type("h\t")
        await terminal.shows("> /reasoning hide")
        terminal.type("\x03/re\t")
        await terminal.shows("retry  reasoning")
        terminal.type("\x03Is it\t")
        await terminal.shows("> Is it")
        terminal.type("\x03\x03")
        assert await terminal.ended() == 0


async def test_ctrl_z_hands_the_terminal_to_the_shell(tmp_path: Path) -> None:
    """The shell has its terminal back; with `fg` the answer and the line of input go on."""
    pieces = tuple(f"word{number} " for number in range(40))
    async with ModelServer(ScriptedAnswer(pieces=pieces, pause=0.02)) as server:
        configured(tmp_path, server)
        shell = ["bash", "--norc", "-i"]
        async with in_terminal(cwd=tmp_path, program=shell, columns=60) as terminal:
            terminal.type(f"{sys.executable} -m tickertape chat\r")
            await terminal.shows(GREETING)
            await terminal.until(lambda: b"\x1b[?2004h" in terminal.written.split(b"Ctrl-D to")[-1])
            terminal.type("Count\r")
            await terminal.shows("word3")
            terminal.type("\x1a")
            await terminal.shows("Stopped")
            terminal.type("echo he''re\r")
            await terminal.shows("\nhere")
            terminal.type("fg\r")
            await terminal.shows("word39")
            terminal.type("Again")
            await terminal.shows("> Again")
            terminal.type("\x03\x04")
            await terminal.until(lambda: terminal.lines[-1].endswith(("$", "#")))
            terminal.type("exit\r")
            assert await terminal.ended() == 0
            answer = [line for line in terminal.lines if line.startswith("word")]
            assert " ".join(answer).split() == [f"word{number}" for number in range(40)]


async def test_a_conversation_goes_on_another_day(tmp_path: Path) -> None:
    """What was said is saved; `chat -c` begins where it ended, `/new` begins another one."""
    async with ModelServer(
        ScriptedAnswer(pieces=("Four.",)), ScriptedAnswer(pieces=("Yes.",)), ScriptedAnswer()
    ) as server:
        async with talking(tmp_path, server) as terminal:
            terminal.type("2+2?\r")
            await terminal.shows("Four.")
            terminal.type("/exit\r")
            assert await terminal.ended() == 0
        async with talking(tmp_path, server, "-c") as terminal:
            assert "Continuing after: 2+2?" in terminal.text
            terminal.type("Sure?\r")
            await terminal.shows("Yes.")
            terminal.type("/new\r")
            await terminal.shows("A fresh start")
            terminal.type("Hi\r")
            await terminal.shows("Hello")
            terminal.type("/exit\r")
            assert await terminal.ended() == 0
    told = [message["content"] for message in server.requests[1].body["messages"]]  # type: ignore[attr-defined]
    assert told[1:] == ["2+2?", "Four.", "Sure?"]
    assert len(server.requests[2].body["messages"]) == 2  # type: ignore[arg-type]
    log = ConversationLog(tmp_path / "state" / "tickertape")
    assert log.path.stat().st_mode & 0o777 == 0o600
    assert [one.question for one in exchanges_of(log.newest_first())] == ["Hi", "Sure?", "2+2?"]
    assert log.count()[0] == 2


async def test_nothing_is_saved_on_demand(tmp_path: Path) -> None:
    """`-n` leaves no trace."""
    async with ModelServer() as server, talking(tmp_path, server, "-n") as terminal:
        terminal.type("Hi\r")
        await terminal.shows("Hello")
        terminal.type("/exit\r")
        assert await terminal.ended() == 0
    assert not (tmp_path / "state" / "tickertape" / "conversations.db").exists()
