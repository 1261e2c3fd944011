from tocsin.ncs.constants import *
from tocsin.ncs import events as _events
from tocsin.ncs.events import (
    MISSING as _MISSING,
    Notification,
    diff_notification_done,
    notifications_connect2,
    read_notification,
    sync_audit_network_notification,
    sync_audit_notification,
    sync_ha_notification,
)
from tocsin.ncs.library import CONFD_PORT as _CONFD_PORT


class NotificationsData(_events.NotificationsData):
    """The seven fields of ConfD: it has no ``verbosity``."""

    module = "confd"
    usual_port = _CONFD_PORT

    def __init__(
        self,
        heartbeat_interval=None,
        health_check_interval=None,
        stream_name=None,
        start_time=None,
        stop_time=None,
        xpath_filter=None,
        usid=None,
        *,
        hearbeat_interval=None,
    ):
        super().__init__(
            heartbeat_interval,
            health_check_interval,
            stream_name,
            start_time,
            stop_time,
            xpath_filter,
            usid,
            hearbeat_interval=hearbeat_interval,
        )


def notifications_connect(sock, mask, ip=None, port=_MISSING, path=None):
    _events.connect_without(NotificationsData(), sock, mask, ip, port, path)
