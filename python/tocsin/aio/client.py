"""The client of a hub."""

from __future__ import annotations

import asyncio
import itertools
import weakref
from typing import Any, AsyncIterator, Callable, Dict, Generator, Iterable, List, Mapping, Optional, Set, Union

from .. import records
from ..answers import Answers, Gate, Published, PublishedNotification, Refused
from ..errors import TocsinError, closed, from_map, unsettled
from ..event import Event, events_in
from ..identity import Identity
from ..pages import PAGE_TIMEOUT, Pages
from ..patience import Patience, deadline_after, left_until
from ..reading import Gap, gap_of, warn
from ..wishes import Filters, Outgoing, given, parts_of, reading_by_event_time
from .connection import Connection
from .outbox import Outbox
from .session import Session
from .subscription import Subscription
from .waiting import finished, release


def connect(
    address: Optional[str] = None,
    *,
    token: Optional[str] = None,
    name: Optional[str] = None,
    producer: Optional[str] = None,
    source: Optional[str] = None,
    wait: float = 0.0,
    reconnect: float = 60.0,
) -> Connecting:
    """Connects to a hub: ``async with connect() as hub``, or ``hub = await connect()``.

    The arguments and errors are those of ``tocsin.connect``.
    """
    identity = Identity(token, name, producer)
    return Connecting(lambda: Client(address, identity, source, reconnect), wait)


class Connecting:
    """A client that is not connected yet."""

    def __init__(self, make: Callable[[], Client], wait: float):
        self._make = make
        self._wait = wait
        self._client: Optional[Client] = None

    def __await__(self) -> Generator[Any, None, Client]:
        return self._open().__await__()

    async def __aenter__(self) -> Client:
        self._client = await self._open()
        return self._client

    async def __aexit__(self, *_: Any) -> None:
        if self._client is not None:
            await self._client.close()

    async def _open(self) -> Client:
        client = self._make()
        try:
            await client._connection(Patience(self._wait))
        except BaseException:
            await client.close()
            raise
        return client


class _Reply:
    """The answer to a request that is awaited."""

    def __init__(self, on_part: Optional[Callable[[Any], None]]):
        self.result: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._on_part = on_part

    def take(self, body: Dict[str, Any]) -> None:
        if self.result.done():
            return
        try:
            if body.get("error") is not None:
                raise from_map(body["error"])
            if not body.get("more"):
                self.result.set_result(body.get("result"))
            elif self._on_part is not None:
                self._on_part(body.get("result"))
        except Exception as error:
            self.fail(error)

    def fail(self, error: Exception) -> None:
        if not self.result.done():
            self.result.set_exception(error)


