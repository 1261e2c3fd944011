"""Events that are on their way to the hub."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Deque, Dict, Iterable, List, Optional

from .. import records
from ..answers import Answers, Gate, Numbers
from ..errors import TocsinError, gate_lost


class Call:
    """Events that were published together."""

    def __init__(self, frames: Dict[int, bytes], durable: bool, gated: bool):
        self.answers = Answers(frames, max(frames) if gated else None)
        self.durable = durable
        self.settled: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def request(self) -> bytes:
        """All records that the hub still needs."""
        asked = records.encode(records.DURABLE, {"counter": self.answers.last}) if self.durable else b""
        return b"".join(self.answers.missing()) + asked

    def succeed(self) -> None:
        if not self.settled.done():
            self.settled.set_result(None)

    def fail(self, error: TocsinError) -> None:
        if not self.settled.done():
            self.settled.set_exception(error)


class Outbox:
    """Calls stay here until the hub has answered them, also if they were cancelled."""

    def __init__(self, source: Optional[str]):
        self._numbers = Numbers(source)
        #: In the order of their counters: what is not stored yet, and after that what is not on disk yet.
        self._sent: Deque[Call] = deque()
        self._stored: Deque[Call] = deque()
        #: Stored notifications that their subscribers have not answered yet, by their counters.
        self._held: Dict[int, Call] = {}

    @property
    def waiting(self) -> bool:
        """True if the hub is still to store something."""
        return bool(self._sent or self._stored)

    def add(
        self, events: List[Dict[str, Any]], welcome: Dict[str, Any], durable: bool, gate: Optional[Gate] = None
    ) -> Call:
        call = Call(self._numbers.frames(events, welcome, gate), durable, gate is not None)
        self._sent.append(call)
        return call

    def resume(self, welcome: Dict[str, Any]) -> bytes:
        """Returns the records that a hub that greets so still needs."""
        self._sent = deque([*self._stored, *self._sent])
        self._stored = deque()
        for call in self._sent:
            call.answers.resume(welcome)
            if call.answers.failures:
                call.fail(call.answers.failures[-1])
        self._settle()
        return b"".join(call.request() for call in [*self._stored, *self._sent])

    def note(self, op: int, body: Dict[str, Any]) -> None:
        """Takes an answer of the hub."""
        counter = int(body.get("counter", 0))
        if op == records.GATE_DONE:
            self._note_gate_done(counter, body)
            return
        of_disk = op == records.DURABLE or body.get("stage") == "durable"
        if of_disk:
            self._note(self._stored, counter, op, body)
        self._note([call for call in self._sent if call.durable] if of_disk else self._sent, counter, op, body)
        self._settle()

    def fail(self, error: TocsinError) -> None:
        """Gives up all calls."""
        for call in [*self._held.values(), *self._stored, *self._sent]:
            call.fail(error)
        self._held.clear()
        self._stored.clear()
        self._sent.clear()

    def drop_gates(self) -> None:
        """Gives up the calls that wait for subscribers: the hub forgets who waits with a lost connection."""
        for call in self._held.values():
            call.fail(gate_lost())
        self._held.clear()

    def _note_gate_done(self, counter: int, body: Dict[str, Any]) -> None:
        held = self._held.pop(counter, None)
        if held is not None:
            held.answers.note(records.GATE_DONE, body)
            held.succeed()
        # It may come before the acknowledgement of its event.
        for calls in (self._stored, self._sent):
            self._note(calls, counter, records.GATE_DONE, body)

    def _note(self, calls: Iterable[Call], counter: int, op: int, body: Dict[str, Any]) -> None:
        for call in calls:
            if call.answers.first > counter:
                return
            try:
                call.answers.note(op, body)
            except TocsinError as error:
                call.fail(error)

    def _settle(self) -> None:
        while self._sent and self._sent[0].answers.complete(False):
            call = self._sent.popleft()
            if call.durable:
                self._stored.append(call)
            else:
                self._hold(call)
        while self._stored and (self._stored[0].answers.failures or self._stored[0].answers.complete(True)):
            self._hold(self._stored.popleft())

    def _hold(self, call: Call) -> None:
        """Ends a call, unless its subscribers are still to answer."""
        if call.answers.waits_at_gate and not call.answers.failures:
            self._held[call.answers.last] = call
        else:
            call.succeed()
