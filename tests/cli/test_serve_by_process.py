"""`tickertape serve`, `doctor` and `backup` as an operator has them: processes, signals, lines."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from test_commands_by_process import Started, run, started

from tickertape.emulator.scene import TOKEN, YOU
from tickertape.emulator.server import EmulatorServer
from tickertape.testing.model_server import ModelServer

ENVIRON = {"BOT": TOKEN, "KEY": "sk-not-to-be-seen", "TICKERTAPE_LOG": "json"}


@pytest.fixture
async def emulator() -> AsyncIterator[EmulatorServer]:
    """Run an emulated Telegram."""
    async with EmulatorServer() as server:
        yield server


def configuration(emulator: EmulatorServer, model: str, *more: str) -> str:
    """Return a configuration for an emulated Telegram and a model's server."""
    return "\n".join(
        (
            f"provider: {{base_url: '{model}', api_key_env: KEY}}",
            f"telegram: {{token_env: BOT, api_base: '{emulator.url}'}}",
            "storage: {url: 'sqlite+aiosqlite:///t.db'}",
            *more,
        )
    )


def lines_of(process: Started) -> Iterator[dict[str, Any]]:
    """Yield the lines of a process's log."""
    for line in process.stderr:
        assert "not-to-be-seen" not in line
        assert TOKEN not in line
        yield json.loads(line)


def until(lines: Iterator[dict[str, Any]], event: str) -> dict[str, Any]:
    """Read the log up to a line about an event; return that."""
    return next(line for line in lines if line["event"] == event)


@pytest.mark.anyio
async def test_a_life_of_the_gateway(emulator: EmulatorServer, tmp_path: Path) -> None:
    """It says what it starts and what runs, reloads on SIGHUP, and is copied while it runs."""
    path = tmp_path / "elsewhere" / "t.yaml"
    path.parent.mkdir()
    async with ModelServer() as model:
        model.say("Hello.")
        path.write_text(configuration(emulator, model.base_url), "utf-8")
        environ = {**ENVIRON, "TICKERTAPE_CONFIG": "elsewhere/t.yaml"}
        with started("serve", cwd=tmp_path, environ=environ, is_forked=False) as process:
            lines = lines_of(process)
            first = await asyncio.to_thread(next, lines)
            assert first["event"] == "starting"
            assert first["config"] == str(path)
            assert first["database"] == str(path.with_name("t.db"))
            runs = await asyncio.to_thread(until, lines, "running")
            told = {key: runs[key] for key in ("channels", "models", "tools", "people")}
            assert told == {
                "channels": "telegram (@tickertape_bot)",
                "models": "default (gpt-5-mini)",
                "tools": 2,
                "people": 0,
            }

            # A file with mistakes changes nothing, and each of them is told.
            path.write_text("access: {allow: [0]}\ncolour: red\n", "utf-8")
            process.send_signal(signal.SIGHUP)
            for key in ("access.allow[0]", "colour"):
                event = "not reloaded, nothing is changed: fix this and send SIGHUP again"
                refused = await asyncio.to_thread(until, lines, event)
                assert refused["error"].startswith(f"{key}: ")

            more = (f"access: {{allow: [{YOU}]}}", "speech: {longest: 5}")
            path.write_text(configuration(emulator, model.base_url, *more), "utf-8")
            process.send_signal(signal.SIGHUP)
            changed = await asyncio.to_thread(until, lines, "reloaded")
            assert changed["changed"] == "access.allow"
            waiting = await asyncio.to_thread(until, lines, "these changes need a restart")
            assert waiting["keys"] == "speech.longest"
            async with httpx.AsyncClient(base_url=emulator.url, timeout=30) as page:
                body = {"chat_id": YOU, "text": "hello"}
                (await page.post("/view/send", json=body)).raise_for_status()
                await asyncio.to_thread(until, lines, "answered")

            copied = await asyncio.to_thread(
                run, "backup", "copy.db", cwd=tmp_path, environ=environ, is_forked=False
            )
            assert copied.returncode == 0, copied.stderr
            assert copied.stdout.startswith("Wrote copy.db")
            again = await asyncio.to_thread(run, "backup", "copy.db", cwd=tmp_path, environ=environ)
            assert again.returncode == 1
            assert again.stderr.count("\n") == 1
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, 20) == 0


def test_doctor_prints_lines_and_fails(tmp_path: Path) -> None:
    """Without a terminal there is no colour; the exit code tells whether something is wrong."""
    (tmp_path / "tickertape.yaml").write_text("telegram: {token_env: BOT}\ncolour: red\n", "utf-8")
    environ = {"BOT": TOKEN}
    ended = run("doctor", "--offline", cwd=tmp_path, environ=environ, is_forked=False)
    assert ended.returncode == 1
    assert ended.stderr == ""
    assert "\x1b" not in ended.stdout
    lines = ended.stdout.splitlines()
    assert lines[0].startswith("error    tickertape.yaml:2 ")
    assert any("OPENAI_API_KEY" in line and "is not set" in line for line in lines)
    assert lines[-1].startswith("2 errors, 1 warning, ")
    assert run("doctor", "--no-such", cwd=tmp_path).returncode == 2


def test_a_start_names_all_mistakes(tmp_path: Path) -> None:
    """One line for each mistake, with its place; exit code 2."""
    (tmp_path / "tickertape.yaml").write_text("colour: red\nstreaming: {cursr: x}\n", "utf-8")
    ended = run("serve", cwd=tmp_path)
    assert ended.returncode == 2
    first, second = ended.stderr.splitlines()
    assert first.startswith("tickertape: colour: 'red' cannot be used")
    assert second.startswith("tickertape: streaming.cursr: 'x' cannot be used")
    assert second.endswith("(tickertape.yaml:2)")


# Makes standard input the terminal of the session.
TERMINAL = """
import fcntl, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
"""
NOHUP = """
import signal
signal.signal(signal.SIGHUP, signal.SIG_IGN)
"""
WAITING = """
import asyncio
from tickertape.cli.signals import hangups_ignored, reloading

async def main(outlives):
    told = asyncio.Queue()
    reload, stop = (lambda: told.put_nowait("reload")), (lambda: told.put_nowait("stop"))
    with reloading(reload, stop, outlives_terminal=outlives):
        print("ready", flush=True)
        while (word := await told.get()) != "stop":
            print(word, flush=True)
    print("stopped", flush=True)

asyncio.run(main(hangups_ignored()))
"""


# The tests may be run by `nohup` themselves.
@pytest.mark.parametrize(
    ("before", "word"), [(NOHUP.replace("SIG_IGN", "SIG_DFL"), "stopped"), (NOHUP, "reload")]
)
def test_a_terminal_that_goes_away_ends_it(before: str, word: str) -> None:
    """SIGHUP reloads also in a terminal; without that terminal it stops, but for `nohup`."""
    controller, terminal = pty.openpty()
    with subprocess.Popen(  # noqa: S603 - our own code
        [sys.executable, "-c", before + TERMINAL + WAITING],
        stdin=terminal,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        os.close(terminal)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGHUP)
        assert process.stdout.readline() == "reload\n"
        os.close(controller)
        assert process.stdout.readline() == f"{word}\n"
        process.kill()


def test_a_service_reloads() -> None:
    """Without a terminal, SIGHUP always reloads."""
    with subprocess.Popen(  # noqa: S603 - our own code
        [sys.executable, "-c", WAITING],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for _ in range(2):
            process.send_signal(signal.SIGHUP)
            assert process.stdout.readline() == "reload\n"
        process.kill()
