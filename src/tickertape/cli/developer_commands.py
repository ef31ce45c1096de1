"""`tickertape emulate`, `simulate` and `bench`: for developers of bots, and of Tickertape."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tickertape.cli.options import Port, carry_out, examples

__all__ = ["bench_app", "emulate", "simulate"]

bench_app = typer.Typer(
    help="Measure how fast answers reach the screen.",
    epilog=examples("tickertape bench live --embedded"),
    no_args_is_help=True,
    rich_markup_mode=None,
)


def emulate(
    port: Port = 8081,
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
) -> None:
    """Run a local Telegram Bot API, with a web page.

    Any Bot API client can use it. On the page you chat with the bot and watch its calls.
    """
    from tickertape.cli.emulate import emulate as run  # noqa: PLC0415

    carry_out(lambda: run(host, port))


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
    """Test Tickertape with random runs.

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


@bench_app.command(
    epilog=examples(
        "tickertape bench live --embedded", "tickertape bench live --sessions 1,20 --scripted"
    )
)
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
