"""A connection that is opened again when it was lost."""

from __future__ import annotations

import os
import random
import time
from typing import Any, Callable, Dict, Optional

from .address import find_hub
from .connection import Connection
from .errors import TocsinError

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 5.0


class Patience:
    """Pauses between attempts, which grow, until the time is over."""

    def __init__(self, seconds: float):
        self._end = time.monotonic() + seconds
        self._next = _FIRST_PAUSE

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
                # Searched at each attempt, since a hub that starts meanwhile makes its socket.
                self._connection = Connection(find_hub(self._address), self._hello())
                self._process = os.getpid()
            except TocsinError as error:
                patience.pause(error)
        return self._connection

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
