"""The identity of a client at a hub."""

from __future__ import annotations

import os
import sys
import uuid
from typing import Any, Dict, Optional

from .errors import forked


class Identity:
    """The fields by which a client names itself in its hello."""

    def __init__(self, token: Optional[str], name: Optional[str], producer: Optional[str]):
        self._own = {"token": token or os.environ.get("TOCSIN_TOKEN") or None, "name": name or own_name()}
        self._producer = producer
        self._process = os.getpid()
        self._random_producer = _random_producer()

    def subscriber(self) -> Dict[str, Any]:
        return self._own

    def publisher(self) -> Dict[str, Any]:
        if self._process != os.getpid():
            # Two processes must not publish under one name: the second would take over from the first.
            if self._producer is not None:
                raise forked(f"connect in this one under another producer name than {self._producer}")
            self._process, self._random_producer = os.getpid(), _random_producer()
        return {**self._own, "producer": self._producer or self._random_producer}


def _random_producer() -> str:
    return f"p-{uuid.uuid4()}"


def own_name() -> str:
    """The name of this program in the hub's list of connections, such as ``deploy[4711]``."""
    program = os.path.basename(sys.argv[0] if sys.argv and sys.argv[0] else "python")
    printable = "".join(each for each in program if each.isprintable())
    return f"{printable[:100]}[{os.getpid()}]"
