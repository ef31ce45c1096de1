"""Telegram by an existing aiogram bot; imported only where there is one."""

from __future__ import annotations

__all__: list[str] = []
