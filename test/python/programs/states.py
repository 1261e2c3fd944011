"""Waits until a stream has reported a state, beginning in the past."""

import os
import select
import socket
import sys

import _ncs
from _ncs import events

data = events.NotificationsData(
    heartbeat_interval=1000,
    health_check_interval=1000,
    stream_name="state-changes",
    start_time=_ncs.Value(sys.argv[1], _ncs.C_DATETIME),
    stop_time=_ncs.Value(1, _ncs.C_NOEXISTS),
)
port = os.environ.get("NCS_IPC_PORT")
if port:
    sock = socket.socket()
    where = {"ip": _ncs.ADDR, "port": int(port)}
else:
    sock = socket.socket(family=socket.AF_UNIX)
    where = {"path": _ncs.PATH}
events.notifications_connect2(sock=sock, mask=events.NOTIF_STREAM_EVENT, data=data, **where)
number = _ncs.str2hash("http://example.com/ns/plan")
while True:
    select.select([sock], [], [])
    found = events.read_notification(sock)
    state = operation = ""
    if "values" in found["stream"]:
        for value in found["stream"]["values"]:
            if str(value) == "state":
                state = str(value.v)
            elif str(value) == "operation":
                operation = value.v.val2str((number, "/change/operation"))
    print(found["stream"]["type"], state, operation)
    if state == "ready":
        break
sock.close()
