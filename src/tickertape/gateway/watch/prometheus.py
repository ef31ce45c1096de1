"""Metrics in Prometheus' text format: facts are counted as they come.

Labels are channels, models, ways, methods and outcomes, which are few: never a chat, a person or
anything that a model or a person wrote. The names are stable; `docs/watching.md` describes each.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Final, NamedTuple

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from tickertape.delivery.actions import Throttled
from tickertape.watching.facts import (
    ActionPerformed,
    CallOutcome,
    Fact,
    LimitLearned,
    MessageTaken,
    ModelAsked,
    TokensUsed,
    ToolRan,
    TurnEnded,
)
from tickertape.watching.methods import method_of

__all__ = ["PrometheusMetrics", "Readings"]

# Seconds. The first text and a freeze are felt in tenths; a final lag and a delay in hundredths.
# The long end is where people give up (10 s: Nielsen 1993) and where a turn ends (an hour).
_FELT: Final = (0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 60.0)
_CALL: Final = (0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
# How many facts are counted at once: a choice. They are counted with a scrape, too.
_TOGETHER: Final = 500
_TURN: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 120.0, 300.0, 900.0, 3600.0)


@dataclass(frozen=True, slots=True)
class Readings:
    """What is read at the moment of a scrape."""

    inbox_depth: int = 0
    """Messages that are being answered, or wait for it."""
    running: int = 0
    """Answers that run."""
    listening: tuple[str, ...] = ()
    """The channels that are read."""
    last_heard: Mapping[str, float] = field(default_factory=dict)
    """When channels were heard last, in seconds since 1970."""


class _CountedCall(NamedTuple):
    """What is counted of an action: not its text."""

    channel: str
    method: str
    outcome: CallOutcome
    seconds: float
    throttled: float


def _call_of(fact: ActionPerformed) -> _CountedCall:
    action, outcome, launched_at, heard_at = fact
    throttled = 0.0
    if isinstance(outcome, Throttled) and outcome.by_flood_control:
        throttled = max(0.0, outcome.retry_after)
    label, seconds = CallOutcome.of(outcome), heard_at - launched_at
    return _CountedCall(action.address.channel, method_of(action), label, seconds, throttled)


class PrometheusMetrics:
    """Counts facts. Implements `Observer`."""

    content_type: Final = CONTENT_TYPE_LATEST
    """The content type of `exposition`."""

    def __init__(self, *, channels: Sequence[str] = ()) -> None:
        """Begin at zero.

        Args:
            channels: the names of the channels, so that each has its series from the beginning.
        """
        # When a series began is no measurement: it would double their number.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        self._waiting: list[Fact | _CountedCall] = []
        self._counters: dict[tuple[int, tuple[str, ...]], Counter] = {}
        self._histograms: dict[tuple[int, tuple[str, ...]], Histogram] = {}
        self._make_metrics()
        for name in channels:
            self._messages.labels(name)
            self._throttled.labels(name)
        info = Info("tickertape_build", "The version of Tickertape.", registry=self._registry)
        info.info({"version": version("tickertape")})
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self._registry)

    def _make_metrics(self) -> None:
        shown = ("channel", "way")
        self._first_text = self._seconds(
            "tickertape_reply_first_text_seconds",
            "From the start of a turn until something of its answer is visible.",
            shown,
        )
        self._delay = self._seconds(
            "tickertape_reply_character_delay_seconds",
            "From when a character is said until it is visible: the mean of an answer.",
            shown,
        )
        self._freeze = self._seconds(
            "tickertape_reply_longest_freeze_seconds",
            "The longest time in which the visible text of an answer did not change.",
            shown,
        )
        self._lag = self._seconds(
            "tickertape_reply_final_lag_seconds",
            "From the last word of a model until the whole answer is a message.",
            shown,
        )
        self._stall = self._seconds(
            "tickertape_reply_reader_stall_seconds",
            "How long a reader who reads so many characters a second waits for more text.",
            (*shown, "speed"),
        )
        self._turn = self._seconds(
            "tickertape_reply_duration_seconds",
            "From the start of a turn until its answer is on screen.",
            ("channel",),
            _TURN,
        )
        self._replies = self._counter(
            "tickertape_replies", "Answers that ended.", ("channel", "way", "outcome")
        )
        self._calls = self._counter(
            "tickertape_channel_calls",
            "Calls to channels whose outcome was heard.",
            ("channel", "method", "outcome"),
        )
        self._call_seconds = self._seconds(
            "tickertape_channel_call_seconds",
            "From the launch of a call to a channel until its outcome was heard.",
            ("channel", "method"),
            _CALL,
        )
        self._throttled = self._counter(
            "tickertape_throttled_seconds",
            "Seconds for which channels asked to wait.",
            ("channel",),
        )
        self._limits = self._counter(
            "tickertape_limits_learned",
            "Refusals that taught something about a chat's limits.",
            ("channel",),
        )
        self._messages = self._counter(
            "tickertape_messages_taken", "Messages that were taken for an answer.", ("channel",)
        )
        self._make_metrics_of_models()

    def _make_metrics_of_models(self) -> None:
        self._asked = self._counter(
            "tickertape_model_requests",
            "Requests to models, by how they ended.",
            ("model", "outcome"),
        )
        self._model_seconds = self._seconds(
            "tickertape_model_request_seconds",
            "From a request to a model until its answer has ended.",
            ("model",),
            _TURN,
        )
        self._first_token = self._seconds(
            "tickertape_model_first_token_seconds",
            "From a request to a model until its first words or thoughts.",
            ("model",),
        )
        self._tokens = self._counter(
            "tickertape_model_tokens",
            "Tokens, as the models' servers counted them; cached_input is a part of input.",
            ("model", "kind"),
        )
        self._cost = self._counter(
            "tickertape_model_cost",
            "What models cost, in units of the currency of price_per_million.",
            ("model",),
        )
        self._tools = self._counter("tickertape_tool_calls", "Tools that ran.", ("outcome",))
        self._tool_seconds = self._seconds(
            "tickertape_tool_seconds", "How long a tool ran.", ("outcome",), _TURN
        )

    def read_from(self, readings: Callable[[], Readings]) -> None:
        """Have the gauges read at each scrape; to be called once."""
        self._registry.register(_Gauges(readings))

    def exposition(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        self._count_all()
        return generate_latest(self._registry)

    def note(self, fact: Fact) -> None:
        """Count a fact, at the latest with the next scrape; see `Observer`.

        Many are counted at once: what is counted one by one, between other work, takes several
        times as long, since nothing of it is in the processor's caches.
        """
        self._waiting.append(_call_of(fact) if isinstance(fact, ActionPerformed) else fact)
        if len(self._waiting) >= _TOGETHER:
            self._count_all()

    def _count_all(self) -> None:
        waiting, self._waiting = self._waiting, []
        for fact in waiting:
            self._note(fact)

    def _note(self, fact: Fact | _CountedCall) -> None:
        match fact:
            case _CountedCall():
                self._note_call(fact)
            case TurnEnded():
                self._note_turn(fact)
            case ModelAsked():
                self._note_model(fact)
            case TokensUsed():
                self._note_tokens(fact)
            case ToolRan(ok=ok):
                outcome = "ok" if ok else "failed"
                self._count(self._tools, outcome)
                self._observe(self._tool_seconds, fact.ended_at - fact.began_at, outcome)
            case MessageTaken(channel=channel):
                self._count(self._messages, channel)
            case LimitLearned(channel=channel):
                self._count(self._limits, channel)

    def _note_call(self, call: _CountedCall) -> None:
        self._count(self._calls, call.channel, call.method, call.outcome.value)
        self._observe(self._call_seconds, call.seconds, call.channel, call.method)
        if call.throttled:
            self._count(self._throttled, call.channel, by=call.throttled)

    def _note_turn(self, fact: TurnEnded) -> None:
        channel, way = fact.address.channel, fact.way or "none"
        self._count(self._replies, channel, way, fact.outcome.value)
        self._observe(self._turn, fact.seconds, channel)
        if fact.delays is not None:
            delays = fact.delays
            self._observe(self._first_text, delays.first_text, channel, way)
            self._observe(self._delay, delays.delay, channel, way)
            self._observe(self._freeze, delays.freeze, channel, way)
            if math.isfinite(delays.lag):
                self._observe(self._lag, delays.lag, channel, way)
        for stall in fact.stalls:
            speed = f"{stall.speed:g}"
            self._observe(self._stall, stall.seconds, channel, way, speed)

    def _note_model(self, fact: ModelAsked) -> None:
        self._count(self._asked, fact.model, str(fact.ended))
        self._observe(self._model_seconds, fact.ended_at - fact.asked_at, fact.model)
        if fact.first_at is not None:
            seconds = fact.first_at - fact.asked_at
            self._observe(self._first_token, seconds, fact.model)

    def _note_tokens(self, fact: TokensUsed) -> None:
        model, usage = fact.model or "agent", fact.usage
        counted = {
            "input": usage.input_tokens,
            "cached_input": usage.cached_tokens,
            "output": usage.output_tokens,
        }
        for kind, count in counted.items():
            self._count(self._tokens, model, kind, by=count)
        if fact.cost is not None:
            self._count(self._cost, model, by=fact.cost)

    # The library would look a series up under a lock, each time.

    def _count(self, metric: Counter, *labels: str, by: float = 1.0) -> None:
        key = (id(metric), labels)
        series = self._counters.get(key)
        if series is None:
            series = self._counters[key] = metric.labels(*labels)
        series.inc(by)

    def _observe(self, metric: Histogram, seconds: float, *labels: str) -> None:
        key = (id(metric), labels)
        series = self._histograms.get(key)
        if series is None:
            series = self._histograms[key] = metric.labels(*labels)
        series.observe(seconds)

    def _counter(self, name: str, told: str, labels: Sequence[str]) -> Counter:
        return Counter(name, told, labels, registry=self._registry)

    def _seconds(
        self, name: str, told: str, labels: Sequence[str], buckets: Sequence[float] = _FELT
    ) -> Histogram:
        return Histogram(name, told, labels, buckets=buckets, registry=self._registry)


class _Gauges(Collector):
    """What is read at the moment of a scrape."""

    def __init__(self, readings: Callable[[], Readings]) -> None:
        self._readings = readings

    def describe(self) -> Iterator[Metric]:
        """Yield nothing: the registry asks for names before there is anything to read."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges."""
        now = self._readings()
        yield GaugeMetricFamily(
            "tickertape_inbox_depth",
            "Messages that are being answered, or wait for it.",
            now.inbox_depth,
        )
        yield GaugeMetricFamily("tickertape_replies_running", "Answers that run.", now.running)
        listening = GaugeMetricFamily(
            "tickertape_channels_listening", "Channels that are read.", len(now.listening)
        )
        yield listening
        heard = GaugeMetricFamily(
            "tickertape_inbound_last_heard_timestamp_seconds",
            "When a channel's platform was heard last, in seconds since 1970.",
            labels=["channel"],
        )
        for channel, at in now.last_heard.items():
            heard.add_metric([channel], at)
        yield heard
