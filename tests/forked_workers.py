"""Tests in several processes, which are forked when all tests have been collected.

To import what the tests work with and to collect them takes half a minute of a processor and half
a gigabyte: several libraries build thousands of models as they are imported. pytest-xdist does that
in each of its processes. With `pytest --workers 4` it is done once, as always, and then forked.

A worker begins with tests that lie side by side, so most fixtures of a module or of the session are
made in one worker only. Whoever is done takes half of what another has left.
"""

from __future__ import annotations

import atexit
import gc
import os
import signal
import socket
import threading
import traceback
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import Any, Literal, NoReturn, TypeAlias
from warnings import WarningMessage

import pytest
from _pytest.runner import pytest_sessionfinish as tear_down
from _pytest.runner import runtestprotocol
from hypothesis import given, settings
from hypothesis import strategies as st

__all__ = ["pytest_addoption", "pytest_runtestloop"]

_Told: TypeAlias = tuple[Literal["reports", "warning", "broken"], Any]
"""What a worker tells: reports of a test, a warning, or what broke the worker itself."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that asks for workers."""
    words = "run tests in N processes that are forked when all are collected; 0: in this one"
    parser.addoption("--workers", type=int, default=0, metavar="N", help=words)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Run the tests in workers if there shall be any; otherwise leave it to pytest."""
    options = session.config.option
    if not options.workers or options.collectonly or session.testsfailed:
        return None
    # In a fork there is no other thread, and whatever lock one held is held for ever.
    assert threading.active_count() == 1, threading.enumerate()
    _read_constants()
    # What is shared stays so: no collection of garbage looks at it, and that takes its time, too.
    gc.collect()
    gc.freeze()
    run = _Run(session)
    try:
        run.begin(options.workers)
        run.go_on()
    finally:
        run.end()
    return True


@settings(max_examples=1, database=None)
@given(st.integers())
def _read_constants(_: int) -> None:
    """Have Hypothesis read all sources: it does so in each process, as it draws there first."""


class _Worker:
    """A process that runs tests, as the one that forked it knows it."""

    def __init__(self, pid: int, connection: Connection, share: range) -> None:
        self.pid = pid
        self.connection = connection
        self.share = share
        """Tests that are meant for it, by their places in the session."""
        self.given: deque[int] = deque()
        """The test that it runs, and the one behind it."""
        self.broken_by = ""

    def hear(self) -> _Told | None:
        """Return what it tells next; None: it has ended."""
        with suppress(EOFError, ConnectionResetError):
            told: _Told = self.connection.recv()
            return told
        return None


class _Run:
    """A run of all tests, in the process that collected them."""

    def __init__(self, session: pytest.Session) -> None:
        self._session = session
        self._hook = session.config.hook
        self._workers: list[_Worker] = []

    def begin(self, count: int) -> None:
        """Fork so many workers, each with its share of the tests."""
        tests = len(self._session.items)
        for number in range(count):
            self._fork(range(tests * number // count, tests * (number + 1) // count))

    def go_on(self) -> None:
        """Hear of the workers until all tests have run."""
        while self._workers:
            heard = wait([worker.connection for worker in self._workers])
            for worker in [each for each in self._workers if each.connection in heard]:
                told = worker.hear()
                if told is None:
                    self._part_with(worker)
                else:
                    self._take(worker, told)
                if self._session.shouldfail:
                    raise self._session.Failed(self._session.shouldfail)
                if self._session.shouldstop:
                    raise self._session.Interrupted(self._session.shouldstop)

    def end(self) -> None:
        """Wait until the workers have cleared up: each ends when nobody can tell it to go on."""
        for worker in self._workers:
            worker.connection.close()
        for worker in self._workers:
            os.waitpid(worker.pid, 0)

    def _fork(self, share: range) -> None:
        ours, its = socket.socketpair()
        pid = os.fork()
        if not pid:
            ours.close()
            for other in self._workers:
                other.connection.close()
            _work(self._session, Connection(its.detach()))
        its.close()
        worker = _Worker(pid, Connection(ours.detach()), share)
        self._workers.append(worker)
        for _ in range(2):
            self._give(worker)

    def _give(self, worker: _Worker) -> None:
        """Tell a worker its next test, or that there is none."""
        if not worker.share:
            self._take_half_for(worker)
        place = worker.share[0] if worker.share else None
        worker.share = worker.share[1:]
        if place is not None:
            worker.given.append(place)
        with suppress(BrokenPipeError):  # then it has ended, and that is heard
            worker.connection.send(place)

    def _take_half_for(self, worker: _Worker) -> None:
        other = max(self._workers, key=lambda each: len(each.share))
        kept = (len(other.share) + 1) // 2
        other.share, worker.share = other.share[:kept], other.share[kept:]

    def _take(self, worker: _Worker, told: _Told) -> None:
        match told:
            case ["reports", reports]:
                worker.given.popleft()
                self._give(worker)
                for data in reports:
                    self._report(
                        self._hook.pytest_report_from_serializable(
                            config=self._session.config, data=data
                        )
                    )
            case ["warning", warned]:
                self._hook.pytest_warning_recorded.call_historic(kwargs=warned)
            case ["broken", words]:
                worker.broken_by = words

    def _report(self, report: pytest.TestReport) -> None:
        self._hook.pytest_runtest_logreport(report=report)

    def _part_with(self, worker: _Worker) -> None:
        """Remove a worker that ended; if that was in a test, it failed, and another goes on."""
        self._workers.remove(worker)
        worker.connection.close()
        code = os.waitstatus_to_exitcode(os.waitpid(worker.pid, 0)[1])
        if not worker.given:
            return
        item = self._session.items[worker.given.popleft()]
        how = signal.strsignal(-code) if code < 0 else f"exit code {code}"
        words = worker.broken_by or f"The process of this test ended: {how}."
        self._report(
            pytest.TestReport(item.nodeid, item.location, {}, "failed", words, "call"),
        )
        start = worker.given[0] if worker.given else worker.share.start
        self._fork(range(start, worker.share.stop))


class _Reporter:
    """What a worker tells of its tests."""

    def __init__(self, config: pytest.Config, connection: Connection) -> None:
        self._turned = config.hook.pytest_report_to_serializable
        self._config = config
        self._connection = connection
        self._running = ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        """Run a test; its reports go to the process that prints them."""
        self._running = item.nodeid
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        data = [self._turned(config=self._config, report=report) for report in reports]
        self._connection.send(("reports", data))
        return True

    def pytest_warning_recorded(
        self,
        warning_message: WarningMessage,
        when: str,
        nodeid: str,
        location: tuple[str, int, str] | None,
    ) -> None:
        """Pass a warning of the test that runs on, as far as it is printed.

        Earlier ones are told again to every plugin that comes, and the other process knows them.
        """
        if nodeid != self._running:
            return
        it = warning_message
        passed = WarningMessage(str(it.message), it.category, it.filename, it.lineno)
        warned = {
            "warning_message": passed,
            "when": when,
            "nodeid": nodeid,
            "location": location,
        }
        self._connection.send(("warning", warned))


def _work(session: pytest.Session, connection: Connection) -> NoReturn:
    """Run the tests that are told, and end this process."""
    code = 1
    try:
        # What the other process has to do at its end is none of our business.
        atexit._clear()
        plugins = session.config.pluginmanager
        # The files in which output is caught are those of the other process.
        capture: Any = plugins.getplugin("capturemanager")
        capture.stop_global_capturing()
        capture.start_global_capturing()
        plugins.register(_Reporter(session.config, connection))
        for item, following in _told(session, connection):
            session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        code = 0
    except (EOFError, BrokenPipeError, KeyboardInterrupt):
        pass  # the run was ended
    except BaseException:  # noqa: BLE001 - it is told, whatever it is
        connection.send(("broken", traceback.format_exc()))
    finally:
        try:
            tear_down(session)
            atexit._run_exitfuncs()
        finally:
            os._exit(code)


def _told(
    session: pytest.Session, connection: Connection
) -> Iterator[tuple[pytest.Item, pytest.Item | None]]:
    """Yield each test and the one behind it, which says what is torn down between them."""
    place = connection.recv()
    while place is not None:
        following = connection.recv()
        yield session.items[place], None if following is None else session.items[following]
        place = following
