import { describe, expect, it } from 'vitest'
import { parseStrictJson } from '../../src/event/json/strict.js'
import type { NcsNotification } from '../../src/protocols/ncs/notifications/notification.js'
import { publicationOf } from '../../src/protocols/ncs/notifications/publication.js'
import { notificationOf } from '../../src/protocols/ncs/notifications/read.js'
import { packages, runPython, shims } from './python.js'

/** Objects as the vendor's module documents them, which are others than those of the project's own module. */
const START = `
import json, os, sys, time
from enum import IntEnum
from types import SimpleNamespace as Thing
from tocsin.ncs.attach.lines import Behind, Lines, encoded
from tocsin.ncs.attach.plain import microseconds, plain_notification
from tocsin.ncs.attach.program import Answers
from tocsin.ncs.attach.stream_xml import stream_xml
def tell(value): print(json.dumps(value))
def at(**more): return Thing(**{**dict(year=2026, month=1, day=31, hour=6, min=0, sec=0, micro=250, timezone=0, timezone_minutes=0), **more})
user = Thing(username="admin", usid=7, context="cli", clearpass="secret", proto=2, addr="10.0.0.1", af=2, port=22, logintime=1700000000, lmode=0, snmp_v3_ctx="", flags=0, actx_thandle=-1)
class Value:
    def __init__(self, kind, value=""): self.kind, self.value = kind, value
    def confd_type(self): return self.kind
    def as_pyval(self): return self.value
    def as_list(self): return self.value
    def val2str(self, node): return f"{node}={self.value}"
    def __str__(self): return str(self.value)
`

const python = (body: string) => runPython(START + body, { env: { PYTHONPATH: `${packages}:${shims}` } })

/** Checks a notification as the hub does, and returns the data of its event. */
function dataOf(notification: unknown): unknown {
  const { data } = publicationOf(notification as NcsNotification)
  expect(notificationOf((notification as { type: number }).type, data)).toBeDefined()
  return data
}

