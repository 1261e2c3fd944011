"""The client for asyncio. It has the interface of the other one, with ``await``.

>>> import tocsin.aio
>>> async with tocsin.aio.connect(name="deploy") as hub:
...     await hub.publish("deploy/web1/started", {"version": "2.4.1"})
...     async for event in hub.subscribe("deploy/*", start="-1h"):
...         print(event.tag, event.data)
"""

from .client import Client, Connecting, connect
from .subscription import Subscription

__all__ = ["Client", "Connecting", "Subscription", "connect"]
