"""`tickertape chat` between pipes: lines are questions, answers are bare text."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import wave
from contextlib import suppress
from pathlib import Path

import pytest
from terminal_stage import between_pipes, configured

from tickertape.cli.chat.by_line import _lines
from tickertape.testing.model_script import ScriptedAnswer, Stall, refusal
from tickertape.testing.model_server import ModelServer

pytestmark = pytest.mark.anyio

HELD = ScriptedAnswer(pieces=("one\n", "tw"), fault=Stall(after=2))


def asked(server: ModelServer) -> list[str]:
    """List what the model was asked, the newest words of each request."""
    return [request.body["messages"][-1]["content"] for request in server.requests]  # type: ignore[index]


async def test_each_line_is_a_question(tmp_path: Path) -> None:
    """Answers come in order, and nothing else; the conversation is remembered to the end."""
    answers = [ScriptedAnswer(pieces=(f"**{word}**",)) for word in ("one", "two", "three")]
    async with ModelServer(*answers) as server:
        configured(tmp_path, server)
        async with between_pipes("chat", cwd=tmp_path) as process:
            said = await process.communicate("Grüße\n\ntwo\\\nlines\nlast".encode())
        assert (process.returncode, *said) == (0, b"**one**\n**two**\n**three**\n", b"")
    assert asked(server) == ["Grüße", "two\nlines", "last"]
    assert len(server.requests[2].body["messages"]) == 6  # type: ignore[arg-type]


async def test_more_questions_than_may_wait(tmp_path: Path) -> None:
    """A long script is answered to its end: a line is put when the one before is answered."""
    async with ModelServer(ScriptedAnswer(pieces=("ok",))) as server:
        configured(tmp_path, server)
        async with between_pipes("chat", cwd=tmp_path) as process:
            said = await process.communicate(b"again\n" * 30)
        assert (process.returncode, *said) == (0, b"ok\n" * 30, b"")
    assert len(server.requests) == 30


async def test_a_failure_is_on_the_other_side(tmp_path: Path) -> None:
    """What went wrong is one line on standard error; the talk goes on."""
    failing = refusal(401, "No.", name="invalid_api_key")
    async with ModelServer(failing, ScriptedAnswer(pieces=("ok",))) as server:
        configured(tmp_path, server)
        async with between_pipes("chat", cwd=tmp_path) as process:
            out, said = await process.communicate(b"one\ntwo\n")
        assert (process.returncode, out) == (0, b"ok\n")
        assert "did not accept our key. (auth (HTTP 401): No.)" in said.decode()
        assert said.count(b"\n") == 1


async def test_an_answer_that_is_not_whole_is_told_on_the_other_side(tmp_path: Path) -> None:
    """An answer that is cut looks cut, between pipes as well; the talk goes on."""
    cut = ScriptedAnswer(pieces=("cut",), reason="length")
    async with ModelServer(cut, ScriptedAnswer(pieces=("ok",))) as server:
        configured(tmp_path, server)
        async with between_pipes("chat", cwd=tmp_path) as process:
            out, said = await process.communicate(b"one\ntwo\n")
    assert (process.returncode, out) == (0, b"cut\nok\n")
    assert said.decode().splitlines() == ["tickertape: ✂ The model reached its length limit."]


async def test_a_reader_that_goes_ends_it(tmp_path: Path) -> None:
    """A closed pipe stops the model and the talk, quietly."""
    async with ModelServer(HELD) as server, asyncio.timeout(30):
        configured(tmp_path, server)
        process = await asyncio.create_subprocess_shell(
            f"set -o pipefail; yes hello | {sys.executable} -m tickertape chat | head -n 1",
            cwd=tmp_path,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            executable="/bin/bash",
        )
        await server.left()
        assert await process.communicate() == (b"one\n", b"")
        assert process.returncode == 141


async def test_sigterm_keeps_what_came(tmp_path: Path) -> None:
    """The line that was begun is ended, the model is left, and the code tells the signal."""
    async with ModelServer(HELD) as server:
        configured(tmp_path, server)
        async with between_pipes("chat", cwd=tmp_path) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(b"Hi\n")
            assert await process.stdout.readline() == b"one\n"
            process.send_signal(signal.SIGTERM)
            assert await process.stdout.read() == b"tw\n"
            assert await process.wait() == 143
        await server.left()


async def test_answers_are_spoken_into_a_file(tmp_path: Path) -> None:
    """Both answers are in it when the talk is over, one after the other; the text is the same."""
    answers = [
        ScriptedAnswer(pieces=(word,)) for word in ("The first answer.", "The second answer.")
    ]
    async with ModelServer(*answers) as server:
        configured(tmp_path, server)
        async with between_pipes("chat", "--speak-to", "talk.wav", cwd=tmp_path) as process:
            out, said = await process.communicate(b"one\ntwo\n")
    assert (process.returncode, said) == (0, b"")
    assert out == b"The first answer.\nThe second answer.\n"
    with wave.open(str(tmp_path / "talk.wav")) as file:
        seconds = file.getnframes() / file.getframerate()
        assert 1.5 < seconds < 8.0
        assert any(file.readframes(file.getnframes()))


async def test_a_voice_that_is_not_there(tmp_path: Path) -> None:
    """One line says which, before anything is asked; and nothing is written."""
    async with ModelServer() as server:
        configured(tmp_path, server)
        arguments = ("chat", "--speak-to", "talk.wav", "--voice", "no.onnx")
        async with between_pipes(*arguments, cwd=tmp_path) as process:
            out, said = await process.communicate(b"one\n")
    assert (process.returncode, out) == (1, b"")
    assert b"no.onnx" in said
    assert said.count(b"\n") == 1
    assert server.requests == []


async def test_what_is_piped_in_is_not_read_ahead_of_what_is_asked() -> None:
    """Else what writes without an end would fill the memory."""
    chunk = b"hello\n" * 10_000
    reading, writing = os.pipe()
    written = 0

    def write() -> None:
        nonlocal written
        with suppress(BrokenPipeError):
            for _ in range(300):
                written += os.write(writing, chunk)
        os.close(writing)

    writer = threading.Thread(target=write)
    writer.start()
    asked = 0
    async for line in _lines(reading, "utf-8"):
        asked += len(line) + 1
        # What a pipe holds, two chunks that are read and one that is being asked.
        assert written - asked <= 6 * 65_536
        if asked == 100 * len(chunk):
            break
    os.close(reading)
    writer.join()