describe('a notification of the vendor’s module', () => {
  it('has its objects as plain values that the hub accepts', async () => {
    const [commit, diff, walk] = await python(`
tell(plain_notification({"type": 8, "commit": {"database": 2, "diff_available": 1, "flags": 0, "uinfo": user}}))
tell(plain_notification({"type": 16, "commit_diff": {"database": 2, "flags": 0, "uinfo": user, "tctx": Thing(th=77, fd=3), "label": None}}))
tell(plain_notification({"type": 16777216, "progress": {
    "type": 2, "timestamp": 1 << 60, "duration": 250, "trace_id": "a", "span_id": "b", "parent_span_id": None, "usid": -1, "tid": 3,
    "datastore": 2, "num_attributes": 2, "attributes": {"service": "vpn", "tries": 3}, "num_links": 1, "links": [Thing(trace_id="c", span_id="d")]}}))
`)
    expect(JSON.stringify(commit)).not.toContain('secret')
    expect(dataOf(commit)).toMatchObject({
      diff_available: true,
      uinfo: { username: 'admin', addr: '10.0.0.1' },
    })
    expect(dataOf(diff)).toMatchObject({ tctx: { thandle: 77, dbname: 2, usid: 7 } })
    expect(dataOf(diff)).not.toHaveProperty('label')
    expect(dataOf(walk)).toMatchObject({
      timestamp: 2n ** 60n,
      usid: 0,
      num_attributes: 2,
      attributes: [
        { name: 'service', type: 1, string: 'vpn' },
        { name: 'tries', type: 2, number: 3 },
      ],
      links: [{ trace_id: 'c', span_id: 'd' }],
    })
  })

  it('may have times, values, and the names of older versions', async () => {
    const [item, ha, home, trap, log] = await python(`
tell(plain_notification({"type": 4194304, "cq_progress": {"type": 4, "timestamp": at(), "cq_id": 5, "cq_tag": None,
    "completed_services": [Value(5, "/vpn{a}")], "completed_services_completed_devices": [["r1", "r2"]]}}))
class Kind(IntEnum): DIED = 2
tell(plain_notification({"type": 64, "hnot": {"type": Kind.DIED, "slave_died": {"nodeid": "n", "af": 0, "str": "x"}}}))
tell(plain_notification({"type": 33554432, "call_home": {"type": 2, "device": None, "af": 2, "ip4": "10.0.0.1", "port": 4334, "ssh_host_key": "k", "ssh_key_alg": "ssh-ed25519"}}))
tell(plain_notification({"type": 512, "snmpa": {"pdu_type": 2, "request_id": 1, "error_status": 0, "error_index": 0, "port": 162, "af": 2, "ip4": "10.0.0.1",
    "vb": [Thing(type=1, name="sysUpTime", vartype=7, val=Value(12, 100))], "generic_trap": None}}))
tell(plain_notification({"type": 2, "syslog": {"prio": 14, "logno": 1, "msg": "x" * 70000}}))
`)
    expect(dataOf(item)).toMatchObject({ timestamp: 1769839200000250, completed_services: ['/vpn{a}'] })
    expect(dataOf(ha)).toEqual({ type: 2, secondary_died: { nodeid: 'n', af: 0, str: 'x' } })
    expect(dataOf(home)).toEqual({
      ...{ type: 2, af: 2, ip4: '10.0.0.1', port: 4334 },
      ...{ ssh_host_key: 'k', ssh_key_alg: 'ssh-ed25519' },
    })
    expect(dataOf(trap)).toMatchObject({ vb: [{ type: 1, name: 'sysUpTime', value_type: 7, value: '100' }] })
    expect((dataOf(log) as { msg: string }).msg).toMatch(/^x{65000}… \(70000 characters\)$/)
  })

  it('has texts that are cut where the hub counts them as too long', async () => {
    const [log, short] = await python(`
tell(plain_notification({"type": 2, "syslog": {"prio": 14, "logno": 1, "msg": "x" + "😀" * 40000}}))
tell(plain_notification({"type": 2, "syslog": {"prio": 14, "logno": 1, "msg": "😀" * 32500}}))
`)
    expect((dataOf(log) as { msg: string }).msg).toMatch(/^x(😀){32499}… \(40001 characters\)$/u)
    expect((dataOf(short) as { msg: string }).msg).toHaveLength(65_000)
  })

  it('has times of every zone in UTC', async () => {
    const times = await python(`
for zone, minutes in ((0, 0), (-111, 0), (2, 0), (5, 30), (-3, 30), (-3, -30)):
    tell(microseconds(at(timezone=zone, timezone_minutes=minutes, micro=0)))
`)
    const utc = Date.UTC(2026, 0, 31, 6) * 1000
    expect(times.map((time) => ((time as number) - utc) / 60e6)).toEqual([0, 0, -120, -330, 210, 210])
  })
})

