"""Listens in a thread that another one can stop: the calls are those of a supervisor of workers within NSO."""

import os
import select
import socket
import sys
import threading

import ncs
from _ncs import events
from ncs.cdb import Subscriber

try:
    PRIMARY = events.HA_INFO_IS_PRIMARY
except AttributeError:
    PRIMARY = events.HA_INFO_IS_MASTER


class Settings(Subscriber):
    """Only defined: it needs NSO."""


class Restart(ncs.dp.Action):
    @ncs.dp.Action.action
    def cb_action(self, uinfo, name, kp, action_input, action_output):
        pass


class Flag:
    """Can be waited for like a socket."""

    def __init__(self):
        self.reading, self.writing = os.pipe()

    def set(self):
        os.write(self.writing, b"1")

    def fileno(self):
        return self.reading


class Listener(threading.Thread):
    def __init__(self):
        super().__init__()
        self.stopped = Flag()

    def run(self):
        mask = events.NOTIF_HA_INFO + events.NOTIF_UPGRADE_EVENT
        sock = socket.socket()
        events.notifications_connect(sock, mask, ip="127.0.0.1", port=ncs.PORT)
        while True:
            readable, _, _ = select.select([self.stopped, sock], [], [])
            if self.stopped in readable:
                sock.close()
                print("stopped")
                return
            found = events.read_notification(sock)
            if found["type"] == events.NOTIF_UPGRADE_EVENT:
                print("upgrade", found["upgrade"]["event"])
            elif found["type"] == events.NOTIF_HA_INFO:
                print("primary" if found["hnot"]["type"] == PRIMARY else "not primary")


listener = Listener()
listener.start()
sys.stdin.readline()
listener.stopped.set()
listener.join()
