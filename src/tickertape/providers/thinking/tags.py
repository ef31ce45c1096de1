"""The tags between which models think, as one grammar: what is a tag, and what may become one.

Servers are meant to take these tags out of the text and often do not: a template opens the tag so
that only its end is seen, a parser for another model is configured, a gateway passes all on. Which
families there are, and where each was seen in the text of an answer:

- `<think>` and its kin, in any case, with attributes: DeepSeek R1, Qwen, GLM, Kimi
  (docs.sglang.ai/advanced_features/separate_reasoning, 2026-11), `<mm:think>`
  (MiniMax-AI/MiniMax-Provider-Verifier#17), `<seed:think>` (vllm-project/vllm,
  reasoning/seedoss_reasoning_parser.py), `<thought>` (NousResearch/hermes-agent#8991),
  `<reflection>`, `<ant_thinking>`, `<reasoning>` and others (lbds137/tzurot,
  docs/reference/REASONING_MODEL_FORMATS.md);
- `[THINK]` ... `[/THINK]`: Magistral, Ministral (waybarrios/vllm-mlx#599);
- `◁think▷` ... `◁/think▷`: Kimi (docs.sglang.ai, as above);
- `<|START_THINKING|>` ... `<|END_THINKING|>`, the answer within `<|START_RESPONSE|>` or
  `<|START_TEXT|>` and their ends: Command A (smg-project/smg#306, Blaizzy/mlx-vlm#1298);
- `<|begin_of_thought|>` ... `<|end_of_thought|>`, then `<|begin_of_solution|>`: Sky-T1, OpenThinker
  (github.com/NovaSky-AI/SkyThought, system prompt);
- `<|channel>thought` ... `<channel|>`: Gemma 4 (NousResearch/hermes-agent#67632);
- `<|think|>` ... `<|/think|>`: Gemma by LiteRT (NickMonrad/kernel-ai-assistant#946);
- `<details type="reasoning" done="true">`: Open WebUI, around what its models thought
  (open-webui/open-webui, backend/open_webui/utils/middleware.py);
- harmony, `<|channel|>analysis<|message|>` ... `<|end|>`, the answer after
  `<|channel|>final<|message|>`: gpt-oss (cookbook.openai.com/articles/openai-harmony, 2026-11;
  ml-explore/mlx-lm#1867). A `commentary` that is addressed to a tool is not for the reader. The
  recipient may stand before the channel, and what of a header the template wrote is not there
  (` to=functions.clock<|channel|>commentary json<|message|>`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["ANSWERS", "SIGNS", "Tag", "begun", "could_begin_tag", "letters", "tag_at"]

SIGNS = "<[◁"
"""The characters with which tags begin."""


Role: TypeAlias = Literal["open", "close", "answer", "end", "stop"]


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag that stands in the text."""

    role: Role
    """What it says: a thought begins; a thought ended; the answer begins; what it belongs to
    ended, be it thought or answer (an "end" means nothing where its family was not seen); the model
    has nothing more to say ("stop")."""
    family: str
    """Whose tag it is: the name of an XML-like tag, or the name of the whole family."""
    size: int
    """Its characters."""
    is_call: bool = False
    """Whether what it opens is the call of a tool, which stands in the text by mistake."""


_NAMES = (
    "think",
    "thinking",
    "thought",
    "thoughts",
    "reasoning",
    "reasoning_scratchpad",
    "scratchpad",
    "thought_process",
    "thinking_process",
    "chain_of_thought",
    "inner_thoughts",
    "internal_thoughts",
    "reflection",
    "inner_monologue",
    "ant_thinking",
    "antthinking",
    "mm:think",
    "seed:think",
)

_STOPS = (
    *("<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<|eot|>", "<|endoftext|>", "<|end_of_text|>"),
    *("<end_of_turn>", "<|end_of_turn|>", "<｜end▁of▁sentence｜>", "<|end▁of▁sentence|>"),
    *("<|user|>", "<|observation|>", "<|end_of_role|>"),
)
"""With what a turn of a model ends, where its server takes them for text (their tokenizers)."""

ANSWERS = ("answer", "response", "final_answer")
"""The tags around an answer behind a thought; alone they are a word of XML (Hunyuan, ERNIE and R1:
vllm-project/vllm, reasoning/hunyuan_a13b_reasoning_parser.py and ernie45_reasoning_parser.py)."""

_FIXED: dict[str, tuple[Role, str]] = {
    "[think]": ("open", "[think]"),
    "[/think]": ("close", "[think]"),
    "◁think▷": ("open", "◁think▷"),
    "◁/think▷": ("close", "◁think▷"),
    "<|think|>": ("open", "|think|"),
    "<|/think|>": ("close", "|think|"),
    "<|thinking|>": ("open", "|thinking|"),
    "<|/thinking|>": ("close", "|thinking|"),
    "<|end_thinking|>": ("close", "command"),
    "<|start_thinking|>": ("open", "command"),
    "<|start_response|>": ("answer", "command"),
    "<|end_response|>": ("end", "command"),
    "<|start_text|>": ("answer", "command"),
    "<|end_text|>": ("end", "command"),
    "<|begin_of_thought|>": ("open", "of_thought"),
    "<|end_of_thought|>": ("close", "of_thought"),
    "<|begin_of_solution|>": ("answer", "of_thought"),
    "<|end_of_solution|>": ("end", "of_thought"),
    "<|channel>thought": ("open", "channel"),
    "<channel|>": ("close", "channel"),
    "<|thought|>": ("open", "|thought|"),
    "<|/thought|>": ("close", "|thought|"),
    "<unused94>thought": ("open", "unused"),
    "<unused95>": ("close", "unused"),
    "<|im_start|>assistant": ("answer", "chatml"),
    "<|start_header_id|>assistant<|end_header_id|>": ("answer", "llama"),
    "<|assistant|>": ("answer", "zephyr"),
    **dict.fromkeys(_STOPS, ("stop", "stop")),
    "analysis<|message|>": ("open", "harmony"),
    **dict.fromkeys(("commentary<|message|>", "final<|message|>"), ("answer", "harmony")),
    "<|end|>": ("end", "harmony"),
    "<|return|>": ("end", "harmony"),
    "<|call|>": ("end", "harmony"),
}

