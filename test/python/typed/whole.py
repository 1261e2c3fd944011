"""Uses everything that the package offers, and says which types it expects."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Dict, Iterator, List, Optional

import tocsin


def publish(hub: tocsin.Client) -> None:
    published: tocsin.Published = hub.publish("typed/a", {"n": 1}, durable=True, attributes={"subject": "a"}, timeout=20)
    cursor: Optional[str] = published.cursor
    many: List[tocsin.Outgoing] = [
        ("typed/b", 2),
        {"tag": "typed/c", "data": [3], "source": "host/typed"},
        ("typed\x07", None),
    ]
    refused: List[tocsin.Refused] = hub.publish_many(many, timeout=20)
    index: int = refused[0].index
    error: tocsin.TocsinError = refused[0].error
    assert cursor and index == 2 and not error.is_transient


def notify(hub: tocsin.Client) -> None:
    published: tocsin.PublishedNotification = hub.publish_notification({"type": "REOPEN_LOGS"}, deadline=5)
    cursor: Optional[str] = published.cursor
    acknowledged: List[str] = published.acknowledged
    missing: List[tocsin.Missing] = published.missing
    assert cursor and not acknowledged and not [f"{each.subscriber} {each.reason}" for each in missing]


def describe(event: tocsin.Event) -> str:
    time: datetime = event.time
    attributes: Dict[str, Any] = event.attributes
    texts: List[str] = [event.tag, event.source, event.cursor]
    numbers: List[int] = [event.seq, event.kind, event.flags, event.time_us]
    flags: List[bool] = [event.synthetic, event.redelivered]
    assert time.tzinfo and all(numbers[:1]) and all(texts) and not any(flags)
    return f"{event.tag} {event.data} {attributes.get('subject')}"


def read(hub: tocsin.Client) -> Iterator[str]:
    gaps: List[tocsin.Gap] = []
    filters: tocsin.Filters = ["typed/*"]
    with hub.subscribe(filters, start="start", end="end", lag="catch-up", on_gap=gaps.append) as events:
        for event in events:
            yield describe(event)
        position: Optional[str] = events.cursor
        flags: List[bool] = [events.ended, events.live]
        assert position and flags[0]
    missing: List[str] = [f"{gap.first} {gap.last} {gap.reason}" for gap in gaps]
    assert not missing
    yield from (describe(event) for event in hub.read_by_event_time("typed/*", start="-1d", reverse=True))


def consume(hub: tocsin.Client) -> None:
    hub.request("consumers.create", {"name": "typed", "filters": ["typed/*"], "from": "start"}, timeout=20)
    work: tocsin.Subscription = hub.subscribe(consumer="typed")
    first, second, third = (work.read(timeout=20) for _ in range(3))
    assert first and second and third
    work.ack(first)
    work.retry(second, delay=60)
    work.park(third, reason="a test")
    work.close()


def fail(hub: tocsin.Client) -> str:
    try:
        hub.request("no.such")
    except tocsin.TocsinError as error:
        details: Dict[str, Any] = error.details
        return f"{error.code} {bool(error.message)} {type(details).__name__}"
    return ""


def main() -> None:
    hub: tocsin.Client = tocsin.connect(name="typed", producer="typed", wait=5, reconnect=5)
    with hub:
        publish(hub)
        notify(hub)
        for line in read(hub):
            print(line)
        consume(hub)
        print(fail(hub), hub.welcome["version"])


if __name__ == "__main__":
    main()
