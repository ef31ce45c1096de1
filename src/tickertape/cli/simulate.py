"""`tickertape simulate`: thousands of random runs of the core against the emulated Telegram.

Here are the prints, the files, and the processes that share the work; a run itself is in
`tickertape.simulation`.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from tickertape.cli.imports import gc_paused
from tickertape.cli.tables import aligned
from tickertape.errors import ConfigError

if TYPE_CHECKING:
    from tickertape.simulation.record import SimulatedCall
    from tickertape.simulation.tally import Tally
    from tickertape.simulation.transcript import RunTranscript
    from tickertape.simulation.trials import Failure, Trials

__all__ = ["replay", "simulate"]

# A tenth of a second of work at a time, or a little more: progress is seen, and the processes are
# done at the same time.
_AT_ONCE = 10
_CUT_DOWN = 3
"""How many failing runs are cut down: each may take a minute, and they often have one cause."""


class _Wanted(TypedDict, total=False):
    """Which lives are drawn (`tickertape.simulation.draw.draw`)."""

    lasting: float
    streams: bool


def simulate(
    *,
    runs: int,
    seed: int,
    jobs: int,
    out: Path,
    json_path: Path | None,
    lasting: float | None = None,
    streams: bool = False,
) -> int:
    """Run `runs` seeds from `seed` on; return the exit code: 1 with violations.

    Raises:
        ConfigError: when a file cannot be written.
    """
    begun, wanted = time.perf_counter(), _Wanted(streams=streams)
    if lasting is not None:
        wanted["lasting"] = lasting
    jobs = min(jobs or os.cpu_count() or 1, max(1, runs // _AT_ONCE))
    failures: list[Failure] = []
    tally: Tally | None = None
    for done in _trials(range(seed, seed + runs), jobs, wanted):
        tally = done.tally if tally is None else tally + done.tally
        failures += done.failures
        _say_progress(tally.runs, runs, len(failures))
    if tally is None:
        return 0
    took = time.perf_counter() - begun
    failures.sort(key=lambda failure: failure.seed)
    print(_table(tally, failures, took), flush=True)
    _write_json(json_path, tally, failures, took)
    _report(failures, out, wanted)
    return 1 if failures else 0


def replay(path: Path) -> int:
    """Replay a transcript, and print its violations; return the exit code: 1 with any.

    Raises:
        ConfigError: when the file is no transcript.
    """
    transcript = _transcript_at(path)
    _quiet()
    with gc_paused():
        from tickertape.simulation.loop import play  # noqa: PLC0415 - takes seconds
        from tickertape.simulation.verdict import judge  # noqa: PLC0415

    record = play(transcript.script)
    lines = [("at", "method", "chat", "status", "fault", "text")]
    print(aligned([*lines, *map(_cells, record.calls)]))
    same = record.calls == transcript.calls
    print(f"\n{len(record.calls)} calls, {'the same as' if same else 'other than'} in the file")
    violations = judge(record)
    for violation in violations:
        print(f"violation: {violation}")
    print(f"{len(violations)} violations")
    return 1 if violations else 0


def _transcript_at(path: Path) -> RunTranscript:
    from tickertape.simulation.transcript import TranscriptError, read  # noqa: PLC0415

    try:
        return read(path.read_text("utf-8"))
    except OSError as error:
        told = f"{path}: {error.strerror or 'not readable'}"
        raise ConfigError("--replay", told, "a transcript of a run") from None
    except (TranscriptError, UnicodeDecodeError) as error:
        raise ConfigError("--replay", f"{path}: {error}", "a transcript of a run") from None


def _cells(call: SimulatedCall) -> tuple[str, ...]:
    """Return the columns of one call."""
    status, text = str(call.status or "-"), repr((call.text or "")[-40:])
    return f"{call.at:.3f}", call.method, str(call.chat_id), status, call.fault or "", text


def _trials(seeds: range, jobs: int, wanted: _Wanted) -> Iterator[Trials]:
    """Yield the results of portions of the runs, as they are done."""
    parts = [seeds[start : start + _AT_ONCE] for start in range(0, len(seeds), _AT_ONCE)]
    if jobs == 1:
        yield from (_try(part, wanted) for part in parts)
        return
    # Not forked: a process starts with nothing but what it imports, on every system alike.
    pool = ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn"))
    try:
        work: list[Future[Trials]] = [pool.submit(_try, part, wanted) for part in parts]
        for future in as_completed(work):
            yield future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _try(seeds: Sequence[int], wanted: _Wanted) -> Trials:
    _quiet()
    with gc_paused():
        from tickertape.simulation.trials import try_seeds  # noqa: PLC0415 - takes seconds

    return try_seeds(seeds, **wanted)


def _quiet() -> None:
    """Disable the core's log: it would tell of the simulated refusals and copies."""
    logging.getLogger("tickertape").setLevel(logging.CRITICAL)


