"""The embedded model: fetched once, run as a server of our own on this machine.

    model    the pinned facts of the files that are accepted
    client   where a file comes from: the hub, the data wheels
    store    the file on this machine, checked and remembered
    server   `LocalServer`: the process that answers, as long as a block runs
    engine   what runs in that process

Nothing is imported here: the extra `local` is needed only where the model is.
"""

from __future__ import annotations

__all__: list[str] = []
