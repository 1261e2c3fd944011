import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Client, connect } from '../../../src/client/index.js'
import { ConfigCommits } from '../../../src/config/commits/commits.js'
import { atOnce, textWork } from '../../../src/config/commits/text-work.js'
import { configJsonSchema } from '../../../src/config/json-schema.js'
import { parseConfig } from '../../../src/config/load.js'
import { TocsinError } from '../../../src/errors/tocsin-error.js'
import { startTestHub, type TestHub } from '../../../src/hub/testing.js'
import * as ncs from '../../../src/protocols/ncs/client/ncs.js'
import { MemoryFiles, session } from '../../config/commits/memory-files.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

/** Subscribers that hold up what the hub itself does. */

const folder = temporaryFolder('waiting')
const SYNC = ncs.NOTIF_AUDIT | ncs.NOTIF_AUDIT_SYNC

let hub: TestHub
let path: string
let admin: Client
let open: ncs.NotificationSocket[]

beforeEach(async () => {
  open = []
  path = join(folder, 'ipc')
  hub = await startTestHub({
    http: true,
    config: {
      limits: { gateDeadline: '60s' },
      principals: { eye: { see: ['ncs/'] }, maker: { admin: true, see: '*' } },
      ncs: { unix: { path } },
    },
  })
  admin = await hub.connect({ name: 'operator' })
})
afterEach(async () => {
  for (const sock of open) sock.close()
  await admin.close()
  await hub.close()
})

async function subscribe(mask: number, name = 'auditor'): Promise<ncs.NotificationSocket> {
  const sock = ncs.socket(ncs.AF_UNIX)
  await ncs.notificationsConnect(sock, { mask, path, name })
  open.push(sock)
  return sock
}

/** A call that runs. */
function change(name: string, client: Client = admin) {
  const story = { isOver: false, done: Promise.resolve() }
  story.done = client.request('tokens.add', { name, rights: {} }).then(() => {
    story.isOver = true
  })
  return story
}

async function auditOf(sock: ncs.NotificationSocket, what: RegExp) {
  for await (const found of {
    [Symbol.asyncIterator]: () => ({ next: async () => ({ done: false, value: await sock.read() }) }),
  }) {
    if (found.type === ncs.NOTIF_AUDIT && what.test(found.audit.msg)) return found.audit
  }
  throw new Error('the socket ended')
}

describe('a subscriber of AUDIT_SYNC', () => {
  it('holds up the session that has changed something until it answers, and no other', async () => {
    const [one, two] = [await subscribe(SYNC), await subscribe(SYNC)]
    const other = await hub.connect({ name: 'other' })
    const first = change('a')
    const { usid } = await auditOf(one, /^tokens\.add .*"a"/)
    expect(usid).toBeGreaterThan(0)
    // Calls that only look, and events, go on.
    expect(await admin.request('hub.status', {})).toBeDefined()
    await other.publish('x/1', {})
    await auditOf(two, /"a"/)
    ncs.syncAuditNotification(one, usid)
    ncs.syncAuditNotification(one, usid)
    expect(first.isOver).toBe(false)
    ncs.syncAuditNotification(two, usid)
    await first.done
    await other.close()
  })

  it('over HTTP is waited for as well, with one number for all requests of a user from one place', async () => {
    const { token } = await admin.request<{ token: string }>('tokens.add', { name: 'maker' })
    const sock = await subscribe(SYNC)
    const post = (name: string) =>
      fetch(`${hub.http}/v1/tokens.add`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ name, principal: 'maker' }),
      })
    const usids = []
    for (const name of ['a', 'b']) {
      const answer = post(name)
      const { usid, user } = await auditOf(sock, /^tokens\.add/)
      expect(user).toBe('maker')
      usids.push(usid)
      ncs.syncAuditNotification(sock, usid)
      expect((await answer).status).toBe(200)
    }
    expect(usids[0]).toBe(usids[1])
  })

  it('does not wait for itself', async () => {
    const sock = await subscribe(SYNC, 'auditor')
    const itself = await hub.connect({ name: 'auditor' })
    await change('a', itself).done
    expect(await auditOf(sock, /^tokens\.add/)).toMatchObject({ user: 'admin' })
    await itself.close()
  })

  it('that dies lets go of what waits for it', async () => {
    const sock = await subscribe(SYNC)
    const story = change('a')
    await auditOf(sock, /^tokens\.add/)
    sock.close()
    await story.done
  })

  it('does not hold up who only looks, is refused, logs in or stops the hub', async () => {
    await subscribe(SYNC)
    const { token } = { token: 'no such token' }
    await expect(hub.connect({ token, reconnect: false })).rejects.toMatchObject({ code: 'TCN_ACCESS_TOKEN' })
    await expect(admin.request('tokens.revoke', { name: 'nobody' })).rejects.toThrow()
    const story = change('a')
    story.done.catch(() => undefined)
    await hub.hub.stop()
  })

  it('leaves room for other calls of the same principal, however many wait', async () => {
    const sock = await subscribe(SYNC)
    const clients = await Promise.all(Array.from({ length: 5 }, () => hub.connect({ name: 'many' })))
    const stories = clients.flatMap((client, c) =>
      Array.from({ length: 16 }, (_, n) => change(`t${c}-${n}`, client)),
    )
    const usids: number[] = []
    for (const _ of stories) usids.push((await auditOf(sock, /^tokens\.add/)).usid)
    expect(await admin.request('hub.status', {})).toBeDefined()
    for (const usid of usids) ncs.syncAuditNotification(sock, usid)
    await Promise.all(stories.map(({ done }) => done))
    await Promise.all(clients.map((client) => client.close()))
  })
})

