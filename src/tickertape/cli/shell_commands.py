"""`tickertape ask` and `tickertape chat`, and what they leave: their options, as `llm` has them.

tickertape ask what is a monad
git diff | tickertape ask -s "Write a commit message" -x
tickertape chat -c
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias, cast, get_args

import typer

from tickertape.cli.options import ConfigOption, carry_out, examples
from tickertape.errors import UsageError

__all__ = ["ASK_EXAMPLES", "CHAT_EXAMPLES", "ask", "chat", "logs_app", "models", "templates_app"]


Visibility: TypeAlias = Literal["hide", "status", "show", "keep"]
"""How much of a model's thinking is seen; `gateway.settings` has the same."""


def _visibility(word: str) -> Visibility:
    for one in get_args(Visibility):
        if word == one:
            return cast("Visibility", one)
    raise typer.BadParameter(f"write one of {', '.join(get_args(Visibility))}")


_Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="QUESTION...", help="What you ask. Piped text is added to it."),
]
_Agent = Annotated[
    str, typer.Option(metavar="MODULE:OBJECT", help="Your own agent instead of a model.")
]
_Model = Annotated[
    str, typer.Option("-m", "--model", metavar="NAME", help="The model; `models` lists them.")
]
_System = Annotated[
    str | None, typer.Option("-s", "--system", metavar="TEXT", help="The system prompt.")
]
_Options = Annotated[
    list[str] | None,
    typer.Option("-o", "--option", metavar="NAME VALUE", help="Of the request: -o temperature 0.2"),
]
_Continue = Annotated[
    bool, typer.Option("-c", "--continue", help="Go on with the last conversation.")
]
_Conversation = Annotated[
    str, typer.Option("--cid", metavar="ID", help="Go on with this one; `logs` has the ids.")
]
_Template = Annotated[str, typer.Option("-t", "--template", metavar="NAME", help="Use a template.")]
_Params = Annotated[
    list[str] | None,
    typer.Option("-p", "--param", metavar="NAME VALUE", help="Fill a variable of the template."),
]
_NoLog = Annotated[bool, typer.Option("-n", "--no-log", help="Do not save the conversation.")]
_Thinking = Annotated[
    Visibility | None,
    typer.Option(
        "--reasoning",
        metavar="HOW",
        parser=_visibility,
        help="Thinking: hide, status, show or keep.",
    ),
]

ASK_EXAMPLES: Final = examples(
    "tickertape ask what is a monad",
    'git diff | tickertape ask -s "Write a commit message"',
    'tickertape ask -x "a bash script that renames *.jpeg to *.jpg" > rename.sh',
)
CHAT_EXAMPLES: Final = examples("tickertape chat", "tickertape chat -c -m clever")


def ask(  # noqa: PLR0913, PLR0917 - one for each option
    words: _Words = None,
    model: _Model = "",
    system: _System = None,
    option: _Options = None,
    attachment: Annotated[
        list[str] | None,
        typer.Option("-a", "--attachment", metavar="FILE", help="Ask about a text file, too."),
    ] = None,
    continued: _Continue = False,
    cid: _Conversation = "",
    template: _Template = "",
    param: _Params = None,
    save: Annotated[
        str, typer.Option("--save", metavar="NAME", help="Save this as a template; ask nothing.")
    ] = "",
    extract: Annotated[
        bool, typer.Option("-x", "--extract", help="Print only the first block of code.")
    ] = False,
    extract_last: Annotated[
        bool, typer.Option("--xl", "--extract-last", help="Print only the last one.")
    ] = False,
    plain: Annotated[bool, typer.Option("--plain", help="Bare text, also on a terminal.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Events as lines of JSON.")] = False,
    no_stream: Annotated[
        bool, typer.Option("--no-stream", help="Print the answer when it is complete.")
    ] = False,
    usage: Annotated[
        bool, typer.Option("-u", "--usage", help="Print how many tokens it took.")
    ] = False,
    no_log: _NoLog = False,
    reasoning: _Thinking = None,
    agent: _Agent = "",
    config: ConfigOption = None,
) -> None:
    """Ask one question.

    On a terminal the answer is formatted while it grows; through a pipe it is bare text. Ends with
    3 where the model failed, with 4 where the answer is not whole.
    """
    from tickertape.cli.imports import gc_paused  # noqa: PLC0415

    def run() -> int:
        if plain + json + (extract or extract_last) > 1:
            raise UsageError("of --plain, --json and -x only one can be given")
        with gc_paused():
            from tickertape.cli.ask.command import ask as run_ask  # noqa: PLC0415
            from tickertape.cli.ask.command import save as run_save  # noqa: PLC0415
            from tickertape.cli.ask.extract import Which  # noqa: PLC0415
            from tickertape.cli.ask.request import AskRequest  # noqa: PLC0415
        wanted = Which.LAST if extract_last else Which.FIRST if extract else None
        request = AskRequest(
            words=words or (),
            config=config,
            agent=agent,
            model=model,
            system=system,
            options=option or (),
            attachments=attachment or (),
            template=template,
            params=param or (),
            is_continued=continued,
            conversation=cid,
            reasoning=reasoning,
            manner="plain" if plain else "json" if json else "",
            extract=wanted,
            is_streamed=not no_stream,
            is_logged=not no_log,
            counts_tokens=usage,
        )
        return run_save(request, save) if save else run_ask(request)

    carry_out(run)


