"""telegramify-markdown: `DraftStream` in private chats, `EditStream` in groups, as its README says.

Defaults throughout: rich messages, a draft every 0.3 s, an edit every second. The library leaves
the HTTP calls to its user; these raise where Telegram says no, and repeat nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

import httpx
from telegramify_markdown.stream import DraftStream, EditStream
from telegramify_markdown.stream.draft import RichDraftPayload, RichFinalPayload

from benchmarks.field.drivers.course import Course, drive

_Call: TypeAlias = Callable[..., Awaitable[Mapping[str, int]]]


async def stream(course: Course) -> None:
    """Feed the tokens to the stream of the chat's kind."""
    async with httpx.AsyncClient(base_url=f"{course.url}/bot{course.token}/", timeout=30) as http:

        async def call(method: str, **params: object) -> Mapping[str, int]:
            answer = (await http.post(method, json={"chat_id": course.chat_id} | params)).json()
            if not answer["ok"]:
                raise RuntimeError(answer["description"])
            # Of drafts the result is only True, and nobody asks for it.
            return dict(answer["result"]) if isinstance(answer["result"], dict) else {}

        await course.begin()
        async with _stream(course.kind, call) as live:
            async for token in course.tokens():
                live.feed(token)


def _stream(kind: str, call: _Call) -> DraftStream | EditStream:
    async def send(payload: RichFinalPayload) -> int:
        sent = await call("sendRichMessage", rich_message=payload.rich_message.to_dict())
        return sent["message_id"]

    if kind == "private":

        async def draft(payload: RichDraftPayload) -> None:
            rich = payload.rich_message.to_dict()
            await call("sendRichMessageDraft", draft_id=payload.draft_id, rich_message=rich)

        return DraftStream(send_draft=draft, send_final=send)

    async def edit(message_id: int, payload: RichFinalPayload) -> None:
        rich = payload.rich_message.to_dict()
        await call("editMessageText", message_id=message_id, rich_message=rich)

    return EditStream(send_message=send, edit_message=edit)


if __name__ == "__main__":
    drive(stream)
