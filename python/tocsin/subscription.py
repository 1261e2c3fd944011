"""Receiving events."""

from __future__ import annotations

import os
import time
from typing import Any, Callable, Dict, Iterator, Optional

from .connection import Connection
from .errors import TocsinError, forked
from .event import Event
from .patience import Patience, has_passed
from .reading import Gap, Reading, milliseconds, settlement
from .session import Session


class Subscription(Reading):
    """An iterator over events, which continues after a lost connection where it stopped.

    Each gap is given to ``on_gap``; without it, the logger ``tocsin`` warns.
    """

    def __init__(self, session: Session, wishes: Dict[str, Any], on_gap: Optional[Callable[[Gap], None]] = None):
        super().__init__(wishes, on_gap)
        self._session = session
        self._subscribed: Optional[Connection] = None
        self._process = os.getpid()

    def __iter__(self) -> Iterator[Event]:
        return self

    def __next__(self) -> Event:
        event = self.read()
        if event is None:
            raise StopIteration
        return event

    def read(self, timeout: Optional[float] = None) -> Optional[Event]:
        """Returns the next event; None after ``timeout`` seconds, and at the end of the range (``ended``)."""
        deadline = None if timeout is None else time.monotonic() + timeout
        patience: Optional[Patience] = None
        while not self.ended and not self._session.closed:
            try:
                connection = self._connection(patience)
                record = connection.receive(deadline)
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
                patience.pause(error)
        if self.ended:
            self._session.drop()
        return None

    def ack(self, *events: Event) -> None:
        """Tells the hub that a durable consumer has processed these events."""
        self._settle(settlement(events, "done"))

    def retry(self, *events: Event, delay: Optional[float] = None) -> None:
        """Asks the hub to deliver these events again, after ``delay`` seconds."""
        self._settle(settlement(events, "retry", delay=milliseconds(delay)))

    def park(self, *events: Event, reason: Optional[str] = None) -> None:
        """Puts these events aside, since they cannot be processed."""
        self._settle(settlement(events, "park", reason=reason))

    def close(self) -> None:
        self._session.close()

    def __enter__(self) -> Subscription:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def _connection(self, patience: Optional[Patience]) -> Connection:
        if self._process != os.getpid() and "consumer" in self._wishes:
            raise forked("subscribe in this one; two processes share a durable consumer over connections of their own")
        connection = self._session.connection(patience)
        if connection is not self._subscribed:
            connection.send(self._request())
            self._subscribed = connection
        return connection

    def _settle(self, record: bytes) -> None:
        try:
            self._connection(None).send(record)
        except TocsinError as error:
            if not error.is_transient:
                raise
            # The hub delivers again what it did not hear of.
            self._session.drop()
