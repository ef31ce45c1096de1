"""A real homeserver for tests and benchmarks: Synapse, as its package comes.

    with private_synapse(folder) as synapse:     one that the caller may stop and start
    with shared_synapse(folder) as synapse:      one for all processes that name the same folder

Its limits are those that Synapse has by default for messages (0.2 a second, 10 at once, for each
account); those for making accounts and rooms are lifted, since no test is about them. It listens
at 127.0.0.1 only, and writes its log into its folder.

A start takes 3 s, nearly all of it imports, whatever database there is. So processes that test at
the same time share one: the first one starts it, and a keeper stops it when no process is left that
holds the lock, however they ended.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

__all__ = ["SECRET", "SERVER_NAME", "Synapse", "private_synapse", "shared_synapse"]

ROOT: Final = Path(__file__).parents[2]
PYTHON: Final = ROOT / ".synapse" / "bin" / "python"
SERVER_NAME: Final = "localhost"
"""The part of ids behind the colon."""
SECRET: Final = "test-secret"  # noqa: S105 - it opens a server that lives as long as a test
"""The shared secret with which accounts are made."""

_PATIENCE: Final = 100.0
_FREE: Final = {"per_second": 1000, "burst_count": 1000}
# Everything but `rc_message`: that one is what a bot meets where no one changed anything.
_LIFTED: Final = {
    "rc_registration": _FREE,
    "rc_login": {"address": _FREE, "account": _FREE, "failed_attempts": _FREE},
    "rc_joins": {"local": _FREE, "remote": _FREE},
    "rc_joins_per_room": _FREE,
    "rc_invites": {"per_room": _FREE, "per_user": _FREE, "per_issuer": _FREE},
    "rc_room_creation": _FREE,
    "rc_profile": _FREE,
}


@dataclass(slots=True)
class Synapse:
    """One homeserver, in a folder of its own."""

    folder: Path
    """Where its configuration, database and log are."""
    port: int
    """The port at which it listens."""
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """The address of its client API."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """What it wrote so far."""
        paths = sorted(self.folder.glob("*.log"))
        return "\n".join(path.read_text("utf-8", "replace") for path in paths)

    def start(self) -> None:
        """Start it, and wait until it answers.

        Raises:
            RuntimeError: when it ends instead, with the end of its log.
        """
        said = (self.folder / "said.log").open("ab")
        command = [str(PYTHON), "-m", "synapse.app.homeserver", "-c", "homeserver.yaml"]
        with said:
            self._process = subprocess.Popen(  # noqa: S603 - our own arguments
                command, cwd=self.folder, stdout=said, stderr=said, stdin=subprocess.DEVNULL
            )
        until = time.monotonic() + _PATIENCE
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                self.stop(signal.SIGKILL)
                msg = f"Synapse does not run: {self.log[-2000:]}"
                raise RuntimeError(msg)
            time.sleep(0.05)

    def stop(self, by: signal.Signals = signal.SIGTERM) -> None:
        """Stop it, and wait until it has ended."""
        if self._process is not None:
            self._process.send_signal(by)
            self._process.wait(_PATIENCE)
            self._process = None

    def _answers(self) -> bool:
        try:
            answer = httpx.get(f"{self.url}/_matrix/client/versions", trust_env=False)
        except httpx.TransportError:
            return False
        return answer.status_code == 200


@contextmanager
def private_synapse(folder: Path) -> Iterator[Synapse]:
    """Run a homeserver that belongs to the caller.

    Args:
        folder: an empty folder, or one that is made.
    """
    synapse = _configured(folder)
    synapse.start()
    try:
        yield synapse
    finally:
        synapse.stop(signal.SIGKILL)


@contextmanager
def shared_synapse(folder: Path) -> Iterator[Synapse]:
    """Yield the homeserver of a folder, which all processes share that name the folder.

    Args:
        folder: where it is, or is made; it outlasts the server.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "users").open("ab") as users, (folder / "starting").open("ab") as starting:
        fcntl.flock(users, fcntl.LOCK_SH)  # until this process leaves, or ends
        fcntl.flock(starting, fcntl.LOCK_EX)
        if not (folder / "port").exists():
            _start_keeper(folder)
        fcntl.flock(starting, fcntl.LOCK_UN)
        at = json.loads((folder / "port").read_text())
        yield Synapse(Path(at["folder"]), at["port"])


