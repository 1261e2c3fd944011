"""Events of streams as the XML that they have over NETCONF, with their namespaces."""

from __future__ import annotations

import re
from typing import Any, Iterator, List, Mapping, Optional, Tuple
from xml.sax.saxutils import escape, quoteattr

from .plain import is_time
from .vendor import Vendor

_ENVELOPE = "urn:ietf:params:xml:ns:netconf:notification:1.0"
#: Characters that XML 1.0 does not allow.
_FOREIGN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MOST_ELEMENTS = 250_000

#: The namespace and name of an open element, and its node in the schema.
_Open = Tuple[int, str, Any]


def stream_xml(vendor: Vendor, stream: Mapping[str, Any]) -> str:
    """The notification of RFC 5277. Raises ValueError if its values are none."""
    values = list(stream.get("values") or [])
    if not values or len(values) > _MOST_ELEMENTS:
        raise ValueError(f"an event of a stream has {len(values)} values")
    content = "".join(_Writer(vendor).pieces(values))
    time = escape(_time_text(stream.get("event_time")))
    return f'<notification xmlns="{_ENVELOPE}"><eventTime>{time}</eventTime>{content}</notification>'


class _Writer:
    def __init__(self, vendor: Vendor):
        self._vendor = vendor
        self._module = vendor.module
        self._open: List[_Open] = []

    def pieces(self, values: List[Any]) -> Iterator[str]:
        module = self._module
        for value in values:
            kind = value.v.confd_type()
            if kind in (module.C_XMLBEGIN, module.C_XMLBEGINDEL):
                yield self._begin(value)
            elif kind == module.C_XMLEND:
                if not self._open:
                    raise ValueError("an event of a stream ends an element that it has not begun")
                yield f"</{self._open.pop()[1]}>"
            elif kind in (module.C_XMLTAG, module.C_NOEXISTS, getattr(module, "C_EMPTY", -1)):
                yield f"<{self._head(value)}/>"
            else:
                yield from self._leaves(value)
        if self._open:
            raise ValueError("an event of a stream does not end all elements that it has begun")

    def _begin(self, value: Any) -> str:
        head = self._head(value)
        name = head.split(" ", 1)[0]
        self._open.append((value.ns, name, self._node(value)))
        return f"<{head}>"

    def _head(self, value: Any) -> str:
        name = self._vendor.name_of(value.tag)
        if self._open and self._open[-1][0] == value.ns:
            return name
        return f"{name} xmlns={quoteattr(self._vendor.name_of(value.ns))}"

    def _leaves(self, value: Any) -> Iterator[str]:
        """One for each entry of a leaf-list."""
        head = self._head(value)
        name = head.split(" ", 1)[0]
        node = self._node(value)
        is_list = value.v.confd_type() == self._module.C_LIST and hasattr(value.v, "as_list")
        for each in value.v.as_list() if is_list else [value.v]:
            yield f"<{head}>{escape(_FOREIGN.sub(chr(0xFFFD), self._text(each, node)))}</{name}>"

    def _text(self, value: Any, node: Any) -> str:
        """Enumerations, bits and identities have names in the schema only."""
        if node is not None:
            try:
                return str(value.val2str(node))
            except Exception:
                pass
        if is_time(value.as_pyval()):
            return _time_text(value.as_pyval())
        return str(value)

    def _node(self, value: Any) -> Any:
        """The node in the schema; None if the module has no schema."""
        try:
            if self._open:
                above = self._open[-1][2]
                return None if above is None else self._module.find_cs_node_child(above, self._tag(value))
            node = self._module.find_cs_root(value.ns)
            while node is not None and node.tag() != value.tag:
                node = node.next()
            return node
        except Exception:
            return None

    def _tag(self, value: Any) -> Any:
        return self._module.XmlTag(value.ns, value.tag)


def _time_text(time: Optional[Any]) -> str:
    """RFC 3339. A time without a zone is UTC."""
    if time is None:
        raise ValueError("an event of a stream has no time")
    if not is_time(time):
        return str(time)
    fraction = f".{time.micro:06}" if time.micro else ""
    hours, minutes = int(getattr(time, "timezone", 0)), int(getattr(time, "timezone_minutes", 0))
    zone = "Z" if not -24 < hours < 24 or (hours, minutes) == (0, 0) else f"{hours:+03}:{abs(minutes):02}"
    return f"{time.year:04}-{time.month:02}-{time.day:02}T{time.hour:02}:{time.min:02}:{time.sec:02}{fraction}{zone}"
