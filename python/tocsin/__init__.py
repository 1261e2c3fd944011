"""A client for Tocsin, an event bus for infrastructure. It needs nothing but Python 3.9 or newer.

>>> import tocsin
>>> with tocsin.connect(name="deploy") as hub:
...     hub.publish("deploy/web1/started", {"version": "2.4.1"})
...     for event in hub.subscribe("deploy/*", start="-1h"):
...         print(event.tag, event.data)
"""

from .answers import Missing, Published, PublishedNotification, Refused
from .client import Client, connect
from .errors import TocsinError
from .event import Event
from .reading import Gap
from .subscription import Subscription
from .wishes import Filters, Outgoing

__all__ = [
    "Client",
    "Event",
    "Filters",
    "Gap",
    "Missing",
    "Outgoing",
    "Published",
    "PublishedNotification",
    "Refused",
    "Subscription",
    "TocsinError",
    "connect",
]
