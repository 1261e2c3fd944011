"""The XML view of an event, as the flat list of values that a stream event has.

The hub selects events by the same view: a key that holds a list is one element for each entry, a list in a list has
elements ``item``, and values are those of JSON.
"""

from __future__ import annotations

import base64
import math
import re
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any, Dict, Iterator, List, Optional, Tuple

from ..event import Event
from ..msgpack import Ext
from . import constants as c

EVENT_NS = "urn:tocsin:event"
ATTRIBUTES_NS = "urn:tocsin:attributes"
#: Characters that no XML name may have, and text that looks like an escape.
_FOREIGN = re.compile(r"_(?=x[0-9A-Fa-f]{4,6}_)|^[\W\d]|[^\w.\-]")

Tag = Dict[str, str]
#: An element's name and content, and whether it is an entry of a list.
Child = Tuple[str, Any, bool]


def stream_payload(body: Dict[str, Any]) -> Dict[str, Any]:
    """The keys of a stream event, made of the event that the hub has put into it."""
    event = Event(bytes(body["event"]))
    return {"type": body["type"], "event_time": event.time, "values": values_of(body["element"], event)}


def event_payload(event: Event, type_name: str) -> Dict[str, Any]:
    """The same for an event that came as it is in the log."""
    values = values_of(_element(type_name), event)
    return {"type": c.STREAM_NOTIFICATION_EVENT, "event_time": event.time, "values": values}


def values_of(element: str, event: Event) -> List[Tag]:
    values = [_tag("begin", element)]
    attributes = (("tag", event.tag), ("source", event.source), ("time", _time(event.time, 6)))
    values += [{"ns": ATTRIBUTES_NS, "tag": name, "kind": "leaf", "value": value} for name, value in attributes]
    children = _children(event.data)
    if children is not None:
        values += _values_in(children)
    elif event.data is not None:
        values.append(_tag("leaf", element, _text(event.data)))
    return [*values, _tag("end", element)]


def _tag(kind: str, name: str, value: Optional[str] = None) -> Tag:
    tag = {"ns": EVENT_NS, "tag": name, "kind": kind}
    return tag if value is None else {**tag, "value": value}


def _values_in(children: List[Child]) -> Iterator[Tag]:
    """In a loop, since data may be nested deeper than Python calls functions."""
    open_elements: List[Tuple[str, Iterator[Child]]] = [("", iter(children))]
    while open_elements:
        name, rest = open_elements[-1]
        child = next(rest, None)
        if child is None:
            open_elements.pop()
            if open_elements:
                yield _tag("end", name)
            continue
        tag, content, is_of_list = child
        inner = _children(content)
        if inner is not None:
            yield _tag("begin", tag)
            open_elements.append((tag, iter(inner)))
        elif content is None:
            yield _tag("empty", tag)
        else:
            yield _tag("list" if is_of_list else "leaf", tag, _text(content))


def _children(content: Any) -> Optional[List[Child]]:
    """The elements in an element; None for a value."""
    if isinstance(content, Ext):
        content = {"ext": content.code, "bytes": content.data}
    if isinstance(content, (list, tuple)):
        return [("item", child, True) for child in content]
    if not isinstance(content, dict):
        return None
    found: List[Child] = []
    for key, value in content.items():
        name = _element(key)
        if isinstance(value, (list, tuple)):
            found += [(name, child, True) for child in value]
        else:
            found.append((name, value, False))
    return found


def _element(key: Any) -> str:
    text = key if isinstance(key, str) else "null" if key is None else _text(key)
    if text in ("", "_x_"):
        return "_x005F_x_" if text else "_x_"
    return _FOREIGN.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    return _time(value, 3) if isinstance(value, datetime) else str(value)


def _number(value: float) -> str:
    """As JavaScript writes it."""
    if math.isnan(value) or math.isinf(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if value == int(value) and abs(value) < 1e21:
        return str(int(value))
    if 1e-6 <= abs(value) < 1e21:
        return format(Decimal(repr(value)), "f")
    return re.sub(r"(e[+-])0+", r"\1", repr(value))


def _time(value: datetime, digits: int) -> str:
    """RFC 3339 with at least so many digits after the second."""
    fraction = f"{value.microsecond:06}"
    while len(fraction) > digits and fraction.endswith("0"):
        fraction = fraction[:-1]
    return f"{value.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%S}.{fraction}Z"