describe('an event of a stream', () => {
  const VENDOR = `
names = {1: "urn:a", 2: "urn:b", 10: "link", 11: "state", 12: "up", 13: "vlan", 14: "since"}
class Node:
    def __init__(self, tag): self.number = tag
    def tag(self): return self.number
    def next(self): return Node(self.number + 1) if self.number < 20 else None
    def __str__(self): return f"node{self.number}"
class Module:
    C_NOEXISTS, C_XMLTAG, C_LIST, C_XMLBEGIN, C_XMLEND, C_XMLBEGINDEL = 1, 2, 31, 32, 33, 45
    XmlTag = staticmethod(lambda ns, tag: Thing(ns=ns, tag=tag))
    find_cs_root = staticmethod(lambda ns: Node(9))
    find_cs_node_child = staticmethod(lambda above, tag: Node(tag.tag) if tag.tag == 11 else None)
vendor = Thing(module=Module, name_of=lambda number: names.get(number, str(number)))
def tag(ns, number, kind, value=""): return Thing(ns=ns, tag=number, v=Value(kind, value))
def xml(*values, **more): return stream_xml(vendor, {"type": 1, "event_time": at(**more), "values": list(values)})
def fails(*values):
    try: xml(*values)
    except ValueError as error: return str(error)
`
  it('is a notification of NETCONF with namespaces, and names of the schema', async () => {
    const [event, empty] = await python(`${VENDOR}
tell(xml(tag(1, 10, 32), tag(1, 11, 28, 3), tag(2, 12, 2), tag(1, 13, 31, [Value(8, 1), Value(8, 2)]), tag(1, 14, 19, at(micro=0)), tag(1, 99, 5, "<&>\\x00\\ud800"), tag(1, 10, 33)))
tell(xml(tag(1, 10, 2), micro=0, timezone=-3, timezone_minutes=30))
`)
    expect(event).toBe(
      '<notification xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"><eventTime>2026-01-31T06:00:00.000250Z</eventTime>' +
        '<link xmlns="urn:a"><state>node11=3</state><up xmlns="urn:b"/><vlan>1</vlan><vlan>2</vlan>' +
        '<since>2026-01-31T06:00:00Z</since><99>&lt;&amp;&gt;\uFFFD\uFFFD</99></link></notification>',
    )
    expect(empty).toContain('<eventTime>2026-01-31T06:00:00-03:30</eventTime><link xmlns="urn:a"/>')
  })

  it('whose elements do not fit together is none', async () => {
    const faults = await python(`${VENDOR}
tell(fails())
tell(fails(tag(1, 10, 32)))
tell(fails(tag(1, 10, 33)))
`)
    expect(faults).toEqual([
      'an event of a stream has 0 values',
      'an event of a stream does not end all elements that it has begun',
      'an event of a stream ends an element that it has not begun',
    ])
  })
})

it('an answer is given once, and in time without the hub', async () => {
  const told = await python(`
answers, given = Answers(), []
first = answers.owe(lambda: given.append(1))
second = answers.owe(lambda: given.append(2))
answers.give(second)
answers.give(second)
answers.give("x")
tell(given)
real = time.monotonic
time.monotonic = lambda: real() + 99
answers.give_late()
tell([given, 0 < answers.patience() <= 1])
time.monotonic = lambda: real() + 101
tell(answers.patience())
answers.give_late()
tell(given)
numbers = [answers.owe(lambda: given.append(3)) for _ in range(1001)]
tell([numbers[-1], given])
`)
  expect(told).toEqual([[2], [[2], true], 0, [2, 1], [null, [2, 1, 3]]])
})

it('an NSO that gives no sign of life is lost, and one that ends too', async () => {
  const told = await python(`
import socket
from tocsin.ncs.attach import program as module
module._SILENT = 0.5
def lost(read):
    here, there = socket.socketpair()
    vendor = Thing(mask=lambda names: (1, []), bit=lambda name: 8192, connect=lambda mask, stream=None: here, loaded=0.0, is_loading=False, loads_for=0.0)
    vendor.events = Thing(read_notification=read)
    there.send(b"x")
    running = module.Program(vendor, {"mask": ["AUDIT"]}, Thing(put=tell))
    running.connect()
    try: running.run()
    except module.Lost as error: tell(str(error))
def beat(sock):
    sock.recv(1)
    return {"type": 8192}
def end(sock): raise OSError("closed")
lost(beat)
lost(end)
`)
  expect(told).toEqual([
    { connected: { unknown: [] }, at: expect.any(Number) },
    { alive: true, at: expect.any(Number) },
    'there is no sign of life',
    { connected: { unknown: [] }, at: expect.any(Number) },
    'the connection was lost: closed',
  ])
})

