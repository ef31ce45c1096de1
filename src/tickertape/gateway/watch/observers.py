"""The observers that a configuration asks for, put together.

Libraries that only some of them need are imported here, late, and only where they are wanted.
"""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from tickertape.errors import ConfigError
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.loading import Secrets
from tickertape.gateway.storage.database import Database
from tickertape.gateway.storage.usage import UsageBook
from tickertape.gateway.watch.log_lines import LogLines
from tickertape.gateway.watch.readiness import Check
from tickertape.gateway.watch.turn import Watching
from tickertape.gateway.watch.watch import Watch
from tickertape.ports import Observer
from tickertape.watching.prices import TokenPrices

if TYPE_CHECKING:
    from tickertape.gateway.watch.prometheus import PrometheusMetrics

__all__ = ["Observers", "observers_of", "prices_of"]


class Observers:
    """The watch of a gateway, and the pages that tell of it."""

    def __init__(
        self, watch: Watch, config: GatewayConfig, metrics: PrometheusMetrics | None
    ) -> None:
        """Put them together; nothing is served before `pages`.

        Args:
            watch: tells all observers.
            config: says where pages are served.
            metrics: what `/metrics` answers; None where nothing is served.
        """
        self.watch = watch
        """Tells all observers."""
        self._config = config
        self._metrics = metrics

    @asynccontextmanager
    async def pages(
        self, checks: dict[str, Check], secrets: Secrets, inbox_depth: Callable[[], int]
    ) -> AsyncIterator[int]:
        """Serve the pages until the block ends, if there are any; yield the port, or 0.

        Args:
            checks: the reasons for which no work is taken, by their names.
            secrets: the values of the variables that the configuration names.
            inbox_depth: returns how many messages are being answered, or wait for it.

        Raises:
            ConfigError: when nothing can be served at the configured address.
        """
        http = self._config.http
        if self._metrics is None or http.address is None:
            yield 0
            return
        from tickertape.gateway.watch.pages import Metrics, serve_pages  # noqa: PLC0415
        from tickertape.gateway.watch.prometheus import Readings  # noqa: PLC0415

        watch = self.watch
        self._metrics.read_from(
            lambda: Readings(inbox_depth(), watch.running, watch.listening, watch.last_heard)
        )
        metrics = Metrics(self._metrics.content_type, self._metrics.exposition)
        token = secrets.value_of(http.token_env)
        async with serve_pages(http.address, checks, metrics, token=token) as port:
            yield port


async def observers_of(
    config: GatewayConfig, database: Database, stack: AsyncExitStack
) -> Observers:
    """Return the observers of a configuration.

    Args:
        config: says who watches.
        database: keeps what models took.
        stack: closes them at its end.

    Raises:
        ConfigError: when a library is missing, or a variable of OpenTelemetry cannot be used.
    """
    book = UsageBook(database)
    stack.push_async_callback(book.flush)
    observers: list[Observer] = [LogLines(), book]
    metrics = None
    if config.http.listen:
        _check_installed("http.listen", "watch", "prometheus_client", "aiohttp")
        from tickertape.gateway.watch.prometheus import PrometheusMetrics  # noqa: PLC0415

        metrics = PrometheusMetrics(channels=tuple(config.all_channels))
        observers.append(metrics)
    if config.opentelemetry.enabled:
        observers.append(_traces(config, stack))
    content = config.opentelemetry.enabled and config.opentelemetry.content
    watching = Watching(is_measured=True, with_content=content)
    return Observers(Watch(observers, watching=watching, prices=prices_of(config)), config, metrics)


def prices_of(config: GatewayConfig) -> dict[str, TokenPrices]:
    """Return the prices of models that have one, by their names."""
    return {
        name: model.price_per_million.prices
        for name, model in config.all_models.items()
        if model.price_per_million is not None
    }


def _traces(config: GatewayConfig, stack: AsyncExitStack) -> Observer:
    needed = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")
    _check_installed("opentelemetry.enabled", "opentelemetry", *needed)
    from tickertape.gateway.watch.genai import ModelHost  # noqa: PLC0415
    from tickertape.gateway.watch.traces import OpenTelemetry  # noqa: PLC0415

    servers = {
        name: ModelHost.of(model.protocol, model.base_url, model.model)
        for name, model in config.all_models.items()
    }
    traces = OpenTelemetry.exporting(servers, asyncio.get_running_loop().time)
    stack.push_async_callback(traces.aclose)
    return traces


def _check_installed(key: str, extra: str, *modules: str) -> None:
    """Raise `ConfigError` if a module is missing that `extra` brings."""
    for name in modules:
        try:
            found = importlib.util.find_spec(name)
        except ModuleNotFoundError:
            found = None
        if found is None:
            allowed = f"it together with its libraries: pip install 'tickertape[{extra}]'"
            raise ConfigError(key, f"{name} is not installed", allowed)
