"""One connection to a hub."""

from __future__ import annotations

import os
import socket
import ssl
import time
from typing import Any, Dict, List, Optional, Tuple

from . import records
from .address import Address
from .errors import TocsinError
from .inbox import Inbox
from .patience import has_passed

DIAL_TIMEOUT = 10.0
_CHUNK = 1 << 16
#: A hub that reads nothing, since it is busy, may still want to know whether this client lives.
_PONG_TIMEOUT = 1.0
#: Bytes that are taken while nothing is asked of the hub.
_MOST_WAITING = 1 << 16


class Connection:
    """Sends and receives records. Raises TocsinError, with TCN_CLIENT_UNREACHABLE once the connection is lost."""

    def __init__(self, address: Address, hello: Dict[str, Any], deadline: Optional[float] = None):
        usual = time.monotonic() + DIAL_TIMEOUT
        deadline = usual if deadline is None else min(usual, deadline)
        self._inbox = Inbox()
        self._received = 0
        self._socket = dial(address, deadline)
        try:
            self.send(records.hello(hello), deadline)
            self.welcome: Dict[str, Any] = self._inbox.greeted(*self._expect_record(deadline))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._socket.close()

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, record: bytes, deadline: Optional[float] = None) -> None:
        """The connection is of no use after an error, since part of the record may have been sent."""
        try:
            self._socket.settimeout(None if deadline is None else max(0.001, deadline - time.monotonic()))
            self._socket.sendall(record)
        except OSError as error:
            # The hub may have said why it closed the connection.
            self._raise_last_words()
            raise lost(error) from error

    def receive(self, deadline: Optional[float] = None) -> Optional[Tuple[int, Any]]:
        """Returns the next record; None when the deadline (of the monotonic clock) has passed. Answers pings."""
        while True:
            record = self._inbox.next()
            if record is None:
                if not self._fill(deadline):
                    return None
            elif record[0] != records.PING:
                return record
            else:
                self._answer(records.pong(record[1]), deadline)
                if has_passed(deadline):
                    return None

    def waiting(self) -> List[Tuple[int, Any]]:
        """Returns what has arrived already, without waiting, and no more than a hub sends by itself. Answers pings, too."""
        found = self._arrived()
        pongs = [records.pong(body) for op, body in found if op == records.PING]
        if pongs:
            self._answer(b"".join(pongs), time.monotonic())
        return [record for record in found if record[0] != records.PING]

    def _answer(self, pongs: bytes, deadline: Optional[float]) -> None:
        soon = time.monotonic() + _PONG_TIMEOUT
        self.send(pongs, None if deadline is None else max(deadline, soon))

    def _arrived(self) -> List[Tuple[int, Any]]:
        found: List[Tuple[int, Any]] = []
        end = self._received + _MOST_WAITING
        while True:
            record = self._inbox.next()
            if record is not None:
                found.append(record)
            elif self._received >= end or not self._fill(0.0):
                return found

    def _expect_record(self, deadline: float) -> Tuple[int, Any]:
        record = self.receive(deadline)
        if record is None:
            raise TocsinError("TCN_CLIENT_TIMEOUT", "the hub did not answer in time")
        return record

    def _raise_last_words(self) -> None:
        try:
            self._arrived()
        except TocsinError as said:
            if said.code != "TCN_CLIENT_UNREACHABLE":
                raise

    def _fill(self, deadline: Optional[float]) -> bool:
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        try:
            self._socket.settimeout(left)
            received = self._socket.recv(_CHUNK)
        except (socket.timeout, BlockingIOError, ssl.SSLWantReadError):
            return False
        except OSError as error:
            raise lost(error) from error
        if not received:
            raise lost()
        self._received += len(received)
        self._inbox.add(received)
        return True


def dial(address: Address, deadline: float) -> socket.socket:
    timeout = max(0.001, deadline - time.monotonic())
    try:
        if address.kind == "unix":
            return _dial_unix(address.place, timeout)
        plain = socket.create_connection((address.place, address.port), timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return plain if address.kind == "tcp" else _secured(plain, address.place)
    except OSError as error:
        raise dial_error(address, error) from error


def dial_error(address: Address, error: OSError) -> TocsinError:
    if isinstance(error, PermissionError):
        return TocsinError("TCN_CLIENT_SOCKET_DENIED", f"this user may not open {address}")
    if isinstance(error, ssl.SSLError):
        return TocsinError("TCN_CLIENT_TLS", f"{address}: {error}")
    return TocsinError("TCN_CLIENT_UNREACHABLE", f"no hub answers at {address}: {error}")


def _dial_unix(path: str, timeout: float) -> socket.socket:
    unix = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        unix.settimeout(timeout)
        unix.connect(path)
        return unix
    except BaseException:
        unix.close()
        raise


def _secured(plain: socket.socket, host: str) -> socket.socket:
    try:
        return tls_context().wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


def tls_context() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=os.environ.get("TOCSIN_CA") or None)


def lost(error: Optional[Exception] = None) -> TocsinError:
    reason = "the hub closed the connection" if error is None else f"the connection to the hub is lost: {error}"
    return TocsinError("TCN_CLIENT_UNREACHABLE", reason)
