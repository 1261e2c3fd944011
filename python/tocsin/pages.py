"""The pages of an answer."""

from __future__ import annotations

from typing import Any, Dict, Optional

from .errors import TocsinError
from .shapes import is_page

#: A hub takes some milliseconds for a page. Seconds.
PAGE_TIMEOUT = 30.0
#: A page without an event has looked at several megabytes of the log.
_MOST_EMPTY = 100_000


class Pages:
    """Follows the pages of a hub. One whose pages would never come to an end is left with an error."""

    def __init__(self) -> None:
        self._count = 0
        self._empty = 0
        #: A place among those before. It is renewed after twice as many pages each time, and so gets into any circle.
        self._seen: Optional[str] = None
        self._renew_at = 1

    def checked(self, answer: Any) -> Dict[str, Any]:
        """Returns the page, if it is one that may follow."""
        if not is_page(answer):
            raise _invalid("an answer of the hub is not a page of events")
        page: Dict[str, Any] = answer
        following = page.get("next")
        if following is not None:
            self._follow(following, bool(page["frames"]))
        return page

    def _follow(self, following: str, has_events: bool) -> None:
        if following == self._seen:
            raise _invalid(f"a page of the hub leads to itself: {following[:80]}")
        self._empty = 0 if has_events else self._empty + 1
        if self._empty > _MOST_EMPTY:
            raise _invalid(f"{_MOST_EMPTY} pages of the hub have no event")
        self._count += 1
        if self._count == self._renew_at:
            self._seen = following
            self._renew_at *= 2


def _invalid(reason: str) -> TocsinError:
    return TocsinError("TCN_PROTOCOL_BODY", reason)
