import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as C from '../../src/protocols/ncs/constants/events.js'
import { NcsHub } from './ncs-hub.js'
import { audit, environmentOf, startProgram, uinfo } from './ncs-program.js'
import { PythonProgram, packages, runPython, shims } from './python.js'

let hub: NcsHub
beforeEach(async () => {
  hub = await NcsHub.start()
})
afterEach(() => hub[Symbol.asyncDispose]())

const env = () => environmentOf(hub)
const python = (program: string) => startProgram(hub, program)

it('every module that the vendors document can be imported', async () => {
  const program = python(`
import importlib
names = "alarm application cdb dp error events experimental ha log maagic maapi progress service_log template upgrade util"
for package in ("ncs", "confd"):
    for name in names.split(): importlib.import_module(f"{package}.{name}")
for name in "cdb dp error events ha maapi".split(): importlib.import_module(f"_ncs.{name}")
import ncs, ncs.events
from _ncs import stream_connect
tell([ncs.events is _ncs.events, ncs.error.Error is _ncs.error.Error, ncs.LIB_VSN == _ncs.LIB_API_VSN, failure(stream_connect)])
`)
  expect(await program.result()).toEqual([[true, true, true, 'NotImplementedError']])
})

describe('notifications', () => {
  it('have the lowest bit that the mask asks for as their type, never a modifier', async () => {
    const program = python(`
sock = connect(events.NOTIF_PROGRESS | events.NOTIF_AUDIT | events.NOTIF_AUDIT_SYNC | events.NOTIF_SYSTEM_GOING_DOWN)
for _ in range(3): tell(events.read_notification(sock))
sock = connect(events.NOTIF_PROGRESS | events.NOTIF_COMMIT_PROGRESS)
tell(events.read_notification(sock)["type"])
`)
    const peer = await hub.peer()
    peer.notify(C.NOTIF_PROGRESS | C.NOTIF_COMMIT_PROGRESS, { type: 1 })
    peer.notify(C.NOTIF_AUDIT | C.NOTIF_AUDIT_SYNC, audit)
    peer.notify(C.NOTIF_SYSTEM_GOING_DOWN)
    ;(await hub.peer(1)).notify(C.NOTIF_PROGRESS | C.NOTIF_COMMIT_PROGRESS, { type: 1 })
    expect(await program.result()).toEqual([
      { type: C.NOTIF_PROGRESS, progress: { type: 1 } },
      { type: C.NOTIF_AUDIT, audit },
      { type: C.NOTIF_SYSTEM_GOING_DOWN },
      C.NOTIF_COMMIT_PROGRESS,
    ])
  })

  it('have attributes and links of a span in both forms that programs read', async () => {
    const program = python(`
progress = events.read_notification(connect(events.NOTIF_PROGRESS))["progress"]
attributes, links = progress["attributes"], progress["links"]
tell([attributes[1]["name"], attributes["count"], attributes.get("device"), attributes.get("none"), len(attributes)])
tell([links[0]["trace_id"], links[0].trace_id, getattr(links[0], "other", "missing")])
tell(attributes.popitem())
`)
    const attributes = [
      { name: 'device', type: 1, string: 'r1' },
      { name: 'count', type: 2, number: 5 },
    ]
    const links = [{ trace_id: 'a', span_id: 'b' }]
    const peer = await hub.peer()
    peer.notify(C.NOTIF_PROGRESS, { type: 1, num_attributes: 2, attributes, num_links: 1, links })
    expect(await program.result()).toEqual([
      ['count', 5, 'r1', null, 2],
      ['a', 'a', 'missing'],
      ['count', 5],
    ])
  })

  it('have the objects that programs expect', async () => {
    const program = python(`
sock = connect(0x3fffffff, heartbeat_interval=1, health_check_interval=1, stream_name="s")
info = events.read_notification(sock)["user_sess"]["uinfo"]
tell([info.username, info.usid, info.proto, info.addr, info.af == socket.AF_INET, info.port, info.clearpass])
stream = events.read_notification(sock)["stream"]
time = stream["event_time"]
tell([time.year, time.month, time.day, time.hour, time.min, time.sec, time.micro, time.timezone])
values = stream["values"]
tell([[str(v), v.v.confd_type(), str(v.v), _ncs.hash2str(v.ns), _ncs.ns2prefix(v.ns), _ncs.hash2str(v.tag)] for v in values])
tell([values[1].v.val2str((values[0].ns, "/a/b")), values[1].v.as_pyval(), values[3].v.as_pyval(), values[0].ns == _ncs.str2hash("http://example.com/ns/link")])
failed = events.read_notification(sock)["stream"]
tell([failed["error"], failed["replay_error"]])
ha = events.read_notification(sock)["hnot"]
tell([ha["secondary_died"]["nodeid"], ha["slave_died"]["ip6"], ha["slave_died"]["af"] == socket.AF_INET6])
tell(events.read_notification(sock)["cq_progress"]["timestamp"].year)
`)
    const peer = await hub.peer()
    peer.notify(C.NOTIF_USER_SESSION, { type: 1, uinfo, database: 0 })
    const ns = 'http://example.com/ns/link'
    const values = [
      { ns, tag: 'link', kind: 'begin' },
      { ns, tag: 'state', kind: 'leaf', value: 'up' },
      { ns, tag: 'loud', kind: 'empty' },
      { ns, tag: 'peers', kind: 'list', value: 'a b' },
      { ns, tag: 'old', kind: 'delete' },
      { ns, tag: 'link', kind: 'end' },
    ]
    const event_time = '2026-11-21T12:00:00.25+02:00'
    peer.notify(C.NOTIF_STREAM_EVENT, { type: 1, event_time, values }, { flags: 2 })
    peer.notify(C.NOTIF_STREAM_EVENT, { type: 4, replay_error: 'too old' }, { flags: 2 })
    peer.notify(C.NOTIF_HA_INFO, { type: 2, secondary_died: { nodeid: 'n2', af: 10, ip6: '::1' } })
    peer.notify(C.NCS_NOTIF_CQ_PROGRESS, { type: 1, timestamp: 1_795_000_000_000_000, cq_id: 4 })
    const text = (tag: string, type: number, value: string) => [tag, type, value, ns, 'link', tag]
    expect(await program.result()).toEqual([
      ['admin', 7, 2, '10.0.0.1', true, 22, ''],
      [2026, 11, 21, 10, 0, 0, 250_000, 0],
      [
        text('link', 32, 'link'),
        text('state', 5, 'up'),
        text('loud', 2, 'loud'),
        text('peers', 31, 'a b'),
        text('old', 1, 'old'),
        text('link', 33, 'link'),
      ],
      ['up', 'up', ['a', 'b'], true],
      ['too old', 'too old'],
      ['n2', '::1', true],
      2026,
    ])
  })
})