describe('the schema', () => {
  /** The vendor with a module that knows the names of `schema` once it has loaded them. */
  const VENDOR = `
import socket, threading
from types import ModuleType
from tocsin.ncs.attach import vendor as module
from tocsin.ncs.attach.program import Program
names, schema = {}, {1: "urn:a", 10: "link"}
made = ModuleType("_made")
made.__dict__.update(C_NOEXISTS=1, C_XMLTAG=2, C_LIST=31, C_XMLBEGIN=32, C_XMLEND=33, C_XMLBEGINDEL=45, hash2str=names.get)
events, maapi = ModuleType("_made.events"), ModuleType("_made.maapi")
maapi.__dict__.update(connect=lambda sock, path: None, load_schemas=lambda sock: load(sock))
sys.modules.update({"_made": made, "_made.events": events, "_made.maapi": maapi})
vendor = module.Vendor({"module": "_made", "path": "/nowhere"})
link = {"type": 1, "event_time": at(), "values": [Thing(ns=1, tag=10, v=Value(2))]}
def run(found, put):
    """Runs a program that reads this from NSO, the first of it from the socket of notifications."""
    hub, writing = os.pipe()
    os.dup2(hub, 0)
    ours, theirs = zip(*(socket.socketpair() for _ in found))
    unused = iter(ours)
    vendor.connect = lambda mask, stream=None: next(unused)
    events.read_notification = lambda sock: sock.recv(1) and found[ours.index(sock)]
    for each in theirs: each.send(b"x")
    running = Program(vendor, {"mask": [], "streams": [{"name": f"s{nth}"} for nth in range(1, len(found))]}, Thing(put=lambda line: put(line, writing)))
    running.connect()
    running.run()
`
  it('may take long to load: NSO gets its answers meanwhile, and streams are read afterwards', async () => {
    const told = await python(`${VENDOR}
answered = threading.Event()
events.diff_notification_done = lambda sock, tctx: answered.set()
def load(sock):
    tell(answered.wait(20))
    names.update(schema)
def put(line, hub):
    tell([*line])
    if "answer" in line: os.write(hub, b'{"answered":%d}\\n' % line["answer"])
    if "stream" in line: os.close(hub)
run([{"type": 16, "commit_diff": {"database": 2, "tctx": Thing(thandle=1)}}, {"stream": link}], put)
`)
    expect(told).toEqual([
      ['connected', 'at'],
      ['answer', 'notification', 'at', 'streams'],
      true,
      ['stream', 'xml'],
    ])
  })

  it('is loaded again for a name that it does not have, and once only for one that it will never have', async () => {
    const told = await python(`${VENDOR}
module._LOAD_AGAIN = 0.0
loads = []
def load(sock):
    loads.append(len(loads))
    names.update(schema if loads == [0] else {**schema, 20: "vlan"})
def event(number): return {"stream": {**link, "values": [Thing(ns=1, tag=number, v=Value(2))]}}
lines = []
def put(line, hub):
    lines.append(line)
    if len(lines) == 6: os.close(hub)
run([{"type": 1, "audit": {}}, event(20), event(10), event(30), event(30)], put)
tell([line["xml"].split("</eventTime><")[1].split(" ")[0] for line in lines if "xml" in line])
tell(loads)
`)
    expect(told).toEqual([
      ['vlan', 'link', '30', '30'],
      [0, 1, 2],
    ])
  })
})

