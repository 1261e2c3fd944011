"""The bytes of notifications, as ``recvmsg`` returns them on Linux, to dictionaries."""

from __future__ import annotations

import struct
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from . import constants as c
from .address import sockaddr_storage_to_ipaddr
from .structs import sctp_sndinfo

_HEADER = struct.Struct("=HHI")
_PLACE = "_sctp.sctp_event.parse_notification(): "
_STATES = 5


class _Layout(NamedTuple):
    #: The content after type, flags and length.
    fields: struct.Struct
    #: Names of the flags and of the fields, in the order of the dictionary.
    keys: Tuple[str, ...]
    #: Key of what comes after the fields; without it, nothing may.
    tail: Optional[str] = None
    unit: int = 1


def _layout(form: str, keys: str, tail: Optional[str] = None, unit: int = 1) -> _Layout:
    return _Layout(struct.Struct("=" + form), tuple(keys.split()), tail, unit)


_SNDRCV = "sinfo_stream sinfo_ssn sinfo_flags sinfo_ppid sinfo_context sinfo_timetolive sinfo_tsn sinfo_cumtsn sinfo_assoc_id"
_SNDRCV_FORM = struct.Struct("=HHH2xIIIIIi")

_LAYOUTS: Dict[int, _Layout] = {
    c.SCTP_ASSOC_CHANGE: _layout(
        "HHHHi",
        "sac_flags sac_state sac_error sac_outbound_streams sac_inbound_streams sac_assoc_id",
        "sac_info",
    ),
    c.SCTP_PEER_ADDR_CHANGE: _layout("128sIIi", "spc_flags spc_aaddr spc_state spc_error spc_assoc_id"),
    c.SCTP_REMOTE_ERROR: _layout("H2xi", "sre_flags sre_error sre_assoc_id", "sre_data"),
    c.SCTP_SEND_FAILED: _layout("I32si", "ssf_flags ssf_error ssf_info ssf_assoc_id", "ssf_data"),
    c.SCTP_SHUTDOWN_EVENT: _layout("i", "sse_flags sse_assoc_id"),
    c.SCTP_ADAPTATION_INDICATION: _layout("Ii", "sai_flags sai_adaptation_ind sai_assoc_id"),
    c.SCTP_PARTIAL_DELIVERY_EVENT: _layout(
        "IiII", "pdapi_flags pdapi_indication pdapi_assoc_id pdapi_stream pdapi_seq"
    ),
    c.SCTP_AUTHENTICATION_EVENT: _layout(
        "HHIi", "auth_flags auth_keynumber auth_altkeynumber auth_indication auth_assoc_id"
    ),
    c.SCTP_SENDER_DRY_EVENT: _layout("i", "sender_dry_flags sender_dry_assoc_id"),
    c.SCTP_SEND_FAILED_EVENT: _layout(
        "I16si", "ssfe_flags ssfe_error ssfe_info ssfe_assoc_id", "ssfe_data"
    ),
    c.SCTP_STREAM_RESET_EVENT: _layout("i", "strreset_flags strreset_assoc_id", "strreset_stream_list", 2),
    c.SCTP_ASSOC_RESET_EVENT: _layout(
        "iII", "assocreset_flags assocreset_assoc_id assocreset_local_tsn assocreset_remote_tsn"
    ),
    c.SCTP_STREAM_CHANGE_EVENT: _layout(
        "iHH", "strchange_flags strchange_assoc_id strchange_instrms strchange_outstrms"
    ),
}


def parse_notification(notif: bytes) -> Dict[str, Any]:
    """Decodes one notification. Unlike py3-sctp it checks all lengths, and it knows every type and state of Linux.

    :raises TypeError: if it is not given bytes
    :raises OSError: if the bytes are not a valid notification
    """
    if type(notif) is not bytes:
        raise TypeError(f"{_PLACE}argument 1 must be bytes, not {type(notif).__name__}")
    if len(notif) < _HEADER.size:
        raise OSError(f"{_PLACE}{len(notif)} bytes are too short")
    kind, flags, length = _HEADER.unpack_from(notif)
    layout = _LAYOUTS.get(kind)
    if layout is None:
        raise OSError(f"{_PLACE}unexpected or unknown event type")
    least = _HEADER.size + layout.fields.size
    fits = length == least or (layout.tail is not None and length > least and (length - least) % layout.unit == 0)
    if length != len(notif) or not fits:
        raise OSError(f"{_PLACE}the length of the notification is wrong")
    values = (flags, *layout.fields.unpack_from(notif, _HEADER.size))
    found: Dict[str, Any] = {"sn_type": kind, **dict(zip(layout.keys, values))}
    finish = _FINISHERS.get(kind)
    if finish is not None:
        finish(found)
    _add_tail(found, layout, notif[least:])
    return found


def _add_tail(found: Dict[str, Any], layout: _Layout, tail: bytes) -> None:
    if layout.tail == "strreset_stream_list":
        found[layout.tail] = list(struct.unpack(f"={len(tail) // 2}H", tail))
    elif layout.tail is not None and tail:
        is_up = layout.tail == "sac_info" and found["sac_state"] in (c.SCTP_COMM_UP, c.SCTP_RESTART)
        found[layout.tail] = tuple(tail) if is_up else tail


def _association(found: Dict[str, Any]) -> None:
    if found["sac_state"] >= _STATES:
        raise OSError(f"{_PLACE}SCTP_ASSOC_CHANGE: unexpected or unknown state")


def _address(found: Dict[str, Any]) -> None:
    found["spc_aaddr"] = sockaddr_storage_to_ipaddr(found["spc_aaddr"])


def _remote_error(found: Dict[str, Any]) -> None:
    """Linux passes this field on as it was on the wire, in network byte order."""
    found["sre_error"] = struct.unpack("!H", struct.pack("=H", found["sre_error"]))[0]


def _partial_delivery(found: Dict[str, Any]) -> None:
    """In the kernel's struct the association is in the middle."""
    found["pdapi_assoc_id"] = found.pop("pdapi_assoc_id")


def _authentication(found: Dict[str, Any]) -> None:
    """This field is not in the document."""
    found["auth_altkeynumber"] = found.pop("auth_altkeynumber")


def _send_failed(found: Dict[str, Any]) -> None:
    names: List[str] = _SNDRCV.split()
    found["ssf_info"] = dict(zip(names, _SNDRCV_FORM.unpack(found["ssf_info"])))


def _send_failed_event(found: Dict[str, Any]) -> None:
    found["ssfe_info"] = sctp_sndinfo.from_bytes(found["ssfe_info"])


_FINISHERS: Dict[int, Callable[[Dict[str, Any]], None]] = {
    c.SCTP_ASSOC_CHANGE: _association,
    c.SCTP_PEER_ADDR_CHANGE: _address,
    c.SCTP_REMOTE_ERROR: _remote_error,
    c.SCTP_PARTIAL_DELIVERY_EVENT: _partial_delivery,
    c.SCTP_AUTHENTICATION_EVENT: _authentication,
    c.SCTP_SEND_FAILED: _send_failed,
    c.SCTP_SEND_FAILED_EVENT: _send_failed_event,
}
