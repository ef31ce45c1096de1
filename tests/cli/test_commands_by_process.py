"""The commands as people run them: processes with arguments, signals and exit codes."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx
import pytest

from forked_commands import ForkedCommand
from tickertape.cli.demo.canned import TEXT
from tickertape.emulator.scene import GROUP, TOKEN, YOU
from tickertape.emulator.server import EmulatorServer
from tickertape.gateway.config.loading import template
from tickertape.testing.measures import same, seen

COMMAND = [sys.executable, "-m", "tickertape"]
CLEAN = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("TICKERTAPE_", "TELEGRAM_", "OPENAI_"))
}


def run(
    *arguments: str,
    cwd: Path,
    environ: Mapping[str, str] | None = None,
    is_forked: bool = True,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; it is started for real where it is not to be forked."""
    with started(*arguments, cwd=cwd, environ=environ, is_forked=is_forked) as process:
        with ThreadPoolExecutor() as readers:
            out, said = readers.map(_rest_of, (process.stdout, process.stderr))
        return subprocess.CompletedProcess(arguments, process.wait(60), out, said)


def _rest_of(stream: IO[str]) -> str:
    return stream.read()


@dataclass(frozen=True)
class Started:
    """A command that runs, with what `subprocess.Popen` has of one."""

    command: ForkedCommand | subprocess.Popen[bytes]
    stdout: IO[str]
    stderr: IO[str]

    @property
    def pid(self) -> int:
        """The id of its process, which is that of its group."""
        return self.command.pid

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        self.command.send_signal(number)

    def wait(self, timeout: float) -> int:
        """Wait for the end for some seconds, and return the exit code."""
        return self.command.wait(timeout)


@contextmanager
def started(
    *arguments: str,
    cwd: Path,
    environ: Mapping[str, str] | None = None,
    is_forked: bool = True,
) -> Iterator[Started]:
    """Start a command in a process group of its own; nothing of the group outlives the block."""
    env = {**CLEAN, **(environ or {})}
    (stdout, its_out), (stderr, its_err) = os.pipe(), os.pipe()
    command: ForkedCommand | subprocess.Popen[bytes]
    with os.fdopen(stdout, encoding="utf-8") as out, os.fdopen(stderr, encoding="utf-8") as said:
        with (
            Path(os.devnull).open("rb") as its_in,
            os.fdopen(its_out, "wb") as written,
            os.fdopen(its_err, "wb") as told,
        ):
            streams = (its_in.fileno(), written.fileno(), told.fileno())
            if is_forked:
                command = ForkedCommand(*arguments, cwd=cwd, env=env, streams=streams)
            else:
                command = subprocess.Popen(  # noqa: S603 - our own command
                    [*COMMAND, *arguments],
                    cwd=cwd,
                    env=env,
                    stdin=its_in,
                    stdout=written,
                    stderr=told,
                    start_new_session=True,
                )
        try:
            yield Started(command, out, said)
        finally:
            command.kill()
            command.wait()
            with pytest.raises(ProcessLookupError):
                os.killpg(command.pid, signal.SIGKILL)


def test_help_and_version(tmp_path: Path) -> None:
    """The commands are listed, and the version is shown, without anything heavy."""
    shown = run("--help", cwd=tmp_path, is_forked=False)
    assert shown.returncode == 0
    for command in ("init", "ask", "chat", "serve", "emulate", "demo", "bench"):
        assert command in shown.stdout
        assert run(command, "--help", cwd=tmp_path).returncode == 0
    assert re.fullmatch(
        r"tickertape \d+\.\d+\.\d+\n", run("--version", cwd=tmp_path, is_forked=False).stdout
    )


def test_help_imports_nothing_heavy() -> None:
    """The libraries of the single commands are not imported to show the help."""
    code = "import sys, tickertape.cli.app; print(*sys.modules)"
    out = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in out.stdout.split()}
    heavy = {"aiogram", "openai", "sqlalchemy", "starlette", "pydantic", "yaml", "rich", "asyncio"}
    assert loaded & heavy == set()


def test_a_gateway_needs_no_library_of_a_vendor() -> None:
    """What `serve` imports for Telegram and a model that a key opens is ours, and light."""
    code = (
        "import sys; from tickertape.gateway.app import build; "
        "from tickertape.channels.telegram.transport import TelegramTransport; "
        "from tickertape.providers.model_provider import Endpoint, ModelProvider; "
        f"TelegramTransport.open({TOKEN!r}); "
        "[ModelProvider(Endpoint(protocol=each, base_url='http://127.0.0.1:1', model='m')) "
        "for each in ('chat_completions', 'responses', 'messages')]; print(*sys.modules)"
    )
    out = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in out.stdout.split()}
    assert loaded & {"aiogram", "openai", "anthropic", "mcp", "rich", "starlette"} == set()
    assert "aiohttp" in loaded