describe('gates', () => {
  it('are answered by session, oldest first; a second answer is harmless and an unknown one an error', async () => {
    const program = python(`
sock = connect(events.NOTIF_AUDIT | events.NOTIF_AUDIT_SYNC)
tell(failure(events.sync_audit_notification, sock, 7))
for _ in range(4): events.read_notification(sock)
for usid in (7, 7, 7, 8, 9): tell(failure(events.sync_audit_notification, sock, usid))
`)
    const peer = await hub.peer()
    const seqs = [7, 7, 8].map((usid) => peer.notify(C.NOTIF_AUDIT, { ...audit, usid }, { gate: usid === 7 }))
    peer.notify(C.NOTIF_AUDIT, { ...audit, usid: 6 }, { gate: true })
    expect(await program.result()).toEqual([1, null, null, null, null, 1])
    const answers = await peer.answered(2)
    expect(answers).toEqual(seqs.slice(0, 2).map((seq) => ({ name: 'ncs/audit', seq })))
  })

  it('of each kind are answered under their names, from another thread too', async () => {
    const program = python(`
mask = events.NOTIF_COMMIT_DIFF | events.NOTIF_HA_INFO | events.NOTIF_HA_INFO_SYNC | events.NCS_NOTIF_AUDIT_NETWORK | events.NCS_NOTIF_AUDIT_NETWORK_SYNC
sock = connect(mask)
tell(failure(events.sync_ha_notification, sock))
tctx = events.read_notification(sock)["commit_diff"]["tctx"]
thread = threading.Thread(target=events.diff_notification_done, args=(sock, tctx))
thread.start()
events.read_notification(sock)
events.sync_ha_notification(sock)
events.sync_ha_notification(sock)
usid = events.read_notification(sock)["audit_network"]["usid"]
events.sync_audit_network_notification(sock, usid)
thread.join()
tell([tctx.thandle, tctx.dbname, tctx.usid, failure(events.diff_notification_done, sock, tctx), failure(events.diff_notification_done, sock, 5)])
`)
    const peer = await hub.peer()
    const tctx = { thandle: 5, dbname: 2, usid: 7 }
    const commit = peer.notify(C.NOTIF_COMMIT_DIFF, { database: 2, flags: 0, uinfo, tctx }, { gate: true })
    const ha = peer.notify(C.NOTIF_HA_INFO, { type: 6 }, { gate: true })
    const network = peer.notify(C.NCS_NOTIF_AUDIT_NETWORK, { usid: 7, tid: 1 }, { gate: true })
    expect(await program.result()).toEqual([1, [5, 2, 7, null, 'TypeError']])
    const answers = new Map((await peer.answered(3)).map(({ name, seq }) => [name, seq]))
    expect(Object.fromEntries(answers)).toEqual({
      'ncs/commit': commit,
      'ncs/ha': ha,
      'ncs/audit-network': network,
    })
  })

  it('let the changes be read over a second connection, as far as the program wants', async () => {
    hub.diff = [
      { path: '/log', op: 'modified' },
      { path: '/log/keep', op: 'value_set', old: '1 GB', new: '2 GB' },
      { path: '/listen', op: 'created', new: 'x' },
      { path: '/listen/tcp', op: 2 },
    ]
    const program = python(`
import ncs
sock = connect(events.NOTIF_COMMIT_DIFF)
tctx = events.read_notification(sock)["commit_diff"]["tctx"]
def walk(answer):
    seen = []
    def visit(path, operation, old, new):
        seen.append([str(path), path[0], operation, old, new])
        return answer
    ncs.maapi.Maapi(port=1).attach(tctx).diff_iterate(visit, _ncs.ITER_WANT_PREV)
    return seen
for answer in (None, ncs.ITER_RECURSE, ncs.ITER_CONTINUE, ncs.ITER_STOP): tell(walk(answer))
`)
    const peer = await hub.peer()
    peer.notify(C.NOTIF_COMMIT_DIFF, { tctx: { thandle: 5, dbname: 2, usid: 7 } }, { gate: true })
    const [log, keep, listen, tcp] = [
      ['/log', 'log', 3, null, null],
      ['/log/keep', 'keep', 4, '1 GB', '2 GB'],
      ['/listen', 'listen', 1, null, 'x'],
      ['/listen/tcp', 'tcp', 2, null, null],
    ]
    const all = [log, keep, listen, tcp]
    expect(await program.result()).toEqual([all, all, [log, listen], [log]])
    expect(hub.asked[0]).toEqual({ method: 'ncs.diff', thandle: 5, usid: 7 })
  })
})

