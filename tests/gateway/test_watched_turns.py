"""What a gateway tells its observers of a turn, in virtual time: as `bench live` measures it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NoReturn

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tickertape.agent.loop import ModelAgent
from tickertape.agent.models import Model
from tickertape.chat import Address, ChatKind, Inbound, Message, Person
from tickertape.conversation import ToolCall
from tickertape.delivery.actions import Action, Outcome, Reason, Refused, Throttled
from tickertape.delivery.ways import EDITS, AppendWay, ExtendWay, Way
from tickertape.errors import FailureKind, ProviderError
from tickertape.events import Event, Failed, Finished, Restarted, TextDelta, Usage
from tickertape.gateway.access import Access
from tickertape.gateway.loop import Gateway
from tickertape.gateway.storage.memory import PassingMemory
from tickertape.gateway.watch.log_lines import LogLines
from tickertape.gateway.watch.prometheus import PrometheusMetrics
from tickertape.gateway.watch.turn import Watching
from tickertape.gateway.watch.watch import Watch
from tickertape.ports import Agent, Observer, Turn
from tickertape.testing.clock import run_in_virtual_time
from tickertape.testing.live import TimedCall, frames_of
from tickertape.testing.measures import measure
from tickertape.testing.providers import Script, ScriptedProvider
from tickertape.testing.transports import FakeTransport
from tickertape.watching.facts import (
    ActionPerformed,
    Fact,
    LimitLearned,
    MessageTaken,
    ModelAsked,
    TokensUsed,
    ToolRan,
    TurnEnded,
    TurnOutcome,
)
from tickertape.watching.film import Film
from tickertape.watching.heard import Heard
from tickertape.watching.prices import TokenPrices
from tickertape.watching.readers import reader_stall

ANNA = Person("1001", "Anna")
CHAT = Address("memory", "@home", ChatKind.PRIVATE)
GROUP = Address("memory", "@room", ChatKind.GROUP)
MARKDOWN = (
    "## Tides\n\nThe **moon** pulls, and the `sea` follows:\n\n- twice a day\n- at each [coast]"
    "(https://example.org/coast)\n\n| where | how high |\n|---|---|\n| Bristol | 14 m |\n"
    "| Fundy | 16 m |\n\nThat is all there is to it, more or less."
)


class Channel(FakeTransport):
    """A channel in memory that records its calls as `bench live` does."""

    def __init__(self, *, ways: tuple[Way, ...] = EDITS) -> None:
        super().__init__(latency=0.08, ways=ways)
        self.calls: list[TimedCall] = []
        self.incoming: asyncio.Queue[Inbound | None] = asyncio.Queue()

    async def perform(self, action: Action) -> Outcome:
        """Perform one action, and record it."""
        clock = asyncio.get_running_loop().time
        launched_at = clock()
        outcome = await super().perform(action)
        self.calls.append(TimedCall(action, outcome, launched_at, clock()))
        return outcome

    async def messages(self) -> AsyncGenerator[Inbound, None]:
        """Yield what is put into `incoming`, until that is None."""
        while (inbound := await self.incoming.get()) is not None:
            yield inbound


@dataclass
class Witness:
    """An observer that keeps all facts, and wakes who waits for the end of a turn."""

    facts: list[Fact] = field(default_factory=list)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, fact: Fact) -> None:
        """Keep a fact."""
        self.facts.append(fact)
        if isinstance(fact, TurnEnded):
            self.ended.set()

    def of(self, kind: type[Fact]) -> list[Fact]:
        """Return the facts of one kind."""
        return [fact for fact in self.facts if isinstance(fact, kind)]

    @property
    def turn(self) -> TurnEnded:
        """The only turn that ended."""
        [turn] = [fact for fact in self.facts if isinstance(fact, TurnEnded)]
        return turn


class Recorded:
    """An agent whose events are noted by the bench's own recorder."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self.heard: list[tuple[Event, float]] = []

    async def run(self, turn: Turn) -> AsyncIterator[Event]:
        """Yield what the agent says."""
        clock = asyncio.get_running_loop().time
        async for event in self._agent.run(turn):
            self.heard.append((event, clock()))
            yield event


