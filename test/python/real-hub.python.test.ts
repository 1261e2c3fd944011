import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Client, connect } from '../../src/client/index.js'
import { TocsinError } from '../../src/errors/tocsin-error.js'
import { method } from '../../src/methods/method.js'
import * as ncs from '../../src/protocols/ncs/client/ncs.js'
import { producer } from '../../src/protocols/ncs/client/producer.js'
import { type TypePatterns, TypeRegistry } from '../../src/types/index.js'
import { type Fixture, startFixture } from '../faces/native/fixture.js'
import { samples } from '../protocols/ncs/samples.js'
import { PythonProgram, packages, shims } from './python.js'

/** The Python modules against the hub itself. */

const START = `
import json, select, socket, sys
import _ncs, ncs
from _ncs import events
def tell(value): print(json.dumps(value, default=str))
def connect(mask, **more):
    sock = socket.socket(socket.AF_UNIX)
    events.notifications_connect2(sock, mask, events.NotificationsData(**more), path=_ncs.PATH)
    return sock
`

/** Of a transaction of another program than the hub. */
const UNKNOWN = 99

let hub: Fixture
let client: Client
let types: readonly TypePatterns[]

beforeEach(async () => {
  const diff = method({
    name: 'ncs.diff',
    right: 'monitor',
    summary: 'x',
    params: z.object({ thandle: z.int(), usid: z.int() }),
    result: z.unknown(),
    run: async (_call, { thandle }) => {
      if (thandle === UNKNOWN) throw new TocsinError('TCN_NCS_TRANSACTION', `no transaction ${thandle} waits`)
      return [{ path: '/log/retention', op: ncs.MOP_VALUE_SET, old: '7d', new: '1d' }]
    },
  })
  types = [['disk.report', 'disk/*']]
  hub = await startFixture({
    methods: [diff],
    busLimits: { gateDeadline: 60_000 },
    typePatterns: () => types,
  })
  client = await connect({ address: `unix:${hub.path}` })
})

afterEach(async () => {
  await client.close()
  await hub.close()
})

const python = (program: string) =>
  new PythonProgram(START + program, {
    env: { PYTHONPATH: `${packages}:${shims}`, NCS_IPC_PATH: hub.path },
  })

