"""The line of input of `tickertape chat`: keys, history, several lines.

| key | does |
|---|---|
| Enter | asks; at the end of a line that ends with a backslash it begins the next line |
| Alt-Enter | begins the next line |
| Ctrl-C | ends the answer that is being written; else wipes what is typed; else leaves |
| Ctrl-D | leaves, where nothing is typed |
| up, down | what was asked before |

What is pasted comes as it is, its line breaks included, and asks nothing by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout.dimension import Dimension
from prompt_toolkit.output import Output
from prompt_toolkit.output.defaults import create_output
from prompt_toolkit.output.vt100 import Vt100_Output

__all__ = ["PROMPT", "history_at", "keyboard", "screen_output"]

PROMPT = "> "
"""What stands before what is typed."""


def screen_output() -> Output:
    """Return standard output as prompt_toolkit writes to it.

    It is not asked where the cursor is: the answer may come late, or never, and nothing here
    depends on it (there are no menus).
    """
    output = create_output()
    if isinstance(output, Vt100_Output):
        output.enable_cpr = False
    return output


def history_at(path: Path) -> History:
    """Return the input history, in a file that only its owner can read; else in memory."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        path.open("r+b").close()  # it is read later, where its errors are not caught
        return FileHistory(path)
    return InMemoryHistory()


def keyboard(
    output: Output,
    history: History,
    *,
    ask: Callable[[str], None],
    interrupt: Callable[[], bool],
    leave: Callable[[], None],
    room: Callable[[], int],
) -> PromptSession[str]:
    """Return the line of input, which stays until its application ends.

    Args:
        output: where it is drawn.
        history: what was asked before.
        ask: takes what is asked.
        interrupt: ends what is being answered; says whether there was anything.
        leave: takes note that the person goes.
        room: says how many rows it may take; what is longer is scrolled within them.
    """
    session: PromptSession[str] = PromptSession(
        [("bold", PROMPT)],
        output=output,
        history=history,
        key_bindings=_keys(ask, interrupt, leave),
        multiline=True,
        prompt_continuation=" " * len(PROMPT),
        erase_when_done=True,
        enable_history_search=False,
        include_default_pygments_style=False,
    )
    session.layout.current_window.height = lambda: Dimension(max=room())
    return session


def _keys(
    ask: Callable[[str], None], interrupt: Callable[[], bool], leave: Callable[[], None]
) -> KeyBindings:
    keys = KeyBindings()

    @keys.add("enter")
    def _enter(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.document.text_before_cursor.endswith("\\"):
            buffer.delete_before_cursor()
            buffer.newline()
            return
        text = buffer.text.strip()
        if text:
            with suppress(OSError):  # a full disk: what is asked is remembered in memory alone
                buffer.append_to_history()
        buffer.reset()
        if text:
            ask(text)

    @keys.add("escape", "enter")
    def _next_line(event: KeyPressEvent) -> None:
        event.current_buffer.newline()

    @keys.add("c-c")
    @keys.add("<sigint>")
    def _interrupt(event: KeyPressEvent) -> None:
        if interrupt():
            return
        if event.current_buffer.text:
            event.current_buffer.reset()
        else:
            leave()

    @keys.add("c-d", filter=Condition(_is_empty))
    def _leave(_: KeyPressEvent) -> None:
        leave()

    return keys


def _is_empty() -> bool:
    from prompt_toolkit.application import get_app  # noqa: PLC0415 - the one that runs

    return not get_app().current_buffer.text
