"""`tickertape ask` with the options that people know from `llm`, and what it leaves behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from terminal_stage import between_pipes, configured

from tickertape.testing.model_script import ScriptedAnswer, refusal
from tickertape.testing.model_server import ModelServer

pytestmark = pytest.mark.anyio

CODE = ScriptedAnswer(pieces=("Here:\n\n```sh\necho 1\n```\n", "\n```py\n2\n```\n"))


async def run(
    *arguments: str, cwd: Path, piped: bytes = b"", environ: dict[str, str] | None = None
) -> tuple[int | None, str, str]:
    """Run a command, and give the exit code and what was written on both sides."""
    async with between_pipes(*arguments, cwd=cwd, environ=environ) as process:
        out, said = await process.communicate(piped)
    return process.returncode, out.decode(), said.decode()


def told(server: ModelServer, at: int = -1) -> list[str]:
    """Return what the model was given to read."""
    messages: Any = server.requests[at].body["messages"]
    return [message["content"] for message in messages]


async def test_words_need_no_quotes(tmp_path: Path) -> None:
    """They are joined, as are those of the system prompt's option and of others between them."""
    async with ModelServer() as server:
        configured(tmp_path, server)
        line = "ask what is -o temperature 0.2 a monad -o stop=x -o max_tokens 9"
        arguments = line.split(" ")
        code, out, said = await run(*arguments, "-s", "Be kind", cwd=tmp_path)
        assert (code, out, said) == (0, "Hello\n", "")
        assert told(server) == ["Be kind", "what is a monad"]
        body = server.requests[0].body
        assert (body["temperature"], body["stop"]) == (0.2, "x")
        assert 9 in {body.get("max_tokens"), body.get("max_completion_tokens")}


async def test_a_conversation_goes_on(tmp_path: Path) -> None:
    """With its questions and answers, its model and system prompt; another one does not."""
    async with ModelServer(ScriptedAnswer(pieces=("Four.",))) as server:
        other = {"base_url": server.base_url, "api_key_env": "", "model": "large-9"}
        configured(tmp_path, server, models={"clever": other})
        await run("ask", "2+2?", "-m", "clever", "-s", "Be kind", cwd=tmp_path)
        await run("ask", "-c", "sure?", cwd=tmp_path)
        assert told(server) == ["Be kind", "2+2?", "Four.", "sure?"]
        assert server.requests[1].body["model"] == "large-9"
        await run("ask", "-n", "secret", cwd=tmp_path)
        assert told(server) == ["Be brief.", "secret"]
        _, listed, _ = await run("logs", "--short", cwd=tmp_path)
        first, second = listed.splitlines()
        assert (first[-4:], second[-5:]) == ("2+2?", "sure?")
        id_ = first.split()[2]
        await run("ask", "--cid", id_[:6], "really?", cwd=tmp_path)
        assert len(told(server)) == 6
        code, _, said = await run("ask", "--cid", "zzz", "hm", cwd=tmp_path)
        assert (code, "no conversation has the id 'zzz'" in said) == (2, True)


async def test_the_code_alone(tmp_path: Path) -> None:
    """`-x` prints the first block, `--xl` the last; `logs -x` has it again."""
    async with ModelServer(CODE, CODE) as server:
        configured(tmp_path, server)
        assert await run("ask", "-x", "code", cwd=tmp_path) == (0, "echo 1\n", "")
        assert await run("ask", "--xl", "code", cwd=tmp_path) == (0, "2\n", "")
        assert await run("logs", "-x", cwd=tmp_path) == (0, "echo 1\n", "")
        code, out, _ = await run("logs", "--json", "-n", "0", cwd=tmp_path)
        assert code == 0
        assert [one["question"] for one in json.loads(out)] == ["code", "code"]


async def test_what_has_no_answer_is_not_saved(tmp_path: Path) -> None:
    """The next question is not asked behind one that failed."""
    async with ModelServer(refusal(400, "No."), ScriptedAnswer()) as server:
        configured(tmp_path, server)
        assert (await run("ask", "Hi", cwd=tmp_path))[0] == 3
        code, _, said = await run("ask", "-c", "Hi", cwd=tmp_path)
        assert (code, said) == (2, "tickertape: there is no conversation to continue yet\n")


async def test_files_and_templates(tmp_path: Path) -> None:
    """A file stands below the question; a template has its own words for it."""
    (tmp_path / "n.md").write_text("a ``` b\n", "utf-8")
    (tmp_path / "p.png").write_bytes(b"\x89PNG\0")
    async with ModelServer() as server:
        configured(tmp_path, server)
        await run("ask", "what is this", "-a", "n.md", cwd=tmp_path)
        assert told(server)[-1] == "what is this\n\nn.md:\n\n````\na ``` b\n````"
        code, _, said = await run("ask", "what", "-a", "p.png", cwd=tmp_path)
        assert code == 2
        assert said == (
            "tickertape: -a p.png: only text can be attached, no pictures or other binary files\n"
        )
        saved = await run("ask", "Sum up: $input", "-s", "As a $who", "--save", "sum", cwd=tmp_path)
        assert saved[0] == 0
        await run("ask", "-t", "sum", "-p", "who", "cook", cwd=tmp_path, piped=b"long")
        assert told(server) == ["As a cook", "Sum up: long"]
        assert (await run("templates", cwd=tmp_path))[1] == "sum  As a $who Sum up: $input\n"
        code, _, said = await run("ask", "-t", "sum", "x", cwd=tmp_path)
        assert (code, "-p who VALUE" in said) == (2, True)
    assert len(server.requests) == 2


async def test_a_key_is_enough(tmp_path: Path) -> None:
    """Without a configuration the server of the key is asked, for any model."""
    async with ModelServer() as server:
        environ = {"OPENAI_API_KEY": "sk-1", "OPENAI_BASE_URL": server.base_url}
        code, out, said = await run("ask", "Hi", "-m", "gpt-x", cwd=tmp_path, environ=environ)
        assert (code, out, said) == (0, "Hello\n", "")
        _, listed, _ = await run("models", cwd=tmp_path, environ=environ)
    assert server.requests[0].headers["authorization"] == "Bearer sk-1"
    assert server.requests[0].body["model"] == "gpt-x"
    assert told(server)[0].startswith("You are a helpful assistant in a terminal.")
    assert listed.startswith("default  gpt-5-mini  127.0.0.1:")


async def test_the_answer_at_once(tmp_path: Path) -> None:
    """`--no-stream` prints it when it is complete, `-u` what it took."""
    async with ModelServer(ScriptedAnswer(pieces=("one\n", "two"))) as server:
        configured(tmp_path, server)
        code, out, said = await run("ask", "Hi", "--no-stream", "-u", cwd=tmp_path)
    assert (code, out) == (0, "one\ntwo\n")
    assert "tokens read, " in said
