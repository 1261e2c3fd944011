"""The part of the vendor's ``maapi`` that belongs to notifications: reading the changes behind a COMMIT_DIFF."""

from __future__ import annotations

import warnings
from typing import Any, Callable, Dict, Optional

from .. import records
from ..connection import Connection
from ..errors import TocsinError
from ..identity import own_name
from . import codes, library
from .codes import C_BUF, ERR_BADSTATE
from .errors import Error, of_hub
from .values import HKeypathRef, TransCtxRef, Value

_OPERATIONS = {
    "created": library.MOP_CREATED,
    "deleted": library.MOP_DELETED,
    "modified": library.MOP_MODIFIED,
    "value_set": library.MOP_VALUE_SET,
    "moved_after": library.MOP_MOVED_AFTER,
    "attr_set": library.MOP_ATTR_SET,
}

_UNKNOWN = ("TCN_NCS_TRANSACTION", "TCN_NCS_TRANSACTION_OVER")


class Maapi:
    """The way to transactions. The hub is the one from which the notification came."""

    def __init__(self, ip: Any = None, port: Any = None, path: Any = None, **_: Any):
        pass

    def attach(self, ctx_or_th: TransCtxRef, *_: Any, **__: Any) -> Transaction:
        return Transaction(ctx_or_th)

    def detach(self, *_: Any) -> None:
        pass

    def close(self) -> None:
        pass

    def __enter__(self) -> Maapi:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


class Transaction:
    """A transaction that waits at its COMMIT_DIFF."""

    def __init__(self, tctx: TransCtxRef):
        if not isinstance(tctx, TransCtxRef) or tctx.hub is None:
            raise Error("the transaction context is not that of a notification", ERR_BADSTATE)
        self.th = tctx.thandle
        self._tctx = tctx

    def diff_iterate(self, iter: Callable[..., Optional[int]], iflags: int = 0, initstate: Any = None) -> None:
        """Calls ``iter(path, operation, old, new)`` for each change; what it returns (``ITER_…``) steers the walk.

        ``old`` is None without the flag ``ITER_WANT_PREV``.
        """
        wants_old = bool(iflags & codes.ITER_WANT_PREV)
        skipped: Optional[str] = None
        for change in self._changes():
            path = str(change.get("path", ""))
            if skipped is not None and path.startswith(skipped):
                continue
            skipped = None
            state = () if initstate is None else (initstate,)
            old = _value(change, "old") if wants_old else None
            wanted = iter(HKeypathRef(path), _operation(change), old, _value(change, "new"), *state)
            if wanted == library.ITER_STOP:
                return
            if wanted == library.ITER_CONTINUE:
                skipped = f"{path}/"

    def finish(self) -> None:
        pass

    def __enter__(self) -> Transaction:
        return self

    def __exit__(self, *_: Any) -> None:
        pass

    def _changes(self) -> Any:
        address, token = self._tctx.hub
        params = {"thandle": self._tctx.thandle, "usid": self._tctx.usid}
        try:
            return _ask(Connection(address, _hello(token)), "ncs.diff", params)
        except TocsinError as error:
            if self._tctx.foreign and error.code in _UNKNOWN:
                warnings.warn(f"the changes of the transaction {self.th} are known to its publisher only", stacklevel=3)
                return []
            raise of_hub(error.code, error.message) from error


def _hello(token: Optional[str]) -> Dict[str, Any]:
    return {"token": token, "name": own_name()}


def _ask(connection: Connection, method: str, params: Dict[str, Any]) -> Any:
    try:
        connection.send(records.encode(records.REQUEST, {"id": 1, "method": method, "params": params}))
        while True:
            record = connection.receive()
            if record is None or record[0] != records.REPLY:
                continue
            body = record[1]
            if body.get("error") is not None:
                raise TocsinError(str(body["error"].get("code")), str(body["error"].get("message", "")))
            if not body.get("more"):
                return body.get("result") or []
    finally:
        connection.close()


def _operation(change: Dict[str, Any]) -> int:
    operation = change.get("op")
    if isinstance(operation, int):
        return operation
    return _OPERATIONS.get(str(operation).lower().replace("-", "_").replace("mop_", ""), library.MOP_MODIFIED)


def _value(change: Dict[str, Any], key: str) -> Optional[Value]:
    return Value(str(change[key]), C_BUF) if change.get(key) is not None else None
