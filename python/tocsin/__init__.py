"""A client for Tocsin, an event bus for infrastructure. It needs nothing but Python 3.9 or newer.

>>> import tocsin
>>> with tocsin.connect(name="deploy") as hub:
...     hub.publish("deploy/web1/started", {"version": "2.4.1"})
...     for event in hub.subscribe("deploy/*", start="-1h"):
...         print(event.tag, event.data)
"""

from .client import Client, Filters, Outgoing, connect
from .errors import TocsinError
from .event import Event
from .publisher import Published, Refused
from .subscription import Gap, Subscription

__all__ = [
    "Client",
    "Event",
    "Filters",
    "Gap",
    "Outgoing",
    "Published",
    "Refused",
    "Subscription",
    "TocsinError",
    "connect",
]
