"""Counters, with which an event that is sent again is not stored twice, and the hub's answers to them."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Union

from . import records
from .errors import TocsinError, from_map, gate_lost
from .event import EVENT, encode_event


class Published(NamedTuple):
    """The hub has stored the event."""

    #: Position in the log; None if the hub's answer was lost with the connection, and only its counter is known.
    cursor: Optional[str]


class Refused(NamedTuple):
    """The hub has not stored the event."""

    #: Place of the event among those given.
    index: int  # type: ignore[assignment]
    error: TocsinError


class Missing(NamedTuple):
    """A subscriber that has not answered a notification."""

    #: Its address and name, or its principal if this client may not see more.
    subscriber: str
    #: ``timeout``, ``left`` or ``too-large``.
    reason: str


class PublishedNotification(NamedTuple):
    """The hub has stored the notification, and the subscribers that it waited for are done."""

    cursor: Optional[str]
    #: The subscribers that have answered.
    acknowledged: List[str]
    missing: List[Missing]


class Gate(NamedTuple):
    """Where an event waits until its subscribers have answered."""

    name: str
    #: Seconds; None: as long as the hub allows.
    deadline: Optional[float]

    def record(self, counter: int) -> bytes:
        """Announces that the event with this counter waits."""
        milliseconds = None if self.deadline is None else max(1, round(self.deadline * 1000))
        return records.encode(records.GATE, {"name": self.name, "counter": counter, "deadline": milliseconds})


class Numbers:
    """Gives each event a counter."""

    def __init__(self, source: Optional[str]):
        self._source = source
        self._last = 0

    def frames(
        self, events: List[Dict[str, Any]], welcome: Dict[str, Any], gate: Optional[Gate] = None
    ) -> Dict[int, bytes]:
        """Returns the frames of the events by their counters, each after the announcement that it waits at the gate."""
        self._last = max(self._last, int(welcome.get("lastCounter", 0)))
        largest = int(welcome.get("largestFrame", records.MAX_RECORD))
        usual = self._source or str(welcome.get("source", ""))
        made: Dict[int, bytes] = {}
        for number, event in enumerate(events, self._last + 1):
            source = event.pop("source", None) or usual
            made[number] = encode_event(counter=number, source=source, **event)
            if len(made[number]) > largest:
                raise TocsinError("TCN_FRAME_TOO_LARGE", f"an event of {len(made[number])} bytes is too large")
            if gate is not None:
                made[number] = gate.record(number) + made[number]
        self._last += len(made)
        return made


class Answers:
    """The answers of the hub about the events of one call."""

    def __init__(self, frames: Dict[int, bytes], gated: Optional[int] = None):
        """:param gated: the counter of an event that waits at a gate"""
        self.frames = frames
        self.gated = gated
        #: The subscribers that have answered at the gate, and the others.
        self.gate_done: Optional[Dict[str, Any]] = None
        self.first, self.last = min(frames), max(frames)
        self.refused: Dict[int, TocsinError] = {}
        self.cursors: Dict[int, str] = {}
        self.failures: List[TocsinError] = []
        self._accepted = self.first - 1
        self._durable = self._accepted

    def missing(self) -> List[bytes]:
        """The frames that the hub does not have."""
        return [frame for counter, frame in self.frames.items() if not self._settled(counter)]

    def complete(self, durable: bool) -> bool:
        last = self.last
        while last in self.refused:
            last -= 1
        if last < self.first:
            return True
        return self._accepted >= last and (not durable or self._durable >= last)

    @property
    def waits_at_gate(self) -> bool:
        """True if the event is to be answered by its subscribers, or to be stored before that."""
        return self.gated is not None and self.gate_done is None and self.gated not in self.refused

    def resume(self, welcome: Dict[str, Any]) -> None:
        """The greeting says which events the hub has. After a crash these may be fewer than it had accepted."""
        for each in welcome.get("refused", []):
            if each["counter"] in self.frames:
                self.refused[each["counter"]] = from_map(each)
        self._accepted = max(self.first - 1, min(int(welcome.get("lastCounter", 0)), self.last))
        if self.waits_at_gate and self._accepted == self.gated:
            self.failures.append(gate_lost())

    def note(self, op: int, body: Dict[str, Any]) -> None:
        if op == EVENT:
            return
        counter = body.get("counter", 0)
        if op == records.ACCEPTED:
            self._accepted = max(self._accepted, counter)
            self._note_cursors(counter, str(body.get("cursor", "")), int(body.get("run", 1)))
        elif op == records.DURABLE:
            self._durable = max(self._durable, counter)
        elif op == records.GATE_DONE and counter == self.gated:
            self.gate_done = body
        elif op == records.REFUSED and body.get("stage") == "durable":
            if counter >= self.first:
                error = from_map(body)
                self.failures.append(error)
                raise error
        elif op == records.REFUSED and counter in self.frames:
            self.refused[counter] = from_map(body)

    def outcomes(self, counters: Iterable[int]) -> List[Union[Published, Refused]]:
        return [
            Refused(place, self.refused[counter])
            if counter in self.refused
            else Published(self.cursors.get(counter))
            for place, counter in enumerate(counters)
        ]

    def notification(self) -> PublishedNotification:
        """The outcome of the one event of a call, a notification. Raises its refusal."""
        outcome = self.outcomes(self.frames)[-1]
        if isinstance(outcome, Refused):
            raise outcome.error
        done = self.gate_done or {}
        acknowledged = [str(each["subscriber"]) for each in done.get("answers") or []]
        missing = [Missing(str(each["subscriber"]), str(each["reason"])) for each in done.get("missing") or []]
        return PublishedNotification(outcome.cursor, acknowledged, missing)

    def _settled(self, counter: int) -> bool:
        return counter <= self._accepted or counter in self.refused

    def _note_cursors(self, counter: int, cursor: str, run: int) -> None:
        """The cursor is that of the event ``counter``; the ``run - 1`` events before it are directly before it."""
        epoch, _, seq = cursor.rpartition("-")
        if not seq.isdigit():
            return
        for each in range(max(counter - run + 1, self.first), min(counter, self.last) + 1):
            if each in self.frames:
                self.cursors[each] = f"{epoch}-{int(seq) - counter + each}"
