"""FairQueue: many chats share one bot's limit, and none starves or wakes in vain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.delivery.limits.budget import Budget, Family
from tickertape.delivery.limits.fair_queue import FairQueue, Priority
from tickertape.delivery.limits.share import Demand, Share
from tickertape.delivery.surface import Bucket, Cadence, Limit, Window

PREVIEW: Priority = (2, 0.0)


@given(
    limit=st.sampled_from([Bucket(5.0, 3), Window(4, 2.0)]),
    chats=st.integers(1, 30),
)
def test_everybody_who_waits_has_a_moment_of_its_own(limit: Limit, chats: int) -> None:
    """In the order of asking, spaced as the limit allows, and each turn can then be used."""
    turns = FairQueue(limit)
    now, called = 0.0, []
    due = {chat: turns.turn_at(chat, now, PREVIEW) for chat in range(chats)}
    queued = [at for at in due.values() if at > now]
    assert len(set(queued)) == len(queued)
    while due:
        chat = min(due, key=lambda one: (due[one], one))
        now = max(now, due[chat])
        again = turns.turn_at(chat, now, PREVIEW)
        if again > now:
            due[chat] = again
            continue
        del due[chat]
        turns.spend(chat)
        turns.land(now)
        called.append(chat)
    assert called == sorted(called)


def test_a_turn_is_kept_until_it_is_used() -> None:
    """Asking again gives the same moment; after the call the next one is another."""
    turns = FairQueue(Bucket(1.0, 1))
    turns.spend("first")
    turns.land(0.0)
    assert turns.turn_at("a", 0.0, PREVIEW) == turns.turn_at("a", 0.5, PREVIEW) == 1.0
    assert turns.turn_at("b", 0.5, PREVIEW) == 2.0
    turns.spend("a")
    turns.land(1.0)
    assert turns.turn_at("a", 1.0, PREVIEW) == 3.0
    assert turns.turn_at("b", 2.0, PREVIEW) == 2.0


def test_finals_go_before_first_words_and_those_before_previews() -> None:
    """The next calls are given by need, and those who asked before wait one longer."""
    turns = FairQueue(Bucket(1.0, 1))
    turns.spend("other")
    turns.land(0.0)
    assert turns.turn_at("preview", 0.0, (2, 0.0)) == 1.0
    assert turns.turn_at("words", 0.0, (1, 0.0)) == 1.0
    assert turns.turn_at("older words", 0.0, (1, -1.0)) == 1.0
    assert turns.turn_at("final", 0.0, (0, 0.0)) == 1.0
    assert turns.turn_at("older words", 0.0, (1, -1.0)) == 2.0
    assert turns.turn_at("words", 0.0, (1, 0.0)) == 3.0
    assert turns.turn_at("preview", 0.0, (2, 0.0)) == 4.0


def test_finals_of_a_budget_go_before_its_previews() -> None:
    """A final takes the next call there is, before all previews that wait."""
    budget = Budget(Bucket(1.0, 1))
    chats = [budget.chat(f"c{number}", Cadence()) for number in range(5)]
    chats[0].spend(Family.MESSAGES)
    chats[0].land(Family.MESSAGES, 0.0)
    waits = [chat.preview_at(Family.MESSAGES, 0.0, None) for chat in chats[1:]]
    assert waits == [1.0, 2.0, 3.0, 4.0]
    assert chats[4].final_at(Family.MESSAGES, 0.0) == 1.0


@given(st.lists(st.integers(0, 5), min_size=60, max_size=200))
def test_all_who_always_wait_are_served_alike(order: list[int]) -> None:
    """In whatever order chats ask, and though one asks always first: none has 2 turns more."""
    turns = FairQueue(Bucket(1.0, 1))
    turns.spend("other")
    turns.land(0.0)
    served = dict.fromkeys(range(6), 0)
    for moment in range(1, len(order)):
        asked = [*range(order[moment], 6), *range(order[moment])]
        now = float(moment)
        for chat in asked:
            turns.turn_at(chat, now - 0.5, (2, 0.0))
        first = next(chat for chat in asked if turns.turn_at(chat, now, (2, 0.0)) <= now)
        turns.spend(first)
        turns.land(now)
        served[first] += 1
    assert max(served.values()) - min(served.values()) <= 1


def test_of_two_previews_the_one_goes_first_whose_chat_has_had_fewer_turns() -> None:
    """However long the other's text has waited: who begins has had none."""
    turns = FairQueue(Bucket(1.0, 1))
    turns.spend("served")
    turns.land(0.0)
    assert turns.turn_at("served", 0.0, (2, -9.0)) == 1.0
    assert turns.turn_at("new", 0.0, (2, 0.0)) == 1.0
    assert turns.turn_at("served", 0.0, (2, -9.0)) == 2.0


