"""Attempts to connect."""

from __future__ import annotations

import asyncio
import math
from typing import Any, Callable, Coroutine, Optional

from ..errors import TocsinError, closed
from ..patience import Patience
from .waiting import finished


class Opening:
    """Attempts that all share who wait for a connection. When one has succeeded, they continue in their order."""

    def __init__(self, dial: Callable[[], Coroutine[Any, Any, None]]):
        self._dial = dial
        self._outcome = self._next_outcome()
        self._task = asyncio.ensure_future(self._attempts())
        #: The number of those who wait. It stops with the last of them.
        self.waiting = 0
        #: True if there will be no more attempts.
        self.over = False

    async def wait(self, patience: Patience) -> None:
        """Waits for a connection. Raises the error of the last attempt if it is final, or no time is left."""
        error: Optional[Exception] = None
        while True:
            deadline = patience.deadline if error is None else patience.end
            outcome = self._outcome
            if not await finished(outcome, deadline):
                raise error or TocsinError("TCN_CLIENT_UNREACHABLE", "there was no connection in time")
            error = outcome.result()
            if error is None:
                return
            patience.check(error)

    def stop(self) -> None:
        self._end(closed())
        self._task.cancel()

    async def _attempts(self) -> None:
        pauses = Patience(math.inf)
        while not self.over:
            try:
                await self._dial()
                self._end(None)
            except TocsinError as error:
                if not error.is_transient:
                    self._end(error)
                else:
                    self._tell(error)
                    await asyncio.sleep(pauses.delay(error))
            except Exception as error:
                self._end(error)

    def _end(self, outcome: Optional[Exception]) -> None:
        self.over = True
        self._tell(outcome)

    def _tell(self, outcome: Optional[Exception]) -> None:
        told, self._outcome = self._outcome, self._next_outcome()
        told.set_result(outcome)

    def _next_outcome(self) -> asyncio.Future[Optional[Exception]]:
        return asyncio.get_running_loop().create_future()
