"""Reads from NSO and answers it, in one thread: the vendor's library is not made for more on a socket."""

from __future__ import annotations

import json
import os
import select
import socket
import time
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

from .. import constants as c
from .lines import Lines
from .plain import plain_notification, session_of
from .stream_xml import stream_xml
from .vendor import HEARTBEAT, UnknownName, Vendor

#: NSO closes the socket of a program that has not answered after 120 seconds.
_ANSWER_WITHIN = 100.0
#: Without a sign of life for as long, NSO is lost.
_SILENT = 4.5 * HEARTBEAT / 1000
#: Seconds that the schema may take to load. Streams are not read meanwhile.
_LOAD_LIMIT = 900.0
#: Seconds until it is looked again whether the schema is loaded.
_LOADED_WITHIN = 0.1
#: Answers that NSO may wait for at the same time. Further ones are given at once.
_MOST_WAITING = 1000
#: A line of the hub has a number.
_LONGEST_LINE = 1000
_OVER = {
    c.STREAM_REPLAY_COMPLETE: "replay",
    c.STREAM_NOTIFICATION_COMPLETE: "complete",
    c.STREAM_REPLAY_FAILED: "failed",
}


class Lost(Exception):
    """NSO can no longer be read."""


class Program:
    def __init__(self, vendor: Vendor, settings: Dict[str, Any], lines: Lines):
        self._vendor = vendor
        self._settings = settings
        self._lines = lines
        self._answers = Answers()
        self._mask = 0
        #: The streams by their sockets; None for the socket of notifications.
        self._sockets: Dict[socket.socket, Optional[str]] = {}
        #: An event with a name that the schema does not have yet, and its stream. No stream is read meanwhile.
        self._unnamed: Optional[Tuple[str, Mapping[str, Any]]] = None
        #: The streams have been read until then, µs since 1970, and not since; None while they are read.
        self._held: Optional[int] = None
        self._input = b""
        self._beats = vendor.bit("HEARTBEAT")
        self._alive = time.monotonic()

    def connect(self) -> None:
        vendor, at = self._vendor, _now()
        mask, unknown = vendor.mask(self._settings["mask"])
        self._mask = mask
        self._sockets[vendor.connect(mask | self._beats)] = None
        for stream in self._settings.get("streams") or []:
            self._sockets[vendor.connect(vendor.bit("STREAM_EVENT"), stream)] = stream["name"]
        self._alive = time.monotonic()
        self._lines.put({"connected": {"unknown": unknown}, "at": at})

    def run(self) -> None:
        """Returns when the hub has gone. Raises what ends the connection to NSO."""
        if self._settings.get("streams"):
            self._load_schema()
        while True:
            is_loading = self._vendor.is_loading
            if not is_loading:
                self._take_unnamed()
            elif self._vendor.loads_for > _LOAD_LIMIT:
                raise Lost("the schema was not loaded in time")
            sockets = [sock for sock, stream in self._sockets.items() if stream is None or not is_loading]
            patience = min(self._answers.patience(), _LOADED_WITHIN if is_loading else 1.0)
            ready, _, _ = select.select([0, *sockets], [], [], patience)
            self._answers.give_late()
            if 0 in ready and not self._hear():
                return
            for sock in sockets:
                if sock in ready and (self._unnamed is None or self._sockets[sock] is None):
                    self._read(sock)
            # A module that does not let other threads run while it loads the schema keeps all else from being read.
            alive = max(self._alive, self._vendor.loaded)
            if self._beats and time.monotonic() - alive > _SILENT:
                raise Lost("there is no sign of life")

    def _hear(self) -> bool:
        """Takes the answers of the hub; returns False at their end."""
        data = os.read(0, 65_536)
        *lines, self._input = (self._input + data).split(b"\n")
        if len(self._input) > _LONGEST_LINE:
            raise ValueError("a line of the hub is too long")
        for line in lines:
            self._answers.give(json.loads(line)["answered"])
        return data != b""

    def _read(self, sock: socket.socket) -> None:
        try:
            found = self._vendor.events.read_notification(sock)
        except Exception as error:
            raise Lost(f"the connection was lost: {error}") from error
        stream = self._sockets[sock]
        if stream is not None:
            self._take_event(stream, found.get("stream") or {})
        else:
            self._alive = time.monotonic()
            self._take(sock, found)

    def _take(self, sock: socket.socket, found: Dict[str, Any]) -> None:
        if found.get("type") == c.NOTIF_HEARTBEAT:
            self._lines.put({"alive": True, **self._times()})
            return
        answer, times = None, self._times()
        try:
            answer = self._answer_for(sock, found)
            line: Dict[str, Any] = {"notification": plain_notification(found), **times}
        except Exception as error:
            self._lines.put(_unreadable(error))
            if answer is not None:
                answer()
            return
        number = None if answer is None else self._answers.owe(answer)
        is_passed_on = self._lines.put(line if number is None else {"answer": number, **line})
        if number is not None and not is_passed_on:
            self._answers.give(number)

    def _answer_for(self, sock: socket.socket, found: Mapping[str, Any]) -> Optional[Callable[[], object]]:
        """The call with which NSO continues; None if it does not wait."""
        events, kind = self._vendor.events, found.get("type")
        if kind == c.NOTIF_COMMIT_DIFF:
            tctx = found["commit_diff"]["tctx"]
            return lambda: events.diff_notification_done(sock, tctx)
        if kind == c.NOTIF_AUDIT and self._asks("AUDIT_SYNC"):
            usid = session_of(found, "audit")
            return lambda: events.sync_audit_notification(sock, usid)
        if kind == c.NCS_NOTIF_AUDIT_NETWORK and self._asks("AUDIT_NETWORK_SYNC"):
            session = session_of(found, "audit_network")
            return lambda: events.sync_audit_network_notification(sock, session)
        if kind == c.NOTIF_HA_INFO and self._asks("HA_INFO_SYNC"):
            return lambda: events.sync_ha_notification(sock)
        return None

    def _asks(self, name: str) -> bool:
        return bool(self._mask & self._vendor.bit(name))

    def _take_event(self, stream: str, event: Mapping[str, Any]) -> None:
        try:
            line = self._event_line(stream, event)
        except UnknownName:
            self._unnamed = stream, event
            self._load_schema()
            return
        except Exception as error:
            line = _unreadable(error, f"{stream}: ")
        self._lines.put(line)

    def _load_schema(self) -> None:
        self._held = self._held or _now()
        self._vendor.load_schema()

    def _take_unnamed(self) -> None:
        """The schema is loaded. A name that it still does not have stays a number."""
        if self._unnamed is not None:
            (stream, event), self._unnamed = self._unnamed, None
            self._take_event(stream, event)
        if self._unnamed is None:
            self._held = None

    def _times(self) -> Dict[str, int]:
        return {"at": _now(), **({} if self._held is None else {"streams": self._held})}

    def _event_line(self, stream: str, event: Mapping[str, Any]) -> Dict[str, Any]:
        over = _OVER.get(event.get("type", 0))
        if over is None:
            return {"stream": stream, "xml": stream_xml(self._vendor, event)}
        reason = event.get("replay_error", event.get("error"))
        return {"stream": stream, "over": over, "at": _now(), **({"reason": str(reason)[:500]} if reason else {})}


