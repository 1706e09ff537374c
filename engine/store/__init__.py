"""What is kept: plans and their reasons, spoken lines with facts and air time, chat, answers, commands."""

from engine.store.store import Store

__all__ = ["Store"]
