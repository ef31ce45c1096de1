"""A whole gateway that is watched: its pages over HTTP, `promtool`, and a real Prometheus."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from gateway_http import QUICK, SECRETS, Reader, configured, served
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select

from tickertape.emulator.scene import YOU
from tickertape.emulator.server import EmulatorServer
from tickertape.errors import ConfigError
from tickertape.gateway.app import build
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.loading import Secrets
from tickertape.gateway.config.sections import ProviderConfig
from tickertape.gateway.config.watch_sections import HttpConfig, PriceConfig
from tickertape.gateway.storage.database import Database
from tickertape.gateway.storage.tables import UsageRow
from tickertape.testing.model_server import ModelServer

pytest_plugins = ["gateway_fixtures"]
pytestmark = pytest.mark.anyio

PRICE = PriceConfig(input=2.0, output=10.0)


def free_port() -> int:
    """Return a port that no program listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@asynccontextmanager
async def watched(
    emulator: EmulatorServer, folder: Path, model: ModelServer
) -> AsyncIterator[tuple[httpx.AsyncClient, GatewayConfig]]:
    """Run a gateway with pages; yield a client of them."""
    port = free_port()
    provider = ProviderConfig(base_url=model.base_url, api_key_env="KEY", price_per_million=PRICE)
    http = HttpConfig(listen=f"127.0.0.1:{port}")
    config = configured(emulator, folder, model.base_url, http=http, provider=provider)
    async with (
        served(config),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as client,
    ):
        yield client, config


async def until_ready(client: httpx.AsyncClient) -> None:
    """Ask until the gateway takes work."""
    async with asyncio.timeout(20):
        while (await client.get("/readyz")).status_code != 200:
            pass


def samples(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    """Return the value of each series, by its name and the values of its labels."""
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def linted(exposition: bytes) -> str:
    """Return what `promtool check metrics` has to say."""
    promtool = shutil.which("promtool")
    assert promtool, "promtool is in Debian's package prometheus (make programs)"
    process = await asyncio.create_subprocess_exec(
        *(promtool, "check", "metrics"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate(exposition)
    return told.decode() if process.returncode or told else ""


async def test_one_answer_is_told_everywhere(
    emulator: EmulatorServer, reader: Reader, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is in the metrics, which promtool accepts, in the log, and in the database."""
    caplog.set_level("INFO", "tickertape")
    async with ModelServer(QUICK) as model, watched(emulator, tmp_path, model) as (client, config):
        await until_ready(client)
        await reader.write(YOU, "hello")
        await reader.answers(YOU, "An answer in two pieces.")
        async with asyncio.timeout(20):
            while "tickertape_replies_total{" not in (await client.get("/metrics")).text:
                pass
        metrics = await client.get("/metrics")
        assert metrics.headers["content-type"].startswith("text/plain; version=")
        assert await linted(metrics.content) == ""
    text = metrics.text
    told = samples(text)
    one = next(name for name in told if name[0] == "tickertape_replies_total")
    assert one[1][0] == "telegram"
    assert one[1][1] == "delivered"
    assert told["tickertape_messages_taken_total", ("telegram",)] == 1
    assert told["tickertape_reply_first_text_seconds_count", ("telegram", one[1][2])] == 1
    assert told["tickertape_model_requests_total", ("default", "stop")] == 1
    assert told["tickertape_model_tokens_total", ("input", "default")] == 3
    assert told["tickertape_model_tokens_total", ("output", "default")] == 2
    assert told["tickertape_model_cost_total", ("default",)] == pytest.approx(26 / 1e6)
    assert told["tickertape_inbound_last_heard_timestamp_seconds", ("telegram",)] > 1.7e9
    assert re.search(rf"\b{YOU}\b", text) is None  # within a number, it is no id
    answered = next(record for record in caplog.records if record.message == "answered")
    assert (answered.input_tokens, answered.output_tokens) == (3, 2)  # type: ignore[attr-defined]
    assert answered.cost == pytest.approx(26 / 1e6)  # type: ignore[attr-defined]
    database = await Database.open(config.storage.url)
    async with database.read() as session:
        [row] = (await session.execute(select(UsageRow))).scalars().all()
    await database.aclose()
    assert (row.model, row.requests, row.input_tokens, row.output_tokens) == ("default", 1, 3, 2)
    assert row.cost == pytest.approx(26 / 1e6)
    assert row.turn == 1


async def test_a_real_prometheus_scrapes_it(emulator: EmulatorServer, tmp_path: Path) -> None:
    """It takes the target for up, and finds a series of ours there."""
    program = shutil.which("prometheus")
    assert program, "prometheus is a package of Debian (make programs)"
    async with ModelServer(QUICK) as model, watched(emulator, tmp_path, model) as (client, _):
        await until_ready(client)
        target, own = client.base_url.netloc.decode(), free_port()
        scrape = {"job_name": "tickertape", "static_configs": [{"targets": [target]}]}
        settings = {"global": {"scrape_interval": "1s"}, "scrape_configs": [scrape]}
        (tmp_path / "prometheus.yml").write_text(json.dumps(settings))
        process = await asyncio.create_subprocess_exec(
            program,
            f"--config.file={tmp_path}/prometheus.yml",
            f"--storage.tsdb.path={tmp_path}/data",
            f"--web.listen-address=127.0.0.1:{own}",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            found = await _queried(own, 'tickertape_build_info{job="tickertape"}')
        finally:
            process.terminate()
            await process.wait()
    assert found["metric"]["instance"] == target


async def _queried(port: int, query: str) -> dict[str, dict[str, str]]:
    """Ask a Prometheus until it knows an answer."""
    async with (
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
        asyncio.timeout(30),
    ):
        while True:
            try:
                answer = await client.get("/api/v1/query", params={"query": query})
            except httpx.TransportError:
                await asyncio.sleep(0)
                continue
            found = answer.json()["data"]["result"] if answer.is_success else []
            if found:
                one: dict[str, dict[str, str]] = found[0]
                return one


async def test_a_port_that_is_taken_is_told(emulator: EmulatorServer, tmp_path: Path) -> None:
    """The start ends with the key, and with what to do."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        listen = f"127.0.0.1:{other.getsockname()[1]}"
        config = configured(
            emulator, tmp_path, "http://127.0.0.1:9/v1", http=HttpConfig(listen=listen)
        )
        with pytest.raises(
            ConfigError, match="another program listens there: stop that one"
        ) as raised:
            async with build(config, SECRETS):
                pass
    assert raised.value.key == "http.listen"


async def test_strangers_bring_a_token(emulator: EmulatorServer, tmp_path: Path) -> None:
    """Elsewhere than on this machine nothing is told to those without it, not even a path."""
    port = free_port()
    config = configured(
        emulator,
        tmp_path,
        "http://127.0.0.1:9/v1",
        http=HttpConfig(listen=f"0.0.0.0:{port}", token_env="WATCH"),
    )
    secrets = Secrets({**SECRETS.variables, "WATCH": "open sesame"})
    async with (
        build(config, secrets),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        for path in ("/healthz", "/readyz", "/metrics", "/secret"):
            refused = await client.get(path)
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"] == "Bearer"
        wrong = {"authorization": "Bearer open"}
        assert (await client.get("/healthz", headers=wrong)).status_code == 401
        right = {"authorization": "Bearer open sesame"}
        assert (await client.get("/healthz", headers=right)).status_code == 200
        assert (await client.head("/metrics", headers=right)).content == b""
        assert (await client.get("/secret", headers=right)).status_code == 404
