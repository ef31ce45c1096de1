"""Ask a gateway on this machine whether it is alive: the HEALTHCHECK of the image.

The address is `http.listen` of the configuration that `TICKERTAPE_CONFIG` names, and the token, if
there is one, is in the variable that `http.token_env` names. Only that file's YAML is read: the
program's own reader would cost half a second of a processor every 30 seconds.
"""

from __future__ import annotations

import os
import sys
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import yaml

__all__ = ["main"]

TIMEOUT = 4.0
"""Seconds; one less than Docker waits."""


def main() -> str:
    """Return what is wrong; empty: the gateway is alive."""
    path = Path(os.environ["TICKERTAPE_CONFIG"])
    try:
        http = (yaml.safe_load(path.read_text("utf-8")) or {}).get("http") or {}
    except (OSError, yaml.YAMLError) as error:
        return f"{path} cannot be read: {error}"
    host, _, port = str(http.get("listen") or "").rpartition(":")
    if not port:
        return f"Set http.listen in {path}, as 127.0.0.1:8080: the health check asks there."
    token = os.environ.get(http.get("token_env") or "", "")
    connection = HTTPConnection(_near(host), int(port), timeout=TIMEOUT)
    try:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        connection.request("GET", "/healthz", headers=headers)
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        return f"{host}:{port} does not answer: {error}"
    finally:
        connection.close()
    return "" if status == 200 else f"{host}:{port} answers {status}"


def _near(host: str) -> str:
    """Return the address at which a server that listens at `host` is reached from here."""
    return {"0.0.0.0": "127.0.0.1", "[::]": "::1"}.get(host, host.strip("[]"))  # noqa: S104


if __name__ == "__main__":
    sys.exit(main() or 0)
