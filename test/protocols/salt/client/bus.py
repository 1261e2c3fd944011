"""An event bus like Salt's, written from the reference with only asyncio and msgpack: forwards pull to every pub.

bus.py PUB PULL [--old]; an address is a path or a port. --old writes frames like buses of 2016: body first, as raw text.
Prints `ready`, `subscribed` for each subscriber, and `pulled <hex>` for each frame.
"""

import asyncio
import os
import sys

import msgpack

subscribers = set()
old = "--old" in sys.argv


def say(*words):
    print(*words, flush=True)


def framed(body):
    if old:
        return msgpack.packb({"body": body, "head": {}}, use_bin_type=False)
    return msgpack.packb({"head": {}, "body": body}, use_bin_type=True)


async def on_pull(reader, writer):
    unpacker = msgpack.Unpacker(raw=False, max_buffer_size=2**27)
    while chunk := await reader.read(4096):
        unpacker.feed(chunk)
        for frame in unpacker:
            say("pulled", msgpack.packb(frame, use_bin_type=True).hex())
            for subscriber in list(subscribers):
                subscriber.write(framed(frame["body"]))


async def on_pub(reader, writer):
    subscribers.add(writer)
    say("subscribed")
    await reader.read()
    subscribers.discard(writer)
    writer.close()


async def listen(handler, address):
    if address.isdigit():
        return await asyncio.start_server(handler, "127.0.0.1", int(address))
    if os.path.exists(address):
        os.unlink(address)
    return await asyncio.start_unix_server(handler, address)


async def main():
    servers = [await listen(on_pub, sys.argv[1]), await listen(on_pull, sys.argv[2])]
    say("ready")
    await asyncio.gather(*(server.serve_forever() for server in servers))


asyncio.run(main())
