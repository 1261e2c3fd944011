import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as C from '../../src/protocols/ncs/constants/events.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { NcsHub } from './ncs-hub.js'
import { PythonProgram, packages, shims } from './python.js'

/** Programs that make the calls of well-known public ones, against a hub that sends what a test tells it. */

const PYTHONPATH = `${packages}:${shims}`
const programs = fileURLToPath(new URL('programs/', import.meta.url))
const own = (name: string) => join(programs, `${name}.py`)

const audit = { logno: 1, user: 'admin', msg: 'login', usid: 7 }
const uinfo = { username: 'admin', usid: 7, context: 'cli', proto: 2, addr: '10.0.0.1', af: 2, port: 22 }
const commit = { database: 2, flags: 0, uinfo, tctx: { thandle: 5, dbname: 2, usid: 7 }, label: 'v2' }

let folder: string
let hub: NcsHub

describe.each(['a socket of the family AF_UNIX', 'TCP'])('over %s', (way) => {
  beforeEach(async () => {
    folder = temporaryFolder('python-programs')
    hub = await NcsHub.start(way === 'TCP' ? undefined : join(folder, 'ipc'))
  })

  afterEach(() => hub[Symbol.asyncDispose]())

  const place = () =>
    way === 'TCP' ? { NCS_IPC_PORT: String(hub.port) } : { NCS_IPC_PATH: join(folder, 'ipc') }
  const start = (file: string, ...args: string[]) =>
    new PythonProgram(file, { args, env: { PYTHONPATH, ...place() }, lenient: !file.startsWith(programs) })

  it('a monitor prints each kind, answers what waits, and still listens to its input', async () => {
    hub.diff = [{ path: '/log/keep', op: 'modified', old: '1', new: '2' }]
    const kinds = ['audit', 'commit', 'ha', 'network', 'sessions', 'progress', 'log', 'heartbeat', 'stop']
    const program = start(own('monitor'), ...kinds)
    const peer = await hub.peer()
    const gate = { gate: true }
    const owed = [
      peer.notify(C.NOTIF_AUDIT, audit, gate),
      peer.notify(C.NOTIF_COMMIT_DIFF, commit, gate),
      peer.notify(C.NOTIF_HA_INFO, { type: 6 }, gate),
      peer.notify(
        C.NCS_NOTIF_AUDIT_NETWORK,
        { usid: 7, tid: 1, user: 'admin', device: 'r1', config: 'x' },
        gate,
      ),
    ]
    peer.notify(C.NOTIF_AUDIT, { ...audit, msg: 'asynchronous' })
    peer.notify(C.NOTIF_USER_SESSION, { type: 1, uinfo, database: 2 })
    const attributes = [{ name: 'device', type: 1, string: 'r1' }]
    peer.notify(C.NOTIF_PROGRESS, { type: 1, span_id: 'a1', num_attributes: 1, attributes, num_links: 0 })
    peer.notify(C.NOTIF_WEBUI, { prio: 6, logno: 3, msg: 'GET /' })
    peer.notify(C.NOTIF_HEARTBEAT, {}, { flags: 2 })
    peer.notify(C.NOTIF_SYSTEM_GOING_DOWN)
    await program.prints('stop\n')
    program.say('exit')
    expect(await program.ended).toBe(0)
    expect(program.stdout.trimEnd().split('\n')).toEqual([
      'connected',
      'audit 1 admin 7 login',
      'commit admin v2: /log/keep 3 1 2',
      'ha none',
      'network r1 [] x',
      'audit 1 admin 7 asynchronous',
      'session 1 admin 7 True',
      "progress True a1 ['device'] None",
      `log ${C.NOTIF_WEBUI} 6 3 GET /`,
      'heartbeat',
      'stop',
      'bye',
    ])
    expect((await peer.answered(4)).map(({ seq }) => seq)).toEqual(owed)
  })

  it('a listener for devices that call chooses the family of its socket by the port', async () => {
    const program = start(own('call-home'))
    const peer = await hub.peer()
    peer.notify(C.NCS_NOTIF_CALL_HOME_INFO, { type: 1, device: 'r1', af: 2, ip4: '10.0.0.7', port: 4334 })
    peer.notify(C.NCS_NOTIF_CALL_HOME_INFO, { type: 2, af: 10, ip6: '::1', port: 4334, ssh_key_alg: 'ed' })
    peer.notify(C.NCS_NOTIF_CALL_HOME_INFO, { type: 3, device: 'r1', af: 2, ip4: '10.0.0.7', port: 4334 })
    peer.notify(C.NOTIF_COMPACTION, { dbfile: 1, type: 2, time_start: 1_795_000_000_000_000, ntrans: 4 })
    await program.prints('A.cdb')
    program.say('exit')
    expect(await program.ended).toBe(0)
    expect(program.stdout.trimEnd().split('\n')).toEqual([
      'connected',
      'called r1 10.0.0.7 ',
      'called unknown ::1 ed',
      'disconnected r1',
      'A.cdb 2026-11-18T11:06:40+00:00 4',
    ])
  })

  it('a program that waits for a state reads a stream from the past', async () => {
    const program = start(own('states'), '2026-11-21T10:00:00')
    const peer = await hub.peer()
    expect(peer.hello?.ncs).toMatchObject({ stream: 'state-changes', start: '2026-11-21T10:00:00Z' })
    for (const state of ['init', 'ready']) {
      const ns = 'http://example.com/ns/plan'
      const leaf = (tag: string, value: string) => ({ ns, tag, kind: 'leaf', value })
      const values = [leaf('state', state), leaf('operation', 'modified')]
      const event_time = '2026-11-21T10:00:01Z'
      peer.notify(C.NOTIF_STREAM_EVENT, { type: 1, event_time, values }, { flags: 2 })
    }
    expect(await program.ended).toBe(0)
    expect(program.stdout).toBe('1 init modified\n1 ready modified\n')
  })

  if (way === 'TCP')
    it('a supervisor listens in a thread until it is stopped', async () => {
      const program = start(own('supervisor'))
      const peer = await hub.peer()
      peer.notify(C.NOTIF_HA_INFO, { type: 5 })
      peer.notify(C.NOTIF_UPGRADE_EVENT, { event: 3 })
      await program.prints('upgrade 3')
      program.say('stop')
      expect(await program.ended).toBe(0)
      expect(program.stdout).toBe('primary\nupgrade 3\nstopped\n')
    })

  const checkout = process.env.TOCSIN_NSO_EXAMPLES
  const genuine = (path: string) => join(checkout ?? '', path)
  const monitor = 'sdk-api/event-notifications/event_notifications.py'

  // A test that is skipped counts as one that failed, so these exist only where they can run.
  if (checkout === undefined) {
    if (way === 'TCP') console.log('TOCSIN_NSO_EXAMPLES names no checkout of nso-examples: they are not run')
  } else {
    it('the monitor of the vendor’s examples runs unchanged', async () => {
      expect(existsSync(genuine(monitor)), genuine(monitor)).toBe(true)
      const options = ['--audit', '--audit-sync', '--commit-diff', '--user-session', '--heartbeat']
      const program = start(genuine(monitor), '--non-interactive', ...options)
      const peer = await hub.peer()
      peer.notify(C.NOTIF_AUDIT, audit, { gate: true })
      peer.notify(C.NOTIF_COMMIT_DIFF, commit, { gate: true })
      peer.notify(C.NOTIF_USER_SESSION, { type: 1, uinfo, database: 2 })
      peer.notify(C.NOTIF_HEARTBEAT, {}, { flags: 2 })
      await program.prints('tick heartbeat')
      expect(program.stdout).toContain('audit: logno=1,user=admin,usid=7,msg=login')
      expect(program.stdout).toContain('user_sess: type=1,user=admin,usid=7,db=running')
      expect((await peer.answered(2)).map(({ name }) => name)).toEqual(['ncs/audit', 'ncs/commit'])
      await program.kill()
    })

    it('the listener for call home of the vendor’s examples runs unchanged', async () => {
      const program = start(genuine('device-management/netconf-call-home/notif.py'), '-C')
      const peer = await hub.peer()
      const called = { type: 1, device: 'r1', af: 2, ip4: '10.0.0.7', port: 4334, ssh_key_alg: 'ed' }
      peer.notify(C.NCS_NOTIF_CALL_HOME_INFO, called)
      await program.prints('Device connected: device=r1 ip=10.0.0.7 port=4334 ssh_key_alg=ed')
      program.say('exit')
      expect(await program.ended).toBe(0)
    })

    it('the listener for compactions of the vendor’s examples runs unchanged', async () => {
      const program = start(genuine('misc/periodic-compaction/compaction_notification_listener.py'))
      const peer = await hub.peer()
      peer.notify(C.NOTIF_COMPACTION, { dbfile: 1, type: 2, time_start: 1_795_000_000_000_000, ntrans: 4 })
      expect(await program.ended).toBe(0)
      expect(program.stdout).toContain('Received compaction notification for A.cdb')
    })
  }
})