def _say_progress(done: int, runs: int, failed: int) -> None:
    if sys.stderr.isatty():
        end = "\n" if done == runs else ""
        print(f"\r{done} of {runs} runs, {failed} failed", end=end, file=sys.stderr, flush=True)


def _table(tally: Tally, failures: Sequence[Failure], took: float) -> str:
    violations = sum(len(failure.violations) for failure in failures)
    lines = [
        ("runs", f"{tally.runs} in {took:.0f} s, {tally.seconds / 3600:.0f} h of virtual time"),
        (
            "answers",
            f"{tally.answers}, {tally.given_up} given up for a reason, {tally.cut_off} cut off",
        ),
        ("calls", _counts(tally.calls)),
        ("faults struck", _counts(tally.faults)),
        ("refused besides", _counts(tally.refused)),
        ("stops", _counts(tally.stops)),
        ("others did", _counts(tally.deeds)),
        ("copies, all told", str(tally.copies)),
        ("violations", f"{violations} in {len(failures)} runs" if failures else "0"),
    ]
    return aligned(lines)


def _counts(counts: dict[str, int]) -> str:
    each = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    return f"{sum(counts.values())}: {each}" if counts else "0"


def _write_json(
    path: Path | None, tally: Tally, failures: Sequence[Failure], took: float
) -> None:  # fmt: skip
    if path is None:
        return
    document = {
        "runs": tally.runs,
        "seconds": round(took, 1),
        "answers": tally.answers,
        "given_up": tally.given_up,
        "cut_off": tally.cut_off,
        "copies": tally.copies,
        "calls": tally.calls,
        "faults": tally.faults,
        "refused": tally.refused,
        "stops": tally.stops,
        "deeds": tally.deeds,
        "failures": {
            str(failure.seed): [str(violation) for violation in failure.violations]
            for failure in failures
        },
    }
    _write("--json", path, json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def _report(failures: Sequence[Failure], out: Path, wanted: _Wanted) -> None:
    """Print the seeds that failed, and write small transcripts of the first ones."""
    for failure in failures:
        print(f"seed {failure.seed}:")
        for violation in failure.violations:
            print(f"  {violation}")
    for failure in failures[:_CUT_DOWN]:
        _leave_transcript(failure, out, wanted)


def _leave_transcript(failure: Failure, out: Path, wanted: _Wanted) -> None:
    from tickertape.simulation.draw import draw  # noqa: PLC0415 - only after a failure
    from tickertape.simulation.transcript import written  # noqa: PLC0415
    from tickertape.simulation.trials import cut_down  # noqa: PLC0415

    _quiet()
    print(f"cutting down seed {failure.seed} ...", file=sys.stderr, flush=True)
    script = draw(failure.seed, **wanted)
    record, violations = cut_down(script, failure.violations[0].rule)
    path = out / f"seed-{failure.seed}.json"
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        told = f"{out}: {error.strerror or 'not writable'}"
        raise ConfigError("--out", told, "a folder that can be made") from None
    _write("--out", path, written(record, violations))
    print(f"{len(record.calls)} calls are left of seed {failure.seed}; play them again with")
    print(f"  tickertape simulate --replay {path}")


def _write(option: str, path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        told = f"{path}: {error.strerror or 'not writable'}"
        raise ConfigError(option, told, "a file that can be written") from None
