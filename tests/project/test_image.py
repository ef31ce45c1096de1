"""The container image and its compose file: what can be told of them without building them."""

from __future__ import annotations

import asyncio
import os
import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from aiohttp import web
from dockerfile import ROOT, read

from tickertape.gateway.config.gateway_config import GatewayConfig

BUILD, FINAL = read()
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
CONFIG = ROOT / "docker" / "tickertape.yaml"
HEALTH = ROOT / "docker" / "healthcheck.py"


def test_the_image_runs_as_nobody_special() -> None:
    """By number, so that an orchestrator sees that it is not root; and its health is checked."""
    assert FINAL.all_of("USER")[-1].rest == "10001:10001"
    check = FINAL.all_of("HEALTHCHECK")[0].rest.partition(" CMD ")[2]
    assert "healthcheck.py" in check
    assert FINAL.all_of("RUN") == [], "the last stage only copies: no compiler, no cache is in it"


def test_the_image_has_extras_that_exist() -> None:
    """And not those of the embedded model."""
    given = BUILD.all_of("ARG")[0].rest.partition("=")[2].split(",")
    assert set(given) <= set(EXTRAS["optional-dependencies"])
    assert {"gateway", "telegram", "postgres", "watch"} <= set(given)
    assert "local" not in given


def test_what_is_copied_is_not_ignored() -> None:
    """Each source of a COPY is let through by .dockerignore, which lets nothing else."""
    let = set(re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE))
    copied = {name.removeprefix("./") for one in BUILD.all_of("COPY") for name in one.words[:-1]}
    assert copied == let
    assert all((ROOT / name).exists() for name in copied)


def test_the_configuration_of_the_container_is_one() -> None:
    """It suits the services: the database's name, and an address that the health check asks."""
    config = GatewayConfig.model_validate(yaml.safe_load(CONFIG.read_text("utf-8")))
    assert "@database/" in config.storage.url
    assert config.http.listen == "127.0.0.1:8080"


def test_the_services_have_what_they_need() -> None:
    """The example's variables, the configuration where the image looks, a healthy database."""
    bot, database = COMPOSE["services"]["bot"], COMPOSE["services"]["database"]
    example = (ROOT / "docker" / "env.example").read_text("utf-8")
    variables = set(re.findall(r"^(\w+)=", example, re.MULTILINE))
    asked = set(re.findall(r"\$\{(\w+):\?", (ROOT / "compose.yaml").read_text("utf-8")))
    assert asked == variables
    environment = dict(re.findall(r"(\w+)=(\S+)", FINAL.all_of("ENV")[0].rest))
    source, target, mode = bot["volumes"][0].split(":")
    assert (ROOT / source).resolve() == CONFIG
    assert (target, mode) == (environment["TICKERTAPE_CONFIG"], "ro")
    assert bot["depends_on"]["database"] == {"condition": "service_healthy"}
    assert "healthcheck" in database


def health_of(listen: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what the check says of a gateway whose configuration says where it listens."""
    config = tmp_path / "tickertape.yaml"
    config.write_text(listen)
    monkeypatch.setenv("TICKERTAPE_CONFIG", str(config))
    said: str = runpy.run_path(str(HEALTH))["main"]()
    return said


@pytest.mark.anyio
async def test_the_health_of_a_gateway_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alive, with a token; refused without one; the exit code is Docker's."""

    async def healthz(request: web.Request) -> web.Response:
        is_known = request.headers.get("Authorization") == "Bearer s3cret"
        return web.Response(status=200 if is_known else 401)

    app = web.Application()
    app.router.add_get("/healthz", healthz)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    config = tmp_path / "tickertape.yaml"
    config.write_text(f"http: {{listen: '0.0.0.0:{port}', token_env: PAGES_TOKEN}}\n")
    environment = {**os.environ, "TICKERTAPE_CONFIG": str(config)}
    try:
        for token, code, told in (("s3cret", 0, ""), ("", 1, "answers 401")):
            process = await asyncio.create_subprocess_exec(
                sys.executable, str(HEALTH),
                env={**environment, "PAGES_TOKEN": token}, stderr=subprocess.PIPE,
            )  # fmt: skip
            _, said = await process.communicate()
            assert (process.returncode, told in said.decode()) == (code, True)
    finally:
        await runner.cleanup()
    assert "does not answer" in health_of(config.read_text(), tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Set http.listen in"),
        ("http: {listen: ''}", "Set http.listen in"),
        ("http: [", "cannot be read"),
    ],
)
def test_a_check_without_an_address_says_what_to_do(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is asked, and the container is not called healthy."""
    assert said in health_of(text, tmp_path, monkeypatch)