def held(
    channel: Channel,
    agent: Agent,
    *observers: Observer,
    to: Address = CHAT,
    watching: Watching | None = None,
    prices: dict[str, TokenPrices] | None = None,
    watch: Watch | None = None,
) -> Witness:
    """Let a gateway answer one question; return what was told of it."""

    async def run() -> Witness:
        witness = Witness()
        told = watch or Watch(
            [witness, *observers],
            watching=watching or Watching(is_measured=True),
            prices=prices,
        )
        if isinstance(agent, ModelAgent):
            agent._observer = told
        access = Access(frozenset({ANNA.id}))
        gateway = Gateway({"memory": channel}, agent, PassingMemory(), access, watch=told)
        channel.incoming.put_nowait(Message(to, ANNA, "Why tides?", "1", to_us=True))
        task = asyncio.create_task(gateway.run())
        if watch is None:
            await witness.ended.wait()
        channel.incoming.put_nowait(None)
        await task
        return witness

    return run_in_virtual_time(run())


def spoken(text: str, *, rate: float = 25.0) -> Script:
    """Return a script that says a text in pieces of four characters."""
    return [(0.5 + n / rate, text[4 * n : 4 * n + 4]) for n in range((len(text) + 3) // 4)]


STALLED: Script = [
    (0.5, "First a few words, "),
    (1.0, "then more of them, "),
    (6.0, "and much later the rest of what there is to say about it."),
]
RESTARTED: Script = [(0.5, "Wrong from the start. "), (2.0, Restarted()), (3.0, "Right at last.")]
CUT: Script = [*spoken("It is " + "long " * 40), (20.0, Finished("length"))]
FAILED: Script = [*spoken("Half of it is "), (3.0, Failed(ProviderError(FailureKind.AUTH, "no")))]


@pytest.mark.parametrize(
    "script",
    [spoken(MARKDOWN), spoken("word " * 900, rate=60), STALLED, RESTARTED, CUT, FAILED],
    ids=["markdown", "pieces", "stalled", "restarted", "cut", "failed"],
)
@pytest.mark.parametrize("to", [CHAT, GROUP], ids=["drafts", "edits"])
def test_the_measures_are_those_of_bench_live(script: Script, to: Address) -> None:
    """One run, recorded by both: the facts and the histograms have the bench's own numbers."""
    channel, metrics = Channel(), PrometheusMetrics()
    channel.script.extend([None] * 3 + [Throttled(1.0)])
    agent = Recorded(ModelAgent([Model("m", ScriptedProvider(script))]))
    turn = held(channel, agent, metrics, to=to).turn
    bench = Heard()
    for event, at in agent.heard:
        bench.hear(event, at - turn.began_at)
    frames = frames_of(channel.calls, bench.said, bench.mark, turn.began_at)
    benched = measure(bench.tokens, frames)
    assert turn.delays is not None
    assert turn.delays.first_text == pytest.approx(benched.first_text)
    assert turn.delays.delay == pytest.approx(benched.delay)
    assert turn.delays.freeze == pytest.approx(benched.freeze)
    assert turn.delays.lag == pytest.approx(benched.lag)
    assert turn.call_count == len(channel.calls)
    assert [one.outcome for one in turn.calls] == [
        call.outcome for call in channel.calls if call.is_refused
    ]
    told = sums(metrics)
    assert told["tickertape_reply_first_text_seconds"] == pytest.approx(benched.first_text)
    assert told["tickertape_reply_character_delay_seconds"] == pytest.approx(benched.delay)
    assert told["tickertape_reply_longest_freeze_seconds"] == pytest.approx(benched.freeze)
    assert told["tickertape_reply_final_lag_seconds"] == pytest.approx(benched.lag)
    stalls = [reader_stall(frames, speed) for speed in (24.0, 60.0)]
    assert told["tickertape_reply_reader_stall_seconds"] == pytest.approx(sum(stalls))


def sums(metrics: PrometheusMetrics) -> dict[str, float]:
    """Return the sum of each histogram, over all its series."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(metrics.exposition().decode()):
        for sample in family.samples:
            if sample.name.endswith("_sum"):
                found[family.name] = found.get(family.name, 0.0) + sample.value
    return found


@pytest.mark.parametrize(
    ("to", "ways", "script", "way"),
    [
        (CHAT, EDITS, spoken(MARKDOWN), "draft"),
        (GROUP, EDITS, spoken(MARKDOWN), "edit"),
        (GROUP, EDITS, [(0.5, "Yes.")], "whole"),
        (GROUP, (AppendWay(300.0, 4000),), spoken(MARKDOWN), "append"),
        (GROUP, (ExtendWay(120.0, 4000),), spoken(MARKDOWN), "extend"),
    ],
)
def test_the_way_of_an_answer(to: Address, ways: tuple[Way, ...], script: Script, way: str) -> None:
    """It is named by what was done, and what was added to a message was seen."""
    agent = ModelAgent([Model("m", ScriptedProvider(script))])
    turn = held(Channel(ways=ways), agent, to=to).turn
    assert turn.way == way
    assert turn.outcome is TurnOutcome.DELIVERED
    assert turn.delays is not None
    assert turn.delays.lag < 1.0


def test_what_a_turn_took_is_told_for_each_model() -> None:
    """Steps of one model are summed; a model that stood in is told apart, and has its own price."""
    usage = Usage(100, 10, 40)
    failing = ScriptedProvider(
        [(0.1, ToolCall("c1", "clock", "{}")), (0.2, Finished("stop", usage))],
        [(0.1, Failed(ProviderError(FailureKind.AUTH, "no")))],
    )
    other = ScriptedProvider([(0.1, "Noon."), (0.2, Finished("stop", Usage(7, 3)))])
    agent = ModelAgent([Model("first", failing), Model("other", other)], fallbacks=["other"])
    prices = {"first": TokenPrices(2.0, 10.0, 0.5), "other": TokenPrices(1.0, 1.0)}
    witness = held(Channel(), agent, prices=prices)
    turn = witness.turn
    assert [(one.model, one.usage) for one in turn.used] == [
        ("first", usage),
        ("other", Usage(7, 3)),
    ]
    assert turn.used[0].cost == pytest.approx((60 * 2 + 40 * 0.5 + 10 * 10) / 1e6)
    assert turn.cost == pytest.approx((60 * 2 + 40 * 0.5 + 10 * 10 + 10) / 1e6)
    assert turn.usage == Usage(107, 13, 40)
    asked = [fact for fact in witness.facts if isinstance(fact, ModelAsked)]
    assert [(one.model, str(one.ended)) for one in asked] == [
        ("first", "stop"),
        ("first", "auth"),
        ("other", "stop"),
    ]
    [ran] = [fact for fact in witness.facts if isinstance(fact, ToolRan)]
    assert (ran.name, ran.ok) == ("clock", False)
    assert turn.asked == tuple(asked)
    assert turn.tools == (ran,)


def test_one_unknown_price_makes_the_cost_unknown() -> None:
    """A sum of what is known would be too small, and nobody could see it."""
    provider = ScriptedProvider([(0.1, "Hi."), (0.2, Finished("stop", Usage(7, 3)))])
    turn = held(Channel(), ModelAgent([Model("m", provider)])).turn
    assert (turn.usage, turn.cost) == (Usage(7, 3), None)


def test_an_agent_of_the_operators_tells_a_sum() -> None:
    """It has no name in the configuration, and no price."""

    class Own:
        async def run(self, turn: Turn) -> AsyncIterator[Event]:
            yield TextDelta("Hi.")
            yield Finished("stop", Usage(5, 2))

    [used] = held(Channel(), Own()).turn.used
    assert (used.model, used.usage, used.cost) == ("", Usage(5, 2), None)


def test_an_answer_that_cannot_get_there() -> None:
    """The outcome says so, with the platform's reason; nothing was measured."""
    channel = Channel()
    channel.script.extend([Refused(Reason.CHAT_DEAD, "bot was blocked")] * 3)
    turn = held(channel, ModelAgent([Model("m", ScriptedProvider([(0.1, "Hi.")]))])).turn
    assert turn.outcome is TurnOutcome.UNDELIVERED
    assert turn.error == "chat_dead: bot was blocked"
    assert turn.delays is None


def test_an_agent_that_crashes_is_told() -> None:
    """A turn that an exception ends has an outcome, too."""

    class Broken:
        async def run(self, turn: Turn) -> AsyncIterator[Event]:
            yield TextDelta("Hi.")
            raise RuntimeError

    assert held(Channel(), Broken()).turn.outcome is TurnOutcome.CRASHED


def test_a_broken_observer_hurts_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """Its error is logged once, and the others are told everything."""

    class Broken:
        def note(self, fact: Fact) -> None:
            raise RuntimeError

    turn = held(Channel(), ModelAgent([Model("m", ScriptedProvider(spoken(MARKDOWN)))]), Broken())
    assert turn.turn.outcome is TurnOutcome.DELIVERED
    assert len(turn.of(ActionPerformed)) > 1
    assert [one.message for one in caplog.records].count("an observer failed: told once") == 1


def test_a_measure_that_breaks_hurts_nobody(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault of ours in a film or a measure costs the measures, and not the answer."""

    def broken(*_: object, **__: object) -> NoReturn:
        raise ZeroDivisionError

    for name in ("take", "frames"):
        monkeypatch.setattr(Film, name, broken)
    channel = Channel()
    turn = held(channel, ModelAgent([Model("m", ScriptedProvider(spoken(MARKDOWN)))])).turn
    assert (turn.outcome, turn.delays) == (TurnOutcome.DELIVERED, None)
    assert channel.texts(CHAT) == [MARKDOWN]
    assert [one.message for one in caplog.records].count("an observer failed: told once") == 1


def test_content_is_told_only_where_it_is_asked_for() -> None:
    """Without that no fact has a word that people or models wrote, but for calls to the channel."""
    script: Script = [(0.1, "Hi."), (0.2, Finished("stop", Usage(7, 3)))]
    for with_content in (False, True):
        agent = ModelAgent([Model("m", ScriptedProvider(script))], system_prompt="Be kind.")
        watching = Watching(is_measured=True, with_content=with_content)
        witness = held(Channel(), agent, watching=watching)
        [asked] = [fact for fact in witness.facts if isinstance(fact, ModelAsked)]
        assert (asked.content is not None) is with_content
        assert (witness.turn.content is not None) is with_content
        assert "Why tides" not in repr(witness.turn)


def test_each_kind_of_fact_is_told() -> None:
    """A message, a call, a request, tokens, a turn, and what a refusal taught."""
    channel = Channel()
    channel.script.append(Throttled(2.0))
    script: Script = [(0.1, "Hi."), (0.2, Finished("stop", Usage(7, 3)))]
    witness = held(channel, ModelAgent([Model("m", ScriptedProvider(script))]))
    for kind in (MessageTaken, ActionPerformed, ModelAsked, TokensUsed, TurnEnded, LimitLearned):
        assert witness.of(kind), kind
    moments = [fact.heard_at for fact in witness.facts if isinstance(fact, ActionPerformed)]
    assert all(one <= other for one, other in pairwise(moments))


def test_without_an_observer_nothing_is_noted(caplog: pytest.LogCaptureFixture) -> None:
    """The log is told of the turn all the same; channels are used as they are."""
    caplog.set_level(logging.INFO, "tickertape")
    watch, channel = Watch([LogLines()]), Channel()
    channels: dict[str, Channel] = {"memory": channel}
    assert watch.channels(channels) is channels
    agent = ModelAgent([Model("m", ScriptedProvider([(0.1, "Hi.")]))])
    held(channel, agent, watch=watch)
    assert channel.texts(CHAT) == ["Hi."]
    [answered] = [record for record in caplog.records if record.message == "answered"]
    assert vars(answered)["characters"] == 3
    assert "first_text" not in vars(answered)
