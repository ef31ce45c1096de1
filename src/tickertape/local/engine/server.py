"""llama.cpp's HTTP server in a process of its own: `python -m tickertape.local.engine.server`.

The parent speaks over the pipes. The one line that comes in is the `EngineSettings` as JSON;
the answer is the line `{"url": ...}` when the model is ready. Where it cannot be, it is
`{"error": ...}`, and the process ends; the library's own words stand on standard error. When
standard input ends, so does the process: it cannot outlive its parent, however that one ends.

The key comes through the pipe, so that no list of processes shows it. Standard output is kept for
the answer. Only the library writes to standard error: it does so from a thread, a line in pieces.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from pathlib import Path

import xllamacpp

from tickertape.local.engine.settings import EngineSettings

__all__ = ["main"]

_PING = 5
"""Seconds of silence after which the server sends a comment, so that the reading of a long prompt
can be told from a server that hangs."""


def main() -> None:
    """Serve until standard input ends."""
    # An interrupt at the terminal reaches the whole group; when to end is the parent's decision.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    reading = threading.Thread(target=_read_lines, args=(lines,), daemon=True)
    reading.start()
    try:
        server = xllamacpp.Server(_parameters(EngineSettings(**json.loads(lines.get()))))
    except (OSError, RuntimeError, ValueError) as error:
        print(json.dumps({"error": str(error)}), file=answers)
        sys.exit(1)
    print(json.dumps({"url": server.listening_address}), file=answers)
    reading.join()


def _read_lines(lines: queue.SimpleQueue[bytes]) -> None:
    # Without a buffer, and so without a lock that this thread could hold when the process ends.
    with open(0, "rb", buffering=0) as stdin:
        for line in stdin:
            lines.put(line)
    # Neither loading nor writing an answer can delay the end.
    os._exit(0)


def _parameters(settings: EngineSettings) -> xllamacpp.CommonParams:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = settings.path
    parameters.model_alias = {settings.model}
    parameters.chat_template = Path(settings.template).read_text(encoding="utf-8")
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.api_keys = [settings.api_key]
    # The library's default lets any page in a browser on this machine ask.
    parameters.cors_origins = "http://127.0.0.1"
    parameters.ui = False
    parameters.n_ctx = settings.context_tokens
    parameters.n_parallel = settings.answers_at_once
    parameters.cpuparams.n_threads = settings.threads
    parameters.cpuparams_batch.n_threads = settings.threads
    # The library's default for prompts kept in memory is 8 GiB.
    parameters.cache_ram_mib = 256
    # Who asks warms up best, with what all its conversations begin with.
    parameters.warmup = False
    parameters.sse_ping_interval = _PING
    # Errors only.
    parameters.verbosity = 1
    return parameters


if __name__ == "__main__":
    main()
