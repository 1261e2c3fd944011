"""The fields of the records that a hub sends, with their types: what has another form ends the connection."""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, Optional, Tuple

from . import records

Check = Callable[[Any], bool]

_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,99}")
_MOST = (1 << 53) - 1


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _map(value: Any) -> bool:
    return isinstance(value, dict)


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST


def _code(value: Any) -> bool:
    return isinstance(value, str) and _CODE.fullmatch(value) is not None


def _list_of(item: Check) -> Check:
    return lambda value: isinstance(value, list) and all(item(each) for each in value)


def _with(needed: Dict[str, Check], other: Dict[str, Check]) -> Check:
    return lambda value: isinstance(value, dict) and _misfit(value, needed, other) is None


def _misfit(body: Dict[str, Any], needed: Dict[str, Check], other: Dict[str, Check]) -> Optional[str]:
    """The name of a field that is wrong; None if there is none. A field that is nil counts as absent."""
    for name, check in needed.items():
        if not check(body.get(name)):
            return name
    for name, check in other.items():
        if body.get(name) is not None and not check(body[name]):
            return name
    return None


_ERROR: Tuple[Dict[str, Check], Dict[str, Check]] = ({"code": _code}, {"message": _text, "details": _map})
_CURSOR: Tuple[Dict[str, Check], Dict[str, Check]] = ({}, {"cursor": _text})
_SUBSCRIBER: Dict[str, Check] = {"subscriber": _text}

#: For each op the fields that it needs, and those that it may have.
_SHAPES: Dict[int, Tuple[Dict[str, Check], Dict[str, Check]]] = {
    records.WELCOME: (
        {},
        {
            "epoch": _text,
            "source": _text,
            "largestFrame": _count,
            "lastCounter": _count,
            "refused": _list_of(_with({"counter": _count, "code": _code}, {"first": _count})),
        },
    ),
    records.ACCEPTED: ({"counter": _count}, {"cursor": _text, "run": _count}),
    records.DURABLE: ({"counter": _count}, {}),
    records.REFUSED: ({"counter": _count, "code": _code}, {"message": _text, "stage": _text}),
    records.GAP: ({}, {"from": _count, "to": _count, "reason": _text, "cursor": _text}),
    records.LIVE: _CURSOR,
    records.POSITION: _CURSOR,
    records.GATE_DONE: (
        {},
        {
            "counter": _count,
            "answers": _list_of(_with(_SUBSCRIBER, {})),
            "missing": _list_of(_with({**_SUBSCRIBER, "reason": _text}, {})),
        },
    ),
    records.REPLY: ({"id": _count}, {"more": _flag, "error": _with(*_ERROR)}),
    records.ERROR: _ERROR,
    records.GOODBYE: ({"code": _code}, {"message": _text, "cursor": _text, "details": _map}),
}

_PAGE: Tuple[Dict[str, Check], Dict[str, Check]] = (
    {"frames": lambda value: isinstance(value, bytes), "gaps": _list_of(_map)},
    {"next": _text},
)


def check_record(op: int, body: Dict[str, Any]) -> None:
    """Raises ValueError for a field of another type."""
    needed, other = _SHAPES.get(op, ({}, {}))
    name = _misfit(body, needed, other)
    if name is not None:
        raise ValueError(f"the field {name} of a record of op {op} is of another type")


def is_page(answer: Any) -> bool:
    """True for an answer with a page of events."""
    return _with(*_PAGE)(answer)
