"""Waiting that neither swallows a cancellation nor leaves anything behind."""

from __future__ import annotations

import asyncio
from typing import Any, Optional

from ..patience import left_until


async def passed(event: asyncio.Event, deadline: Optional[float]) -> bool:
    """Waits for the event; returns False if the deadline (of the monotonic clock) passes before."""
    if event.is_set():
        return True
    if deadline is None:
        return await event.wait()
    waiter = asyncio.ensure_future(event.wait())
    try:
        return await finished(waiter, deadline)
    finally:
        release(waiter)


async def finished(future: asyncio.Future[Any], deadline: Optional[float]) -> bool:
    """Waits for the future, which is left as it is; returns False if the deadline passes before."""
    done, _ = await asyncio.wait([future], timeout=left_until(deadline))
    return bool(done)


def release(future: asyncio.Future[Any]) -> None:
    """Gives up the future: it is cancelled, or its error counts as seen."""
    if not future.cancel() and not future.cancelled():
        future.exception()