class Client:
    """Publishes and asks over one connection; each subscription has its own. Tasks of one event loop may share it."""

    def __init__(self, address: Optional[str], identity: Identity, source: Optional[str], reconnect: float):
        self._address = address
        self._identity = identity
        self._session = Session(address, identity.publisher, reconnect)
        self._outbox = Outbox(source)
        self._replies: Dict[int, _Reply] = {}
        self._ids = itertools.count(1)
        self._subscriptions: weakref.WeakSet[Subscription] = weakref.WeakSet()
        self._heard: Optional[Connection] = None
        self._tasks: Set[asyncio.Task[None]] = set()
        #: For the calls in the outbox; each answer renews it.
        self._patience: Optional[Patience] = None

    async def publish(
        self,
        tag: str,
        data: Any = None,
        *,
        durable: bool = False,
        source: Optional[str] = None,
        attributes: Optional[Dict[str, Any]] = None,
        timeout: Optional[float] = None,
    ) -> Published:
        """Publishes one event, and returns when the hub has stored it in its order (``durable``: on its disk).

        Calls of several tasks go out together, and wait for each other only while the hub takes no more. If a call is
        cancelled, it is not known whether the event is stored.

        :param timeout: longest wait for everything together, seconds
        :raises TocsinError: as ``publish`` of ``tocsin.Client``
        """
        event = {"tag": tag, "data": data, "source": source, "attributes": attributes}
        outcome = (await self._publish([event], durable, timeout))[0]
        if isinstance(outcome, Refused):
            raise outcome.error
        return outcome

    async def publish_many(
        self, events: Iterable[Outgoing], *, durable: bool = False, timeout: Optional[float] = None
    ) -> List[Refused]:
        """Publishes events in their order, with far fewer round trips, and returns those that were refused.

        :param timeout: longest wait for everything together, seconds; see ``publish``
        """
        refused: List[Refused] = []
        done = 0
        deadline = deadline_after(timeout)
        for part in parts_of(events):
            for place, outcome in enumerate(await self._publish(part, durable, left_until(deadline)), done):
                if isinstance(outcome, Refused):
                    refused.append(Refused(place, outcome.error))
            done += len(part)
        return refused

    async def publish_notification(
        self,
        notification: Mapping[str, Any],
        *,
        deadline: Optional[float] = None,
        durable: bool = False,
        source: Optional[str] = None,
        verbosity: int = 0,
    ) -> PublishedNotification:
        """Publishes a notification of NSO or ConfD, and waits for those that are asked to answer it.

        Many may wait at the same time, and hold up nothing else. The arguments and errors are those of
        ``publish_notification`` of ``tocsin.Client``.
        """
        from ..ncs.outgoing import publication, request_for_event

        made = await self.request("ncs.event", request_for_event(notification, verbosity))
        event, gate = publication(made, source, deadline)
        return (await self._answered([event], durable, None, gate)).notification()

    def subscribe(
        self,
        filters: Optional[Filters] = None,
        *,
        start: Optional[str] = None,
        end: Optional[str] = None,
        consumer: Optional[str] = None,
        lag: Optional[str] = None,
        on_gap: Optional[Callable[[Gap], None]] = None,
    ) -> Subscription:
        """Returns an asynchronous iterator over events. The arguments are those of ``subscribe`` of ``tocsin.Client``.

        It subscribes when the first event is asked for; ``async with hub.subscribe(…) as events`` does it at once.
        """
        wishes = given(filters=filters, from_=start, to=end, consumer=consumer, lag=lag)
        session = Session(self._address, self._identity.subscriber, self._session.reconnect)
        subscription = Subscription(session, wishes, on_gap)
        self._subscriptions.add(subscription)
        return subscription

    async def read_by_event_time(
        self,
        filters: Optional[Filters] = None,
        *,
        start: Optional[str] = None,
        end: Optional[str] = None,
        reverse: bool = False,
        on_gap: Optional[Callable[[Gap], None]] = None,
    ) -> AsyncIterator[Event]:
        """Yields stored events in the order in which they happened; see ``read_by_event_time`` of ``tocsin.Client``."""
        params = reading_by_event_time(filters, start, end, reverse)
        pages = Pages()
        while True:
            page = pages.checked(await self.request("events.read", params, timeout=PAGE_TIMEOUT))
            for gap in page["gaps"]:
                (on_gap or warn)(gap_of(gap))
            for event in events_in(page["frames"], str(self.welcome.get("epoch", ""))):
                yield event
            if page.get("next") is None:
                return
            params["more"] = page["next"]

    async def request(
        self,
        method: str,
        params: Optional[Dict[str, Any]] = None,
        *,
        timeout: Optional[float] = None,
        on_part: Optional[Callable[[Any], None]] = None,
    ) -> Any:
        """Calls a method of the hub, such as ``hub.status``, and returns its result.

        :param on_part: called with each part of a result that comes in parts
        :raises TocsinError: the error of the hub; TCN_CLIENT_TIMEOUT if it takes longer than ``timeout`` seconds
        """
        deadline = deadline_after(timeout)
        connection = await self._ready(timeout, deadline)
        number = next(self._ids)
        reply = self._replies[number] = _Reply(on_part)
        try:
            connection.send(records.encode(records.REQUEST, {"id": number, "method": method, "params": params or {}}))
            if not await finished(reply.result, deadline):
                raise TocsinError("TCN_CLIENT_TIMEOUT", f"{method} was not answered in {timeout} seconds")
            return reply.result.result()
        finally:
            del self._replies[number]
            release(reply.result)

    @property
    def welcome(self) -> Dict[str, Any]:
        """The last greeting of the hub: its name and version, the principal of this client, and so on."""
        return {} if self._heard is None else self._heard.welcome

    async def close(self) -> None:
        """Closes the connection and all subscriptions. Calls without an answer fail with TCN_CLIENT_CLOSED."""
        self._session.check_process()
        self._session.close()
        for task in self._tasks:
            task.cancel()
        self._outbox.fail(closed())
        self._fail_replies(closed())
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(each.close() for each in list(self._subscriptions)))
        await self._session.ended()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.close()

    async def _publish(
        self, events: List[Dict[str, Any]], durable: bool, timeout: Optional[float]
    ) -> List[Union[Published, Refused]]:
        answers = await self._answered(events, durable, timeout)
        return answers.outcomes(answers.frames)

    async def _answered(
        self, events: List[Dict[str, Any]], durable: bool, timeout: Optional[float], gate: Optional[Gate] = None
    ) -> Answers:
        deadline = deadline_after(timeout)
        connection = await self._ready(timeout, deadline)
        call = self._outbox.add(events, connection.welcome, durable, gate)
        connection.send(call.request())
        heard = connection.heard
        try:
            if await finished(call.settled, deadline):
                call.settled.result()
                return call.answers
        finally:
            release(call.settled)
        if heard == connection.heard:
            # The hub may have disappeared silently. The outbox is sent again over another connection.
            connection.abandon()
        raise unsettled(timeout)

    async def _ready(self, timeout: Optional[float], deadline: Optional[float]) -> Connection:
        """Returns a connection over which a record may be sent now."""
        patience = None if timeout is None else Patience(timeout, strict=True)
        while True:
            connection = await self._connection(patience)
            if not await connection.can_send(deadline):
                raise TocsinError("TCN_CLIENT_TIMEOUT", f"the hub took nothing for {timeout} seconds")
            if connection.error is None:
                return connection

    async def _connection(self, patience: Optional[Patience] = None) -> Connection:
        connection = await self._session.connection(patience)
        if connection is not self._heard:
            self._heard = connection
            connection.send(self._outbox.resume(connection.welcome))
            task = asyncio.ensure_future(self._listen(connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return connection

    async def _listen(self, connection: Connection) -> None:
        """Takes the answers of the hub; after the loss of the connection, sees to what is not answered."""
        try:
            while True:
                record = await connection.receive()
                if record is not None:
                    self._take(*record)
        except TocsinError as error:
            connection.close()
            self._session.failed(error)
            self._fail_replies(error)
            self._outbox.drop_gates()
            await self._send_again(error)

    def _take(self, op: int, body: Any) -> None:
        if op == records.REPLY:
            reply = self._replies.get(body.get("id"))
            if reply is not None:
                reply.take(body)
        elif op in (records.ACCEPTED, records.DURABLE, records.REFUSED, records.GATE_DONE):
            self._patience = None
            try:
                self._outbox.note(op, body)
            except (KeyError, TypeError, ValueError) as error:
                raise TocsinError("TCN_PROTOCOL_BODY", f"an answer of the hub is not valid: {error}") from error

    async def _send_again(self, error: TocsinError) -> None:
        try:
            if self._outbox.waiting:
                self._patience = self._patience or Patience(self._session.reconnect)
                await asyncio.sleep(self._patience.delay(error))
                await self._connection(self._patience)
        except TocsinError as final:
            self._outbox.fail(final)

    def _fail_replies(self, error: TocsinError) -> None:
        for reply in self._replies.values():
            reply.fail(error)