it('what the program cannot make a line of is one that says so, and NSO goes on', async () => {
  const told = await python(`
from tocsin.ncs.attach.program import Program
class Odd(Exception): pass
class Strange:
    def __str__(self): raise Odd("of the module")
answered = []
events = Thing(diff_notification_done=lambda sock, tctx: answered.append(tctx), sync_ha_notification=lambda sock: answered.append("ha"))
lines = Thing(put=tell)
running = Program(Thing(events=events, bit=lambda name: 1, module=None), {}, lines)
running._mask = 1
running._take(None, {"type": 16, "commit_diff": {"database": 2}})
running._take(None, {"type": 16, "commit_diff": {"database": Strange(), "tctx": 7}})
running._take_event("s", {"type": 1, "values": [1], "event_time": Strange()})
running._take_event("s", {"type": 1, "values": 5})
running._take_event("s", {"type": 3})
tell(answered)
class Full(Exception): pass
def full(line): raise Full()
lines.put = full
try: running._take_event("s", {"type": 3})
except Full: tell("full")
`)
  expect(told).toEqual([
    { unreadable: "KeyError: 'tctx'" },
    { unreadable: 'Odd: of the module' },
    { unreadable: expect.stringMatching(/^s: \w+: /) },
    { unreadable: expect.stringMatching(/^s: TypeError: /) },
    { stream: 's', over: 'replay', at: expect.any(Number) },
    [7],
    'full',
  ])
})

it('NSO does not wait for an answer to a notification that is too long', async () => {
  const told = await python(`
from tocsin.ncs.attach.program import Program
reading, writing = os.pipe()
answered = []
events = Thing(diff_notification_done=lambda sock, tctx: answered.append(tctx))
running = Program(Thing(events=events, bit=lambda name: 0), {}, Lines(writing))
for labels, tctx in (([], 1), (["x" * 60_000] * 100, 2)):
    running._take(None, {"type": 16, "commit_diff": {"database": 2, "tctx": tctx, "labels": labels}})
tell(answered)
sys.stdout.flush()
os._exit(0)
`)
  expect(told).toEqual([[2]])
})

it('a hub that takes nothing does not hold up NSO: the program ends', async () => {
  const [count, last] = (await python(`
reading, writing = os.pipe()
lines = Lines(writing)
try:
    for count in range(1000): lines.put({"unreadable": "x" * (1 << 20)})
except Behind as error:
    tell(count)
    tell(str(error))
    sys.stdout.flush()
os._exit(0)
`)) as [number, string]
  expect(count).toBeGreaterThan(20)
  expect(count).toBeLessThan(40)
  expect(last).toBe('the hub has not taken notifications for too long')
})

it('a hub that takes nothing does not get the last line either, which the program knows', async () => {
  const [isTaken, isTakenByReader] = await python(`
from tocsin.ncs.attach import lines as module
module._LAST = 0.2
reading, writing = os.pipe()
lines = Lines(writing)
lines.put({"unreadable": "x" * (1 << 20)})
tell(lines.fail("gone"))
reading, writing = os.pipe()
tell(Lines(writing).fail("gone"))
sys.stdout.flush()
os._exit(0)
`)
  expect([isTaken, isTakenByReader]).toEqual([false, true])
})

it('a line has only what the hub accepts, whatever the texts and numbers of a device are', async () => {
  const [line] = await python(`
notification = plain_notification({"type": 1, "audit": {"msg": "a\\ud800\\ud83d\\ude00\\udc00", "half\\udfff": float("nan"), "more": [float("-inf"), 0.5]}})
tell(encoded({"answer": 7, "notification": notification}).decode())
`)
  const text = String(line)
  expect(text.startsWith('{"answer":7,')).toBe(true)
  expect(parseStrictJson(text)).toEqual({
    answer: 7,
    notification: {
      type: 1,
      audit: { msg: 'a\uFFFD\u{1F600}\uFFFD', 'half\uFFFD': 'nan', more: ['-inf', 0.5] },
    },
  })
})

it('a notification that is too long is said to be', async () => {
  const [line] = await python(`
reading, writing = os.pipe()
Lines(writing).put({"stream": "s", "xml": "x" * (5 << 20)})
tell(json.loads(os.read(reading, 65536)))
os._exit(0 if sys.stdout.flush() is None else 1)
`)
  expect(line).toEqual({ unreadable: expect.stringMatching(/^a notification of \d{7} bytes is too long$/) })
})
