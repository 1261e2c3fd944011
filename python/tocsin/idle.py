"""Keeps a connection alive that nobody uses for a while."""

from __future__ import annotations

import os
import select
import threading
import time
import weakref
from typing import Any, Optional

from .errors import TocsinError
from .session import Session

_IDLE = 1.0


class IdleWatch:
    """Answers the hub's pings between calls, and notices when it stops, so that neither waits for the other.

    Only after a second without a call, so that it costs busy programs nothing.
    """

    def __init__(self, session: Session):
        #: Held by whoever uses the connection.
        self.lock = threading.RLock()
        self._session = session
        self._used = time.monotonic()
        self._process = 0

    def __enter__(self) -> None:
        if self._process != os.getpid():
            # Neither a thread nor the meaning of a lock survives a fork.
            self._process = os.getpid()
            self.lock = threading.RLock()
            threading.Thread(target=_watch, args=(weakref.ref(self),), name="tocsin", daemon=True).start()
        self.lock.acquire()

    def __exit__(self, *_: Any) -> None:
        self._used = time.monotonic()
        self.lock.release()

    @property
    def over(self) -> bool:
        return self._session.closed

    def idle_socket(self) -> Optional[int]:
        connection = self._session.current
        idle = time.monotonic() - self._used >= _IDLE
        return connection.fileno() if idle and connection is not None else None

    def serve(self) -> None:
        with self.lock:
            connection = self._session.current
            try:
                if connection is not None:
                    connection.waiting()
            except TocsinError:
                self._session.drop()


def _watch(reference: weakref.ReferenceType[IdleWatch]) -> None:
    while True:
        watch = reference()
        if watch is None or watch.over:
            return
        number = watch.idle_socket()
        del watch
        if number is None or number < 0:
            time.sleep(_IDLE)
        elif _readable(number):
            watch = reference()
            if watch is not None:
                watch.serve()


def _readable(number: int) -> bool:
    poll = select.poll()
    poll.register(number, select.POLLIN)
    return bool(poll.poll(_IDLE * 1000))
