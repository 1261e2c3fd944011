"""The client of a hub."""

from __future__ import annotations

import itertools
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, Optional, Union

from . import records
from .answers import Published, PublishedNotification, Refused
from .errors import TocsinError, from_map
from .event import Event, events_in
from .identity import Identity
from .idle import IdleWatch
from .pages import PAGE_TIMEOUT, Pages
from .patience import Patience, deadline_after, has_passed, left_until
from .publisher import Publisher
from .reading import Gap, gap_of, warn
from .session import Session
from .subscription import Subscription
from .wishes import Filters, Outgoing, given, parts_of, reading_by_event_time


def connect(
    address: Optional[str] = None,
    *,
    token: Optional[str] = None,
    name: Optional[str] = None,
    producer: Optional[str] = None,
    source: Optional[str] = None,
    wait: float = 0.0,
    reconnect: float = 60.0,
) -> Client:
    """Connects to a hub: at ``address``, otherwise at ``TOCSIN_URL``, otherwise at its usual socket.

    :param address: a path, ``tcp://host:port`` or ``tls://host:port`` (``TOCSIN_CA`` names its authority), or several
        of them with commas, which are tried in turn
    :param token: default: ``TOCSIN_TOKEN``
    :param name: name of this program in the hub's list of connections
    :param producer: name under which the hub remembers what was published, even after a restart of this program
    :param source: where the events come from; default: what the hub proposes
    :param wait: seconds to wait for a hub that does not answer yet
    :param reconnect: seconds for which a call tries to reach the hub again after a lost connection
    :raises TocsinError: if there is no hub, or it refuses this client
    """
    client = Client(address, token=token, name=name, producer=producer, source=source, reconnect=reconnect)
    try:
        client._open(Patience(wait))
    except BaseException:
        client.close()
        raise
    return client