# At most two spaces and 120 characters of a value: what is longer is no tag, and is not waited for.
_VALUE = r"""(?:"[^"<>\n]{0,120}"|'[^'<>\n]{0,120}')"""
_VALUE_BEGUN = r"""(?:"[^"<>\n]{0,120}|'[^'<>\n]{0,120})"""
_ATTRIBUTE = r"[a-z][a-z0-9_:.-]{0,40}"
_ATTRIBUTES = rf"(?:[ \t]{{1,2}}{_ATTRIBUTE}={_VALUE}){{0,8}}"
_ATTRIBUTES_BEGUN = (
    rf"{_ATTRIBUTES}(?:[ \t]{{1,2}}(?:{_ATTRIBUTE}(?:=(?:{_VALUE_BEGUN}|{_VALUE})?)?)?)?"
)
_NAME = "|".join(sorted(_NAMES, key=len, reverse=True))
_RECIPIENT = r"[^<>\n|]{0,80}"


def begun(*pieces: str) -> str:
    """Return the pattern of every beginning of a row of pieces, each of them a pattern."""
    pattern = ""
    for piece in reversed(pieces):
        pattern = f"{piece}(?:{pattern})?" if pattern else piece
    return pattern


def letters(text: str) -> tuple[str, ...]:
    """Return the characters of a text, as pieces of a pattern."""
    return tuple(map(re.escape, text))


_DETAILS = '<details type="reasoning"'
_ROLE = "assistant"
_START = f"<|start|>{_ROLE}"
_CHANNEL = "<|channel|>"
_MESSAGE = "<|message|>"
_CONSTRAIN = "<|constrain|>"
_CHANNELS = ("analysis", "commentary", "final")

_TAG = re.compile(
    rf"<(?P<slash>/[ \t]{{0,2}})?(?P<name>{_NAME}){_ATTRIBUTES}[ \t]{{0,2}}>"
    rf"|<(?P<end>/?)(?P<answer>{'|'.join(ANSWERS)})>"
    rf"|(?P<details>{_DETAILS}{_RECIPIENT}>)|(?P<closed></details>)"
    rf"|(?P<fixed>{'|'.join(map(re.escape, _FIXED))})"
    rf"|(?:(?:{re.escape('<|start|>')})?{_ROLE})?(?: ?to={_RECIPIENT})?"
    rf"{re.escape(_CHANNEL)}(?P<channel>{'|'.join(_CHANNELS)})"
    rf"(?P<recipient>{_RECIPIENT})(?P<format>{re.escape(_CONSTRAIN)}{_RECIPIENT})?"
    rf"{re.escape(_MESSAGE)}"
    rf"|(?P<plain>{re.escape(_START + _MESSAGE)})",
    re.IGNORECASE | re.ASCII,
)

_TAILS = (
    (_RECIPIENT, *letters(_MESSAGE)),
    (_RECIPIENT, *letters(_CONSTRAIN), _RECIPIENT, *letters(_MESSAGE)),
)
_HEADERS = [
    (*start, *letters(_CHANNEL + channel), *tail)
    for start in (
        *((), letters(_START), letters(_ROLE), (*letters("to="), _RECIPIENT)),
        *((*letters(role), " ?", *letters("to="), _RECIPIENT) for role in (_START, _ROLE)),
    )
    for channel in _CHANNELS
    for tail in _TAILS
]

_BEGINNING = re.compile(
    "(?:"
    + "|".join(
        [
            *(begun("<", *letters(name)) for name in _NAMES),
            *(begun("<", "/", "[ \t]{0,2}", *letters(name)) for name in _NAMES),
            begun(*letters(_DETAILS), _RECIPIENT),
            begun(*letters("</details")),
            *(begun("<", *letters(name)) for name in ANSWERS),
            *(begun("<", "/", *letters(name)) for name in ANSWERS),
            rf"</?(?:{_NAME}){_ATTRIBUTES_BEGUN}",
            *(begun(*letters(tag)) for tag in (*_FIXED, _START + _MESSAGE)),
            *(begun(*header) for header in _HEADERS),
        ]
    )
    + r")\Z",
    re.IGNORECASE | re.ASCII,
)


def tag_at(text: str, at: int) -> Tag | None:
    """Read the tag that begins at a place; None where none is whole there."""
    found = _TAG.match(text, at)
    if found is None:
        return None
    size = found.end() - at
    if name := found["name"]:
        return Tag("close" if found["slash"] else "open", name.lower(), size)
    if name := found["answer"]:
        return Tag("end" if found["end"] else "answer", name.lower(), size)
    if found["details"] or found["closed"]:
        return Tag("open" if found["details"] else "end", "details", size)
    if fixed := found["fixed"]:
        role, family = _FIXED[fixed.lower()]
        return Tag(role, family, size)
    channel = (found["channel"] or "final").lower()
    is_addressed = "to=" in found[0] or found["format"] is not None
    is_hidden = channel == "analysis" or (channel == "commentary" and is_addressed)
    is_call = is_hidden and channel == "commentary"
    return Tag("open" if is_hidden else "answer", "harmony", size, is_call)


def could_begin_tag(text: str, at: int) -> bool:
    """Return whether the text from a place to its end is an unfinished tag."""
    return _BEGINNING.match(text, at) is not None
