"""The functions of the vendor's module ``events``, against a Tocsin hub.

The socket is the program's own. ``select``, ``poll``, ``epoll`` and ``asyncio`` are honest about it: it is readable
when ``read_notification`` has something to return, and at the end.
"""

from __future__ import annotations

import os
import socket
import time
from typing import Any, Dict, Optional, Tuple

from .. import records
from ..address import Address
from ..event import EVENT, Event
from ..identity import own_name
from . import codes
from . import constants as c
from .constants import *  # noqa: F403 - this module is to have them, too
from .errors import EOF, Error, of_hub
from .library import NCS_PORT
from .notification import to_dictionary
from .socket_state import SocketState, remember, send_all, state_of
from .values import TransCtxRef, require_text, rfc3339

#: Seconds for connecting, unless TOCSIN_CONNECT_TIMEOUT says otherwise: a busy hub may take long.
_HANDSHAKE = 30.0
_NEEDS_DATA = c.NOTIF_HEARTBEAT | c.NOTIF_HEALTH_CHECK | c.NOTIF_STREAM_EVENT
MISSING: Any = object()

AUDIT, AUDIT_NETWORK, HA, COMMIT = "ncs/audit", "ncs/audit-network", "ncs/ha", "ncs/commit"


class Notification:
    """Cannot be made by programs: ``read_notification`` returns dictionaries."""

    def __new__(cls) -> Notification:
        raise TypeError("cannot create 'Notification' instances")


class NotificationsData:
    """The arguments of ``notifications_connect2`` beside the mask. All are optional; intervals
    are in ms."""

    #: Whose names and port are meant: those of NSO or those of ConfD.
    module = "ncs"
    usual_port = NCS_PORT

    def __init__(
        self,
        heartbeat_interval: Optional[int] = None,
        health_check_interval: Optional[int] = None,
        stream_name: Optional[str] = None,
        start_time: Any = None,
        stop_time: Any = None,
        xpath_filter: Optional[str] = None,
        usid: Optional[int] = None,
        verbosity: int = 0,
        *,
        hearbeat_interval: Optional[int] = None,
    ):
        # The second spelling is the one in the vendor's document.
        beat = hearbeat_interval if heartbeat_interval is None else heartbeat_interval
        self.heartbeat_interval = self.hearbeat_interval = _whole(beat, "heartbeat_interval")
        self.health_check_interval = _whole(health_check_interval, "health_check_interval")
        self.stream_name = _text(stream_name, "stream_name")
        self.start_time, self.stop_time = rfc3339(start_time), rfc3339(stop_time)
        self.xpath_filter = _text(xpath_filter, "xpath_filter") or None
        self.usid = _whole(usid, "usid")
        self.verbosity = _whole(verbosity, "verbosity") or 0
        if self.verbosity > 3:
            raise TypeError("verbosity must be one of VERBOSITY_NORMAL to VERBOSITY_DEBUG")

    def wishes(self, mask: int) -> Dict[str, Any]:
        """The keys for the hub; what the mask does not ask for is left out."""
        is_stream = bool(mask & c.NOTIF_STREAM_EVENT)
        return {
            "heartbeat": self.heartbeat_interval if mask & c.NOTIF_HEARTBEAT else None,
            "health": self.health_check_interval if mask & c.NOTIF_HEALTH_CHECK else None,
            "stream": self.stream_name if is_stream else None,
            "start": self.start_time if is_stream else None,
            "stop": self.stop_time if is_stream else None,
            "xpath": self.xpath_filter if is_stream else None,
            "usid": self.usid,
            "verbosity": self.verbosity or None,
            "module": self.module,
        }

    def __repr__(self) -> str:
        return f"NotificationsData({self.__dict__})"


def notifications_connect(
    sock: socket.socket, mask: int, ip: Optional[str] = None, port: Any = MISSING, path: Any = None
) -> None:
    """Connects a socket for notifications: AF_UNIX wants ``path``, AF_INET and AF_INET6 want ``ip`` and ``port``."""
    connect_without(NotificationsData(), sock, mask, ip, port, path)


def notifications_connect2(
    sock: socket.socket,
    mask: int,
    data: NotificationsData,
    ip: Optional[str] = None,
    port: Any = MISSING,
    path: Any = None,
) -> None:
    """The same with NotificationsData, which HEARTBEAT, HEALTH_CHECK and STREAM_EVENT need."""
    if not isinstance(data, NotificationsData):
        raise TypeError("data must be a NotificationsData")
    _connect(sock, _checked(mask), data, ip, port, path)


