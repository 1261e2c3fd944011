"""SCTP sockets of the Linux kernel, without the library libsctp."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
from typing import Any, Dict, Iterable, List, Optional, Tuple, Type

from . import constants as c
from . import structs
from .address import pack_address, pack_addresses, unpack_addresses
from .structs import sctp_generic, sctp_nxtinfo, sctp_rcvinfo, sctp_recvv_rn

_MOST_ADDRESSES = 64 * 1024
_by_option: Dict[int, Type[sctp_generic]] = {
    kind.__optname__: kind
    for kind in vars(structs).values()
    if isinstance(kind, type) and issubclass(kind, sctp_generic) and kind.__optname__ >= 0
}
_MARKS = {
    structs.sctp_sndinfo: c.SCTP_SNDINFO,
    structs.sctp_prinfo: c.SCTP_PRINFO,
    structs.sctp_authinfo: c.SCTP_AUTHINFO,
}


class SCTPError(Exception):
    """An argument of ``sctp_socket`` is wrong."""


class sctp_socket(socket.socket):
    """A socket with the calls of RFC 6458. It is an ordinary socket otherwise: ``select`` and timeouts work."""

    def __init__(self, family: int, type: int, proto: int = c.IPPROTO_SCTP, fileno: Optional[int] = None):
        if family not in (socket.AF_INET, socket.AF_INET6):
            raise SCTPError("the family must be AF_INET or AF_INET6")
        if type not in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
            raise SCTPError("the type must be SOCK_STREAM or SOCK_SEQPACKET")
        if proto != c.IPPROTO_SCTP:
            raise SCTPError("the protocol must be IPPROTO_SCTP")
        super().__init__(family, type, proto, fileno)

    @property
    def sock(self) -> socket.socket:
        return self

    @property
    def sctp_type(self) -> str:
        return "one-to-one" if self.type == socket.SOCK_STREAM else "one-to-many"

    def accept(self) -> Tuple[sctp_socket, Any]:
        number, address = self._accept()  # type: ignore[attr-defined]
        accepted = sctp_socket(self.family, self.type, fileno=number)
        if socket.getdefaulttimeout() is None and self.gettimeout():
            accepted.setblocking(True)
        return accepted, address

    def setsockopt(self, level: int, optname: int, *values: Any) -> None:
        value = values[0] if values else None
        if level != c.IPPROTO_SCTP:
            return super().setsockopt(level, optname, *values)
        if optname == c.SCTP_EVENT and not isinstance(value, structs.sctp_event):
            raise TypeError("the option SCTP_EVENT needs a sctp_event")
        if optname == structs.SCTP_HMAC_IDENT and isinstance(value, (tuple, list)):
            value = struct.pack(f"=I{len(value)}H", len(value), *value)
        elif isinstance(value, (sctp_generic, structs.sctp_authkey)):
            value = value.to_bytes
        super().setsockopt(level, optname, value, *values[1:])

    def getsockopt(self, level: int, optname: int, optval: Any = None) -> Any:
        if level != c.IPPROTO_SCTP:
            return super().getsockopt(level, optname) if optval is None else super().getsockopt(level, optname, optval)
        kind = type(optval) if isinstance(optval, sctp_generic) else _by_option.get(optname)
        if kind is not None and (optval is None or isinstance(optval, sctp_generic)):
            given = kind() if optval is None else optval
            return kind.from_bytes(self._getsockopt(level, optname, given.to_bytes))
        return super().getsockopt(level, optname) if optval is None else super().getsockopt(level, optname, optval)

    def _getsockopt(self, level: int, optname: int, optval: bytes) -> bytes:
        """The option with a value that the kernel reads first, which Python's own function cannot pass."""
        return _call_getsockopt(self.fileno(), level, optname, optval)[1]

    def sctp_opt_info(self, *arguments: Any) -> Any:
        """``sctp_opt_info([id], optname, optval)``"""
        number, optname, optval = arguments if len(arguments) == 3 else (0, *arguments)
        field = next((name for name in optval if name.endswith("assoc_id")), None)
        if field is None:
            raise ValueError("the option has no association")
        optval[field] = number
        return self.getsockopt(c.IPPROTO_SCTP, optname, optval)

    def sctp_bindx(self, addrs: Iterable[Any], flags: int) -> None:
        option = {c.SCTP_BINDX_ADD_ADDR: c.SCTP_SOCKOPT_BINDX_ADD, c.SCTP_BINDX_REM_ADDR: c.SCTP_SOCKOPT_BINDX_REM}
        if flags not in option:
            raise ValueError("flags must be SCTP_BINDX_ADD_ADDR or SCTP_BINDX_REM_ADDR")
        super().setsockopt(c.IPPROTO_SCTP, option[flags], self._packed(addrs))

    def sctp_connectx(self, addrs: Iterable[Any], *, assoc_id: bool = False) -> Optional[int]:
        packed = self._packed(addrs)
        number = _checked(_libc().setsockopt(self.fileno(), c.IPPROTO_SCTP, c.SCTP_SOCKOPT_CONNECTX, packed, len(packed)))
        return number if assoc_id else None

    def sctp_getpaddrs(self, assoc_id: int = 0) -> Optional[Tuple[Any, ...]]:
        return self._addresses(c.SCTP_GET_PEER_ADDRS, assoc_id)

    def sctp_getladdrs(self, assoc_id: int = 0) -> Optional[Tuple[Any, ...]]:
        return self._addresses(c.SCTP_GET_LOCAL_ADDRS, assoc_id)

    def sctp_peeloff(self, assoc_id: int) -> sctp_socket:
        """Returns a socket of its own for one association of a one-to-many socket."""
        wish = struct.pack("=ii", assoc_id, 0)
        number, _ = _call_getsockopt(self.fileno(), c.IPPROTO_SCTP, c.SCTP_SOCKOPT_PEELOFF, wish)
        os.set_inheritable(number, False)
        return sctp_socket(self.family, socket.SOCK_STREAM, fileno=number)

    def sctp_recvv(self, bufsize: int) -> Tuple[bytes, Any, Any, int, int]:
        """Returns ``(data, addr, info, infotype, flags)``; with MSG_NOTIFICATION in flags, data is a notification."""
        room = socket.CMSG_SPACE(sctp_rcvinfo.size) + socket.CMSG_SPACE(sctp_nxtinfo.size)
        data, control, flags, address = self.recvmsg(bufsize, room)
        received: Any = None
        following: Any = None
        for level, kind, content in control:
            if level == c.IPPROTO_SCTP and kind == c.SCTP_RCVINFO:
                received = sctp_rcvinfo.from_bytes(content)
            elif level == c.IPPROTO_SCTP and kind == c.SCTP_NXTINFO:
                following = sctp_nxtinfo.from_bytes(content)
        if received is not None and following is not None:
            return data, address, sctp_recvv_rn((received, following)), c.SCTP_RECVV_RN, flags
        if received is not None:
            return data, address, received, c.SCTP_RECVV_RCVINFO, flags
        kind = c.SCTP_RECVV_NOINFO if following is None else c.SCTP_RECVV_NXTINFO
        return data, address, following, kind, flags

    def sctp_sendv(self, data: Iterable[bytes], addrs: Optional[Iterable[Any]] = None, info: Any = None, flags: int = 0) -> int:
        """Sends a message; the first of the addresses is the one it goes to, all become those of the peer."""
        addresses = list(addrs) if addrs is not None else []
        control = _control(info)
        for more in addresses[1:]:
            packed = pack_address(more)
            is_v4 = len(more) == 2
            mark = c.SCTP_DSTADDRV4 if is_v4 else c.SCTP_DSTADDRV6
            control.append((c.IPPROTO_SCTP, mark, packed[4:8] if is_v4 else packed[8:24]))
        destination = (addresses[0],) if addresses else ()
        return self.sendmsg(list(data), control, flags, *destination)

    def _packed(self, addrs: Iterable[Any]) -> bytes:
        addresses = list(addrs)
        if self.family == socket.AF_INET and any(len(each) == 4 for each in addresses):
            raise TypeError("a socket for IPv4 cannot have addresses of IPv6")
        return pack_addresses(addresses)

    def _addresses(self, option: int, assoc_id: int) -> Optional[Tuple[Any, ...]]:
        room = struct.pack("=iI", assoc_id, 0).ljust(_MOST_ADDRESSES, b"\0")
        _, found = _call_getsockopt(self.fileno(), c.IPPROTO_SCTP, option, room)
        count = struct.unpack_from("=iI", found)[1]
        return unpack_addresses(found[8:], count) or None


def _control(info: Any) -> List[Tuple[int, int, bytes]]:
    if info is None:
        return []
    parts = [info]
    if isinstance(info, structs.sctp_sendv_spa):
        parts = [part for part in (info.sndinfo, info.prinfo, info.authinfo) if part is not None]
    if any(type(part) not in _MARKS for part in parts):
        raise TypeError("info must be a sctp_sndinfo, sctp_prinfo, sctp_authinfo or sctp_sendv_spa")
    return [(c.IPPROTO_SCTP, _MARKS[type(part)], part.to_bytes) for part in parts]


def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def _call_getsockopt(number: int, level: int, optname: int, optval: bytes) -> Tuple[int, bytes]:
    buffer = ctypes.create_string_buffer(optval, len(optval))
    length = ctypes.c_uint32(len(optval))
    result = _checked(_libc().getsockopt(number, level, optname, buffer, ctypes.byref(length)))
    return result, buffer.raw[: length.value]


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
