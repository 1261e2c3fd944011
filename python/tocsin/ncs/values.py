"""The objects that notifications contain, as programs for the vendor's modules expect them."""

from __future__ import annotations

import re
import zlib
from datetime import datetime, timedelta, timezone
from typing import Any, Dict, List, Optional

from . import codes
from .errors import Error
from .library import TIMEZONE_UNDEF

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6})\d*)?)?(?:([Zz])|([+-])(\d\d):?(\d\d))?$"
)


class DateTime:
    """A point in time: ``year month day hour min sec micro timezone timezone_minutes``."""

    def __init__(
        self,
        year: int,
        month: int,
        day: int,
        hour: int,
        min: int,
        sec: int,
        micro: int,
        timezone: int = TIMEZONE_UNDEF,
        timezone_minutes: int = 0,
    ):
        self.year, self.month, self.day = year, month, day
        self.hour, self.min, self.sec, self.micro = hour, min, sec, micro
        self.timezone, self.timezone_minutes = timezone, timezone_minutes

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DateTime) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(str(self))

    def __str__(self) -> str:
        clock = f"{self.year:04}-{self.month:02}-{self.day:02}T{self.hour:02}:{self.min:02}:{self.sec:02}"
        fraction = f".{self.micro:06}" if self.micro else ""
        if self.timezone == TIMEZONE_UNDEF:
            return f"{clock}{fraction}"
        return f"{clock}{fraction}{self.timezone:+03}:{abs(self.timezone_minutes):02}"

    __repr__ = __str__


def datetime_of(value: Any) -> Any:
    """Makes a DateTime, in UTC, of RFC 3339 text or of µs since the epoch; returns anything else as it is."""
    if isinstance(value, int) and not isinstance(value, bool):
        return _utc(_EPOCH + timedelta(microseconds=value))
    if isinstance(value, datetime):
        return _utc(value)
    found = _TIME.match(value) if isinstance(value, str) else None
    return value if found is None else _utc(_from_match(found))


def rfc3339(value: Any) -> Optional[str]:
    """The text for the hub of a Value, DateTime, datetime or text; None for C_NOEXISTS. UTC unless it names a zone."""
    if isinstance(value, Value):
        if value.confd_type() == codes.C_NOEXISTS:
            return None
        value = value.as_pyval()
    return None if value is None else _utc_datetime(value).isoformat().replace("+00:00", "Z")


def microseconds(value: Any) -> int:
    """The µs since 1970 of a DateTime, datetime or text."""
    return (_utc_datetime(value) - _EPOCH) // timedelta(microseconds=1)


def _utc_datetime(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc)
    found = _TIME.match(str(value))
    if found is None:
        raise TypeError(f"{value!r} is not a time: give a Value of the type C_DATETIME")
    return _from_match(found).astimezone(timezone.utc)


def _from_match(found: re.Match[str]) -> datetime:
    year, month, day, hour, minute = (int(found[n]) for n in range(1, 6))
    micro = int((found[7] or "").ljust(6, "0"))
    away = timedelta(hours=int(found[10] or 0), minutes=int(found[11] or 0))
    zone = timezone(-away if found[9] == "-" else away)
    # A leap second counts as the last one before it.
    return datetime(year, month, day, hour, minute, min(int(found[6] or 0), 59), micro, zone)


def _utc(time: datetime) -> DateTime:
    utc = time.astimezone(timezone.utc)
    return DateTime(utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second, utc.microsecond, 0, 0)


