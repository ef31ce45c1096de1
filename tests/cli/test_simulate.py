"""`tickertape simulate`: what it prints, writes and refuses, and its exit code."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tickertape.cli.simulate import replay, simulate
from tickertape.delivery.actions import Action, Outcome, Post
from tickertape.errors import ConfigError
from tickertape.ports import Transport
from tickertape.simulation import loop, trials
from tickertape.simulation.parts import OURS, ProgramParts
from tickertape.simulation.record import Record
from tickertape.simulation.script import Script

PLAY = loop.play


class PostsTwice:
    """A transport that makes two messages of one."""

    def __init__(self, inner: Transport) -> None:
        self.inner = inner
        self.surface = inner.surface

    async def perform(self, action: Action) -> Outcome:
        if isinstance(action, Post):
            await self.inner.perform(action)
        return await self.inner.perform(action)


def play_twice_posted(script: Script, parts: ProgramParts = OURS) -> Record:
    """Play a script with the broken transport."""
    return PLAY(script, ProgramParts(PostsTwice))


@pytest.fixture(autouse=True)
def _level_of_the_log() -> Iterator[None]:
    """The command silences the log of the core; other tests read it."""
    log = logging.getLogger("tickertape")
    before = log.level
    yield
    log.setLevel(before)


def test_runs_without_violations_end_with_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A table with the numbers, the same numbers as JSON, and no transcript."""
    numbers = tmp_path / "numbers.json"
    code = simulate(runs=3, seed=1, jobs=1, out=tmp_path / "out", json_path=numbers)
    said = capsys.readouterr().out
    assert code == 0
    assert said.startswith("runs ")
    assert "3 in " in said
    assert said.rstrip().endswith("violations        0")
    found = json.loads(numbers.read_text("utf-8"))
    assert found["runs"] == 3
    assert found["failures"] == {}
    assert f"answers           {found['answers']}, " in said
    assert not (tmp_path / "out").exists()


def test_the_work_is_shared_and_comes_to_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes count what one does: two parts of the same size, and a rest."""
    monkeypatch.setattr("tickertape.cli.simulate._AT_ONCE", 2)
    documents = []
    for jobs in (1, 2):
        numbers = tmp_path / f"{jobs}.json"
        assert simulate(runs=5, seed=7, jobs=jobs, out=tmp_path, json_path=numbers) == 0
        documents.append(json.loads(numbers.read_text("utf-8")) | {"seconds": 0})
    assert documents[0] == documents[1]


def test_lives_with_streams_can_be_asked_for(tmp_path: Path) -> None:
    """They say what was called there."""
    numbers = tmp_path / "numbers.json"
    code = simulate(runs=3, seed=4, jobs=1, out=tmp_path, json_path=numbers, streams=True)
    assert code == 0
    assert "appendText" in json.loads(numbers.read_text("utf-8"))["calls"]


def test_a_failing_run_leaves_a_transcript_that_can_be_replayed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The seed, the rule, a small transcript, and the command that plays it again."""
    monkeypatch.setattr(trials, "play", play_twice_posted)
    out = tmp_path / "made" / "here"
    assert simulate(runs=2, seed=1, jobs=1, out=out, json_path=None) == 1
    said = capsys.readouterr().out
    path = out / "seed-1.json"
    assert "seed 1:\n  text doubled (room 0): " in said
    assert f"tickertape simulate --replay {path}" in said

    assert replay(path) == 0
    said = capsys.readouterr().out
    assert "calls, other than in the file" in said
    assert said.rstrip().endswith("0 violations")

    monkeypatch.setattr(loop, "play", play_twice_posted)
    assert replay(path) == 1
    said = capsys.readouterr().out
    assert "calls, the same as in the file" in said
    assert "violation: text doubled" in said


@pytest.mark.parametrize("content", [None, "{}", "not JSON"])
def test_what_is_no_transcript_is_refused(tmp_path: Path, content: str | None) -> None:
    """A file that is missing or says something else: one line that names the option."""
    path = tmp_path / "seed.json"
    if content is not None:
        path.write_text(content, "utf-8")
    with pytest.raises(ConfigError, match=r"--replay: .* allowed: a transcript of a run"):
        replay(path)


def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """The numbers have nowhere to go: that is said by the option's name."""
    with pytest.raises(ConfigError, match="--json: "):
        simulate(runs=1, seed=1, jobs=1, out=tmp_path, json_path=tmp_path)
