"""Receiving events."""

from __future__ import annotations

import logging
import time
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional

from . import records
from .connection import Connection
from .errors import TocsinError
from .event import EVENT, Event
from .session import Patience, Session

log = logging.getLogger("tocsin")


class Gap(NamedTuple):
    """Events that this subscription does not receive; 0 where the number is not known."""

    first: int
    last: int
    #: ``expired``, ``lost-in-crash``, ``damaged`` and so on: see docs/reference/protocol.md
    reason: str


class Subscription:
    """An iterator over events, which continues after a lost connection where it stopped.

    Each gap is given to ``on_gap``; without it, the logger ``tocsin`` warns.
    """

    def __init__(self, session: Session, wishes: Dict[str, Any], on_gap: Optional[Callable[[Gap], None]] = None):
        self._session = session
        self._wishes = wishes
        self._on_gap = on_gap or warn
        self._subscribed: Optional[Connection] = None
        #: The position: ``start=subscription.cursor`` continues there later.
        self.cursor: Optional[str] = None
        #: True if all past events have been delivered.
        self.live = False
        #: True if the range given with ``end`` is complete.
        self.ended = False

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
                record = self._connection(patience).receive(deadline)
                if record is None:
                    return None
                event = self._take(*record)
                if event is not None:
                    return event
            except TocsinError as error:
                if self._session.closed:
                    break
                self._session.failed(error)
                patience = patience or Patience(self._session.reconnect)
                patience.pause(error)
        return None

    def ack(self, *events: Event) -> None:
        """Tells the hub that a durable consumer has processed these events."""
        self._settle(events, "done")

    def retry(self, *events: Event, delay: Optional[float] = None) -> None:
        """Asks the hub to deliver these events again, after ``delay`` seconds."""
        self._settle(events, "retry", delay=None if delay is None else int(delay * 1000))

    def park(self, *events: Event, reason: Optional[str] = None) -> None:
        """Puts these events aside, since they cannot be processed."""
        self._settle(events, "park", reason=reason)

    def close(self) -> None:
        self._session.close()

    def __enter__(self) -> Subscription:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def _connection(self, patience: Optional[Patience]) -> Connection:
        connection = self._session.connection(patience)
        if connection is not self._subscribed:
            wishes = dict(self._wishes)
            if self.cursor is not None and "consumer" not in wishes:
                wishes["from"] = self.cursor
            connection.send(records.encode(records.SUBSCRIBE, wishes))
            self._subscribed = connection
        return connection

    def _take(self, op: int, body: Any) -> Optional[Event]:
        if op == EVENT:
            event = Event(body, str(self._session.connection().welcome.get("epoch", "")))
            self.cursor = event.cursor or self.cursor
            return event
        if op in (records.LIVE, records.POSITION, records.GAP, records.GOODBYE):
            self.cursor = body.get("cursor") or self.cursor
        if op == records.LIVE:
            self.live = True
        elif op == records.GAP:
            self._on_gap(Gap(body.get("from", 0), body.get("to", 0), str(body.get("reason", ""))))
        elif op == records.GOODBYE:
            self.ended = True
            self._session.drop()
        return None

    def _settle(self, events: Any, result: str, **more: Any) -> None:
        seqs: List[int] = [event.seq for event in events]
        try:
            connection = self._connection(None)
            connection.send(records.encode(records.ACK, {"seqs": seqs, "result": result, **more}))
        except TocsinError as error:
            if not error.is_transient:
                raise
            # The hub delivers again what it did not hear of.
            self._session.drop()


def warn(gap: Gap) -> None:
    log.warning("events are missing (%s): %s to %s", gap.reason, gap.first or "?", gap.last or "?")
