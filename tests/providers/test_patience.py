"""How long a server may be silent, in figures."""

from __future__ import annotations

import math

import pytest

from tickertape.providers.connections.patience import (
    END,
    LONGEST_FIRST_BYTE,
    StallClock,
    Waits,
    is_keep_alive,
)


@pytest.mark.parametrize(
    ("size", "local", "seconds"),
    [
        (0, False, 120.0),
        (40_000, False, 220.0),
        (40_000, True, 800.0),
        (0, True, 300.0),
        (400_000_000, False, LONGEST_FIRST_BYTE),
        (400_000_000, True, LONGEST_FIRST_BYTE),
    ],
)
def test_the_first_byte_may_take_longer_for_more(size: int, local: bool, seconds: float) -> None:
    """Long prompts and near servers get more time, up to a bound."""
    assert Waits.for_request(size, local=local).first_byte == seconds


def test_settings_come_before_figures() -> None:
    """What the user says is taken as it is; content may take longer than bytes."""
    waits = Waits.for_request(10_000, local=False, first_byte=3.0, idle=2.0)
    assert waits == Waits(first_byte=3.0, idle=2.0, content=10.0)
    assert Waits.for_request(0, local=False, first_byte=30.0, idle=2.0).content == 30.0


def test_one_answer_instead_of_a_stream_may_take_long() -> None:
    """Where no stream was asked for, the first byte is the whole answer's."""
    assert Waits.for_request(0, local=False, streaming=False).first_byte == 600.0


def test_the_deadlines_of_an_answer() -> None:
    """Each byte moves one deadline, content another, and the finish reason sets the last."""
    stall = StallClock(Waits(first_byte=10.0, idle=2.0, content=5.0), 100.0)
    assert stall.deadline == 105.0
    stall.heard(104.0, content=True)
    assert (stall.deadline, stall.reason) == (106.0, "nothing came for 2 s")
    for now in (105.0, 106.0, 107.0, 108.0):
        stall.heard(now, content=False)
    assert (stall.deadline, stall.reason) == (109.0, "only signs of life came for 5 s")
    patient = StallClock(Waits(first_byte=10.0, idle=20.0, content=50.0), 100.0)
    patient.heard(108.5, content=True, finishing=True)
    patient.heard(109.0, content=True, finishing=True)
    assert patient.deadline == 108.5 + END
    assert math.isfinite(END)
    patient.heard(109.0, content=True)
    assert patient.deadline == 129.0
    patient.heard(112.0, content=True, finishing=True)
    assert patient.deadline == 112.0 + END


@pytest.mark.parametrize(
    ("data", "alive"),
    [
        (b": OPENROUTER PROCESSING\n\n", True),
        (b":\n\n:\n\n", True),
        (b"\r\n", True),
        (b'event: ping\ndata: {"type": "ping"}\n\n', True),
        (b'data: {"type":"keepalive","sequence_number":3}\n\n', True),
        (b'data: {"choices":[]}\n\n', False),
        (b': x\n\ndata: {"choices":[]}\n\n', False),
        (b'event: ping\ndata: {"type": "ping"}\n\ndata: {}\n\n', False),
        (b"{", False),
        (b'event: ping\ndata: {"ty', False),
        (b"data: : keepalive\n\n", True),
        (b"data: ping\n\ndata: [PING]\r\n\r\ndata: keep-alive\n\n", True),
        (b'event: heartbeat\ndata: null\n\ndata: 1\n\ndata: []\n\ndata: "x"\n\n', True),
        (b"\0\0\n\n: x\n\n", True),
        (b"data: .\n\ndata: -\n\ndata: keepalive 1\n\n", True),
        (b"data: 2026-01-01T00:00:00Z\r\n\r\n", True),
        (b"data: pinging\n\n", False),
        (b"data: - one\n\n", False),
        (b"data: ping {\n\n", False),
        (b"data: Internal Server Error\n\n", False),
    ],
)
def test_signs_of_life_are_told_from_content(data: bytes, alive: bool) -> None:
    """Comments and pings are life alone; whatever is in doubt is content."""
    assert is_keep_alive(data) is alive


def test_signs_of_life_are_found_in_linear_time() -> None:
    """A long run of blank lines and colons is read at once."""
    assert is_keep_alive(b":\n" * 50_000)
    assert not is_keep_alive(b"data: " + b"-" * 200_000)
    assert not is_keep_alive(b"data: ping 1.\n\n" * 20_000 + b"x")
    assert not is_keep_alive(b"\n \n" * 50_000 + b"x")


def test_signs_of_life_before_content_are_read_in_linear_time() -> None:
    """Comments that piled up unread, and a chunk behind them, do not hold up the loop."""
    assert not is_keep_alive(b": OPENROUTER PROCESSING\n\n" * 10_000 + b"data: {}\n\n")
    assert not is_keep_alive(b'event: ping\r\ndata: {"type":"ping"}\r\n\r\n' * 10_000 + b"data")