def test_who_comes_back_has_no_credit() -> None:
    """A chat that was silent for long does not keep all others waiting until it has caught up."""
    turns = FairQueue(Bucket(1.0, 1))
    for moment in range(100):
        turns.spend("busy")
        turns.land(float(moment))
    winners = []
    for moment in range(100, 104):
        now = float(moment)
        for chat in ("busy", "back"):
            turns.turn_at(chat, now - 0.5, (2, 0.0))
        winner = next(c for c in ("busy", "back") if turns.turn_at(c, now, (2, 0.0)) <= now)
        winners.append(winner)
        turns.spend(winner)
        turns.land(now)
    assert winners.count("busy") == 2


def test_who_does_not_come_when_it_is_its_turn_loses_it() -> None:
    """An answer that ended while it waited keeps nobody else waiting."""
    turns = FairQueue(Bucket(1.0, 1))
    turns.spend("other")
    turns.land(0.0)
    assert turns.turn_at("gone", 0.0, (0, 0.0)) == 1.0
    assert turns.turn_at("next", 0.0, (2, 0.0)) == 2.0
    assert turns.turn_at("next", 2.0, (2, 0.0)) == 2.0


def test_several_refusals_at_once_stop_all_chats() -> None:
    """The third chat that is refused within a second stops the bot, for the shortest wait."""
    budget = Budget(Window(30, 1.0))
    chats = [budget.chat(f"c{number}", Cadence()) for number in range(4)]
    for chat, wait in zip(chats, (50.0, 3.0, 7.0), strict=False):
        assert chats[3].final_at(Family.MESSAGES, 10.2) == 10.2
        chat.spend(Family.MESSAGES)
        chat.land(Family.MESSAGES, 10.1)
        chat.refuse(Family.MESSAGES, wait, 10.1)
    assert chats[3].final_at(Family.MESSAGES, 10.2) == 13.1
    assert chats[0].final_at(Family.MESSAGES, 10.2) == pytest.approx(60.1)


def test_chats_that_knock_within_each_others_waits_come_to_rest() -> None:
    """Each refusal may have begun the wait afresh: all wait as long as the latest one asks for.

    A bot whose dozen chats were refused at different moments of a second would else call in every
    second, and be refused for ever.
    """
    budget = Budget(Window(30, 1.0))
    chats = [budget.chat(f"c{number}", Cadence()) for number in range(12)]
    shut_until, refusals = 1.0, 0
    for step in range(600):
        now = step / 20
        for chat in chats:
            if chat.final_at(Family.MESSAGES, now) > now:
                continue
            chat.spend(Family.MESSAGES)
            chat.land(Family.MESSAGES, now)
            if now < shut_until:  # the platform's own gate: a call inside the wait begins it again
                refusals, shut_until = refusals + 1, now + 1.0
                chat.refuse(Family.MESSAGES, 1.0, now)
            break  # they knock one after another
    assert refusals <= 2 * len(chats)


