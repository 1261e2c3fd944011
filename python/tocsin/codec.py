"""``pack`` and ``unpack``: with the C code of ``python3-msgpack`` if it is installed, otherwise in plain Python.

The environment variable ``TOCSIN_PURE_PYTHON`` chooses plain Python in any case.
"""

from __future__ import annotations

import os
from typing import Any

from . import msgpack as own

#: True if the C code is used.
ACCELERATED = False
pack = own.pack
unpack = own.unpack

try:
    if os.environ.get("TOCSIN_PURE_PYTHON"):
        raise ImportError("not wanted")
    import msgpack as _fast

    def _ext_hook(code: int, data: bytes) -> own.Ext:
        return own.Ext(code, bytes(data))

    def _default(value: Any) -> Any:
        if isinstance(value, memoryview):
            return bytes(value)
        if isinstance(value, own.Ext):
            return _fast.ExtType(value.code, value.data)
        raise TypeError(f"msgpack has no form for a {type(value).__name__}")

    def _fast_pack(value: Any) -> bytes:
        packed: bytes = _fast.packb(
            value, use_bin_type=True, unicode_errors="surrogateescape", datetime=True, default=_default
        )
        return packed

    def _fast_unpack(data: Any) -> Any:
        try:
            return _fast.unpackb(
                data,
                raw=False,
                unicode_errors="surrogateescape",
                strict_map_key=False,
                timestamp=3,
                ext_hook=_ext_hook,
            )
        except Exception:
            # A value that one reader refuses (such as a time beyond the calendar), the other may
            # read or explain.
            return own.unpack(data)

    # Versions before 1.0 have other options.
    _fast_unpack(_fast_pack({"text": [1]}))
    pack, unpack, ACCELERATED = _fast_pack, _fast_unpack, True
except Exception:  # Whatever is wrong with that package, this one works without it.
    pass
