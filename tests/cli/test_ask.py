"""`tickertape ask` between pipes: the answer and nothing else, exit codes, ends of all kinds."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path

import pytest
from terminal_stage import between_pipes, configured, environment

from tickertape.conversation import Thought, ToolCall
from tickertape.testing.model_script import Plan, Raw, ScriptedAnswer, Stall, refusal
from tickertape.testing.model_server import ModelServer

pytestmark = pytest.mark.anyio

SECRET = "sk-not-to-be-seen"
ASK = f"{sys.executable} -m tickertape ask"
CHAT = f"{sys.executable} -m tickertape chat"
HELD = ScriptedAnswer(pieces=("one\n", "tw"), fault=Stall(after=2))


async def ask(
    *arguments: str, cwd: Path, piped: bytes = b"", environ: dict[str, str] | None = None
) -> tuple[int | None, bytes, str]:
    """Ask, and give the exit code and what was written on both sides."""
    async with between_pipes("ask", *arguments, cwd=cwd, environ=environ) as process:
        out, said = await process.communicate(piped)
    return process.returncode, out, said.decode()


async def test_the_answer_and_nothing_else(tmp_path: Path) -> None:
    """Bare text on standard output, ended by a line break; nothing on standard error."""
    async with ModelServer(
        ScriptedAnswer(pieces=(Thought("Hm."), "**Hel", "lo** Grüße 😀"))
    ) as server:
        configured(tmp_path, server)
        assert await ask("Hi?", cwd=tmp_path) == (0, "**Hello** Grüße 😀\n".encode(), "")
    messages = server.requests[0].body["messages"]
    assert messages == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi?"},
    ]
    assert not (tmp_path / "tickertape.db").exists()


async def test_what_comes_through_a_pipe_is_asked_too(tmp_path: Path) -> None:
    """Below the question, or alone; what is not UTF-8 does not stop it."""
    async with ModelServer() as server:
        configured(tmp_path, server)
        await ask("What is this?", cwd=tmp_path, piped="\ufeffder Größe nach\n".encode())
        await ask(cwd=tmp_path, piped=b"only this \xff\n")
        code, out, said = await ask(cwd=tmp_path)
    asked = [request.body["messages"][-1]["content"] for request in server.requests]  # type: ignore[index]
    assert asked == ["What is this?\n\nder Größe nach", "only this \N{REPLACEMENT CHARACTER}"]
    assert (code, out) == (2, b"")
    assert said.startswith("tickertape: what do you want to ask?")


async def test_lines_come_as_they_are_complete(tmp_path: Path) -> None:
    """A line is written at once, the one that is begun is not."""
    async with ModelServer(HELD) as server, asyncio.timeout(20):
        configured(tmp_path, server)
        async with between_pipes("ask", "Hi?", cwd=tmp_path) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.close()
            assert await process.stdout.readline() == b"one\n"
            process.send_signal(signal.SIGTERM)
            assert await process.stdout.read() == b"tw\n"
            assert await process.wait() == 143
        await server.left()


async def test_a_closed_pipe_stops_the_model(tmp_path: Path) -> None:
    """Nobody reads on: quiet, and the server is left though it says nothing more."""
    async with ModelServer(HELD) as server, asyncio.timeout(20):
        configured(tmp_path, server)
        command = f"{ASK} Hi? | head -n 1"
        process = await asyncio.create_subprocess_shell(
            f"set -o pipefail; {command}",
            cwd=tmp_path,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            executable="/bin/bash",
        )
        await server.left()
        assert await process.communicate() == (b"one\n", b"")
        assert process.returncode == 141


_FILTERED = (
    b'data: {"choices":[{"delta":{"content":"half"}}]}\n\n'
    b'data: {"choices":[{"delta":{},"finish_reason":"SAFETY","finish_message":"Blocked."}]}\n\n'
    b"data: [DONE]\n\n"
)


@pytest.mark.parametrize(
    ("plan", "code", "out", "words"),
    [
        (refusal(401, "No.", name="invalid_api_key"), 3, b"", "did not accept our key. (auth"),
        (ScriptedAnswer(pieces=("cut",), reason="length"), 4, b"cut\n", "the answer is cut"),
        (ScriptedAnswer(pieces=()), 4, b"", "the answer is empty"),
        (
            Raw(chunks=(_FILTERED,)),
            4,
            b"half\n",
            "the answer is cut: the provider's filter ended it: Blocked.",
        ),
    ],
    ids=["refused", "cut", "empty", "filtered"],
)
async def test_what_is_not_an_answer_has_a_code(
    tmp_path: Path, plan: Plan, code: int, out: bytes, words: str
) -> None:
    """What came is on standard output, why it ended in one line on standard error."""
    async with ModelServer(plan) as server:
        configured(tmp_path, server)
        ended = await ask("Hi?", cwd=tmp_path)
    assert ended[:2] == (code, out)
    assert words in ended[2].splitlines()[-1]


async def test_no_secret_is_told(tmp_path: Path) -> None:
    """A key that a server repeats, or that stands where it should not, is not seen."""
    said = f"Incorrect API key provided: {SECRET}"
    async with ModelServer(refusal(401, said)) as server:
        configured(tmp_path, server)
        text = (tmp_path / "tickertape.yaml").read_text("utf-8")
        text = text.replace('"api_key_env": ""', '"api_key_env": "KEY"')
        (tmp_path / "tickertape.yaml").write_text(text, "utf-8")
        code, out, words = await ask("Hi?", "--json", cwd=tmp_path, environ={"KEY": SECRET})
    assert server.requests[0].headers["authorization"] == f"Bearer {SECRET}"
    assert code == 3
    assert SECRET not in out.decode() + words


async def test_events_as_lines_of_json(tmp_path: Path) -> None:
    """Thinking, tools, words and the end, each a line, whatever the locale is."""
    call = ToolCall("c1", "calculate", '{"expression": "2+2"}')
    async with ModelServer(
        ScriptedAnswer(pieces=(Thought("Hm."), call)), ScriptedAnswer(pieces=("Es ist 4 – grün.",))
    ) as server:
        configured(tmp_path, server, tools={})
        environ = {"LANG": "C", "PYTHONIOENCODING": "ascii"}
        code, out, said = await ask("2+2?", "--json", cwd=tmp_path, environ=environ)
    events = [json.loads(line) for line in out.decode("utf-8").splitlines()]
    assert (code, said) == (0, "")
    assert [event["type"] for event in events] == [
        "reasoning",
        "step",
        "tool_started",
        "tool_result",
        "tool_finished",
        "text",
        "step",
        "finished",
    ]
    assert events[3]["text"] == "4"
    assert events[5]["text"] == "Es ist 4 – grün."


@pytest.mark.parametrize(
    ("environ", "out"),
    [
        ({"LANG": "C"}, "Grüße"),
        ({"LC_ALL": "C"}, "Grüße"),
        ({"PYTHONIOENCODING": "ascii"}, "Gr??e"),
        ({"PYTHONIOENCODING": "latin-1"}, "Grüße"),
    ],
    ids=str,
)
async def test_any_locale(tmp_path: Path, environ: dict[str, str], out: str) -> None:
    """No encoding breaks an answer; what it has no letter for is a question mark."""
    async with ModelServer(ScriptedAnswer(pieces=("Gr", "ü", "ße"))) as server:
        configured(tmp_path, server)
        ended = await ask("Hi?", cwd=tmp_path, environ=environ)
    encoding = environ.get("PYTHONIOENCODING", "utf-8")
    assert ended == (0, f"{out}\n".encode(encoding), "")


async def test_models_are_chosen_by_name(tmp_path: Path) -> None:
    """`--model` names one, here or at its server; another is refused before anything is asked."""
    async with ModelServer() as server:
        other = {"base_url": server.base_url, "api_key_env": "", "model": "large-9"}
        configured(tmp_path, server, models={"clever": other})
        assert (await ask("Hi?", "--model", "clever", cwd=tmp_path))[0] == 0
        assert (await ask("Hi?", "-m", "large-9", cwd=tmp_path))[0] == 0
        code, _, said = await ask("Hi?", "--model", "wise", cwd=tmp_path)
    assert [request.body["model"] for request in server.requests] == ["large-9", "large-9"]
    assert code == 2
    listed = "there are: default (gpt-5-mini), clever (large-9)"
    assert said == f"tickertape: no model is called 'wise'; {listed}\n"


async def test_an_agent_of_ones_own(tmp_path: Path) -> None:
    """A function in the current folder answers; no configuration is needed."""
    text = "async def parrot(turn):\n    yield f'You said: {turn.text}'\n"
    (tmp_path / "my_parrot.py").write_text(text, "utf-8")
    ended = await ask("Hi?", "--agent", "my_parrot:parrot", cwd=tmp_path)
    assert ended == (0, b"You said: Hi?\n", "")


async def test_nothing_is_configured_and_nobody_can_be_asked(tmp_path: Path) -> None:
    """Half a gigabyte is not fetched unasked: one line says what can be done."""
    code, out, said = await ask("Hi?", cwd=tmp_path)
    assert (code, out) == (2, b"")
    assert "run `tickertape init`, or set OPENAI_API_KEY" in said
    assert said.count("\n") == 1


async def test_plain_and_json_are_one_or_the_other(tmp_path: Path) -> None:
    """Both at once are refused in one line."""
    code, out, said = await ask("Hi?", "--plain", "--json", cwd=tmp_path)
    assert (code, out) == (2, b"")
    assert said.startswith("tickertape: of --plain, --json and -x")


async def test_a_signal_while_it_starts(tmp_path: Path) -> None:
    """Nobody waits for a server of tools that does not come up, and the model is not asked."""
    silent = {"command": "sh", "args": ["-c", "kill -TERM $PPID; exec sleep 60"]}
    async with ModelServer() as server:
        configured(tmp_path, server, tools={"builtin": [], "mcp": {"silent": silent}})
        code, out, _ = await ask("Hi?", cwd=tmp_path)
        assert (code, out) == (143, b"")
        assert server.requests == []


@pytest.mark.parametrize(
    ("arguments", "code"), [("--model none Hi", 2), ("Hi", 3)], ids=["refused", "failed"]
)
async def test_a_failure_is_never_on_standard_output(
    tmp_path: Path, arguments: str, code: int
) -> None:
    """Where standard error is closed, what went wrong is told by the exit code alone."""
    async with ModelServer(refusal(401, "No.", name="invalid_api_key")) as server:
        configured(tmp_path, server)
        shell = f"{ASK} {arguments} </dev/null 2>&-"
        process = await asyncio.create_subprocess_exec(
            "sh",
            "-c",
            shell,
            cwd=tmp_path,
            env=environment(tmp_path),
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate()
        assert (process.returncode, out) == (code, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
@pytest.mark.parametrize("command", [f"{ASK} Hi </dev/null", f"echo Hi | {CHAT}"])
async def test_a_full_disk_is_told(tmp_path: Path, command: str) -> None:
    """An answer that could not be written is not taken for one that nobody wanted to read."""
    async with ModelServer() as server:
        configured(tmp_path, server)
        process = await asyncio.create_subprocess_exec(
            "sh",
            "-c",
            f"{command} >/dev/full",
            cwd=tmp_path,
            env=environment(tmp_path),
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await process.communicate()
        told = b"tickertape: standard output cannot be written: No space left on device\n"
        assert (process.returncode, said) == (1, told)
