"""A speech server as an engine: `POST {base_url}/audio/speech`, WAV back.

The protocol is OpenAI's, which local servers speak too (LocalAI, Speaches, Kokoro-FastAPI). WAV is
asked for, because its header says what the samples are; the servers' raw samples come at rates of
their own. The answer is read as it comes, up to a bound, and dropped when the task is cancelled.
No key and no words are in any error or log.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import httpx2

from tickertape.errors import SpeechError
from tickertape.speech.audio import Audio, read_wav
from tickertape.speech.ports import SpeechSettings

__all__ = ["EXCEPTIONS", "RemoteSpeech", "open_remote"]

EXCEPTIONS: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (httpx2.ProxyError, "the proxy refused the way to {host}"),
    (ssl.SSLError, "no trusted TLS connection to {host}"),
    (socket.gaierror, "the name {host} is not known"),
    (ConnectionRefusedError, "{host} refuses connections"),
    (httpx2.TimeoutException, "{host} did not answer in time"),
    (httpx2.RemoteProtocolError, "{host} broke the connection off"),
    (httpx2.DecodingError, "{host} sent a body that cannot be unpacked"),
    (httpx2.HTTPError, "the connection to {host} broke"),
    (httpx2.StreamError, "the connection to {host} was closed"),
    (httpx2.InvalidURL, "the address of the speech server cannot be used"),
    (OSError, "the connection to {host} broke"),
)
"""What an exception of the network means. The first row decides whose type stands anywhere in the
chain of causes. No text of an exception is shown: it may hold a URL."""

_MEANINGS: Final[Mapping[int, str]] = {
    401: "it did not accept our key",
    403: "our key may not use it",
    404: "it has no /audio/speech, or not this model or voice",
    429: "it asks us to slow down",
}
# Seconds for the connection, and between two pieces of an answer: servers begin within a second,
# local ones on a slow processor within some.
_CONNECT: Final = 10.0
_IDLE: Final = 30.0
_WHOLE: Final = 60.0
# A minute of WAV at 48 kHz is 5.8 MB; no sentence is longer.
_LARGEST: Final = 16 * 1024 * 1024


class RemoteSpeech:
    """Speaks by a server; a `tickertape.speech.ports.Engine`."""

    def __init__(
        self, base_url: str, *, model: str, voice: str, api_key: str = "", speed: float = 1.0
    ) -> None:
        """Make ready; nothing is connected yet.

        Args:
            base_url: Where the server is, up to `/v1`.
            model: The model, as the server calls it.
            voice: The voice, as the server calls it.
            api_key: The key; empty where none is needed.
            speed: How fast it speaks; 1 is the voice's own pace.

        Raises:
            SpeechError: when `base_url` is no address.
        """
        self._host = _host_of(base_url)
        self._url = f"{base_url.rstrip('/')}/audio/speech"
        self._fixed: dict[str, object] = {"model": model, "voice": voice, "response_format": "wav"}
        if speed != 1.0:
            self._fixed["speed"] = speed
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._client = httpx2.AsyncClient(
            headers=headers, timeout=httpx2.Timeout(_IDLE, connect=_CONNECT)
        )

    def __repr__(self) -> str:
        return f"RemoteSpeech(host={self._host!r}, model={self._fixed['model']!r})"

    async def synthesise(self, text: str) -> Audio:
        """Return the sound of a sentence."""
        try:
            async with asyncio.timeout(_WHOLE):
                raw = await self._ask(text)
        except TimeoutError:
            msg = f"{self._host} took longer than {_WHOLE:.0f} s for a sentence"
            raise SpeechError(msg) from None
        except tuple(row[0] for row in EXCEPTIONS) as error:
            raise SpeechError(_meaning(error).format(host=self._host)) from None
        try:
            return read_wav(raw)
        except ValueError as error:
            msg = f"{self._host} sent no sound: {error}"
            raise SpeechError(msg) from None

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def _ask(self, text: str) -> bytes:
        body = {**self._fixed, "input": text}
        raw = bytearray()
        async with self._client.stream("POST", self._url, json=body) as answer:
            if answer.status_code != httpx2.codes.OK:
                meaning = _MEANINGS.get(answer.status_code, "it failed")
                msg = f"{self._host} said no (HTTP {answer.status_code}): {meaning}"
                raise SpeechError(msg)
            async for piece in answer.aiter_bytes():
                raw += piece
                if len(raw) > _LARGEST:
                    msg = f"{self._host} sent more than {_LARGEST // 2**20} MiB for a sentence"
                    raise SpeechError(msg)
        return bytes(raw)


def _host_of(address: str) -> str:
    try:
        host = urlsplit(address).hostname
    except ValueError:
        host = None
    if not host:
        msg = "the address of the speech server cannot be used"
        raise SpeechError(msg)
    return host


def _meaning(error: BaseException) -> str:
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in chain:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    return next(
        meaning for kind, meaning in EXCEPTIONS if any(isinstance(one, kind) for one in chain)
    )


def open_remote(settings: SpeechSettings) -> RemoteSpeech:
    """Return a speech server as it is configured: OpenAI's where no address is given."""
    return RemoteSpeech(
        settings.base_url or "https://api.openai.com/v1",
        model=settings.model or "gpt-4o-mini-tts",
        voice=settings.voice or "alloy",
        api_key=settings.api_key,
    )
