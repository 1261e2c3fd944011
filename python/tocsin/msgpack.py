"""msgpack in plain Python, for hosts without the package ``python3-msgpack``.

Text may hold bytes that are not UTF-8: they become lone surrogates ("surrogateescape") and are restored when written.
"""

from __future__ import annotations

import struct
from datetime import datetime, timedelta, timezone
from typing import Any, Callable, Dict, Tuple

MAX_DEPTH = 512
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_TIMESTAMP = -1


class Ext:
    """A value of an extension type."""

    __slots__ = ("code", "data")

    def __init__(self, code: int, data: bytes):
        self.code = code
        self.data = data

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ext) and (self.code, self.data) == (other.code, other.data)

    def __hash__(self) -> int:
        return hash((self.code, self.data))

    def __repr__(self) -> str:
        return f"Ext({self.code}, {self.data!r})"


def pack(value: Any) -> bytes:
    """Encodes None, bool, int, float, str, bytes, lists, tuples, dicts, Ext and datetime (with a time zone)."""
    out = bytearray()
    _write(out, value, 0)
    return bytes(out)


def unpack(data: Any) -> Any:
    """Decodes exactly one value. Raises ValueError if the bytes are anything else."""
    reader = _Reader(memoryview(data).cast("B"))
    try:
        value = reader.read(0)
    except RecursionError:
        raise ValueError("the value is nested too deep") from None
    if reader.at != len(reader.data):
        raise ValueError("there are bytes after the msgpack value")
    return value


