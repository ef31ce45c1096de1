"""The command line: `tickertape init | serve | access | doctor | backup | ask | chat | ...`.

This module knows the commands and their options, and says what they mean: the functions that run
them take the same. What a command needs is imported when it runs, so that `--help` is instant and a
command works without the extras of the others.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from tickertape.cli.access_commands import access_app
from tickertape.cli.options import ConfigOption, carry_out
from tickertape.errors import ConfigError, TickertapeError
from tickertape.gateway.fleet.role import ProcessRole

__all__ = ["main"]

# Which extra brings a package that may be missing.
_EXTRAS = {
    "aiogram": "telegram",
    "aiohttp": "telegram",
    "aiosqlite": "gateway",
    "anthropic": "anthropic",
    "certifi": "telegram",
    "httpx2": "openai",
    "mcp": "mcp",
    "msgspec": "openai",
    "openai": "openai",
    "prompt_toolkit": "terminal",
    "pygments": "terminal",
    "rich": "terminal",
    "sqlalchemy": "gateway",
    "starlette": "emulator",
    "structlog": "gateway",
    "uvicorn": "emulator",
    "xllamacpp": "local",
}
_BAD_CONFIG = 2
_FAILED = 1

_app = typer.Typer(
    name="tickertape",
    help="Live replies from any LLM agent, in any chat.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

_bench = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
_app.add_typer(_bench, name="bench", help="Measure.")
_app.add_typer(access_app, name="access")


class _Reasoning(StrEnum):
    """How much of a model's thinking is seen."""

    HIDE = "hide"
    STATUS = "status"
    SHOW = "show"
    KEEP = "keep"


_Port = Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 picks a free one.")]


def main() -> None:
    """Run the command that the arguments name, and end the process.

    The exit code is 0 for success, 2 for arguments or a configuration that cannot be used, 130
    after an interrupt, 1 for anything else. What goes wrong on purpose is one line on stderr; what
    is wrong in a file, one line for each mistake.
    """
    try:
        _app()
    except ConfigError as error:
        _end(error.lines, _BAD_CONFIG)
    except TickertapeError as error:
        _end([str(error)], _FAILED)
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get((error.name or "").partition(".")[0])
        if extra is None:
            raise
        _end([f"{error.name} is not installed: pip install 'tickertape[{extra}]'"], _FAILED)


def _end(lines: Iterable[str], code: int) -> NoReturn:
    if sys.stderr is not None:  # `print` would take standard output instead
        for line in lines:
            print(f"tickertape: {line}", file=sys.stderr)
    sys.exit(code)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version as installed_version  # noqa: PLC0415 - 20 ms

        print(f"tickertape {installed_version('tickertape')}")
        raise typer.Exit


@_app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Live replies from any LLM agent, in any chat."""


_Agent = Annotated[
    str,
    typer.Option(help="Your own agent, as module:object, instead of the configured models."),
]
_Model = Annotated[
    str, typer.Option("--model", help="The model that answers, by its name in the configuration.")
]
_Thinking = Annotated[
    _Reasoning | None,
    typer.Option("--reasoning", help="What you see of the model's thinking on a terminal."),
]


@_app.command()
def init(
    path: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("tickertape.yaml"),
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write the configuration file, with comments."""
    from tickertape.cli.init import write  # noqa: PLC0415

    write(path, replace=force)


@_app.command()
def serve(
    config: ConfigOption = None,
    agent: _Agent = "",
    role: Annotated[
        ProcessRole,
        typer.Option(
            help="What this process does, where several answer together: `intake` reads the "
            "channels, `worker` answers. Needs Postgres."
        ),
    ] = ProcessRole.ALL,
) -> None:
    """Run the gateway.

    SIGTERM and Ctrl-C end it within seconds; what is on its way goes on when it runs again, or at
    once in another process where several answer together. SIGHUP reads the configuration again.
    """
    from tickertape.cli.signals import hangups_ignored  # noqa: PLC0415

    # Before anything else: a reload may be ordered as soon as the process is there.
    outlives_terminal = hangups_ignored()
    from tickertape.cli.serve import serve as run  # noqa: PLC0415

    carry_out(lambda: run(config, agent, outlives_terminal=outlives_terminal, role=role))


