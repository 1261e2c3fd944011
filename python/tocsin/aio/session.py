"""A connection that is opened again when it was lost."""

from __future__ import annotations

import asyncio
import os
from typing import Any, Callable, Dict, List, Optional

from ..errors import TocsinError, closed, forked
from ..patience import Patience
from ..route import Route, all_failed
from .connection import Connection, open_connection
from .opening import Opening


class Session:
    """Keeps the one connection of a publisher or a subscription."""

    def __init__(self, address: Optional[str], hello: Callable[[], Dict[str, Any]], reconnect: float):
        self._route = Route(address)
        self._hello = hello
        self._connection: Optional[Connection] = None
        self._opening: Optional[Opening] = None
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
            await self._wait_for_opening(patience)
            ended = None if self._connection is None else self._connection.error
            if ended is not None:
                # The hub has greeted, and left at once.
                await asyncio.sleep(patience.delay(ended))

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
        if self._opening is not None:
            self._opening.stop()
        if self._connection is not None:
            self._connection.close()

    async def ended(self) -> None:
        """Waits until the connection is closed."""
        if self._connection is not None:
            await self._connection.closed()

    async def _wait_for_opening(self, patience: Patience) -> None:
        if self._opening is None or self._opening.over:
            self._opening = Opening(self._dial)
        opening = self._opening
        opening.waiting += 1
        try:
            await opening.wait(patience)
        finally:
            opening.waiting -= 1
            if opening.waiting == 0:
                opening.stop()

    async def _dial(self) -> None:
        failures: List[TocsinError] = []
        for address in self._route.attempt():
            try:
                connection = await open_connection(address, self._hello())
            except TocsinError as error:
                failures.append(error)
                continue
            self._route.reached(address)
            self._connection = connection
            if self.closed:
                connection.close()
            return
        raise all_failed(failures)