describe('the modules that take the place of the vendor', () => {
  it.each(['ncs-events.txt', 'confd-events.txt'])('have every constant of %s', async (file) => {
    const text = readFileSync(new URL(`../vectors/${file}`, import.meta.url), 'utf8')
    const wanted = Object.fromEntries(
      [...text.matchAll(/^\s*([A-Z][A-Z0-9_a-z]+) = (\d+)$/gm)].map(([, name, value]) => [
        name,
        Number(value),
      ]),
    )
    expect(Object.keys(wanted).length).toBeGreaterThan(60)
    const told = await runPython(
      `
import json, sys
import _ncs.events, _confd.events
for name, value in json.loads(sys.argv[1]).items():
    assert getattr(_ncs.events, name) == value and getattr(_confd.events, name) == value, name
print(json.dumps([_ncs.events.NOTIF_SYSTEM_GOING_DOWN]))
`,
      { args: [JSON.stringify(wanted)], env: { PYTHONPATH: `${packages}:${shims}` } },
    )
    expect(told).toEqual([[2 ** 31]])
  })

  it('can be imported for classes that need NSO, which say so when they are used', async () => {
    const program = python(`
import ncs
from ncs.cdb import Subscriber
from ncs.application import Application
class Restart(ncs.dp.Action):
    @ncs.dp.Action.action
    def cb_action(self, uinfo): pass
for each in (Subscriber, Application, Restart):
    try:
        each()
    except NotImplementedError as error:
        tell(str(error).split()[0])
`)
    const told = await program.result()
    expect(told).toEqual(['ncs.cdb.Subscriber', 'ncs.application.Application', 'ncs.dp.Action'])
  })

  it('of ConfD has the seven fields of its data, and tells the hub its name', async () => {
    const program = new PythonProgram(
      `
import socket, os, _confd, confd, _confd.events as events
data = events.NotificationsData(1000, 1000, "s", _confd.Value(1, _confd.C_NOEXISTS), _confd.Value(1, _confd.C_NOEXISTS), "", 0)
try:
    events.NotificationsData(verbosity=1)
except TypeError:
    print('"refused"')
for call in (lambda s, **k: events.notifications_connect2(s, 1, data, **k), lambda s, **k: events.notifications_connect(s, 1, **k)):
    call(socket.socket(), ip="127.0.0.1", port=confd.PORT)
`,
      { env: { ...env(), CONFD_IPC_PORT: String(hub.port) } },
    )
    expect(await program.result()).toEqual(['refused'])
    expect(hub.peers.map(({ hello }) => hello?.ncs.module)).toEqual(['confd', 'confd'])
  })
})
