"""A connection that is opened again when it was lost."""

from __future__ import annotations

import asyncio
import os
from typing import Any, Callable, Coroutine, Dict, List, Optional

from ..errors import TocsinError, closed, forked
from ..patience import Patience
from ..route import Route, all_failed
from .connection import Connection, open_connection
from .waiting import finished, release


class _Attempt:
    def __init__(self, dialling: Coroutine[Any, Any, Connection]):
        self.task = asyncio.ensure_future(dialling)
        self.waiting = 0


class Session:
    """Keeps the one connection of a publisher or a subscription."""

    def __init__(self, address: Optional[str], hello: Callable[[], Dict[str, Any]], reconnect: float):
        self._route = Route(address)
        self._hello = hello
        self._connection: Optional[Connection] = None
        self._attempt: Optional[_Attempt] = None
        self._process = os.getpid()
        self.reconnect = reconnect
        self.closed = False

    def check_process(self) -> None:
        """An event loop does not survive a fork, and a connection belongs to one process."""
        if self._process != os.getpid():
            raise forked("make a client for asyncio in each process, after the fork")

    async def connection(self, patience: Optional[Patience] = None) -> Connection:
        """Returns the connection; opens one if there is none."""
        self.check_process()
        patience = patience or Patience(self.reconnect)
        while True:
            if self.closed:
                raise closed()
            current = self.current
            if current is not None:
                return current
            try:
                return await self._shared_attempt(patience.deadline)
            except TocsinError as error:
                await asyncio.sleep(patience.delay(error))

    @property
    def current(self) -> Optional[Connection]:
        """The open connection, if there is one."""
        found = self._connection
        return found if found is not None and found.error is None else None

    def failed(self, error: TocsinError) -> None:
        """If another hub serves this client, the next attempt goes there."""
        self._route.failed(error)

    def close(self) -> None:
        self.closed = True
        if self._attempt is not None:
            self._attempt.task.cancel()
        if self._connection is not None:
            self._connection.close()

    async def ended(self) -> None:
        """Waits until the connection is closed."""
        if self._connection is not None:
            await self._connection.closed()

    async def _shared_attempt(self, deadline: Optional[float]) -> Connection:
        """All who wait for a connection share one attempt, which ends with the last of them."""
        attempt = self._attempt = self._attempt or _Attempt(self._dial(deadline))
        attempt.waiting += 1
        try:
            if not await finished(attempt.task, deadline):
                raise TocsinError("TCN_CLIENT_UNREACHABLE", "there was no connection in time")
            if attempt.task.cancelled():
                raise closed()
            return attempt.task.result()
        finally:
            attempt.waiting -= 1
            if attempt.task.done() or attempt.waiting == 0:
                release(attempt.task)
                self._attempt = None if self._attempt is attempt else self._attempt

    async def _dial(self, deadline: Optional[float]) -> Connection:
        failures: List[TocsinError] = []
        for address in self._route.attempt():
            try:
                connection = await open_connection(address, self._hello(), deadline)
            except TocsinError as error:
                failures.append(error)
                continue
            self._route.reached(address)
            self._connection = connection
            if self.closed:
                connection.close()
            return connection
        raise all_failed(failures)
