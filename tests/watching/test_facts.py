"""Facts, prices and films, on examples that can be counted by hand."""

from __future__ import annotations

from typing import get_args

import pytest

from tickertape.chat import Address, ChatKind
from tickertape.delivery.actions import (
    Accepted,
    Action,
    Delete,
    Edit,
    Outcome,
    Post,
    Reason,
    Refused,
    ShowDraft,
    Throttled,
    Unknown,
)
from tickertape.events import Usage
from tickertape.watching.facts import CallOutcome, TurnEnded, TurnOutcome, UsedByModel
from tickertape.watching.film import Film
from tickertape.watching.measures import SeenFrame
from tickertape.watching.methods import METHODS
from tickertape.watching.prices import TokenPrices

HERE = Address("memory", "@home", ChatKind.PRIVATE)


@pytest.mark.parametrize(
    ("prices", "usage", "cost"),
    [
        (TokenPrices(2.0, 10.0), Usage(1000, 100), 0.003),
        (TokenPrices(2.0, 10.0), Usage(1000, 100, 600), 0.003),
        (TokenPrices(2.0, 10.0, 0.5), Usage(1000, 100, 600), 0.0021),
        (TokenPrices(2.0, 10.0, 0.0), Usage(1000, 0, 1000), 0.0),
        # A server that counts more cached tokens than it read is not paid back.
        (TokenPrices(2.0, 10.0, 0.5), Usage(100, 0, 1000), 0.00005),
    ],
)
def test_what_tokens_cost(prices: TokenPrices, usage: Usage, cost: float) -> None:
    """TokenPrices are for a million tokens; cached ones are a part of those that were read."""
    assert prices.cost(usage) == pytest.approx(cost)


@pytest.mark.parametrize(
    ("outcome", "label"),
    [
        (Accepted(""), "accepted"),
        (Throttled(3.0), "throttled"),
        (Throttled(3.0, by_flood_control=False), "unsent"),
        (Refused(Reason.CHAT_DEAD), "refused"),
        (Unknown("lost"), "unknown"),
    ],
)
def test_the_label_of_an_outcome(outcome: Outcome, label: str) -> None:
    """What the channel said no to is told apart from what it never heard."""
    assert CallOutcome.of(outcome) == label


def test_every_action_has_a_name() -> None:
    """None is forgotten in logs and metrics."""
    assert set(METHODS) == set(get_args(Action))
    assert len(set(METHODS.values())) == len(METHODS)


def test_a_turn_sums_what_its_models_took() -> None:
    """One unknown cost makes the sum unknown; nothing used is no usage."""
    turn = TurnEnded(HERE, 1, TurnOutcome.DELIVERED, 2.0, 5.5)
    assert (turn.seconds, turn.usage, turn.cost) == (3.5, None, None)
    one = UsedByModel("a", Usage(1, 2, 1), 0.5)
    both = TurnEnded(
        HERE, 1, TurnOutcome.DELIVERED, 2.0, 5.5, used=(one, UsedByModel("b", Usage(3, 4), 0.25))
    )
    assert (both.usage, both.cost) == (Usage(4, 6, 1), 0.75)
    unknown = UsedByModel("b", Usage(3, 4), None)
    assert TurnEnded(HERE, 1, TurnOutcome.EMPTY, 0, 0, used=(one, unknown)).cost is None


def test_a_film_leaves_out_what_others_posted_there() -> None:
    """An answer's frames are those of its own messages and drafts."""
    film = Film()
    film.take(Post(HERE, "The line is full."), Accepted("The line is full.", "1"), 1.0)
    film.take(ShowDraft(HERE, "7", "Tides"), Accepted("Tides"), 2.0)
    film.take(ShowDraft(HERE, "7", "Tides come"), Unknown("lost"), 3.0)
    film.take(ShowDraft(HERE, "8", "Other"), Accepted("Other"), 3.5)
    film.take(Post(HERE, "Tides come."), Accepted("Tides come.", "2"), 4.0)
    frames = film.frames("Tides come.", "", 1.0, messages={"2"}, drafts={"7"})
    assert frames == [SeenFrame(1.0, "Tides", durable=False), SeenFrame(3.0, "Tides come.", True)]
    assert not film.was_edited({"2"})


def test_a_film_follows_edits_and_deletions() -> None:
    """A text that is replaced is read as it stands; a message that is gone is not read."""
    film = Film()
    film.take(Post(HERE, "Wrong"), Accepted("Wrong", "1"), 1.0)
    film.take(Post(HERE, "Tides"), Accepted("Tides", "2"), 2.0)
    film.take(Delete(HERE, "1"), Accepted(""), 3.0)
    film.take(Edit(HERE, "2", "Tides come."), Accepted("Tides come.", "2"), 4.0)
    frames = film.frames("Tides come.", "", 0.0)
    assert [(one.at, one.text) for one in frames] == [(3.0, "Tides"), (4.0, "Tides come.")]
    assert film.was_edited({"2"})
