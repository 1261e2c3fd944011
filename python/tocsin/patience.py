"""Attempts that are repeated for a while."""

from __future__ import annotations

import random
import time
from typing import Optional

from .errors import TocsinError

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 5.0


class Patience:
    """Pauses between attempts, which grow, until the time is over."""

    def __init__(self, seconds: float, strict: bool = False):
        """:param strict: an attempt that is being made ends with the time, too"""
        self.end = time.monotonic() + seconds
        self.deadline = self.end if strict else None
        self._next = _FIRST_PAUSE

    def check(self, error: Exception) -> float:
        """Seconds that are left. Raises the error instead if it is final, or no time is left."""
        left = self.end - time.monotonic()
        if left <= 0 or not isinstance(error, TocsinError) or not error.is_transient:
            raise error
        return left

    def delay(self, error: TocsinError) -> float:
        """Seconds until another attempt; see ``check``."""
        left = self.check(error)
        # With a random part, so that the clients of a hub do not return all at once.
        delay = min(left, self._next * (0.5 + random.random() / 2))
        self._next = min(self._next * 2, _LONGEST_PAUSE)
        return delay

    def pause(self, error: TocsinError) -> None:
        """Waits before another attempt; see ``delay``."""
        time.sleep(self.delay(error))


def deadline_after(timeout: Optional[float]) -> Optional[float]:
    """The time of the monotonic clock at which the timeout is over."""
    return None if timeout is None else time.monotonic() + timeout


def has_passed(deadline: Optional[float]) -> bool:
    return deadline is not None and time.monotonic() >= deadline


def left_until(deadline: Optional[float]) -> Optional[float]:
    return None if deadline is None else max(0.0, deadline - time.monotonic())
