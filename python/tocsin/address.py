"""Where the hub is."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from typing import List, NamedTuple, Optional
from urllib.parse import urlsplit

from .errors import TocsinError

TCP_PORT = 4581
_SOCKET = "tocsin.sock"
# A longer list is a mistake.
_MOST_ADDRESSES = 64


class Address(NamedTuple):
    #: ``unix``, ``tcp`` or ``tls``
    kind: str
    #: The path of a socket, or a host.
    place: str
    port: int = 0

    def __str__(self) -> str:
        if self.kind == "unix":
            return self.place
        host = f"[{self.place}]" if ":" in self.place else self.place
        return f"{self.kind}://{host}:{self.port}"


def find_hubs(given: Optional[str] = None) -> List[Address]:
    """The addresses given, otherwise those in ``TOCSIN_URL``, otherwise the first of the usual sockets that exists."""
    named = given or os.environ.get("TOCSIN_URL")
    return [parse_address(each) for each in split_addresses(named)] if named else [Address("unix", _usual_socket())]


def split_addresses(text: str) -> List[str]:
    """Splits several addresses, separated by commas. A path may contain commas itself."""
    parts = [part.strip() for part in re.split(r",(?=\s*(?:[a-z]+:|/))", text, flags=re.IGNORECASE)]
    addresses = [part for part in parts if part.strip(",")]
    if not addresses:
        raise _wrong("it is empty")
    if len(addresses) > _MOST_ADDRESSES:
        raise _wrong(f"there are more than {_MOST_ADDRESSES}")
    return addresses


def announced_hub(text: object, own: List[Address]) -> Optional[Address]:
    """The address of the hub that another one names; None if it is not one, or the token might be overheard there."""
    if not isinstance(text, str) or not text:
        return None
    try:
        address = parse_address(text)
    except TocsinError:
        return None
    is_open = any(each.kind == "tcp" for each in own)
    return address if address in own or address.kind == "tls" or (address.kind == "tcp" and is_open) else None


def parse_address(text: str) -> Address:
    """Reads ``tcp://host:port``, ``tls://host:port``, ``unix:/path`` or a path."""
    scheme = text.split(":", 1)[0].lower()
    if scheme in ("tcp", "tls"):
        return _parse_url(scheme, text)
    if scheme in ("ws", "wss", "http", "https"):
        raise _wrong(f"{scheme}:// is not supported here: use a socket, tcp:// or tls://")
    path = text[5:] if scheme == "unix" else text
    if path.startswith("//"):
        path = path[2:]
    if not path or "\0" in path:
        raise _wrong("it is empty")
    if len(os.fsencode(path)) > 107:
        raise TocsinError("TCN_CLIENT_PATH_TOO_LONG", f"the system allows 107 bytes for the path of a socket: {path}")
    return Address("unix", path)


def _parse_url(kind: str, text: str) -> Address:
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        raise _wrong("it is not a valid URL") from None
    if url.username or url.password:
        raise _wrong("it contains a name or password; use a token instead")
    if not url.hostname or url.path not in ("", "/") or url.query:
        raise _wrong("it must be a host and a port")
    return Address(kind, url.hostname, TCP_PORT if port is None else port)


def _wrong(why: str) -> TocsinError:
    return TocsinError("TCN_CLIENT_ADDRESS", f"the address of the hub: {why}")


def _usual_socket() -> str:
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    own = [os.path.join(runtime, "tocsin")] if runtime.startswith("/") else []
    private = os.path.join(tempfile.gettempdir(), f"tocsin-{os.getuid()}")
    folders = [*own, "/run/tocsin", *([private] if _is_private(private) else [])]
    paths = [os.path.join(folder, _SOCKET) for folder in folders]
    found = next((path for path in paths if os.path.exists(path)), None)
    if found is not None:
        return found
    # The folder of another user's hub hides its socket; to try it gives the better error.
    return f"/run/tocsin/{_SOCKET}" if os.path.exists("/run/tocsin") else paths[0]


def _is_private(folder: str) -> bool:
    """In the temporary folder, another user could have created the folder and its socket first."""
    try:
        found = os.lstat(folder)
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and stat.S_IMODE(found.st_mode) == 0o700