def test_init_writes_the_template_once(tmp_path: Path) -> None:
    """A file that is there is not replaced unless that is asked for."""
    first = run("init", cwd=tmp_path, is_forked=False)
    assert first.returncode == 0
    path = tmp_path / "tickertape.yaml"
    assert path.read_text("utf-8") == template()
    path.write_text("mine", "utf-8")
    second = run("init", cwd=tmp_path)
    assert second.returncode == 2
    assert second.stderr.count("\n") == 1
    assert "--force" in second.stderr
    assert path.read_text("utf-8") == "mine"
    assert run("init", "--force", cwd=tmp_path).returncode == 0
    assert path.read_text("utf-8") == template()
    assert "No such file" in run("init", "no/where.yaml", cwd=tmp_path).stderr


@pytest.mark.parametrize("before", [None, "mine"])
def test_init_without_room_leaves_what_was_there(tmp_path: Path, before: str | None) -> None:
    """Where the file does not fit, there is none, and one that was there is as it was."""
    path = tmp_path / "tickertape.yaml"
    if before is not None:
        path.write_text(before, "utf-8")
    command = f"ulimit -f 1; exec {sys.executable} -m tickertape init --force"
    ended = subprocess.run(  # noqa: S603 - our own command
        ["/bin/sh", "-c", command], cwd=tmp_path, env=CLEAN, capture_output=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr.startswith(b"tickertape: path: 'tickertape.yaml' cannot be used; ")
    assert {file.name: file.read_text("utf-8") for file in tmp_path.iterdir()} == (
        {} if before is None else {path.name: before}
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "no configuration: run `tickertape init` (looked for "),
        ("colour: red", "colour: 'red' cannot be used; allowed: one of the keys provider"),
        ("streaming: {edit_interval: 0}", "streaming.edit_interval: 0 cannot be used; allowed: a "),
        ("provider: {}", "set the environment variable TELEGRAM_BOT_TOKEN (named by "),
    ],
)
def test_a_bad_start_is_one_line(tmp_path: Path, text: str | None, words: str) -> None:
    """Whatever is wrong with the configuration: one line on stderr, exit code 2."""
    if text is not None:
        (tmp_path / "tickertape.yaml").write_text(text, "utf-8")
    ended = run("serve", cwd=tmp_path)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.startswith(f"tickertape: {words}")
    assert ended.stderr.count("\n") == 1


def test_a_missing_extra_is_named(tmp_path: Path) -> None:
    """Without the packages of a command, it says how to install them."""
    code = (
        "import sys; sys.modules['uvicorn'] = None; sys.argv[1:] = ['emulate'];"
        "from tickertape.cli import main; main()"
    )
    ended = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert ended.returncode == 1
    assert ended.stderr == (
        "tickertape: `tickertape emulate` needs uvicorn: pip install 'tickertape[emulator]'\n"
    )


def test_the_real_telegram_is_asked_for(tmp_path: Path) -> None:
    """`--real` explains in one line what it needs, without the token in it."""
    for token, allow in (("", "1"), (TOKEN, ""), (TOKEN, "anna"), (TOKEN, "0")):
        environ = {"TELEGRAM_BOT_TOKEN": token, "TICKERTAPE_ALLOW": allow}
        ended = run("demo", "--scripted", "--real", cwd=tmp_path, environ=environ)
        assert ended.returncode == 2
        name = "TICKERTAPE_ALLOW" if token else "TELEGRAM_BOT_TOKEN"
        assert ended.stderr.startswith(f"tickertape: set {name}")
        assert ended.stderr.count("\n") == 1
        assert TOKEN not in ended.stderr


def test_emulate_and_a_taken_port(tmp_path: Path) -> None:
    """The emulator says where it is; a second one at its port ends in one line."""
    with started("emulate", "--port", "0", cwd=tmp_path, is_forked=False) as emulator:
        token_line, line = (read_line(emulator) for _ in range(2))
        assert TOKEN in token_line
        url = address_in(line)
        assert get(f"{url}/bot{TOKEN}/getMe")["result"]["is_bot"] is True
        second = run("emulate", "--port", url.rpartition(":")[2], cwd=tmp_path)
        assert second.returncode == 1
        assert second.stderr.startswith("tickertape: ")
        assert second.stderr.count("\n") == 1
        emulator.send_signal(signal.SIGTERM)
        assert emulator.wait(20) == 0


