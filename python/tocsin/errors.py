"""The one error of this package."""

from __future__ import annotations

from typing import Any, Dict, Optional

#: Codes after which another connection may succeed. After all others it would fail again.
TRANSIENT = frozenset(
    {
        "STOP",
        "TCN_CLIENT_UNREACHABLE",
        "TCN_CLIENT_SOCKET_DENIED",
        "TCN_CLIENT_TIMEOUT",
        "TCN_BUS_CLOSED",
        "TCN_BUS_SUSPENDED",
        "TCN_CONSUMER_ELSEWHERE",
        "TCN_LOG_CLOSED",
        "TCN_LOG_READ",
        "TCN_NATS_UNREACHABLE",
        "TCN_PROTOCOL_HELLO_TIMEOUT",
        "TCN_PROTOCOL_IDLE",
        "TCN_PROTOCOL_TOO_MANY",
        "TCN_INTERNAL",
    }
)


#: Characters of a message of the hub that a traceback shows.
_MAX_SHOWN = 2000


def _printable(text: str) -> str:
    """The text as a terminal may show it: control characters of the hub become visible."""
    shown = text[:_MAX_SHOWN]
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in shown
    )


class TocsinError(Exception):
    """An error with a stable code; ``tocsin errors CODE`` prints its cause and remedy."""

    def __init__(self, code: str, message: str = "", details: Optional[Dict[str, Any]] = None):
        super().__init__(_printable(f"{code}: {message}" if message else code))
        self.code = code
        self.message = message
        self.details: Dict[str, Any] = details or {}

    def __reduce__(self) -> Any:
        return (TocsinError, (self.code, self.message, self.details))

    @property
    def is_transient(self) -> bool:
        """True if another attempt may succeed."""
        return self.code in TRANSIENT


def from_map(body: Dict[str, Any]) -> TocsinError:
    """Reads the error in a record of the hub."""
    return TocsinError(
        str(body.get("code", "TCN_INTERNAL")), str(body.get("message", "")), body.get("details")
    )


def closed() -> TocsinError:
    return TocsinError("TCN_CLIENT_CLOSED", "the client is closed")


def unsettled(timeout: Optional[float]) -> TocsinError:
    reason = f"no acknowledgement within {timeout} s: it is not known whether the event is stored"
    return TocsinError("TCN_CLIENT_UNSETTLED", reason)


def gate_lost() -> TocsinError:
    reason = "the connection was lost while subscribers were waited for; the notification is stored"
    return TocsinError("TCN_CLIENT_UNREACHABLE", reason)


def forked(remedy: str) -> TocsinError:
    return TocsinError("TCN_CLIENT_FORKED", f"this client belongs to the process that made it: {remedy}")
