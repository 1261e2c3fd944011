"""Publishes to a Salt event bus, written only from the description of the wire format.

usage: publisher.py PULL_SOCKET COUNT [CHUNK]

Sends COUNT events `seq/<n>`. With CHUNK the stream is written in pieces of that many bytes.
"""

import datetime
import socket
import sys

import msgpack


def default(value):
    if isinstance(value, datetime.datetime):
        return msgpack.ExtType(78, value.strftime("%Y%m%dT%H:%M:%S.%f").encode())
    raise TypeError(value)


def frame(tag, data):
    data["_stamp"] = datetime.datetime.utcnow().isoformat()
    body = tag.encode() + b"\n\n" + msgpack.packb(data, use_bin_type=True, default=default)
    return msgpack.packb({"head": {}, "body": body}, use_bin_type=True)


def main(path, count, chunk="0"):
    when = datetime.datetime(2024, 1, 2, 3, 4, 5, 6)
    pull = socket.socket(socket.AF_UNIX)
    pull.connect(path)
    stream = bytearray()
    for n in range(int(count)):
        stream += frame("seq/%d" % n, {"n": n, "text": "h\u00e9", "bytes": b"\x00\xff", "when": when, 5: [None, 1.5]})
        if len(stream) > 1 << 20:
            pull.sendall(stream)
            stream.clear()
    size = int(chunk) or len(stream) or 1
    for at in range(0, len(stream), size):
        pull.sendall(stream[at : at + size])
    pull.close()


main(*sys.argv[1:])
