"""Publishing with counters, so that an event that is sent again is not stored twice."""

from __future__ import annotations

import time
from typing import Any, Dict, List, NamedTuple, Optional

from . import records
from .connection import Connection
from .errors import TocsinError, from_map
from .event import encode_event
from .session import Patience, Session


class Published(NamedTuple):
    """The hub has stored the event."""

    #: Position in the log; None if the hub's answer was lost with the connection, and only its counter is known.
    cursor: Optional[str]


class Refused(NamedTuple):
    """The hub has not stored the event."""

    #: Place of the event among those given.
    index: int  # type: ignore[assignment]
    error: TocsinError


class Publisher:
    def __init__(self, session: Session, source: Optional[str]):
        self._session = session
        self._source = source
        self._last = 0
        #: Frames whose outcome is not known, by their counters.
        self._unsettled: Dict[int, bytes] = {}

    def frames(self, events: List[Dict[str, Any]], timeout: Optional[float] = None) -> Dict[int, bytes]:
        """Gives each event a counter; returns the frames by their counters. Without a connection, none is given."""
        patience = None if timeout is None else Patience(timeout, strict=True)
        welcome = self._session.connection(patience).welcome
        self._last = max(self._last, int(welcome.get("lastCounter", 0)))
        largest = int(welcome.get("largestFrame", records.MAX_RECORD))
        usual = self._source or str(welcome.get("source", ""))
        made: Dict[int, bytes] = {}
        for number, event in enumerate(events, self._last + 1):
            source = event.pop("source", None) or usual
            made[number] = encode_event(counter=number, source=source, **event)
            if len(made[number]) > largest:
                raise TocsinError("TCN_FRAME_TOO_LARGE", f"an event of {len(made[number])} bytes is too large")
        self._last += len(made)
        return made

    def publish(self, frames: Dict[int, bytes], durable: bool, timeout: Optional[float] = None) -> _Answers:
        """Sends frames, after a lost connection those again that the hub does not have, and waits for all answers.

        Frames of an earlier call that ended without an answer go first, under their counters.
        """
        answers = _Answers({**self._unsettled, **frames})
        self._unsettled = {}
        deadline = None if timeout is None else time.monotonic() + timeout
        patience = None if timeout is None else Patience(timeout, strict=True)
        while True:
            try:
                connection = self._session.connection(patience)
                self._exchange(connection, answers, durable, deadline)
                return answers
            except TocsinError as error:
                if error.code != "TCN_CLIENT_TIMEOUT" and error not in answers.failures:
                    self._session.drop()
                if deadline is not None and time.monotonic() >= deadline:
                    self._unsettled = answers.frames
                    raise _unsettled(timeout) from error
                if error in answers.failures:
                    raise
                self._session.drop()
                patience = patience or Patience(self._session.reconnect)
                patience.pause(error)

    def _exchange(
        self, connection: Connection, answers: _Answers, durable: bool, deadline: Optional[float]
    ) -> None:
        for op, body in connection.waiting():
            answers.note(op, body)
        answers.resume(connection.welcome)
        last = max(answers.frames)
        request = records.encode(records.DURABLE, {"counter": last}) if durable else b""
        connection.send(b"".join(answers.missing()) + request, deadline)
        while not answers.complete(durable):
            record = connection.receive(deadline)
            if record is None:
                raise TocsinError("TCN_CLIENT_TIMEOUT", "the hub did not answer in time")
            answers.note(*record)


def _unsettled(timeout: Optional[float]) -> TocsinError:
    reason = f"no acknowledgement within {timeout} s: it is not known whether the event is stored"
    return TocsinError("TCN_CLIENT_UNSETTLED", reason)


class _Answers:
    """The answers of the hub about the events of one call."""

    def __init__(self, frames: Dict[int, bytes]):
        self.frames = frames
        self.refused: Dict[int, TocsinError] = {}
        self.cursors: Dict[int, str] = {}
        self.failures: List[TocsinError] = []
        self._accepted = min(frames) - 1
        self._durable = self._accepted

    def missing(self) -> List[bytes]:
        """The frames that the hub does not have."""
        return [frame for counter, frame in self.frames.items() if not self._settled(counter)]

    def complete(self, durable: bool) -> bool:
        last = max(self.frames)
        while last in self.refused:
            last -= 1
        if last < min(self.frames):
            return True
        return self._accepted >= last and (not durable or self._durable >= last)

    def resume(self, welcome: Dict[str, Any]) -> None:
        """The greeting says which events the hub has. After a crash these may be fewer than it had accepted."""
        for each in welcome.get("refused", []):
            if each["counter"] in self.frames:
                self.refused[each["counter"]] = from_map(each)
        first = min(self.frames)
        self._accepted = max(first - 1, min(int(welcome.get("lastCounter", 0)), max(self.frames)))

    def note(self, op: int, body: Dict[str, Any]) -> None:
        counter = body.get("counter", 0)
        if op == records.ACCEPTED:
            self._accepted = max(self._accepted, counter)
            self._note_cursors(counter, str(body.get("cursor", "")), int(body.get("run", 1)))
        elif op == records.DURABLE:
            self._durable = max(self._durable, counter)
        elif op == records.REFUSED and body.get("stage") == "durable":
            if counter >= min(self.frames):
                error = from_map(body)
                self.failures.append(error)
                raise error
        elif op == records.REFUSED and counter in self.frames:
            self.refused[counter] = from_map(body)

    def _settled(self, counter: int) -> bool:
        return counter <= self._accepted or counter in self.refused

    def _note_cursors(self, counter: int, cursor: str, run: int) -> None:
        """The cursor is that of the event ``counter``; the ``run - 1`` events before it are directly before it."""
        epoch, _, seq = cursor.rpartition("-")
        if not seq.isdigit():
            return
        for back in range(min(run, len(self.frames))):
            if counter - back in self.frames:
                self.cursors[counter - back] = f"{epoch}-{int(seq) - back}"
