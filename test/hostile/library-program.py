"""A program that makes every call of the client for Python against one hub: library-program.py ADDRESS plain|aio

It ends by itself, and writes the outcome of each call, and what it needed, as a line of JSON.
"""

import asyncio
import json
import os
import re
import sys
import threading
import time
import traceback

import tocsin
from tocsin import aio

LIMIT = 1.0
ADDRESS, KIND = sys.argv[1:]

outcomes = []


def anonymous_kib():
    with open("/proc/self/status") as status:
        return int(re.search(r"RssAnon:\s+(\d+) kB", status.read()).group(1))


def sockets():
    count = 0
    for each in os.listdir("/proc/self/fd"):
        try:
            count += os.readlink(f"/proc/self/fd/{each}").startswith("socket:")
        except OSError:
            pass
    return count


class Outcome:
    """Notes how long the call took, and its error."""

    def __init__(self, call):
        self.call = call

    def __enter__(self):
        self.began = time.monotonic()

    def __exit__(self, _kind, error, _trace):
        told = {"call": self.call, "ms": round(1000 * (time.monotonic() - self.began))}
        if isinstance(error, Exception):
            ours = isinstance(error, tocsin.TocsinError)
            text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
            told["error"] = {"isOurs": ours, "code": getattr(error, "code", ""), "text": text}
        outcomes.append(told)
        return isinstance(error, Exception)


def look(event):
    return [event.tag, event.data, event.attributes, event.source, event.time, event.cursor]


def take(subscription):
    end = time.monotonic() + LIMIT
    while time.monotonic() < end and not subscription.ended:
        event = subscription.read(timeout=LIMIT)
        if event is not None:
            look(event)


def plain():
    with Outcome("connect"):
        hub = tocsin.connect(ADDRESS, reconnect=LIMIT)
    if outcomes[-1].get("error"):
        return
    with Outcome("request"):
        hub.request("hub.status", timeout=LIMIT)
        with Outcome("read_by_event_time"):
            for event in hub.read_by_event_time("a/"):
                look(event)
    with Outcome("request in parts"):
        hub.request("log.verify", timeout=LIMIT, on_part=lambda part: None)
    with Outcome("publish"):
        hub.publish("a/b", {}, timeout=LIMIT)
    with Outcome("publish durable"):
        hub.publish("a/b", {}, durable=True, timeout=LIMIT)
    with Outcome("publish_many"):
        hub.publish_many([{"tag": "a/b", "data": {}}], timeout=LIMIT)
    with Outcome("subscribe"):
        take(hub.subscribe("a/", on_gap=lambda gap: None))
    with Outcome("close"):
        hub.close()


async def take_aio(subscription):
    end = time.monotonic() + LIMIT
    while time.monotonic() < end and not subscription.ended:
        event = await subscription.read(timeout=LIMIT)
        if event is not None:
            look(event)


async def leave_unread(subscription):
    async with subscription:
        await asyncio.sleep(LIMIT)


async def with_aio():
    asyncio.get_running_loop().set_exception_handler(lambda _, context: strays.append(str(context)))
    with Outcome("connect"):
        hub = await aio.connect(ADDRESS, reconnect=LIMIT)
    if outcomes[-1].get("error"):
        return
    with Outcome("request"):
        await hub.request("hub.status", timeout=LIMIT)
        with Outcome("read_by_event_time"):
            async for event in hub.read_by_event_time("a/"):
                look(event)
    with Outcome("request in parts"):
        await hub.request("log.verify", timeout=LIMIT, on_part=lambda part: None)
    with Outcome("publish"):
        await hub.publish("a/b", {}, timeout=LIMIT)
    with Outcome("publish durable"):
        await hub.publish("a/b", {}, durable=True, timeout=LIMIT)
    with Outcome("publish_many"):
        await hub.publish_many([{"tag": "a/b", "data": {}}], timeout=LIMIT)
    with Outcome("subscribe"):
        await take_aio(hub.subscribe("a/", on_gap=lambda gap: None))
    with Outcome("unread"):
        await leave_unread(hub.subscribe("a/", on_gap=lambda gap: None))
    with Outcome("close"):
        await hub.close()


strays = []
threading.excepthook = lambda hook: strays.append(str(hook))
opened = sockets()
before = peak = anonymous_kib()
over = threading.Event()


def watch():
    global peak
    while not over.wait(0.02):
        peak = max(peak, anonymous_kib())


watching = threading.Thread(target=watch)
watching.start()
try:
    if KIND == "aio":
        asyncio.run(with_aio())
    else:
        plain()
finally:
    over.set()
    watching.join()
left = sockets() - opened
print(json.dumps({"outcomes": outcomes, "strays": strays, "sockets": left, "grownMib": (peak - before) >> 10}))