describe('the Python modules and the hub', () => {
  it('every kind of notification arrives as it was published', async () => {
    // Types whose payload Python gives as objects: attributes take the place of keys.
    const program = python(`
sock = connect(int(sys.stdin.readline()))
print(json.dumps("ready"))
for _ in range(int(sys.stdin.readline())):
    found = events.read_notification(sock)
    progress = found.get("progress", {})
    if "attributes" in progress:
        progress["attributes"] = [progress["attributes"][n] for n in range(progress["num_attributes"])]
    print(json.dumps(found, default=lambda each: each.__dict__))
    if found["type"] == events.NOTIF_COMMIT_DIFF:
        events.diff_notification_done(sock, found["commit_diff"]["tctx"])
`)
    program.say(String(samples.reduce((mask, { type }) => (mask | type) >>> 0, 0)))
    await program.tells(1)
    program.say(String(samples.length))
    const { publishNotification } = producer(client)
    for (const sample of samples) expect((await publishNotification(sample)).missing).toEqual([])
    const [, ...told] = await program.result()
    // A step of progress has two types, of which the lower one counts; times of queue items are objects.
    const plain = ({ type: _, ...rest }: Record<string, unknown>) => rest
    for (const [n, sample] of samples.entries()) {
      const expected =
        'cq_progress' in sample
          ? { ...sample, cq_progress: { ...sample.cq_progress, timestamp: expect.anything() } }
          : sample
      expect(plain(told[n] as Record<string, unknown>)).toMatchObject(plain(expected))
    }
  })

  it('a program that reads the changes of every transaction goes on where only the publisher knows them', async () => {
    const program = python(`
import warnings
warnings.simplefilter("default")
sock = connect(events.NOTIF_COMMIT_DIFF)
tell("ready")
tctx = events.read_notification(sock)["commit_diff"]["tctx"]
ncs.maapi.Maapi().attach(tctx).diff_iterate(lambda *change: tell("a change"), 0)
events.diff_notification_done(sock, tctx)
tell("done")
`)
    await program.tells(1)
    const uinfo = samples.flatMap((each) => ('commit_diff' in each ? [each.commit_diff.uinfo] : []))[0]
    const commit_diff = { database: 2, flags: 0, uinfo, tctx: { thandle: UNKNOWN, dbname: 2, usid: 12 } }
    const notification = { type: ncs.NOTIF_COMMIT_DIFF, commit_diff } as const
    expect((await producer(client).publishNotification(notification)).missing).toEqual([])
    expect(await program.result()).toEqual(['ready', 'done'])
    expect(program.stderr).toMatch(/the changes of the transaction \d+ are known to its publisher only/)
  })

  it('an answer of the program lets the publisher go on', async () => {
    const program = python(`
mask = events.NOTIF_AUDIT | events.NOTIF_AUDIT_SYNC | events.NOTIF_COMMIT_DIFF
sock = connect(mask)
tell("ready")
found = events.read_notification(sock)
tell(found["audit"])
events.sync_audit_notification(sock, found["audit"]["usid"])
found = events.read_notification(sock)["commit_diff"]
ncs.maapi.Maapi().attach(found["tctx"]).diff_iterate(lambda *change: tell([str(part) for part in change]), _ncs.ITER_WANT_PREV)
events.diff_notification_done(sock, found["tctx"])
`)
    await program.tells(1)
    const { publishNotification } = producer(client)
    const audit = { logno: 1, user: 'admin', msg: 'logged in', usid: 12 }
    expect(await publishNotification({ type: ncs.NOTIF_AUDIT, audit })).toMatchObject({
      acknowledged: [expect.any(String)],
      missing: [],
    })
    const uinfo = {
      username: 'admin',
      usid: 12,
      context: 'cli',
      proto: 2,
      addr: '',
      af: 0 as const,
      port: 0,
      logintime: 0,
      lmode: 0,
      flags: 0,
    }
    const commit_diff = { database: 2, flags: 0, uinfo, tctx: { thandle: 3, dbname: 2, usid: 12 } }
    expect(await publishNotification({ type: ncs.NOTIF_COMMIT_DIFF, commit_diff })).toMatchObject({
      missing: [],
    })
    expect(await program.result()).toEqual(['ready', audit, ['/log/retention', '4', '7d', '1d']])
  })

  it('heartbeats come at their interval, and nothing else wakes select', async () => {
    const program = python(`
sock = connect(events.NOTIF_HEARTBEAT, heartbeat_interval=1)
for _ in range(2):
    select.select([sock], [], [])
    sock.setblocking(False)
    tell(events.read_notification(sock)["type"] == events.NOTIF_HEARTBEAT)
`)
    expect(await program.result()).toEqual([true, true])
  })

  it('a refusal of the hub is an error', async () => {
    const program = python(`
for more in ({}, {"stream_name": "no-such"}):
    try:
        connect(events.NOTIF_STREAM_EVENT, **more)
    except _ncs.error.Error as error:
        tell([error.confd_errno, error.code])
`)
    expect(await program.result()).toEqual([
      [21, 'TCN_PROTOCOL_BODY'],
      [1, 'TCN_NCS_STREAM'],
    ])
  })

  it('the stop of the hub is the end', async () => {
    const program = python(`
sock = connect(1)
tell("ready")
try:
    events.read_notification(sock)
except _ncs.error.EOF:
    tell("EOF")
`)
    await program.tells(1)
    await hub.close()
    expect(await program.result()).toEqual(['ready', 'EOF'])
    hub = await startFixture()
  })

  it('a stream is replayed with the same values as in the library, filtered and ended', async () => {
    const data = {
      name: 'sda',
      full: true,
      free: [0.5, 1e-7, 3, 1e21],
      parts: [{ n: 1 }, [2, [3]]],
      none: null,
      empty: {},
      'a b': Uint8Array.of(1, 2),
      _x_: new Date(1_795_000_000_123),
      big: 2n ** 60n,
    }
    hub.bus.emit({ tag: 'disk/0', data: { name: 'sdb' } })
    hub.bus.emit({ tag: 'disk/1', data })
    const start_time = '2026-01-31T00:00:00Z'
    const program = python(`
sock = connect(events.NOTIF_STREAM_EVENT, stream_name="NETCONF", start_time=_ncs.Value(_ncs.DateTime(2026, 1, 31, 0, 0, 0, 0, 0, 0), _ncs.C_DATETIME), xpath_filter="/*[name = 'sda']")
found = events.read_notification(sock)["stream"]
tell([found["type"], str(found["event_time"]), [[_ncs.hash2str(v.ns), str(v), v.v.confd_type(), str(v.v)] for v in found["values"]]])
tell(events.read_notification(sock)["stream"]["type"])
for more in ({"stream_name": "nothing"}, {"stream_name": "NETCONF", "usid": 5}, {"stream_name": "NETCONF", "xpath_filter": " "}):
    try:
        connect(events.NOTIF_STREAM_EVENT, **more)
    except _ncs.error.Error as error:
        tell(error.confd_errno)
`)
    const sock = ncs.socket(ncs.AF_UNIX)
    const options = new ncs.NotificationsData({
      stream_name: 'NETCONF',
      start_time,
      xpath_filter: "/*[name = 'sda']",
    })
    await ncs.notificationsConnect2(sock, { mask: ncs.NOTIF_STREAM_EVENT, data: options, path: hub.path })
    const n = await ncs.readNotification(sock)
    sock.close()
    if (n.type !== ncs.NOTIF_STREAM_EVENT) throw new Error(`type ${n.type} came`)
    const [[type, , values], replayed, ...errors] = (await program.result()) as [
      [number, string, unknown[]],
      number,
      ...number[],
    ]
    const types = { begin: 32, end: 33, leaf: 5, list: 31, empty: 2, delete: 1 }
    const wanted = n.stream.values?.map(({ ns, tag, kind, value }) => [ns, tag, types[kind], value ?? tag])
    expect([type, replayed, errors]).toEqual([1, 3, [1, 22, 50]])
    expect(values).toEqual(wanted)
    expect(wanted?.[0][1]).toBe('disk.report')
  })

  it('events of a stream are named by new types after these have changed', async () => {
    const program = python(`
sock = connect(events.NOTIF_STREAM_EVENT, stream_name="NETCONF")
tell("connected")
for _ in range(2): tell(str(events.read_notification(sock)["stream"]["values"][0]))
`)
    await program.tells(1)
    hub.bus.emit({ tag: 'disk/1', data: {} })
    await program.tells(2)
    types = [['disk.other', 'disk/*']]
    hub.bus.emit({ tag: 'disk/1', data: {} })
    expect(await program.result()).toEqual(['connected', 'disk.report', 'disk.other'])
  })

  it('types of tags are found as the hub finds them', async () => {
    const words = ['a', 'b', 'ab', 'a1', 'b22', 'x1y', '']
    const patterns: TypePatterns[] = [
      ['t.one', 'a/*', 'a/b', 'a/*/a'],
      ['t.two', 'a/b#', 'a/b*', 'b/**'],
      ['t.three', 'b/a*', 'b/x#y/*', '/a'],
      ['t.four', '*/b', '*/a1/**'],
    ]
    const registry = new TypeRegistry(patterns.map(([type, ...tags]) => ({ type, tags })))
    const three = words.flatMap((one) => words.flatMap((two) => words.map((end) => `${one}/${two}/${end}`)))
    const tags = [...words, ...words.flatMap((one) => words.map((two) => `${one}/${two}`)), ...three]
    const program = new PythonProgram(
      `
import json, sys
from tocsin.ncs.tag_types import TagTypes
patterns, tags = json.load(sys.stdin)
types = TagTypes(patterns)
print(json.dumps([types.of_tag(tag) for tag in tags]))
`,
    )
    program.say(JSON.stringify([patterns, tags]))
    program.child.stdin!.end()
    expect(await program.result()).toEqual([tags.map((tag) => registry.typeOf(tag))])
  })
})
