"""SCTP in Python alone: notifications (RFC 6458 section 6), and sockets on Linux with the names of py3-sctp."""

from .notification import parse_notification
from .socket import SCTPError, sctp_socket
from .structs import sctp_event

__all__ = ["SCTPError", "parse_notification", "sctp_event", "sctp_socket"]
