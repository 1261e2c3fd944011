"""Socket addresses as the kernel writes them: ``(host, port)``, or ``(host, port, flowinfo, scope_id)`` for IPv6."""

from __future__ import annotations

import socket
import struct
from typing import Any, Iterable, List, Tuple

STORAGE = 128
_V4 = struct.Struct("=H2s4s8x")
_V6 = struct.Struct("=H2s4s16sI")


def sockaddr_storage_to_ipaddr(data: bytes) -> Tuple[Any, ...]:
    """Reads a sockaddr; the host is ``'???'`` if it is neither IPv4 nor IPv6."""
    family = struct.unpack_from("=H", data)[0] if len(data) >= 2 else 0
    if family == socket.AF_INET and len(data) >= _V4.size:
        _, port, host = _V4.unpack_from(data)
        return (socket.inet_ntop(socket.AF_INET, host), int.from_bytes(port, "big"))
    if family == socket.AF_INET6 and len(data) >= _V6.size:
        _, port, flow, host, scope = _V6.unpack_from(data)
        number = struct.unpack("=I", flow)[0]
        return (socket.inet_ntop(socket.AF_INET6, host), int.from_bytes(port, "big"), number, scope)
    return ("???", 0, 0, 0)


def pack_address(address: Any) -> bytes:
    """Makes a sockaddr of the size of its family. Raises TypeError for what is not an address."""
    if not isinstance(address, (tuple, list)) or len(address) not in (2, 4) or not isinstance(address[0], str):
        raise TypeError(f"{address!r} is not an address: (host, port) or (host, port, flowinfo, scope_id)")
    family = socket.AF_INET if len(address) == 2 else socket.AF_INET6
    try:
        numeric = socket.getaddrinfo(address[0] or None, address[1], family, socket.SOCK_STREAM, 0, socket.AI_PASSIVE)
    except (OSError, OverflowError) as error:
        raise TypeError(f"{address!r} is not an address: {error}") from None
    host = socket.inet_pton(family, numeric[0][4][0].split("%")[0])
    port = int(address[1]).to_bytes(2, "big")
    if family == socket.AF_INET:
        return _V4.pack(family, port, host)
    return _V6.pack(family, port, struct.pack("=I", address[2]), host, address[3])


def ipaddr_to_sockaddr_storage(ip_addr: Any) -> bytes:
    return pack_address(ip_addr).ljust(STORAGE, b"\0")


def pack_addresses(addresses: Iterable[Any]) -> bytes:
    packed = [pack_address(each) for each in addresses]
    if not packed:
        raise ValueError("there is no address")
    return b"".join(packed)


def unpack_addresses(data: bytes, count: int) -> Tuple[Tuple[Any, ...], ...]:
    found: List[Tuple[Any, ...]] = []
    at = 0
    for _ in range(count):
        family = struct.unpack_from("=H", data, at)[0]
        size = _V4.size if family == socket.AF_INET else _V6.size
        found.append(sockaddr_storage_to_ipaddr(data[at : at + size]))
        at += size
    return tuple(found)