def test_the_demo_streams_and_ends_clean(tmp_path: Path) -> None:
    """One address; a message gets the exact text; Ctrl-C leaves nothing behind.

    A token in the environment is not used, and that is said.
    """
    environ = {"XDG_CACHE_HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    environ["TELEGRAM_BOT_TOKEN"] = "123456:another-bot-of-the-person"
    command = ("demo", "--scripted", "--port", "0")
    with started(*command, cwd=tmp_path, environ=environ, is_forked=False) as process:
        url = address_in(read_line(process))
        with httpx.Client(base_url=url, timeout=30) as page:
            send(page, YOU, "/help")
            wait_for(page, lambda event: bool(text_of(event, YOU)))
            send(page, YOU, "hello")
            send(page, GROUP, "@tickertape_bot hello")
            wait_for(page, lambda event: event["type"] == "draft")
            send(page, YOU, "/stop")
            stopped = wait_for(page, lambda event: "Stopped" in (text_of(event, YOU) or ""))
        said = text_of(stopped, YOU) or ""
        words = said.removesuffix("⏹ Stopped.").strip()
        assert words
        assert same(words, seen(words, TEXT))
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(20) == 0
        assert process.stdout.read() == ""
        steps = process.stderr.read().splitlines()
    assert steps == [
        "TELEGRAM_BOT_TOKEN is set, and not used here: --real would answer as your bot.",
        f"Started a Telegram of its own at {url}.",
        "Starting the bot ...",
    ]
    assert list(tmp_path.glob("tickertape-*")) == []


@pytest.mark.anyio
async def test_serve_until_sigterm(served: tuple[EmulatorServer, Path]) -> None:
    """`serve` answers by the configuration, logs without secrets, and ends in order."""
    emulator, folder = served
    environ = {"BOT": TOKEN, "KEY": "sk-not-to-be-seen", "TICKERTAPE_LOG": "json"}
    with started("serve", "--config", "t.yaml", cwd=folder, environ=environ) as process:
        async with httpx.AsyncClient(base_url=emulator.url, timeout=30) as page:
            body = {"chat_id": YOU, "text": "hello"}
            (await page.post("/view/send", json=body)).raise_for_status()
            async with page.stream("GET", "/view/events", params={"since": 0}) as events:
                async for line in events.aiter_lines():
                    if "could not be reached" in line:
                        break
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 20) == 0
        log = process.stderr.read()
    assert (folder / "t.db").exists()
    assert "EMULATOR" not in log
    assert "not-to-be-seen" not in log
    events_logged = [json.loads(line)["event"] for line in log.splitlines()]
    assert "the model failed" in events_logged


AGENT = """
async def parrot(turn):
    yield f"You said: {turn.text}"
"""


@pytest.mark.anyio
async def test_serve_with_an_agent_of_ones_own(served: tuple[EmulatorServer, Path]) -> None:
    """A function beside the configuration answers, and the model's key is not asked for."""
    emulator, folder = served
    (folder / "my_agent.py").write_text(AGENT, "utf-8")
    command = ("serve", "--config", "t.yaml", "--agent", "my_agent:parrot")
    with started(*command, cwd=folder, environ={"BOT": TOKEN}) as process:
        async with httpx.AsyncClient(base_url=emulator.url, timeout=30) as page:
            body = {"chat_id": YOU, "text": "hello"}
            (await page.post("/view/send", json=body)).raise_for_status()
            async with page.stream("GET", "/view/events", params={"since": 0}) as events:
                async for line in events.aiter_lines():
                    if "You said: hello" in line:
                        break
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 20) == 0


@pytest.mark.anyio
async def test_an_agent_that_is_not_there(served: tuple[EmulatorServer, Path]) -> None:
    """One line on stderr names the option; exit code 2."""
    _, folder = served
    ended = run(
        "serve",
        "--config",
        "t.yaml",
        "--agent",
        "no_such:thing",
        cwd=folder,
        environ={"BOT": TOKEN},
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("tickertape: --agent: 'no_such:thing' cannot be used")
    assert ended.stderr.count("\n") == 1


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[tuple[EmulatorServer, Path]]:
    """Run an emulated Telegram, and write a configuration for it whose model nobody serves."""
    async with EmulatorServer() as emulator:
        (tmp_path / "t.yaml").write_text(
            f"provider: {{base_url: 'http://127.0.0.1:9/v1', api_key_env: KEY}}\n"
            f"telegram: {{token_env: BOT, api_base: '{emulator.url}'}}\n"
            f"access: {{allow: [{YOU}]}}\n"
            "storage: {url: 'sqlite+aiosqlite:///t.db'}\n",
            "utf-8",
        )
        yield emulator, tmp_path


def read_line(process: Started) -> str:
    """Read the next line that a process prints."""
    return process.stdout.readline()


def address_in(line: str) -> str:
    """Find the address in what a command printed."""
    found = re.search(r"http://127\.0\.0\.1:\d+", line)
    assert found, line
    return found[0]


def get(url: str) -> dict[str, Any]:
    """Fetch a JSON answer."""
    with urllib.request.urlopen(url, timeout=20) as answer:  # noqa: S310 - an address of our own
        found: dict[str, Any] = json.load(answer)
    return found


def send(page: httpx.Client, chat_id: int, text: str) -> None:
    """Write a message, as a person on the page."""
    page.post("/view/send", json={"chat_id": chat_id, "text": text}).raise_for_status()


def wait_for(page: httpx.Client, seen: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Wait for an event of the emulator that `seen` looks for."""
    with page.stream("GET", "/view/events", params={"since": 0}) as events:
        for line in events.iter_lines():
            if line.startswith("data:"):
                event: dict[str, Any] = json.loads(line.removeprefix("data:"))
                if seen(event):
                    return event
    raise AssertionError("the stream of events ended")


def text_of(event: dict[str, Any], chat_id: int) -> str | None:
    """Give the text of the bot's message that an event tells of."""
    message = event.get("message", {})
    if event["type"] != "message" or message["chat_id"] != chat_id:
        return None
    return str(message["text"]) if message["from"]["is_bot"] else None