@_app.command()
def doctor(
    config: ConfigOption = None,
    agent: _Agent = "",
    offline: Annotated[bool, typer.Option("--offline", help="Ask no server.")] = False,
) -> None:
    """Check the set-up: each thing in one line, with what to do.

    The configuration, its variables, the bot, the models, the tools, the database, the disk and the
    clock. Nothing is changed, and no message is read. Ends with 1 if something keeps the gateway
    from working.
    """
    from tickertape.cli.imports import gc_paused  # noqa: PLC0415

    def run() -> int:
        with gc_paused():
            from tickertape.cli.doctor.command import doctor as run_doctor  # noqa: PLC0415
        return run_doctor(config, agent=agent, offline=offline)

    carry_out(run)


@_app.command()
def backup(
    target: Annotated[
        str,
        typer.Argument(
            help="The file to write, or its folder.",
            show_default="a file with the date in its name, in this folder",
        ),
    ] = "",
    config: ConfigOption = None,
) -> None:
    """Copy the database, also while `serve` runs.

    The copy is what the database was at one moment. A file that is there is not replaced.
    """
    from tickertape.cli.backup import backup as run  # noqa: PLC0415

    carry_out(lambda: run(config, target))


@_app.command()
def ask(
    question: Annotated[
        str, typer.Argument(help="What you ask; what comes through a pipe is added to it.")
    ] = "",
    config: ConfigOption = None,
    agent: _Agent = "",
    model: _Model = "",
    reasoning: _Thinking = None,
    plain: Annotated[
        bool, typer.Option("--plain", help="Bare text, also on a terminal; as through a pipe.")
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="What the agent says as lines of JSON.")
    ] = False,
) -> None:
    """Ask one question.

    On a terminal the answer is formatted while it grows; through a pipe it is its bare text and
    nothing else. Ends with 3 where the model failed, with 4 where the answer is not whole.
    """
    from tickertape.cli.imports import gc_paused  # noqa: PLC0415

    def run() -> int:
        if plain and json:
            raise ConfigError("--plain", "--json", "one of both")
        with gc_paused():
            from tickertape.cli.ask.command import ask as run_ask  # noqa: PLC0415
        return run_ask(
            question=question,
            config=config,
            agent=agent,
            model=model,
            reasoning=reasoning.value if reasoning else None,
            manner="plain" if plain else "json" if json else "",
        )

    carry_out(run)


@_app.command()
def chat(
    config: ConfigOption = None,
    agent: _Agent = "",
    model: _Model = "",
    reasoning: _Thinking = None,
    speak: Annotated[bool, typer.Option("--speak", help="Let answers be heard, too.")] = False,
    speak_to: Annotated[
        Path | None, typer.Option("--speak-to", help="Speak into this WAV file instead.")
    ] = None,
    voice: Annotated[
        str,
        typer.Option(
            help="A voice of the configured engine, else of espeak-ng; or a .onnx file of Piper's.",
            show_default="as configured, else by the environment's language",
        ),
    ] = "",
) -> None:
    """Talk in the terminal.

    With the configured agent, or, where nothing is configured, with the embedded model, which it
    offers to fetch. What is typed while an answer grows is kept; Ctrl-C ends the answer, a second
    one leaves. Through a pipe each line is a question, and answers are bare text.
    """
    from tickertape.cli.imports import gc_paused  # noqa: PLC0415

    def run() -> int:
        with gc_paused():
            from tickertape.cli.chat.command import chat as run_chat  # noqa: PLC0415
        return run_chat(
            config=config,
            agent=agent,
            model=model,
            reasoning=reasoning.value if reasoning else None,
            speak=speak,
            speak_to=speak_to,
            voice=voice,
        )

    carry_out(run)


