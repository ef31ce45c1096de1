"""`tickertape templates`: what there is, what stands in one, and its editor."""

from __future__ import annotations

import os
import shlex
import subprocess

from tickertape.cli.templates.folder import TemplateFolder
from tickertape.cli.templates.template import PromptTemplate
from tickertape.errors import UsageError

__all__ = ["edit", "list_all", "show"]

_BEGINNING = """\
# What is asked; $input is the question, other $names are given by `-p NAME VALUE`.
prompt: ""
# system: You are ...
# model: default
# options:
#   temperature: 0.2
"""


def list_all() -> int:
    """Print the templates, a line for each; return the exit code."""
    folder = TemplateFolder()
    found = folder.all()
    if not found:
        print(f'No templates in {folder.path}. `tickertape ask "..." --save NAME` writes one.')
    width = max(map(len, found), default=0)
    for name, template in found.items():
        print(f"{name:<{width}}  {_told(template)}")
    return 0


def _told(template: PromptTemplate | str) -> str:
    if isinstance(template, str):
        return template
    said = " ".join(part for part in (template.system, template.prompt) if part)
    line = " ".join(said.split())
    return line if len(line) <= 70 else f"{line[:67]}..."


def show(name: str) -> int:
    """Print the file of a template; return the exit code.

    Raises:
        UsageError: when it is not there.
    """
    print(TemplateFolder().text(name), end="")
    return 0


def edit(name: str) -> int:
    """Open a template in the editor of `VISUAL` or `EDITOR`; return the editor's exit code.

    Raises:
        UsageError: when the editor is not there, or the file cannot be written.
    """
    folder = TemplateFolder()
    file = folder.file(name)
    if not file.exists():
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(_BEGINNING, "utf-8")
        except OSError as error:
            raise UsageError(f"{file} cannot be written: {error.strerror}") from None
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        code = subprocess.run([*shlex.split(editor), str(file)], check=False).returncode  # noqa: S603
    except (OSError, ValueError):
        raise UsageError(f"the editor {editor!r} cannot be started: set EDITOR") from None
    if not code:
        PromptTemplate.read(file.read_text("utf-8"), str(file))
    return code
