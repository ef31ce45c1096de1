"""What of an answer no chat can show and no agent of ours can answer: what the reader is told.

Models' servers call these things by many names: items of Responses (openai-python 3.54,
types/responses/response_output_item.py), blocks of Messages (anthropic 2.12,
types/beta/beta_content_block.py), and parts of a message's content in Chat Completions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

__all__ = ["hidden_parts", "told", "transcript_of"]

_TOLD: Mapping[str, str] = {
    "mcp_approval_request": "it asks for approval to run {name}, which cannot be given here",
    "computer_call": "it asks to use a computer",
    "local_shell_call": "it asks to run a command",
    "shell_call": "it asks to run a command",
    "apply_patch_call": "it asks to change a file",
    **dict.fromkeys(
        ("custom_tool_call", "custom"), "it asks for the tool {name}, which is not known here"
    ),
    **dict.fromkeys(("mcp_tool_use", "server_tool_use"), "it called {name}, and no result came"),
    **dict.fromkeys(
        ("image_generation_call", "image", "image_url", "output_image", "input_image"), "an image"
    ),
    **dict.fromkeys(("video", "video_url", "output_video"), "a video"),
    **dict.fromkeys(("container_upload", "file", "output_file", "input_file"), "a file"),
}
"""What the reader is told, whatever else the answer has."""

_ALONE: Mapping[str, str] = dict.fromkeys(("audio", "output_audio", "input_audio"), "a recording")
"""What the reader is told where the answer has nothing else; of all other kinds their name is."""

_SHOWN = frozenset(
    {"text", "output_text", "refusal", "thinking", "reasoning", "reasoning_text"}
    | {"redacted_thinking", "summary_text"}
)
"""The types of parts that are words or thoughts, perhaps of none."""


def told(said: Mapping[str, object], *, alone: bool) -> str:
    """Return what the reader is told of something unshown; empty where it need not be.

    Args:
        said: what it is, as an object of its protocol.
        alone: whether the answer has nothing else.
    """
    kind = said.get("type")
    if not isinstance(kind, str):
        return ""
    if kind in _TOLD:
        name, server = said.get("name"), said.get("server_label") or said.get("server_name")
        shown = name if isinstance(name, str) and name else "a tool"
        shown = f"{shown} (server {server})" if isinstance(server, str) and server else shown
        return _TOLD[kind].format(name=shown)
    return _ALONE.get(kind, f"it is of the kind {kind}" if kind else "") if alone else ""


def hidden_parts(content: object) -> Iterator[Mapping[str, object]]:
    """Yield the parts of a message's content that have no words."""
    for part in content if isinstance(content, list) else [content]:
        if not isinstance(part, dict) or str(part.get("type")) in _SHOWN:
            continue
        if not (isinstance(part.get("text"), str) or transcript_of(part)):
            yield part


def transcript_of(said: object) -> str:
    """Return the words of a recording, or of a part that holds one; empty where there are none."""
    match said:
        case {"transcript": str(words)} | {"audio": {"transcript": str(words)}}:
            return words
        case _:
            return ""
