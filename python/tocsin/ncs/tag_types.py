"""The types of events, found by their tags as the hub finds them."""

from __future__ import annotations

from typing import Dict, List, Optional, Sequence

from ..event import Event

#: The type of tags that no pattern covers.
UNREGISTERED = "tocsin.event"


class _Node:
    """One segment of the patterns."""

    __slots__ = ("any", "literals", "rest", "shapes", "type")

    def __init__(self) -> None:
        self.type: Optional[str] = None
        #: The type of longer tags that no other pattern matches (``**``).
        self.rest: Optional[str] = None
        self.literals: Dict[str, _Node] = {}
        #: Segments with digits at certain places, or with an open end, in the order in which they are tried.
        self.shapes: Dict[str, _Node] = {}
        self.any: Optional[_Node] = None

    def child(self, segment: str) -> _Node:
        if segment == "*":
            self.any = self.any or _Node()
            return self.any
        kept = self.shapes if segment.endswith("*") or "#" in segment else self.literals
        return kept.setdefault(segment, _Node())


class TagTypes:
    """Built when the first type is asked for, since most programs read no stream."""

    def __init__(self, patterns: Sequence[Sequence[str]]):
        """``patterns`` has a list for each type: its name, and the patterns of its tags."""
        self._patterns = patterns
        self._root: Optional[_Node] = None

    def of(self, event: Event) -> str:
        own = event.attributes.get("type")
        return own if isinstance(own, str) else self.of_tag(event.tag)

    def of_tag(self, tag: str) -> str:
        if self._root is None:
            self._root = _tree(self._patterns)
        return _search(self._root, tag.split("/"), 0) or UNREGISTERED


def _tree(patterns: Sequence[Sequence[str]]) -> _Node:
    root = _Node()
    for name, *tags in patterns:
        for tag in tags:
            _insert(root, tag.split("/"), name)
    return root


def _insert(root: _Node, segments: List[str], name: str) -> None:
    node = root
    for segment in segments:
        if segment == "**":
            node.rest = name
            return
        node = node.child(segment)
    node.type = name


def _search(node: _Node, segments: List[str], at: int) -> Optional[str]:
    if at == len(segments):
        return node.type
    segment = segments[at]
    fitting = [node.literals.get(segment)]
    fitting += [below for shape, below in node.shapes.items() if _fits(segment, shape)]
    for below in (*fitting, node.any):
        found = _search(below, segments, at + 1) if below is not None else None
        if found is not None:
            return found
    return node.rest


def _fits(segment: str, shape: str) -> bool:
    """``#`` matches any digit, and ``*`` at the end anything."""
    wanted = shape[:-1] if shape.endswith("*") else shape
    if len(segment) < len(wanted) if shape.endswith("*") else len(segment) != len(wanted):
        return False
    return all(each == mark or (mark == "#" and each in "0123456789") for each, mark in zip(segment, wanted))
