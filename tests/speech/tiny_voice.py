"""A voice for the real Piper in a kilobyte: each phoneme is a tone of its own, 40 ms long.

The model is what Piper runs, an ONNX graph with the inputs and the output of its voices; it is
written here byte by byte (protobuf's fields, as onnx.proto numbers them), so that no library for
making models is needed.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Sequence
from pathlib import Path

__all__ = ["RATE", "SAMPLES", "write_voice"]

RATE = 16_000
SAMPLES = RATE // 25
_FLOAT, _INT64 = 1, 7
# The signs of IPA that espeak-ng's English uses, and Piper's own: pad, begin, end, blank.
_PHONEMES = "_^$ abcdefhijklmnoprstuvwxyzæðŋɐɑɔəɚɛɜɡɪɹɾʃʊʌʒʔθᵻːˈˌ.,?!;:"


def _varint(number: int) -> bytes:
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def _field(number: int, value: int | bytes | str) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    raw = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(raw)) + raw


def _node(kind: str, inputs: Sequence[str], output: str, attribute: bytes = b"") -> bytes:
    names = b"".join(_field(1, name) for name in inputs) + _field(2, output)
    return _field(1, names + _field(4, kind) + attribute)


def _tensor(name: str, kind: int, shape: Sequence[int], raw: bytes) -> bytes:
    dims = b"".join(_field(1, size) for size in shape)
    return _field(5, dims + _field(2, kind) + _field(8, name) + _field(9, raw))


def _value(number: int, name: str, kind: int, shape: Sequence[int | str]) -> bytes:
    dims = b"".join(
        _field(1, _field(1, size) if isinstance(size, int) else _field(2, size)) for size in shape
    )
    return _field(number, _field(1, name) + _field(2, _field(1, _field(1, kind) + _field(2, dims))))


def _model() -> bytes:
    # Phoneme n sounds at n * 20 Hz.
    angles = [2 * math.pi * 20 * at / RATE for at in range(SAMPLES)]
    to_float = _field(5, _field(1, "to") + _field(3, _FLOAT) + _field(20, 2))
    graph = b"".join(
        [
            _node("Cast", ["input"], "ids", to_float),
            _node("Unsqueeze", ["ids", "axes"], "column"),
            _node("Mul", ["column", "angles"], "phases"),
            _node("Sin", ["phases"], "tones"),
            _node("Reshape", ["tones", "shape"], "output"),
            _field(2, "tones"),
            _tensor("axes", _INT64, [1], struct.pack("<q", 2)),
            _tensor("angles", _FLOAT, [SAMPLES], struct.pack(f"<{SAMPLES}f", *angles)),
            _tensor("shape", _INT64, [4], struct.pack("<4q", 1, 1, 1, -1)),
            _value(11, "input", _INT64, [1, "phonemes"]),
            _value(11, "input_lengths", _INT64, [1]),
            _value(11, "scales", _FLOAT, [3]),
            _value(12, "output", _FLOAT, [1, 1, 1, "time"]),
        ]
    )
    return _field(1, 8) + _field(7, graph) + _field(8, _field(1, "") + _field(2, 13))


def write_voice(folder: Path) -> Path:
    """Write the voice's two files; give the one that is named to Piper."""
    path = folder / "tiny.onnx"
    path.write_bytes(_model())
    config = {
        "audio": {"sample_rate": RATE},
        "espeak": {"voice": "en-us"},
        "num_symbols": len(_PHONEMES),
        "num_speakers": 1,
        "phoneme_type": "espeak",
        "phoneme_id_map": {sign: [number] for number, sign in enumerate(_PHONEMES)},
    }
    Path(f"{path}.json").write_text(json.dumps(config), "utf-8")
    return path
