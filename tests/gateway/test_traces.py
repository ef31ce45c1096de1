"""OpenTelemetry: the spans and measurements of turns, in memory and over HTTP."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from aiohttp import web
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from tickertape.chat import Address, ChatKind
from tickertape.conversation import Step, TextPart, ToolCall, ToolResult, Utterance
from tickertape.delivery.actions import Post, Throttled
from tickertape.errors import ConfigError, FailureKind
from tickertape.events import Usage
from tickertape.gateway.watch.genai import ModelHost
from tickertape.gateway.watch.traces import OpenTelemetry
from tickertape.watching.facts import (
    ActionPerformed,
    ModelAsked,
    ReaderStall,
    ToolRan,
    TurnEnded,
    TurnOutcome,
    UsedByModel,
    WrittenContent,
)
from tickertape.watching.measures import Delays

pytestmark = pytest.mark.anyio

HERE = Address("telegram", "-1007", ChatKind.GROUP, thread="5")
HOSTS = {
    "default": ModelHost.of("chat_completions", "https://api.openai.com/v1", "gpt-5-mini"),
    "clever": ModelHost.of("messages", "http://127.0.0.1:8081", "wise"),
}
ANSWER = Step((TextPart("Let me see."), ToolCall("c1", "clock", '{"zone": "UTC"}')))
CONTENT = WrittenContent(
    told=(
        Utterance("system", "Be kind."),
        Utterance("user", "What time?"),
        ToolResult("c0", "clock", "noon"),
    ),
    said=ANSWER,
)
ASKED = ModelAsked(HERE, "default", 10.0, 10.4, 12.0, "stop", Usage(100, 10, 40), CONTENT)
FAILED = ModelAsked(HERE, "clever", 12.0, None, 12.5, FailureKind.RATE_LIMIT)
RAN = ToolRan("clock", "c1", 12.5, 13.0, ok=False, content=WrittenContent(text="{}", result="no"))
MISSED = ActionPerformed(Post(HERE, "It is"), Throttled(3.0), 13.0, 13.1)
TURN = TurnEnded(
    HERE,
    7,
    TurnOutcome.DELIVERED,
    began_at=10.0,
    ended_at=15.0,
    characters=12,
    way="edit",
    delays=Delays(0.2, 0.7, 1.0, 0.3),
    stalls=(ReaderStall(24.0, 0.5),),
    used=(UsedByModel("default", Usage(100, 10, 40), 0.25),),
    calls=(MISSED,),
    call_count=4,
    asked=(ASKED, FAILED),
    tools=(RAN,),
    content=WrittenContent(told=(Utterance("user", "What time?"),), text="It is noon."),
)


class Stage:
    """OpenTelemetry with everything in memory."""

    def __init__(self) -> None:
        self._spans = InMemorySpanExporter()
        self._reader = InMemoryMetricReader()
        self.traces = OpenTelemetry(
            HOSTS,
            processor=SimpleSpanProcessor(self._spans),
            reader=self._reader,
            now=lambda: 20.0,
            wall=lambda: 1_000_020.0,
        )

    @property
    def spans(self) -> dict[str, ReadableSpan]:
        """The spans that ended, by their names."""
        return {span.name: span for span in self._spans.get_finished_spans()}

    def points(self) -> dict[str, list[HistogramDataPoint]]:
        """Return what was measured, by the names of the metrics."""
        data = self._reader.get_metrics_data()
        assert data is not None
        [resource] = data.resource_metrics
        [scope] = resource.scope_metrics
        return {one.name: list(one.data.data_points) for one in scope.metrics}  # type: ignore[arg-type]


def attributes(span: ReadableSpan) -> dict[str, Any]:
    """Return the attributes of a span."""
    return dict(span.attributes or {})


def test_a_turn_is_one_trace() -> None:
    """Requests, tools and the delivery hang below the turn, at the moments when they were."""
    stage = Stage()
    stage.traces.note(TURN)
    spans = stage.spans
    root = spans["invoke_agent tickertape"]
    assert set(spans) == {
        "invoke_agent tickertape",
        "chat gpt-5-mini",
        "chat wise",
        "execute_tool clock",
        "deliver_reply",
    }
    assert root.parent is None
    assert root.start_time == 1_000_010 * 10**9
    assert root.end_time == 1_000_015 * 10**9
    assert root.context is not None
    for name in set(spans) - {root.name}:
        parent = spans[name].parent
        assert parent is not None
        assert parent.span_id == root.context.span_id
    told = attributes(root)
    assert told["gen_ai.operation.name"] == "invoke_agent"
    assert told["gen_ai.conversation.id"] == "telegram:-1007:5"
    assert (told["gen_ai.usage.input_tokens"], told["tickertape.cost"]) == (100, 0.25)


def test_a_request_to_a_model() -> None:
    """It says whom, how it ended and what it took; one that failed is an error."""
    stage = Stage()
    stage.traces.note(TURN)
    chat, failed = stage.spans["chat gpt-5-mini"], stage.spans["chat wise"]
    told = attributes(chat)
    assert chat.kind is SpanKind.CLIENT
    assert told["gen_ai.provider.name"] == "openai"
    assert (told["server.address"], told["server.port"]) == ("api.openai.com", 443)
    assert told["gen_ai.response.finish_reasons"] == ("stop",)
    assert told["gen_ai.response.time_to_first_chunk"] == pytest.approx(0.4)
    assert told["gen_ai.usage.cache_read.input_tokens"] == 40
    told = attributes(failed)
    assert failed.status.status_code is StatusCode.ERROR
    assert (told["error.type"], told["gen_ai.provider.name"]) == ("rate_limit", "anthropic")
    assert (told["server.address"], told["server.port"]) == ("127.0.0.1", 8081)


def test_what_was_written_is_in_the_schema_of_the_conventions() -> None:
    """Where content is told at all: the system's words apart, calls and results as parts."""
    stage = Stage()
    stage.traces.note(TURN)
    told = attributes(stage.spans["chat gpt-5-mini"])
    assert json.loads(told["gen_ai.system_instructions"]) == [
        {"type": "text", "content": "Be kind."}
    ]
    assert json.loads(told["gen_ai.input.messages"]) == [
        {"role": "user", "parts": [{"type": "text", "content": "What time?"}]},
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c0", "response": "noon"}]},
    ]
    call = {"type": "tool_call", "id": "c1", "name": "clock", "arguments": '{"zone": "UTC"}'}
    said = {"type": "text", "content": "Let me see."}
    assert json.loads(told["gen_ai.output.messages"]) == [
        {"role": "assistant", "parts": [said, call], "finish_reason": "stop"}
    ]
    tool = attributes(stage.spans["execute_tool clock"])
    assert (tool["gen_ai.tool.call.arguments"], tool["gen_ai.tool.call.result"]) == ("{}", "no")


