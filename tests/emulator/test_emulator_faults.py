"""Faults on demand, in the pure world."""

from __future__ import annotations

import pytest

from tickertape.emulator import (
    GROUP,
    TOKEN,
    YOU,
    Answer,
    Fault,
    Garbled,
    Held,
    Lost,
    NoAnswer,
    NoId,
    Outcome,
    PlannedFault,
    Refuse,
    Reset,
    Slow,
    Status,
    Throttle,
    Unreached,
    World,
    furnished_world,
)
from tickertape.emulator.faults import arrives_at, is_applied, name_of, read_fault
from tickertape.emulator.fields import FieldError


def send(world: World, text: str = "x", chat_id: int = YOU) -> Outcome:
    """Send a message under the faults that are ordered."""
    return world.exchange(TOKEN, "sendMessage", {"chat_id": chat_id, "text": text}, 0.0)


@pytest.mark.parametrize(
    ("fault", "status", "description", "is_sent"),
    [
        (Throttle(7), 429, "Too Many Requests: retry after 7", False),
        (Status(502), 502, "Bad Gateway", False),
        (Status(504, html=True), 504, "Gateway Timeout", False),
        (Status(507), 507, "Server Error", False),
        (Refuse("Bad Request: no"), 400, "Bad Request: no", False),
        (Refuse("Conflict: no", 409), 409, "Conflict: no", False),
        (Reset(), None, None, False),
        (Lost(), None, None, True),
        (Slow(9.0), 200, None, True),
        (NoId(), 200, None, True),
        (Garbled(), 200, None, True),
        (Garbled(502), 502, None, True),
        (Garbled(body="half"), 200, None, True),
        (Unreached(), None, None, False),
        (Held(0.0), 200, None, True),
    ],
)
def test_each_fault_has_its_effect(
    fault: Fault, status: int | None, description: str | None, is_sent: bool
) -> None:
    """A fault decides what the caller sees and whether the call was carried out, once."""
    world = furnished_world()
    world.faults.add(PlannedFault(fault))
    outcome = send(world)
    match outcome:
        case Answer():
            assert (outcome.status, outcome.description) == (status, description)
        case NoAnswer(applied=applied):
            assert status is None
            assert applied is is_sent
    assert (world.screen(YOU).texts == ("x",)) is is_sent
    assert is_applied(fault) is is_sent
    assert isinstance(send(world, "y"), Answer)
    assert world.screen(YOU).texts[-1] == "y"
    (_, record), _ = world.calls.after(0)
    assert record.fault == name_of(fault)
    assert (record.applied_at is not None) is is_sent


def test_a_page_and_a_delay_are_part_of_the_answer() -> None:
    """A proxy's page comes as HTML, and a slow answer says how late it is."""
    world = furnished_world()
    world.faults.add(PlannedFault(Status(502, html=True)))
    world.faults.add(PlannedFault(Slow(9.0)))
    page, slow = send(world), send(world)
    assert isinstance(page, Answer)
    assert isinstance(slow, Answer)
    assert "<h1>502 Bad Gateway</h1>" in (page.html or "")
    assert slow.delay == 9.0


def test_what_was_applied_is_known_whatever_the_caller_gets() -> None:
    """An answer that is lost, spoiled or without a number keeps what the server said."""
    world = furnished_world()
    spoiled: list[Fault] = [Lost(), NoId(), Garbled(), Garbled(502, "half")]
    for fault in spoiled:
        world.faults.add(PlannedFault(fault))
    originals = [send(world).original for _ in spoiled]
    numbers = [message.message_id for message in world.screen(YOU).messages]
    results = [answer.result for answer in originals if answer is not None]
    assert [item["message_id"] for item in results if isinstance(item, dict)] == numbers
    assert len(numbers) == len(spoiled)


def test_a_spoiled_answer_cannot_be_read() -> None:
    """A page, half an envelope, or `true` where a message should be; a refusal stays one."""
    world = furnished_world()
    world.faults.add(PlannedFault(Garbled()))
    world.faults.add(PlannedFault(Garbled(502)))
    world.faults.add(PlannedFault(Garbled(body="half")))
    world.faults.add(PlannedFault(NoId()))
    world.faults.add(PlannedFault(NoId()))
    answers = [send(world, "x" if number < 4 else "") for number in range(5)]
    page, gateway, half, bare, refused = [item for item in answers if isinstance(item, Answer)]
    assert "<h1>200 OK</h1>" in (page.html or "")
    assert "<h1>502 Bad Gateway</h1>" in (gateway.html or "")
    assert (half.html or "").startswith('{"ok": true, "result": {"message_id"')
    assert bare.body == {"ok": True, "result": True}
    assert refused.status == 400


def test_a_call_that_never_left_is_told_from_one_that_was_cut() -> None:
    """Without a connection the caller knows that nothing was applied."""
    world = furnished_world()
    world.faults.add(PlannedFault(Unreached()))
    world.faults.add(PlannedFault(Reset()))
    assert send(world) == NoAnswer(applied=False, is_sent=False)
    assert send(world) == NoAnswer(applied=False)


def test_a_fault_that_lasts_strikes_from_its_beginning_to_its_end() -> None:
    """Every matching call in between, however many, and none before or after."""
    world = furnished_world()
    world.faults.add(PlannedFault(Lost(), "sendMessage", since=10.0, until=20.0, skip=1))
    times = (9.0, 10.0, 10.5, 15.0, 19.9, 20.0)
    faults = [world.fault_for(TOKEN, "sendMessage", {}, now) for now in times]
    assert faults == [None, None, Lost(), Lost(), Lost(), None]
    assert world.faults.planned == ()


