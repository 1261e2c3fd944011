"""Notifications of the vendor's module as plain values, with the keys that the hub checks."""

from __future__ import annotations

import socket
from datetime import datetime, timezone
from math import isfinite
from typing import Any, Callable, Dict, List, Mapping

from .. import constants as c
from ..library import PROGRESS_STOP
from ..notification import SPELLINGS

#: Longer texts are cut, and say how long they were; the hub takes no longer ones. In units of UTF-16, as it counts.
_LONGEST_TEXT = 65_000
_DEEPEST = 32
#: Larger numbers are texts in JSON.
_LARGEST = 1 << 53
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
#: Numbers that stand for "none" if they are negative.
_COUNTS = ("usid", "tid", "port", "logintime", "thandle")
_FAMILIES = (int(socket.AF_INET), int(socket.AF_INET6))

Payload = Dict[str, Any]


def plain_notification(found: Mapping[str, Any]) -> Dict[str, Any]:
    """The notification that ``read_notification`` has returned. Raises ValueError for one that is none."""
    kind = found.get("type")
    if not isinstance(kind, int):
        raise ValueError("a notification has no type")
    result: Dict[str, Any] = {"type": int(kind)}
    for key, body in found.items():
        if key != "type":
            result[key] = _payload(key, body)
    return result


def microseconds(time: Any) -> int:
    """The µs since 1970 of a DateTime, whose zone is UTC if it does not say it."""
    hours, minutes = int(getattr(time, "timezone", 0)), int(getattr(time, "timezone_minutes", 0))
    known = -24 < hours < 24
    utc = datetime(time.year, time.month, time.day, time.hour, time.min, min(time.sec, 59), time.micro, timezone.utc)
    away = hours * 60 + (abs(minutes) if hours >= 0 else -abs(minutes)) if known else 0
    since = utc - _EPOCH
    return (since.days * 86_400 + since.seconds - away * 60) * 1_000_000 + since.microseconds


def is_time(value: Any) -> bool:
    return all(hasattr(value, name) for name in ("year", "month", "min", "sec", "micro"))


def _payload(key: str, body: Any) -> Any:
    if not isinstance(body, Mapping):
        return plain(body)
    named = dict(body)
    for usual, *others in SPELLINGS.get(key, ()):
        for other in others:
            if other in named:
                older = named.pop(other)
                named.setdefault(usual, older)
    tctx = named.pop("tctx", None)
    payload = _mapping(named, 0)
    if tctx is not None:
        payload["tctx"] = _transaction(tctx, payload)
    correct = _CORRECTIONS.get(key)
    if correct is not None:
        correct(payload, named)
    return payload


def plain(value: Any, depth: int = 0) -> Any:
    """The value as JSON has it. Unknown objects become text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if abs(value) < _LARGEST else str(int(value))
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if isinstance(value, (bytes, bytearray)):
        return _text(bytes(value).decode("utf-8", "replace"))
    if isinstance(value, str):
        return _text(value)
    if depth > _DEEPEST:
        raise ValueError("a notification is too deep")
    if isinstance(value, Mapping):
        return _mapping(value, depth + 1)
    if isinstance(value, (list, tuple)):
        return [plain(each, depth + 1) for each in value]
    if is_time(value):
        return microseconds(value)
    if hasattr(value, "username") and hasattr(value, "usid"):
        return _user(value)
    return _text(str(value))


def _mapping(values: Mapping[Any, Any], depth: int) -> Payload:
    """Without the keys that have no value."""
    made = {str(name): plain(value, depth) for name, value in values.items() if value is not None}
    for name in _COUNTS:
        if isinstance(made.get(name), int):
            made[name] = max(0, made[name])
    return made


def _text(text: str) -> str:
    if 2 * len(text) <= _LONGEST_TEXT:
        return text
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * _LONGEST_TEXT:
        return text
    # Half of a pair at the end is left out.
    start = units[: 2 * _LONGEST_TEXT].decode("utf-16-le", "ignore")
    return f"{start}… ({len(text)} characters)"


def _user(user: Any) -> Payload:
    family = int(getattr(user, "af", 0) or 0)
    context = getattr(user, "snmp_v3_ctx", "")
    return {
        "username": str(user.username or ""),
        "usid": max(0, int(user.usid or 0)),
        "context": str(getattr(user, "context", "") or ""),
        "proto": int(getattr(user, "proto", 0) or 0),
        "addr": str(getattr(user, "addr", "") or ""),
        "af": family if family in _FAMILIES else 0,
        "port": int(getattr(user, "port", 0) or 0),
        "logintime": max(0, int(getattr(user, "logintime", 0) or 0)),
        "lmode": int(getattr(user, "lmode", 0) or 0),
        "flags": int(getattr(user, "flags", 0) or 0),
        **({"snmp_v3_ctx": str(context)} if context else {}),
    }


def _transaction(tctx: Any, payload: Payload) -> Payload:
    """The vendor's context names the transaction, and the notification itself the rest."""
    user = payload.get("uinfo")
    usid = user.get("usid", 0) if isinstance(user, dict) else 0
    return {
        "thandle": max(0, int(getattr(tctx, "thandle", getattr(tctx, "th", 0)) or 0)),
        "dbname": int(getattr(tctx, "dbname", payload.get("database", 0)) or 0),
        "usid": int(getattr(tctx, "usid", usid) or 0),
    }


