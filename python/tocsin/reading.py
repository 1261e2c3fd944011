"""The position of a subscription, and what its records mean."""

from __future__ import annotations

import logging
from typing import Any, Callable, Dict, Iterable, NamedTuple, Optional

from . import records
from .event import EVENT, Event, received

log = logging.getLogger("tocsin")


class Gap(NamedTuple):
    """Events that this subscription does not receive; 0 where the number is not known."""

    first: int
    last: int
    #: ``expired``, ``lost-in-crash``, ``damaged`` and so on: see docs/reference/protocol.md
    reason: str


class Reading:
    """The state of a subscription, which outlives its connections."""

    def __init__(self, wishes: Dict[str, Any], on_gap: Optional[Callable[[Gap], None]]):
        self._wishes = wishes
        self._on_gap = on_gap or warn
        #: The position: ``start=subscription.cursor`` continues there later.
        self.cursor: Optional[str] = None
        #: True if all past events have been delivered.
        self.live = False
        #: True if the range given with ``end`` is complete.
        self.ended = False

    def _request(self) -> bytes:
        """The record that begins the subscription, or continues it."""
        wishes = dict(self._wishes)
        if self.cursor is not None and "consumer" not in wishes:
            wishes["from"] = self.cursor
        return records.encode(records.SUBSCRIBE, wishes)

    def _take(self, op: int, body: Any, welcome: Dict[str, Any]) -> Optional[Event]:
        if op == EVENT:
            event = received(body, str(welcome.get("epoch", "")))
            self.cursor = event.cursor or self.cursor
            return event
        if op in (records.LIVE, records.POSITION, records.GAP, records.GOODBYE):
            self.cursor = body.get("cursor") or self.cursor
        if op == records.LIVE:
            self.live = True
        elif op == records.GAP:
            self._on_gap(gap_of(body))
        elif op == records.GOODBYE:
            self.ended = True
        return None


def settlement(events: Iterable[Event], result: str, **more: Any) -> bytes:
    """The record that says what a durable consumer has done with events."""
    return records.encode(records.ACK, {"seqs": [event.seq for event in events], "result": result, **more})


def milliseconds(seconds: Optional[float]) -> Optional[int]:
    return None if seconds is None else int(seconds * 1000)


def gap_of(body: Dict[str, Any]) -> Gap:
    return Gap(body.get("from", 0), body.get("to", 0), str(body.get("reason", "")))


def warn(gap: Gap) -> None:
    log.warning("events are missing (%s): %s to %s", gap.reason, gap.first or "?", gap.last or "?")
