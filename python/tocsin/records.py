"""Records of the native protocol: a length, an op, and a msgpack map (or the frame of an event)."""

from __future__ import annotations

import struct
from typing import Any, Dict, Tuple

from .codec import pack, unpack
from .event import EVENT

HELLO = 2
WELCOME = 3
SUBSCRIBE = 4
ACCEPTED = 6
DURABLE = 7
REFUSED = 8
ACK = 9
GAP = 10
LIVE = 11
POSITION = 12
GATE = 13
GATE_DONE = 14
REQUEST = 15
REPLY = 16
PING = 17
PONG = 18
ERROR = 19
GOODBYE = 20

#: Unknown ops from this one on may be ignored.
FIRST_OPTIONAL = 128
#: The largest record of a hub that is no event.
MAX_RECORD = 16 << 20

_HEAD = struct.Struct("<IB")
LENGTH = struct.Struct("<I")


def encode(op: int, body: Dict[str, Any]) -> bytes:
    """Makes a record; keys whose value is None are left out."""
    packed = pack({key: value for key, value in body.items() if value is not None})
    return _HEAD.pack(len(packed) + 1, op) + packed


def decode(record: bytes) -> Tuple[int, Any]:
    """Returns the op and the map of a whole record; for an event, the record itself. Raises ValueError."""
    op = record[4]
    if op == EVENT or op >= FIRST_OPTIONAL:
        return op, record
    body = unpack(record[5:])
    if not isinstance(body, dict):
        raise ValueError("the body of a record is not a map")
    return op, body


def hello(body: Dict[str, Any]) -> bytes:
    return encode(HELLO, {"version": 1, **body})


def pong(ping: Dict[str, Any]) -> bytes:
    return encode(PONG, {"id": ping.get("id")})
