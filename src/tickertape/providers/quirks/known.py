"""Known quirks of servers: which refusal calls for which workaround. One table, no I/O.

Only refused parameters have workarounds, and streaming that an account may not use: a wrong key, an
overflowing window or an empty account have none. A workaround is proposed once for a request, so a
request is changed a bounded number of times.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tickertape.errors import FailureKind
from tickertape.providers.quirks.profile import Profile
from tickertape.providers.quirks.workarounds import (
    Fixed,
    Renamed,
    ReturnsReasoning,
    WithoutParameter,
    WithoutStreaming,
    Workaround,
)
from tickertape.providers.refusals.error_body import ErrorBody

__all__ = ["QUIRKS", "Quirk", "SentRequest", "workaround_for"]


@dataclass(frozen=True, slots=True)
class SentRequest:
    """The request that was refused."""

    body: Mapping[str, object]
    """Its JSON."""
    profile: Profile
    """The ways by which it was made."""
    required: frozenset[str]
    """The fields without which there is no request."""


@dataclass(frozen=True, slots=True)
class Quirk:
    """What a refusal in certain words calls for."""

    words: re.Pattern[str]
    """What is looked for in the names and the message, in lower case."""
    workarounds: Callable[[re.Match[str], ErrorBody, SentRequest], Iterator[Workaround]]
    """The workarounds that may help, the best first."""
    source: str
    """Where the words were seen."""
    kinds: frozenset[FailureKind] = frozenset({FailureKind.REFUSED_PARAMETER})
    """The kinds of failure that it is for."""


def _streaming(_: re.Match[str], said: ErrorBody, asked: SentRequest) -> Iterator[Workaround]:
    if asked.body.get("stream") is True and not asked.profile.must_stream:
        yield WithoutStreaming(with_tools_only="tool use in streaming" in said.message.lower())


def _reasoning_wanted(_: re.Match[str], __: ErrorBody, asked: SentRequest) -> Iterator[Workaround]:
    if asked.profile.returns_reasoning == "never":
        yield ReturnsReasoning("with_calls")
    if asked.profile.returns_reasoning != "always":
        yield ReturnsReasoning("always")


def _reasoning_refused(_: re.Match[str], __: ErrorBody, ___: SentRequest) -> Iterator[Workaround]:
    yield ReturnsReasoning("never")


def _demanded(found: re.Match[str], _: ErrorBody, asked: SentRequest) -> Iterator[Workaround]:
    name, value = found[1], found[2] == "true"
    if asked.body.get(name) is not value:
        yield Fixed(name, value)


def _other_name(found: re.Match[str], _: ErrorBody, asked: SentRequest) -> Iterator[Workaround]:
    if found[1] in asked.body and found[2] not in asked.body:
        yield Renamed(found[1], found[2])


def _one_of_two(found: re.Match[str], _: ErrorBody, asked: SentRequest) -> Iterator[Workaround]:
    if found[2] in asked.body:
        yield WithoutParameter(found[2])


def _no_tools(_: re.Match[str], __: ErrorBody, asked: SentRequest) -> Iterator[Workaround]:
    if "tools" in asked.body:
        yield WithoutParameter("tools")


_LIMITS = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
"""The two names of one thing (platform.openai.com/docs/api-reference/chat/create, 2026-11)."""

_WHOLE = frozenset({"tools", "messages", "input"})
"""Fields of which a part may be wrong without the whole being refused."""


def _parameter(_: re.Match[str], said: ErrorBody, asked: SentRequest) -> Iterator[Workaround]:
    for name in _named(said, asked):
        other = _LIMITS.get(name)
        if other is not None and other not in asked.body:
            yield Renamed(name, other)
        yield WithoutParameter(name)


def _named(said: ErrorBody, asked: SentRequest) -> list[str]:
    """Return the optional fields of the request that the error names, in its order."""
    optional = [name for name in asked.body if name not in asked.required]
    heads = [(place, re.split(r"[.\[]", place, maxsplit=1)[0]) for place in said.parameters]
    named = [n for place, n in heads if n in optional and (place == n or n not in _WHOLE)]
    positions = {name: _position(name, said.message) for name in optional}
    return named + sorted(filter(lambda n: positions[n] >= 0, optional), key=positions.__getitem__)


def _position(name: str, message: str) -> int:
    """Find where a message names a field; -1 where it does not."""
    found = [re.search(form, message) for form in _forms(name)]
    return min((place.start() for place in found if place is not None), default=-1)


def _forms(name: str) -> Iterator[str]:
    """Yield the patterns by which a message can name a field."""
    first, *rest = name.split("_")
    camel = first + "".join(part.capitalize() for part in rest)
    yield rf"['\"`](?:{name}|{camel})['\"`]"
    # A bare word may be prose ("stop", "user", "include"): it stands where only a name can.
    yield rf": {name}\.?$|^{name}:"
    yield rf"(?i:\b(?:invalid|unsupported|unknown|parameter|argument|field)) (?:{name}|{camel})\b"
    yield rf"\b(?:{name}|{camel})\s?=\s?\S"
    yield rf"^(?i:{name}) (?:is|are|must|should|may|can|cannot|only)\b"
    if rest:
        yield rf"(?<![\w.])(?:{name}|{camel})(?![\w.\[])"


QUIRKS: tuple[Quirk, ...] = (
    Quirk(
        re.compile(
            r"must be verified to (?:stream|use)|'stream' does not support true"
            r"|tool use in streaming|invokemodelwithresponsestream"
            r"|\bstream(?:ing)?\b[^.]{0,40}\bnot (?:be )?(?:support|allow|available|permit)"
            r"|(?:not|n't) (?:support|allow)[^.]{0,30}\bstream(?:ing)?\b"
        ),
        _streaming,
        "just-every/code#331, charmbracelet/crush#1216, ChatGPTNextWeb/NextChat#6252,"
        " earendil-works/pi#3739, vercel-labs/fx#900",
        frozenset({FailureKind.REFUSED_PARAMETER, FailureKind.AUTH}),
    ),
    Quirk(
        re.compile(r"reasoning_content\S* (?:in .{0,40})?(?:must be passed back|is missing)"),
        _reasoning_wanted,
        "earendil-works/pi#3636, continuedev/continue#11806",
    ),
    Quirk(
        re.compile(
            r"messages\b.*\breasoning(?:_content)?\b.*(?:unsupported|not supported|not permitted)"
            r"|invalid `?signature`? in `?thinking|extra_forbidden.*\bmessages\.\S*reasoning"
            r"|without its required '?reasoning|'rs_\w+' not found|encrypted.content\b.*\bnot\b"
            r"|invalid_encrypted_content"
        ),
        _reasoning_refused,
        "vercel/ai#8057, BerriAI/litellm#30835, anthropics/anthropic-sdk-python#1598,"
        " openai/openai-python#3009, earendil-works/pi#3369, openai/codex#8145",
    ),
    Quirk(
        re.compile(r"\b(store|stream) must be set to (true|false)"),
        _demanded,
        "openclaw/openclaw#67740",
    ),
    Quirk(
        re.compile(r"'(\w+)' is not supported with this model\. use '(\w+)' instead"),
        _other_name,
        "tailcallhq/forgecode#1081",
    ),
    Quirk(
        re.compile(r"`?(\w+)`? and `?(\w+)`? cannot both be specified"),
        _one_of_two,
        "BerriAI/litellm#15097",
    ),
    Quirk(
        re.compile(
            r"(?:does|do) not support (?:tools|tool use|function calling)"
            r"|no endpoints found that support tool use"
        ),
        _no_tools,
        "ollama/ollama#11131, pydantic/pydantic-ai#2896",
    ),
    Quirk(
        re.compile(
            # A model for which the field has one value, or a few, and not ours.
            r"\bonly (?:the )?default\b|\bonly (?:\S+ ){1,6}?(?:is|are) (?:allowed|supported)"
            r"|\bonly supports?\b|\b(?:may|can) only be\b|\bsupported values are\b"
            r"|\bmust be one of\b|\bmust be (?:set to |equal to )?(?:\d+(?:\.\d+)?|none|null)"
            r"(?: (?:for|when|with|if)\b|\.?$)|\bmust be unset|\bor unset\b|\bis fixed\b"
            r"|\bno endpoints found that support\b"
            r"|\bcannot be (?:set|changed|modified|specified|used)\b|\bnot configurable\b"
        ),
        _parameter,
        "NousResearch/hermes-agent#11764, anthropics/claude-code#8824, anomalyco/opencode#4451,"
        " zed-industries/zed#36094",
    ),
    Quirk(
        re.compile(
            r"unsupported|(?:not|n't) support|unknown|unrecogni[sz]ed|unexpected|deprecated"
            r"|not (?:permitted|allowed|available)|extra (?:fields|inputs)|extra_forbidden"
        ),
        _parameter,
        "Gitlawb/openclaude#2144, dnakov/anon-kode#53, mistralai/platform-docs-public#7",
    ),
)
"""Which words call for which workaround; the first row that has one decides."""


def workaround_for(
    kind: FailureKind, said: ErrorBody, asked: SentRequest, tried: Sequence[Workaround] = ()
) -> Workaround | None:
    """Return a change to a refused request that may help; None if there is none.

    Args:
        kind: what sort of failure it is.
        said: the server's words.
        asked: the request.
        tried: the workarounds that it had already; none is proposed again, or taken back.
    """
    words = " ".join([*said.names, *said.parameters, said.message]).lower()
    for quirk in QUIRKS:
        if kind not in quirk.kinds or (found := quirk.words.search(words)) is None:
            continue
        for workaround in quirk.workarounds(found, said, asked):
            if {workaround, _opposite(workaround)}.isdisjoint(tried):
                return workaround
    return None


def _opposite(workaround: Workaround) -> Workaround:
    """Return the workaround that would undo this one."""
    return (
        Renamed(workaround.new, workaround.old) if isinstance(workaround, Renamed) else workaround
    )
