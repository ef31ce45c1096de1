"""Updates that Telegram posts to us, in place of polling: a webhook.

    request ─▶ requests: refused? ─▶ deliveries ─▶ receiver ─▶ the reader ─▶ 200 or 503

`requests` decides about a request, `hook` and `registration` say what a webhook is and what
Telegram tells about it: all three are pure. `server` does HTTP, `deliveries` keeps what waits, and
`receiver` registers the webhook and reads.
"""

from __future__ import annotations

__all__: list[str] = []
