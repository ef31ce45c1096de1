"""Commands that begin where Python has started and imported, for tests that run many of them.

A second of a processor or more goes by before `tickertape chat` can be typed in: Python's start and
imports, the same each time. Here one process has done that and forks for each command. What it
forks runs `python -m tickertape` from there to its end, in a session of its own, with its own
folder, variables and standard streams. What Python reads as it starts is that of the first process:
commands for which it matters are started for real, and so is each command at least once.
"""

from __future__ import annotations

import array
import atexit
import gc
import importlib
import json
import os
import runpy
import select
import selectors
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from functools import cache
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn

__all__ = ["ForkedCommand"]

IMPORTED = (
    "aiosqlite",
    "concurrent.futures.thread",
    "platformdirs",
    "prompt_toolkit.shortcuts",
    "tickertape.channels.telegram.transport",
    "tickertape.channels.terminal.consumer",
    "tickertape.channels.terminal.highlight",
    "tickertape.cli.ask.command",
    "tickertape.cli.chat.command",
    "tickertape.cli.demo.command",
    "tickertape.cli.doctor.command",
    "tickertape.cli.serve",
    "tickertape.emulator.server",
    "tickertape.gateway.app",
    "tickertape.providers.connections.aiohttp_transport",
    "tickertape.providers.model_provider",
    "tickertape.tools.builtin",
)
"""What commands import."""

_LONGEST = 200_000  # bytes of an order: arguments and variables
_EXIT_CODE = "i"


class ForkedCommand:
    """A command that runs, with what `subprocess.Popen` has of one."""

    def __init__(
        self,
        *arguments: str,
        cwd: Path,
        env: Mapping[str, str],
        streams: tuple[int, int, int],
        controls_terminal: bool = False,
    ) -> None:
        """Start it.

        Args:
            *arguments: those of `tickertape`.
            cwd: its folder.
            env: its variables.
            streams: the descriptors that it has as standard input, output and error.
            controls_terminal: whether standard input is the terminal of its session.
        """
        order = {
            "arguments": arguments,
            "cwd": str(cwd),
            "env": dict(env),
            "controls_terminal": controls_terminal,
        }
        self.returncode: int | None = None
        """Its exit code; minus a signal's number if that ended it; None while it runs."""
        self.exit, told = os.pipe()
        """A descriptor that can be read when it has ended."""
        try:
            self.pid = _server().fork(json.dumps(order).encode(), [*streams, told])
        finally:
            os.close(told)

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        return self._take(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end, and return the exit code.

        Args:
            timeout: seconds; None: without end.

        Raises:
            TimeoutError: it still runs.
        """
        code = self._take(timeout)
        if code is None:
            raise TimeoutError(f"it runs after {timeout} s")
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    def _take(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self.exit], [], [], timeout)[0]:
            [self.returncode] = array.array(_EXIT_CODE, os.read(self.exit, 8))
            os.close(self.exit)
        return self.returncode


class _Server:
    """The process that forks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with its:
            self._process = subprocess.Popen(  # noqa: S603 - our own code
                [sys.executable, __file__, str(its.fileno())],
                pass_fds=[its.fileno()],
                env={**os.environ, "LANG": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def fork(self, order: bytes, descriptors: list[int]) -> int:
        """Start a command, and return the id of its process."""
        with self._lock:
            socket.send_fds(self._control, [order], descriptors)
            return int(self._control.recv(100))

    def close(self) -> None:
        """End it."""
        self._control.close()
        self._process.wait()


@cache
def _server() -> _Server:
    """Return the one of this process of the tests."""
    server = _Server()
    atexit.register(server.close)
    return server


def _serve(control: socket.socket) -> list[str]:
    """Fork for each order, and tell how what was forked ended; return in what was forked."""
    running: dict[int, tuple[int, int]] = {}  # by descriptors: the process, and whom to tell
    selector = selectors.DefaultSelector()
    selector.register(control, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is control:
                order, descriptors, _, _ = socket.recv_fds(control, _LONGEST, 4)
                if not order:
                    _end([pid for pid, _ in running.values()])
                pid = os.fork()
                if pid == 0:
                    selector.close()
                    control.close()
                    return _become(json.loads(order), descriptors[:3])
                for descriptor in descriptors[:3]:
                    os.close(descriptor)
                ends = os.pidfd_open(pid)
                running[ends] = pid, descriptors[3]
                selector.register(ends, selectors.EVENT_READ)
                control.send(str(pid).encode())
            else:
                pid, told = running.pop(key.fd)
                selector.unregister(key.fd)
                os.close(key.fd)
                code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                os.write(told, array.array(_EXIT_CODE, [code]).tobytes())
                os.close(told)


def _end(running: list[int]) -> NoReturn:
    for pid in running:
        os.kill(pid, signal.SIGKILL)
    os._exit(0)


def _become(order: Any, streams: list[int]) -> list[str]:
    """Make this process what an order says; return the arguments."""
    os.setsid()
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    if order["controls_terminal"]:
        import fcntl  # noqa: PLC0415 - this is no part of what tests import
        import termios  # noqa: PLC0415

        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    os.environ.clear()
    os.environ.update(order["env"])
    os.chdir(order["cwd"])
    sys.path[0] = str(Path.cwd())  # as `python -m` does
    sys.stdin, sys.stdout, sys.stderr = (_standard(number) for number in range(3))
    return list(order["arguments"])


def _standard(number: int) -> TextIOWrapper:
    """Open a standard stream as Python does where the locale is `C.UTF-8`."""
    mode = "rb" if number == 0 else "wb"
    return TextIOWrapper(
        open(number, mode, closefd=False),
        encoding="utf-8",
        errors="backslashreplace" if number == 2 else "surrogateescape",
        line_buffering=number == 2 or os.isatty(number),
    )


if __name__ == "__main__":
    for module in IMPORTED:
        importlib.import_module(module)
    # What is forked shares the memory: its collector has no reason to touch what is there.
    gc.collect()
    gc.freeze()
    assert threading.active_count() == 1
    sys.argv[1:] = _serve(socket.socket(fileno=int(sys.argv[1])))
    runpy.run_module("tickertape", run_name="__main__", alter_sys=True)