def test_refusals_that_have_nothing_to_do_with_each_other_stop_no_other_chat() -> None:
    """Of two chats, or of three over some seconds, or of drafts: the others go on."""
    budget = Budget(Window(30, 1.0))
    chats = [budget.chat(f"c{number}", Cadence()) for number in range(6)]
    for chat, moment in zip(chats, (0.0, 0.5, 2.0, 4.0), strict=False):
        chat.spend(Family.MESSAGES)
        chat.land(Family.MESSAGES, moment)
        chat.refuse(Family.MESSAGES, 50.0, moment)
    for chat in chats[:5]:
        chat.spend(Family.DRAFTS)
        chat.land(Family.DRAFTS, 5.0)
        chat.refuse(Family.DRAFTS, 3.0, 5.0)
    assert chats[5].final_at(Family.MESSAGES, 5.0) == 5.0


@pytest.mark.parametrize("limit", [Window(4, 1.0), Bucket(4.0, 4)])
def test_a_share_changes_what_waits(limit: Limit) -> None:
    """Calls that are counted stay counted; places stay, and a larger share lets them go sooner."""
    turns = FairQueue(limit)
    for chat in range(4):
        turns.spend(chat)
        turns.land(0.0)
    assert turns.share(Share(2, 4, 4), 0.0) == ()
    assert turns.counted(0.0) == 4
    waits = [turns.turn_at(chat, 0.0, PREVIEW) for chat in "abc"]
    assert min(waits) > 0.5
    assert turns.waiting(0.0) == 3
    assert set(turns.share(Share(4, 4, 4), 0.0)) == {"a", "b", "c"}
    sooner = [turns.turn_at(chat, 0.0, PREVIEW) for chat in "abc"]
    assert all(now <= before for now, before in zip(sooner, waits, strict=True))
    assert turns.turn_at("a", 1.0, PREVIEW) == 1.0
    assert turns.made == 4


@pytest.mark.parametrize("limit", [Window(4, 1.0), Bucket(4.0, 4)])
def test_a_share_of_nothing_lets_none_go(limit: Limit) -> None:
    """Also where nothing is counted; who waits is told to ask later, and again."""
    turns = FairQueue(limit)
    turns.share(Share(0, 1, 4), 0.0)
    assert turns.turn_at("a", 0.0, PREVIEW) >= 1.0
    assert turns.turn_at("a", 5.0, PREVIEW) >= 6.0
    assert turns.share(Share(1, 1, 4), 5.0) == ("a",)
    assert turns.turn_at("a", 5.0, PREVIEW) == 5.0


def test_a_bucket_refills_at_the_part_that_is_kept() -> None:
    """What was drained before a share was lowered is there again as fast as its row allows."""
    turns = FairQueue(Bucket(4.0, 4))
    for chat in range(4):
        turns.spend(chat)
        turns.land(0.0)
    turns.share(Share(1, 4, 4), 0.0)
    assert turns.counted(0.5) == 2.0
    turns.share(Share(1, 2, 4), 0.5)
    assert turns.counted(1.0) == 1.0


def test_a_bot_has_a_share_of_each_limit_of_its_surfaces() -> None:
    """Rounded down; what a chat has no limit for is free. The largest limit is told."""
    budget = Budget()
    assert budget.demand(0.0) is None
    budget.share(Share(5, 5, 10), 0.0)
    free = budget.chat("free", Cadence())
    assert budget.demand(0.0) is None
    small = budget.chat("small", Cadence(shared=Window(3, 1.0)))
    large = budget.chat("large", Cadence(shared=Window(10, 1.0)))
    for chat, calls in ((free, 50), (small, 1), (large, 5)):
        for _ in range(calls):
            assert chat.final_at(Family.MESSAGES, 0.0) == 0.0
            chat.spend(Family.MESSAGES)
    assert small.final_at(Family.MESSAGES, 0.0) > 0.0
    assert large.final_at(Family.MESSAGES, 0.0) > 0.0
    assert budget.demand(0.0) == Demand(10, 1.0, made=6, counted=5, waiting=2)
    large.refund(Family.MESSAGES)
    assert budget.demand(0.0) == Demand(10, 1.0, made=5, counted=4, waiting=2)
    assert budget.share(None, 0.0) == (small, large)
