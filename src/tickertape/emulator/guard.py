"""Who may look at the viewer and give orders to control: this machine, and its own page."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["Guard"]


class Guard:
    """Lets no foreign web page at the viewer and at control.

    Any page in the person's browser can send requests to a local address. What it cannot do is
    leave out its own `Origin`, or name a host that this server was told.

    Args:
        app: What is guarded.
        hosts: The host names under which browsers may come, besides loopback addresses.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403."""
        guarded = scope["type"] == "http" and scope["path"].startswith(("/view", "/control"))
        if guarded and (reason := self._refusal(scope)) is not None:
            await JSONResponse({"error": reason}, 403)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._is_known(host, scope):
            return "This host name is not one that the emulator was told."
        origin = headers.get("origin")
        if origin is not None and origin != f"http://{host}":
            return "Requests from other web pages are not answered."
        return None

    def _is_known(self, host: str, scope: Scope) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if name in self._hosts or name == (scope.get("server") or ("",))[0]:
            return True
        try:
            return ipaddress.ip_address(name).is_loopback
        except ValueError:
            return False
