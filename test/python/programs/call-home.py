"""Reports devices that call, and compactions, until its input says exit."""

import select
import socket
import sys
from datetime import datetime, timezone

import _ncs
import _ncs.events as events

noexists = _ncs.Value(init=1, type=_ncs.C_NOEXISTS)
data = events.NotificationsData(1000, 1000, "whatever", noexists, noexists)
mask = events.NCS_NOTIF_CALL_HOME_INFO | events.NOTIF_COMPACTION
if _ncs.PORT is None:
    sock = socket.socket(family=socket.AF_UNIX)
    events.notifications_connect2(sock=sock, mask=mask, path=_ncs.PATH, data=data)
else:
    sock = socket.socket()
    events.notifications_connect2(sock=sock, mask=mask, ip=_ncs.ADDR, port=_ncs.PORT, data=data)


def call_home(found):
    if found["type"] == events.CALL_HOME_DEVICE_DISCONNECTED:
        print("disconnected " + found["device"])
        return
    address = found["ip4"] if found["af"] == socket.AF_INET else found["ip6"]
    device = found["device"] if found["type"] == events.CALL_HOME_DEVICE_CONNECTED else "unknown"
    print("called " + device + " " + address + " " + found["ssh_key_alg"])


def compaction(found):
    files = {events.COMPACTION_A_CDB: "A.cdb", events.COMPACTION_O_CDB: "O.cdb"}
    time = datetime.fromtimestamp(found["time_start"] / 1000000, timezone.utc)
    print(files[found["dbfile"]], time.isoformat(), found["ntrans"])


actions = {
    events.NCS_NOTIF_CALL_HOME_INFO: lambda found: call_home(found["call_home"]),
    events.NOTIF_COMPACTION: lambda found: compaction(found["compaction"]),
}
print("connected")
while True:
    for each in select.select([sock, sys.stdin], [], [])[0]:
        if each == sys.stdin:
            sys.exit()
        found = events.read_notification(sock)
        actions[found["type"]](found)
