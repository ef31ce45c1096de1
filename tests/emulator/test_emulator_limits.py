"""Flood control: what passes, what must wait, and how long."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickertape.emulator import (
    BEN,
    FORUM,
    GROUP,
    IDEAS,
    SUPERGROUP,
    TOKEN,
    YOU,
    ChatLimits,
    Floods,
    Settings,
    SlidingWindow,
    TokenBucket,
    World,
    furnished_world,
)
from tickertape.emulator.limits import FloodControl, Gate


def send(world: World, chat_id: int, now: float, **more: object) -> int | None:
    """Send a message; the seconds to wait, or None where it passed."""
    params = {"chat_id": chat_id, "text": "x", **more}
    answer = world.call(TOKEN, "sendMessage", params, now)
    assert answer.status in {200, 429}, answer
    return answer.retry_after


def draft(world: World, now: float) -> int | None:
    """Send a frame; the seconds to wait, or None where it passed."""
    params = {"chat_id": YOU, "draft_id": 1, "text": f"{now}"}
    return world.call(TOKEN, "sendMessageDraft", params, now).retry_after


def test_private_chats_take_bursts_and_one_a_second() -> None:
    """Five messages pass at once, then one for each second that has gone by."""
    world = furnished_world()
    assert [send(world, YOU, 0.0) for _ in range(6)] == [None] * 5 + [1]
    assert send(world, YOU, 1.0) is None
    assert send(world, YOU, 1.1) == 1


def test_groups_take_twenty_a_minute_in_all_topics_and_edits_count() -> None:
    """Messages and edits of all topics share twenty in any minute."""
    world = furnished_world(Settings(floods=Floods(prolong=False)))
    for second in range(10):
        assert send(world, FORUM, second) is None
        assert send(world, FORUM, second + 0.5, message_thread_id=IDEAS) is None
    edit = {"chat_id": FORUM, "message_id": 4, "text": "y"}
    assert world.call(TOKEN, "editMessageText", edit, 20.0).retry_after == 40
    assert send(world, FORUM, 59.0) == 1
    assert send(world, FORUM, 60.0) is None
    assert send(world, FORUM, 60.1) == 1


def test_one_full_chat_leaves_the_others_alone() -> None:
    """A penalty holds for its chat only."""
    world = furnished_world()
    assert [send(world, GROUP, 0.0) for _ in range(21)][-1] == 60
    assert send(world, SUPERGROUP, 0.0) is None


def test_a_bot_sends_thirty_a_second_in_all() -> None:
    """All chats together share the budget of the bot."""
    world = furnished_world(Settings(floods=Floods(private=(), group=())))
    waits = [send(world, chat, 0.0) for chat in (YOU, GROUP, SUPERGROUP) * 11]
    assert waits == [None] * 30 + [1] * 3


def test_knocking_starts_the_wait_anew() -> None:
    """A call inside the penalty is refused and the wait begins again, unless set otherwise."""
    world = furnished_world()
    for _ in range(20):
        send(world, GROUP, 0.0)
    assert send(world, GROUP, 50.0) == 10
    assert send(world, GROUP, 59.0) == 10
    assert send(world, GROUP, 68.9) == 10
    assert send(world, GROUP, 78.9) is None


def test_refused_calls_do_not_count() -> None:
    """What was refused leaves the window as it was."""
    world = furnished_world(Settings(floods=Floods(prolong=False)))
    for _ in range(20):
        send(world, GROUP, 0.0)
    assert [send(world, GROUP, float(second)) for second in (10, 20, 30, 40, 50)] == [
        50,
        40,
        30,
        20,
        10,
    ]
    assert [send(world, GROUP, 60.0) for _ in range(20)] == [None] * 20


def test_drafts_and_actions_share_two_windows() -> None:
    """Twenty in five seconds and forty in thirty, chat actions included; messages are apart."""
    world = furnished_world(Settings(floods=Floods(prolong=False)))
    action = {"chat_id": YOU, "action": "typing"}
    for _ in range(10):
        assert draft(world, 0.0) is None
        assert world.call(TOKEN, "sendChatAction", action, 0.0).status == 200
    assert draft(world, 1.0) == 4
    assert world.call(TOKEN, "sendChatAction", action, 1.0).retry_after == 4
    assert send(world, YOU, 1.0) is None
    assert [draft(world, 5.0) for _ in range(20)] == [None] * 20
    assert draft(world, 10.0) == 20
    assert draft(world, 30.0) is None


def test_what_fails_before_the_server_applies_it_does_not_count() -> None:
    """Malformed calls cost nothing; an edit that changes nothing does cost."""
    world = furnished_world()
    for _ in range(50):
        assert world.call(TOKEN, "sendMessage", {"chat_id": YOU, "text": ""}, 0.0).status == 400
    send(world, YOU, 0.0)
    edit = {"chat_id": YOU, "message_id": 1, "text": "x"}
    results = [world.call(TOKEN, "editMessageText", edit, 0.0).status for _ in range(5)]
    assert results == [400] * 4 + [429]


def test_reading_is_never_limited() -> None:
    """getMe, getUpdates and answerCallbackQuery pass as often as they like."""
    world = furnished_world()
    for method in ("getMe", "getUpdates", "answerCallbackQuery"):
        assert {world.call(TOKEN, method, {}, 0.0).status for _ in range(100)} <= {200, 400}


def test_chats_may_have_limits_of_their_own() -> None:
    """One chat can be stricter or freer than the rest, for messages and for drafts."""
    chats = {
        YOU: ChatLimits(messages=(SlidingWindow(1, 10.0),), drafts=(SlidingWindow(1, 2.0),)),
        GROUP: ChatLimits(drafts=()),
    }
    world = furnished_world(Settings(chats=chats))
    assert [send(world, YOU, 0.0), send(world, YOU, 0.0)] == [None, 10]
    assert [draft(world, 0.0), draft(world, 0.0)] == [None, 2]
    assert [send(world, GROUP, 0.0) for _ in range(21)][-1] == 60


def test_changed_settings_hold_at_once() -> None:
    """Limits can be lifted while the world runs; what was counted is forgotten."""
    world = furnished_world()
    for _ in range(6):
        send(world, YOU, 0.0)
    world.configure(Settings(floods=Floods(private=(TokenBucket(1.0, 1),))))
    assert [send(world, YOU, 0.0), send(world, YOU, 0.0)] == [None, 1]


def test_cool_downs_come_from_a_seed() -> None:
    """Random cool-downs are off by default, short, and the same for the same seed."""

    def waits(seed: int) -> list[int | None]:
        floods = Floods(cooldown_chance=0.5, seed=seed, drafts=())
        control = FloodControl(Settings(floods=floods))
        return [control.draft(1, BEN, float(second)) for second in range(60)]

    assert waits(1) == waits(1) != waits(2)
    assert {wait for wait in waits(1) if wait is not None} <= {1, 2, 3}
    assert any(waits(1))


LIMITS = st.one_of(
    st.builds(SlidingWindow, st.integers(1, 5), st.floats(0.5, 20.0)),
    st.builds(TokenBucket, st.floats(0.1, 5.0), st.integers(1, 5)),
)


@settings(max_examples=200)
@given(
    st.lists(LIMITS, min_size=1, max_size=3),
    st.lists(st.floats(0.0, 3.0), max_size=80),
    st.booleans(),
)
def test_accepted_calls_never_exceed_the_limits(
    limits: list[SlidingWindow | TokenBucket], gaps: list[float], prolong: bool
) -> None:
    """Whatever the schedule, what passes keeps every limit, and a told wait is long enough."""
    gate = Gate(tuple(limits), prolong=prolong)
    accepted: list[float] = []
    now = 0.0
    for gap in gaps:
        now += gap
        wait = gate.try_pass(now)
        if wait is not None:
            assert wait >= 1
            now += wait
            assert gate.try_pass(now) is None
        gate.count(now)
        accepted.append(now)
    for limit in limits:
        assert _holds(limit, accepted)


def _holds(limit: SlidingWindow | TokenBucket, times: list[float]) -> bool:
    if isinstance(limit, SlidingWindow):
        pairs = zip(times, times[limit.calls :], strict=False)
        return all(later - earlier >= limit.seconds - 1e-6 for earlier, later in pairs)
    tokens, last = float(limit.burst), times[0] if times else 0.0
    for at in times:
        tokens = min(float(limit.burst), tokens + (at - last) * limit.rate) - 1.0
        last = at
        if tokens < -1e-6:
            return False
    return True


@pytest.mark.parametrize("limits", [(SlidingWindow(3, 5.0),), (TokenBucket(1.0, 3),)])
def test_early_knocks_are_all_refused(limits: tuple[SlidingWindow | TokenBucket, ...]) -> None:
    """With prolonging, a caller that never waits is never let in again."""
    gate = Gate(limits, prolong=True)
    for _ in range(3):
        gate.count(0.0)
    assert all(gate.try_pass(step / 10) is not None for step in range(1, 1000))