class Value:
    """A value with a type (``C_…``). No schema is loaded: its text is the one that the hub sent."""

    def __init__(self, init: Any, type: Optional[int] = None):
        known = isinstance(init, Value)
        self._type: int = init._type if known else type or _type_of(init)
        self._value: Any = init._value if known else init
        if self._type == codes.C_DATETIME:
            rfc3339(self._value)

    def confd_type(self) -> int:
        return self._type

    def confd_type_str(self) -> str:
        return _TYPE_NAMES.get(self._type, str(self._type))

    def as_pyval(self) -> Any:
        if self._type == codes.C_NOEXISTS:
            return None
        return str(self).split() if self._type == codes.C_LIST and isinstance(self._value, str) else self._value

    def val2str(self, schema_type: Any = None) -> str:
        return str(self)

    def __str__(self) -> str:
        if isinstance(self._value, bool):
            return "true" if self._value else "false"
        if isinstance(self._value, (list, tuple)):
            return " ".join(str(item) for item in self._value)
        return str(self._value)

    def __repr__(self) -> str:
        return str(self)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Value):
            return (self._type, str(self)) == (other._type, str(other))
        return bool(self._value == other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __int__(self) -> int:
        return int(self._value)

    def __float__(self) -> float:
        return float(self._value)

    def __bool__(self) -> bool:
        return self._type != codes.C_NOEXISTS and bool(self._value)


def _type_of(value: Any) -> int:
    if isinstance(value, bool):
        return codes.C_BOOL
    if isinstance(value, int):
        return codes.C_INT64
    if isinstance(value, float):
        return codes.C_DOUBLE
    if isinstance(value, DateTime):
        return codes.C_DATETIME
    if isinstance(value, (list, tuple)):
        return codes.C_LIST
    return codes.C_BUF


_TYPE_NAMES = {value: name for name, value in vars(codes).items() if name.startswith("C_")}

_texts: Dict[int, str] = {}


def str2hash(text: str) -> int:
    """The number of a namespace or tag. It is the same in every process, but not the vendor's."""
    number = zlib.crc32(text.encode()) & 0x7FFFFFFF or 1
    while _texts.setdefault(number, text) != text:
        number = (number + 1) & 0x7FFFFFFF or 1
    return number


def hash2str(number: int) -> Optional[str]:
    """The text of a number that this process has seen."""
    return _texts.get(number)


def ns2prefix(number: int) -> Optional[str]:
    """The last part of the namespace's name, as most models choose it: prefixes are not in notifications."""
    text = hash2str(number)
    return None if text is None else next((part for part in reversed(re.split(r"[/:#]", text)) if part), text)


class XmlTag:
    """An element: the numbers of its namespace and its name."""

    def __init__(self, ns: int, tag: int):
        self.ns, self.tag = ns, tag

    def __str__(self) -> str:
        return hash2str(self.tag) or str(self.tag)

    __repr__ = __str__


class TagValue(XmlTag):
    """An element of a stream event, with its value ``v``; ``str()`` is its name."""

    def __init__(self, xmltag: Any, v: Any = None, tag: Any = None, ns: Any = None):
        super().__init__(xmltag.ns if ns is None else ns, xmltag.tag if tag is None else tag)
        self.v = Value(v)


_KINDS = {
    "begin": codes.C_XMLBEGIN,
    "end": codes.C_XMLEND,
    "leaf": codes.C_BUF,
    "empty": codes.C_XMLTAG,
    "list": codes.C_LIST,
    "delete": codes.C_NOEXISTS,
}


def tag_value(given: Dict[str, Any]) -> TagValue:
    """Makes one of ``{ ns, tag, kind, value }``."""
    kind = given.get("kind", "leaf")
    tag = str(given.get("tag", ""))
    value = given.get("value", "" if kind in ("leaf", "list") else tag)
    element = XmlTag(str2hash(str(given.get("ns", ""))), str2hash(tag))
    return TagValue(element, Value(value, _KINDS.get(kind, codes.C_BUF)))


class UserInfo:
    """Who is behind a session."""

    def __init__(self, given: Dict[str, Any]):
        self.username: str = given.get("username", "")
        self.usid: int = given.get("usid", 0)
        self.context: str = given.get("context", "")
        self.clearpass: str = given.get("clearpass", "")
        self.proto: int = given.get("proto", 0)
        self.addr: str = given.get("addr", "")
        self.af: int = given.get("af", 0)
        self.port: int = given.get("port", 0)
        self.logintime: int = given.get("logintime", 0)
        self.lmode: int = given.get("lmode", 0)
        self.snmp_v3_ctx: str = given.get("snmp_v3_ctx", "")
        self.flags: int = given.get("flags", 0)
        self.actx_thandle: int = given.get("actx_thandle", -1)
        self.groups: List[str] = given.get("groups", [])

    def __repr__(self) -> str:
        return f"UserInfo({self.__dict__})"


class TransCtxRef:
    """The transaction behind a COMMIT_DIFF, which waits until ``diff_notification_done``."""

    def __init__(self, given: Dict[str, Any]):
        self.thandle: int = given.get("thandle", 0)
        self.dbname: int = given.get("dbname", 0)
        self.usid: int = given.get("usid", 0)
        #: The hub that knows it; set by ``read_notification``.
        self.hub: Any = None
        #: True if another program has published the notification, so that the hub may not know the changes.
        self.foreign = False

    @property
    def th(self) -> int:
        return self.thandle

    def __repr__(self) -> str:
        return f"TransCtxRef(thandle={self.thandle}, dbname={self.dbname}, usid={self.usid})"


class HKeypathRef:
    """A path: ``str()`` is its text, and ``path[0]`` its last part, as in the vendor's modules."""

    def __init__(self, path: str):
        self._path = path
        self._parts: List[str] = [part for part in re.findall(r"\{[^}]*\}|[^/{]+", path)]

    def __len__(self) -> int:
        return len(self._parts)

    def __getitem__(self, place: int) -> str:
        return self._parts[::-1][place]

    def __str__(self) -> str:
        return self._path

    __repr__ = __str__


def require_text(value: Any, name: str) -> str:
    if not isinstance(value, (str, bytes)):
        raise TypeError(f"{name} must be a text")
    if not value:
        raise Error(f"{name} is empty", codes.ERR_PROTOUSAGE)
    return value if isinstance(value, str) else value.decode()
