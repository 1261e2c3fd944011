"""One connection to a hub."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Deque, Dict, Optional, Tuple

from .. import records
from ..address import Address
from ..connection import DIAL_TIMEOUT, dial_error, lost, tls_context
from ..errors import TocsinError
from ..inbox import Inbox
from ..patience import deadline_after, has_passed, left_until
from .waiting import passed

#: With this many bytes that the program has not received, no more are read.
_MOST_UNREAD = 1 << 20
#: Seconds for what is still to be sent when a connection is closed.
_LAST_WORDS = 1.0


class Connection(asyncio.Protocol):
    """Sends and receives records. Pings are answered as they come, also while the program does not receive."""

    def __init__(self) -> None:
        self.welcome: Dict[str, Any] = {}
        #: Why nothing more comes; None while the connection is open.
        self.error: Optional[TocsinError] = None
        self._inbox = Inbox()
        self._records: Deque[Tuple[int, Any]] = deque()
        self._unread = 0
        self._paused = False
        self._transport: Optional[asyncio.Transport] = None
        self._news = asyncio.Event()
        self._may_send = asyncio.Event()
        self._may_send.set()
        self._gone = asyncio.Event()
        #: Counts what was received, so that one can see whether the hub has said anything since.
        self.heard = 0

    def send(self, record: bytes) -> None:
        """After the loss of the connection this does nothing: ``receive`` raises the reason."""
        if self._transport is not None and self.error is None:
            self._transport.write(record)

    async def can_send(self, deadline: Optional[float]) -> bool:
        """Waits while the hub takes nothing; returns False if the deadline passes before."""
        return await passed(self._may_send, deadline)

    async def receive(self, deadline: Optional[float] = None) -> Optional[Tuple[int, Any]]:
        """Returns the next record; None when the deadline (of the monotonic clock) has passed."""
        while not self._records:
            if self.error is not None:
                raise self.error
            self._news.clear()
            # Pings are news, too.
            if not await passed(self._news, deadline) or (self._is_quiet and has_passed(deadline)):
                return None
        record = self._records.popleft()
        if not self._records:
            self._read_on()
        return record

    async def answered(self) -> None:
        """Waits until the hub has taken what was sent before."""
        if self._records or self.error is not None:
            return
        self._news.clear()
        self.send(records.encode(records.PING, {}))
        if not await passed(self._news, deadline_after(DIAL_TIMEOUT)):
            raise TocsinError("TCN_CLIENT_TIMEOUT", "the hub did not answer in time")

    @property
    def _is_quiet(self) -> bool:
        return not self._records and self.error is None

    def close(self) -> None:
        """Closes the connection when everything is sent."""
        self._end(lost())

    def abandon(self) -> None:
        """Closes the connection, whatever is still to be sent."""
        self._end(lost())
        if self._transport is not None:
            self._transport.abort()

    async def closed(self) -> None:
        """Waits until the connection is closed, but not for a hub that takes nothing."""
        if self._transport is None:
            return
        if not await passed(self._gone, deadline_after(_LAST_WORDS)):
            self._transport.abort()
            await self._gone.wait()

    def greet(self, op: int, body: Any) -> None:
        self.welcome = self._inbox.greeted(op, body)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._inbox.add(data)
        self._unread += len(data)
        self.heard += 1
        try:
            self._sort()
        except TocsinError as error:
            self._end(error)
        if not self._records:
            self._unread = 0
        elif self._unread >= _MOST_UNREAD and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        self._news.set()

    def connection_lost(self, reason: Optional[Exception]) -> None:
        self._end(lost(reason))
        self._gone.set()

    def pause_writing(self) -> None:
        self._may_send.clear()

    def resume_writing(self) -> None:
        self._may_send.set()

    def _sort(self) -> None:
        pongs = []
        while self.error is None:
            record = self._inbox.next()
            if record is None:
                break
            if record[0] == records.PING:
                pongs.append(records.pong(record[1]))
            elif record[0] != records.PONG:
                self._records.append(record)
        if pongs:
            self._answer(b"".join(pongs))

    def _answer(self, record: bytes) -> None:
        if self._transport is not None and self._transport.get_write_buffer_size() > _MOST_UNREAD:
            self._transport.abort()
            raise TocsinError("TCN_CLIENT_UNREACHABLE", "the hub does not read what it asks for")
        self.send(record)

    def _read_on(self) -> None:
        self._unread = 0
        if self._paused and self._transport is not None and self.error is None:
            self._transport.resume_reading()
        self._paused = False

    def _end(self, error: TocsinError) -> None:
        if self.error is not None:
            return
        self.error = error
        self._news.set()
        self._may_send.set()
        if self._transport is not None:
            self._transport.close()


async def open_connection(address: Address, hello: Dict[str, Any]) -> Connection:
    deadline = deadline_after(DIAL_TIMEOUT)
    connection = Connection()
    try:
        await _dial(address, connection, deadline)
        connection.send(records.hello(hello))
        record = await connection.receive(deadline)
        if record is None:
            raise TocsinError("TCN_CLIENT_TIMEOUT", "the hub did not answer in time")
        connection.greet(*record)
        return connection
    except BaseException:
        connection.close()
        raise


async def _dial(address: Address, connection: Connection, deadline: Optional[float]) -> None:
    loop = asyncio.get_running_loop()
    dialling: Any
    if address.kind == "unix":
        dialling = loop.create_unix_connection(lambda: connection, address.place)
    else:
        secure = tls_context() if address.kind == "tls" else None
        dialling = loop.create_connection(lambda: connection, address.place, address.port, ssl=secure)
    try:
        await asyncio.wait_for(dialling, left_until(deadline))
    except asyncio.TimeoutError as error:
        raise dial_error(address, TimeoutError("it did not answer in time")) from error
    except OSError as error:
        raise dial_error(address, error) from error
