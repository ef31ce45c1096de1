"""The table and the file of `tickertape bench live`."""

from __future__ import annotations

import json
import math

from tickertape.chat import Address, ChatKind
from tickertape.cli.bench.report import Result, as_json, as_table, failures
from tickertape.delivery.actions import Accepted, Outcome, ShowDraft, Throttled
from tickertape.testing.live import Conversation, Round, TimedCall
from tickertape.testing.measures import READERS, Measures, ReadThrough

CHAT = Address("telegram", "1", ChatKind.PRIVATE)


def call(seconds: float, outcome: Outcome | None = None) -> TimedCall:
    """Make a call that took so long."""
    return TimedCall(ShowDraft(CHAT, "1", "a"), outcome or Accepted("a"), 1.0, 1.0 + seconds)


def conversation(
    *calls: TimedCall, measures: Measures | None = None, failure: str = ""
) -> Conversation:
    """Make a conversation in which something was said after a quarter of a second."""
    first = None if measures is None else 0.25
    readers = tuple(
        ReadThrough(speed, delay, delay / 2)
        for speed, delay in zip(READERS, (0.5, 1.0, math.inf), strict=True)
    )
    return Conversation(
        CHAT,
        "abcd",
        "",
        2.0,
        first,
        measures,
        calls,
        is_complete=not failure,
        failure=failure,
        readers=() if measures is None else readers,
    )


GOOD = conversation(call(0.1), call(0.3), measures=Measures(10.4, 0.5, 0.75, 1.0, 0.125))
WORSE = conversation(
    call(0.2), call(0.2, Throttled(1.0)), measures=Measures(20.4, 0.7, 0.75, 3.0, math.inf)
)
BROKEN = conversation(failure="auth: no such key")


def test_a_column_for_each_round_with_median_and_worst() -> None:
    """Every measure has its line; where all are alike, one number is enough."""
    one = Result(Round(2.0, (GOOD,)), (True,))
    two = Result(Round(3.04, (GOOD, WORSE)), (None, None))
    assert as_table([one, two]).splitlines() == [
        "sessions at once             1         2",
        "wall time                    2.0 s     3.0 s",
        "first delta                  0.25 s    0.25 s",
        "first text                   0.75 s    0.75 s",
        "final lag                    0.12 s    never s",
        "mean character delay         0.50 s    0.60 / 0.70 s",
        "longest freeze               1.00 s    2.00 / 3.00 s",
        "staleness                    10 chars  15 / 20 chars",
        "read-through delay, 24/s     0.50 s    0.50 s",
        "read-through delay, 60/s     1.00 s    1.00 s",
        "read-through delay, at once  never s   never s",
        "reader stall, 24/s           0.25 s    0.25 s",
        "reader stall, 60/s           0.50 s    0.50 s",
        "reader stall, at once        never s   never s",
        "length of the answer         4 chars   4 chars",
        "delivery latency p50         200 ms    200 ms",
        "delivery latency p95         290 ms    285 ms",
        "calls                        2         4",
        "refusals                     0         1",
        "answers complete             1 of 1    2 of 2",
        "answers exact                1 of 1    -",
    ]


def test_what_does_not_exist_is_a_dash() -> None:
    """A round without any answer has a table, and says why there is none."""
    broken = Result(Round(0.1, (BROKEN,)), (False,))
    table = as_table([broken])
    assert "first text                   -\n" in table
    assert "reader stall, 60/s           -\n" in table
    assert "delivery latency p95         -\n" in table
    assert "answers complete             0 of 1" in table
    assert failures([broken]) == [
        "1 of 1 answers: auth: no such key",
        "1 of 1 screens show something else",
    ]
    assert failures([Result(Round(2.0, (GOOD, GOOD)), (True, None))]) == []


def test_the_file_has_every_conversation() -> None:
    """It is JSON as the standard has it: what is not a number is null."""
    result = Result(Round(2.0, (GOOD, WORSE, BROKEN)), (True, None, False))

    def refuse(name: str) -> float:
        raise AssertionError(name)

    read = json.loads(as_json([result], setting="here", prompt="Hi"), parse_constant=refuse)
    assert read["setting"] == "here"
    assert read["prompt"] == "Hi"
    (round_,) = read["rounds"]
    assert round_["sessions"] == 3
    assert round_["refusals"] == 1
    assert round_["median"]["first_text"] == 0.75
    assert round_["median"]["final_lag"] is None
    assert round_["median"]["read_through_delay_24"] == 0.5
    assert round_["median"]["reader_stall_at_once"] is None
    assert [one["final_lag"] for one in round_["conversations"]] == [0.125, None, None]
    assert [one["exact"] for one in round_["conversations"]] == [True, None, False]
    assert [one["failure"] for one in round_["conversations"]] == [None, None, "auth: no such key"]