def _commit(payload: Payload, _: Mapping[str, Any]) -> None:
    payload["diff_available"] = bool(payload.get("diff_available"))


def _progress(payload: Payload, given: Mapping[str, Any]) -> None:
    """Attributes are a list or a mapping, by the version of the module."""
    attributes = [_attribute(name, value) for name, value in _pairs(given.get("attributes"))]
    links = [_link(each) for each in given.get("links") or []]
    for name, items in (("attributes", attributes), ("links", links)):
        payload.pop(name, None)
        payload[f"num_{name}"] = len(items)
        if items:
            payload[name] = items
    if payload.get("type") != PROGRESS_STOP:
        payload.pop("duration", None)
    else:
        payload.setdefault("duration", 0)


def _pairs(attributes: Any) -> List[Any]:
    items = getattr(attributes, "items_in_order", attributes)
    if isinstance(items, Mapping):
        return list(items.items())
    return [(each.get("name"), next((each[key] for key in ("string", "number") if key in each), None)) for each in items or []]


def _attribute(name: Any, value: Any) -> Payload:
    if isinstance(value, int):
        return {"name": str(name), "type": c.PROGRESS_ATTRIBUTE_NUMBER, "number": plain(value)}
    return {"name": str(name), "type": c.PROGRESS_ATTRIBUTE_STRING, "string": _text(str(value))}


def _link(link: Any) -> Payload:
    def part(name: str) -> str:
        value = link.get(name) if isinstance(link, Mapping) else getattr(link, name, None)
        return str(value or "")

    return {"trace_id": part("trace_id"), "span_id": part("span_id")}


def _snmp(payload: Payload, given: Mapping[str, Any]) -> None:
    bindings = [each if isinstance(each, Mapping) else _binding(each) for each in given.get("vb") or []]
    if bindings:
        payload["vb"] = [_mapping(each, 1) for each in bindings]


def _binding(binding: Any) -> Payload:
    """Only the type is documented; newer versions may have more."""
    names = {"name": "name", "oid": "oid", "vartype": "value_type", "value_type": "value_type", "val": "value"}
    found = {key: getattr(binding, name) for name, key in names.items() if hasattr(binding, name)}
    return {"type": binding.type, "value_type": 0, **found}


def _call_home(payload: Payload, _: Mapping[str, Any]) -> None:
    if payload.get("type") == c.CALL_HOME_UNKNOWN_DEVICE:
        payload.pop("device", None)
    _drop_empty(payload, "ssh_host_key", "ssh_key_alg")


def _network(payload: Payload, _: Mapping[str, Any]) -> None:
    payload.setdefault("config", "")
    _drop_empty(payload, "trace_id")


def _queue_item(payload: Payload, _: Mapping[str, Any]) -> None:
    _drop_empty(payload, "transient_reasons", "trace_id")


def _drop_empty(payload: Payload, *names: str) -> None:
    """Modules fill in what programs read without a check."""
    for name in names:
        if not payload.get(name):
            payload.pop(name, None)


_CORRECTIONS: Dict[str, Callable[[Payload, Mapping[str, Any]], None]] = {
    "commit": _commit,
    "progress": _progress,
    "snmpa": _snmp,
    "call_home": _call_home,
    "cq_progress": _queue_item,
    "audit_network": _network,
}


def session_of(found: Mapping[str, Any], key: str) -> int:
    """The session that waits, as ``sync_…`` wants it."""
    return int(found.get(key, {}).get("usid") or 0)