def connect_without(data: NotificationsData, sock: socket.socket, mask: int, ip: Any, port: Any, path: Any) -> None:
    """Connects for the types that need no data of the program."""
    if _checked(mask) & _NEEDS_DATA:
        raise Error("HEARTBEAT, HEALTH_CHECK and STREAM_EVENT need notifications_connect2", codes.ERR_PROTOUSAGE)
    _connect(sock, mask, data, ip, port, path)


def read_notification(sock: socket.socket) -> Dict[str, Any]:
    """Reads one notification: ``type``, and what belongs to it in a dictionary under the key of the type.

    On a socket that does not block, or with a timeout, it raises what ``recv`` raises while there is none.

    :raises EOF: at the end, :raises Error: if the hub reports a fault
    """
    state = state_of(sock)
    with state.reading:
        while not state.ended:
            record = state.read_record(sock)
            if record is not None:
                found = _take(sock, state, record)
                if found is not None:
                    return found
    raise EOF(state.end)


def sync_audit_notification(sock: socket.socket, usid: int) -> None:
    """Lets the session go on that caused an AUDIT which was read (with NOTIF_AUDIT_SYNC)."""
    _answer(sock, AUDIT, usid, f"no audit notification of the session {usid} was read")


def sync_audit_network_notification(sock: socket.socket, usid: int) -> None:
    """Lets the session go on that caused an AUDIT_NETWORK which was read (with NCS_NOTIF_AUDIT_NETWORK_SYNC)."""
    _answer(sock, AUDIT_NETWORK, usid, f"no network audit notification of the session {usid} was read")


def sync_ha_notification(sock: socket.socket) -> None:
    """Lets the cluster go on after an HA_INFO which was read (with NOTIF_HA_INFO_SYNC)."""
    _answer(sock, HA, None, "no HA notification was read")


def diff_notification_done(sock: socket.socket, tctx: TransCtxRef) -> None:
    """Lets the transaction go on whose COMMIT_DIFF was read."""
    if not isinstance(tctx, TransCtxRef):
        raise TypeError("tctx must be the transaction context of a notification")
    _answer(sock, COMMIT, tctx.thandle, f"no diff of the transaction {tctx.thandle} was read")


def _connect(sock: socket.socket, mask: int, data: NotificationsData, ip: Any, port: Any, path: Any) -> None:
    # The vendor's PORT is None where its daemon listens on a socket of the family AF_UNIX.
    place, address = _destination(sock, ip, data.usual_port if port is None else port, path)
    timeout = sock.gettimeout()
    timeout_of_connect = _seconds()
    token = _token()
    ncs = {key: value for key, value in data.wishes(mask).items() if value is not None}
    hello = {"version": 1, "features": ["ncs"], "token": token, "name": own_name(), "ncs": {"mask": mask, **ncs}}
    try:
        sock.settimeout(timeout_of_connect)
        sock.connect(place)
        if sock.family != socket.AF_UNIX:
            _keep_alive(sock)
        sock.sendall(records.encode(records.HELLO, hello))
        remember(sock, SocketState(mask, _greeting(sock, timeout_of_connect), (address, token)))
        sock.settimeout(timeout)
    except socket.timeout as error:
        raise Error(f"the hub at {address} did not answer within {timeout_of_connect:g} s", codes.ERR_TIMEOUT) from error
    except OSError as error:
        raise Error(f"no hub answers at {address}: {error}", codes.ERR_OS) from error


def _seconds() -> float:
    """The longest time that connecting may take, from TOCSIN_CONNECT_TIMEOUT."""
    given = os.environ.get("TOCSIN_CONNECT_TIMEOUT") or _HANDSHAKE
    try:
        seconds = float(given)
    except ValueError:
        seconds = 0
    if not 0 < seconds < float("inf"):
        raise Error(f"TOCSIN_CONNECT_TIMEOUT: {given!r} is not a number of seconds", codes.ERR_PROTOUSAGE)
    return seconds


def _greeting(sock: socket.socket, seconds: float) -> Dict[str, Any]:
    waiting = SocketState(0, {}, None)
    deadline = time.monotonic() + seconds
    record = None
    while record is None:
        record = waiting.read_record(sock)
        if record is None or time.monotonic() > deadline:
            raise Error("the hub closed the connection", codes.ERR_EOF)
    op, body = _decoded(record)
    if op == records.ERROR:
        raise of_hub(str(body.get("code", "")), str(body.get("message", "")))
    if op != records.WELCOME:
        raise Error("the answer is not that of a Tocsin hub", codes.ERR_PROTOUSAGE)
    if "ncs" not in body.get("features", []):
        raise Error("this hub offers no notifications of NSO", codes.ERR_NOT_IMPLEMENTED)
    greeting: Dict[str, Any] = body
    return greeting


