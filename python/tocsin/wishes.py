"""Requests of a client, in the words of the protocol."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Union

#: One pattern, several, or the JSON form: see docs/guide/filters.md
Filters = Union[str, Sequence[str], Mapping[str, Any]]
#: A tag with its data, or a map with ``tag``, and if wanted ``data``, ``source`` and ``attributes``.
Outgoing = Union[Tuple[str, Any], Mapping[str, Any]]

_MOST_AT_ONCE = 500
_MOST_BYTES_AT_ONCE = 1 << 20


def given(**wishes: Any) -> Dict[str, Any]:
    """The wishes that were expressed. A name that is a word of Python ends in ``_``."""
    return {key.rstrip("_"): value for key, value in wishes.items() if value is not None}


def reading_by_event_time(
    filters: Optional[Filters], start: Optional[str], end: Optional[str], reverse: bool
) -> Dict[str, Any]:
    before = "end" if reverse else None
    return given(filters=filters, from_=start, to=end, before=before, time="event", limit=1000)


def parts_of(events: Iterable[Outgoing]) -> Iterable[List[Dict[str, Any]]]:
    """Splits many events, since the hub may read no further before its answers are read."""
    part: List[Dict[str, Any]] = []
    size = 0
    for event in events:
        made = dict(event) if isinstance(event, Mapping) else {"tag": event[0], "data": event[1]}
        made.setdefault("data", None)
        part.append(made)
        size += _rough_size(made["data"])
        if len(part) >= _MOST_AT_ONCE or size >= _MOST_BYTES_AT_ONCE:
            yield part
            part, size = [], 0
    if part:
        yield part


def _rough_size(data: Any) -> int:
    """Only large texts and bytes count; many small values are limited by the number of events."""
    if isinstance(data, (str, bytes)):
        return len(data)
    if isinstance(data, Mapping):
        return sum(_rough_size(value) for value in data.values())
    if isinstance(data, (list, tuple)):
        return sum(_rough_size(value) for value in data)
    return 8
