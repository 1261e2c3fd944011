import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import * as ncs from '../../src/protocols/ncs/client/ncs.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { PythonProgram, packages, shims } from '../python/python.js'
import { HubProcess, lines } from './hub-process.js'

/** A commit of the built command that waits for programs of NSO, and a hub that is killed meanwhile. */

let folder: string
let hub: HubProcess

const ipc = () => join(folder, 'ipc')
const text = () => `limits: { requests: 64 } # at once\nncs: { unix: { path: ${ipc()} } }\n`
const written = () => readFileSync(join(folder, 'tocsin.yaml'), 'utf8')

async function start(config = text()): Promise<void> {
  hub = await HubProcess.start({ folder, config })
}

async function subscribe(mask: number): Promise<ncs.NotificationSocket> {
  const sock = ncs.socket(ncs.AF_UNIX)
  await ncs.notificationsConnect(sock, { mask, path: ipc() })
  return sock
}

beforeAll(async () => {
  folder = temporaryFolder('e2e')
  await start()
})
afterAll(() => hub?.[Symbol.asyncDispose]())

it('waits for a program in Python, which reads its changes', async () => {
  const program = new PythonProgram(
    `
import json, socket
import _ncs, ncs
from _ncs import events
def tell(value): print(json.dumps(value, default=str), flush=True)
sock = socket.socket(socket.AF_UNIX)
events.notifications_connect(sock, events.NOTIF_COMMIT_DIFF, path=_ncs.PATH)
tell("ready")
found = events.read_notification(sock)["commit_diff"]
transaction = ncs.maapi.Maapi().attach(found["tctx"])
transaction.diff_iterate(lambda *change: tell([str(part) for part in change]), 1)
tell(found["uinfo"].username)
events.diff_notification_done(sock, found["tctx"])
try:
    while True: transaction.diff_iterate(lambda *change: None, 0)
except _ncs.error.Error as error:
    tell(error.code)
`,
    { env: { PYTHONPATH: `${packages}:${shims}`, NCS_IPC_PATH: ipc() } },
  )
  await program.tells(1)
  await hub.tocsin(['config', 'set', 'limits.requests=32'])
  const commit = await hub.tocsin(['config', 'commit', '--label', 'less'])
  expect(lines(commit.stdout)[0]).toBe('commit 1 is in effect')
  expect(await program.result()).toEqual([
    'ready',
    ['/limits/requests', String(ncs.MOP_VALUE_SET), '64', '32'],
    'admin',
    'TCN_NCS_TRANSACTION_OVER',
  ])
})

it('with AUDIT_SYNC each command that changes something waits, and says who did it', async () => {
  const sock = await subscribe(ncs.NOTIF_AUDIT | ncs.NOTIF_AUDIT_SYNC)
  const running = hub.startTocsin(['config', 'set', 'limits.requests=16'], { input: '' })
  for (;;) {
    const found = await sock.read()
    if (found.type !== ncs.NOTIF_AUDIT || found.audit.logno !== 10_006) continue
    expect(found.audit).toMatchObject({ user: 'admin', msg: expect.stringContaining('limits.requests') })
    expect(running.child.exitCode).toBe(null)
    ncs.syncAuditNotification(sock, found.audit.usid)
    break
  }
  expect((await running.ended).code).toBe(0)
  sock.close()
  await hub.tocsin(['config', 'discard'])
})

it('a hub killed while a commit waits has the configuration before it at the next start, and says so', async () => {
  const before = written()
  const sock = await subscribe(ncs.NOTIF_COMMIT_DIFF)
  await hub.tocsin(['config', 'set', 'limits.requests=5'])
  const commit = hub.startTocsin(['config', 'commit'], { input: '' })
  expect(await sock.read()).toMatchObject({ type: ncs.NOTIF_COMMIT_DIFF })
  expect(written()).toContain('requests: 5 ')
  await commit.says('or a program reads the changes first')
  await hub.signal('SIGKILL')
  expect((await commit.ended).code).not.toBe(0)
  await start(written())
  expect(written()).toBe(before)
  expect(hub.stderr).toMatch(/commit 2 by admin: the configuration is as before it \(it was interrupted\)/)
})