it('without the bit, and without the right to hold up, nobody is waited for', async () => {
  await subscribe(ncs.NOTIF_AUDIT)
  const { token } = await admin.request<{ token: string }>('tokens.add', { name: 'eye' })
  const eye = ncs.socket(ncs.AF_UNIX)
  await ncs.notificationsConnect(eye, { mask: SYNC, path, token })
  open.push(eye)
  await change('a').done
  expect(await auditOf(eye, /^tokens\.add .*"a"/)).toBeDefined()
})

it('a login over salt-api or with a password that is refused is an AUDIT of its own kind', async () => {
  const sock = await subscribe(SYNC)
  const refused = connect({ address: hub.address, token: 'x'.repeat(43), reconnect: false })
  await expect(refused).rejects.toMatchObject({ code: 'TCN_ACCESS_TOKEN' })
  expect(await auditOf(sock, /token/)).toMatchObject({ logno: 10_003 })
})

it('the same refusal several times in a second is one AUDIT more, with their number', async () => {
  const sock = await subscribe(ncs.NOTIF_AUDIT)
  const revoking = () => admin.request('tokens.revoke', { name: 'nobody' }).catch(() => undefined)
  await Promise.all([revoking(), revoking(), revoking()])
  expect((await auditOf(sock, /^tokens\.revoke/))?.msg).not.toContain('times')
  expect((await auditOf(sock, /^tokens\.revoke/))?.msg).toMatch(/\(2 times\)$/)
})

it('a commit whose second phase fails halfway is COMMIT_FAILED, and nothing of it stays', async () => {
  const sock = await subscribe(ncs.NOTIF_COMMIT_FAILED | ncs.NOTIF_COMMIT_SIMPLE)
  const schema = z.strictObject({ a: z.int().default(1) })
  const files = new MemoryFiles('a: 1\n')
  let inForce = 1
  const store = new ConfigCommits({
    runtime: realRuntime,
    files,
    running: files.config,
    observers: hub.hub.observers.config,
    texts: atOnce(
      textWork(
        () => configJsonSchema(schema),
        (text) => parseConfig(schema, text, 'tocsin.yaml'),
      ),
    ),
    async apply({ a }) {
      if (a === 7) throw new TocsinError('TCN_CONFIG_APPLY', 'one part has failed')
      inForce = a
      return { applied: ['a'], restart: [] }
    },
    expired: () => undefined,
  })
  const ann = session('ann')
  await store.edit(ann, [{ path: ['a'], value: 7 }])
  await expect(store.commit(ann)).rejects.toMatchObject({ code: 'TCN_CONFIG_APPLY' })
  expect(await sock.read()).toMatchObject({
    type: ncs.NOTIF_COMMIT_FAILED,
    cfail: { provider: ncs.DP_CDB, dbname: ncs.RUNNING },
  })
  expect([files.config, files.pending, inForce]).toEqual(['a: 1\n', undefined, 1])
  store.close()
})
