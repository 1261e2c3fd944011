"""Which hub is tried next."""

from __future__ import annotations

from typing import Any, List, Optional

from .address import Address, announced_hub, find_hubs
from .errors import TocsinError


class Route:
    """The addresses of a client, and where its last connection was."""

    def __init__(self, given: Optional[str]):
        self._given = given
        self._preferred = 0
        self._elsewhere: Any = None
        self._own: List[Address] = []

    def attempt(self) -> List[Address]:
        """The hub that another one has named, then each address once, from that of the last connection on."""
        # Searched at each attempt, since a hub that starts meanwhile makes its socket.
        self._own = own = find_hubs(self._given)
        named, self._elsewhere = announced_hub(self._elsewhere, own), None
        return ([named] if named else []) + [own[(self._preferred + n) % len(own)] for n in range(len(own))]

    def reached(self, address: Address) -> None:
        if address in self._own:
            self._preferred = self._own.index(address)

    def failed(self, error: TocsinError) -> None:
        """If another hub serves this client, the next attempt goes there."""
        if error.code == "TCN_CONSUMER_ELSEWHERE":
            self._elsewhere = error.details.get("address", "")
            self._preferred += 1


def all_failed(failures: List[TocsinError]) -> TocsinError:
    """Has the code of the failures if it is the same at all addresses, so that its remedy applies."""
    if len(failures) == 1:
        return failures[0]
    codes = {failure.code for failure in failures}
    code = codes.pop() if len(codes) == 1 else "TCN_CLIENT_UNREACHABLE"
    return TocsinError(code, "; ".join(failure.message for failure in failures))