@_app.command()
def emulate(
    port: _Port = 8081,
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
) -> None:
    """Run a Bot API of your own, with a page.

    Any Bot API client can use it; on the page a person chats with the bot and watches.
    """
    from tickertape.cli.emulate import emulate as run  # noqa: PLC0415

    carry_out(lambda: run(host, port))


@_app.command()
def demo(
    port: _Port = 8081,
    scripted: Annotated[
        bool, typer.Option("--scripted", help="Stream a canned text instead of running a model.")
    ] = False,
) -> None:
    """See it work, without keys or accounts.

    Starts the embedded model, the Telegram emulator and the gateway, and prints one address.
    With TELEGRAM_BOT_TOKEN and TICKERTAPE_ALLOW set, the real Telegram instead of the emulator.
    """
    from tickertape.cli.imports import gc_paused  # noqa: PLC0415

    def run() -> None:
        with gc_paused():
            from tickertape.cli.demo.command import demo as run_demo  # noqa: PLC0415
        run_demo(port, scripted=scripted)

    carry_out(run)


@_app.command()
def simulate(  # noqa: PLR0913, PLR0917 - one for each option
    runs: Annotated[int, typer.Option(min=1, help="How many runs.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="The seed of the first; each has the next.")] = 1,
    jobs: Annotated[
        int,
        typer.Option(
            min=0, help="Processes that share the work.", show_default="one for each core"
        ),
    ] = 0,
    out: Annotated[
        Path, typer.Option("--out", help="The folder for transcripts of runs that fail.")
    ] = Path("simulation"),
    json: Annotated[Path | None, typer.Option("--json", help="Write the numbers here too.")] = None,
    replay: Annotated[
        Path | None,
        typer.Option("--replay", help="Play this transcript again, and nothing else."),
    ] = None,
    lasting: Annotated[
        bool,
        typer.Option("--lasting", help="Let faults last, for minutes or for ever, in all runs."),
    ] = False,
    streams: Annotated[
        bool,
        typer.Option("--streams", help="Add text to messages, as Slack's streams and Teams' do."),
    ] = False,
) -> None:
    """Play random runs against the emulated Telegram, and see whether a promise breaks.

    Faults at every step, stops, limits, people that interfere, many chats: in virtual time, the
    same for a seed everywhere. Ends with 1 where a promise was broken.
    """
    from tickertape.cli.simulate import replay as play_again  # noqa: PLC0415
    from tickertape.cli.simulate import simulate as run  # noqa: PLC0415

    def play() -> int:
        if replay is not None:
            return play_again(replay)
        return run(
            runs=runs,
            seed=seed,
            jobs=jobs,
            out=out,
            json_path=json,
            lasting=1.0 if lasting else None,
            streams=streams,
        )

    carry_out(play)


@_bench.command()
def live(
    sessions: Annotated[
        str, typer.Option(help="Conversations at once, round by round, with commas between.")
    ] = "1,5,10",
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            help="The configuration file; without one the embedded model and the emulator.",
            show_default="as for serve, where there is one",
        ),
    ] = None,
    prompt: Annotated[
        str | None,
        typer.Option(help="What is asked.", show_default="a question about the tides"),
    ] = None,
    json: Annotated[Path | None, typer.Option("--json", help="Write everything here too.")] = None,
    chat: Annotated[
        str, typer.Option(help="Chats of the configured bot, by number, with commas between.")
    ] = "",
    embedded: Annotated[
        bool, typer.Option("--embedded", help="Use the embedded model and the emulator.")
    ] = False,
    scripted: Annotated[
        bool, typer.Option("--scripted", help="Stream a canned text instead of running a model.")
    ] = False,
) -> None:
    """Measure live replies with many conversations at once.

    From the question to the last word on screen, with the configured model and channel. A
    configured bot really writes to the chats that --chat names. Ends with 1 where an answer did
    not arrive whole.
    """
    from tickertape.cli.bench.command import live as run  # noqa: PLC0415

    carry_out(
        lambda: run(
            sessions=sessions,
            config=config,
            prompt=prompt,
            json_path=json,
            chats=chat,
            embedded=embedded,
            scripted=scripted,
        )
    )
