"""A connection that is opened again when it was lost."""

from __future__ import annotations

import os
import random
import time
from typing import Any, Callable, Dict, List, Optional

from .address import announced_hub, find_hubs
from .connection import Connection
from .errors import TocsinError

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 5.0


class Patience:
    """Pauses between attempts, which grow, until the time is over."""

    def __init__(self, seconds: float, strict: bool = False):
        """:param strict: an attempt that is being made ends with the time, too"""
        self._end = time.monotonic() + seconds
        self._next = _FIRST_PAUSE
        self.deadline = self._end if strict else None

    def pause(self, error: TocsinError) -> None:
        """Waits before another attempt. Raises the error instead if it is final, or no time is left."""
        left = self._end - time.monotonic()
        if not error.is_transient or left <= 0:
            raise error
        # With a random part, so that the clients of a hub do not return all at once.
        time.sleep(min(left, self._next * (0.5 + random.random() / 2)))
        self._next = min(self._next * 2, _LONGEST_PAUSE)


class Session:
    """Keeps the one connection of a publisher or a subscription."""

    def __init__(self, address: Optional[str], hello: Callable[[], Dict[str, Any]], reconnect: float):
        self._address = address
        self._hello = hello
        self._connection: Optional[Connection] = None
        self._process = os.getpid()
        self._preferred = 0
        self._elsewhere: Any = None
        self.reconnect = reconnect
        self.closed = False

    def connection(self, patience: Optional[Patience] = None) -> Connection:
        """Returns the connection; opens one if there is none, or if this process was forked from the one that has it."""
        patience = patience or Patience(self.reconnect)
        if self._process != os.getpid():
            self.drop()
        while self._connection is None:
            if self.closed:
                raise TocsinError("TCN_CLIENT_CLOSED", "the client is closed")
            try:
                self._connection = self._dial(patience.deadline)
                self._process = os.getpid()
            except TocsinError as error:
                patience.pause(error)
        return self._connection

    def failed(self, error: TocsinError) -> None:
        """Forgets a connection that has failed. If another hub serves this client, the next attempt goes there."""
        self.drop()
        if error.code == "TCN_CONSUMER_ELSEWHERE":
            self._elsewhere = error.details.get("address", "")
            self._preferred += 1

    def _dial(self, deadline: Optional[float]) -> Connection:
        """Tries the hub that another one has named, then each address once, from that of the last connection on."""
        # Searched at each attempt, since a hub that starts meanwhile makes its socket.
        own = find_hubs(self._address)
        named, self._elsewhere = announced_hub(self._elsewhere, own), None
        failures: List[TocsinError] = []
        for address in ([named] if named else []) + [own[(self._preferred + n) % len(own)] for n in range(len(own))]:
            try:
                connection = Connection(address, self._hello(), deadline)
            except TocsinError as error:
                failures.append(error)
                continue
            if address in own:
                self._preferred = own.index(address)
            return connection
        raise _unreachable(failures)

    @property
    def current(self) -> Optional[Connection]:
        """The open connection of this process, if there is one."""
        return self._connection if self._process == os.getpid() else None

    def drop(self) -> None:
        """Forgets a connection that is lost."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def close(self) -> None:
        self.closed = True
        self.drop()


def _unreachable(failures: List[TocsinError]) -> TocsinError:
    """Has the code of the failures if it is the same at all addresses, so that its remedy applies."""
    if len(failures) == 1:
        return failures[0]
    codes = {failure.code for failure in failures}
    code = codes.pop() if len(codes) == 1 else "TCN_CLIENT_UNREACHABLE"
    return TocsinError(code, "; ".join(failure.message for failure in failures))
