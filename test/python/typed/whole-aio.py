"""Uses everything that the client for asyncio offers, and says which types it expects."""

from __future__ import annotations

import asyncio
from typing import Any, AsyncIterator, Dict, List, Optional

import tocsin
import tocsin.aio


async def publish(hub: tocsin.aio.Client) -> None:
    published: tocsin.Published = await hub.publish("typed/a", {"n": 1}, durable=True, attributes={"subject": "a"})
    cursor: Optional[str] = published.cursor
    many: List[tocsin.Outgoing] = [
        ("typed/b", 2),
        {"tag": "typed/c", "data": [3], "source": "host/typed"},
        ("typed\x07", None),
    ]
    refused: List[tocsin.Refused] = await hub.publish_many(many, timeout=20)
    assert cursor and refused[0].index == 2 and not refused[0].error.is_transient


async def notify(hub: tocsin.aio.Client) -> None:
    published: tocsin.PublishedNotification = await hub.publish_notification({"type": "REOPEN_LOGS"}, deadline=5)
    missing: List[tocsin.Missing] = published.missing
    assert published.cursor and not missing


def describe(event: tocsin.Event) -> str:
    attributes: Dict[str, Any] = event.attributes
    return f"{event.tag} {event.data} {attributes.get('subject')}"


async def read(hub: tocsin.aio.Client) -> AsyncIterator[str]:
    gaps: List[tocsin.Gap] = []
    filters: tocsin.Filters = ["typed/*"]
    async with hub.subscribe(filters, start="start", end="end", lag="catch-up", on_gap=gaps.append) as events:
        async for event in events:
            yield describe(event)
        position: Optional[str] = events.cursor
        flags: List[bool] = [events.ended, events.live]
        assert position and flags[0] and not gaps
    async for event in hub.read_by_event_time("typed/*", start="-1d", reverse=True):
        yield describe(event)


async def consume(hub: tocsin.aio.Client) -> None:
    await hub.request("consumers.create", {"name": "typed", "filters": ["typed/*"], "from": "start"}, timeout=20)
    work: tocsin.aio.Subscription = hub.subscribe(consumer="typed")
    await work.open()
    first, second, third = [await work.read(timeout=20) for _ in range(3)]
    assert first and second and third
    await work.ack(first)
    await work.retry(second, delay=60)
    await work.park(third, reason="a test")
    await work.close()


async def fail(hub: tocsin.aio.Client) -> str:
    try:
        await hub.request("no.such", on_part=print)
    except tocsin.TocsinError as error:
        details: Dict[str, Any] = error.details
        return f"{error.code} {bool(error.message)} {type(details).__name__}"
    return ""


async def main() -> None:
    connecting: tocsin.aio.Connecting = tocsin.aio.connect(name="typed", producer="typed", wait=5, reconnect=5)
    async with connecting as hub:
        await publish(hub)
        await notify(hub)
        async for line in read(hub):
            print(line)
        await consume(hub)
        print(await fail(hub), hub.welcome["version"])
    again: tocsin.aio.Client = await tocsin.aio.connect()
    await again.close()


if __name__ == "__main__":
    asyncio.run(main())
