"""Notifications, from the frames of the hub to the dictionaries of the vendor's modules."""

from __future__ import annotations

import socket
from typing import Any, Callable, Dict, List, Optional, Tuple

from ..event import Event
from . import constants as c
from .tag_types import TagTypes
from .values import TransCtxRef, UserInfo, datetime_of, tag_value
from .view import event_payload, stream_payload

#: Bits that ask for something else than a type of their own, and so are never the type of a notification.
MODIFIERS = (
    c.NOTIF_AUDIT_SYNC | c.NOTIF_HA_INFO_SYNC | c.NCS_NOTIF_AUDIT_NETWORK_SYNC | c.NOTIF_TAKEOVER_SYSLOG
)

#: Bits of what the hub makes for one subscriber.
_NOT_LOGGED = c.NOTIF_HEARTBEAT | c.NOTIF_HEALTH_CHECK | c.NOTIF_STREAM_EVENT

_SYSLOG = (c.NOTIF_DAEMON, c.NOTIF_NETCONF, c.NOTIF_DEVEL, c.NOTIF_JSONRPC, c.NOTIF_WEBUI)
_KEYS: Dict[int, str] = {
    **{each: "syslog" for each in _SYSLOG},
    c.NOTIF_AUDIT: "audit",
    c.NOTIF_COMMIT_SIMPLE: "commit",
    c.NOTIF_COMMIT_DIFF: "commit_diff",
    c.NOTIF_USER_SESSION: "user_sess",
    c.NOTIF_HA_INFO: "hnot",
    c.NOTIF_SUBAGENT_INFO: "subagent",
    c.NOTIF_COMMIT_FAILED: "cfail",
    c.NOTIF_SNMPA: "snmpa",
    c.NOTIF_FORWARD_INFO: "forward",
    c.NOTIF_CONFIRMED_COMMIT: "confirm",
    c.NOTIF_UPGRADE_EVENT: "upgrade",
    c.NOTIF_COMMIT_PROGRESS: "progress",
    c.NOTIF_PROGRESS: "progress",
    c.NOTIF_STREAM_EVENT: "stream",
    c.NOTIF_COMPACTION: "compaction",
    c.NCS_NOTIF_CQ_PROGRESS: "cq_progress",
    c.NCS_NOTIF_CALL_HOME_INFO: "call_home",
    c.NCS_NOTIF_AUDIT_NETWORK: "audit_network",
}

#: Names of the same fact in different documents: whichever the hub sends, programs find the others too.
SPELLINGS: Dict[str, Tuple[Tuple[str, ...], ...]] = {
    "hnot": (
        ("noprimary", "nomaster"),
        ("secondary_died", "slave_died"),
        ("secondary_arrived", "slave_arrived"),
        ("cdb_initialized_by_copy", "cb_initialized_by_copy"),
        ("besecondary_result", "beslave_result"),
    ),
    "stream": (("replay_error", "error"),),
    "progress": (("datastore", "database"), ("tid", "thandle")),
}


#: The attributes that programs read without a check that they exist.
_DEFAULTS: Dict[str, Dict[str, Any]] = {
    "audit_network": {"trace_id": "", "config": ""},
    "call_home": {"ssh_host_key": "", "ssh_key_alg": ""},
}


def type_for(kind: int, mask: int) -> int:
    """The type under which a subscriber with this mask gets an event: the lowest bit that it asked for."""
    asked = kind & mask & ~MODIFIERS or kind & ~MODIFIERS
    return asked & -asked


def to_dictionary(event: Event, mask: int, types: TagTypes) -> Dict[str, Any]:
    """The answer of ``read_notification``. ``types`` are those of the welcome."""
    if _is_of_stream(event, mask):
        return {"type": c.NOTIF_STREAM_EVENT, "stream": _payload("stream", event_payload(event, types.of(event)))}
    kind = type_for(event.kind, mask)
    found: Dict[str, Any] = {"type": kind}
    key = _KEYS.get(kind)
    if key is not None:
        found[key] = _payload(key, event.data)
    return found


def _is_of_stream(event: Event, mask: int) -> bool:
    """True if it is an event of the stream, as it is in the log, and no notification itself."""
    beside = mask & ~MODIFIERS & ~_NOT_LOGGED
    return bool(mask & c.NOTIF_STREAM_EVENT) and not event.synthetic and not event.kind & beside


def _payload(key: str, body: Any) -> Dict[str, Any]:
    if key == "stream" and isinstance(body, dict) and "event" in body:
        body = stream_payload(body)
    payload: Dict[str, Any] = {**_DEFAULTS.get(key, {}), **(body if isinstance(body, dict) else {})}
    if "transient_devices" in payload:
        payload.setdefault("transient_reasons", [])
    for names in SPELLINGS.get(key, ()):
        _spell_all(payload, names)
    for name, value in payload.items():
        convert = _CONVERSIONS.get((key, name)) or _CONVERSIONS.get(("", name))
        if convert is not None:
            payload[name] = convert(value)
    _set_family(payload)
    return payload


def _spell_all(payload: Dict[str, Any], names: Tuple[str, ...]) -> None:
    known: Optional[str] = next((name for name in names if name in payload), None)
    if known is not None:
        for name in names:
            payload.setdefault(name, payload[known])


def _node(given: Any) -> Any:
    return _payload("", given) if isinstance(given, dict) else given


def _set_family(payload: Dict[str, Any]) -> None:
    """The numbers of address families are those of this machine."""
    if "ip4" in payload:
        payload["af"] = int(socket.AF_INET)
    elif "ip6" in payload:
        payload["af"] = int(socket.AF_INET6)


class Attributes(Dict[str, Any]):
    """The attributes of a span: values by name, and by number what ``num_attributes`` counts, ``{name, type, …}``."""

    def __init__(self, items: List[Dict[str, Any]]):
        super().__init__((str(item.get("name")), _value_of(item)) for item in items)
        self.items_in_order = items

    def __getitem__(self, key: Any) -> Any:
        return self.items_in_order[key] if isinstance(key, int) else super().__getitem__(key)


def _value_of(item: Dict[str, Any]) -> Any:
    return next((value for key, value in item.items() if key not in ("name", "type")), None)


class Link(Dict[str, Any]):
    """A link to another span, whose keys are attributes too."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


_CONVERSIONS: Dict[Tuple[str, str], Callable[[Any], Any]] = {
    ("", "uinfo"): UserInfo,
    ("", "tctx"): TransCtxRef,
    ("stream", "event_time"): datetime_of,
    ("stream", "values"): lambda values: [tag_value(each) for each in values],
    ("cq_progress", "timestamp"): datetime_of,
    ("progress", "attributes"): Attributes,
    ("progress", "links"): lambda links: [Link(each) for each in links],
    **{("hnot", name): _node for name in ("secondary_died", "slave_died", "secondary_arrived", "slave_arrived")},
}
