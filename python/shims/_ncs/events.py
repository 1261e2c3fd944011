from tocsin.ncs.constants import *
from tocsin.ncs.events import (
    Notification,
    NotificationsData,
    diff_notification_done,
    notifications_connect,
    notifications_connect2,
    read_notification,
    sync_audit_network_notification,
    sync_audit_notification,
    sync_ha_notification,
)
