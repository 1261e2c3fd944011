"""The vendor's module: connecting, the schema, and answers. Only what is documented for programs is used."""

from __future__ import annotations

import importlib
import socket
import time
from typing import Any, Dict, List, Optional, Tuple

#: Milliseconds between signs of life of NSO.
HEARTBEAT = 10_000
#: A name that the schema does not have may be that of a package which was loaded meanwhile, seconds.
_LOAD_AGAIN = 60.0


class Vendor:
    """One of the modules ``_ncs`` and ``_confd``, which have the same functions."""

    def __init__(self, settings: Dict[str, Any]):
        name = str(settings["module"])
        try:
            self.module = importlib.import_module(name)
            self.events = importlib.import_module(f"{name}.events")
        except ImportError as error:
            raise RuntimeError(f"Python finds no module {name}: {error}; name its folder in modules") from error
        self._settings = settings
        #: When the schema was last loaded, by the monotonic clock; 0: never.
        self.loaded = 0.0

    def mask(self, names: List[str]) -> Tuple[int, List[str]]:
        """The bits of the names, and the names that this version of the module does not have."""
        mask, unknown = 0, []
        for name in names:
            bit = self._constant(name)
            if bit is None:
                unknown.append(name)
            else:
                mask |= bit
        return mask, unknown

    def bit(self, name: str) -> int:
        """The bit of a type; 0 for one that this version of the module does not have."""
        return self._constant(name) or 0

    def connect(self, mask: int, stream: Optional[Dict[str, Any]] = None) -> socket.socket:
        """A socket for these types, or for the events of a stream."""
        where = self._where()
        sock = socket.socket(socket.AF_UNIX if "path" in where else socket.AF_INET)
        try:
            self.events.notifications_connect2(sock, mask, self._data(stream or {}), **where)
        except BaseException:
            sock.close()
            raise
        return sock

    def load_schema(self) -> bool:
        """Loads the names of elements, unless that was done a moment ago. False without a schema, as ConfD may be."""
        if self.loaded and time.monotonic() - self.loaded < _LOAD_AGAIN:
            return False
        try:
            maapi = importlib.import_module(f"{self.module.__name__}.maapi")
            where = self._where()
            with socket.socket(socket.AF_UNIX if "path" in where else socket.AF_INET) as sock:
                maapi.connect(sock, **where)
                maapi.load_schemas(sock)
        except Exception:
            return False
        finally:
            self.loaded = time.monotonic()
        return True

    def name_of(self, number: int) -> str:
        """The text of a hashed name."""
        text = self.module.hash2str(number)
        if text is None and self.load_schema():
            text = self.module.hash2str(number)
        return str(number) if text is None else str(text)

    def _where(self) -> Dict[str, Any]:
        path = self._settings.get("path")
        if path is not None:
            return {"path": path}
        return {"ip": self._settings.get("ip", "127.0.0.1"), "port": int(self._settings["port"])}

    def _data(self, stream: Dict[str, Any]) -> Any:
        nothing = self.module.Value(1, self.module.C_NOEXISTS)
        start = stream.get("start")
        more: Dict[str, Any] = {}
        if stream.get("filter"):
            more["xpath_filter"] = stream["filter"]
        if self._settings.get("verbosity"):
            more["verbosity"] = int(self._settings["verbosity"])
        return self.events.NotificationsData(
            heartbeat_interval=HEARTBEAT,
            health_check_interval=HEARTBEAT,
            stream_name=stream.get("name", ""),
            start_time=nothing if start is None else self.module.Value(start, self.module.C_DATETIME),
            stop_time=nothing,
            **more,
        )

    def _constant(self, name: str) -> Optional[int]:
        for spelled in (f"NOTIF_{name}", f"NCS_NOTIF_{name}"):
            value = getattr(self.events, spelled, None)
            if isinstance(value, int):
                return value
        return None
