"""Reports of the program to the hub, a line each.

``{"connected": {"unknown": ["…"]}, "at": 1769839200000000}``
    all sockets are connected, the first of them not before this time, µs since 1970; types of the mask that the vendor's
    module does not have
``{"answer": 7, "notification": {"type": …, …}, "at": 1769839200000000}``
    read at this time; NSO waits for an answer, if there is a number; the hub says ``{"answered": 7}``. The
    number comes first, so that the hub finds it in a line that it cannot read
``{"stream": "NETCONF", "xml": "<notification …>"}``
    an event of a stream
``{"stream": "NETCONF", "over": "replay", "at": 1769839200000000}``
    the past has been sent; ``failed`` with a ``reason``, ``complete`` at the end of the stream
``{"alive": true, "at": 1769839200000000}``
    NSO gives a sign of life
``"streams": 1769839200000000`` beside ``at``
    while the schema is loaded: streams have been read only until then
``{"unreadable": "…"}``
    a notification that cannot be passed on
``{"failed": "…"}``
    the last line: why the program ends
"""

from __future__ import annotations

import json
import os
import threading
from collections import deque
from typing import Any, Deque, Dict

#: A notification with a longer line is not passed on, bytes.
LONGEST = 4 << 20
#: Bytes that may wait for the hub. NSO must not wait for it.
_MOST_WAITING = 32 << 20
#: The code with which the program ends if the hub does not take its last line: EX_TEMPFAIL.
BEHIND = 75
#: Seconds for the last line.
_LAST = 2.0


class Behind(Exception):
    """The hub takes nothing. It reports the loss when the program is started again."""


class Lines:
    """Writes lines in a thread of its own, so that a hub that reads nothing does not hold up NSO."""

    def __init__(self, fd: int):
        self._fd = fd
        self._waiting: Deque[bytes] = deque()
        self._bytes = 0
        self._changed = threading.Condition()
        threading.Thread(target=self._write_all, daemon=True).start()

    def put(self, line: Dict[str, Any]) -> bool:
        """Returns False for a line that is too long, which another one reports. Raises Behind if the hub has not read for too long."""
        data = encoded(line)
        is_passed_on = len(data) <= LONGEST
        if not is_passed_on:
            data = encoded({"unreadable": f"a notification of {len(data)} bytes is too long"})
        with self._changed:
            if self._bytes + len(data) > _MOST_WAITING:
                raise Behind("the hub has not taken notifications for too long")
            self._waiting.append(data)
            self._bytes += len(data)
            self._changed.notify_all()
        return is_passed_on

    def fail(self, reason: str) -> bool:
        """The last line. Returns whether the hub has taken it, and those that wait before it."""
        with self._changed:
            self._waiting.append(encoded({"failed": reason[:1000]}))
            self._changed.notify_all()
            return self._changed.wait_for(lambda: not self._waiting, _LAST)

    def _write_all(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._waiting))
                data = self._waiting[0]
            try:
                write_whole(self._fd, data)
            except OSError:
                # The hub is gone.
                os._exit(0)
            with self._changed:
                self._waiting.popleft()
                self._bytes -= len(data)
                self._changed.notify_all()


def encoded(line: Dict[str, Any]) -> bytes:
    """The text of a device may have halves of surrogate pairs, which the hub does not accept."""
    text = json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n"
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def write_whole(fd: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(fd, left) :]
