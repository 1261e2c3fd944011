"""An event bus of Salt on its two sockets, written from its description and not from any code of Tocsin.

    salt-bus.py SOCK_DIR [PREFIX] [--framing new|old]

Messages on the pull socket are sent to all subscribers of the pub socket. It reports its actions on stdout, one
JSON object per line, and reads JSON objects from stdin:

    {"fire": [tag, data]}     sends an event to all subscribers
    {"hex": "…"}              sends these bytes to all subscribers
    {"count": n, "tag": t}    sends n events, their tags followed by a number
"""
import argparse
import asyncio
import json
import os
import sys

import msgpack


class Bus:
    def __init__(self, framing):
        self.framing = framing
        self.subscribers = set()

    def frame(self, body):
        if self.framing == "old":
            return msgpack.packb({"body": body, "head": {}}, use_bin_type=False)
        return msgpack.packb({"head": {}, "body": body}, use_bin_type=True)

    def send(self, data):
        for writer in self.subscribers:
            writer.write(data)

    def fire(self, tag, data):
        body = tag.encode() + b"\n\n" + msgpack.packb(data, use_bin_type=True)
        self.send(self.frame(body))

    async def subscribe(self, reader, writer):
        self.subscribers.add(writer)
        tell(subscribers=len(self.subscribers))
        while await reader.read(4096):
            pass
        self.subscribers.discard(writer)
        tell(subscribers=len(self.subscribers))

    async def pull(self, reader, writer):
        unpacker = msgpack.Unpacker(raw=True)
        while chunk := await reader.read(4096):
            unpacker.feed(chunk)
            for frame in unpacker:
                body = frame[b"body"]
                tag, _, data = body.partition(b"\n\n")
                unpacked = msgpack.unpackb(data, raw=False, ext_hook=lambda code, data: [code, data.hex()])
                tell(pulled=tag.decode(), data=unpacked)
                self.send(self.frame(body))


def tell(**what):
    print(json.dumps(what, default=repr), flush=True)


async def commands(bus):
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=2**27)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        command = json.loads(line)
        # A new connection may not be registered yet, and events are not kept for it.
        while not bus.subscribers:
            await asyncio.sleep(0.01)
        if "fire" in command:
            bus.fire(*command["fire"])
        elif "hex" in command:
            bus.send(bytes.fromhex(command["hex"]))
        elif "large" in command:
            bus.fire("too/large", {"text": "x" * command["large"]})
        else:
            for number in range(command["count"]):
                bus.fire(f"{command['tag']}/{number}", {"number": number})


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("sock_dir")
    parser.add_argument("prefix", nargs="?", default="master_event")
    parser.add_argument("--framing", default="new")
    options = parser.parse_args()
    bus = Bus(options.framing)
    for name, serve in (("pull", bus.pull), ("pub", bus.subscribe)):
        path = os.path.join(options.sock_dir, f"{options.prefix}_{name}.ipc")
        if os.path.exists(path):
            os.unlink(path)
        await asyncio.start_unix_server(serve, path)
    tell(ready=True)
    await commands(bus)


asyncio.run(main())
