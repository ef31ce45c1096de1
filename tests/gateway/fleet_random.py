"""Fleets that are played by chance.

    PYTHONPATH=. python tests/gateway/fleet_random.py --runs 1000 --seed 0

What happens is drawn from a seed: people who ask and stop in three places, processes that are
killed, stand still, are asked to end and begin again, a database that fails, is locked, or whose
answers are lost, news that is lost, late or doubled, and a group that gets another id.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from dataclasses import replace
from functools import partial
from random import Random

from fleet_world import Weather, World, answer_to
from gateway_stage import GROUP, PRIVATE, TOPIC

from tickertape.chat import Address
from tickertape.delivery.marks import StopReason, mark_of_stop
from tickertape.gateway.commands import APOLOGY

PLACES = (PRIVATE, GROUP, TOPIC)
_GIVEN_UP = mark_of_stop(StopReason.KILLED)
# Seconds in which everything happens, and after which all must be done.
_EVENTFUL = 10.0
_PATIENCE = 120.0
# The new id of the group.
_MOVED_TO = "-1009"


def play(seed: int) -> World:
    """Return a world in which everything has happened that a seed draws, and time to mend it."""
    draw = Random(seed)  # noqa: S311 - no secret
    world = World(seed, _weather(draw))
    for _ in range(draw.choice((2, 2, 3))):
        world.start()
    _people(world, draw)
    for _ in range(draw.choice((0, 1, 1, 2, 2, 3))):
        _harm(world, draw, draw.uniform(0.5, _EVENTFUL))
    if draw.random() < 0.15:
        at = draw.uniform(1.0, _EVENTFUL)
        world.clockwork.at(at, lambda: world.platform.move(GROUP.chat, _supergroup()))
    world.clockwork.run(_EVENTFUL)
    calm = replace(world.weather, calls_fail=0.0, answers_lost=0.0, posts_lost=0.0)
    world.weather = calm
    world.clockwork.run(_EVENTFUL + _PATIENCE, is_over=world.is_quiet)
    world.clockwork.run(world.now + 2.0)
    return world


def _supergroup() -> Address:
    return replace(GROUP, chat=_MOVED_TO)


def _weather(draw: Random) -> Weather:
    weather = Weather()
    if draw.random() < 0.4:
        weather.wakes_lost = draw.choice((0.0, 0.3, 0.6))
        weather.notes_lost = draw.choice((0.0, 0.3, 1.0))
        weather.doubled = draw.choice((0.0, 0.5))
        weather.slow = draw.choice((0.002, 0.3, 2.0))
    if draw.random() < 0.3:
        weather.calls_fail = draw.choice((0.0, 0.01, 0.05))
        weather.answers_lost = draw.choice((0.0, 0.01, 0.05))
    if draw.random() < 0.2:
        weather.posts_lost = 0.1
    if draw.random() < 0.3:
        weather.call = draw.choice((0.0, 0.02, 0.1))
    return weather


def _people(world: World, draw: Random) -> None:
    """Have people ask, and stop what is answered."""
    for number in range(draw.randint(1, 5)):
        at, place = draw.uniform(0.3, _EVENTFUL - 1), draw.choice(PLACES)
        world.clockwork.at(at, partial(world.ask, f"what is q{number}", place))
    while draw.random() < 0.3:
        at, place, by_button = (
            draw.uniform(1.0, _EVENTFUL),
            draw.choice(PLACES),
            draw.random() < 0.5,
        )
        world.clockwork.at(at, partial(world.stop, place, by_button=by_button))


def _harm(world: World, draw: Random, at: float) -> None:
    """Have something go wrong."""
    kind = draw.choice(("kill", "kill", "pause", "pause", "pause", "end", "lock"))
    again = draw.uniform(0.05, 2.0)
    nth = draw.random()
    seconds = draw.choice((draw.uniform(0.2, 1.5), draw.uniform(1.5, 3.0), draw.uniform(3.0, 9.0)))

    def happen() -> None:
        if kind == "lock":
            world.trouble(f"the database is locked for {seconds:.2f} s")
            world.locked_until = world.now + seconds
            world.clockwork.at(world.now + seconds, lambda: world.trouble("it is free"))
            return
        able = [one for one in world.live() if one.loop.paused_until <= world.now]
        if not able:
            return
        process = able[int(nth * len(able))]
        if kind == "pause":
            process.pause(seconds)
            world.clockwork.at(
                world.now + seconds, lambda: world.trouble(f"{process.name} goes on")
            )
            return
        process.kill() if kind == "kill" else process.end()
        world.clockwork.at(world.now + again, world.start)

    world.clockwork.at(at, happen)


def faults_of(world: World) -> list[str]:
    """Return what is wrong at the end, with what was wrong on the way."""
    faults = list(world.faults)
    if not world.is_quiet():
        faults.append(f"owed in the end: {world.owed()}, read: {world.platform.confirmed}")
    for question, times in world.tools.items():
        # That a tool ran is known by what is stored: where the database fails for so long that this
        # is given up, and the process ends then, it runs again. The log tells of it.
        if times > 1 and not world.told_of(world.unstored, world.places[question]):
            faults.append(f"the tool ran {times} times for {question}")
    faults += _faults_of_memory(world)
    for place in PLACES:
        faults += _faults_at(world, place)
    return faults


def _faults_of_memory(world: World) -> list[str]:
    """Return what conversations hold twice, or do not hold though it was shown."""
    texts = [text for (text,) in world.server.rows("SELECT text FROM utterances")]
    # In a group a question stands below the line that names who asked.
    kept = Counter(text.splitlines()[-1] for text in texts if text)
    faults: list[str] = []
    for question, place in world.places.items():
        asked, answer = kept[f"what is {question}"], kept[answer_to(question)]
        is_shown = answer_to(question) in world.shown(place) and question not in world.stopped
        if asked > 1 or answer > 1:
            faults.append(f"{question} is kept {asked} times, its answer {answer} times")
        elif is_shown and not (asked and answer) and not world.told_of(world.unstored, place):
            faults.append(f"{question} is kept {asked} times, its answer {answer} times: shown")
    return faults


def _faults_at(world: World, place: Address) -> list[str]:
    faults: list[str] = []
    shown = world.shown(place)
    doubts = world.told_of(world.doubtful, place)
    told = sum(any(mark in text for mark in (_GIVEN_UP, APOLOGY)) for text in shown)
    for at in {place, world.here(place)}:
        screen = world.platform.screen(at)
        is_gone = at.chat in world.platform.moved
        # A post that was made twice may leave its first message as it stood.
        if not is_gone and not doubts and (screen.buttons or screen.draft is not None):
            faults.append(f"left at {at.chat}: {screen.buttons} {screen.draft!r}")
    asked = [one for one, where in world.places.items() if where == place]
    firsts: list[int] = []
    for question in asked:
        ours = [at for at, text in enumerate(shown) if f" {question}." in text]
        firsts += ours[:1]
        looking = sum(shown[at].startswith("Looking at") for at in ours)
        whole = shown.count(answer_to(question))
        answers = sum(shown[at].startswith("Answer to") for at in ours)
        # Where a post was on its way when its process ended, its text may stand there twice: the
        # log tells of each.
        if max(looking, 1) + max(answers, 1) - 2 <= doubts:
            if looking and whole:
                continue
            # A stop ends what is said, and drops what waits.
            if question in world.stopped:
                continue
            # What was cut off three times says so; where the database fails, words say that, too:
            # each such message stands for one question.
            if told and world.has_been_troubled:
                told -= 1
                continue
        if place.chat in world.platform.moved and looking and whole == 1:
            continue  # it goes on in the new chat, as a whole; nobody sees the old one
        faults.append(f"{question} is shown so: {shown}")
    if firsts != sorted(firsts):
        faults.append(f"the order is {firsts} of {asked} in {shown}")
    return faults


def main() -> int:
    """Play many; tell what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    wrong, began = 0, time.process_time()
    for seed in range(chosen.seed, chosen.seed + chosen.runs):
        world = play(seed)
        if faults := faults_of(world):
            wrong += 1
            lines = (
                [f"seed {seed}:", *faults, *world.log]
                if chosen.runs == 1
                else [f"seed {seed}: {faults[0][:230]}"]
            )
            sys.stdout.write("\n  ".join(lines) + "\n")
            sys.stdout.flush()
        world.close()
    sys.stdout.write(
        f"{chosen.runs} played in {time.process_time() - began:.1f} s, {wrong} wrong\n"
    )
    return int(wrong > 0)


if __name__ == "__main__":
    raise SystemExit(main())
