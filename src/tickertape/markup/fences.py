r"""Fences as models write them: code on the opening line, a close at the end of the last line.

A fence is opened by a run of backticks or tildes. One word at it is its language; more than a
language is code, and becomes the block's first line (```` ```pip install foo ````). It is closed by
a run that stands alone, or ends a line of code. In a fence of Markdown an inner fence that names a
language needs a close of its own.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tickertape.markup.signs import NUMBER

__all__ = ["MARKERS", "Opening", "before_close", "inner_after", "nests", "opening_of"]

_OPENING = re.compile(r"( {0,3})(`{3,}|~{3,})(.*)$")
MARKERS = re.compile(rf"[ \t>]*(?:(?:[-*+]|{NUMBER}[.)])[ \t][ \t>]*)*")
"""What stands before a fence: marks of quotes and items."""
_NAME = re.compile(r"[A-Za-z][\w+#.\-]*(?=[{\s:]|\Z)", re.ASCII)
_BRACED = re.compile(r"\{[ ]*\.?([A-Za-z][\w+#\-]*)[ ]*,?[ ]*([^}]*)\}(.*)\Z", re.ASCII)
# What site generators read there: `title="app.py"`, `{1,3}`, `showLineNumbers=false`.
_ATTRIBUTES = re.compile(r"(?:\{[^}]*\}|[\w.:\-]+=(?:\"[^\"]*\"|'[^']*'|[^\s\"']+)|\s)+\Z")
# These begin a command line as well: `python main.py`, `go build`.
_COMMANDS = frozenset(
    {"bash", "cargo", "dart", "docker", "elixir", "fish", "go", "graphql", "java", "julia", "lua"}
    | {"make", "nginx", "node", "perl", "php", "powershell", "python", "python3", "r", "ruby"}
    | {"scala", "sh", "swift", "zsh"}
)
_LANGUAGES = _COMMANDS | frozenset(
    {"asm", "c", "c#", "c++", "clojure", "console", "cpp", "cs", "csharp", "css", "csv", "diff"}
    | {"dockerfile", "erlang", "f#", "fsharp", "golang", "haskell", "html", "http", "ini", "js"}
    | {"javascript", "json", "json5", "jsonc", "jsx", "kotlin", "kt", "latex", "latex-math", "less"}
    | {"makefile", "markdown", "math", "md", "mdx", "mermaid", "objc", "objective-c", "ocaml"}
    | {"plain", "plaintext", "proto", "protobuf", "ps1", "py", "rb", "rs", "rust", "scss", "shell"}
    | {"sql", "svelte", "tex", "text", "toml", "ts", "tsx", "txt", "typescript", "vb", "vue"}
    | {"xml", "yaml", "yml", "zig"}
)
_MARKDOWN = frozenset({"markdown", "md", "mdx"})
# No one means more fences in each other.
_DEEPEST = 8
# Behind these a line of code goes on: the backticks are said in it.
_GOES_ON = re.compile(r"(?:\"\"\"|'''|[(\[{=,<])\s*\Z")


class Opening(NamedTuple):
    """What opens a fence."""

    run: str
    """The backticks or tildes."""
    language: str = ""
    """The language, where one is named."""
    first: str = ""
    """What stands behind it: the first line of the code."""
    is_closed: bool = False
    """Whether the same line closes it (`~~~x~~~`)."""

    @property
    def again(self) -> str:
        """The line that opens such a fence again."""
        return self.run + self.language


def opening_of(line: str) -> Opening | None:
    """Return what a line opens; None where it opens no fence.

    Args:
        line: The line from the edge of the innermost box.
    """
    found = _OPENING.match(line)
    if not found:
        return None
    run, info = found[2], found[3].rstrip()
    if run[0] == "`":
        return None if "```" in info else Opening(run, *_parted(info))
    code = info.rstrip("~")
    is_closed = bool(code.strip()) and len(info) - len(code) >= len(run)
    return Opening(run, *_parted(code.rstrip() if is_closed else info), is_closed)


def nests(opening: str) -> bool:
    """Return whether fences are read within the fence that a line opens."""
    return opening.lstrip("`~").lower() in _MARKDOWN


def _parted(info: str) -> tuple[str, str]:
    """Split the text after a run into a language and a first line of code."""
    is_apart, info = info[:1].isspace(), info.strip()
    if found := _BRACED.match(info):
        return found[1], f"{found[2]}{found[3]}".strip()
    name = _NAME.match(info)
    if not name:
        return "", info
    rest = info[name.end() :]
    known = name[0].lower()
    is_command = known in _COMMANDS and rest[:1].isspace() and not _ATTRIBUTES.match(rest)
    rest = rest.lstrip(": ")
    is_language = known in _LANGUAGES and not is_command
    if is_language or not (rest or is_apart):
        return name[0].rstrip("."), rest
    return "", info


def before_close(line: str, run: str) -> str | None:
    """Return the code on a line that closes a fence; None where it does not close it.

    Args:
        line: The line from the edge of the innermost box.
        run: What opened the fence.
    """
    bare = line.rstrip()
    code = bare.rstrip(run[0])
    if len(bare) - len(code) < len(run):
        return None
    if not code.strip():
        return "" if len(code) < 4 else None
    return None if run[0] * 3 in code or _GOES_ON.search(code) else code.rstrip()


def inner_after(inner: tuple[str, ...], outer: str, line: str) -> tuple[str, ...] | None:
    """Return the fences that are open within a fence of Markdown behind a line.

    Args:
        inner: The lines that opened those which are open above it, the outermost first.
        outer: The run that opened the outer fence.
        line: The line from the edge of the box around the outer fence.

    Returns:
        None where the line closes the outer fence. One that is longer than the fences within it
        was made to hold them: nothing but such a line closes it.
    """
    text = MARKERS.sub("", line, count=1)
    innermost = opening_of(inner[-1]) if inner else None
    closes_outer = before_close(line, outer) is not None
    if innermost is None:
        if closes_outer:
            return None
    elif closes_outer and len(outer) > len(innermost.run):
        return None
    elif before_close(text, innermost.run) is not None:
        return inner[:-1]
    elif not nests(inner[-1]):
        return inner
    opened = opening_of(text)
    if opened is None or opened.is_closed or len(inner) == _DEEPEST:
        return inner
    return (*inner, opened.again)