def _start_keeper(folder: Path) -> None:
    """Start the process that runs a shared server, and wait until it has one.

    Raises:
        RuntimeError: when there is none, with what it said.
    """
    with (folder / "keeper.log").open("ab") as log:
        started = subprocess.run(  # noqa: S603 - our own arguments
            [sys.executable, "-m", __spec__.name, str(folder)],
            cwd=ROOT, check=False, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    if started.returncode:
        raise RuntimeError((folder / "keeper.log").read_text("utf-8", "replace")[-4000:])


def keep(folder: Path) -> int:
    """Start a keeper; return 0 when its server runs, and 1 when there is none."""
    if not (keeper := os.fork()):
        os.setsid()
        _keep(folder)
        return 0
    while not (folder / "port").exists():
        if os.waitpid(keeper, os.WNOHANG) != (0, 0):
            return 1
        time.sleep(0.05)
    return 0


def _keep(folder: Path) -> None:
    """Run a server until no process holds the folder's lock any more."""
    port = folder / "port"
    with private_synapse(folder / str(time.time_ns())) as synapse:
        made = folder / "port.part"
        made.write_text(json.dumps({"folder": str(synapse.folder), "port": synapse.port}))
        made.replace(port)
        with (folder / "users").open("ab") as users:
            while not _is_left(users.fileno()):
                time.sleep(0.5)
            port.unlink()  # before the lock is free: whoever comes next starts another one


def _is_left(users: int) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _configured(folder: Path) -> Synapse:
    """Write the configuration of a server, with new keys."""
    if not PYTHON.exists():
        msg = "Synapse is not installed: make .synapse/.done"
        raise RuntimeError(msg)
    folder.mkdir(parents=True)
    synapse = Synapse(folder.resolve(), _free_port())
    # JSON is YAML.
    (synapse.folder / "homeserver.yaml").write_text(json.dumps(_configuration(synapse), indent=1))
    (synapse.folder / "log.yaml").write_text(json.dumps(_logging(synapse.folder)))
    (synapse.folder / "signing.key").write_text(f"ed25519 a_1 {_signing_key()}\n")
    return synapse


def _signing_key() -> str:
    """Return a key as `signedjson` writes it: unpadded Base64 of 32 bytes."""
    return base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")


def _configuration(synapse: Synapse) -> dict[str, Any]:
    """Return what stands in `homeserver.yaml` (Synapse's config documentation, 1.163)."""
    folder = synapse.folder
    listener = {
        "port": synapse.port,
        "bind_addresses": ["127.0.0.1"],
        "type": "http",
        "tls": False,
        "resources": [{"names": ["client"], "compress": False}],
    }
    return {
        "server_name": SERVER_NAME,
        "listeners": [listener],
        "database": {"name": "sqlite3", "args": {"database": str(folder / "homeserver.db")}},
        "signing_key_path": str(folder / "signing.key"),
        "media_store_path": str(folder / "media"),
        "pid_file": str(folder / "homeserver.pid"),
        "log_config": str(folder / "log.yaml"),
        "registration_shared_secret": SECRET,
        "macaroon_secret_key": "m",
        "form_secret": "f",
        "trusted_key_servers": [],
        "suppress_key_server_warning": True,
        "federation_domain_whitelist": [],
        "report_stats": False,
        "presence": {"enabled": False},
        "bcrypt_rounds": 4,  # an account is made in milliseconds
        **_LIFTED,
    }


def _logging(folder: Path) -> dict[str, Any]:
    file = {"class": "logging.FileHandler", "filename": str(folder / "homeserver.log")}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
        "handlers": {"file": {**file, "formatter": "line"}},
        "root": {"level": "WARNING", "handlers": ["file"]},
    }


def _free_port() -> int:
    """Return a port below those that the system gives away: no one takes it until it is used."""
    while True:
        port = 20_000 + secrets.randbelow(10_000)
        with socket.socket() as found, suppress(OSError):
            found.bind(("127.0.0.1", port))
            return port


if __name__ == "__main__":
    sys.exit(keep(Path(sys.argv[1])))
