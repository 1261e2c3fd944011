"""Notifications on their way to the hub: the dictionaries that ``read_notification`` returns, and what programs write."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Dict, Mapping, Optional, Tuple

from ..answers import Gate
from .notification import SPELLINGS, Attributes
from .values import DateTime, TransCtxRef, UserInfo, microseconds

_OF_USER = ("username", "usid", "context", "proto", "addr", "af", "port", "logintime", "lmode", "flags")
_OF_TRANSACTION = ("thandle", "dbname", "usid")


def request_for_event(notification: Mapping[str, Any], verbosity: int) -> Dict[str, Any]:
    """The parameters of ``ncs.event``, which checks the notification."""
    plain = {key: _payload(key, body) for key, body in notification.items()}
    return {"notification": plain, "verbosity": verbosity}


def publication(
    made: Dict[str, Any], source: Optional[str], deadline: Optional[float]
) -> Tuple[Dict[str, Any], Optional[Gate]]:
    """The event that ``ncs.event`` has made, and the gate at which it waits."""
    gate = made.pop("gate", None)
    return {**made, "source": source}, None if gate is None else Gate(gate, deadline)


def _payload(key: str, body: Any) -> Any:
    """Each fact under one of its names only."""
    if not isinstance(body, Mapping):
        return body
    names = dict(body)
    for usual, *others in SPELLINGS.get(key, ()):
        for other in others:
            if other in names:
                names.setdefault(usual, names.pop(other))
    return {name: _plain(value) for name, value in names.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, UserInfo):
        return _fields(value, (*_OF_USER, *(("snmp_v3_ctx",) if value.snmp_v3_ctx else ())))
    if isinstance(value, TransCtxRef):
        return _fields(value, _OF_TRANSACTION)
    if isinstance(value, (DateTime, datetime)):
        return microseconds(value)
    if isinstance(value, Attributes):
        return value.items_in_order
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value


def _fields(value: Any, names: Tuple[str, ...]) -> Dict[str, Any]:
    return {name: getattr(value, name) for name in names}
