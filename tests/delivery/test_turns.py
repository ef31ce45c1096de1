"""Turns: many chats share one bot's limit, and none starves or wakes in vain."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tickertape.delivery.budget import Budget, Family
from tickertape.delivery.surface import Bucket, Cadence, Limit, Window
from tickertape.delivery.turns import Turns


@given(
    limit=st.sampled_from([Bucket(5.0, 3), Window(4, 2.0)]),
    chats=st.integers(1, 30),
)
def test_everybody_who_waits_has_a_moment_of_its_own(limit: Limit, chats: int) -> None:
    """In the order of asking, spaced as the limit allows, and each turn can then be used."""
    turns = Turns(limit)
    now, called = 0.0, []
    due = {chat: turns.turn_at(chat, now) for chat in range(chats)}
    queued = [at for at in due.values() if at > now]
    assert len(set(queued)) == len(queued)
    while due:
        chat = min(due, key=lambda one: (due[one], one))
        now = max(now, due[chat])
        again = turns.turn_at(chat, now)
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
    turns = Turns(Bucket(1.0, 1))
    turns.spend("first")
    turns.land(0.0)
    assert turns.turn_at("a", 0.0) == turns.turn_at("a", 0.5) == 1.0
    assert turns.turn_at("b", 0.5) == 2.0
    turns.spend("a")
    turns.land(1.0)
    assert turns.turn_at("a", 1.0) == 3.0
    assert turns.turn_at("b", 2.0) == 2.0


def test_finals_do_not_queue() -> None:
    """A final takes the next call there is, before all previews that wait."""
    budget = Budget(Bucket(1.0, 1))
    chats = [budget.chat(number, Cadence()) for number in range(5)]
    chats[0].spend(Family.MESSAGES)
    chats[0].land(Family.MESSAGES, 0.0)
    waits = [chat.preview_at(Family.MESSAGES, 0.0, start=None, last=None) for chat in chats[1:]]
    assert waits == [1.0, 2.0, 3.0, 4.0]
    assert chats[4].final_at(Family.MESSAGES, 0.0) == 1.0
