"""Notifications of NSO and ConfD from a Tocsin hub, with the functions and names of the vendor's Python modules."""

from . import errors, events
from .errors import EOF, Error
from .events import (
    NotificationsData,
    diff_notification_done,
    notifications_connect,
    notifications_connect2,
    read_notification,
    sync_audit_network_notification,
    sync_audit_notification,
    sync_ha_notification,
)
from .values import DateTime, TagValue, TransCtxRef, UserInfo, Value, hash2str, ns2prefix, str2hash

__all__ = [
    "EOF",
    "DateTime",
    "Error",
    "NotificationsData",
    "TagValue",
    "TransCtxRef",
    "UserInfo",
    "Value",
    "diff_notification_done",
    "errors",
    "events",
    "hash2str",
    "notifications_connect",
    "notifications_connect2",
    "ns2prefix",
    "read_notification",
    "str2hash",
    "sync_audit_network_notification",
    "sync_audit_notification",
    "sync_ha_notification",
]
