"""Prints every kind of notification, and answers those that wait. The calls are those of a monitor for NSO."""

import argparse
import os
import select
import socket
import sys

import _ncs
import _ncs.events as events
import ncs
from ncs.maapi import Maapi

KINDS = {
    "audit": events.NOTIF_AUDIT | events.NOTIF_AUDIT_SYNC,
    "commit": events.NOTIF_COMMIT_DIFF,
    "ha": events.NOTIF_HA_INFO | events.NOTIF_HA_INFO_SYNC,
    "network": events.NCS_NOTIF_AUDIT_NETWORK | events.NCS_NOTIF_AUDIT_NETWORK_SYNC,
    "sessions": events.NOTIF_USER_SESSION,
    "progress": events.NOTIF_PROGRESS,
    "log": events.NOTIF_DAEMON | events.NOTIF_DEVEL | events.NOTIF_WEBUI,
    "heartbeat": events.NOTIF_HEARTBEAT,
    "stop": events.NOTIF_SYSTEM_GOING_DOWN,
}


def show_changes(port, tctx):
    changes = []

    def visit(path, operation, old, new):
        changes.append(f"{path} {operation} {old} {new}")

    transaction = Maapi(port=port).attach(tctx)
    transaction.diff_iterate(visit, _ncs.ITER_WANT_PREV)
    return ", ".join(changes)


def process(port, sock, mask):
    found = events.read_notification(sock)
    kind = found["type"]
    if kind & events.NOTIF_AUDIT:
        audit = found["audit"]
        print(f"audit {audit['logno']} {audit['user']} {audit['usid']} {audit['msg']}")
        if mask & events.NOTIF_AUDIT_SYNC:
            events.sync_audit_notification(sock, audit["usid"])
    elif kind & events.NOTIF_COMMIT_DIFF:
        commit = found["commit_diff"]
        label = commit["label"] if "label" in commit else "-"
        print(f"commit {commit['uinfo'].username} {label}: {show_changes(port, commit['tctx'])}")
        events.diff_notification_done(sock, commit["tctx"])
    elif kind & events.NOTIF_HA_INFO:
        print("ha none" if found["hnot"]["type"] == events.HA_INFO_IS_NONE else "ha")
        if mask & events.NOTIF_HA_INFO_SYNC:
            events.sync_ha_notification(sock)
    elif kind & events.NCS_NOTIF_AUDIT_NETWORK:
        sent = found["audit_network"]
        print(f"network {sent['device']} [{sent['trace_id']}] {sent['config']}")
        if mask & events.NCS_NOTIF_AUDIT_NETWORK_SYNC:
            events.sync_audit_network_notification(sock, sent["usid"])
    elif kind & events.NOTIF_USER_SESSION:
        session = found["user_sess"]
        is_running = session["database"] == ncs.RUNNING
        print(f"session {session['type']} {session['uinfo'].username} {session['uinfo'].usid} {is_running}")
    elif kind & events.NOTIF_PROGRESS or kind & events.NOTIF_COMMIT_PROGRESS:
        progress = found["progress"]
        names = [progress["attributes"][n]["name"] for n in range(progress["num_attributes"])]
        is_start = progress["type"] == _ncs.PROGRESS_START
        print(f"progress {is_start} {progress['span_id']} {names} {progress.get('msg')}")
    elif kind & events.NOTIF_HEARTBEAT:
        print("heartbeat")
    elif kind & events.NOTIF_SYSTEM_GOING_DOWN:
        print("stop")
    else:
        syslog = found["syslog"]
        print(f"log {kind} {syslog['prio']} {syslog['logno']} {syslog['msg']}")


def connect(mask, options):
    noexists = _ncs.Value(init=1, type=_ncs.C_NOEXISTS)
    data = events.NotificationsData(
        heartbeat_interval=options.interval,
        health_check_interval=options.interval,
        stream_name="whatever",
        start_time=noexists,
        stop_time=noexists,
        xpath_filter="",
        verbosity=_ncs.VERBOSITY_VERY_VERBOSE,
    )
    port = os.environ.get("NCS_IPC_PORT")
    if port:
        sock = socket.socket(socket.AF_INET)
        events.notifications_connect2(sock=sock, mask=mask, ip="127.0.0.1", port=int(port), data=data)
    else:
        sock = socket.socket(socket.AF_UNIX)
        events.notifications_connect2(sock=sock, mask=mask, data=data, path=_ncs.PATH)
    return sock


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("kinds", nargs="+", choices=KINDS)
    parser.add_argument("--interval", type=int, default=10_000)
    parser.add_argument("--port", type=int, default=_ncs.PORT)
    options = parser.parse_args()
    mask = 0
    for kind in options.kinds:
        mask |= KINDS[kind]
    sock = connect(mask, options)
    print("connected")
    while True:
        readable, _, _ = select.select([sock, sys.stdin], [], [])
        for each in readable:
            if each == sock:
                try:
                    process(options.port, sock, mask)
                except _ncs.error.Error as error:
                    if error.ncs_errno is not _ncs.ERR_EXTERNAL:
                        raise
                    print(f"error {error}")
            elif sys.stdin.readline().rstrip() == "exit":
                sock.close()
                print("bye")
                return


main()
