"""Whose turn it is: by priority, and round-robin between rooms within a priority. Pure."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Turns(Generic[T]):
    """A queue of jobs; a room that asks for much does not delay a room that asks for little."""

    def __init__(self) -> None:
        self._waiting: dict[int, OrderedDict[str, deque[T]]] = {}

    def __len__(self) -> int:
        return sum(len(jobs) for rooms in self._waiting.values() for jobs in rooms.values())

    def put(self, room: str, priority: int, job: T) -> None:
        self._waiting.setdefault(priority, OrderedDict()).setdefault(room, deque()).append(job)

    def take(self) -> T | None:
        """The next job: lowest priority number first, then the room that waited longest."""
        for priority in sorted(self._waiting):
            rooms = self._waiting[priority]
            room, jobs = rooms.popitem(last=False)
            job = jobs.popleft()
            if jobs:
                rooms[room] = jobs  # at the end of the row
            if not rooms:
                del self._waiting[priority]
            return job
        return None

    def drop(self, unwanted: Callable[[T], bool]) -> None:
        """Forget the jobs that nobody waits for any more."""
        for priority, rooms in list(self._waiting.items()):
            for room, jobs in list(rooms.items()):
                kept = deque(job for job in jobs if not unwanted(job))
                if kept:
                    rooms[room] = kept
                else:
                    del rooms[room]
            if not rooms:
                del self._waiting[priority]


__all__ = ["Turns"]
