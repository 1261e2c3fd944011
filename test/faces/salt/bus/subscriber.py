"""Subscribes to a Salt event bus, written only from the description of the wire format.

usage: subscriber.py PUB_SOCKET COUNT RAW

Prints `ready` when connected, reads COUNT events, and prints a summary as one line of JSON. RAW 0 reads like
Salt up to 3006 (keys are str), RAW 1 like Salt from 3007 on (keys are bytes).
"""

import datetime
import json
import socket
import sys

import msgpack


def ext_hook(code, data):
    if code == 78:
        return datetime.datetime.strptime(data.decode(), "%Y%m%dT%H:%M:%S.%f")
    return data


def main(path, count, raw):
    raw = raw == "1"
    body_key, head_key = (b"body", b"head") if raw else ("body", "head")
    pub = socket.socket(socket.AF_UNIX)
    pub.connect(path)
    print("ready", flush=True)
    unpacker = msgpack.Unpacker(raw=raw)
    seen, in_order, heads, last = 0, True, True, None
    while seen < int(count):
        chunk = pub.recv(4096)
        if not chunk:
            break
        unpacker.feed(chunk)
        for framed in unpacker:
            body = framed[body_key]
            heads = heads and framed[head_key] == {} and len(framed) == 2 and isinstance(body, bytes)
            tag, _, packed = body.partition(b"\n\n")
            last = msgpack.unpackb(packed, raw=False, ext_hook=ext_hook, strict_map_key=False)
            in_order = in_order and tag.decode() == "seq/%d" % seen and last["n"] == seen
            seen += 1
    print(json.dumps({"seen": seen, "inOrder": in_order, "heads": heads, "last": repr(last)}))


main(*sys.argv[1:])
