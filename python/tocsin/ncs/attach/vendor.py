"""The vendor's module: connecting, the schema, and answers. Only what is documented for programs is used."""

from __future__ import annotations

import importlib
import socket
import threading
import time
from typing import Any, Dict, List, Optional, Set, Tuple

#: Milliseconds between signs of life of NSO.
HEARTBEAT = 10_000
#: A name that the schema does not have may be that of a package which was loaded meanwhile, seconds.
_LOAD_AGAIN = 60.0
#: Hashes for which the schema is loaded at most.
_MOST_SOUGHT = 10_000


class UnknownName(Exception):
    """The schema is to be loaded for the name of a hash."""


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
        self._loading: Optional[threading.Thread] = None
        self._began = 0.0
        #: Hashes for which the schema has been loaded. Those that stayed unknown are not worth another load.
        self._sought: Set[int] = set()
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

    def load_schema(self) -> None:
        """Begins to load the names of elements, in a thread: that may take minutes, and NSO waits for answers meanwhile."""
        self._began = time.monotonic()
        self._loading = threading.Thread(target=self._load_schema, daemon=True)
        self._loading.start()

    @property
    def is_loading(self) -> bool:
        """No names may be asked for meanwhile: the schema belongs to the whole process."""
        return self._loading is not None and self._loading.is_alive()

    @property
    def loads_for(self) -> float:
        """Seconds since the last load began."""
        return time.monotonic() - self._began

    def name_of(self, number: int) -> str:
        """The text of a hashed name. Raises UnknownName if the schema is to be loaded first."""
        text = self.module.hash2str(number)
        if text is not None:
            return str(text)
        is_recent = bool(self.loaded) and time.monotonic() - self.loaded < _LOAD_AGAIN
        if is_recent or number in self._sought or len(self._sought) >= _MOST_SOUGHT:
            return str(number)
        self._sought.add(number)
        raise UnknownName(str(number))

    def _load_schema(self) -> None:
        """ConfD may have no schema."""
        try:
            maapi = importlib.import_module(f"{self.module.__name__}.maapi")
            where = self._where()
            with socket.socket(socket.AF_UNIX if "path" in where else socket.AF_INET) as sock:
                maapi.connect(sock, **where)
                maapi.load_schemas(sock)
        except Exception:
            self._sought.clear()
        finally:
            self.loaded = time.monotonic()

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