def _now() -> int:
    """µs since 1970."""
    return time.time_ns() // 1000


def _unreadable(error: Exception, where: str = "") -> Dict[str, Any]:
    """Modules raise errors of their own, of any kind."""
    return {"unreadable": f"{where}{type(error).__name__}: {error}"[:500]}


class Answers:
    """The calls that NSO waits for, by numbers. Each is made once, and in time."""

    def __init__(self) -> None:
        self._owed: Dict[int, Tuple[float, Callable[[], object]]] = {}
        self._last = 0

    def owe(self, answer: Callable[[], object]) -> Optional[int]:
        """Returns its number; None if too many wait, and this one is answered at once."""
        if len(self._owed) >= _MOST_WAITING:
            answer()
            return None
        self._last += 1
        self._owed[self._last] = (time.monotonic() + _ANSWER_WITHIN, answer)
        return self._last

    def give(self, number: Any) -> None:
        """Ignores a number that was answered already, late as the hub was."""
        owed = self._owed.pop(number, None)
        if owed is not None:
            owed[1]()

    def give_late(self) -> None:
        now = time.monotonic()
        for number in [number for number, (end, _) in self._owed.items() if end <= now]:
            self.give(number)

    def patience(self) -> float:
        """Seconds until the next answer is late, at most one."""
        first = next(iter(self._owed.values()), None)
        return 1.0 if first is None else min(1.0, max(0.0, first[0] - time.monotonic()))