@pytest.mark.parametrize(
    ("fault", "now", "arrival"),
    [
        (None, 5.0, 5.0),
        (Lost(), 5.0, 5.0),
        (Held(40.0), 10.0, 40.0),
        (Held(40.0, 0.5), 10.0, 55.0),
        (Held(40.0, 0.5), 38.0, 41.0),
        (Held(40.0, 1.0), 45.0, 45.0),
    ],
)
def test_held_calls_arrive_late_and_the_oldest_may_come_last(
    fault: Fault | None, now: float, arrival: float
) -> None:
    """A stretch adds a share of the time for which a call was held."""
    assert arrives_at(fault, now) == arrival


def test_faults_strike_whom_they_are_meant_for() -> None:
    """Method, chat, the number of calls to pass and to strike are heeded; the oldest goes first."""
    world = furnished_world()
    world.faults.add(
        PlannedFault(Throttle(1), method="SENDMESSAGE", chat_id=GROUP, skip=1, times=2)
    )
    world.faults.add(PlannedFault(Throttle(2), method="getMe"))
    outcomes = [send(world, chat_id=chat) for chat in (YOU, GROUP, GROUP, YOU, GROUP, GROUP)]
    struck = [isinstance(item, Answer) and item.status == 429 for item in outcomes]
    assert struck == [False, False, True, False, True, False]
    assert [planned.method for planned in world.faults.planned] == ["getMe"]
    world.faults.clear()
    assert world.faults.planned == ()


def test_unnamed_faults_spare_polls_and_strangers() -> None:
    """A fault for any method does not strike getUpdates, nor a call with nobody's token."""
    world = furnished_world()
    world.faults.add(PlannedFault(Reset()))
    assert isinstance(world.exchange(TOKEN, "getUpdates", {}, 0.0), Answer)
    assert isinstance(world.exchange("1:x", "sendMessage", {}, 0.0), Answer)
    assert len(world.faults.planned) == 1
    world.faults.add(PlannedFault(Throttle(3), method="getUpdates"))
    polled = world.exchange(TOKEN, "getUpdates", {}, 0.0)
    assert isinstance(polled, Answer)
    assert polled.retry_after == 3


@pytest.mark.parametrize(
    "order",
    [
        {"fault": {"kind": "throttle", "retry_after": 3}},
        {"fault": {"kind": "status", "status": 502, "html": True}, "method": "sendMessage"},
        {"fault": {"kind": "refuse", "status": 403, "description": "Forbidden: no"}, "times": 3},
        {"fault": {"kind": "reset"}, "chat_id": -5, "skip": 2},
        {"fault": {"kind": "lost"}},
        {"fault": {"kind": "slow", "seconds": 1.5}},
        {"fault": {"kind": "noid"}, "since": 3.0, "until": 60.0},
        {"fault": {"kind": "garbled", "status": 502, "body": "half"}, "until": 60.0},
        {"fault": {"kind": "unreached"}},
        {"fault": {"kind": "held", "until": 40.0, "stretch": 0.5}, "since": 1.0, "until": 40.0},
    ],
)
def test_orders_are_read_and_shown(order: dict[str, object]) -> None:
    """An order as JSON comes back as it was given, with its defaults."""
    shown = read_fault(order).as_json()
    assert shown == {"method": None, "chat_id": None, "times": 1, "skip": 0} | order


def test_what_an_order_leaves_out_follows_from_the_rest() -> None:
    """A fault may last some seconds from now; what is held is held until then."""
    order = {"fault": {"kind": "held"}, "seconds": 30}
    assert read_fault(order, 5.0) == PlannedFault(Held(35.0), since=5.0, until=35.0)
    assert read_fault({"fault": {"kind": "garbled"}}).fault == Garbled()


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        (None, "the order must be an Object"),
        ({}, 'Can\'t find field "fault"'),
        ({"fault": {"kind": "fire"}}, 'Field "kind" must be one of throttle, status'),
        ({"fault": {"kind": "throttle"}}, 'Can\'t find field "retry_after"'),
        ({"fault": {"kind": "status", "status": 200}}, "between 500 and 599"),
        ({"fault": {"kind": "slow", "seconds": float("nan")}}, "between 0 and 3600"),
        ({"fault": {"kind": "reset"}, "times": 0}, "between 1 and"),
        ({"fault": {"kind": "reset", "when": 1}}, 'fault has an unknown field "when"'),
        ({"fault": {"kind": "reset"}, "where": 1}, 'unknown field "where"'),
        ({"fault": {"kind": "held"}}, 'Can\'t find field "until"'),
        ({"fault": {"kind": "held", "stretch": 2}, "until": 1}, "between 0 and 1"),
        ({"fault": {"kind": "garbled", "body": "none"}}, "must be one of page, half"),
        ({"fault": {"kind": "lost"}, "since": 9, "until": 1}, "between 9 and"),
    ],
)
def test_malformed_orders_are_refused(order: object, sentence: str) -> None:
    """An order that cannot be understood names what is wrong."""
    with pytest.raises(FieldError) as caught:
        read_fault(order)
    assert sentence in str(caught.value)