def test_the_delivery_has_its_events() -> None:
    """The first text, what was refused, and the end; at their moments."""
    stage = Stage()
    stage.traces.note(TURN)
    span = stage.spans["deliver_reply"]
    assert [one.name for one in span.events] == [
        "tickertape.first_text",
        "tickertape.call_missed",
        "tickertape.delivered",
    ]
    moments = [one.timestamp / 1e9 - 1_000_000 for one in span.events]
    assert moments == pytest.approx([10.7, 13.1, 15.0])
    told = attributes(span)
    assert (told["tickertape.way"], told["tickertape.calls"]) == ("edit", 4)
    assert told["tickertape.reader_stall.24"] == 0.5


def test_a_turn_that_failed_is_an_error() -> None:
    """With its outcome as the type, and without anything that nobody knows."""
    stage = Stage()
    stage.traces.note(TurnEnded(HERE, 0, TurnOutcome.CRASHED, 1.0, 2.0))
    root = stage.spans["invoke_agent tickertape"]
    assert root.status.status_code is StatusCode.ERROR
    assert attributes(root)["error.type"] == "crashed"
    assert "gen_ai.usage.input_tokens" not in attributes(root)
    assert "gen_ai.input.messages" not in attributes(root)


def test_requests_are_measured() -> None:
    """Duration, first chunk and tokens have the conventions' names, and labels of few values."""
    stage = Stage()
    stage.traces.note(ASKED)
    stage.traces.note(FAILED)
    points = stage.points()
    tokens = {
        (point.attributes or {})["gen_ai.token.type"]: point.sum
        for point in points["gen_ai.client.token.usage"]
    }
    assert tokens == {"input": 100, "output": 10}
    durations = points["gen_ai.client.operation.duration"]
    assert sorted(point.sum for point in durations) == [0.5, 2.0]
    assert points["gen_ai.client.operation.time_to_first_chunk"][0].sum == pytest.approx(0.4)
    for point in durations:
        assert not {"gen_ai.conversation.id", "gen_ai.input.messages"} & set(point.attributes or {})


async def test_it_goes_where_the_standard_variables_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spans and metrics are posted to the endpoint, with the headers, when it is closed."""
    heard: asyncio.Queue[tuple[str, str | None, bytes]] = asyncio.Queue()

    async def take(request: web.Request) -> web.Response:
        heard.put_nowait((request.path, request.headers.get("x-key"), await request.read()))
        return web.Response()

    app = web.Application()
    app.router.add_post("/v1/{signal}", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{runner.addresses[0][1]}")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-key=sesame")
    traces = OpenTelemetry.exporting(HOSTS, lambda: 20.0)
    traces.note(ASKED)
    traces.note(TURN)
    await traces.aclose()
    told = [heard.get_nowait() for _ in range(heard.qsize())]
    await runner.cleanup()
    assert {(path, key) for path, key, _ in told} == {
        ("/v1/traces", "sesame"),
        ("/v1/metrics", "sesame"),
    }
    assert any(b"deliver_reply" in body for _, _, body in told)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_METRICS_EXPORTER", "prometheus"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
    ],
)
def test_what_is_not_there_is_refused(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The start ends with the variable and what it may be."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigError, match=variable):
        OpenTelemetry.exporting(HOSTS, lambda: 0.0)


@pytest.mark.parametrize(
    ("protocol", "url", "host"),
    [
        (
            "messages",
            "https://api.anthropic.com",
            ModelHost("m", "anthropic", "api.anthropic.com", 443),
        ),
        (
            "responses",
            "https://acme.openai.azure.com/openai/v1",
            ModelHost("m", "azure.ai.openai", "acme.openai.azure.com", 443),
        ),
        ("chat_completions", "http://[::1]/v1", ModelHost("m", "openai", "::1", 80)),
        (
            "messages",
            "https://gateway.example:8443",
            ModelHost("m", "anthropic", "gateway.example", 8443),
        ),
    ],
)
def test_a_server_is_named(protocol: str, url: str, host: ModelHost) -> None:
    """By its host, where that is known; else by the protocol that it speaks."""
    assert ModelHost.of(protocol, url, "m") == host
