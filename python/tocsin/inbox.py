"""Cuts the bytes of a hub into records."""

from __future__ import annotations

from typing import Any, Dict, Optional, Tuple

from . import records
from .errors import TocsinError, from_map
from .shapes import check_record


#: The largest frame of any hub.
_MOST = 1 << 26


class Inbox:
    """Holds bytes until they are whole records."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._largest = records.MAX_RECORD

    def add(self, received: bytes) -> None:
        self._buffer += received

    def next(self) -> Optional[Tuple[int, Any]]:
        """Returns the next whole record, if there is one. Raises TocsinError if the hub ends the connection with it."""
        while True:
            record = self._whole_record()
            if record is None:
                return None
            op, body = _decoded(record)
            if op == records.ERROR or (op == records.GOODBYE and body.get("code") != "END"):
                raise from_map(body)
            if op < records.FIRST_OPTIONAL:
                return op, body

    def greeted(self, op: int, body: Any) -> Dict[str, Any]:
        """Checks that the first record is the greeting of the hub, and returns it."""
        if op != records.WELCOME:
            raise TocsinError("TCN_PROTOCOL_ORDER", "the hub did not greet")
        welcome: Dict[str, Any] = body
        self._largest = min(max(records.MAX_RECORD, int(welcome.get("largestFrame", 0))), _MOST)
        return welcome

    def _whole_record(self) -> Optional[bytes]:
        if len(self._buffer) < 5:
            return None
        length = records.LENGTH.unpack_from(self._buffer)[0]
        if length == 0 or length > self._largest:
            raise TocsinError("TCN_PROTOCOL_LENGTH", f"the hub sent a record of {length} bytes")
        end = length + 4
        if len(self._buffer) < end:
            return None
        record = bytes(self._buffer[:end])
        del self._buffer[:end]
        return record


def _decoded(record: bytes) -> Tuple[int, Any]:
    try:
        op, body = records.decode(record)
        if isinstance(body, dict):
            check_record(op, body)
        return op, body
    except ValueError as error:
        raise TocsinError("TCN_PROTOCOL_BODY", f"a record of the hub is not valid: {error}") from error
