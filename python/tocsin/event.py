"""Events, and the frame in which they travel."""

from __future__ import annotations

import struct
from datetime import datetime, timedelta, timezone
from typing import Any, Dict, Iterator, Optional

from .codec import pack, unpack
from .errors import TocsinError

#: length, op, flags, length of the tag, seq, time, kind, length of the source, length of the attributes
HEADER = struct.Struct("<IBBHQQIHH")
EVENT = 1
_REDELIVERED, _NOT_IN_LOG = 1, 2
_MOST = (1 << 53) - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Event:
    """An event of the hub. ``data`` and ``attributes`` are decoded when they are read for the first time."""

    __slots__ = ("_attributes", "_body", "_data", "_epoch", "flags", "kind", "seq", "source", "tag", "time_us")

    def __init__(self, frame: bytes, epoch: str = ""):
        """Reads a frame. Raises ValueError if it is not valid."""
        if len(frame) < HEADER.size:
            raise ValueError("the frame is shorter than its header")
        length, op, self.flags, tag, self.seq, self.time_us, self.kind, source, attributes = HEADER.unpack_from(frame)
        text = HEADER.size + source + attributes
        if op != EVENT or length != len(frame) - 4 or text + tag + 2 > len(frame):
            raise ValueError("the lengths in the frame do not match its size")
        if self.seq > _MOST or self.time_us > _MOST:
            raise ValueError("the frame has a number that is too large")
        self.source = frame[HEADER.size : HEADER.size + source].decode("utf-8", "surrogateescape")
        #: The path of the event, such as ``host/web1/load``.
        self.tag = frame[text : text + tag].decode("utf-8", "surrogateescape")
        self._attributes: Any = frame[HEADER.size + source : text]
        self._body: Optional[bytes] = frame[text + tag + 2 :]
        self._data: Any = None
        self._epoch = epoch

    @property
    def data(self) -> Any:
        if self._body is not None:
            self._data, self._body = _decoded(self._body), None
        return self._data

    @property
    def attributes(self) -> Dict[str, Any]:
        """CloudEvents attributes that have no field of their own."""
        if isinstance(self._attributes, bytes):
            self._attributes = _decoded(self._attributes) if self._attributes else {}
        found: Dict[str, Any] = self._attributes
        return found

    @property
    def time(self) -> datetime:
        """When the hub stored the event, in UTC."""
        return _EPOCH + timedelta(microseconds=self.time_us)

    @property
    def cursor(self) -> str:
        """Names the event; empty for one that is not in the log. As ``start`` it means "after this event"."""
        return "" if self.synthetic or not self._epoch else f"{self._epoch}-{self.seq}"

    @property
    def synthetic(self) -> bool:
        """True if the hub made it for this subscriber, so that it is not in the log."""
        return bool(self.flags & _NOT_IN_LOG)

    @property
    def redelivered(self) -> bool:
        """True if a durable consumer may have received it before."""
        return bool(self.flags & _REDELIVERED)

    def __repr__(self) -> str:
        return f"Event({self.tag!r}, {self.data!r}, cursor={self.cursor!r})"


def encode_event(
    tag: str,
    data: Any,
    *,
    counter: int,
    source: str,
    attributes: Optional[Dict[str, Any]] = None,
    kind: int = 0,
) -> bytes:
    """Makes the frame of an event for the hub. Raises TocsinError for one that no hub accepts."""
    name = tag.encode("utf-8", "surrogateescape")
    if not name:
        raise TocsinError("TCN_TAG_EMPTY", "the tag is empty")
    if len(name) > 65000:
        raise TocsinError("TCN_TAG_TOO_LONG", "a tag has at most 65,000 bytes")
    if b"\n\n" in name or name.endswith(b"\n"):
        raise TocsinError("TCN_TAG_CONTROL", "a tag has neither an empty line nor a line feed at its end")
    origin = source.encode("utf-8", "surrogateescape")
    if len(origin) > 255:
        raise TocsinError("TCN_ORIGIN_TOO_LONG", "a source has at most 255 bytes")
    packed = _packed(attributes) if attributes else b""
    if len(packed) > 8192:
        raise TocsinError("TCN_ATTRIBUTES_TOO_LARGE", "the attributes have more than 8,192 bytes")
    rest = b"".join((origin, packed, name, b"\n\n", _packed(data)))
    length = HEADER.size - 4 + len(rest)
    return HEADER.pack(length, EVENT, 0, len(name), counter, 0, kind, len(origin), len(packed)) + rest


def _packed(value: Any) -> bytes:
    try:
        return pack(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise TocsinError("TCN_BODY_UNSUPPORTED", f"the event cannot be encoded: {error}") from error


def _decoded(packed: bytes) -> Any:
    try:
        return unpack(packed)
    except ValueError as error:
        raise TocsinError("TCN_PROTOCOL_BODY", f"an event of the hub is not valid: {error}") from error


def received(frame: bytes, epoch: str) -> Event:
    """Reads a frame of the hub. Raises TocsinError if it is not valid."""
    try:
        return Event(frame, epoch)
    except ValueError as error:
        raise TocsinError("TCN_PROTOCOL_BODY", f"an event of the hub is not valid: {error}") from error


def events_in(frames: bytes, epoch: str) -> Iterator[Event]:
    """Reads frames that follow each other."""
    at = 0
    while at < len(frames):
        end = at + 4 + int.from_bytes(frames[at : at + 4], "little")
        yield received(frames[at:end], epoch)
        at = end
