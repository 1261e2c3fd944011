"""Publishing with counters, so that an event that is sent again is not stored twice."""

from __future__ import annotations

import os
import time
from typing import Any, Dict, List, Optional

from . import records
from .answers import Answers, Gate, Numbers
from .connection import Connection
from .errors import TocsinError, unsettled
from .patience import Patience, deadline_after, has_passed
from .session import Session


class Publisher:
    def __init__(self, session: Session, source: Optional[str]):
        self._session = session
        self._numbers = Numbers(source)
        #: Frames whose outcome is not known, by their counters: those of this process.
        self._unsettled: Dict[int, bytes] = {}
        self._process = os.getpid()

    def frames(
        self, events: List[Dict[str, Any]], timeout: Optional[float] = None, gate: Optional[Gate] = None
    ) -> Dict[int, bytes]:
        """Gives each event a counter; returns the frames by their counters. Without a connection, none is given."""
        patience = None if timeout is None else Patience(timeout, strict=True)
        return self._numbers.frames(events, self._session.connection(patience).welcome, gate)

    def publish(
        self, frames: Dict[int, bytes], durable: bool, timeout: Optional[float] = None, gate: Optional[Gate] = None
    ) -> Answers:
        """Sends frames, after a lost connection those again that the hub does not have, and waits for all answers.

        Frames of an earlier call that ended without an answer go first, under their counters.
        """
        if self._process != os.getpid():
            self._process, self._unsettled = os.getpid(), {}
        answers = Answers({**self._unsettled, **frames}, None if gate is None else max(frames))
        self._unsettled = {}
        deadline = deadline_after(timeout)
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
                    raise unsettled(timeout) from error
                if error in answers.failures:
                    raise
                self._session.drop()
                patience = patience or Patience(self._session.reconnect)
                patience.pause(error)

    def _exchange(
        self, connection: Connection, answers: Answers, durable: bool, deadline: Optional[float]
    ) -> None:
        for op, body in connection.waiting():
            answers.note(op, body)
        answers.resume(connection.welcome)
        if answers.failures:
            raise answers.failures[0]
        request = records.encode(records.DURABLE, {"counter": answers.last}) if durable else b""
        connection.send(b"".join(answers.missing()) + request, deadline)
        late = False
        while not answers.complete(durable) or answers.waits_at_gate:
            record = None if late else connection.receive(deadline)
            late = has_passed(deadline)
            if record is None:
                raise TocsinError("TCN_CLIENT_TIMEOUT", "the hub did not answer in time")
            answers.note(*record)