def _write(out: bytearray, value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValueError("the value is nested too deep")
    if value is None:
        out.append(0xC0)
    elif value is True or value is False:
        out.append(0xC3 if value else 0xC2)
    elif isinstance(value, int):
        _write_int(out, value)
    elif isinstance(value, float):
        out += struct.pack(">Bd", 0xCB, value)
    elif isinstance(value, str):
        encoded = value.encode("utf-8", "surrogateescape")
        _write_header(out, len(encoded), (0xA0, 31), (0xD9, 0xDA, 0xDB))
        out += encoded
    elif isinstance(value, (bytes, bytearray, memoryview)):
        raw = bytes(value)
        _write_header(out, len(raw), None, (0xC4, 0xC5, 0xC6))
        out += raw
    elif isinstance(value, Ext):
        _write_ext(out, value)
    elif isinstance(value, datetime):
        _write_ext(out, _timestamp(value))
    elif isinstance(value, (list, tuple)):
        _write_header(out, len(value), (0x90, 15), (None, 0xDC, 0xDD))
        for item in value:
            _write(out, item, depth + 1)
    elif isinstance(value, dict):
        _write_header(out, len(value), (0x80, 15), (None, 0xDE, 0xDF))
        for key, item in value.items():
            _write(out, key, depth + 1)
            _write(out, item, depth + 1)
    else:
        raise TypeError(f"msgpack has no form for a {type(value).__name__}")


def _write_header(out: bytearray, length: int, short: Any, codes: Tuple[Any, int, int]) -> None:
    if short is not None and length <= short[1]:
        out.append(short[0] | length)
    elif codes[0] is not None and length <= 0xFF:
        out += struct.pack(">BB", codes[0], length)
    elif length <= 0xFFFF:
        out += struct.pack(">BH", codes[1], length)
    else:
        out += struct.pack(">BI", codes[2], length)


def _write_int(out: bytearray, value: int) -> None:
    if -32 <= value <= 127:
        out.append(value & 0xFF)
        return
    forms = _UNSIGNED if value >= 0 else _SIGNED
    for limit, form, code in forms:
        if -limit <= value < limit:
            out += struct.pack(form, code, value)
            return
    raise OverflowError("the integer does not fit into 64 bits")


_UNSIGNED = ((1 << 8, ">BB", 0xCC), (1 << 16, ">BH", 0xCD), (1 << 32, ">BI", 0xCE), (1 << 64, ">BQ", 0xCF))
_SIGNED = ((1 << 7, ">Bb", 0xD0), (1 << 15, ">Bh", 0xD1), (1 << 31, ">Bi", 0xD2), (1 << 63, ">Bq", 0xD3))


def _write_ext(out: bytearray, value: Ext) -> None:
    length = len(value.data)
    if length in _FIXED_EXT:
        out.append(_FIXED_EXT[length])
    else:
        _write_header(out, length, None, (0xC7, 0xC8, 0xC9))
    out += struct.pack("b", value.code)
    out += value.data


_FIXED_EXT: Dict[int, int] = {1: 0xD4, 2: 0xD5, 4: 0xD6, 8: 0xD7, 16: 0xD8}


def _timestamp(value: datetime) -> Ext:
    if value.tzinfo is None:
        raise TypeError("a datetime needs a time zone")
    span = value - _EPOCH
    seconds = span.days * 86400 + span.seconds
    return Ext(_TIMESTAMP, struct.pack(">Iq", span.microseconds * 1000, seconds))


def _time_of(data: bytes) -> Any:
    if len(data) == 4:
        nanoseconds, seconds = 0, struct.unpack(">I", data)[0]
    elif len(data) == 8:
        both = struct.unpack(">Q", data)[0]
        nanoseconds, seconds = both >> 34, both & 0x3FFFFFFFF
    elif len(data) == 12:
        nanoseconds, seconds = struct.unpack(">Iq", data)
    else:
        return Ext(_TIMESTAMP, data)
    try:
        return _EPOCH + timedelta(seconds=seconds, microseconds=nanoseconds // 1000)
    except OverflowError:
        return Ext(_TIMESTAMP, data)


class _Reader:
    def __init__(self, data: memoryview):
        self.data = data
        self.at = 0

    def read(self, depth: int) -> Any:
        """Reads a value. Each level of nesting takes one call of this function, for Python allows few."""
        if depth > MAX_DEPTH:
            raise ValueError("the value is nested too deep")
        code = self.take(1)[0]
        if code < 0x80:
            return code
        if code >= 0xE0:
            return code - 0x100
        if 0xA0 <= code < 0xC0:
            return self.text(code & 0x1F)
        if code in _COUNTS:
            count = self.number(_COUNTS[code])
        elif code < 0xA0:
            count = code & 0x0F
        else:
            return self.read_scalar(code)
        if code >= 0xDE or code < 0x90:
            return self.read_map(count, depth)
        self.expect(count)
        items = []
        for _ in range(count):
            items.append(self.read(depth + 1))
        return items

    def read_map(self, count: int, depth: int) -> Dict[Any, Any]:
        self.expect(2 * count)
        found: Dict[Any, Any] = {}
        for _ in range(count):
            key = self.read(MAX_DEPTH)
            if isinstance(key, (list, dict)):
                raise ValueError("a list or a map cannot be a key")
            found[key] = self.read(depth + 1)
        return found

    def read_scalar(self, code: int) -> Any:
        if code in _CONSTANTS:
            return _CONSTANTS[code]
        if code in _NUMBERS:
            return self.number(_NUMBERS[code])
        if code in _EXT_LENGTHS:
            return self.ext(_EXT_LENGTHS[code])
        if code in _LENGTHS:
            form, read = _LENGTHS[code]
            return read(self, self.number(form))
        raise ValueError(f"0x{code:02x} begins no msgpack value")

    def take(self, length: int) -> memoryview:
        end = self.at + length
        if end > len(self.data):
            raise ValueError("the msgpack value is incomplete")
        taken = self.data[self.at : end]
        self.at = end
        return taken

    def number(self, form: struct.Struct) -> Any:
        return form.unpack(self.take(form.size))[0]

    def text(self, length: int) -> str:
        return str(self.take(length), "utf-8", "surrogateescape")

    def raw(self, length: int) -> bytes:
        return bytes(self.take(length))

    def ext(self, length: int) -> Any:
        code = self.number(_INT8)
        data = self.raw(length)
        return _time_of(data) if code == _TIMESTAMP else Ext(code, data)

    def expect(self, count: int) -> None:
        if count > len(self.data) - self.at:
            raise ValueError("the msgpack value is incomplete")


_INT8 = struct.Struct("b")
_U8, _U16, _U32 = struct.Struct("B"), struct.Struct(">H"), struct.Struct(">I")
_CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}
_NUMBERS = {0xCA + i: struct.Struct(f">{form}") for i, form in enumerate("fdBHIQbhiq")}
_EXT_LENGTHS = {code: length for length, code in _FIXED_EXT.items()}
_COUNTS = {0xDC: _U16, 0xDD: _U32, 0xDE: _U16, 0xDF: _U32}
_LENGTHS: Dict[int, Tuple[struct.Struct, Callable[[_Reader, int], Any]]] = {
    **{0xC4 + i: (form, _Reader.raw) for i, form in enumerate((_U8, _U16, _U32))},
    **{0xC7 + i: (form, _Reader.ext) for i, form in enumerate((_U8, _U16, _U32))},
    **{0xD9 + i: (form, _Reader.text) for i, form in enumerate((_U8, _U16, _U32))},
}
