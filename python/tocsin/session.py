"""A connection that is opened again when it was lost."""

from __future__ import annotations

import os
from typing import Any, Callable, Dict, List, Optional

from .connection import Connection
from .errors import TocsinError, closed
from .patience import Patience
from .route import Route, all_failed


class Session:
    """Keeps the one connection of a publisher or a subscription."""

    def __init__(self, address: Optional[str], hello: Callable[[], Dict[str, Any]], reconnect: float):
        self._route = Route(address)
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
                raise closed()
            try:
                self._connection = self._dial(patience.deadline)
                self._process = os.getpid()
            except TocsinError as error:
                patience.pause(error)
        return self._connection

    def failed(self, error: TocsinError) -> None:
        """Forgets a connection that has failed. If another hub serves this client, the next attempt goes there."""
        self.drop()
        self._route.failed(error)

    def _dial(self, deadline: Optional[float]) -> Connection:
        failures: List[TocsinError] = []
        for address in self._route.attempt():
            try:
                connection = Connection(address, self._hello(), deadline)
            except TocsinError as error:
                failures.append(error)
                continue
            self._route.reached(address)
            return connection
        raise all_failed(failures)

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