def chat(  # noqa: PLR0913, PLR0917 - one for each option
    model: _Model = "",
    system: _System = None,
    option: _Options = None,
    continued: _Continue = False,
    cid: _Conversation = "",
    template: _Template = "",
    param: _Params = None,
    no_log: _NoLog = False,
    speak: Annotated[bool, typer.Option("--speak", help="Speak the answers, too.")] = False,
    speak_to: Annotated[
        Path | None, typer.Option("--speak-to", metavar="FILE", help="Speak into a WAV file.")
    ] = None,
    voice: Annotated[
        str,
        typer.Option(metavar="NAME", help="The engine's voice, or one of Piper's .onnx files."),
    ] = "",
    reasoning: _Thinking = None,
    agent: _Agent = "",
    config: ConfigOption = None,
) -> None:
    """Talk in the terminal.

    If nothing is configured, the embedded model answers; you are asked before it is downloaded.
    Ctrl-C ends the answer, a second one quits, and so do Ctrl-D and /exit. In a pipe each line is a
    question, and answers are bare text.
    """
    from tickertape.cli.imports import gc_paused  # noqa: PLC0415

    def run() -> int:
        with gc_paused():
            from tickertape.cli.chat.command import ChatRequest  # noqa: PLC0415
            from tickertape.cli.chat.command import chat as run_chat  # noqa: PLC0415
        return run_chat(
            ChatRequest(
                config=config,
                agent=agent,
                model=model,
                system=system,
                options=option or (),
                template=template,
                params=param or (),
                is_continued=continued,
                conversation=cid,
                is_logged=not no_log,
                reasoning=reasoning,
                speaks=speak or speak_to is not None,
                speak_to=speak_to,
                voice=voice,
            )
        )

    carry_out(run)


def models(config: ConfigOption = None) -> None:
    """List the models that can be asked."""
    from tickertape.cli.models import models as run  # noqa: PLC0415

    carry_out(lambda: run(config))


logs_app = typer.Typer(
    name="logs",
    help="Show earlier questions and answers.",
    rich_markup_mode=None,
    epilog=examples("tickertape logs -n 10 --short", "tickertape logs -x > code.py"),
)


@logs_app.callback(invoke_without_command=True)
def logs(  # noqa: PLR0913, PLR0917 - one for each option
    context: typer.Context,
    count: Annotated[int, typer.Option("-n", "--count", min=0, help="How many; 0 shows all.")] = 3,
    query: Annotated[
        str, typer.Option("-q", "--query", metavar="TEXT", help="Only those with this text.")
    ] = "",
    model: Annotated[
        str, typer.Option("-m", "--model", metavar="NAME", help="Only those of this model.")
    ] = "",
    current: Annotated[
        bool, typer.Option("-c", "--current", help="Only the last conversation.")
    ] = False,
    cid: Annotated[
        str, typer.Option("--cid", metavar="ID", help="Only the conversation with this id.")
    ] = "",
    short: Annotated[bool, typer.Option("-s", "--short", help="One line for each.")] = False,
    response: Annotated[
        bool, typer.Option("-r", "--response", help="Only the last answer.")
    ] = False,
    extract: Annotated[
        bool, typer.Option("-x", "--extract", help="Only the first code block of that.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show earlier questions and answers, the last ones at the end."""
    if context.invoked_subcommand is not None:
        return

    def run() -> int:
        from tickertape.cli.ask.extract import Which  # noqa: PLC0415
        from tickertape.cli.conversations.command import LogsRequest  # noqa: PLC0415
        from tickertape.cli.conversations.command import logs as run_logs  # noqa: PLC0415

        manner = "json" if json else "response" if response else "short" if short else "markdown"
        which = Which.FIRST if extract else None
        return run_logs(LogsRequest(count, query, model, current, cid, manner, which))

    carry_out(run)


@logs_app.command("status")
def logs_status() -> None:
    """Show whether conversations are saved, and where."""
    from tickertape.cli.conversations.command import status  # noqa: PLC0415

    carry_out(status)


@logs_app.command("on")
def logs_on() -> None:
    """Save conversations from here on, as is the default."""
    from tickertape.cli.conversations.command import switch  # noqa: PLC0415

    carry_out(lambda: switch(on=True))


@logs_app.command("off")
def logs_off() -> None:
    """Save no conversations from here on; those that are there stay."""
    from tickertape.cli.conversations.command import switch  # noqa: PLC0415

    carry_out(lambda: switch(on=False))


@logs_app.command("path")
def logs_path() -> None:
    """Print the path of the file, which is an SQLite database."""
    from tickertape.cli.conversations.log import ConversationLog  # noqa: PLC0415

    print(ConversationLog().path)


templates_app = typer.Typer(
    name="templates",
    help="List, show and edit templates.",
    rich_markup_mode=None,
    epilog=examples(
        'tickertape ask -s "Explain this simply" --save simple',
        "tickertape ask -t simple < paper.txt",
        "tickertape templates edit simple",
    ),
)


@templates_app.callback(invoke_without_command=True)
def templates(context: typer.Context) -> None:
    """List templates: prompts under a name, for `ask -t NAME`."""
    if context.invoked_subcommand is not None:
        return
    from tickertape.cli.templates.command import list_all  # noqa: PLC0415

    carry_out(list_all)


_Name = Annotated[str, typer.Argument(metavar="NAME", help="The name of the template.")]


@templates_app.command("show")
def templates_show(name: _Name) -> None:
    """Print a template."""
    from tickertape.cli.templates.command import show  # noqa: PLC0415

    carry_out(lambda: show(name))


@templates_app.command("edit")
def templates_edit(name: _Name) -> None:
    """Open a template in your editor (VISUAL or EDITOR)."""
    from tickertape.cli.templates.command import edit  # noqa: PLC0415

    carry_out(lambda: edit(name))


@templates_app.command("path")
def templates_path() -> None:
    """Print the folder of the templates."""
    from tickertape.cli.templates.folder import TemplateFolder  # noqa: PLC0415

    print(TemplateFolder().path)