def _destination(sock: socket.socket, ip: Any, port: Any, path: Any) -> Tuple[Any, Address]:
    if sock.family == socket.AF_UNIX:
        if path is None:
            raise TypeError("path is required for a socket of the family AF_UNIX")
        return require_text(path, "path"), Address("unix", require_text(path, "path"))
    if sock.family not in (socket.AF_INET, socket.AF_INET6):
        raise TypeError("the family of the socket must be AF_UNIX, AF_INET or AF_INET6")
    if ip is None or port is MISSING:
        raise TypeError("ip and port are required for a socket of the family AF_INET or AF_INET6")
    return (require_text(ip, "ip"), int(port)), Address("tcp", require_text(ip, "ip"), int(port))


def _keep_alive(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _token() -> Optional[str]:
    given = os.environ.get("TOCSIN_TOKEN")
    file = os.environ.get("NCS_IPC_ACCESS_FILE")
    if given or not file:
        return given or None
    try:
        with open(file, encoding="utf-8") as opened:
            return opened.read().strip() or None
    except OSError as error:
        raise Error(f"NCS_IPC_ACCESS_FILE: {error}", codes.ERR_OS) from error


def _take(sock: socket.socket, state: SocketState, record: bytes) -> Optional[Dict[str, Any]]:
    """Returns the notification in a record; None for one that has none."""
    op, body = _decoded(record)
    if op == EVENT:
        return _notification(state, body)
    if op == records.ERROR:
        state.ended = True
        raise of_hub(str(body.get("code", "")), str(body.get("message", "")))
    if op == records.GOODBYE:
        state.ended = True
        state.end = "the hub has closed the notification socket"
    elif op == records.PING:
        with state.writing:
            send_all(sock, records.encode(records.PONG, {"id": body.get("id")}))
    return None


def _notification(state: SocketState, record: bytes) -> Dict[str, Any]:
    try:
        event = Event(record)
        found = to_dictionary(event, state.mask, state.types)
        seq = event.seq if event.attributes.get("ncsgate") is True else None
    except ValueError as error:
        raise Error(f"a notification of the hub is not valid: {error}", codes.ERR_PROTOUSAGE) from error
    kind, mask = found["type"], state.mask
    if kind == c.NOTIF_COMMIT_DIFF:
        tctx = found["commit_diff"].get("tctx")
        if isinstance(tctx, TransCtxRef):
            tctx.hub = state.hub
            tctx.foreign = not event.source.startswith("hub/")
            state.gates.note(COMMIT, tctx.thandle, seq)
    elif kind == c.NOTIF_AUDIT:
        state.gates.note(AUDIT, found["audit"].get("usid"), seq if mask & c.NOTIF_AUDIT_SYNC else None)
    elif kind == c.NCS_NOTIF_AUDIT_NETWORK:
        owed = seq if mask & c.NCS_NOTIF_AUDIT_NETWORK_SYNC else None
        state.gates.note(AUDIT_NETWORK, found["audit_network"].get("usid"), owed)
    elif kind == c.NOTIF_HA_INFO:
        state.gates.note(HA, None, seq if mask & c.NOTIF_HA_INFO_SYNC else None)
    return found


def _answer(sock: socket.socket, gate: str, key: Any, unknown: str) -> None:
    state = state_of(sock)
    try:
        seq = state.gates.take(gate, key)
    except KeyError:
        raise Error(unknown, codes.ERR_NOEXISTS) from None
    if seq is None:
        return
    try:
        with state.writing:
            send_all(sock, records.encode(records.GATE_DONE, {"name": gate, "seq": seq}))
    except OSError as error:
        raise Error(f"the hub is gone: {error}", codes.ERR_EOF) from error


def _decoded(record: bytes) -> Tuple[int, Any]:
    try:
        return records.decode(record)
    except ValueError as error:
        raise Error(f"a record of the hub is not valid: {error}", codes.ERR_PROTOUSAGE) from error


def _checked(mask: int) -> int:
    if isinstance(mask, bool) or not isinstance(mask, int) or not 0 <= mask < 1 << 32:
        raise TypeError("mask must be a number of 32 bits")
    return mask


def _whole(value: Any, name: str) -> Optional[int]:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise TypeError(f"{name} must be a number that is not negative")
    return value


def _text(value: Any, name: str) -> Optional[str]:
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{name} must be a text")
    return value