class Client:
    """Publishes and asks over one connection; each subscription has its own. Threads may share it."""

    def __init__(
        self,
        address: Optional[str],
        *,
        token: Optional[str],
        name: Optional[str],
        producer: Optional[str],
        source: Optional[str],
        reconnect: float,
    ):
        self._address = address
        self._identity = Identity(token, name, producer)
        self._session = Session(address, self._identity.publisher, reconnect)
        self._publisher = Publisher(self._session, source)
        self._subscriptions: List[Subscription] = []
        self._lock = IdleWatch(self._session)
        self._ids = itertools.count(1)

    def publish(
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

        :param timeout: longest wait for everything together, seconds
        :raises TocsinError: if the hub refuses the event; TCN_CLIENT_UNSETTLED if it takes longer than ``timeout``: it is
            then not known whether the event is stored, and the next call sends it again first, under the same number;
            the error of the connection if there was none in that time: the event was then not sent at all
        """
        event = {"tag": tag, "data": data, "source": source, "attributes": attributes}
        outcome = self._publish([event], durable, timeout)
        if isinstance(outcome[0], Refused):
            raise outcome[0].error
        return outcome[0]

    def publish_many(
        self, events: Iterable[Outgoing], *, durable: bool = False, timeout: Optional[float] = None
    ) -> List[Refused]:
        """Publishes events in their order, with far fewer round trips, and returns those that were refused.

        :param timeout: longest wait for everything together, seconds; see ``publish``
        """
        refused: List[Refused] = []
        done = 0
        deadline = deadline_after(timeout)
        for part in parts_of(events):
            for place, outcome in enumerate(self._publish(part, durable, left_until(deadline)), done):
                if isinstance(outcome, Refused):
                    refused.append(Refused(place, outcome.error))
            done += len(part)
        return refused

    def publish_notification(
        self,
        notification: Mapping[str, Any],
        *,
        deadline: Optional[float] = None,
        durable: bool = False,
        source: Optional[str] = None,
        verbosity: int = 0,
    ) -> PublishedNotification:
        """Publishes a notification of NSO or ConfD, such as ``{"type": NOTIF_AUDIT, "audit": {…}}``.

        One whose type can be waited for returns when all subscribers that asked for it have answered. Type and constants
        may be names. Objects that ``read_notification`` returns are accepted. Other threads that share
        this client wait meanwhile.

        :param deadline: longest wait for the answers, seconds; default: that of the hub, which is the longest
        :param verbosity: of a step of progress, such as ``VERBOSITY_DEBUG``
        :raises TocsinError: TCN_NCS_NOTIFICATION for one that is not valid; TCN_CLIENT_UNREACHABLE also if the
            connection is lost while subscribers are waited for: the notification is then stored
        """
        from .ncs.outgoing import publication, request_for_event

        made = self.request("ncs.event", request_for_event(notification, verbosity))
        event, gate = publication(made, source, deadline)
        with self._lock:
            frames = self._publisher.frames([event], gate=gate)
            return self._publisher.publish(frames, durable, gate=gate).notification()

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
        """Returns an iterator over events.

        :param filters: a pattern such as ``host/*``, several, or the JSON form; default: everything
        :param start: ``start``, ``end``, ``now`` (default), ``-1h``, a time, ``@4711``, or a cursor (after it)
        :param end: position at which the iterator ends, such as ``end``
        :param consumer: a durable consumer, whose events are to be acknowledged with ``ack``
        :param lag: what happens if this program is too slow: ``catch-up`` (default), ``skip``, ``disconnect``
        :param on_gap: called for each range of events that will be missing; default: the logger warns
        """
        wishes = given(filters=filters, from_=start, to=end, consumer=consumer, lag=lag)
        session = Session(self._address, self._identity.subscriber, self._session.reconnect)
        subscription = Subscription(session, wishes, on_gap)
        # Subscribed at once: an event that is published after this call is delivered.
        subscription._connection(Patience(0))
        self._subscriptions.append(subscription)
        return subscription

    def read_by_event_time(
        self,
        filters: Optional[Filters] = None,
        *,
        start: Optional[str] = None,
        end: Optional[str] = None,
        reverse: bool = False,
        on_gap: Optional[Callable[[Gap], None]] = None,
    ) -> Iterator[Event]:
        """Yields stored events in the order in which they happened.

        :param start: the earliest time at which they happened, such as ``-1h``; an event stands for its own time
        :param end: the latest time
        :param reverse: the event that happened last comes first
        :param on_gap: called for each range of events that the hub cannot read; default: the logger warns
        """
        params = reading_by_event_time(filters, start, end, reverse)
        epoch = str(self.welcome.get("epoch", ""))
        pages = Pages()
        while True:
            page = pages.checked(self.request("events.read", params, timeout=PAGE_TIMEOUT))
            for gap in page["gaps"]:
                (on_gap or warn)(gap_of(gap))
            yield from events_in(page["frames"], epoch)
            if page.get("next") is None:
                return
            params["more"] = page["next"]

    def request(
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
        with self._lock:
            try:
                return self._request(method, params or {}, timeout, on_part)
            except TocsinError as error:
                if error.is_transient:
                    self._session.drop()
                raise

    @property
    def welcome(self) -> Dict[str, Any]:
        """The greeting of the hub: its name and version, the principal of this client, and so on."""
        with self._lock:
            return self._session.connection().welcome

    def close(self) -> None:
        """Closes the connection and all subscriptions."""
        for subscription in self._subscriptions:
            subscription.close()
        self._session.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def _open(self, patience: Patience) -> None:
        with self._lock:
            self._session.connection(patience)

    def _publish(
        self, events: List[Dict[str, Any]], durable: bool, timeout: Optional[float] = None
    ) -> List[Union[Published, Refused]]:
        with self._lock:
            deadline = deadline_after(timeout)
            frames = self._publisher.frames(events, timeout)
            answers = self._publisher.publish(frames, durable, left_until(deadline))
        return answers.outcomes(frames)

    def _request(
        self, method: str, params: Dict[str, Any], timeout: Optional[float], on_part: Optional[Callable[[Any], None]]
    ) -> Any:
        connection = self._session.connection()
        try:
            connection.waiting()
        except TocsinError as error:
            # The connection was closed while nothing was asked of it.
            self._session.drop()
            if not error.is_transient:
                raise
            connection = self._session.connection()
        number = next(self._ids)
        connection.send(records.encode(records.REQUEST, {"id": number, "method": method, "params": params}))
        deadline = deadline_after(timeout)
        late = False
        while True:
            record = None if late else connection.receive(deadline)
            late = has_passed(deadline)
            if record is None:
                raise TocsinError("TCN_CLIENT_TIMEOUT", f"{method} was not answered in {timeout} seconds")
            op, body = record
            if op != records.REPLY or body.get("id") != number:
                continue
            if body.get("error") is not None:
                raise from_map(body["error"])
            if not body.get("more"):
                return body.get("result")
            if on_part is not None:
                on_part(body.get("result"))
