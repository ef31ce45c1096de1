"""OpenTelemetry: a trace of each turn, and metrics of each request to a model.

    invoke_agent
    ├── chat {model}          each request, failed ones too
    ├── execute_tool {name}   each tool
    └── deliver_reply         the answer on its way to the screen, with its events

A trace is made when its turn has ended, of the facts that are known then. What the spans say stands
in `tickertape.gateway.watch.genai`. The exporters are OpenTelemetry's own, and read its variables
(`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_SERVICE_NAME`, `OTEL_TRACES_SAMPLER`, ...).
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.metadata import version
from typing import Final

from opentelemetry.context import Context
from opentelemetry.environment_variables import OTEL_METRICS_EXPORTER, OTEL_TRACES_EXPORTER
from opentelemetry.sdk.environment_variables import (
    OTEL_EXPORTER_OTLP_PROTOCOL,
    OTEL_RESOURCE_ATTRIBUTES,
    OTEL_SERVICE_NAME,
)
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, set_span_in_context
from opentelemetry.util.types import AnyValue

from tickertape.delivery.actions import Refused, Throttled
from tickertape.errors import ConfigError
from tickertape.gateway.watch.genai import (
    DURATIONS,
    TOKENS,
    Attributes,
    ModelHost,
    attributes_of_model,
    attributes_of_reply,
    attributes_of_tool,
    attributes_of_turn,
)
from tickertape.watching.facts import (
    ActionPerformed,
    CallOutcome,
    Fact,
    ModelAsked,
    TurnEnded,
    TurnOutcome,
)
from tickertape.watching.methods import method_of

__all__ = ["OpenTelemetry"]

_LOG = logging.getLogger(__name__)

_SCHEMA: Final = "https://opentelemetry.io/schemas/1.41.0"
_UNKNOWN: Final = ModelHost("", "openai", "", 443)
_BAD: Final = frozenset({TurnOutcome.UNDELIVERED, TurnOutcome.MODEL_FAILED, TurnOutcome.CRASHED})
# Seconds that the last export gets at the end: a collector that hangs holds no one up.
_LAST_EXPORT: Final = 3.0


class OpenTelemetry:
    """Makes traces and metrics of facts. Implements `Observer`."""

    def __init__(
        self,
        servers: Mapping[str, ModelHost],
        *,
        processor: SpanProcessor | None,
        reader: MetricReader | None,
        now: Callable[[], float],
        wall: Callable[[], float] = time.time,
    ) -> None:
        """Begin without a trace.

        Args:
            servers: the models by their names in the configuration.
            processor: gets the spans; None: no one does.
            reader: gets the metrics; None: no one does.
            now: the clock of the facts.
            wall: returns the time, in seconds since 1970.
        """
        self._servers = servers
        self._now = now
        self._wall = wall
        resource = _resource(os.environ)
        self._spans = TracerProvider(resource=resource, shutdown_on_exit=False)
        if processor is not None:
            self._spans.add_span_processor(processor)
        readers = [reader] if reader is not None else []
        self._meters = MeterProvider(readers, resource=resource, shutdown_on_exit=False)
        scope = ("tickertape", version("tickertape"))
        self._tracer = self._spans.get_tracer(*scope, schema_url=_SCHEMA)
        meter = self._meters.get_meter(*scope, schema_url=_SCHEMA)
        self._duration = meter.create_histogram(
            "gen_ai.client.operation.duration",
            unit="s",
            description="GenAI operation duration.",
            explicit_bucket_boundaries_advisory=list(DURATIONS),
        )
        self._first_chunk = meter.create_histogram(
            "gen_ai.client.operation.time_to_first_chunk",
            unit="s",
            description="Time to receive the first chunk of a streamed answer.",
            explicit_bucket_boundaries_advisory=list(DURATIONS),
        )
        self._tokens = meter.create_histogram(
            "gen_ai.client.token.usage",
            unit="{token}",
            description="Number of input and output tokens used.",
            explicit_bucket_boundaries_advisory=list(TOKENS),
        )

    @classmethod
    def exporting(cls, servers: Mapping[str, ModelHost], now: Callable[[], float]) -> OpenTelemetry:
        """Return one that exports to where OpenTelemetry's variables say.

        Raises:
            ConfigError: when one of them asks for an exporter that is not there.
        """
        environ = os.environ
        return cls(servers, processor=_processor(environ), reader=_reader(environ), now=now)

    def note(self, fact: Fact) -> None:
        """Make a trace of a turn that ended; count a request to a model; see `Observer`."""
        match fact:
            case ModelAsked():
                self._note_model(fact)
            case TurnEnded():
                self._note_turn(fact)
            case _:
                pass

    async def aclose(self) -> None:
        """Export what is left, within 3 s."""
        done, loop = asyncio.Event(), asyncio.get_running_loop()

        def shut_down() -> None:
            self._spans.shutdown()
            self._meters.shutdown(timeout_millis=_LAST_EXPORT * 1000)
            with suppress(RuntimeError):  # the program did not wait that long
                loop.call_soon_threadsafe(done.set)

        # A thread that ends with the program: a pool's would be waited for.
        threading.Thread(target=shut_down, name="tickertape traces", daemon=True).start()
        try:
            async with asyncio.timeout(_LAST_EXPORT):
                await done.wait()
        except TimeoutError:
            _LOG.warning("the last traces were not exported: the collector did not answer in time")

    def _note_model(self, asked: ModelAsked) -> None:
        told = attributes_of_model(asked, self._servers.get(asked.model, _UNKNOWN))
        labels: dict[str, AnyValue] = {key: told[key] for key in _LABELS if key in told}
        self._duration.record(asked.ended_at - asked.asked_at, labels)
        if asked.first_at is not None:
            self._first_chunk.record(asked.first_at - asked.asked_at, labels)
        if asked.usage is not None:
            for kind, count in (
                ("input", asked.usage.input_tokens),
                ("output", asked.usage.output_tokens),
            ):
                self._tokens.record(count, {**labels, "gen_ai.token.type": kind})

    def _note_turn(self, turn: TurnEnded) -> None:
        to_wall = self._wall() - self._now()

        def at(moment: float) -> int:
            return int((moment + to_wall) * 1e9)

        root = self._begin("invoke_agent tickertape", at(turn.began_at), attributes_of_turn(turn))
        here = set_span_in_context(root, Context())
        for asked in turn.asked:
            server = self._servers.get(asked.model, _UNKNOWN)
            name = f"chat {server.model}".strip()
            told = attributes_of_model(asked, server)
            span = self._begin(name, at(asked.asked_at), told, here, SpanKind.CLIENT)
            if asked.is_failed:
                span.set_status(Status(StatusCode.ERROR, str(asked.ended)))
            span.end(at(asked.ended_at))
        for ran in turn.tools:
            span = self._begin(
                f"execute_tool {ran.name}", at(ran.began_at), attributes_of_tool(ran), here
            )
            if not ran.ok:
                span.set_status(Status(StatusCode.ERROR))
            span.end(at(ran.ended_at))
        self._deliver(turn, here, at)
        _end(root, turn, at(turn.ended_at))

    def _deliver(self, turn: TurnEnded, here: Context, at: Callable[[float], int]) -> None:
        told = attributes_of_reply(turn)
        span = self._begin("deliver_reply", at(turn.began_at), told, here)
        if turn.delays is not None:
            shown_at = turn.began_at + turn.delays.first_text
            span.add_event("tickertape.first_text", timestamp=at(shown_at))
        for call in turn.calls:
            span.add_event("tickertape.call_missed", _missed(call), timestamp=at(call.heard_at))
        span.add_event(f"tickertape.{turn.outcome.value}", timestamp=at(turn.ended_at))
        _end(span, turn, at(turn.ended_at))

    def _begin(
        self,
        name: str,
        at: int,
        told: Attributes,
        here: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
    ) -> Span:
        return self._tracer.start_span(
            name, here or Context(), kind=kind, attributes=told, start_time=at
        )


# The attributes that a metric may have: few values each.
_LABELS: Final = (
    "gen_ai.operation.name",
    "gen_ai.provider.name",
    "gen_ai.request.model",
    "server.address",
    "server.port",
    "error.type",
)


def _end(span: Span, turn: TurnEnded, at: int) -> None:
    if turn.outcome in _BAD:
        span.set_attribute("error.type", turn.outcome.value)
        span.set_status(Status(StatusCode.ERROR, turn.error or turn.outcome.value))
    span.end(at)


def _missed(call: ActionPerformed) -> Attributes:
    told: Attributes = {
        "tickertape.method": method_of(call.action),
        "tickertape.outcome": CallOutcome.of(call.outcome).value,
    }
    match call.outcome:
        case Throttled(retry_after=seconds):
            told["tickertape.retry_after"] = seconds
        case Refused(reason=reason):
            told["tickertape.reason"] = reason.value
        case _:
            pass
    return told


def _resource(environ: Mapping[str, str]) -> Resource:
    """Return what all spans and metrics tell of the program."""
    named = OTEL_SERVICE_NAME in environ or "service.name=" in environ.get(
        OTEL_RESOURCE_ATTRIBUTES, ""
    )
    told: Attributes = {"service.version": version("tickertape")}
    return Resource.create(told if named else {"service.name": "tickertape", **told})


def _processor(environ: Mapping[str, str]) -> SpanProcessor | None:
    match environ.get(OTEL_TRACES_EXPORTER, "otlp"):
        case "none":
            return None
        case "otlp":
            _check_protocol(environ)
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
                OTLPSpanExporter,
            )

            return BatchSpanProcessor(OTLPSpanExporter())
        case other:
            raise _no_exporter(OTEL_TRACES_EXPORTER, other)


def _reader(environ: Mapping[str, str]) -> MetricReader | None:
    match environ.get(OTEL_METRICS_EXPORTER, "otlp"):
        case "none":
            return None
        case "otlp":
            _check_protocol(environ)
            from opentelemetry.exporter.otlp.proto.http.metric_exporter import (  # noqa: PLC0415
                OTLPMetricExporter,
            )

            return PeriodicExportingMetricReader(OTLPMetricExporter())
        case other:
            raise _no_exporter(OTEL_METRICS_EXPORTER, other)


def _check_protocol(environ: Mapping[str, str]) -> None:
    protocol = environ.get(OTEL_EXPORTER_OTLP_PROTOCOL, "http/protobuf")
    if protocol != "http/protobuf":
        allowed = "http/protobuf, which collectors take at port 4318"
        raise ConfigError(OTEL_EXPORTER_OTLP_PROTOCOL, protocol, allowed)


def _no_exporter(variable: str, given: str) -> ConfigError:
    return ConfigError(variable, given, "otlp or none")
