"""Tests in forked workers: each runs once, and what becomes of it is told as in one process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import os, signal, warnings
from pathlib import Path
import pytest

@pytest.fixture(scope="session")
def made():
    yield
    Path(f"torn-{os.getpid()}").touch()

@pytest.mark.parametrize("number", range(60))
def test_each(number, made):
    with open(f"ran-{number}", "x") as ran:
        ran.write(str(os.getpid()))
    if number == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    if number == 11:
        print("it is", number)
        assert number == 12
    if number == 20:
        pytest.skip("for a reason")
    if number == 40:
        warnings.warn("take care")
    if number == 41:
        os._exit(3)
"""


def run(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run these tests in three workers, in a folder that they leave their traces in."""
    (cwd / "test_these.py").write_text(TESTS, "utf-8")
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "pytest", "-p", "forked_workers", "--workers", "3", *arguments],
        cwd=cwd,
        env={
            **os.environ,
            "COLUMNS": "200",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONPATH": str(Path(__file__).parent),
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def ran_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where they ran, with what was printed."""
    folder = tmp_path_factory.mktemp("forked")
    done = run(folder, "-p", "no:cacheprovider")
    (folder / "printed").write_text(f"{done.stdout}{done.stderr}", "utf-8")
    assert done.returncode == 1
    return folder


def test_each_test_runs_once(ran_in: Path) -> None:
    """In one of the workers; the rest of one that died is run by another."""
    ran = {path.name for path in ran_in.glob("ran-*")}
    assert ran == {f"ran-{number}" for number in range(60)}


def test_what_is_shared_is_torn_down_in_each_worker(ran_in: Path) -> None:
    """In those that lived to their end: three, in the place of two of which another came."""
    workers = {path.read_text() for path in ran_in.glob("ran-*")}
    torn = {path.name.removeprefix("torn-") for path in ran_in.glob("torn-*")}
    died = {(ran_in / f"ran-{number}").read_text() for number in (7, 41)}
    assert torn == workers - died
    assert len(died) == 2


def test_what_became_of_each_is_told(ran_in: Path) -> None:
    """Failures with what they printed, reasons, warnings; and how a process ended in a test."""
    printed = (ran_in / "printed").read_text("utf-8")
    assert "3 failed, 56 passed, 1 skipped, 1 warning in " in printed
    assert "assert 11 == 12" in printed
    assert "Captured stdout call" in printed
    assert "it is 11" in printed
    assert "UserWarning: take care" in printed
    assert "test_each[7] - The process of this test ended: Killed." in printed
    assert "test_each[41] - The process of this test ended: exit code 3." in printed


def test_a_run_can_be_stopped(tmp_path: Path) -> None:
    """By the first failure: what is shared is torn down, and the other tests do not run."""
    done = run(tmp_path, "-x", "-p", "no:cacheprovider")
    assert done.returncode == 1
    assert "stopping after 1 failures" in done.stdout
    ran = {path.read_text() for path in tmp_path.glob("ran-*")}
    assert len(list(tmp_path.glob("ran-*"))) < 60
    assert len(list(tmp_path.glob("torn-*"))) >= len(ran) - 2
