"""Processes share a bot's limit: never more than it allows, all of it, and fairly."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.delivery.limits.meters import meter
from tickertape.delivery.limits.share import Demand, Share, part_of, size_of
from tickertape.delivery.surface import Bucket, Limit, Window
from tickertape.gateway.fleet.shares import Holding, NextShare, Wish, fair, next_round, row_of

TICK = 0.125
"""A power of two, so that sums of it are exact."""


def rows(*parts: tuple[int, int], total: int = 28) -> list[Holding]:
    """Return a row for each process, of what it holds and what it wishes for."""
    return [
        Holding(f"w{number}", calls, total, wish, 0) for number, (calls, wish) in enumerate(parts)
    ]


@pytest.mark.parametrize(
    ("total", "wishes", "parts"),
    [
        (28, (40, 40, 40, 40), [7, 7, 7, 7]),
        (30, (40, 40, 40, 40), [8, 8, 7, 7]),
        (30, (25, 5, 1, 1), [23, 5, 1, 1]),
        (28, (99, 0, 0, 0), [25, 1, 1, 1]),
        (28, (3, 0), [3, 1]),
        (2, (9, 0, 9), [1, 0, 1]),
        (2, (0, 0, 0), [0, 0, 0]),
        (1, (0,), [1]),
    ],
)
def test_a_fair_part(total: int, wishes: tuple[int, ...], parts: list[int]) -> None:
    """What is wished for, or the same for all that wish for more; one call for who is idle."""
    assert fair(total, rows(*((0, wish) for wish in wishes), total=total)) == parts


@pytest.mark.parametrize(
    ("holdings", "counted", "use", "kept"),
    [
        (((0, 1),), 0, 3, 3),  # half as much more, and two: the rest is free for others
        (((0, 99),), 0, 28, 28),
        (((25, 99), (3, 99)), 25, 14, 25),  # given up, and kept while it counts
        (((25, 99), (3, 99)), 20, 14, 20),
        (((25, 99), (3, 99)), 9, 14, 14),
        (((3, 99), (25, 99)), 3, 3, 3),  # nothing is free yet
        (((3, 99), (20, 99)), 3, 8, 8),
        (((14, 20), (14, 15)), 14, 14, 14),  # both have their part: nothing moves
        (((15, 9), (13, 9)), 9, 15, 15),  # more than it wishes for, and nobody lacks any
        (((9, 0), (3, 3)), 0, 1, 1),  # who is idle keeps one
        (((9, 0), (3, 3)), 4, 1, 4),
        (((0, 0), (28, 99)), 0, 0, 0),
        (((0, 0), (20, 99)), 0, 1, 1),
    ],
)
def test_what_a_process_does_next(
    holdings: tuple[tuple[int, int], ...], counted: int, use: int, kept: int
) -> None:
    """It raises by what is free, lowers at once, and keeps what its meter counts."""
    me, *others = rows(*holdings)
    planned = next_round(me, others, counted)
    assert (planned.use, planned.row.calls) == (use, kept)


def test_where_there_are_more_processes_than_calls_they_take_turns() -> None:
    """Each of five that always want one of two calls holds it for a like number of rounds."""
    holdings = rows(*[(0, 9)] * 5, total=2)
    held = dict.fromkeys((one.worker for one in holdings), 0)
    for _ in range(500):
        for at, me in enumerate(holdings):
            planned = next_round(me, [one for one in holdings if one is not me], 0)
            holdings[at] = planned.row
            held[me.worker] += planned.use
        assert sum(one.calls for one in holdings) <= 2
    assert sum(held.values()) >= 0.9 * 2 * 500
    assert max(held.values()) - min(held.values()) <= 20


def test_one_that_comes_back_goes_first_and_not_for_ever() -> None:
    """It has had as many rounds as the one that had the fewest, also when it never had any."""
    busy = Holding("a", 1, 1, 9, 500)
    assert row_of("b", None, [busy], 1, 9).rounds == 500
    assert row_of("b", Holding("b", 0, 1, 0, 7), [busy], 1, 9).rounds == 500
    assert row_of("b", Holding("b", 0, 1, 3, 7), [busy], 1, 9).rounds == 7


def test_processes_that_know_different_limits_share_them_as_parts() -> None:
    """Where one knows 30 calls and another 20, half of the one is half of the other."""
    planned = next_round(Holding("a", 0, 20, 99, 0), [Holding("b", 15, 30, 99, 0)], 0)
    assert planned.use == 10


def test_a_wish_is_what_is_used_in_a_window_and_what_waits() -> None:
    """It fades within seconds; an answer that is being written is a wish for one call."""
    wish, quiet = Wish(), Demand(28, 1.0, made=0, counted=0, waiting=0)
    assert wish.at(0.0, quiet) == 0
    assert wish.at(1.0, replace(quiet, made=6, waiting=3)) == 9
    assert wish.at(2.0, replace(quiet, made=6)) == 6
    assert wish.at(2.5, replace(quiet, made=6, waiting=99)) == 28
    assert wish.at(30.0, replace(quiet, made=6, open_chats=2)) == 1
    assert wish.at(60.0, replace(quiet, made=6)) == 0
    long = Wish()
    slow = replace(quiet, seconds=10.0)
    assert [long.at(at, replace(slow, made=at)) for at in (0, 5, 10, 20)] == [0, 5, 10, 10]
    short = replace(quiet, seconds=0.5)
    assert [long.at(at, replace(short, made=made)) for at, made in ((100, 20), (101, 30))][1] == 5


class Process:
    """One process: its meter, what it may use, and the calls that are on their way."""

    def __init__(self, name: str, limit: Limit) -> None:
        self.name = name
        self.limit = limit
        self.meter = meter(limit)
        self.share = Share(0, 0, size_of(limit))
        self.meter.resize(part_of(limit, self.share), 0.0)
        self.wish = 0
        self.flying: list[bool] = []
        """Calls on their way: whether they are with the platform already."""

    def keep_to(self, share: Share, now: float) -> None:
        """Change the share."""
        self.share = share
        self.meter.resize(part_of(self.limit, share), now)

    def call(self, now: float, *, is_slow: bool) -> bool:
        """Make a call if one may be made; return whether it has arrived, too."""
        if not self.share.calls or self.meter.ready_at(now, 0) > now:
            return False
        self.meter.spend()
        self.flying.append(not is_slow)
        return not is_slow

    def land(self, now: float) -> bool:
        """Hear the answer of the oldest call; return whether it arrived only with that."""
        if not self.flying:
            return False
        self.meter.land(now)
        return not self.flying.pop(0)


class Table:
    """What the database holds, and rounds as `ShareRounds` makes them."""

    def __init__(self, limit: Limit) -> None:
        self.total = size_of(limit)
        self.rows: dict[str, Holding] = {}

    def round(self, process: Process, now: float, *, commits: bool, heard: bool) -> NextShare:
        """Let a process decide; perhaps nothing is committed, or it does not hear that it was."""
        others = [one for name, one in self.rows.items() if name != process.name]
        mine = self.rows.get(process.name)
        row = row_of(process.name, mine, others, self.total, process.wish)
        counted = -int(-(process.meter.counted(now) - 1e-6) // 1)
        planned, held = next_round(row, others, counted), process.share
        lower = Share(min(planned.use, held.calls), min(planned.row.calls, held.kept), self.total)
        process.keep_to(lower, now)
        if commits:
            self.rows[process.name] = planned.row
            if heard:
                process.keep_to(Share(planned.use, planned.row.calls, self.total), now)
        return planned


LIMITS = st.sampled_from([Window(4, 1.0), Window(1, 0.5), Window(7, 2.0), Bucket(4.0, 4)])


@given(limit=LIMITS, data=st.data())
def test_all_processes_together_never_exceed_the_limit(limit: Limit, data: st.DataObject) -> None:
    """Whatever the order of rounds, delays, crashes, failed commits and answers not heard."""
    table, now = Table(limit), 0.0
    processes = [Process(f"w{number}", limit) for number in range(data.draw(st.integers(1, 5)))]
    verbs = ["call", "call", "call", "land", "land", "round", "round", "wait", "wish", "crash"]
    steps = st.tuples(st.sampled_from(verbs), st.integers(0, 4), st.integers(0, 9))
    calls: list[float] = []
    for verb, who, much in data.draw(st.lists(steps, max_size=120)):
        process = processes[who % len(processes)]
        match verb:
            case "wait":
                now += TICK * much
            case "wish":
                process.wish = much
            case "call":
                calls += [
                    now for _ in range(much // 2 + 1) if process.call(now, is_slow=much % 2 > 0)
                ]
            case "land":
                calls += [now for _ in range(much) if process.land(now)]
            case "round":
                table.round(process, now, commits=much > 1, heard=much > 3)
            case "crash":
                # It is noticed a window after what it called last arrived.
                calls += [now for has_arrived in process.flying if not has_arrived]
                now += 2.0
                table.rows.pop(process.name, None)
                at = processes.index(process)
                processes[at] = Process(f"{process.name}'", limit)
        assert sum(row.calls for row in table.rows.values()) <= table.total
        assert_within(limit, calls)


def assert_within(limit: Limit, calls: list[float]) -> None:
    """Check that the platform, which counts a call when it arrives, would refuse none."""
    match limit:
        case Window(calls=most, seconds=seconds):
            assert all(
                sum(start <= at < start + seconds for at in calls) <= most for start in set(calls)
            )
        case Bucket(rate=rate, burst=burst):
            level, last = 0.0, 0.0
            for at in calls:
                level, last = max(0.0, level - (at - last) * rate) + 1.0, at
                assert level <= burst + 1e-6
