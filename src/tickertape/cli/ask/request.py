"""What `tickertape ask` was asked to do, and the question that this makes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from tickertape.cli.ask.attachments import attached
from tickertape.cli.ask.extract import Which
from tickertape.cli.overrides import Overrides, options_of
from tickertape.cli.templates.folder import TemplateFolder
from tickertape.cli.templates.template import PromptTemplate, params_of
from tickertape.errors import UsageError
from tickertape.gateway.settings import Visibility

__all__ = ["AskRequest", "Question", "question_of", "template_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskRequest:
    """What the command line said."""

    words: Sequence[str] = ()
    """The question, word by word."""
    config: Path | None = None
    """The path of the configuration; None: it is looked for."""
    agent: str = ""
    """An agent of one's own, as `module:object`; empty: the models answer."""
    model: str = ""
    """The model; empty: the template's, or the default."""
    system: str | None = None
    """The system prompt; None: the template's, or the configured one."""
    options: Sequence[str] = ()
    """Fields of the request to the model, each as `name=value`."""
    attachments: Sequence[str] = ()
    """Files that are asked about."""
    template: str = ""
    """The name of the template; empty: none."""
    params: Sequence[str] = ()
    """Values of the template's variables, each as `name=value`."""
    is_continued: bool = False
    """Whether the newest conversation goes on."""
    conversation: str = ""
    """The id of the conversation that goes on; empty: none that is named."""
    reasoning: Visibility | None = None
    """What is seen of the model's thinking; None: as configured."""
    manner: str = ""
    """How the answer is told: see `formatters.Manner`; empty: as suits standard output."""
    extract: Which | None = None
    """The block of code that is wanted of the answer; None: all of it."""
    is_streamed: bool = True
    """Whether the answer is shown while it grows."""
    is_logged: bool = True
    """Whether the conversation is saved."""
    counts_tokens: bool = False
    """Whether it is told what the answer cost."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and how."""

    text: str
    """The question, with what came through the pipe and with the files that are attached."""
    overrides: Overrides
    """What is changed about the configured agent."""
    extract: Which | None
    """The block of code that is wanted; None: the whole answer."""


def question_of(request: AskRequest) -> Question:
    """Return the question: words, the pipe, files and a template put together.

    Raises:
        ConfigError: when nothing is asked, or a file or the template cannot be used.
    """
    options = options_of(request.options)
    template = TemplateFolder().read(request.template) if request.template else PromptTemplate()
    params = params_of(request.params)
    if params and not request.template:
        raise UsageError("-p gives a value to a variable of a template: add -t TEMPLATE")
    given = "\n\n".join(part for part in (" ".join(request.words).strip(), _piped()) if part)
    filled = template.filled(given, params)
    parts = [filled.question.strip(), *attached(request.attachments)]
    text = "\n\n".join(part for part in parts if part)
    if not text:
        raise UsageError('what do you want to ask? Such as: tickertape ask "What is a monad?"')
    merged: dict[str, JsonValue] = {**template.options, **options}
    system = request.system if request.system is not None else filled.system
    overrides = Overrides(request.model or template.model, system, merged)
    return Question(text, overrides, request.extract or template.extract)


def template_of(request: AskRequest) -> PromptTemplate:
    """Return what the command line said as a template, for `--save`.

    Raises:
        UsageError: when there is nothing to save, or something that no template has.
    """
    if request.attachments or request.is_continued or request.conversation or request.template:
        raise UsageError("a template has no files, no conversation and no other template")
    prompt = " ".join(request.words).strip()
    if not prompt and request.system is None and not request.model:
        raise UsageError('nothing to save: give a prompt, -s or -m, and "$input" for the question')
    template = PromptTemplate(
        prompt,
        request.system,
        request.model,
        options_of(request.options),
        params_of(request.params),
        request.extract,
    )
    _ = template.variables  # a `$` that begins no name is refused here
    return template


def _piped() -> str:
    """Return what comes through the pipe; empty if nothing does."""
    if sys.stdin is None or sys.stdin.isatty():
        return ""
    piped = sys.stdin.buffer.read().decode(sys.stdin.encoding, "replace")
    return piped.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}").rstrip()
