"""The state of a notification socket, which is the program's own: nothing of it is read ahead."""

from __future__ import annotations

import os
import select
import socket
import threading
import weakref
from collections import OrderedDict, deque
from typing import Any, Deque, Dict, List, Optional, Tuple

from .. import records
from . import codes
from .errors import Error
from .tag_types import TagTypes

#: A record that has begun must be whole after this many seconds without a byte.
_STALL = 60.0
#: The hub must take an acknowledgement within this time.
_SEND_STALL = 15.0
_MOST_REMEMBERED = 10_000


class SocketState:
    """The mask and gates of a connected socket, and the part of a record that has arrived so far.

    The part is kept across calls, so that a signal handler that raises in the middle loses nothing.
    """

    def __init__(self, mask: int, welcome: Dict[str, Any], hub: Any):
        self.mask = mask
        self.hub = hub
        self.types = TagTypes(welcome.get("ncs", {}).get("types", ()))
        self.largest = max(records.MAX_RECORD, int(welcome.get("largestFrame", 0)))
        self.reading = threading.Lock()
        self.writing = threading.Lock()
        self.gates = Gates()
        self.ended = False
        #: Said at the end. A hub that stops says goodbye before.
        self.end = "the hub is gone without a goodbye, or this program has not read for too long"
        self._part: List[bytes] = []

    def read_record(self, sock: socket.socket) -> Optional[bytes]:
        """Reads exactly one record, and not a byte more: what a reader keeps, ``select`` cannot see.

        Raises BlockingIOError or a timeout, as the socket is set, if none has begun. None at the end.
        """
        while True:
            part = b"".join(self._part)
            wanted = 4 if len(part) < 4 else 4 + self._length(part)
            if len(part) == wanted and wanted > 4:
                self._part = []
                return part
            if not self._receive(sock, wanted - len(part)):
                self._end()
                return None

    def _length(self, part: bytes) -> int:
        length = int(records.LENGTH.unpack_from(part)[0])
        if length == 0 or length > self.largest:
            raise Error(f"the hub sent a record of {length} bytes", codes.ERR_PROTOUSAGE)
        return length

    def _receive(self, sock: socket.socket, count: int) -> bool:
        """Adds what has arrived to the part; returns False at the end."""
        while True:
            try:
                # In one step of the interpreter, so that no signal handler can come between the bytes and their place.
                self._part.extend(map(sock.recv, (count,)))
                return self._part[-1] != b""
            except (BlockingIOError, socket.timeout):
                if not self._part:
                    raise
                wait_for(sock, select.POLLIN, _STALL, "the rest of a notification did not arrive")

    def _end(self) -> None:
        self.ended = True
        if any(self._part):
            raise Error("the connection was lost within a notification", codes.ERR_EOF)


def send_all(sock: socket.socket, data: bytes) -> None:
    """Sends everything, also on a socket that does not block."""
    left = memoryview(data)
    while left:
        try:
            left = left[sock.send(left) :]
        except (BlockingIOError, socket.timeout):
            wait_for(sock, select.POLLOUT, _SEND_STALL, "the hub takes no acknowledgement")


def wait_for(sock: socket.socket, what: int, seconds: float, problem: str) -> None:
    poll = select.poll()
    poll.register(sock, what)
    if not poll.poll(seconds * 1000):
        raise Error(problem, codes.ERR_TIMEOUT)


class Gates:
    """Which notifications were read and wait for an answer, by gate and by what the program names them."""

    def __init__(self) -> None:
        self._owed: Dict[Tuple[str, Any], Deque[int]] = {}
        # The notifications that were read, oldest first; the oldest are dropped.
        self._seen: OrderedDict[Tuple[str, Any], None] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, gate: str, key: Any, seq: Optional[int]) -> None:
        """Remembers a notification, with its seq if the hub waits for the answer."""
        with self._lock:
            self._seen[gate, key] = None
            self._seen.move_to_end((gate, key))
            if len(self._seen) > _MOST_REMEMBERED:
                self._seen.popitem(last=False)
            if seq is not None:
                self._owed.setdefault((gate, key), deque()).append(seq)

    def take(self, gate: str, key: Any) -> Optional[int]:
        """The oldest seq to answer; None if all were answered. Raises KeyError if there was no such notification."""
        with self._lock:
            waiting = self._owed.get((gate, key))
            if waiting:
                seq = waiting.popleft()
                if not waiting:
                    del self._owed[gate, key]
                return seq
            if (gate, key) not in self._seen:
                raise KeyError(key)
            return None


#: By the program's socket object; an entry goes with its socket.
_states: weakref.WeakKeyDictionary[socket.socket, SocketState] = weakref.WeakKeyDictionary()
#: By the socket itself, for other objects of the same descriptor (``dup``, ``fromfd``); the oldest are dropped.
_by_identity: OrderedDict[Tuple[int, int], SocketState] = OrderedDict()
_MOST_SOCKETS = 1000


def remember(sock: socket.socket, state: SocketState) -> None:
    _states[sock] = state
    identity = _identity(sock)
    _by_identity[identity] = state
    _by_identity.move_to_end(identity)
    if len(_by_identity) > _MOST_SOCKETS:
        _by_identity.popitem(last=False)


def state_of(sock: socket.socket) -> SocketState:
    state = _states.get(sock)
    if state is None:
        state = _by_identity.get(_identity(sock))
        if state is None:
            raise Error("the socket is not connected for notifications", codes.ERR_BADSTATE)
        _states[sock] = state
    return state


def _identity(sock: socket.socket) -> Tuple[int, int]:
    if sock.fileno() == -1:
        return -1, -1
    stat = os.fstat(sock.fileno())
    return stat.st_dev, stat.st_ino
