"""`tickertape ask` in a terminal: formatted while it grows, stopped by Ctrl-C, resized, bare."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest
from terminal_stage import configured, in_terminal

from tickertape.conversation import Thought
from tickertape.testing.model_script import ScriptedAnswer, Silence, Stall, refusal
from tickertape.testing.model_server import ModelServer

pytestmark = pytest.mark.anyio

BOLD = ScriptedAnswer(pieces=("A **bold** word", " and\n\n- a list\n- of two\n"))
HELD = ScriptedAnswer(pieces=("The first paragraph.\n\n", "The second is op"), fault=Stall(after=2))
LONG = "\n\n".join(f"Paragraph {n} has so many words that it needs two rows." for n in range(20))


async def test_an_answer_is_formatted(tmp_path: Path) -> None:
    """Marks become looks, the screen holds the answer alone, and the cursor is back."""
    async with ModelServer(BOLD) as server:
        configured(tmp_path, server)
        async with in_terminal("ask", "Hi?", cwd=tmp_path, is_forked=False) as terminal:
            assert await terminal.ended() == 0
            assert [line.strip() for line in terminal.lines if line] == [
                "A bold word and",
                "• a list",
                "• of two",
            ]
            assert b"\x1b[1m" in terminal.written
            assert not terminal.cursor_is_hidden


async def test_ctrl_c_keeps_what_came(tmp_path: Path) -> None:
    """The open paragraph is seen while it grows; the stop leaves it there, marked, and code 130."""
    async with ModelServer(HELD) as server, asyncio.timeout(20):
        configured(tmp_path, server)
        async with in_terminal("ask", "Hi?", cwd=tmp_path) as terminal:
            await terminal.shows("The second is op")
            terminal.type("\x03")
            await server.left()
            assert await terminal.ended() == 130
            shown = [line for line in terminal.lines if line]
            assert shown[:2] == ["The first paragraph.", "The second is op"]
            assert "Stopped" in shown[2]
            assert len(shown) == 3
            assert not terminal.cursor_is_hidden
            assert terminal.echoes


async def test_sigterm_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    """Before anything came as well: the spinner is gone, the cursor is back."""
    async with ModelServer(ScriptedAnswer(fault=Silence())) as server, asyncio.timeout(20):
        configured(tmp_path, server)
        async with in_terminal("ask", "Hi?", cwd=tmp_path) as terminal:
            await server.asked()
            await terminal.until(lambda: terminal.cursor_is_hidden)
            terminal.process.send_signal(signal.SIGTERM)
            assert await terminal.ended() == 143
            assert not terminal.cursor_is_hidden
            assert terminal.echoes


async def test_a_resize_in_the_middle(tmp_path: Path) -> None:
    """What follows has the new width; nothing is lost and nothing stands twice."""
    head, tail = LONG[:500], LONG[500:]
    pieces = (head, *(tail[at : at + 20] for at in range(0, len(tail), 20)))
    async with ModelServer(ScriptedAnswer(pieces=pieces, pause=0.01)) as server:
        configured(tmp_path, server)
        async with in_terminal("ask", "Hi?", cwd=tmp_path, columns=40) as terminal:
            await terminal.shows("Paragraph 9")
            terminal.resize(60, 24)
            assert await terminal.ended() == 0
            assert " ".join(terminal.text.split()) == " ".join(LONG.split())


async def test_an_empty_answer_is_told(tmp_path: Path) -> None:
    """Nothing came: a line says so, for the exit code is not seen."""
    async with ModelServer(ScriptedAnswer(pieces=())) as server:
        configured(tmp_path, server)
        async with in_terminal("ask", "Hi?", cwd=tmp_path) as terminal:
            assert await terminal.ended() == 4
            assert terminal.lines == ["tickertape: the answer is empty"]
            assert not terminal.cursor_is_hidden


async def test_a_failure_is_told_to_the_operator(tmp_path: Path) -> None:
    """A sentence stands where the answer would, below it what the server said; the code is 3."""
    async with ModelServer(refusal(401, "No.", name="invalid_api_key")) as server:
        configured(tmp_path, server)
        text = (tmp_path / "tickertape.yaml").read_text("utf-8")
        text = text.replace('"api_key_env": ""', '"api_key_env": "KEY"')
        (tmp_path / "tickertape.yaml").write_text(text, "utf-8")
        async with in_terminal("ask", "Hi?", cwd=tmp_path, environ={"KEY": "sk-1"}) as terminal:
            assert await terminal.ended() == 3
            line, detail = [line for line in terminal.lines if line]
            assert "did not accept our key" in line
            assert detail == "tickertape: auth (HTTP 401): No.; the key is that of KEY"


@pytest.mark.parametrize(
    ("arguments", "environ"),
    [(("--plain",), {}), ((), {"NO_COLOR": "1"}), ((), {"TERM": "dumb"})],
    ids=str,
)
async def test_bare_text_on_a_terminal(
    tmp_path: Path, arguments: tuple[str, ...], environ: dict[str, str]
) -> None:
    """No colour, no order to the terminal: the text as it was written, as it comes."""
    async with ModelServer(ScriptedAnswer(pieces=("**bo", "ld**\x1b[2J", " é\n"))) as server:
        configured(tmp_path, server)
        async with in_terminal("ask", "Hi?", *arguments, cwd=tmp_path, environ=environ) as terminal:
            assert await terminal.ended() == 0
            assert bytes(terminal.written) == "**bold**[2J é\r\n".encode()


async def test_bare_text_comes_before_its_line_is_complete(tmp_path: Path) -> None:
    """A person reads along word by word also where nothing is formatted."""
    async with ModelServer(HELD) as server, asyncio.timeout(20):
        configured(tmp_path, server)
        async with in_terminal("ask", "Hi?", "--plain", cwd=tmp_path) as terminal:
            await terminal.shows("The second is op")
            terminal.type("\x03")
            assert await terminal.ended() == 130


@pytest.mark.parametrize(("choice", "seen"), [("hide", False), ("show", True)])
async def test_thinking_is_seen_as_it_is_asked(tmp_path: Path, choice: str, seen: bool) -> None:
    """`--reasoning` decides what is seen of it while the model thinks."""
    thinking = ScriptedAnswer(pieces=(Thought("Peculiar thoughts"), "x"), fault=Stall(after=1))
    async with ModelServer(thinking) as server, asyncio.timeout(20):
        configured(tmp_path, server)
        arguments = ("ask", "Hi?", "--reasoning", choice)
        async with in_terminal(*arguments, cwd=tmp_path) as terminal:
            await server.asked()
            if seen:
                await terminal.shows("Peculiar thoughts")
            else:
                await terminal.until(lambda: terminal.cursor_is_hidden)
            terminal.type("\x03")
            await terminal.ended()
            assert (b"Peculiar" in terminal.written) == seen


async def test_the_embedded_model_is_offered(tmp_path: Path) -> None:
    """Without any configuration its size is told; no means no, and nothing is fetched."""
    async with in_terminal("ask", "Hi?", cwd=tmp_path) as terminal:
        await terminal.shows("[Y/n]")
        assert "491 MB" in terminal.text
        terminal.type("n\r")
        assert await terminal.ended() == 2
    assert not (tmp_path / "cache").exists()
