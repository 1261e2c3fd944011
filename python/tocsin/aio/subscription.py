"""Receiving events."""

from __future__ import annotations

import asyncio
import os
import weakref
from typing import Any, AsyncIterator, Callable, Dict, Optional

from ..errors import TocsinError
from ..event import Event
from ..patience import Patience, deadline_after, has_passed
from ..reading import Gap, Reading, milliseconds, settlement
from .connection import Connection
from .session import Session


class Subscription(Reading):
    """An asynchronous iterator over events, which continues after a lost connection where it stopped.

    It begins with ``async with``, ``open`` or the first event that is asked for, and has its own connection. In the last
    case this is closed when the iteration is cancelled or left. While events are not taken, no more are read.
    """

    def __init__(self, session: Session, wishes: Dict[str, Any], on_gap: Optional[Callable[[Gap], None]] = None):
        super().__init__(wishes, on_gap)
        self._session = session
        self._subscribed: Optional[Connection] = None
        #: True if the program opened it, and closes it.
        self._kept = False
        forgotten = weakref.finalize(self, _close_later, session, asyncio.get_running_loop(), os.getpid())
        forgotten.atexit = False

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        try:
            event = await self.read()
        except asyncio.CancelledError:
            if not self._kept:
                self._session.close()
            raise
        if event is None:
            raise StopAsyncIteration
        return event

    async def open(self) -> None:
        """Subscribes: events that are published after this call are delivered."""
        self._kept = True
        connection = await self._connection(None)
        await connection.answered()

    async def read(self, timeout: Optional[float] = None) -> Optional[Event]:
        """Returns the next event; None after ``timeout`` seconds, and at the end of the range (``ended``).

        A cancelled call has taken no event.
        """
        deadline = deadline_after(timeout)
        patience: Optional[Patience] = None
        while not self.ended and not self._session.closed:
            try:
                connection = await self._connection(patience)
                record = await connection.receive(deadline)
                if record is None:
                    return None
                event = self._take(*record, connection.welcome)
                if event is not None:
                    return event
                if has_passed(deadline) and not self.ended:
                    return None
            except TocsinError as error:
                if self._session.closed:
                    break
                self._session.failed(error)
                patience = patience or Patience(self._session.reconnect)
                await asyncio.sleep(patience.delay(error))
        if self.ended:
            self._session.close()
        return None

    async def ack(self, *events: Event) -> None:
        """Tells the hub that a durable consumer has processed these events."""
        await self._settle(settlement(events, "done"))

    async def retry(self, *events: Event, delay: Optional[float] = None) -> None:
        """Asks the hub to deliver these events again, after ``delay`` seconds."""
        await self._settle(settlement(events, "retry", delay=milliseconds(delay)))

    async def park(self, *events: Event, reason: Optional[str] = None) -> None:
        """Puts these events aside, since they cannot be processed."""
        await self._settle(settlement(events, "park", reason=reason))

    async def close(self) -> None:
        self._session.check_process()
        self._session.close()
        await self._session.ended()

    async def __aenter__(self) -> Subscription:
        await self.open()
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.close()

    async def _connection(self, patience: Optional[Patience]) -> Connection:
        connection = await self._session.connection(patience)
        if connection is not self._subscribed:
            self._subscribed = connection
            connection.send(self._request())
        return connection

    async def _settle(self, record: bytes) -> None:
        """After a lost connection, the hub delivers again what it did not hear of."""
        try:
            connection = await self._connection(None)
            await connection.can_send(None)
            connection.send(record)
        except TocsinError as error:
            if not error.is_transient:
                raise


def _close_later(session: Session, loop: asyncio.AbstractEventLoop, process: int) -> None:
    if not session.closed and not loop.is_closed() and process == os.getpid():
        loop.call_soon_threadsafe(session.close)
