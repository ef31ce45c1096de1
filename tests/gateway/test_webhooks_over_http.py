"""Whole gateways behind webhooks: two bots at one address, and nginx as the docs have it."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

import httpx
import pytest
from gateway_http import QUICK, Reader
from test_two_bots_over_http import SAID, WORK_TOKEN, two_towns

from tickertape.emulator.scene import TOKEN, YOU
from tickertape.emulator.server import EmulatorServer
from tickertape.emulator.world import World
from tickertape.gateway.app import build
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.loading import parse, secrets
from tickertape.gateway.loop import Gateway
from tickertape.testing.model_server import ModelServer
from webhook_wire import SECRET, Wire, free_port, post, update

pytestmark = pytest.mark.anyio

ENVIRON: Final = {
    "TELEGRAM_BOT_TOKEN": TOKEN,
    "WORK_TOKEN": WORK_TOKEN,
    "TELEGRAM_WEBHOOK_SECRET": SECRET,
    "WORK_SECRET": "another-secret",
}
DOCS: Final = Path(__file__).parents[2] / "docs" / "gateway.md"
# Debian has it where only root looks.
NGINX: Final = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
OPENSSL: Final = shutil.which("openssl")


@asynccontextmanager
async def served(config: GatewayConfig) -> AsyncIterator[Gateway]:
    """Run a gateway, and stop it at the end."""
    async with build(config, secrets(config, ENVIRON)) as gateway:
        task = asyncio.create_task(gateway.run())
        try:
            yield gateway
        finally:
            gateway.stop()
            async with asyncio.timeout(20):
                await task


def configured(channels: str, folder: Path, model: str) -> GatewayConfig:
    """Read a file with these channels."""
    return parse(f"""
provider: {{base_url: "{model}", api_key_env: ""}}
{channels}
access: {{allow: [{YOU}]}}
storage: {{url: "sqlite+aiosqlite:///{folder / "t.db"}"}}
""")


def hook_of(world: World) -> str:
    """Return where the bot of an emulated Telegram has its webhook; empty: it has none."""
    [bot] = world.bots
    return bot.webhook.url if bot.webhook is not None else ""


async def test_two_bots_at_one_address(tmp_path: Path) -> None:
    """Each answers at its path; both webhooks are gone at the end; then one of them polls."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    async with two_towns() as (home, at_home, work, at_work), ModelServer(QUICK) as model:
        one = f'api_base: "{home.url}"'
        two = f'type: telegram, token_env: WORK_TOKEN, api_base: "{work.url}"'
        hooks = [
            f'webhook: {{url: "{address}/{path}", listen: "127.0.0.1:{port}", secret_env: {name}}}'
            for path, name in (("home", "TELEGRAM_WEBHOOK_SECRET"), ("work", "WORK_SECRET"))
        ]
        channels = f"telegram: {{{one}, {hooks[0]}}}\nchannels: {{work: {{{two}, {hooks[1]}}}}}"
        async with served(configured(channels, tmp_path, model.base_url)):
            await at_home.write(YOU, "one")
            await at_work.write(YOU, "two")
            await at_home.answers(YOU, SAID)
            await at_work.answers(YOU, SAID)
            assert hook_of(home.world) == f"{address}/home"
            assert hook_of(work.world) == f"{address}/work"
            forged = post(update(9_999, "forged", YOU), path="/work")
            assert (await Wire.ask(port, forged)).status == 403
        assert (hook_of(home.world), hook_of(work.world)) == ("", "")
        await at_home.write(YOU, "meanwhile")
        polling = f"telegram: {{{one}}}"
        async with served(configured(polling, tmp_path, model.base_url)):
            await at_home.answers(YOU, SAID, SAID)


def snippet() -> str:
    """Return what the documentation says that nginx needs."""
    [found] = re.findall(r"```nginx\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    assert isinstance(found, str)
    return found


def replaced(text: str, **changes: str) -> str:
    """Replace what differs here, each by the line that the documentation has."""
    for line in changes.values():
        old, _, new = line.partition(" => ")
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


@contextmanager
def nginx(folder: Path, port: int, behind: int) -> Iterator[Path]:
    """Run nginx by the documentation's file, at another port; yield its certificate."""
    assert NGINX is not None
    assert OPENSSL is not None
    key, certificate = folder / "key.pem", folder / "cert.pem"
    names = "subjectAltName=DNS:localhost"
    made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    made += ["-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([OPENSSL, *made, "-addext", names], check=True, capture_output=True)  # noqa: S603
    live = "/etc/letsencrypt/live/bot.example.org"
    server = replaced(
        snippet(),
        port=f"listen 443 ssl; => listen 127.0.0.1:{port} ssl;",
        certificate=f"ssl_certificate {live}/fullchain.pem; => ssl_certificate {certificate};",
        key=f"ssl_certificate_key {live}/privkey.pem; => ssl_certificate_key {key};",
        gateway=f"http://127.0.0.1:8443; => http://127.0.0.1:{behind};",
    )
    places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    paths = "".join(f"{one}_temp_path {folder / one};\n" for one in places)
    user = "user root;\n" if os.geteuid() == 0 else ""
    config = folder / "nginx.conf"
    config.write_text(
        f"{user}pid {folder / 'pid'};\nworker_processes 1;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{paths}{server}}}\n",
        "utf-8",
    )
    program = [NGINX, "-p", str(folder), "-e", str(folder / "errors.log"), "-c", str(config)]
    # It returns once it listens, and goes on in the background.
    subprocess.run(program, check=True, capture_output=True)  # noqa: S603
    try:
        yield certificate
    finally:
        subprocess.run([*program, "-s", "stop"], check=True, capture_output=True)  # noqa: S603


@pytest.mark.skipif(NGINX is None or OPENSSL is None, reason="`make programs` installs nginx")
async def test_behind_the_nginx_of_the_documentation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telegram posts through it by TLS; forgeries are refused; a gateway that is down is 502."""
    port, behind = free_port(), free_port()
    with nginx(tmp_path, port, behind) as certificate:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        async with (
            EmulatorServer() as telegram,
            httpx.AsyncClient(base_url=telegram.url, timeout=20) as page,
            httpx.AsyncClient(
                base_url=f"https://localhost:{port}",
                verify=ssl.create_default_context(cafile=str(certificate)),
                trust_env=False,
            ) as outside,
            ModelServer(QUICK) as model,
        ):
            you = Reader(page)
            hook = f'url: "https://localhost:{port}/telegram", listen: "127.0.0.1:{behind}"'
            channels = f'telegram: {{api_base: "{telegram.url}", webhook: {{{hook}}}}}'
            config = configured(channels, tmp_path, model.base_url)
            named = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
            wrong = dict.fromkeys(named, "guess")
            real = update(9_999, "forged", YOU)
            assert (await outside.post("/telegram", json=real, headers=named)).status_code == 502
            async with served(config):
                await you.write(YOU, "through nginx")
                await you.answers(YOU, SAID)
                forged = {
                    403: outside.post("/telegram", json=real, headers=wrong),
                    401: outside.post("/telegram", json=real),
                    404: outside.post("/other", json=real, headers=named),
                    405: outside.get("/telegram", headers=named),
                    415: outside.post("/telegram", content=b"{}", headers=named),
                    413: outside.post("/telegram", content=b" " * 2**21, headers=named),
                    400: outside.post("/telegram", json={}, headers=named),
                }
                for status, asked in forged.items():
                    assert (await asked).status_code == status
            assert hook_of(telegram.world) == ""
            await you.write(YOU, "while it was down")
            async with served(config):
                await you.answers(YOU, SAID, SAID)
